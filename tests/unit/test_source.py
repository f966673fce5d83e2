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
from data.money import USD_CENTS_ID
from data.scope import LOCAL, AccessDenied, Kind, Scope
from data.settings import Secret
from data.source import Ask, Asked, BalanceTables, BreakdownTables, InvoiceTables, Loaded
from data.window_cache.days import blocks
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW

FIRST, END = date(2026, 9, 1), date(2026, 11, 21)
NOBODY = Scope(kind=Kind.PROXY, subject="nobody", customers=frozenset())
ONLY_EURO = Scope(kind=Kind.PROXY, subject="euro", customers=frozenset({Customer.EURO}))
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
    "net_balances": lambda source, ask: source.net_balances(ask, (USD_CENTS_ID,)),
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
    assert len(asked) == len(set(asked)) == len(blocks(FIRST, END, 31)) == 4
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
    if isinstance(value, BalanceTables | BreakdownTables | InvoiceTables):
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
    (_, first, end), *_ = blocks(FIRST, END, 31)
    sandbox.faults.add("status", family="usage_groups", status=500, containing=f'"ending_before":"{end}')
    partial = usage_of(metric)(source, ASK)
    assert [(gap.start.date(), gap.end.date()) for gap in partial.missing] == [(first, end)]
    assert isinstance(partial.missing[0].error, Unreachable)
    assert partial.value["window_start"].min().date() == end
    assert partial.value["window_start"].dt.date.nunique() == (END - end).days
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
    (_, _, end), *_ = blocks(FIRST, END, 31)
    sandbox.faults.add("status", family="usage_groups", status=400, containing=f'"ending_before":"{end}', times=1)
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
    clock.move(700)
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


@pytest.mark.parametrize(
    "name", ["usage", "usage_spans", "metric_totals", "breakdowns", "balances", "net_balances", "invoices"]
)
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


# method -> the family, method and path that a receipt names
ASKED = {
    "account": ("account", "GET", f"/v1/customers/{Customer.EURO}"),
    "metrics": ("metrics", "GET", f"/v1/customers/{Customer.EURO}/billable-metrics"),
    "metric": ("metric", "GET", "/v1/billable-metrics/{metric}"),
    "contracts": ("contracts", "POST", "/v2/contracts/list"),
    "credit_types": ("credit_types", "GET", "/v1/credit-types/list"),
    "metric_totals": ("usage_totals", "POST", "/v1/usage"),
    "usage": ("usage", "POST", "/v1/usage/groups"),
    "usage_spans": ("usage", "POST", "/v1/usage/groups"),
    "breakdowns": ("breakdowns", "GET", f"/v1/customers/{Customer.EURO}/invoices/breakdowns"),
    "spend_breakdowns": ("spend_breakdowns", "POST", f"/v1/customers/{Customer.EURO}/invoices/spend-breakdowns"),
    "balances": ("balances", "POST", "/v1/contracts/customerBalances/list"),
    "invoices": ("invoices", "GET", f"/v1/customers/{Customer.EURO}/invoices"),
}
WEEKS = ((FIRST, date(2026, 9, 8)), (date(2026, 9, 8), date(2026, 9, 15)), (date(2026, 9, 15), date(2026, 9, 22)))
RANGE = {"starting_on": "2026-09-01T00:00:00Z", "ending_before": "2026-11-21T00:00:00Z"}


def asking(metric: str) -> dict[str, Method]:
    return METHODS | {
        "metric": lambda source, ask: source.metric(ask, metric),
        "credit_types": lambda source, ask: source.credit_types(ask),
        "usage": usage_of(metric),
        "usage_spans": lambda source, ask: source.usage_spans(ask, metric, WEEKS, keys=("region",)),
    }


@pytest.mark.parametrize("name", list(ASKED))
def test_an_answer_tells_the_one_question_that_it_answers(
    source: MetronomeSource, sandbox: Sandbox, metric: str, name: str
) -> None:
    """However many calls it took, and whoever else asked before."""
    source.cache.clear()
    loaded = asking(metric)[name](source, ASK)
    (asked,) = loaded.asked
    family, method, path = ASKED[name]

    assert (asked.family, asked.method, asked.path) == (family, method, path.format(metric=metric))
    assert asked.fetched_at == loaded.fetched_at
    assert {(row["method"], row["path"]) for row in sandbox.requests.all()} == {(asked.method, asked.path)}
    assert asking(metric)[name](source, ASK).asked == (asked,)


@pytest.mark.parametrize("name", ["metric_totals", "usage", "breakdowns", "spend_breakdowns"])
def test_the_question_names_the_whole_range_in_whatever_parts_it_was_asked(
    source: MetronomeSource, sandbox: Sandbox, metric: str, name: str
) -> None:
    (asked,) = asking(metric)[name](source, ASK).asked

    assert RANGE.items() <= dict(asked.parameters).items()
    assert len(sandbox.requests.all()) >= (1 if name == "metric_totals" else 3)
    assert all(isinstance(text, str) for pair in asked.parameters for text in pair)


def test_spans_asked_one_by_one_are_one_question_that_tells_how_many(source: MetronomeSource, metric: str) -> None:
    (asked,) = asking(metric)["usage_spans"](source, ASK).asked
    parameters = dict(asked.parameters)

    assert (parameters["starting_on"], parameters["ending_before"]) == ("2026-09-01T00:00:00Z", "2026-09-22T00:00:00Z")
    assert (parameters["spans"], parameters["window_size"], parameters["group_key"]) == ("3", "NONE", "region")


