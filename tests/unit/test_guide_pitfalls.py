"""The 22 pitfalls of the guide's own pseudocode (Metronome notes, section 7): each test gives the same answers of the
API to a faithful port of the guide's algorithm, which fails or is wrong, and to this program, which is neither."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from data.analytics.balance_steps import balance_steps
from data.analytics.balance_totals import Side, balance_totals
from data.analytics.commitments import Burndown, burndown
from data.analytics.spend import spend_rows
from data.analytics.spend_series import spend_by_group, spend_totals
from data.analytics.usage import usage_by_group
from data.clock import Clock
from data.filters import Days, View, Window
from data.frames.balances import to_balances, to_ledger, to_segments
from data.frames.lines import to_lines, to_windows
from data.frames.usage import to_usage
from data.metronome.client import MetronomeClient
from data.metronome.deadline import Deadline
from data.metronome.limits import Limits
from data.metronome.questions import embeddable_url
from data.money import USD_CENTS_ID
from data.series import SeriesTable
from data.settings import Secret
from tests.unit.analytics.builders import CPU_ID, EUR_ID, at, units

ACCOUNT, METRIC = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
OCTOBER = Days(first=date(2024, 10, 1), last=date(2024, 10, 31))
NOW, LATER = at("2024-10-15"), at("2024-12-01")
USD = {"id": USD_CENTS_ID, "name": "USD (cents)"}
Rows = list[dict[str, Any]]


# --- the guide, step by step as it is written -----------------------------------------------------------------------


def guide_usage(answer: dict[str, Any]) -> list[dict[str, Any]]:
    by_day: dict[str, dict[str, Any]] = {}
    for item in answer["data"]:
        by_day.setdefault(item["starting_on"], {})[item["group_value"]] = item["value"]
    regions = sorted({item["group_value"] for item in answer["data"]})
    points = []
    for day in sorted(by_day):
        point: dict[str, Any] = {"date": day}
        running = 0
        for region in regions:
            point[f"{region}_start"] = running
            running += by_day[day].get(region, 0)
            point[f"{region}_end"] = running
        points.append(point)
    return points


def guide_balances(answer: dict[str, Any]) -> dict[str, Any]:
    grants = []
    for item in answer["data"]:
        granted = sum(part["amount"] for part in item["access_schedule"]["schedule_items"])
        used = sum(-entry["amount"] for entry in item["ledger"] if entry["amount"] < 0)
        grants.append({"id": item["id"], "granted": granted, "used": used, "remaining": granted - used})
    total = {name: sum(grant[name] for grant in grants) for name in ("granted", "used")}
    return {"grants": grants, "total": total | {"remaining": total["granted"] - total["used"]}}


def guide_spend(answer: dict[str, Any]) -> list[dict[str, Any]]:
    by_day: dict[str, dict[str, Any]] = {}
    for item in answer["data"]:
        for line in item["line_items"]:
            region = line["presentation_group_values"]["region"]
            day = by_day.setdefault(item["breakdown_start_timestamp"], {})
            day[region] = day.get(region, 0) + line["total"] / 100
    regions = sorted({region for day in by_day.values() for region in day})
    return [{"date": day} | {region: by_day[day].get(region, 0) for region in regions} for day in sorted(by_day)]


def guide_stacks(points: list[dict[str, Any]]) -> list[str]:
    return [key.split("_")[0] for key in points[0] if key.endswith("_start")]


# --- the same answers through this program --------------------------------------------------------------------------


class Canned(BaseAdapter):
    """Answers with pages, whatever is asked; the cursor is the number of the next page."""

    def __init__(self, pages: list[Rows]) -> None:
        super().__init__()
        self._pages = pages

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        asked = json.loads(request.body or "{}").get("next_page") or _cursor(str(request.url))
        number = int(asked or 0)
        cursor = str(number + 1) if number + 1 < len(self._pages) else None
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, str(request.url)
        response.headers["Content-Type"] = "application/json"
        body = json.dumps({"data": self._pages[number], "next_page": cursor}).encode()
        response.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


def _cursor(url: str) -> str | None:
    return url.partition("next_page=")[2].partition("&")[0] or None


def client_of(*pages: Rows) -> MetronomeClient:
    clock = Clock()
    return MetronomeClient(
        base_url="http://metronome.test", token=Secret("made-up"), clock=clock, limits=Limits(clock=clock),
        adapter=Canned(list(pages)),
    )  # fmt: skip


def until() -> Deadline:
    return Deadline(Clock(), 10)


def usage_of(*pages: Rows, keys: tuple[str, ...] = ("region",), additive: bool = True, top: int = 8) -> SeriesTable:
    block = client_of(*pages).usage(
        ACCOUNT, METRIC, OCTOBER.first, OCTOBER.end_exclusive, window="day", keys=keys, deadline=until()
    )
    return usage_by_group(to_usage([block], keys), OCTOBER, Window.DAY, additive=additive, top=top, now=LATER)


def spend_of(*pages: Rows, view: View = View.GROSS, currency: str = "USD") -> tuple[SeriesTable, dict[str, Any]]:
    rows = client_of(*pages).breakdowns(ACCOUNT, OCTOBER.first, OCTOBER.end_exclusive, window="day", deadline=until())
    spend = spend_rows(
        to_lines(rows), to_windows(rows), OCTOBER, Window.DAY,
        key="region", units=units(), balance_types={},
    ).frame  # fmt: skip
    table = spend_by_group(spend, OCTOBER, Window.DAY, currency=currency, view=view, top=8, now=LATER)
    return table, {one.currency: one for one in spend_totals(spend)}


def balances_of(*pages: Rows) -> Burndown:
    rows = list(client_of(*pages).iter_balances(ACCOUNT, until()))
    return burndown(to_balances(rows), to_segments(rows), to_ledger(rows), invoices=None, now=NOW, units=units())


def used(day: str, region: str | None, value: float | None, **more: Any) -> dict[str, Any]:
    row = {
        "starting_on": f"2024-10-{day}T00:00:00+00:00",
        "ending_before": f"2024-10-{int(day) + 1:02d}T00:00:00+00:00",
    }
    return row | {"group_key": "region", "group_value": region, "value": value} | more


def item(total: float, region: str | None = None, **more: Any) -> dict[str, Any]:
    line = {"name": "My Product", "product_id": "P", "product_type": "UsageProductListItem", "credit_type": USD}
    groups = {} if region is None else {"presentation_group_values": {"region": region}, "quantity": 1}
    return line | {"total": total} | groups | more


def applied(total: float, commit: str = "C") -> dict[str, Any]:
    return item(total, name="Prepaid Credits applied", commit_id=commit, commit_type="PrepaidCommit")


def day(*lines: dict[str, Any], number: int = 1, **more: Any) -> dict[str, Any]:
    start, end = f"2024-10-{number:02d}T00:00:00.000Z", f"2024-10-{number + 1:02d}T00:00:00.000Z"
    header = {"id": "inv", "status": "DRAFT", "type": "USAGE", "credit_type": USD, "total": 0}
    return (
        header | {"breakdown_start_timestamp": start, "breakdown_end_timestamp": end, "line_items": list(lines)} | more
    )


def grant(
    ident: str, ledger: list[tuple[str, float, str]] | None, *amounts: tuple[float, str, str], **more: Any
) -> Any:
    schedule = [
        {
            "id": f"{ident}{n}",
            "amount": amount,
            "starting_at": f"{first}T00:00:00Z",
            "ending_before": f"{last}T00:00:00Z",
        }
        for n, (amount, first, last) in enumerate(amounts)
    ]
    row: dict[str, Any] = {"id": ident, "type": "PREPAID", "product": {"id": "p", "name": "Commit"}}
    row["access_schedule"] = {"credit_type": more.pop("credit_type", USD), "schedule_items": schedule}
    if ledger is not None:
        row["ledger"] = [
            {"type": kind, "amount": amount, "timestamp": f"{at_}T00:00:00Z"} for kind, amount, at_ in ledger
        ]
    return row | more


START, USED = "PREPAID_COMMIT_SEGMENT_START", "PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION"
YEAR = (10000, "2024-09-01", "2025-09-01")
OPENED = (START, 10000, "2024-09-01")


def labels(table: SeriesTable) -> list[str]:
    return [one.label for one in table.series]


def row(burn: Burndown, index: int = 0) -> dict[str, Any]:
    return {str(name): value for name, value in burn.table.iloc[index].items()}


def test_pitfall_01_all_pages_count_not_only_the_first() -> None:
    pages = ([used("01", "eu", 1)], [], [used("02", "eu", 2)])
    first_page = {"data": pages[0], "next_page": "1"}
    assert sum(point["eu_end"] for point in guide_usage(first_page)) == 1
    assert usage_of(*pages).grand_total == 3


def test_pitfall_02_null_groups_sort_with_text() -> None:
    rows = [used("01", "eu", 1), used("01", None, 2)]
    with pytest.raises(TypeError):
        guide_usage({"data": rows})
    assert labels(usage_of(rows)) == ["eu", "(not set)"]


def test_pitfall_03_null_values_do_not_break_sums() -> None:
    rows = [used("01", "eu", None), used("01", "us", 2)]
    with pytest.raises(TypeError):
        guide_usage({"data": rows})
    assert usage_of(rows).grand_total == 2
    assert labels(usage_of(rows, additive=False)) == ["us"]


def test_pitfall_04_rows_of_one_cell_add_up_and_compound_groups_stay_apart() -> None:
    rows = [
        used("01", None, value, group_key=None, group={"region": "eu", "team": team})
        for team, value in (("a", 1), ("b", 2))
    ]
    assert [point["None_end"] for point in guide_usage({"data": rows})] == [2]
    table = usage_of(rows, keys=("region", "team"))
    assert [(one.label, one.total) for one in table.series] == [("eu · b", 2), ("eu · a", 1)]


def test_pitfall_04_the_same_row_on_two_pages_counts_once() -> None:
    table = usage_of([used("01", "eu", 1)], [used("01", "eu", 1), used("02", "eu", 1)])
    assert table.grand_total == 2


def test_pitfall_05_two_spellings_of_a_time_are_one_day_and_quiet_days_stay() -> None:
    rows = [used("01", "eu", 1), used("01", "us", 1, starting_on="2024-10-01T00:00:00.000Z"), used("03", "eu", 1)]
    assert len(guide_usage({"data": rows})) == 3
    assert [point["date"][:10] for point in guide_usage({"data": rows})] == ["2024-10-01", "2024-10-01", "2024-10-03"]
    table = usage_of(rows)
    assert len(table.starts) == 31
    assert [one.values[:3] for one in table.series] == [(1, 0, 1), (1, 0, 0)]


def test_pitfall_06_group_names_are_data_and_never_column_names() -> None:
    rows = [used("01", "a", 1), used("01", "a_start", 5), used("01", "a_start_end", 7)]
    (point,) = guide_usage({"data": rows})
    assert len(point) - 1 == 2 * 3
    assert guide_stacks([point]) == ["a", "a", "a"]
    assert labels(usage_of(rows)) == ["a_start_end", "a_start", "a"]


def test_pitfall_07_the_answer_names_its_series() -> None:
    rows = [used("01", "eu", 1)]
    assert all("regions" not in point for point in guide_usage({"data": rows}))
    assert labels(usage_of(rows)) == ["eu"]


def test_pitfall_08_future_segments_are_upcoming_and_not_granted() -> None:
    rows = [grant("B", [OPENED], YEAR, (5000, "2025-01-01", "2026-01-01"))]
    assert guide_balances({"data": rows})["total"]["granted"] == 15000
    assert (row(balances_of(rows))["granted"], row(balances_of(rows))["upcoming"]) == (100, 50)


@pytest.mark.parametrize(
    ("kind", "column"),
    [("EXPIRATION", "expired"), ("ROLLOVER", "rolled_over"), ("MANUAL", "adjusted"), ("CANCELED", "canceled")],
)
def test_pitfall_09_only_deductions_are_usage(kind: str, column: str) -> None:
    rows = [grant("B", [OPENED, (f"PREPAID_COMMIT_{kind}", -3000, "2024-10-01")], YEAR)]
    assert guide_balances({"data": rows})["total"]["used"] == 3000
    found = row(balances_of(rows))
    assert found["used_posted"] + found["used_pending"] == 0
    assert abs(found[column]) == 30


def test_pitfall_09_a_true_up_is_no_usage_and_a_positive_deduction_is() -> None:
    ledger = [("POSTPAID_COMMIT_INITIAL_BALANCE", 10000, "2024-09-01"), ("POSTPAID_COMMIT_TRUEUP", -4000, "2024-10-01")]
    rows = [grant("B", ledger, YEAR, type="POSTPAID")]
    assert guide_balances({"data": rows})["total"]["used"] == 4000
    assert (row(balances_of(rows))["used_posted"], row(balances_of(rows))["trued_up"]) == (0, 40)
    positive = [grant("B", [OPENED, (USED, 2500, "2024-10-01")], YEAR)]
    assert guide_balances({"data": positive})["total"]["used"] == 0
    assert (row(balances_of(positive))["used_posted"], row(balances_of(positive))["remaining"]) == (25, 75)


def test_pitfall_10_positive_manual_entries_remain_and_the_balance_is_checked() -> None:
    rows = [grant("B", [OPENED, ("PREPAID_COMMIT_MANUAL", 2000, "2024-10-01")], YEAR, balance=12000)]
    assert guide_balances({"data": rows})["total"]["remaining"] == 10000
    burn = balances_of(rows)
    assert row(burn)["remaining"] == 120
    assert burn.notes[0].reconciles is True
    assert balances_of([rows[0] | {"balance": 11000}]).notes[0].reconciles is False


def test_pitfall_11_what_expired_or_is_ahead_is_not_used() -> None:
    ledger = [(START, 4000, "2024-01-01"), ("PREPAID_COMMIT_EXPIRATION", -4000, "2024-09-01"), OPENED]
    segments = ((4000, "2024-01-01", "2024-09-01"), YEAR, (5000, "2025-09-01", "2026-09-01"))
    rows = [grant("B", ledger, *segments, balance=10000)]
    granted = guide_balances({"data": rows})["total"]["granted"]
    assert granted - rows[0]["balance"] == 9000, "the live guide's: used = granted - balance"
    found = row(balances_of(rows))
    assert (found["used_posted"], found["expired"], found["upcoming"], found["remaining"]) == (0, 40, 50, 100)


def test_pitfall_12_units_and_obligations_are_not_added() -> None:
    rows = [
        grant("usd", [OPENED], YEAR),
        grant("eur", [OPENED], YEAR, credit_type={"id": EUR_ID, "name": "EUR"}),
        grant("cpu", [OPENED], YEAR, credit_type={"id": CPU_ID, "name": "tokens"}),
        grant("owed", [("POSTPAID_COMMIT_INITIAL_BALANCE", 10000, "2024-09-01")], YEAR, type="POSTPAID"),
    ]
    assert guide_balances({"data": rows})["total"]["remaining"] == 40000
    totals = {(one.currency, one.side): one.remaining for one in balance_totals(balances_of(rows))}
    assert totals == {
        ("EUR", Side.PREPAID): 10000, ("USD", Side.PREPAID): 100, ("USD", Side.POSTPAID): 100,
        ("tokens", Side.PREPAID): 10000,
    }  # fmt: skip


def test_pitfall_13_ledger_and_schedule_may_be_missing() -> None:
    bare = {"id": "B", "type": "CREDIT", "product": {"id": "p", "name": "Credit"}, "balance": 700}
    for rows in ([bare], [grant("B", None, YEAR, balance=700)]):
        with pytest.raises(KeyError):
            guide_balances({"data": rows})
        found = row(balances_of(rows))
        assert found["used_posted"] is None
        assert found["remaining"] is not None


def test_pitfall_14_deductions_of_drafts_are_pending() -> None:
    rows = [grant("B", [OPENED, (USED, -6500, "2024-10-01"), (USED, -1500, "2024-11-01")], YEAR)]
    assert guide_balances({"data": rows})["total"]["used"] == 8000
    found = row(balances_of(rows))
    assert (found["used_posted"], found["used_pending"], found["remaining"]) == (65, 15, 20)


@pytest.mark.parametrize(
    ("odd", "error"),
    [
        (item(500, product_id="F", product_type="FixedProductListItem"), KeyError),
        (item(500) | {"presentation_group_values": {"tier": "x"}}, KeyError),
        (item(500) | {"presentation_group_values": {"region": None}}, TypeError),
    ],
    ids=["no groups", "another key", "null"],
)
def test_pitfall_15_lines_without_the_group_are_kept(odd: dict[str, Any], error: type[Exception]) -> None:
    rows = [day(item(100, "eu"), odd)]
    with pytest.raises(error):
        guide_spend({"data": rows})
    table, totals = spend_of(rows)
    assert "eu" in labels(table)
    assert totals["USD"].net == 6


def test_pitfall_16_deductions_do_not_lower_spend_and_purchases_do_not_raise_it() -> None:
    named = {"presentation_group_values": {"region": "eu"}}
    purchase = item(20000, product_type="FixedProductListItem", commit_id="C", type="commit_purchase") | named
    rows = [day(item(3700, "eu", commit_id="C"), applied(-3700) | named), day(purchase, id="bought", type="SCHEDULED")]
    assert guide_spend({"data": rows})[0]["eu"] == 200
    assert spend_of(rows)[0].grand_total == 37
    assert spend_of(rows, view=View.CREDITS)[0].grand_total == -37
    assert spend_of(rows, view=View.NET)[0].grand_total == 0


def test_pitfall_17_only_dollars_are_cents_and_fractions_survive() -> None:
    rows = [
        day(item(8, "eu", credit_type={"id": EUR_ID, "name": "EUR"})),
        day(*[item(0.1, "eu")] * 10, number=2),
    ]
    guide = guide_spend({"data": rows})
    assert guide[0]["eu"] == 0.08
    assert guide[1]["eu"] != 0.01
    totals = spend_of(rows)[1]
    assert (totals["EUR"].gross, totals["USD"].gross) == (Decimal(8), Decimal("0.01"))


@pytest.mark.parametrize("copy", [{"status": "VOID"}, {"type": "USAGE_CONSOLIDATED"}])
def test_pitfall_18_void_and_consolidated_invoices_are_not_summed(copy: dict[str, str]) -> None:
    rows = [day(item(100, "eu")), day(item(100, "eu"), id="again", **copy)]
    assert guide_spend({"data": rows})[0]["eu"] == 2
    assert spend_of(rows)[0].grand_total == 1


def test_pitfall_19_spend_names_its_series_underscores_and_all() -> None:
    rows = [day(item(100, "eu_west_1"))]
    assert guide_stacks(guide_spend({"data": rows})) == []
    assert guide_stacks(guide_usage({"data": [used("01", "eu_west_1", 1)]})) == ["eu"]
    assert labels(spend_of(rows)[0]) == ["eu_west_1"]


def test_pitfall_20_more_groups_than_colours_end_in_other() -> None:
    rows = [used("01", f"r{n:02d}", n + 1) for n in range(30)]
    colours = ["blue", "red", "green"]
    regions = [key.removesuffix("_start") for key in guide_usage({"data": rows})[0] if key.endswith("_start")]
    with pytest.raises(ValueError, match="zip"):
        dict(zip(regions, colours, strict=True))
    table = usage_of(rows)
    assert labels(table) == [f"r{n}" for n in range(29, 21, -1)] + ["Other"]
    assert table.other_count == 22
    assert table.grand_total == sum(range(1, 31))


def test_pitfall_21_a_balance_has_a_course_over_time() -> None:
    answer: Rows = [grant("B", [OPENED, (USED, -6500, "2024-10-01")], YEAR)]
    assert not any("date" in one or "timestamp" in one for one in guide_balances({"data": answer})["grants"])
    rows = list(client_of(answer).iter_balances(ACCOUNT, until()))
    (chart,) = balance_steps(
        to_balances(rows), to_segments(rows), to_ledger(rows), invoices=None, now=NOW, until=NOW, units=units()
    )
    assert chart.steps[0].times == (at("2024-09-01"), at("2024-10-01"), NOW)
    assert chart.steps[0].remaining == (100, 35, 35)


def test_pitfall_22_dashboard_options_are_texts() -> None:
    as_in_the_guide = {"key": "show_zero_usage_line_items", "value": True}
    assert json.dumps(as_in_the_guide).endswith("true}")
    asked = embeddable_url(
        ACCOUNT, "invoices", options=[("show_zero_usage_line_items", True)], colors=[], group_key_overrides=[]
    )
    assert asked.body is not None
    assert asked.body["dashboard_options"] == [{"key": "show_zero_usage_line_items", "value": "true"}]


def test_on_the_guides_own_examples_both_agree() -> None:
    rows = [used("01", "ap-south-1", 37), used("01", "us-east-1", 24), used("01", "us-east-2", 12)]
    assert guide_usage({"data": rows})[0]["us-east-2_end"] == usage_of(rows).grand_total == 73
    spent = [day(item(3700, "ap-south-1"), item(2400, "us-east-1"), item(1200, "us-east-2"))]
    assert sum(value for key, value in guide_spend({"data": spent})[0].items() if key != "date") == 73
    assert spend_of(spent)[0].grand_total == 73
