"""S27: the cache never crosses accounts. Ten accounts with the same dates and questions, asked from forty threads, in
the source and through the whole app; keys of a hundred thousand questions; who may not ask is refused although the
answer lies there; and, the other way round, what may be shared is."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import pytest

from app import create_source
from callbacks.downloads import FILES
from data.clock import Clock
from data.filters import Filters
from data.metronome_source import MetronomeSource
from data.scope import LOCAL, AccessDenied, Bounds, Kind, Locked, Right, Scope
from data.source import Ask
from data.views.asking import Question
from data.views.memo import Memo
from data.window_cache.reader import WindowCache
from data.window_cache.store import MemoryStore
from tests.rows.marked import LETTERS, NOW_AT, SEARCH, Marked, MarkedSandbox, everybody, foreign_marks, marked
from tests.rows.questions import ABOUT_ONE, UNMARKED, random_question, text_of
from tests.rows.worlds import ByHeader, cs_app, settings_on

THREADS_EACH, REQUESTS, APP_REQUESTS, KEYS = 4, 5_000, 120, 100_000


def shared_source(api: MarkedSandbox) -> MetronomeSource:
    return create_source(settings_on(api, BURNBOARD_UPSTREAM_CONCURRENCY="64"), Clock(NOW_AT))


def test_s27_five_thousand_mixed_questions_from_forty_threads_stay_with_their_own(api: MarkedSandbox) -> None:
    expected = {(one.letter, name): told_alone(api, one, name) for one in everybody() for name in ABOUT_ONE}
    source = shared_source(api)
    api.forget()

    def viewer(number: int) -> list[str]:
        one, chance = marked(LETTERS[number % len(LETTERS)]), random.Random(number)  # noqa: S311
        found = []
        for name in chance.choices(list(ABOUT_ONE), k=REQUESTS // 40):
            text = told(source, one, name)
            if text != expected[one.letter, name] or foreign_marks(text, own=one.letter):
                found.append(f"{name} of {one.letter}: {foreign_marks(text, own=one.letter)}")
        return found

    with ThreadPoolExecutor(10 * THREADS_EACH) as pool:
        assert [text for found in pool.map(viewer, range(10 * THREADS_EACH)) for text in found] == []
    assert len(api.lines) <= REQUESTS * 0.2, "the positive control: at least four of five came from the cache"


def told(source: MetronomeSource, one: Marked, name: str) -> str:
    return text_of(ABOUT_ONE[name](source, Ask(scope=one.scope(), customer_id=one.id), one).value)


def told_alone(api: MarkedSandbox, one: Marked, name: str) -> str:
    """The answer of a source that has nothing kept and nobody else."""
    return told(shared_source(api), one, name)


def test_s27_every_file_of_every_account_at_once_stays_with_its_own(api: MarkedSandbox) -> None:
    app = cs_app(api, gate=ByHeader({one.letter: one.scope() for one in everybody()}))
    names = list(FILES)

    def viewer(number: int) -> list[str]:
        one, chance = marked(LETTERS[number % len(LETTERS)]), random.Random(number)  # noqa: S311
        client = app.server.test_client()
        found = []
        for _ in range(APP_REQUESTS // 40):
            name = chance.choice(names)
            answer = client.get(f"/accounts/{one.id}/{name}{SEARCH}", headers={"X-Viewer": one.letter})
            found += [f"{name}: {answer.status_code}"] if answer.status_code not in (200, 503) else []
            found += [f"{name} of {one.letter}"] if foreign_marks(answer.text, own=one.letter) else []
        return found

    with ThreadPoolExecutor(10 * THREADS_EACH) as pool:
        assert [text for found in pool.map(viewer, range(40)) for text in found] == []


class Seen(Exception):
    """What would be looked up for a question."""


class KeyReader(WindowCache):
    """A cache that has nothing and tells what it was asked for."""

    def read(self, wanted: Any, **_: Any) -> Any:
        raise Seen(wanted)


def of_all_days(question: tuple[Any, ...]) -> tuple[Any, ...]:
    """``question`` without its days: pieces of it are shared by all ranges that they lie in."""
    return tuple(part for part in question if not isinstance(part, date))


def test_s27_a_hundred_thousand_questions_have_keys_of_their_own(api: MarkedSandbox) -> None:
    """Of each answer as a whole, and of each piece in the store: the same piece is only ever shared by questions that
    differ in nothing but their days, and then it is about the same ones."""
    source, chance = shared_source(api), random.Random(27)  # noqa: S311
    clock = Clock(NOW_AT)
    object.__setattr__(source.keeper, "cache", KeyReader(MemoryStore(0, clock), clock))
    names: dict[Any, Any] = {}
    pieces: dict[str, Any] = {}
    for _ in range(KEYS):
        one = marked(chance.choice(LETTERS[:3]))
        method, arguments, more = random_question(chance)
        question = one.id, method, *arguments, *sorted(more.items())
        with pytest.raises(Seen) as raised:
            getattr(source, method)(Ask(scope=LOCAL, customer_id=one.id), *arguments, **more)
        (wanted,) = raised.value.args
        assert names.setdefault(wanted.name, question) == question
        assert wanted.name[0] == one.id
        for piece in wanted.pieces:
            about = [day // 31 for day in piece.days] if piece.by_day else piece.span
            told = about[0] if isinstance(about, list) and more.get("window") != "hour" else piece.span
            asked = question[:3] if method == "usage_spans" else of_all_days(question)
            assert pieces.setdefault(piece.key, (asked, more.get("keys"), told)) == (asked, more.get("keys"), told)
    assert len(names) > KEYS / 20
    assert len(pieces) > 1_000


def test_s27_views_are_shared_by_nobody_who_may_see_something_else(api: MarkedSandbox) -> None:
    """The cache of finished views has the viewer's whole scope in its keys: bounds, panels, limits and all."""
    one, other, views = marked("A"), marked("B"), Memo(Clock(NOW_AT))
    base = Scope(kind=Kind.EMBED, subject="x", customers=frozenset({one.id}))
    scopes = (
        base,
        replace(base, rights=frozenset({Right.VIEW, Right.EXPORT})),
        replace(base, locked=Locked(panels=frozenset({"usage"}))),
        replace(base, locked=Locked(bounds=Bounds(max_days=3))),
        replace(base, customers=frozenset({one.id, other.id})),
    )

    def scope_of(question: Question) -> Scope:
        return question.ask.scope

    for _ in range(2):
        for scope in scopes:
            ask = Ask(scope=scope, customer_id=one.id)
            question = Question(source=shared_source(api), ask=ask, filters=Filters(), now=NOW_AT, views=views)
            assert question.answer(scope_of) == scope


