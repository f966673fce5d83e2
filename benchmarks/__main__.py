"""``python -m benchmarks``: every measurement, one after the other; ``--write`` keeps them in docs/reference."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks import (
    bench_burndown,
    bench_callbacks,
    bench_first_chart,
    bench_growth,
    bench_marks,
    bench_memory,
    bench_normalise,
    bench_range_changes,
    bench_single_flight,
    machine,
)
from benchmarks.report import Section, summary
from benchmarks.serving import ROOT

PAGE = ROOT / "docs" / "reference" / "benchmarks.md"


SECTIONS: dict[str, Callable[[], Section]] = {
    "range_changes": bench_range_changes.section,
    "first_chart": bench_first_chart.section,
    "callbacks": bench_callbacks.section,
    "normalise": bench_normalise.section,
    "single_flight": bench_single_flight.section,
    "growth": bench_growth.section,
    "memory": bench_memory.section,
    "marks": bench_marks.section,
    "burndown": bench_burndown.section,
}
INTRODUCTION = """# Benchmarks

Written by `make bench`, and by nobody's hand. Beside Burnboard stands the guide's page (`benchmarks/guide_page.py`): a
plain Dash app, as a first one is written from Metronome's guide on the same libraries, on the same server. A number is
worth comparing only with its neighbours: contenders take turns within one run, on a machine that does other things as
well.
"""


def page(sections: list[Section], seconds: float, load_before: str) -> str:
    head = f"Machine: {machine.machine()}.\nLoad average {load_before} before, {machine.load()} after; {seconds:.0f} s."
    parts = [INTRODUCTION.strip(), head, summary(sections).text(), *(section.text() for section in sections)]
    return "\n\n".join(parts) + "\n"


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
        started = time.monotonic()
        found.append(SECTIONS[name]())
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    text = page(found, time.monotonic() - begun, load)
    print(text)
    if wanted.write:
        PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
