"""What is made of a question is made again exactly when it would come out differently, and for each viewer apart."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from data.clock import Clock
from data.errors import Unreachable
from data.filters import Filters, Preset, View
from data.pages import Page
from data.scope import ALL, LOCAL, Bounds, Kind, Locked, Right, Scope
from data.source import Ask, Loaded, Source
from data.views.asking import LONGEST, MOMENT, Question, attempt, together
from data.views.memo import Memo

NOON = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)


@dataclass(frozen=True)
class HandClock(Clock):
    hands: list[float] = field(default_factory=lambda: [100.0])

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return self.hands[0]

    def move(self, seconds: float) -> None:
        self.hands[0] += seconds


class Answers:
    """A source of three answers with versions that are set by hand."""

    def __init__(self) -> None:
        self.versions: dict[str, Hashable] = {"contracts": "a", "balances": "a", "invoices": "a"}
        self.failing: set[str] = set()
        self.asked: list[str] = []

    def contracts(self, ask: Ask) -> Loaded[Any]:
        return self._answer("contracts", ask)

    def balances(self, ask: Ask) -> Loaded[Any]:
        return self._answer("balances", ask)

    def invoices(self, ask: Ask) -> Loaded[Any]:
        return self._answer("invoices", ask)

    def _answer(self, name: str, ask: Ask) -> Loaded[Any]:
        ask.scope.require(ask.customer_id)
        self.asked.append(name)
        if name in self.failing:
            raise Unreachable
        return Loaded(self.versions[name], NOON, version=self.versions[name])


class Counted:
    """A view that counts how often it is made."""

    def __init__(self, view: Callable[[Question], Any]) -> None:
        self._view, self.made = view, 0

    def __call__(self, question: Question) -> Any:
        self.made += 1
        return self._view(question)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def question(answers: Answers, clock: HandClock) -> Question:
    source, ask = cast(Source, answers), Ask(scope=LOCAL, customer_id="A")
    return Question(source=source, ask=ask, filters=Filters(), now=NOON, views=Memo(clock))


def two(question: Question) -> tuple[Any, Any]:
    """Side by side, as views ask."""
    return tuple(
        one.value
        for one in together(
            lambda: question.source.contracts(question.ask), lambda: question.source.balances(question.ask)
        )
    )  # type: ignore[return-value]


def test_a_view_is_kept_while_the_source_says_the_same(question: Question, answers: Answers, clock: HandClock) -> None:
    view = Counted(two)
    for _ in range(3):
        assert question.answer(view) == ("a", "a")
        clock.move(5)
    assert view.made == 1
    assert sorted(answers.asked) == sorted(["contracts", "balances"] * 3)


@pytest.mark.parametrize("name", ["contracts", "balances"])
def test_one_answer_that_changed_makes_it_anew(
    question: Question, answers: Answers, clock: HandClock, name: str
) -> None:
    view = Counted(two)
    question.answer(view)
    answers.versions[name] = "b"
    clock.move(MOMENT)
    assert question.answer(view) == (("b", "a") if name == "contracts" else ("a", "b"))
    answers.versions["invoices"] = "b"  # not asked
    clock.move(MOMENT)
    question.answer(view)
    assert view.made == 2


def test_the_source_is_asked_once_a_moment(question: Question, answers: Answers, clock: HandClock) -> None:
    view = Counted(two)
    for _ in range(10):
        question.answer(view)
        clock.move(MOMENT / 2 + 0.01)
    assert (view.made, len(answers.asked)) == (1, 2 * 5)
    answers.versions["balances"] = "b"
    clock.move(MOMENT)
    assert question.answer(view) == ("a", "b")


def test_nothing_is_asked_behind_an_answer_that_changed(question: Question, answers: Answers, clock: HandClock) -> None:
    """A second answer may have been asked for because of what the first one said."""

    def chain(question: Question) -> Any:
        first = question.source.contracts(question.ask).value
        return first if first == "b" else question.source.invoices(question.ask).value

    question.answer(chain)
    answers.versions["contracts"] = "b"
    answers.asked.clear()
    clock.move(MOMENT)
    assert question.answer(chain) == "b"
    assert answers.asked == ["contracts", "contracts"]


def test_it_is_made_anew_after_a_while_and_in_another_hour(question: Question, clock: HandClock) -> None:
    view = Counted(two)
    question.answer(view)
    clock.move(LONGEST - 0.1)
    question.answer(view)
    assert view.made == 1
    clock.move(MOMENT)
    question.answer(view)
    assert view.made == 2
    replace(question, now=NOON + timedelta(minutes=49)).answer(view)
    assert view.made == 2
    replace(question, now=NOON + timedelta(minutes=50)).answer(view)
    assert view.made == 3


@pytest.mark.parametrize("trouble", ["no version", "caught", "nothing asked", "two answers"])
def test_what_cannot_be_compared_is_good_for_a_moment_only(
    question: Question, answers: Answers, clock: HandClock, trouble: str
) -> None:
    def troubled(question: Question) -> Any:
        if trouble == "nothing asked":
            return None
        first, error = attempt(question, lambda: question.source.contracts(question.ask))
        if trouble == "two answers":
            answers.versions["contracts"] = object()
            question.source.contracts(question.ask)
        return first, error

    answers.versions["contracts"] = () if trouble == "no version" else "a"
    answers.failing = {"contracts"} if trouble == "caught" else set()
    view = Counted(troubled)
    question.answer(view)
    clock.move(MOMENT - 0.1)
    question.answer(view)
    assert view.made == 1
    clock.move(0.2)
    question.answer(view)
    assert view.made == 2


def test_a_failure_is_not_kept(question: Question, answers: Answers, clock: HandClock) -> None:
    view = Counted(two)
    answers.failing = {"balances"}
    for _ in range(2):
        with pytest.raises(Unreachable):
            question.answer(view)
    answers.failing = set()
    assert question.answer(view) == ("a", "a")
    answers.failing = {"balances"}
    clock.move(MOMENT)
    with pytest.raises(Unreachable):
        question.answer(view)
    assert view.made == 4


@pytest.mark.parametrize("part_is_kept", [False, True])
def test_a_view_stands_on_what_its_parts_stand_on(
    question: Question, answers: Answers, clock: HandClock, part_is_kept: bool
) -> None:
    whole = Counted(lambda question: question.answer(two))
    if part_is_kept:
        question.answer(two)
    assert question.answer(whole) == ("a", "a")
    answers.versions["balances"] = "b"
    clock.move(MOMENT)
    assert question.answer(whole) == ("a", "b")
    clock.move(MOMENT)
    assert question.answer(whole) == ("a", "b")
    assert whole.made == 2


def test_a_view_with_a_part_that_failed_is_good_for_a_moment_only(
    question: Question, answers: Answers, clock: HandClock
) -> None:
    def without(question: Question) -> Any:
        question.source.invoices(question.ask)
        return attempt(question, lambda: question.answer(two))[0]

    view = Counted(without)
    answers.failing = {"balances"}
    assert question.answer(view) is None
    answers.failing = set()
    clock.move(MOMENT + 0.1)
    assert question.answer(view) == ("a", "a")


def test_a_part_knows_only_the_filters_that_it_is_about(question: Question) -> None:
    view = Counted(lambda question: question.source.contracts(question.ask) and question.filters)
    weeks = replace(question, filters=Filters(range=Preset.LAST_7D, top=3, view=View.NET), page=Page.PROOF)
    assert weeks.only("range").answer(view) == Filters(range=Preset.LAST_7D)
    other = replace(weeks, filters=Filters(range=Preset.LAST_7D, top=5))
    other.only("range").answer(view)
    assert view.made == 1


LOCKED = Scope(kind=Kind.EMBED, subject="one", customers=frozenset({"A"}))
OTHERS = {
    "somebody else": replace(LOCKED, subject="two"),
    "other rights": replace(LOCKED, rights=frozenset({Right.VIEW, Right.EXPORT})),
    "other accounts": replace(LOCKED, customers=ALL),
    "denials": replace(LOCKED, customers=ALL, denied=frozenset({"b"})),
    "bounds": replace(LOCKED, locked=Locked(bounds=Bounds(max_days=3))),
    "panels": replace(LOCKED, locked=Locked(panels=frozenset({"usage"}))),
    "locale": replace(LOCKED, locked=Locked(locale="de-DE")),
    "a newer policy": replace(LOCKED, version="2"),
}


def test_nobody_gets_what_was_made_for_somebody_else(question: Question) -> None:
    """S27: the whole scope is part of the key, and so are the account, the filters and the page."""
    view = Counted(lambda question: (question.source.contracts(question.ask), question.ask, question.filters)[1:])
    asked = [replace(question, ask=Ask(scope=scope, customer_id="A")) for scope in (LOCKED, *OTHERS.values())]
    asked += [replace(asked[0], ask=Ask(scope=LOCKED, customer_id="A", whole=True))]
    asked += [replace(asked[0], filters=Filters(top=3)), replace(asked[0], page=Page.PROOF)]
    for _ in range(2):
        for one in asked:
            assert one.answer(view) == (one.ask, one.filters)
    assert view.made == len(asked)


def test_a_view_of_the_same_name_is_another_view(question: Question) -> None:
    def named(text: str) -> Callable[[Question], str]:
        def view(question: Question) -> str:
            question.source.contracts(question.ask)
            return text

        return view

    assert [question.answer(named(text)) for text in "xyx"] == ["x", "y", "x"]


@pytest.mark.parametrize("fails", [False, True])
def test_many_at_once_make_it_once(question: Question, fails: bool) -> None:
    begun, release = threading.Event(), threading.Event()

    def slow(question: Question) -> Any:
        begun.set()
        release.wait(10)
        if fails:
            raise Unreachable
        return question.source.contracts(question.ask).value

    view = Counted(slow)
    with ThreadPoolExecutor(20) as pool:
        readers = [pool.submit(question.answer, view)]
        begun.wait(10)
        readers += [pool.submit(question.answer, view) for _ in range(19)]
        threading.Timer(0.2, release.set).start()
        said = [reader.exception(10) or reader.result() for reader in readers]
    assert view.made <= (20 if fails else 1)
    assert all(isinstance(one, Unreachable) if fails else one == "a" for one in said)


def test_the_memo_holds_so_many_things_and_so_much(clock: HandClock) -> None:
    memo = Memo(clock, entries=3, weight=10_000)

    def kept(*keys: str) -> list[bool]:
        return [memo.peek((key,), lambda _made, _age: True) is not None for key in keys]

    for key in "abcd":
        memo.get((key,), lambda: b"x", lambda _made, _age: True)
    assert kept(*"abcd") == [False, True, True, True]
    memo.get(("b",), lambda: b"x", lambda _made, _age: True)
    memo.get(("e",), lambda: b"y" * 9_920, lambda _made, _age: True)
    assert kept(*"bcde") == [True, False, False, True]
    memo.get(("f",), lambda: b"z" * 20_000, lambda _made, _age: True)
    assert kept(*"bef") == [True, True, False], "what is too large drives nothing out"
