"""What ``make run`` starts: the app alone when there is a token, else the sandbox and the app on it.

The only file of the sandbox that knows the app, and only as a command to run.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "METRONOME_BEARER_TOKEN"
SANDBOX_TOKEN = "sandbox-token"  # the sandbox takes any; nothing real is behind it


def main() -> int:
    env = {**{k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}, **os.environ}
    if env.get(TOKEN, "").strip():
        return run_app(env)
    sandbox, url = start_sandbox(env)
    try:
        return run_app({**env, TOKEN: SANDBOX_TOKEN, "METRONOME_BASE_URL": url, "BURNBOARD_SANDBOX": "on"})
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)


def start_sandbox(env: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """The sandbox on a free port, and its address, which it prints once it listens."""
    command = [sys.executable, "-m", "sandbox", "--port", "0"]
    if env.get("BURNBOARD_NOW", "").strip():
        command += ["--now", env["BURNBOARD_NOW"].strip()]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None  # noqa: S101  # PIPE was asked for
    line = process.stdout.readline().split()
    if not line:
        raise SystemExit("The sandbox did not start.")
    return process, line[-1]


def run_app(env: dict[str, str]) -> int:
    """The app until it ends. Ctrl-C reaches it as well; it stops by itself then."""
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main())
