"""The source: scope before everything, one call for many askers, answers that nobody can damage, whole or marked."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Barrier
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.clock import Clock
from data.errors import BadAnswer, BadQuery, CredentialsRejected, NotFound, SourceError, Unreachable
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.scope import LOCAL, AccessDenied, Scope
from data.settings import Secret
from data.source import Ask, BalanceTables, BreakdownTables, Loaded
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW

FIRST, END = date(2026, 9, 1), date(2026, 11, 21)
NOBODY = Scope(subject="nobody", customers=frozenset())
ONLY_EURO = Scope(subject="euro", customers=frozenset({Customer.EURO}))
ASK = Ask(scope=LOCAL, customer_id=Customer.EURO)
METRIC = "00000000-0000-4000-8000-000000000001"
Method = Callable[[MetronomeSource, Ask], Loaded[Any]]


@dataclass(frozen=True)
class MovableClock(Clock):
    """Real time that can be moved ahead; nobody sleeps between attempts."""

    ahead: list[float] = field(default_factory=lambda: [0.0])

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead[0]

    def sleep(self, seconds: float) -> None:
        del seconds

    def move(self, seconds: float) -> None:
        self.ahead[0] += seconds


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime.fromisoformat(NOW))


@pytest.fixture
def source(sandbox: Sandbox, clock: MovableClock) -> MetronomeSource:
    limits = Limits(clock=clock, rps=1e6, burst=10**6)
    client = MetronomeClient(base_url=sandbox.url, token=Secret("t"), clock=clock, limits=limits)
    return MetronomeSource(client, clock)


@pytest.fixture
def metric(source: MetronomeSource, sandbox: Sandbox) -> str:
    found = str(source.metrics(ASK).value["metric_id"].iloc[0])
    sandbox.requests.clear()
    return found


def usage_of(metric_id: str) -> Method:
    return lambda source, ask: source.usage(ask, metric_id, FIRST, END, window="day", keys=())


METHODS: dict[str, Method] = {
    "account": lambda source, ask: source.account(ask),
    "metrics": lambda source, ask: source.metrics(ask),
    "metric": lambda source, ask: source.metric(ask, METRIC),
    "contracts": lambda source, ask: source.contracts(ask),
    "metric_totals": lambda source, ask: source.metric_totals(ask, FIRST, END),
    "usage": usage_of(METRIC),
    "usage_spans": lambda source, ask: source.usage_spans(ask, METRIC, ((FIRST, END),), keys=()),
    "breakdowns": lambda source, ask: source.breakdowns(ask, FIRST, END, window="day"),
    "spend_breakdowns": lambda source, ask: source.spend_breakdowns(ask, FIRST, END, keys=("region",)),
    "balances": lambda source, ask: source.balances(ask),
    "invoices": lambda source, ask: source.invoices(ask),
}
FRAMES = {name: method for name, method in METHODS.items() if name not in {"account", "metric", "usage", "usage_spans"}}
every_method = pytest.mark.parametrize("name", list(METHODS))


@every_method
def test_a_scope_that_does_not_cover_the_account_stops_before_any_call(
    source: MetronomeSource, sandbox: Sandbox, name: str
) -> None:
    for scope in (NOBODY, replace(ONLY_EURO, customers=frozenset({Customer.FLAGSHIP}))):
        with pytest.raises(AccessDenied):
            METHODS[name](source, replace(ASK, scope=scope))
    assert sandbox.requests.all() == []


@pytest.mark.parametrize("name", list(FRAMES))
@pytest.mark.parametrize("whole", [False, True])
def test_a_kept_answer_is_not_shown_to_who_may_not_see_it(
    source: MetronomeSource, sandbox: Sandbox, name: str, whole: bool
) -> None:
    assert METHODS[name](source, ASK).value is not None
    sandbox.requests.clear()
    METHODS[name](source, replace(ASK, scope=ONLY_EURO))
    with pytest.raises(AccessDenied):
        METHODS[name](source, replace(ASK, scope=NOBODY, whole=whole))
    assert sandbox.requests.all() == []


def test_the_list_of_accounts_holds_those_of_the_scope(source: MetronomeSource) -> None:
    everybody = source.accounts(replace(ASK, customer_id="")).value
    assert len(everybody) > 15
    assert {one.customer_id for one in everybody} >= {Customer.EURO, Customer.ARCHIVED}
    assert [one.customer_id for one in source.accounts(Ask(scope=ONLY_EURO)).value] == [Customer.EURO]
    assert source.accounts(Ask(scope=NOBODY)).value == ()


@every_method
@pytest.mark.parametrize("ident", ["", "abc", "../../v1/customers", f"{Customer.EURO}/invoices", f"{Customer.EURO}\n"])
def test_an_id_that_is_none_is_not_found_without_a_call(
    source: MetronomeSource, sandbox: Sandbox, name: str, ident: str
) -> None:
    with pytest.raises(NotFound):
        METHODS[name](source, replace(ASK, customer_id=ident))
    assert sandbox.requests.all() == []


def test_a_metric_id_that_is_none_is_refused_without_a_call(source: MetronomeSource, sandbox: Sandbox) -> None:
    for ident in ("", "../customers", "x" * 36):
        with pytest.raises((NotFound, BadQuery)):
            source.metric(ASK, ident)
    assert sandbox.requests.all() == []


def test_fifty_at_once_on_a_cold_key_cause_one_call_for_each_part_of_the_range(
    source: MetronomeSource, sandbox: Sandbox, metric: str
) -> None:
    ready = Barrier(50)

    def read() -> pd.DataFrame:
        ready.wait(10)
        return usage_of(metric)(source, ASK).value

    with ThreadPoolExecutor(50) as pool:
        answers = [one.result() for one in [pool.submit(read) for _ in range(50)]]
    asked = [row["body"] for row in sandbox.requests.all("usage_groups")]
    assert len(asked) == len(set(asked)) == 3  # 81 days in parts of at most 31
    assert all(answer.equals(answers[0]) for answer in answers)
    assert len(answers[0]) > 0


def damage(frame: pd.DataFrame) -> None:
    """Everything that careless code does to a frame."""
    for name in frame.columns:
        values = frame[name].to_numpy()
        if values.flags.writeable and len(values):
            values[...] = values[::-1].copy()
    if len(frame):
        frame.loc[frame.index[0], frame.columns[0]] = frame.iloc[-1, 0]
    frame["own"] = 1
    del frame[frame.columns[1]]
    frame.columns = [f"my_{name}" for name in frame.columns]
    frame.index = frame.index + 1


def frames_in(value: object) -> list[pd.DataFrame]:
    if isinstance(value, BalanceTables | BreakdownTables):
        return list(vars(value).values())
    return [value] if isinstance(value, pd.DataFrame) else []


@pytest.mark.parametrize("name", [*FRAMES, "usage"])
def test_whoever_damages_an_answer_damages_only_their_own(source: MetronomeSource, metric: str, name: str) -> None:
    method = usage_of(metric) if name == "usage" else METHODS[name]
    untouched = [frame.copy(deep=True) for frame in frames_in(method(source, ASK).value)]
    assert untouched
    for frame in frames_in(method(source, ASK).value):
        damage(frame)
    for found, expected in zip(frames_in(method(source, ASK).value), untouched, strict=True):
        pd.testing.assert_frame_equal(found, expected)
        assert np.array_equal(found.columns, expected.columns)


def test_a_page_gets_what_could_be_had_and_what_could_not(
    source: MetronomeSource, sandbox: Sandbox, metric: str, clock: MovableClock
) -> None:
    sandbox.faults.add("status", family="usage_groups", status=500, containing="2026-11-21")
    partial = usage_of(metric)(source, ASK)
    assert [(gap.start.date(), gap.end.date()) for gap in partial.missing] == [(date(2026, 11, 2), END)]
    assert isinstance(partial.missing[0].error, Unreachable)
    assert set(partial.value["window_start"].dt.month) == {9, 10, 11}
    with pytest.raises(Unreachable):
        usage_of(metric)(source, replace(ASK, whole=True))
    sandbox.faults.clear()
    clock.move(10)
    assert usage_of(metric)(source, ASK).missing == ()


def test_a_page_of_which_nothing_came_is_an_error(source: MetronomeSource, sandbox: Sandbox, metric: str) -> None:
    sandbox.faults.add("html", family="usage_groups")
    with pytest.raises(SourceError):
        usage_of(metric)(source, ASK)


def test_a_partial_answer_never_serves_a_download_and_a_whole_one_does(
    source: MetronomeSource, sandbox: Sandbox, metric: str
) -> None:
    whole = replace(ASK, whole=True)
    sandbox.faults.add("status", family="usage_groups", status=400, containing="2026-10-02", times=1)
    assert usage_of(metric)(source, ASK).missing
    assert usage_of(metric)(source, whole).missing == ()
    source.balances(ASK)
    sandbox.requests.clear()
    source.balances(whole)
    assert sandbox.requests.all() == []


def test_a_failed_renewal_gives_the_old_copy_with_its_age_and_its_reason(
    source: MetronomeSource, sandbox: Sandbox, clock: MovableClock
) -> None:
    first = source.balances(ASK)
    clock.move(300)
    sandbox.faults.add("status", family="balances", status=503)
    stale = source.balances(ASK)
    assert isinstance(stale.stale, Unreachable)
    assert stale.fetched_at == first.fetched_at
    pd.testing.assert_frame_equal(stale.value.ledger, first.value.ledger)
    clock.move(86_400)
    with pytest.raises(Unreachable):
        source.balances(ASK)


def test_the_question_at_the_start_is_one_call_and_tells_a_wrong_token(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    source.check(5)
    assert [row["family"] for row in sandbox.requests.all()] == ["credit_types"]
    sandbox.faults.add("status", status=401)
    with pytest.raises(CredentialsRejected):
        source.check(5)


@pytest.mark.parametrize("name", ["usage", "usage_spans", "metric_totals", "breakdowns", "balances", "invoices"])
def test_figures_that_are_not_found_of_a_known_account_are_a_bad_answer_to_a_download(
    source: MetronomeSource, sandbox: Sandbox, metric: str, name: str
) -> None:
    methods = METHODS | {
        "usage": usage_of(metric),
        "usage_spans": lambda source, ask: source.usage_spans(ask, metric, ((FIRST, END),), keys=()),
    }
    sandbox.faults.add("status", status=404)
    with pytest.raises(BadAnswer):
        methods[name](source, replace(ASK, whole=True))
    for lookup in ("account", "metric"):
        with pytest.raises(NotFound):
            METHODS[lookup](source, replace(ASK, whole=True))
