"""Granian's parent process, taught four things: to put a new worker in place of an old one only once it serves, to take
the old one out of service before stopping it, to go on without a worker that cannot be replaced yet, and to say that it
is about to stop before it does (docs/decisions/0011-operation.md).
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.net import SocketSpec

from data.events import Channel, emit
from server.worker import DRAIN, LEAVE, mark

START_SECONDS, LEAVE_SECONDS, RETRY_SECONDS = 60.0, 1.0, 5.0
SETTLE_SECONDS, STEP_SECONDS = 0.25, 0.02


class Workers(Granian):
    """``folder``: where workers say that they serve. ``drain_seconds``: how long it is said that this process will stop
    before it does. ``gone`` is called with the id of each worker that is no more."""

    def __init__(self, *, folder: Path, drain_seconds: float, gone: Callable[[int], None], **options: Any) -> None:
        super().__init__(**options)
        self._folder, self._drain_seconds, self._gone = folder, drain_seconds, gone

    def alive(self) -> int:
        """How many workers there are that serve."""
        return sum(worker.is_alive() and self._serves(worker) for worker in list(self.wrks))

    def signal_handler_interrupt(self, *_: Any) -> None:
        """The first wish to stop is told to whoever asks ``/readyz``; a second one, or the time, makes it so."""
        if self._drain_seconds and not self._told_to_stop:
            self._told_to_stop = True
            self._send(DRAIN)
            timer = threading.Timer(self._drain_seconds, super().signal_handler_interrupt)
            timer.daemon = True
            timer.start()
            return
        super().signal_handler_interrupt()

    _told_to_stop = False

    def _send(self, number: int) -> None:
        for worker in list(self.wrks):
            _signal(worker, number, if_serving=self._serves(worker))

    def _serves(self, worker: Any) -> bool:
        return mark(self._folder, worker.inner.pid or 0).exists()

    def _init_shared_socket(self) -> None:
        """One listening socket for all workers on TCP as well: what waits in its queue outlives each of them."""
        if self.bind_uds:
            super()._init_shared_socket()
            return
        self._shd = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._sfd, self._ssp = self._shd.get_fd(), None
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:  # noqa: ARG002
        """Called for a reload, and for workers that died. The first that cannot be replaced ends it."""
        spawn = partial(self._spawn_worker, target=spawn_target, callback_loader=target_loader)
        for idx in workers:
            if not self._replaced(idx, spawn):
                return

    def _replaced(self, idx: int, spawn: Callable[..., Any]) -> bool:
        while not self.interrupt_signal:
            old, new = self.wrks[idx], spawn(idx=idx)
            if not old.is_alive():
                emit(Channel.APP, "worker_gone", level=logging.ERROR, worker=idx + 1)
            if self._risen(new):
                self.wrks[idx] = new
                self._retire(old)
                return True
            _end(new)
            self._forget(new)
            if old.is_alive():
                emit(Channel.APP, "reload_failed", level=logging.ERROR, worker=idx + 1)
                return False
            emit(Channel.APP, "worker_missing", level=logging.ERROR, worker=idx + 1)
            if not self.alive():
                self._give_up(idx)
                return False
            self._pause(RETRY_SECONDS)
        return False

    def _risen(self, new: Any) -> bool:
        """Whether a new worker serves. Until it does, its end is no failure of a worker that served."""
        new.interrupt_by_parent = True
        new.start()
        until = time.monotonic() + START_SECONDS
        while not self._serves(new):
            if not new.is_alive() or time.monotonic() > until or self.interrupt_signal:
                return False
            time.sleep(STEP_SECONDS)
        new.interrupt_by_parent = False
        if self._told_to_stop:
            _signal(new, DRAIN, if_serving=True)
        return True

    def _retire(self, old: Any) -> None:
        """No new connection, every kept one let go of after its next answer, and what is under way comes to its end."""
        old.interrupt_by_parent = True
        if old.is_alive():
            _signal(old, LEAVE, if_serving=self._serves(old))
            self._pause(LEAVE_SECONDS)
            old.terminate()
            until = time.monotonic() + (self.workers_kill_timeout or START_SECONDS)
            while old.is_alive() and time.monotonic() < until and not self.interrupt_signal:
                time.sleep(STEP_SECONDS)
        if old.is_alive() and self.interrupt_signal:
            self.wrks.append(old)  # whoever stops them all waits for this one too
            return
        _end(old)
        self._forget(old)

    def _stop_workers(self) -> None:
        """Nobody finds the way here any more, then what has come is taken and read, and only then all is stopped."""
        if self._drain_seconds:
            if self.bind_uds:
                self.bind_uds.unlink(missing_ok=True)
            time.sleep(SETTLE_SECONDS)
            self._send(LEAVE)
            time.sleep(SETTLE_SECONDS)
        super()._stop_workers()

    def _forget(self, old: Any) -> None:
        if old.inner.pid is None:
            return
        with suppress(FileNotFoundError):
            mark(self._folder, old.inner.pid).unlink()
        self._gone(old.inner.pid)

    def _give_up(self, idx: int) -> None:
        """No worker serves and none can be had: whoever watches this process should see it end."""
        self.interrupt_children.append(idx)
        self.interrupt_signal = True
        self.main_loop_interrupt.set()

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.interrupt_signal:
            time.sleep(STEP_SECONDS)


def _signal(worker: Any, number: int, *, if_serving: bool) -> None:
    """Before it serves, a worker would end by such a signal."""
    if if_serving and worker.is_alive():
        with suppress(ProcessLookupError):
            os.kill(worker.inner.pid, number)


def _end(worker: Any) -> None:
    if worker.is_alive():
        worker.kill()
    worker.join(5)
