"""What ``make run`` starts: the app alone when there is a token, else the sandbox and the app on it.

The only file of the sandbox that knows the app, and only as a command to run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "METRONOME_BEARER_TOKEN"
UNTIL_STDIN_CLOSES = "--until-stdin-closes"  # a pipe from here closes however this process ends, even killed
STOP_SECONDS = 10
STOPS = (signal.SIGTERM, signal.SIGHUP)  # being asked to stop, and the terminal being closed
SANDBOX_TOKEN = "sandbox-token"  # the sandbox takes any; nothing real is behind it


def main() -> int:
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # ``nohup`` stays what it is
            signal.signal(number, leave)
    env = {**{k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}, **os.environ}
    if env.get(TOKEN, "").strip():
        return run_app(env)
    sandbox = start_sandbox(env)
    try:
        address = address_of(sandbox)
        return run_app({**env, TOKEN: SANDBOX_TOKEN, "METRONOME_BASE_URL": address, "BURNBOARD_SANDBOX": "on"})
    finally:
        end(sandbox)


def leave(number: int, _frame: object) -> None:
    """End through every ``finally``, which no second signal may cut short."""
    for one in STOPS:
        signal.signal(one, lambda *_: None)
    sys.exit(128 + number)


def start_sandbox(env: dict[str, str]) -> subprocess.Popen[str]:
    """The sandbox on a free port, its clock standing where the app's does."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", UNTIL_STDIN_CLOSES]
    now = env.get("BURNBOARD_NOW", "").strip()
    if is_instant(now):
        command += ["--now", now]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def is_instant(text: str) -> bool:
    """Whether a clock can stand at ``text``. If not, the app is the one to say so, in its sentence about settings."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.tzinfo is not None and 2000 <= instant.astimezone(UTC).year < 2100
    except (ValueError, OverflowError):
        return False


def address_of(sandbox: subprocess.Popen[str]) -> str:
    """What the sandbox prints once it listens."""
    line = sandbox.stdout.readline().split() if sandbox.stdout else []
    if not line:
        raise SystemExit("The sandbox did not start.")
    return line[-1]


def end(process: subprocess.Popen[str]) -> None:
    """Ask ``process`` to stop, and make it stop when it does not."""
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run_app(env: dict[str, str]) -> int:
    """The app until it ends. Ctrl-C reaches it as well; it stops by itself then."""
    command = [sys.executable, "app.py", UNTIL_STDIN_CLOSES]
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, text=True)
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        end(process)


if __name__ == "__main__":
    sys.exit(main())
