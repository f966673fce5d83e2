"""What a panel's view asks for, falls back to and says, on the sandbox; a file's falls back to nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from dash import html

from components.panels.commitments import chosen_chart, draw_commitments
from components.panels.spend import draw_spend
from components.panels.usage import draw_usage
from data.analytics.commitments import Side
from data.analytics.ranges import CLIPPED, CONTRACTS_MISSING, NO_CONTRACT, NOT_HOURS
from data.clock import Clock
from data.errors import BadAnswer, BadQuery, NotFound, SourceError, Unreachable
from data.filters import ChartMode, Days, Filters, Preset, View, Window, from_search, from_search_strict
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.series import SeriesKind
from data.settings import Secret
from data.source import Ask
from data.views.asking import Question, choose
from data.views.commitments import commitments_view
from data.views.headline import headline_view
from data.views.spend import SpendView, spend_view
from data.views.usage import UsageView, usage_view
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.conftest import NOW
from tests.unit.components.reading import text_of

UNKNOWN = "00000000-0000-4000-8000-000000000000"
OCTOBER = Days(first=date(2026, 10, 1), last=date(2026, 10, 31))
FIVE_WEEKS = Days(first=date(2026, 10, 1), last=date(2026, 11, 3))


class HurriedClock(Clock):
    """Nobody sleeps between attempts."""

    def sleep(self, seconds: float) -> None:
        del seconds


CLOCK = HurriedClock(datetime.fromisoformat(NOW))


@pytest.fixture
def source(sandbox: Sandbox) -> MetronomeSource:
    limits = Limits(clock=CLOCK, rps=1e6, burst=10**6)
    return MetronomeSource(MetronomeClient(base_url=sandbox.url, token=Secret("t"), clock=CLOCK, limits=limits), CLOCK)


def asked(source: MetronomeSource, customer: str, *, whole: bool = False, **chosen: Any) -> Question:
    ask = Ask(scope=LOCAL, customer_id=customer, whole=whole)
    return Question(source=source, ask=ask, filters=Filters(**{"range": OCTOBER, **chosen}), now=CLOCK.now())


def usage(source: MetronomeSource, customer: str, **chosen: Any) -> UsageView:
    return usage_view(asked(source, customer, **chosen))


def spend(source: MetronomeSource, customer: str, **chosen: Any) -> SpendView:
    return spend_view(asked(source, customer, **chosen))


def metric_id(source: MetronomeSource, customer: str, aggregation: str) -> str:
    metrics = usage(source, customer).metrics
    return next(one.metric_id for one in metrics if one.aggregation == aggregation)


# Usage: which metric, which key


def test_the_metric_without_a_choice_is_the_one_with_most_usage(source: MetronomeSource) -> None:
    view = usage(source, Customer.FLAGSHIP)
    totals = source.metric_totals(Ask(scope=LOCAL, customer_id=Customer.FLAGSHIP), OCTOBER.first, date(2026, 11, 1))
    most = totals.value.sort_values("value").iloc[-1]
    assert view.metric is not None
    assert view.metric.metric_id == most["metric_id"]
    assert len(view.metrics) == 4
    assert view.keys == view.metric.keys[0]
    assert view.notices == ()


def test_which_metric_is_most_used_may_stay_unknown(source: MetronomeSource, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", family="usage", status=500)
    view = usage(source, Customer.FLAGSHIP)
    assert view.metric == view.metrics[0]
    with pytest.raises(Unreachable):
        usage(source, Customer.FLAGSHIP, whole=True)


def test_an_account_without_usage_still_has_a_metric(source: MetronomeSource) -> None:
    view = usage(source, Customer.NOTHING_USED)
    assert view.metric is not None
    assert view.rows is not None
    assert len(view.file()) == 0


def test_an_archived_metric_works_and_says_so(source: MetronomeSource, sandbox: Sandbox) -> None:
    metrics = usage(source, Customer.FLAGSHIP).metrics
    listed = source.metrics(Ask(scope=LOCAL, customer_id=Customer.FLAGSHIP)).value
    view = usage(ArchivingSource(source.client, source.clock), Customer.FLAGSHIP, metric=metrics[0].metric_id)
    assert len(listed) == len(metrics)
    assert view.notices == ("This metric is archived.",)
    assert view.metric is not None
    assert view.metric.archived
    assert len(view.file()) > 0
    assert view.metrics[-1] == view.metric


class ArchivingSource(MetronomeSource):
    """The source, with every account's first metric (by name) archived."""

    def metrics(self, ask: Ask) -> Any:
        loaded = super().metrics(ask)
        frame = loaded.value
        first = frame["name"].astype(str).str.casefold().argsort().iloc[0]
        frame.loc[frame.index[first], "archived_at"] = CLOCK.now() - timedelta(days=3)
        return loaded


