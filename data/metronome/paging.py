"""Page after page of one question. Only an absent cursor ends a list; an empty page does not (section 1.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from msgspec.json import Decoder

from data.errors import BadAnswer
from data.metronome.deadline import Deadline
from data.metronome.question import Question
from data.metronome.shapes import Page
from data.metronome.transport import Transport

T = TypeVar("T")


def iter_pages(
    transport: Transport, question: Question, decoder: Decoder[Page[T]], deadline: Deadline
) -> Iterator[list[T]]:
    """The rows of each page. Raises a ``SourceError``, ``BadAnswer`` when a cursor comes round again."""
    seen: set[str] = set()
    asked = question
    while True:
        page = transport.ask(asked, decoder.decode, deadline)
        deadline.touch()
        yield page.data
        cursor = page.next_page or page.cursor
        if not cursor:
            return
        if cursor in seen:
            raise BadAnswer(f"{question.family}: the cursor repeats")
        seen.add(cursor)
        asked = question.at(cursor)
