"""Following a how-to word for word: its ``sh`` blocks run in order in one shell, with the paths, ports and names of the
machine replaced, and each ``text`` block below one is what that one has to print."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.edge.leash import Leash
from tests.edge.shipped import ROOT

PART = re.compile(r"^## (?P<heading>[^\n]+)$|^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
END = "-- end of a block, status "
PATIENCE = 90.0


@dataclass(frozen=True)
class Step:
    """One block to run, under its heading, and what it has to print; None where the page does not say."""

    heading: str
    commands: str
    prints: str | None = None


def steps(page: Path) -> list[Step]:
    found: list[Step] = []
    heading = ""
    for part in PART.finditer(page.read_text()):
        heading = part["heading"] or heading
        if part["kind"] == "sh":
            found.append(Step(heading, part["text"]))
        elif part["kind"] == "text":
            assert found, f"{page.name} says what is printed before anything was run"
            assert found[-1].prints is None, f"{page.name} says twice what one block prints"
            found[-1] = replace(found[-1], prints=part["text"])
    return found


class Reader:
    """Somebody who follows a page in a shell of their own. ``elsewhere``: what a path, a port or a name of the page is
    on this machine, longest first."""

    def __init__(self, shell: subprocess.Popen[str], leash: Leash, out: Path, elsewhere: Mapping[str, str]) -> None:
        self._shell, self._leash, self._out, self._elsewhere = shell, leash, out, elsewhere
        self._read = 0
        self._held: list[int] = []

    def here(self, text: str) -> str:
        for there, here in self._elsewhere.items():
            text = text.replace(there, here)
        return text

    def follow(self, step: Step) -> str:
        """Run one block; an error unless it ends well and prints what the page says. What it printed."""
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{self.here(step.commands)}\nprintf '\\n%s\\n' '{END}'$?\n")
        self._shell.stdin.flush()
        printed, status = self._until_end()
        assert status == 0, f"{step.commands}\nended with {status}:\n{printed}"
        if step.prints is not None:
            assert printed.strip() == self.here(step.prints).strip(), step.commands
        return printed

    def hold(self, pid: int) -> None:
        """A process that a block started and that left the shell: it ends with the shell all the same."""
        self._leash.hold(pid)
        self._held.append(pid)

    def end(self) -> None:
        """Stop the shell and everything that it left in the background."""
        assert self._shell.stdin is not None
        with suppress(BrokenPipeError):
            self._shell.stdin.close()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._shell.pid, number)
            for pid in self._held:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            time.sleep(0.3)
        self._shell.wait()

    def _until_end(self) -> tuple[str, int]:
        end = time.monotonic() + PATIENCE
        while True:
            text = self._out.read_text()[self._read :]
            found = re.search(rf"^{re.escape(END)}(\d+)\n", text, re.M)
            if found:
                self._read += found.end()
                return text[: found.start()], int(found[1])
            assert self._shell.poll() is None, f"the shell ended: {text}"
            assert time.monotonic() < end, f"this never ended: {text}"
            time.sleep(0.05)


@contextmanager
def reading(folder: Path, elsewhere: Mapping[str, str], **env: str) -> Iterator[Reader]:
    """A shell for the length of a ``with`` block. What it started ends with it, or with the test."""
    out, leash = folder / "shell.out", Leash()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("BURNBOARD_", "METRONOME_"))}
    with out.open("w") as written:
        shell = subprocess.Popen(
            ["bash", "-e", "-u", "-o", "pipefail"],
            cwd=ROOT,
            env={**clean, **env},
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    leash.hold(shell.pid)
    reader = Reader(shell, leash, out, elsewhere)
    try:
        yield reader
    finally:
        reader.end()
        leash.release()
