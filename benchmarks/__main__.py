"""``python -m benchmarks``: every measurement, one after the other; ``--write`` keeps them in docs/reference."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable

from benchmarks import bench_account_search, bench_burndown, bench_callbacks, bench_first_chart, bench_marks, machine
from benchmarks.report import Section
from benchmarks.serving import ROOT

PAGE = ROOT / "docs" / "reference" / "benchmarks.md"


def normalise() -> Section:
    """In a process of its own, as it measures memory; its table is printed as it is."""
    command = [sys.executable, str(ROOT / "benchmarks" / "bench_normalise.py")]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves
    return Section(
        "JSON to frames", f"How fast do JSON pages become frames, and in how much memory?\n\n```\n{told}```", []
    )


SECTIONS: dict[str, Callable[[], Section]] = {
    "normalise": normalise,
    "first_chart": bench_first_chart.section,
    "marks": bench_marks.section,
    "burndown": bench_burndown.section,
    "callbacks": bench_callbacks.section,
    "account_search": bench_account_search.section,
}
INTRODUCTION = """# Benchmarks

Written by `make bench` with `--write` (`.venv/bin/python -m benchmarks --write`). A number is worth comparing only with
its neighbours: contenders take turns within one run, on a machine that does other things as well.
"""


def page(sections: list[Section], seconds: float, load_before: str) -> str:
    head = f"Machine: {machine.machine()}.\nLoad average {load_before} before, {machine.load()} after; {seconds:.0f} s."
    return "\n\n".join([INTRODUCTION.strip(), head, *(section.text() for section in sections)]) + "\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"only these: {', '.join(SECTIONS)}")
    parser.add_argument("--write", action="store_true", help=f"keep the page as {PAGE.relative_to(ROOT)}")
    wanted = parser.parse_args(arguments)
    unknown = set(wanted.names) - set(SECTIONS)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    begun, load = time.monotonic(), machine.load()
    found = []
    for name in wanted.names or SECTIONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found.append(SECTIONS[name]())
    text = page(found, time.monotonic() - begun, load)
    print(text)
    if wanted.write:
        PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
