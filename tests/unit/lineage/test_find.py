"""Which view a receipt is looked for in, and what is said when one of them fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from data.errors import NotFound, SourceError, Throttled, Unreachable
from data.filters import Filters
from data.lineage import find
from data.lineage.find import Views, receipt_of
from data.lineage.value import Receipt
from data.scope import LOCAL
from data.source import Ask
from data.views.asking import Question

NOW = datetime(2024, 11, 5, 14, 30, tzinfo=UTC)
IDENT = "C-4KQ7M2XA"
FOUND = Receipt(ident=IDENT, title="", amount=None, unit="USD", is_money=True, rows=())


def asked() -> Question:
    ask = Ask(scope=LOCAL, customer_id="d0000000-0000-4000-8000-000000000001")
    return Question(source=None, ask=ask, filters=Filters(), now=NOW)  # type: ignore[arg-type]


def holding(*idents: str) -> Views:
    def view(question: Question) -> Any:
        return question

    view.__name__ = f"holding {idents}"
    return Views(view, lambda _view, _question: {one: lambda: FOUND for one in idents})


def failing(error: SourceError) -> Views:
    def view(question: Question) -> Any:
        raise error

    view.__name__ = f"failing {error.code}"
    return Views(view, lambda _view, _question: {})


def receipt_among(monkeypatch: pytest.MonkeyPatch, *views: Views) -> Receipt:
    monkeypatch.setattr(find, "VIEWS", {"C": views})
    return receipt_of(asked(), IDENT)


def test_a_view_that_fails_does_not_hide_a_receipt_that_another_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert receipt_among(monkeypatch, failing(Unreachable()), holding(IDENT)) is FOUND
    assert receipt_among(monkeypatch, holding(IDENT), failing(Unreachable())) is FOUND


def test_a_receipt_that_none_of_the_views_has_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound) as raised:
        receipt_among(monkeypatch, holding("C-AAAAAAAA"), holding())
    assert IDENT in raised.value.sentence


def test_a_receipt_that_may_be_in_a_view_that_failed_is_not_said_to_be_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Throttled("balances: answered 429", retry_after=7.0)
    with pytest.raises(Throttled) as raised:
        receipt_among(monkeypatch, holding(), failing(busy), failing(Unreachable()))
    assert (raised.value.status, raised.value.retry_after, raised.value.detail) == (503, 7.0, busy.detail)
    assert raised.value.sentence.startswith("The part of the page that may show this figure could not be loaded.")
    assert raised.value.sentence.endswith(busy.sentence)


def test_where_nothing_could_be_loaded_the_first_failure_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = NotFound(sentence="There is no account with this id.")
    with pytest.raises(NotFound) as raised:
        receipt_among(monkeypatch, failing(gone), failing(Unreachable()))
    assert raised.value.sentence == gone.sentence