def test_the_accounts_are_two_lists(source: MetronomeSource) -> None:
    asked = source.accounts(Ask(scope=ONLY_EURO)).asked

    assert [(one.family, one.parameters) for one in asked] == [
        ("accounts", ()),
        ("accounts", (("only_archived", "true"),)),
    ]


def test_no_question_tells_the_token_a_cursor_or_a_page_size(source: MetronomeSource, metric: str) -> None:
    told: list[Asked] = [asked for method in asking(metric).values() for asked in method(source, ASK).asked]

    assert len(told) > 10
    assert not {"limit", "next_page", "cursor"} & {name for asked in told for name, _ in asked.parameters}
    assert "Bearer" not in repr(told)


def test_a_stale_copy_tells_when_it_was_fetched(source: MetronomeSource, sandbox: Sandbox, clock: MovableClock) -> None:
    first = source.balances(ASK)
    clock.move(700)
    sandbox.faults.add("status", family="balances", status=503)

    assert source.balances(ASK).asked == tuple(replace(one, is_old=True) for one in first.asked)
    assert not any(one.is_old for one in first.asked)


def test_net_balances_are_two_questions_for_each_credit_type(source: MetronomeSource, sandbox: Sandbox) -> None:
    units = tuple(dict.fromkeys(source.balances(ASK).value.balances["credit_type_id"]))
    sandbox.requests.clear()
    loaded = source.net_balances(ASK, (*units, *units))

    assert loaded.value["credit_type_id"].tolist() == [unit for unit in units for _ in range(2)]
    assert loaded.value["finalized_only"].tolist() == [False, True] * len(units)
    assert len(loaded.asked) == len(sandbox.requests.all("net_balance")) == 2 * len(units)
    for row, asked in zip(loaded.value.itertuples(), loaded.asked, strict=True):
        mode = "FINALIZED" if row.finalized_only else "FINALIZED_AND_DRAFT"
        assert asked.family == "net_balance"
        assert dict(asked.parameters) == {
            "customer_id": Customer.EURO,
            "credit_type_id": row.credit_type_id,
            "invoice_inclusion_mode": mode,
            "filters[0].balance_types": "PREPAID_COMMIT,CREDIT",
        }


def test_net_balances_of_no_credit_type_are_none(source: MetronomeSource, sandbox: Sandbox) -> None:
    loaded = source.net_balances(ASK, ())

    assert len(loaded.value) == len(loaded.asked) == len(sandbox.requests.all()) == 0


def test_one_net_balance_that_cannot_be_had_fails_the_answer(source: MetronomeSource, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", family="net_balance", status=500, containing="FINALIZED_AND_DRAFT")
    with pytest.raises(Unreachable):
        source.net_balances(ASK, (USD_CENTS_ID,))


def test_every_line_of_the_invoices_belongs_to_one_of_them(source: MetronomeSource) -> None:
    tables = source.invoices(ASK).value

    assert len(tables.lines) > len(tables.invoices) > 0
    assert set(tables.lines["invoice_id"].unique()) <= set(tables.invoices["invoice_id"])
    assert not tables.lines.duplicated(["invoice_id", "line"]).any()


@pytest.fixture
def invoice_id(source: MetronomeSource, sandbox: Sandbox) -> str:
    found = str(source.invoices(ASK).value.invoices["invoice_id"].iloc[0])
    sandbox.requests.clear()
    return found


def test_a_document_is_asked_for_each_time(source: MetronomeSource, sandbox: Sandbox, invoice_id: str) -> None:
    for _ in range(2):
        with source.invoice_pdf(ASK, invoice_id).file as file:
            assert file.read(5) == b"%PDF-"
    assert len(sandbox.requests.all()) == 2


def test_the_scope_comes_before_the_document(source: MetronomeSource, sandbox: Sandbox, invoice_id: str) -> None:
    for scope in (NOBODY, replace(ONLY_EURO, customers=frozenset({Customer.FLAGSHIP}))):
        with pytest.raises(AccessDenied):
            source.invoice_pdf(replace(ASK, scope=scope), invoice_id)
    assert sandbox.requests.all() == []


@pytest.mark.parametrize("ident", ["", "abc", "../invoices", f"{METRIC}/..", f"{METRIC}\n"])
def test_a_document_without_an_id_is_not_found_without_a_call(
    source: MetronomeSource, sandbox: Sandbox, invoice_id: str, ident: str
) -> None:
    with pytest.raises(NotFound):
        source.invoice_pdf(ASK, ident)
    with pytest.raises(NotFound):
        source.invoice_pdf(replace(ASK, customer_id=ident), invoice_id)
    assert sandbox.requests.all() == []


def test_a_document_of_another_account_is_not_found(source: MetronomeSource, invoice_id: str) -> None:
    with pytest.raises(NotFound):
        source.invoice_pdf(replace(ASK, customer_id=Customer.FLAGSHIP), invoice_id)
    with pytest.raises(NotFound):
        source.invoice_pdf(ASK, METRIC)


def test_a_document_that_fails_is_an_error(source: MetronomeSource, sandbox: Sandbox, invoice_id: str) -> None:
    sandbox.faults.add("status", status=503)
    with pytest.raises(Unreachable):
        source.invoice_pdf(ASK, invoice_id)
    sandbox.faults.clear()
    sandbox.faults.add("html")
    with pytest.raises(BadAnswer):
        source.invoice_pdf(ASK, invoice_id)
