"""What a view was told by the source while it was made: by this it shows whether it would come out the same again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, cast

from data.errors import SourceError
from data.scope import AccessDenied
from data.source import Source

# A method of the source and what it was asked, the asker among it.
Call = tuple[str, tuple[Any, ...], tuple[tuple[str, Any], ...]]

_HEARD: ContextVar[Heard | None] = ContextVar("heard", default=None)


class Heard:
    """Each question that was asked, with the version of its answer (``data.source.Loaded.version``). ``comparable`` is
    False once there was a failure, an answer without a version, or two answers to one question."""

    def __init__(self) -> None:
        self._versions: dict[Call, Hashable] = {}
        self._doubted = False

    @property
    def comparable(self) -> bool:
        return bool(self._versions) and not self._doubted

    def note(self, call: Call, version: Hashable) -> None:
        if version == () or self._versions.setdefault(call, version) != version:
            self.doubt()

    def doubt(self) -> None:
        self._doubted = True

    def add(self, other: Heard) -> None:
        """What went into a part went into the whole."""
        self._doubted = self._doubted or other._doubted
        for call, version in other._versions.items():
            self.note(call, version)

    def is_same(self, source: Source) -> bool:
        """Whether ``source`` answers everything as it did then. Ends at the first that is different, so that nothing
        is fetched that only the old answers led to."""
        told = source.told_by if isinstance(source, _Listened) else source
        try:
            return self.comparable and all(
                getattr(told, name)(*asked, **dict(named)).version == version
                for (name, asked, named), version in self._versions.items()
            )
        except (SourceError, AccessDenied):
            return False


def hearing() -> Heard | None:
    """Where what is heard is noted at the moment; None where nothing is being made."""
    return _HEARD.get()


def heard_while(heard: Heard, make: Callable[[], Any]) -> Any:
    """``make()``, with all that it hears noted in ``heard``, whichever thread hears it (``asking.together``)."""
    token = _HEARD.set(heard)
    try:
        return make()
    finally:
        _HEARD.reset(token)


def listened(source: Source) -> Source:
    """``source``, whose answers are noted for whatever is being made."""
    return source if isinstance(source, _Listened) else cast(Source, _Listened(source))


class _Listened:
    def __init__(self, source: Source) -> None:
        self.told_by = source

    def __getattr__(self, name: str) -> Any:
        method, heard = getattr(self.told_by, name), _HEARD.get()
        return method if heard is None else _noting(heard, name, method)


def _noting(heard: Heard, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def ask(*asked: Any, **named: Any) -> Any:
        try:
            answer = method(*asked, **named)
        except BaseException:
            heard.doubt()
            raise
        heard.note((name, asked, tuple(sorted(named.items()))), getattr(answer, "version", ()))
        return answer

    return ask
