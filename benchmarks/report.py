"""Results as Markdown that also reads well on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Texts in columns; the first column is told apart by being left-aligned."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def text(self) -> str:
        lines = [self.heads, *self.rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.heads))]
        head, *rest = ["| " + " | ".join(_padded(line, widths)) + " |" for line in lines]
        rule = "|" + "|".join("-" * (width + 1) + ("-" if at == 0 else ":") for at, width in enumerate(widths)) + "|"
        title = [f"{self.title[:1].upper()}{self.title[1:]}:", ""] if self.title else []
        return "\n".join([*title, head, rule, *rest])


@dataclass(frozen=True)
class Bar:
    """What a measurement was to show: the limit, and the figure that was found."""

    what: str
    limit: str
    found: str
    met: bool

    @property
    def verdict(self) -> str:
        return "met" if self.met else "**missed**"


@dataclass(frozen=True)
class Section:
    """One benchmark: its question (the docstring of its module), its tables, sentences on what they say, its bars."""

    title: str
    question: str
    tables: Sequence[Table]
    verdict: Sequence[str] = field(default_factory=tuple)
    bars: Sequence[Bar] = field(default_factory=tuple)

    def text(self) -> str:
        blocks = [f"## {self.title}", self.question.strip(), *(table.text() for table in self.tables)]
        said = ["\n".join(f"- {line}" for line in self.verdict)] if self.verdict else []
        return "\n\n".join([*blocks, *said])


def summary(sections: Sequence[Section]) -> Table:
    """Every bar of a run, the section that tells more beside it."""
    heads = ("", "bar", "found", "", "section")
    rows = [(bar.what, bar.limit, bar.found, bar.verdict, one.title) for one in sections for bar in one.bars]
    return Table("", heads, rows)


def _padded(line: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        text.ljust(width) if at == 0 else text.rjust(width)
        for at, (text, width) in enumerate(zip(line, widths, strict=True))
    ]