@pytest.mark.parametrize("whole", [False, True])
def test_s27_who_may_not_ask_is_refused_although_the_answer_lies_there(api: MarkedSandbox, whole: bool) -> None:
    source, own, other = shared_source(api), marked("A"), marked("B")
    for name, ask in ABOUT_ONE.items():
        assert ask(source, Ask(scope=other.scope(), customer_id=other.id, whole=whole), other), name
    api.forget()
    for name, ask in ABOUT_ONE.items():
        for scope in (own.scope(), Scope(kind=Kind.PROXY, subject="none", customers=frozenset())):
            with pytest.raises(AccessDenied):
                ask(source, Ask(scope=scope, customer_id=other.id, whole=whole), other)
        assert api.lines == [], name


def test_s27_two_people_with_the_same_rights_share_what_was_fetched(api: MarkedSandbox) -> None:
    source, one = shared_source(api), marked("A")
    first, second = one.scope(), replace(one.scope(), subject="bo@acme.example")
    for name, ask in ABOUT_ONE.items():
        answer = ask(source, Ask(scope=first, customer_id=one.id), one)
        api.forget()
        again = ask(source, Ask(scope=second, customer_id=one.id), one)
        assert text_of(again.value) == text_of(answer.value), name
        assert api.lines == [], name


def test_s27_the_list_of_accounts_is_fetched_once_and_cut_for_each(api: MarkedSandbox) -> None:
    source = shared_source(api)
    for one in everybody():
        listed = source.accounts(Ask(scope=one.scope())).value
        assert [found.customer_id for found in listed] == [one.id]
    assert len(api.lines) == 2, "active and archived accounts, one call each"


class TestTheScanItself:
    """A scan that sees nothing proves nothing."""

    PLANTED: ClassVar[str] = f"... {marked('B').mark}account ..."

    def test_s27_a_planted_mark_is_seen(self) -> None:
        assert foreign_marks(self.PLANTED, own="A") == {"B"}
        assert foreign_marks(self.PLANTED, own="B") == set()

    def test_s27_every_answer_but_bare_figures_carries_a_mark(self, api: MarkedSandbox) -> None:
        one, other = marked("C"), marked("D")
        for name in ABOUT_ONE:
            text = told_alone(api, one, name)
            assert (one.mark in text) is (name not in UNMARKED), name
            assert text != told_alone(api, other, name), name
