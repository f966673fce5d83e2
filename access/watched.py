"""A file that is read again when it changes: parsed, checked and swapped whole. A bad one leaves the last good one in
use for a while, and then nothing (reliability-security design, 4.3 and 4.6)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from access.denied import Denied, Reason
from data.clock import Clock
from data.events import Channel, emit, note
from data.settings import BadSetting

T = TypeVar("T")

CHECK_SECONDS, GRACE_SECONDS = 1.0, 15 * 60.0
MAX_BYTES = 1024 * 1024


class Watched(Generic[T]):
    """``parse`` makes a value of the file's bytes and raises ``ValueError`` where it cannot. ``name`` is one word for
    the log. The file is looked at no more than once a second, by its content: times of files can lie. ``beside`` gives
    what ``parse`` read from other files to make a value; when one of those changes, all is read again."""

    def __init__(
        self,
        path: Path,
        parse: Callable[[bytes], T],
        clock: Clock,
        *,
        name: str,
        grace: float = GRACE_SECONDS,
        beside: Callable[[T], Mapping[Path, bytes]] = lambda _: {},
    ) -> None:
        self.name = name
        self._path, self._parse, self._clock, self._grace = path, parse, clock, grace
        self._beside = beside
        self._lock = threading.Lock()
        self._raw = _read(path)
        self._value = parse(self._raw)
        self._looked = clock.monotonic()
        self._bad_since: float | None = None

    def current(self) -> T:
        """The value to go by; raises ``Denied`` once the file has been bad for too long."""
        if self.age_seconds > self._grace:
            raise Denied(Reason.NO_VALID_FILE, status=503)
        return self._value

    @property
    def valid(self) -> bool:
        """Whether the file, when last looked at, was the one in use."""
        self.look()
        return self._bad_since is None

    @property
    def age_seconds(self) -> float:
        """Since the value in use was seen to be no longer what the file says; 0 while it is."""
        self.look()
        since = self._bad_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def look(self) -> None:
        """Read the file again if that was more than a second ago; whoever comes meanwhile goes by what there is."""
        if self._clock.monotonic() - self._looked < CHECK_SECONDS or not self._lock.acquire(blocking=False):
            return
        try:
            self._looked = self._clock.monotonic()
            self._take()
            note("file_looked", file=self.name, bad_for=self._looked - (self._bad_since or self._looked))
        finally:
            self._lock.release()

    def _take(self) -> None:
        try:
            raw = _read(self._path)
            if raw != self._raw or self._bad_since is not None or self._moved_on():
                self._value, self._raw = self._parse(raw), raw
        except (OSError, ValueError) as error:
            self._spoil(error)
            return
        if self._bad_since is not None:
            self._bad_since = None
            emit(Channel.APP, "file_mended", file=self.name)

    def _moved_on(self) -> bool:
        """Whether a file beside the watched one no longer holds what was read; ``parse`` says what is wrong with it."""
        try:
            return any(_read(path) != raw for path, raw in self._beside(self._value).items())
        except (OSError, ValueError):
            return True

    def _spoil(self, error: Exception) -> None:
        """Tell once, when a good file turns bad; what is wrong is told in words that repeat nothing of it."""
        if self._bad_since is None:
            self._bad_since = self._looked
            why = str(error) if isinstance(error, ValueError) else type(error).__name__
            emit(Channel.APP, "file_invalid", level=logging.ERROR, file=self.name, why=why)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ValueError("it is longer than a megabyte")
    return raw


def open_watched(
    path: Path,
    parse: Callable[[bytes], T],
    clock: Clock,
    *,
    name: str,
    setting: str,
    beside: Callable[[T], Mapping[Path, bytes]] = lambda _: {},
) -> Watched[T]:
    """A watched file that is good at the start; raises ``BadSetting``, which names ``setting`` and not the path."""
    try:
        return Watched(path, parse, clock, name=name, beside=beside)
    except OSError as error:
        raise BadSetting(
            f"{setting} names a file that cannot be read ({error.strerror or type(error).__name__})."
        ) from None
    except ValueError as error:
        raise BadSetting(f"{setting} names a file that cannot be used: {str(error).rstrip('.')}.") from None
