"""Ends processes whose test is gone. A process of its own: it reads process ids from standard input, one per line, and
when that closes without a "done" line (the test died) it stops each of them, politely and then not.

Started by ``Leash``; ids are only ever those that the test itself started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

POLITE_SECONDS = 3.0


class Leash:
    """The test's end: ``hold`` each process that was started, ``release`` when all were stopped in order."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, text=True)

    def hold(self, pid: int) -> None:
        self._say(str(pid))

    def release(self) -> None:
        self._say("done")
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the test ends things by itself
    held = []
    for line in sys.stdin:
        if line.strip() == "done":
            return
        held.append(int(line))
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in held:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(POLITE_SECONDS if number == signal.SIGTERM else 0)


if __name__ == "__main__":
    main()
