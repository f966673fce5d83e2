"""R24: page after page gives every row once, whatever fails on the way; a cursor that comes round again is noticed."""

from __future__ import annotations

import pytest

from data.errors import BadAnswer
from tests.unit.metronome.upstream import Answer, Asked, ManualClock, Upstream, client_on, failed, in_time, page

PAGES, PER_PAGE = 50, 100


def rows_of(number: int) -> list[dict[str, str]]:
    return [{"id": f"{number}-{row}", "name": "made up"} for row in range(PER_PAGE)]


def test_r24_fifty_pages_with_two_failures_give_every_row_once_and_in_order() -> None:
    failures = {30: 2}

    def answer(asked: Asked) -> Answer:
        at = int(dict(asked.query).get("next_page", "0"))
        if failures.get(at, 0):
            failures[at] -= 1
            return failed(503)
        return page(rows_of(at), str(at + 1) if at + 1 < PAGES else None)

    clock, upstream = ManualClock(), Upstream(answer)
    rows = [row.id for row in client_on(upstream, clock).iter_customers(in_time(clock, 60))]

    assert rows == [row["id"] for number in range(PAGES) for row in rows_of(number)]
    assert len(set(rows)) == len(rows) == PAGES * PER_PAGE
    assert len(upstream.asked) == PAGES + 2


@pytest.mark.parametrize("cursors", [["x", "x"], ["x", "y", "x"], [*map(str, range(30)), "3"]])
def test_r24_a_cursor_that_repeats_is_a_bad_answer_when_it_is_seen_again(cursors: list[str]) -> None:
    upstream = Upstream(*[page(rows_of(0), cursor) for cursor in cursors], page([]))
    with pytest.raises(BadAnswer):
        list(client_on(upstream).iter_customers(in_time()))

    assert len(upstream.asked) == len(cursors), "the page behind it is never asked for again"
