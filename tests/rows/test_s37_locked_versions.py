"""S37: versions known to be bad cannot ship. The lock file decides what is installed, so it is what is read."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("run", "test")
# Why each: reliability-security design, sections 1 and 9. The server is granian here; gunicorn only has a floor if it
# ever comes back.
FLOORS = {"dash": (4, 4, 1), "pyjwt": (2, 13), "werkzeug": (3, 1), "gunicorn": (23,), "requests": (2, 32, 4)}
NEEDED = {"dash", "pyjwt", "werkzeug", "cryptography", "requests", "granian"}
FORBIDDEN = {"dash-auth", "diskcache", "python-jose", "dash-mcp", "flask-talisman", "pybreaker"}


def locked(name: str) -> dict[str, str]:
    """Package to version; each is pinned exactly."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {found[0].lower(): found[1] for found in re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^\s;\\]+)", text)}


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


@pytest.mark.parametrize("lock", LOCKS)
def test_s37_every_floor_holds_and_nothing_forbidden_is_locked(lock: str) -> None:
    found = locked(lock)
    assert found.keys() >= NEEDED
    assert [name for name, floor in FLOORS.items() if name in found and numbers(found[name]) < floor] == []
    assert FORBIDDEN & found.keys() == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_s37_every_version_is_pinned_with_hashes(lock: str) -> None:
    """A line that installs something names one version and at least one sha256; nothing comes from an address."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) > 20
    loose = [line[:60] for line in lines if not re.match(r"[A-Za-z0-9._\[\],-]+==\S+", line)]
    assert loose == []
    assert [line[:60] for line in lines if "--hash=sha256:" not in line] == []
    assert "://" not in text


def test_s37_what_is_installed_here_is_what_is_locked() -> None:
    found = locked("run")
    assert {name: version(name) for name in NEEDED} == {name: found[name] for name in NEEDED}


def test_s37_the_check_sees_an_old_version() -> None:
    assert numbers("4.4.0") < FLOORS["dash"]
    assert not numbers("2.13.0") < FLOORS["pyjwt"]
    assert not numbers("23.0") < FLOORS["gunicorn"]
