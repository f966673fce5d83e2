"""A body on its way out: every piece is made in the context of its request, and its end is told once, whether it was
read to the end or the reader went away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context


class LeavingBody:
    """``end`` is called with the number of bytes that left, in ``context``."""

    def __init__(self, body: Iterable[bytes], context: Context, end: Callable[[int], None]) -> None:
        self._body, self._pieces = body, iter(body)
        self._context, self._end = context, end
        self._size, self._ended = 0, False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            piece = self._context.run(next, self._pieces)
        except BaseException:
            self.close()
            raise
        self._size += len(piece)
        return piece

    def inside(self) -> Iterator[bytes]:
        """The pieces, for whoever already is in the context."""
        for piece in self._pieces:
            self._size += len(piece)
            yield piece

    def close(self) -> None:
        self._context.run(self.end)

    def end(self) -> None:
        if self._ended:
            return
        self._ended = True
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            self._end(self._size)