def test_a_metric_of_no_account_falls_back_on_a_page_and_is_not_found_for_a_file(source: MetronomeSource) -> None:
    view = usage(source, Customer.FLAGSHIP, metric=UNKNOWN)
    assert view.metric == usage(source, Customer.FLAGSHIP).metric
    assert view.notices == ("There is no metric with the id in the address; the default is shown.",)
    with pytest.raises(NotFound):
        usage(source, Customer.FLAGSHIP, metric=UNKNOWN, whole=True)


def test_an_outage_is_not_an_unknown_metric(source: MetronomeSource, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", family="metric", status=500)
    with pytest.raises(SourceError) as raised:
        usage(source, Customer.FLAGSHIP, metric=UNKNOWN)
    assert not isinstance(raised.value, NotFound)


def test_a_key_that_the_metric_has_not_falls_back_on_a_page_and_is_refused_for_a_file(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    view = usage(source, Customer.TOKENS, group=("nowhere",))
    assert view.keys == ("model",)
    assert len(view.notices) == 1
    assert "nowhere" in view.notices[0]
    sandbox.requests.clear()
    with pytest.raises(BadQuery):
        usage(source, Customer.TOKENS, group=("nowhere",), whole=True)
    assert sandbox.requests.all("usage_groups") == []


def test_half_of_a_compound_key_is_no_key(source: MetronomeSource) -> None:
    assert usage(source, Customer.TOKENS, group=("model", "token_type")).keys == ("model", "token_type")
    assert usage(source, Customer.TOKENS, group=("token_type", "model")).keys == ("model",)


# Usage: what is asked for


def spans_asked(sandbox: Sandbox) -> list[tuple[str, str, str]]:
    bodies = [json.loads(row["body"]) for row in sandbox.requests.all("usage_groups")]
    return sorted({(one["window_size"].lower(), one["starting_on"][:10], one["ending_before"][:10]) for one in bodies})


def test_weeks_of_a_metric_that_does_not_add_up_are_asked_for_one_by_one(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    metric = metric_id(source, Customer.FLAGSHIP, "MAX")
    sandbox.requests.clear()
    view = usage(
        source, Customer.FLAGSHIP, metric=metric, range=FIVE_WEEKS, window=Window.WEEK, chart=ChartMode.CUMULATIVE
    )
    edges = ["2026-10-01", "2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02", "2026-11-04"]
    assert spans_asked(sandbox) == [("none", *pair) for pair in pairwise(edges)]
    assert view.mode is ChartMode.LINE
    assert not view.table.stackable
    assert view.total is None
    assert all(series.kind is not SeriesKind.OTHER for series in view.table.series)


def test_weeks_of_a_metric_that_adds_up_are_sums_of_days(source: MetronomeSource, sandbox: Sandbox) -> None:
    metric = metric_id(source, Customer.FLAGSHIP, "SUM")
    sandbox.requests.clear()
    view = usage(source, Customer.FLAGSHIP, metric=metric, range=FIVE_WEEKS, window=Window.WEEK)
    assert {size for size, _, _ in spans_asked(sandbox)} == {"day"}
    days = usage(source, Customer.FLAGSHIP, metric=metric, range=FIVE_WEEKS, window=Window.DAY)
    assert view.total == pytest.approx(days.total)
    assert len(view.table.starts) == 6


def test_hours_are_asked_for_as_hours(source: MetronomeSource, sandbox: Sandbox) -> None:
    one_day = Days(first=date(2026, 11, 18), last=date(2026, 11, 18))
    view = usage(source, Customer.TOKENS, range=one_day)
    assert view.choice.window is Window.HOUR
    assert {size for size, _, _ in spans_asked(sandbox)} == {"hour"}


# Spend: by which key


def test_spend_is_by_region_where_lines_have_it_and_by_product_elsewhere(source: MetronomeSource) -> None:
    assert spend(source, Customer.FLAGSHIP).key == "region"
    assert spend(source, Customer.TOKENS).key == "product"
    assert spend(source, Customer.NOTHING_USED).key == "product"


def test_the_breakdowns_are_the_source_of_every_key_that_they_have(source: MetronomeSource, sandbox: Sandbox) -> None:
    for key in spend(source, Customer.FLAGSHIP).keys:
        assert spend(source, Customer.FLAGSHIP, spend_by=key).key == key
    assert sandbox.requests.all("spend_breakdowns") == []


def test_a_key_that_only_a_metric_has_comes_from_the_spend_breakdowns(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    plain = spend(source, Customer.TWO_CONTRACTS)
    assert "region" not in plain.keys
    view = spend(source, Customer.TWO_CONTRACTS, spend_by="region", view=View.NET)
    assert view.key == "region"
    assert "region" in view.keys
    assert len(view.notices) == 1
    assert view.totals == plain.totals
    assert len(sandbox.requests.all("spend_breakdowns")) == 2  # the days are in two blocks
    assert any(series.kind is SeriesKind.UNATTRIBUTED for series in view.table.series)


@pytest.mark.parametrize("status", [400, 403, 404, 405])
def test_where_spend_breakdowns_are_not_offered_the_default_is_shown(
    source: MetronomeSource, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults.add("status", family="spend_breakdowns", status=status)
    view = spend(source, Customer.TWO_CONTRACTS, spend_by="region")
    assert view.key == "product"
    assert "region" in view.notices[0]
    assert view.total is not None
    with pytest.raises(BadQuery):
        spend(source, Customer.TWO_CONTRACTS, spend_by="region", whole=True)


def test_spend_breakdowns_that_fail_leave_a_page_and_end_a_file(source: MetronomeSource, sandbox: Sandbox) -> None:
    sandbox.faults.add("html", family="spend_breakdowns")
    view = spend(source, Customer.TWO_CONTRACTS, spend_by="region")
    assert (view.key, view.notices) == ("product", ())
    assert view.provenance.unavailable == ("the split by “region”, so product is shown",)
    with pytest.raises(BadAnswer):
        spend(source, Customer.TWO_CONTRACTS, spend_by="region", whole=True)


def test_metrics_that_fail_are_no_reason_to_say_that_a_key_does_not_exist(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    sandbox.faults.add("status", family="metrics", status=500)
    view = spend(source, Customer.TWO_CONTRACTS, spend_by="region")
    assert (view.key, view.notices) == ("product", ())
    assert "the split by “region”" in view.provenance.unavailable[0]


def test_a_key_of_nothing_is_never_sent(source: MetronomeSource, sandbox: Sandbox) -> None:
    view = spend(source, Customer.FLAGSHIP, spend_by="<script>")
    assert view.key == "region"
    assert sandbox.requests.all("spend_breakdowns") == []


def test_an_empty_range_has_no_spend_by_any_key(source: MetronomeSource) -> None:
    before = Days(first=date(2025, 1, 1), last=date(2025, 1, 31))
    for whole in (False, True):
        view = spend(source, Customer.FLAGSHIP, range=before, spend_by="region", whole=whole)
        assert (view.key, view.notices, view.totals, view.currency) == ("region", (), (), "")
        assert "region" in view.keys


def test_a_currency_that_nothing_was_spent_in_falls_back_and_says_so(source: MetronomeSource) -> None:
    view = spend(source, Customer.EURO, currency="USD")
    assert view.currency == "EUR"
    assert "USD" in view.notices[0]
    assert spend(source, Customer.OWN_UNIT, currency="USD").currency == "USD"


# The range


def test_presets_of_the_contract_ask_for_it_and_others_do_not(source: MetronomeSource, sandbox: Sandbox) -> None:
    choose(asked(source, Customer.WEEKLY, range=Preset.LAST_30D))
    assert sandbox.requests.all("contracts") == []
    period = choose(asked(source, Customer.WEEKLY, range=Preset.THIS_PERIOD)).days
    before = choose(asked(source, Customer.WEEKLY, range=Preset.PREVIOUS_PERIOD)).days
    assert (period.count, before.count, before.end_exclusive) == (7, 7, period.first)
    to_date = choose(asked(source, Customer.WEEKLY, range=Preset.CONTRACT_TO_DATE)).days
    assert (to_date.first, to_date.last) == (date(2026, 9, 11), date(2026, 11, 20))
    assert len(sandbox.requests.all("contracts")) == 1


def test_a_contract_longer_than_a_range_may_be_is_cut_on_a_page_and_refused_for_a_file(
    source: MetronomeSource,
) -> None:
    choice = choose(asked(source, Customer.FLAGSHIP, range=Preset.CONTRACT_TO_DATE))
    assert choice.days.count == 400
    assert choice.notices == (CLIPPED,)
    with pytest.raises(BadQuery):
        choose(asked(source, Customer.FLAGSHIP, range=Preset.CONTRACT_TO_DATE, whole=True))


def test_without_a_contract_in_force_months_are_shown(source: MetronomeSource, sandbox: Sandbox) -> None:
    choice = choose(asked(source, Customer.ENDED, range=Preset.THIS_PERIOD))
    assert (choice.days.first, choice.notices) == (date(2026, 11, 1), (NO_CONTRACT,))
    sandbox.faults.add("status", family="contracts", status=500)
    choice = choose(asked(source, Customer.TOKENS, range=Preset.THIS_PERIOD))
    assert choice.notices == (CONTRACTS_MISSING,)
    with pytest.raises(Unreachable):
        choose(asked(source, Customer.TOKENS, range=Preset.THIS_PERIOD, whole=True))


def test_hours_of_a_long_preset_become_a_wider_window(source: MetronomeSource) -> None:
    choice = choose(asked(source, Customer.TOKENS, range=Preset.YEAR_TO_DATE, window=Window.HOUR))
    assert (choice.window, choice.notices) == (Window.WEEK, (NOT_HOURS,))


# Where numbers come from


def test_the_data_reaches_to_the_end_of_the_range_or_to_now(source: MetronomeSource) -> None:
    past, open_month = (usage(source, Customer.TOKENS, range=one) for one in (OCTOBER, Preset.MONTH_TO_DATE))
    assert past.provenance.data_through == datetime.fromisoformat("2026-11-01T00:00:00Z")
    assert open_month.provenance.data_through == CLOCK.now()
    assert not past.provenance.is_partial


def test_balances_stand_without_invoices_and_currencies_on_a_page_and_say_so(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    known = commitments_view(asked(source, Customer.FLAGSHIP))
    fresh = MetronomeSource(source.client, source.clock)
    for family in ("invoices", "credit_types"):
        sandbox.faults.add("status", family=family, status=500)
    view = commitments_view(asked(fresh, Customer.FLAGSHIP))
    assert view.provenance.is_partial
    assert len(view.provenance.unavailable) == 2
    assert view.burn.table["remaining"].tolist() == known.burn.table["remaining"].tolist()
    with pytest.raises(Unreachable):
        commitments_view(asked(fresh, Customer.FLAGSHIP, whole=True))


def test_spend_stands_without_balances_and_currencies_on_a_page(source: MetronomeSource, sandbox: Sandbox) -> None:
    for family in ("balances", "credit_types"):
        sandbox.faults.add("status", family=family, status=500)
    view = spend(source, Customer.FLAGSHIP)
    assert len(view.provenance.unavailable) == 2
    assert view.total is not None
    assert view.total.gross > 0


def test_missing_spans_are_named(source: MetronomeSource, sandbox: Sandbox) -> None:
    long = replace(OCTOBER, last=date(2026, 11, 20))
    sandbox.faults.add("status", family="breakdowns", status=500, containing="2026-11-21")
    view = spend(source, Customer.FLAGSHIP, range=long)
    assert [gap.end.date() for gap in view.provenance.missing] == [date(2026, 11, 21)]
    assert view.provenance.is_partial


def test_key_figures_are_none_where_their_part_could_not_be_had(source: MetronomeSource, sandbox: Sandbox) -> None:
    view = headline_view(asked(source, Customer.FLAGSHIP))
    assert view.spend is not None
    assert view.spend.total is not None
    assert view.balance is not None
    assert (view.usage is None, view.commitments is None) == (False, False)
    fresh = MetronomeSource(source.client, source.clock)
    for family in ("balances", "breakdowns", "usage_groups"):
        sandbox.faults.add("status", family=family, status=500)
    failed = headline_view(asked(fresh, Customer.FLAGSHIP))
    assert (failed.spend, failed.commitments, failed.usage) == (None, None, None)


def test_a_window_that_is_only_partly_loaded_is_a_gap_and_in_no_total(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    long = Days(first=date(2026, 7, 18), last=date(2026, 11, 20))
    chosen: dict[str, Any] = {"range": long, "window": Window.WEEK}
    whole = {"usage": usage(source, Customer.TWO_CONTRACTS, **chosen).table,
             "spend": spend(source, Customer.TWO_CONTRACTS, **chosen).table}  # fmt: skip
    fresh = MetronomeSource(source.client, source.clock)
    sandbox.faults.add("status", status=500, containing="2026-08-18")  # two blocks of days, until 17 September
    used, spent = usage(fresh, Customer.TWO_CONTRACTS, **chosen), spend(fresh, Customer.TWO_CONTRACTS, **chosen)
    for name, table in (("usage", used.table), ("spend", spent.table)):
        across = table.starts.index(datetime.fromisoformat("2026-09-14T00:00:00Z"))
        for short, full in zip(table.series, whole[name].series, strict=True):
            assert short.values[: across + 1] == (None,) * (across + 1)
            assert short.values[across + 1 :] == full.values[across + 1 :]
            assert short.total == sum(value for value in short.values if value is not None)
    assert used.table.grand_total == sum(one.total or 0 for one in used.table.series)
    assert spent.total is not None
    assert spent.total.gross == spent.table.grand_total


def test_a_balance_that_can_still_be_used_or_owed_is_drawn_before_one_at_zero(source: MetronomeSource) -> None:
    question = asked(source, Customer.MINIMUM_SPEND)
    view = commitments_view(question)
    chart = chosen_chart(view, question)
    assert chart is not None
    assert (chart.currency, chart.side) == ("USD", Side.POSTPAID)
    said = text_of(html.Div(draw_commitments(view, question).notices))
    assert "More balances" in said
    assert "USD (postpaid obligation)" in said
    for customer in (Customer.FLAGSHIP, Customer.OWN_UNIT):
        question = asked(source, customer)
        prepaid = chosen_chart(commitments_view(question), question)
        assert prepaid is not None
        assert prepaid.side is Side.PREPAID


def test_a_currency_without_usage_says_which_lines_it_has_instead_of_nothing(source: MetronomeSource) -> None:
    question = asked(source, Customer.OWN_UNIT, currency="USD")
    drawn = draw_spend(spend_view(question), question)
    said = text_of(html.Div(drawn.notices))
    assert "No usage in USD in this range" in said
    assert "Nothing was billed" not in said
    assert "Other invoice lines" in text_of(drawn.summary)


@pytest.mark.parametrize(
    ("customer", "search"),
    [
        (Customer.FLAGSHIP, "?range=contract"),
        (Customer.TOKENS, "?range=last90d&window=hour"),
        (Customer.ENDED, "?range=this_period&window=week"),
        (Customer.ARCHIVED, "?range=this_period"),
    ],
)
def test_the_links_to_files_are_never_refused(source: MetronomeSource, customer: Customer, search: str) -> None:
    question = replace(asked(source, customer), filters=from_search(search).filters)
    shown = usage_view(question)
    assert shown.choice.notices
    links = draw_usage(shown, question).files | draw_spend(spend_view(question), question).files
    for view, link in zip((usage_view, spend_view), links.values(), strict=True):
        filters = from_search_strict(link.partition("?")[2])
        choice = view(replace(question, ask=replace(question.ask, whole=True), filters=filters)).choice
        assert (choice.days, choice.window) == (shown.choice.days, shown.choice.window)


def test_a_link_to_a_file_keeps_a_preset_that_was_shown_as_chosen(source: MetronomeSource) -> None:
    question = asked(source, Customer.TOKENS, range=Preset.LAST_30D)
    assert "range=last30d" in draw_usage(usage_view(question), question).files["usage-csv"]


def test_a_key_that_no_loaded_line_has_may_be_on_lines_that_are_missing(
    source: MetronomeSource, sandbox: Sandbox
) -> None:
    long = replace(OCTOBER, last=date(2026, 11, 20))
    sandbox.faults.add("status", family="breakdowns", status=500, containing="2026-11-21")
    view = spend(source, Customer.FLAGSHIP, range=long, spend_by="nope", currency="CHF")
    assert "the split by “nope”" in view.provenance.unavailable[0]
    assert view.notices == ("Nothing was spent in “CHF” in the loaded part of this range.",)


@pytest.mark.parametrize("chart", list(ChartMode))
def test_a_range_whose_first_part_is_missing_is_drawn_in_every_mode(
    source: MetronomeSource, sandbox: Sandbox, chart: ChartMode
) -> None:
    sandbox.faults.add("status", family="usage_groups", status=500, containing="2026-10-01")
    question = asked(source, Customer.FLAGSHIP, range=replace(OCTOBER, last=date(2026, 11, 20)), chart=chart,
                     tables=frozenset({"usage"}))  # fmt: skip
    drawn = draw_usage(usage_view(question), question)
    values = [value for trace in drawn.figure["data"] for value in trace["y"]]
    assert (chart is ChartMode.CUMULATIVE) == all(value is None for value in values)
    said = text_of(html.Div(drawn.notices))
    assert "Some data is missing" in said
    assert ("running total ends" in said) == (chart is ChartMode.CUMULATIVE)
    assert "in total" in text_of(drawn.summary)
