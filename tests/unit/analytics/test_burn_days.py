"""What each segment held at the end of each day: conservation, landings on the ledger, and what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analytics.burn_days import Burn, burn_days
from data.analytics.burn_days_charts import BurnChart, burn_charts
from data.analytics.burn_days_draws import draws_of
from data.analytics.burn_days_landings import invoice_periods
from data.analytics.burn_days_values import Extent, Landing, Track
from data.analytics.commitments import Side
from data.analytics.entries import Account, accounts_of
from data.filters import Days
from data.money import exact_sum
from data.schema import INVOICES
from tests.unit.analytics.builders import (
    at,
    balance,
    deduction,
    entry,
    frame,
    guide_account,
    line,
    lines,
    segment,
    steady,
    tables,
    units,
)

NOW = at("2024-10-15T12:00")
SEPTEMBER, OCTOBER, NOVEMBER = at("2024-09-01"), at("2024-10-01"), at("2024-11-01")
BOTH_MONTHS = Days(first=date(2024, 9, 1), last=date(2024, 10, 31))
PERIODS = {"september": (SEPTEMBER, OCTOBER), "october": (OCTOBER, NOVEMBER)}
STATUSES = {"september": "FINALIZED", "october": "DRAFT"}


def drawn(day: str, cents: object, owner: str = "commit", part: str | None = "S1", **more: Any) -> dict[str, Any]:
    """One deduction of ``cents`` on ``day``, on the invoice of its month."""
    name = "september" if day < "2024-10" else "october"
    named = {"invoice_id": name, "invoice_status": STATUSES[name], "commit_id": owner, "segment_id": part}
    return deduction(-Decimal(str(cents)), day=day, **(named | more))


def guide_lines() -> list[dict[str, Any]]:
    """$65 in September, $20 in October: the credit of $5 first."""
    september = [drawn(f"2024-09-{day:02d}", 250) for day in range(1, 27)]
    credit = [drawn(f"2024-10-0{day}", cents, "credit", "S2") for day, cents in ((1, 200), (2, 200), (3, 100))]
    commit = [drawn(f"2024-10-{day:02d}", 100 if day == 3 else 200) for day in range(3, 11)]
    return [*september, *credit, *commit]


def read(parts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], now: datetime = NOW) -> list[Account]:
    known = frame(INVOICES, [{"invoice_id": name, "status": status} for name, status in STATUSES.items()])
    return accounts_of(*parts, invoices=known, now=now, units=units())


def burnt(
    accounts: Sequence[Account], rows: list[dict[str, Any]], days: Days = BOTH_MONTHS, **more: Any
) -> dict[str, Track]:
    return {one.account.balance_id + ":" + one.segment_id: one for one in burn(accounts, rows, days, **more).tracks}


def burn(accounts: Sequence[Account], rows: list[dict[str, Any]], days: Days = BOTH_MONTHS, **more: Any) -> Burn:
    whole = Extent(date(2024, 9, 1), date(2024, 11, 1))
    return burn_days(accounts, lines(*rows), days, **({"periods": PERIODS, "extent": whole, "now": NOW} | more))


def held(track: Track, day: str) -> Decimal | None:
    return track.ends[(date.fromisoformat(day) - track.first).days]


def landed(track: Track) -> list[tuple[str, date, Decimal | None, Decimal, Decimal | None]]:
    return [(one.invoice_id, one.day, one.drawn, one.ledger, one.gap) for one in track.landings]


def test_the_guides_balances_burn_down_onto_each_ledger_entry() -> None:
    tracks = burnt(read(guide_account()), guide_lines())
    commit, credit = tracks["commit:S1"], tracks["credit:S2"]
    assert landed(commit) == [
        ("september", date(2024, 9, 30), 65, 65, 0),
        ("october", date(2024, 10, 15), 15, 15, 0),
    ]
    assert landed(credit) == [("october", date(2024, 10, 15), 5, 5, 0)]
    assert [held(commit, f"2024-{day}") for day in ("09-01", "09-26", "09-30", "10-02", "10-03", "10-31")] == [
        Decimal("97.5"), 35, 35, 35, 34, 20,
    ]  # fmt: skip
    assert [held(credit, f"2024-{day}") for day in ("09-30", "10-01", "10-02", "10-03")] == [0, 3, 1, 0]
    assert (commit.opening, commit.pending_from) == (0, date(2024, 10, 3))
    assert events(commit) == [("granted", 100, False, False), ("expired", -20, True, True)]
    assert [one.amount for one in commit.events_shown] == [100]


def test_a_tampered_line_leaves_exactly_its_gap_and_the_path_goes_on_from_the_ledger() -> None:
    rows = guide_lines()
    rows[3] = drawn("2024-09-04", "250.5")
    commit = burnt(read(guide_account()), rows)["commit:S1"]
    assert landed(commit)[0] == ("september", date(2024, 9, 30), Decimal("65.005"), 65, Decimal("-0.005"))
    assert commit.landings[0].is_off
    assert held(commit, "2024-09-29") == Decimal("34.995")
    assert held(commit, "2024-09-30") == 35


@pytest.mark.parametrize(("cents", "is_off"), [("250.00001", True), ("250.0000001", False)])
def test_a_gap_is_judged_in_the_unit_as_sent(cents: str, is_off: bool) -> None:
    rows = guide_lines()
    rows[3] = drawn("2024-09-04", cents)
    assert burnt(read(guide_account()), rows)["commit:S1"].landings[0].is_off is is_off


def test_a_ledger_with_an_unknown_amount_tells_only_what_is_left_now() -> None:
    balances, segments, ledger = guide_account()
    balances["balance"] = pd.Series([Decimal(2000), Decimal(0)], dtype=object)
    ledger["amount"] = pd.Series([None, *ledger["amount"].tolist()[1:]], dtype=object)
    commit = burnt(read((balances, segments, ledger)), guide_lines())["commit:S1"]
    assert (held(commit, "2024-10-14"), held(commit, "2024-10-15"), commit.landings) == (None, 20, ())


def test_a_segment_that_opens_with_an_unknown_amount_is_not_known_from_then_on() -> None:
    parts = tables(
        [balance("commit")],
        [segment("S1", "commit", 100, "2024-09-01", "2024-10-20"), segment("S2", "commit", None, "2024-10-20", None)],
        [entry("commit", "granted", 100, "2024-09-01", segment_id="S1")],
    )
    opening = burnt(read(parts), [])["commit:S2"]
    assert [held(opening, f"2024-10-{day}") for day in (19, 20, 31)] == [0, None, None]


def test_a_range_that_begins_in_the_middle_opens_with_what_was_left() -> None:
    days = Days(first=date(2024, 10, 5), last=date(2024, 10, 6))
    commit = burnt(read(guide_account()), guide_lines(), days)["commit:S1"]
    assert (commit.opening, commit.draws, commit.ends) == (32, (2, 2), (30, 28))


def test_segments_are_told_by_the_day_when_lines_do_not_name_them() -> None:
    parts = tables(
        [balance("commit")],
        [
            segment("S1", "commit", 10000, "2024-09-01", "2024-10-01"),
            segment("S2", "commit", 10000, "2024-10-01", "2025-09-01"),
        ],
        [
            entry("commit", "granted", 10000, "2024-09-01", segment_id="S1"),
            entry("commit", "granted", 10000, "2024-10-01", segment_id="S2"),
        ],
    )
    rows = [drawn("2024-09-05", 100, part=None), drawn("2024-10-05", 300, part=None)]
    tracks = burnt(read(parts), rows)
    assert sum(tracks["commit:S1"].draws) == 1
    assert sum(tracks["commit:S2"].draws) == 3


def test_quantity_balances_draw_units_and_never_money() -> None:
    parts = tables(
        [balance("scans", "CREDIT", access_type="QUANTITY", product="Scans")],
        [segment("S", "scans", 1000, "2024-09-01", "2025-09-01")],
        [
            entry("scans", "granted", 1000, "2024-09-01", segment_id="S"),
            entry("scans", "used", -40, "2024-10-01", segment_id="S", invoice_id="september"),
        ],
    )
    sent = burnt(read(parts), [drawn("2024-09-03", 999, "scans", "S", consumed=40)])["scans:S"]
    assert landed(sent) == [("september", date(2024, 9, 30), 40, 40, 0)]
    silent = burnt(read(parts), [drawn("2024-09-03", 999, "scans", "S")])["scans:S"]
    assert landed(silent) == [("september", date(2024, 9, 30), None, 40, None)]
    assert held(silent, "2024-09-15") is None
    assert held(silent, "2024-09-30") == 960


def test_days_that_were_not_loaded_are_unknown_until_the_ledger_tells() -> None:
    missing = ((at("2024-09-10"), at("2024-09-12")),)
    extent = Extent(date(2024, 9, 1), date(2024, 11, 1), missing)
    commit = burnt(read(guide_account()), guide_lines(), extent=extent)["commit:S1"]
    assert landed(commit)[0] == ("september", date(2024, 9, 30), None, 65, None)
    assert {held(commit, f"2024-09-{day:02d}") for day in range(1, 30)} == {None}
    assert held(commit, "2024-09-30") == 35
    assert held(commit, "2024-10-03") == 34


def test_void_invoices_and_copies_draw_nothing_and_strangers_are_counted() -> None:
    rows = [
        drawn("2024-09-02", 100, invoice_status="VOID"),
        drawn("2024-09-02", 100, invoice_type="USAGE_CONSOLIDATED"),
        drawn("2024-09-02", 100, "parent", "P"),
        line(100, day="2024-09-02"),
    ]
    found = burn(read(guide_account()), rows)
    assert found.unplaced == (2,)
    assert sum(sum(one.draws) for one in found.tracks) == 0


ONE = [segment("S", "B", 10000, "2024-09-01", "2024-10-10")]
START = entry("B", "granted", 10000, "2024-09-01", segment_id="S")


def events(track: Track) -> list[tuple[str, Decimal, bool, bool]]:
    return [(one.category, one.amount, one.entry is None, one.pending) for one in track.events]


def test_what_is_left_lapses_with_its_segment_said_or_not() -> None:
    said = [START, entry("B", "expired", -10000, "2024-10-10", segment_id="S")]
    for entries, derived in ((said, False), ([START], True)):
        track = burnt(read(tables([balance()], ONE, entries)), [])["B:S"]
        assert (held(track, "2024-10-09"), held(track, "2024-10-10")) == (100, 0)
        assert events(track)[-1] == ("expired", -100, derived, derived)


def test_the_schedule_tells_what_lies_ahead_and_marks_it_pending() -> None:
    later = segment("T", "B", 500, "2024-10-20", "2024-10-25")
    track = burnt(read(tables([balance()], [*ONE, later], [START])), [])["B:T"]
    assert events(track) == [("granted", 5, True, True), ("expired", -5, True, True)]
    assert [held(track, f"2024-10-{day}") for day in (19, 20, 24, 25)] == [0, 5, 5, 0]
    assert track.pending_from == date(2024, 10, 16)


def test_an_obligation_does_not_lapse_and_its_true_up_ends_it() -> None:
    owed, kind = [segment("S", "B", 10000, "2024-09-01", "2024-10-10")], balance(kind="POSTPAID")
    start = entry("B", "granted", 10000, "2024-09-01")
    still = burnt(read(tables([kind], owed, [start])), [])["B:S"]
    assert held(still, "2024-10-31") == 100
    billed = entry("B", "trued_up", -10000, "2024-10-10")
    ended = burnt(read(tables([kind], owed, [start, billed])), [])["B:S"]
    assert (held(ended, "2024-10-09"), held(ended, "2024-10-10")) == (100, 0)
    assert not any(one.entry is None for one in ended.events)


def test_paths_below_zero_are_kept_and_drawn_at_zero() -> None:
    taken = entry("B", "adjusted", -15000, "2024-09-05", reason="Pilot ended")
    track = burnt(read(tables([balance()], ONE, [START, taken])), [])["B:S"]
    assert held(track, "2024-09-05") == -50
    (chart,) = burn_charts([track], BOTH_MONTHS)
    assert (chart.series[0].held[4], chart.series[0].is_floored(4), chart.series[0].is_floored(3)) == (0, True, False)


def test_without_a_ledger_the_path_begins_today() -> None:
    bare = tables([balance(has_ledger=False, balance=4000)], [segment("S", "B", 10000, "2024-09-01", None)], [])
    track = burnt(read(bare), [])["B:S"]
    assert (held(track, "2024-10-14"), held(track, "2024-10-15"), held(track, "2024-10-31")) == (None, 40, 40)
    nothing = tables([balance(has_ledger=False)], [segment("S", "B", 10000, "2024-09-01", None)], [])
    assert burnt(read(nothing), []) == {}


def test_entries_without_time_come_before_everything_and_unknown_kinds_count() -> None:
    entries = [entry("B", "granted", 10000, None, segment_id="S"), entry("B", "other", 700, "2024-09-05")]  # type: ignore[arg-type]
    track = burnt(read(tables([balance()], [segment("S", "B", 1, "2024-09-01", None)], entries)), [])["B:S"]
    assert (track.opening, held(track, "2024-09-05")) == (100, 107)
    assert events(track)[-1] == ("other", 7, False, False)


def test_a_deduction_that_names_no_invoice_is_one_step() -> None:
    used = entry("B", "used", -300, "2024-09-11", segment_id="S")
    track = burnt(read(tables([balance()], ONE, [START, used])), [])["B:S"]
    assert (held(track, "2024-09-09"), held(track, "2024-09-10")) == (100, 97)
    assert landed(track) == [("", date(2024, 9, 10), None, 3, None)]


def test_periods_come_from_the_first_frame_that_knows_them() -> None:
    rows = [{"invoice_id": "a", "period_start": "2024-09-01", "period_end": "2024-10-01"}, {"invoice_id": "b"}]
    known = frame(INVOICES, rows)
    assert invoice_periods(None, known) == {"a": (SEPTEMBER, OCTOBER)}


def test_charts_keep_units_and_sides_apart_in_the_order_of_use() -> None:
    parts = tables(
        [balance("late", priority=9), balance("soon", priority=1), balance("owed", "POSTPAID"),
         balance("scans", access_type="QUANTITY", product="Scans", product_id="p")],
        [segment(ident, ident, 100, "2024-09-01", "2025-09-01") for ident in ("late", "soon", "owed", "scans")],
        [entry(ident, "granted", 100, "2024-09-01", segment_id=ident) for ident in ("late", "soon", "owed", "scans")],
    )  # fmt: skip
    charts = burn_charts(burn(read(parts), []).tracks, BOTH_MONTHS)
    assert [(one.key, one.side) for one in charts] == [
        ("USD", Side.PREPAID), ("USD postpaid", Side.POSTPAID), ("quantity p", Side.PREPAID),
    ]  # fmt: skip
    assert [one.tracks[0].account.balance_id for one in charts[0].series] == ["soon", "late"]


def test_many_segments_are_folded_and_nothing_is_lost() -> None:
    idents = [f"b{number:02d}" for number in range(20)]
    parts = tables(
        [balance(ident) for ident in idents],
        [segment(ident, ident, 100 + at, "2024-09-01", "2025-09-01") for at, ident in enumerate(idents)],
        [entry(ident, "granted", 100 + at, "2024-09-01", segment_id=ident) for at, ident in enumerate(idents)],
    )
    (chart,) = burn_charts(burn(read(parts), []).tracks, BOTH_MONTHS)
    assert [len(one.tracks) for one in chart.series] == [1] * 11 + [9]
    assert total(chart, 0) == exact_sum(Decimal(100 + at) / 100 for at in range(20))


def total(chart: BurnChart, at: int) -> Decimal:
    return exact_sum(one.held[at] or Decimal(0) for one in chart.series)


# Conservation, over made-up accounts: three invoices of ten days, draws, events, and gaps planted in the ledger.

FIRST = date(2024, 9, 1)
CENTS = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(5000), places=3)
SEGMENTS = ("A", "B", "C")


@st.composite
def stories(draw: st.DrawFn) -> dict[str, Any]:
    draws = draw(st.lists(st.tuples(st.integers(0, 29), st.sampled_from(SEGMENTS), CENTS), max_size=25))
    gaps = draw(st.dictionaries(st.tuples(st.integers(0, 2), st.sampled_from(SEGMENTS)), CENTS, max_size=3))
    steps = draw(st.lists(st.tuples(st.integers(0, 29), st.sampled_from(SEGMENTS), CENTS), max_size=5))
    first = draw(st.integers(0, 25))
    last = draw(st.integers(first, 29))
    return {"draws": draws, "gaps": gaps, "steps": steps, "days": (first, last), "now": draw(st.integers(0, 40))}


def story(told: dict[str, Any]) -> tuple[Burn, pd.DataFrame, Days]:
    """Two balances, one with two segments; the ledger says what was drawn plus the planted gap."""
    owners = {"A": "one", "B": "one", "C": "two"}
    starts = [at("2024-09-01") + timedelta(days=10 * number) for number in range(4)]
    used: dict[tuple[int, str], Decimal] = dict(told["gaps"])
    rows = []
    for day, part, cents in told["draws"]:
        key = (day // 10, part)
        used[key] = used.get(key, Decimal(0)) + cents
        rows.append(deduction(-cents, day=str(FIRST + timedelta(days=day)), invoice_id=f"i{day // 10}",
                              commit_id=owners[part], segment_id=part))  # fmt: skip
    entries = [entry(owners[part], "granted", 9999, "2024-09-01", segment_id=part) for part in SEGMENTS]
    entries += [entry(owners[part], "adjusted", cents, str(FIRST + timedelta(days=day)), segment_id=part)
                for day, part, cents in told["steps"]]  # fmt: skip
    entries += [{"balance_id": owners[part], "category": "used", "amount": -cents, "timestamp": starts[number + 1],
                 "type": "USED", "segment_id": part, "invoice_id": f"i{number}"}
                for (number, part), cents in used.items()]  # fmt: skip
    schedule = [segment(part, owner, 9999, "2024-09-01", None) for part, owner in owners.items()]
    parts = tables([balance("one"), balance("two")], schedule, entries)
    now = at("2024-09-01") + timedelta(days=told["now"], hours=5)
    accounts = accounts_of(*parts, invoices=None, now=now, units=units())
    first, last = (FIRST + timedelta(days=number) for number in told["days"])
    periods = {f"i{number}": (starts[number], starts[number + 1]) for number in range(3)}
    extent = Extent(FIRST, FIRST + timedelta(days=60))
    frame_of_lines = lines(*rows)
    days = Days(first=first, last=last)
    return burn_days(accounts, frame_of_lines, days, periods=periods, extent=extent, now=now), frame_of_lines, days


@steady
@given(stories())
def test_opening_plus_events_minus_draws_minus_gaps_is_the_end_of_every_day(told: dict[str, Any]) -> None:
    found, _, days = story(told)
    for track in found.tracks:
        before = track.opening or Decimal(0)
        for number, end in enumerate(track.ends):
            day = days.first + timedelta(days=number)
            changed = exact_sum(one.amount for one in track.events if one.at.date() == day)
            off = exact_sum(one.gap or Decimal(0) for one in track.landings if one.day == day)
            assert end == exact_sum([before, changed, -track.draws[number], -off])
            before = end
            assert end == exact_sum(step.amount for step in track.steps_until(day))


@steady
@given(stories())
def test_every_line_is_drawn_once_and_every_gap_is_the_planted_one(told: dict[str, Any]) -> None:
    found, rows, _ = story(told)
    landings: list[Landing] = [one for track in found.tracks for one in track.landings]
    taken = sorted(row for one in landings for draw in one.draws for row in draw.rows)
    assert taken == list(range(len(rows)))
    assert exact_sum(one.amount for landing in landings for one in landing.draws) == -exact_sum(rows["total"]) / 100
    planted = {(f"i{number}", part): cents / 100 for (number, part), cents in told["gaps"].items()}
    assert {(one.invoice_id, one.segment_id): one.gap for one in landings if one.gap} == planted


@pytest.mark.parametrize("missing", [None, "commit_id"])
def test_no_lines_and_lines_without_a_balance_draw_nothing(missing: str | None) -> None:
    rows = [] if missing is None else [drawn("2024-09-02", 100) | {missing: None}]
    found = draws_of(lines(*rows), read(guide_account()))
    assert (found.by_track, found.unplaced) == ({}, tuple(range(len(rows))))
