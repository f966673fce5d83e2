"""One worker process, as its parent knows it: it says when it serves, and does as its parent's signals say."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from server.listening import stop_listening

DRAIN, LEAVE = signal.SIGUSR2, signal.SIGUSR1
ORPHAN_SECONDS = 0.5


@dataclass
class Worker:
    """``folder`` is the parent's: a file there, named for the process, says that it serves."""

    folder: Path | None = None
    leaving: bool = field(default=False)

    def obey(self) -> None:
        """Ctrl-C, and the closing of a terminal, reach every process of it. A worker that is told to stop twice, the
        second time by its parent, can wait for itself for ever; so it listens to its parent only."""
        signal.signal(DRAIN, self._drain)
        signal.signal(LEAVE, self._leave)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        threading.Thread(target=_end_without, args=(os.getppid(),), daemon=True).start()

    def serves(self) -> None:
        """From here on requests are answered."""
        if self.folder is not None:
            mark(self.folder, os.getpid()).touch()

    def end(self) -> None:
        """At once, from any thread."""
        os._exit(1)

    def _drain(self, *_: object) -> None:
        """Not ready any more, and every connection is let go of after its answer; new ones are still taken."""
        self.leaving = True

    def _leave(self, *_: object) -> None:
        self.leaving = True
        stop_listening()


def mark(folder: Path, pid: int) -> Path:
    """The file that is there when the worker ``pid`` serves."""
    return folder / f"serves-{pid}"


def _end_without(parent: int) -> None:
    """A worker whose parent was killed would keep the port for ever."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)
