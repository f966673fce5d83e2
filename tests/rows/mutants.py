"""Test the tests: ten planted defects (reliability-security design, section 6), each of which has to turn red one of
the rows that are named beside it. ``make mutants`` prints a table and ends with 1 when a defect survives.

Each is a search and a replacement in a copy of this tree in a temporary folder, where the rows are run; the checkout is
only read. The rows are run once without any defect first, since a row that is red anyway catches nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".git", ".venv", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__", "shots")
PATIENCE = 900.0


@dataclass(frozen=True)
class Change:
    """One place in one file; ``old`` has to be in it exactly once."""

    path: str
    old: str
    new: str

    def apply(self, folder: Path) -> None:
        file = folder / self.path
        text = file.read_text()
        if text.count(self.old) != 1:
            raise LookupError(f"{self.path} has {text.count(self.old)} places that read {self.old!r}")
        file.write_text(text.replace(self.old, self.new))


@dataclass(frozen=True)
class Defect:
    """``rows``: what is run, as pytest takes it; one of the tests named for ``caught_by`` has to fail."""

    name: str
    changes: tuple[Change, ...]
    rows: tuple[str, ...]
    caught_by: tuple[str, ...]


def row(file: str, *names: str) -> tuple[str, ...]:
    """Tests of one file, all of them where none is named."""
    path = f"tests/rows/{file}.py"
    return tuple(f"{path}::{name}" for name in names) or (path,)


S27 = row(
    "test_s27_cache_tenants",
    "test_s27_who_may_not_ask_is_refused_although_the_answer_lies_there",
    "test_s27_every_file_of_every_account_at_once_stays_with_its_own",
)
DEFECTS = (
    Defect(
        "no scope check",
        (Change("data/metronome_source.py", "    ask.scope.require(ask.customer_id)\n", ""),),
        row("test_s10_foreign_data", "test_s10_no_file_gives_anything_of_b"),
        ("s10",),
    ),
    Defect(
        "cache key without the customer",
        (
            Change(
                "data/window_cache/wanted.py",
                "{blake2b(repr(name).encode()",
                "{blake2b(repr(name[1:]).encode()",
            ),
        ),
        S27,
        ("s27",),
    ),
    Defect(
        "lookup before the check",
        (
            Change("data/metronome_source.py", "    ask.scope.require(ask.customer_id)\n", ""),
            Change(
                "data/keeping.py",
                "begin=lambda: self.deadline(whole=ask.whole))",
                "begin=lambda: (wanted.name[0] and ask.scope.require(str(wanted.name[0])), "
                "self.deadline(whole=ask.whole))[1])",
            ),
        ),
        S27,
        ("s27",),
    ),
    Defect(
        "a link need not end",
        (
            Change(
                "access/embed/link.py",
                'expires_at=fields.need("exp", moment)',
                'expires_at=fields.may("exp", moment, int(claims.get("iat", 0)) + 600)',
            ),
        ),
        row("test_s12_link_tokens", "test_s12_no_named_mutation_is_accepted"),
        ("s12",),
    ),
    Defect(
        "the token chooses its algorithm",
        (
            Change("access/embed/link.py", 'if header["alg"] != key.algorithm:', "if not key.algorithm:"),
            Change("access/embed/link.py", "key.verifying, key.algorithm)", 'key.verifying, str(header["alg"]))'),
        ),
        row("test_s12_link_tokens", "test_s12_no_named_mutation_is_accepted"),
        ("s12",),
    ),
    Defect(
        "trust is read after ProxyFix",
        (
            Change(
                "server/identity.py",
                "        self._decide(environ)\n        if",
                "        ProxyFix(lambda _, __: [])(environ, start_response)\n"
                "        self._decide(environ)\n        if",
            ),
        ),
        row("test_s02_bypass"),
        ("s02",),
    ),
    Defect(
        "the guard goes by paths",
        (
            Change(
                "server/guard.py",
                '_check(needs.get(request.endpoint or ""))',
                '_check(needs.get(request.endpoint or "") if request.path.startswith(("/accounts", "/_dash")) else '
                "Open.PUBLIC)",
            ),
        ),
        row("test_s01_default_deny"),
        ("s01",),
    ),
    Defect(
        "every address is a page",
        (Change("server/pages.py", "if not known_page(path) or", "if not path.isprintable() or"),),
        row(
            "test_s28_shared_cache",
            "test_s28_addresses_that_only_end_like_a_script_are_nothing_and_are_kept_for_nobody",
        ),
        ("s28",),
    ),
    Defect(
        "names are not escaped for charts",
        (Change("components/names.py", 'return escaped.replace("<", "&lt;").replace(">", "&gt;")', "return escaped"),),
        row("test_s25_names_cannot_inject", "test_s25_no_name_becomes_more_than_text_on_any_page"),
        ("s25",),
    ),
    Defect(
        "the token is in the log",
        (
            Change(
                "data/metronome/transport.py",
                "        return self._session.prepare_request(request)",
                "        made = self._session.prepare_request(request)\n"
                '        __import__("logging").getLogger("burnboard").info("asking with %s", dict(made.headers))\n'
                "        return made",
            ),
        ),
        row("test_s22_token_stays", "test_s22_no_route_and_no_callback_tells_it"),
        ("s22",),
    ),
)


def copy_of_tree(folder: Path) -> Path:
    """This tree as it stands, with the same environment."""
    copied = folder / "tree"
    shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    (copied / ".venv").symlink_to(Path(sys.prefix))
    return copied


@dataclass(frozen=True)
class Outcome:
    """What became of the rows: the names of the tests that failed, and whether any ran."""

    failed: tuple[str, ...]
    passed: bool
    seconds: float
    told: str

    def caught(self, defect: Defect) -> tuple[str, ...]:
        """The tests whose names carry one of the rows that should have seen it."""
        return tuple(one for one in self.failed if any(f"test_{row}_" in one for row in defect.caught_by))


def run_rows(folder: Path, rows: tuple[str, ...]) -> Outcome:
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--headless", *rows]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # a file that changes twice in a second has one time only
    run = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    failed = tuple(dict.fromkeys(re.findall(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.M)))
    return Outcome(failed, run.returncode == 0, time.monotonic() - started, run.stdout[-2_000:] + run.stderr[-500:])


def try_defect(folder: Path, defect: Defect) -> Outcome:
    """Plant it, run its rows, and leave the copy as it was."""
    kept = {change.path: (folder / change.path).read_text() for change in defect.changes}
    try:
        for change in defect.changes:
            change.apply(folder)
        return run_rows(folder, defect.rows)
    finally:
        for path, text in kept.items():
            (folder / path).write_text(text)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(wanted: list[str]) -> int:
    """All of them, or those whose name has one of ``wanted`` in it."""
    chosen = [one for one in DEFECTS if not wanted or any(word in one.name for word in wanted)]
    with tempfile.TemporaryDirectory(prefix="burnboard-mutants-") as name:
        folder = copy_of_tree(Path(name))
        sound = run_rows(folder, tuple(dict.fromkeys(row for one in chosen for row in one.rows)))
        if not sound.passed:
            say(f"The rows are red without any defect: {', '.join(sound.failed) or sound.told}")
            return 1
        say(f"{'defect':34} {'seconds':>7}  caught by")
        survivors = [one for one in chosen if not _told(one, try_defect(folder, one))]
    say(f"{len(chosen) - len(survivors)} of {len(chosen)} caught")
    return 1 if survivors else 0


def _told(defect: Defect, outcome: Outcome) -> bool:
    caught = outcome.caught(defect)
    names = ", ".join(one.rsplit("::", 1)[-1] for one in caught)
    say(f"{defect.name:34} {outcome.seconds:7.0f}  {names or 'NOTHING: ' + ' '.join(outcome.told.split())[-300:]}")
    return bool(caught)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
