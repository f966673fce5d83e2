"""The four files: the guide's numbers, the rules of the interfaces document, every account held against the API."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from dash import Dash
from werkzeug.test import TestResponse

from app import create_app, create_source
from data.analytics.commitments import COMMITMENTS_FILE
from data.analytics.ledger import LEDGER_FILE
from data.analytics.spend import SPEND_FILE
from data.analytics.usage import ADDITIVE, USAGE_FILE
from data.clock import Clock
from data.metronome_source import MetronomeSource, Patience
from data.query_values import join_keys
from data.settings import Settings
from sandbox.catalogue import Customer, hostile
from sandbox.server import Sandbox, running_sandbox
from tests.conftest import NOW
from tests.contract.files import Api, Files, days_of, figures_asked, query, sums

pytestmark = pytest.mark.thorough

MakeApp = Callable[..., Dash]
OCTOBER = {"from": "2024-10-01", "to": "2024-10-31"}
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-20"}  # days that may still change
READING_DAY = "2024-10-15T12:00:00Z"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
DRAWN = ({"view": "net"}, {"chart": "cumulative"}, {"top": "3"}, {"table": "usage,spend"}, {"currency": "EUR"})
COLUMNS = {"usage": USAGE_FILE, "spend": SPEND_FILE, "commitments": COMMITMENTS_FILE, "ledger": LEDGER_FILE}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NUMBERS = {
    *COMMITMENTS_FILE[10:23],
    *("value", "gross", "credits", "postpaid", "other", "net", "amount", "running_balance"),
}
EXPLAINED = {
    "granted": 1, "used_posted": -1, "used_pending": -1, "expired": -1, "rolled_over": -1, "trued_up": -1,
    "adjusted": 1, "credited": 1, "canceled": 1, "other": 1,
}  # fmt: skip
everybody = pytest.mark.parametrize("customer", list(Customer), ids=lambda one: one.name.lower())
every_file = pytest.mark.parametrize("name", list(COLUMNS))


@dataclass(frozen=True)
class MovableClock(Clock):
    """Real time that can be moved ahead; nobody sleeps between attempts."""

    ahead: list[float] = field(default_factory=lambda: [0.0])

    def now(self) -> datetime:
        return (self.fixed or datetime.now(UTC)) + timedelta(seconds=self.ahead[0])

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead[0]

    def sleep(self, seconds: float) -> None:
        del seconds

    def move(self, seconds: float) -> None:
        self.ahead[0] += seconds


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    with running_sandbox(now=datetime.fromisoformat(NOW), strict=True, hostile=True) as running:
        yield running


@pytest.fixture(scope="module")
def warm_files(shared_sandbox: Sandbox) -> Files:
    """One app for everything that only reads what is right."""
    return files_on(shared_sandbox, Clock(datetime.fromisoformat(NOW)))


@pytest.fixture
def files(make_app: MakeApp) -> Files:
    return Files(make_app().server.test_client())


@pytest.fixture
def guide(make_app: MakeApp) -> Files:
    return Files(make_app(BURNBOARD_NOW=READING_DAY).server.test_client())


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(datetime.fromisoformat(NOW))


@pytest.fixture
def hurried(sandbox: Sandbox, clock: MovableClock) -> Files:
    """Files of an app whose clock can be moved, and that does not sleep between attempts."""
    return files_on(sandbox, clock)


def files_on(sandbox: Sandbox, clock: Clock, patience: Patience | None = None) -> Files:
    env = {"METRONOME_BEARER_TOKEN": "MARK_TOKEN", "METRONOME_BASE_URL": sandbox.url, "BURNBOARD_NOW": NOW,
           "BURNBOARD_START_TOKEN": "off",
           "BURNBOARD_UPSTREAM_RPS": "100000", "BURNBOARD_UPSTREAM_BURST": "10000"}  # fmt: skip
    settings = Settings.from_env(env)
    source = create_source(settings, clock)
    if patience:
        source = MetronomeSource(source.client, clock, patience)
    return Files(create_app(settings, source, clock).server.test_client())


# The guide's numbers


def test_usage_holds_the_numbers_of_the_guide(guide: Files) -> None:
    rows = guide.rows(Customer.GUIDE_USAGE, "usage", group="region", window="day", **OCTOBER)
    assert [(row["window_start"], row["group_value"], row["value"]) for row in rows if row["value"] != "0"] == [
        ("2024-10-01T00:00:00Z", "ap-south-1", "37"),
        ("2024-10-01T00:00:00Z", "us-east-1", "24"),
        ("2024-10-01T00:00:00Z", "us-east-2", "12"),
        ("2024-10-02T00:00:00Z", "ap-south-1", "91"),
    ]
    assert {(row["metric"], row["group_key"]) for row in rows} == {("CPU hours", "region")}
    assert rows[0]["group"] == '{"region":"ap-south-1"}'


def test_spend_holds_the_numbers_of_the_guide(guide: Files) -> None:
    rows = guide.rows(Customer.GUIDE_SPEND, "spend", spend_by="region", window="day", **OCTOBER)
    assert sums(rows, "window_start", "gross") == {"2024-10-01T00:00:00Z": 73, "2024-10-02T00:00:00Z": 91}
    by_region = sums(rows, "group_value", "net")
    assert by_region == {"ap-south-1": 37 + 91, "us-east-1": 24, "us-east-2": 12}
    assert {row["currency"] for row in rows} == {"USD"}


def test_spend_under_the_commit_is_paid_by_it(guide: Files) -> None:
    rows = guide.rows(Customer.GUIDE_COMMIT, "spend", **OCTOBER)
    totals = {name: sums(rows, "currency", name)["USD"] for name in ("gross", "credits", "postpaid", "other", "net")}
    assert totals == {"gross": 164, "credits": -164, "postpaid": 0, "other": 0, "net": 0}
    assert {row["basis"] for row in rows} == {"exact"}


def test_balances_hold_the_numbers_of_the_guide(guide: Files) -> None:
    rows = guide.rows(Customer.GUIDE_BALANCES, "commitments")
    found = {row["type"]: row for row in rows}
    used = {kind: Decimal(row["used_posted"]) + Decimal(row["used_pending"]) for kind, row in found.items()}
    assert {kind: Decimal(row["remaining"]) for kind, row in found.items()} == {"CREDIT": 0, "PREPAID": 20}
    assert used == {"CREDIT": 5, "PREPAID": 80}
    assert sum(Decimal(row["remaining"]) for row in rows) == 20


def test_the_ledger_of_the_guide_runs_down_to_what_is_left(guide: Files) -> None:
    rows = guide.rows(Customer.GUIDE_BALANCES, "ledger")
    amounts = {row["commit_id"]: [] for row in rows}
    for row in rows:
        amounts[row["commit_id"]].append((row["timestamp"][:10], Decimal(row["amount"]), row["state"]))
    commit, credit = sorted(amounts.values(), key=len, reverse=True)
    assert commit == [("2024-09-01", 100, "posted"), ("2024-10-01", -65, "posted"), ("2024-11-01", -15, "pending")]
    assert credit == [("2024-10-01", 5, "posted"), ("2024-11-01", -5, "pending")]


# The form of a file


@every_file
def test_a_file_is_csv_with_its_columns_and_headers(files: Files, name: str) -> None:
    answer = files.answer(Customer.FLAGSHIP, name, window="day")
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    header = answer.data.split(b"\r\n")[0].decode()
    assert header == ",".join(COLUMNS[name])
    assert answer.data.endswith(b"\r\n")
    assert b"\n" not in answer.data.replace(b"\r\n", b"")
    assert answer.headers["X-Burnboard-As-Of"] == NOW
    assert answer.headers["X-Burnboard-Data"] == "fresh"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}-{Customer.FLAGSHIP}.csv"'
    assert len(list(csv.reader(io.StringIO(answer.text, newline=""), strict=True))) > 1


@every_file
def test_numbers_are_plain_and_times_are_in_utc(files: Files, name: str) -> None:
    for row in files.rows(Customer.ADJUSTED, name, window="day"):
        for column, text in row.items():
            if column in NUMBERS and text:
                assert "e" not in text.lower()
                Decimal(text)
            if column in {"window_start", "window_end", "starts_at", "ends_at", "timestamp"} and text:
                assert datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@every_file
def test_nothing_used_is_a_header_and_no_rows(files: Files, name: str) -> None:
    rows = files.rows(Customer.NOTHING_USED, name, **query(days_of(Customer.NOTHING_USED)))
    assert bool(rows) == (name == "commitments")


@every_file
@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_files_are_only_read(files: Files, sandbox: Sandbox, name: str, method: str) -> None:
    answer = getattr(files.client, method)(f"/accounts/{Customer.GUIDE_USAGE}/{name}.csv")
    assert answer.status_code == 405
    assert answer.content_type == "application/problem+json"
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert sandbox.requests.all() == []


def test_a_head_request_answers_like_get_without_the_rows(files: Files) -> None:
    answer = files.client.head(f"/accounts/{Customer.GUIDE_USAGE}/usage.csv", query_string=OCTOBER)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["X-Burnboard-Data"] == "fresh"


@every_file
@pytest.mark.parametrize("drawn", DRAWN, ids=str)
def test_what_only_changes_the_drawing_does_not_change_the_file(
    warm_files: Files, name: str, drawn: dict[str, str]
) -> None:
    plain = warm_files.answer(Customer.TOKENS, name, window="day")
    assert warm_files.answer(Customer.TOKENS, name, window="day", **drawn).data == plain.data


def test_usage_has_every_group_and_no_zeros_for_absent_ones(warm_files: Files, shared_sandbox: Sandbox) -> None:
    (metric,) = Api(shared_sandbox.url).metrics(Customer.MANY_GROUPS)
    days = days_of(Customer.MANY_GROUPS)
    rows = warm_files.rows(Customer.MANY_GROUPS, "usage", **query(days, group="pod", window="day", metric=metric["id"]))
    assert len({row["group_value"] for row in rows}) > 15
    new = warm_files.rows(Customer.BRAND_NEW, "usage", **query(days_of(Customer.BRAND_NEW), window="day"))
    assert {row["window_start"][:10] for row in new} == {f"2026-11-{day}" for day in range(15, 21)}


def test_weeks_begin_on_monday_and_are_clipped_to_the_range(warm_files: Files) -> None:
    asked = {"from": "2026-10-01", "to": "2026-10-20", "window": "week"}
    for name in ("usage", "spend"):
        rows = warm_files.rows(Customer.TOKENS, name, **asked)
        spans = sorted({(row["window_start"][:10], row["window_end"][:10]) for row in rows})
        assert spans == [("2026-10-01", "2026-10-05"), ("2026-10-05", "2026-10-12"), ("2026-10-12", "2026-10-19"),
                         ("2026-10-19", "2026-10-21")]  # fmt: skip


def test_months_are_clipped_to_the_range(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.TOKENS, "usage", **{"from": "2026-09-20", "to": "2026-10-10", "window": "month"})
    spans = sorted({(row["window_start"][:10], row["window_end"][:10]) for row in rows})
    assert spans == [("2026-09-20", "2026-10-01"), ("2026-10-01", "2026-10-11")]


def test_hours_add_up_to_the_day(warm_files: Files) -> None:
    day = {"from": "2026-11-18", "to": "2026-11-18"}
    for name, measure in (("usage", "value"), ("spend", "gross"), ("spend", "credits")):
        hours, whole = (warm_files.rows(Customer.FLAGSHIP, name, window=window, **day) for window in ("hour", "day"))
        assert {row["window_start"][11:] for row in hours} == {f"{hour:02}:00:00Z" for hour in range(24)}
        expected = sums(whole, "group_value", measure)
        assert sums(hours, "group_value", measure) == pytest.approx(expected, rel=Decimal("1e-9"))


def test_compound_keys_and_values_are_joined_and_the_exact_group_stands_beside(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.TOKENS, "usage", group="model,token_type", window="day")
    assert {row["group_key"] for row in rows} == {"model|token_type"}
    for row in rows:
        group = json.loads(row["group"])
        assert row["group_value"] == "|".join(value or "" for value in group.values())
        assert list(group) == ["model", "token_type"]


def test_a_group_that_is_null_is_an_empty_cell_and_the_exact_group_says_so(warm_files: Files) -> None:
    asked = query(days_of(Customer.HOSTILE), group=join_keys((hostile.IMAGE,)), window="day")
    rows = warm_files.rows(Customer.HOSTILE, "usage", **asked)
    null = [row for row in rows if json.loads(row["group"])[hostile.IMAGE] is None]
    assert null
    assert {row["group_value"] for row in null} == {""}
    assert all(row["group_value"] for row in rows if row not in null)


@every_file
def test_no_name_becomes_a_formula(warm_files: Files, name: str) -> None:
    rows = warm_files.rows(Customer.HOSTILE, name, **query(days_of(Customer.HOSTILE), window="day"))
    assert rows
    texts = {text for row in rows for column, text in row.items() if column not in NUMBERS}
    assert [text for text in texts if text.startswith(FORMULA_STARTS)] == []
    if name == "usage":
        assert {f"'{hostile.FORMULA}", hostile.LONG, hostile.REVERSED} <= texts


# Wrong input

BAD = (
    {"nonsense": "1"}, {"window": "minute"}, {"metric": "x"}, {"from": "2026-11-10", "to": "2026-11-01"},
    {"from": "2024-01-01", "to": "2026-01-01"}, {"from": "2026-11-01"}, {"range": "mtd", "from": "2026-11-01"},
    {"from": "0001-01-01", "to": "9999-12-31"}, {"range": "forever"}, {"view": "upside-down"}, {"top": "4"},
    {"from": "2026-09-01", "to": "2026-11-01", "window": "hour"}, {"range": "ytd", "window": "hour"}, {"group": ""},
    {"group": "a\x00b"}, {"spend_by": "x" * 300}, {"chart": "pie"}, {"table": "secrets"}, {"currency": ""},
    {"<script>alert(1)</script>": "x"}, {"from": "2026-11-01'--", "to": "2026-11-02"},
)  # fmt: skip


@pytest.mark.parametrize("asked", BAD, ids=lambda one: "&".join(one)[:30])
@pytest.mark.parametrize("name", ["usage", "spend"])
def test_wrong_input_is_refused_before_any_figure_is_asked_for(
    warm_files: Files, sandbox: Sandbox, name: str, asked: dict[str, str]
) -> None:
    answer = warm_files.answer(Customer.ROLLOVER, name, **asked)
    assert_problem(answer, 400)
    assert figures_asked(sandbox) == []


@every_file
@pytest.mark.parametrize("asked", BAD[:4], ids="&".join)
def test_every_file_is_as_strict(files: Files, sandbox: Sandbox, name: str, asked: dict[str, str]) -> None:
    assert_problem(files.answer(Customer.FLAGSHIP, name, **asked), 400)
    assert sandbox.requests.all() == []


def test_a_key_given_twice_is_refused(files: Files) -> None:
    answer = files.client.get(f"/accounts/{Customer.FLAGSHIP}/usage.csv?window=day&window=week")
    assert_problem(answer, 400)


def test_a_key_that_the_metric_has_not_is_refused_before_usage_is_asked_for(files: Files, sandbox: Sandbox) -> None:
    assert_problem(files.answer(Customer.FLAGSHIP, "usage", group="nowhere"), 400)
    assert figures_asked(sandbox) == []


def test_a_spend_key_that_no_line_has_is_refused(files: Files) -> None:
    assert_problem(files.answer(Customer.FLAGSHIP, "spend", spend_by="nowhere"), 400)


def test_a_spend_key_of_a_range_without_lines_gives_an_empty_file(files: Files) -> None:
    asked = {"from": "2025-01-01", "to": "2025-01-31", "spend_by": "region"}
    assert files.rows(Customer.FLAGSHIP, "spend", **asked) == []


@every_file
def test_an_unknown_account_is_not_found(files: Files, name: str) -> None:
    assert_problem(files.answer(UNKNOWN, name), 404)


def test_an_unknown_metric_is_not_found_and_no_usage_is_asked_for(files: Files, sandbox: Sandbox) -> None:
    assert_problem(files.answer(Customer.FLAGSHIP, "usage", metric=UNKNOWN), 404)
    assert figures_asked(sandbox) == []


def test_figures_of_a_known_account_that_are_not_found_are_nonsense_and_not_an_unknown_account(
    files: Files, sandbox: Sandbox
) -> None:
    sandbox.faults.add("status", family="usage_groups", status=404)
    days = {"from": "2026-10-01", "to": "2026-10-20"}
    assert_problem(files.answer(Customer.FLAGSHIP, "usage", **days), 502)


def test_a_spend_key_that_no_line_has_costs_the_breakdowns_and_nothing_of_usage(files: Files, sandbox: Sandbox) -> None:
    asked = query(days_of(Customer.FLAGSHIP), spend_by="nope")
    assert_problem(files.answer(Customer.FLAGSHIP, "spend", **asked), 400)
    assert set(figures_asked(sandbox)) <= {"breakdowns", "balances"}


def test_an_archived_account_still_has_its_files(warm_files: Files) -> None:
    asked = query(days_of(Customer.ARCHIVED))
    assert all(warm_files.rows(Customer.ARCHIVED, name, **asked) for name in COLUMNS)


# Bad days

FAULTS = (
    ("malformed", {}, 502), ("html", {}, 502), ("wrong_shape", {}, 502), ("redirect", {}, 502),
    ("repeated_cursor", {}, 502), ("status", {"status": 401}, 503), ("status", {"status": 403}, 503),
    ("status", {"status": 429}, 503), ("status", {"status": 503}, 503), ("reset", {}, 503),
)  # fmt: skip
FAMILY = {"usage": "usage_groups", "spend": "breakdowns", "commitments": "balances", "ledger": "balances"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: "-".join(map(str, (one[0], *one[1].values()))))
@pytest.mark.parametrize("name", ["usage", "commitments"])
def test_a_bad_day_upstream_is_told_as_what_it_is(
    hurried: Files, sandbox: Sandbox, name: str, fault: tuple[str, dict[str, float], int]
) -> None:
    kind, details, status = fault
    sandbox.faults.add(kind, family=FAMILY[name], **details)
    answer = hurried.answer(Customer.GUIDE_BALANCES, name, **(OCTOBER if name == "usage" else {}))
    assert_problem(answer, status)


@pytest.mark.parametrize(("kind", "seconds"), [("hang", 3), ("drip", 0.02)])
@pytest.mark.parametrize("name", ["usage", "ledger"])
def test_an_answer_that_does_not_come_ends_in_time(
    sandbox: Sandbox, clock: MovableClock, name: str, kind: str, seconds: float
) -> None:
    impatient = files_on(sandbox, clock, Patience(page=0.4, download=0.6, idle=0.3))
    sandbox.faults.add(kind, family=FAMILY[name], seconds=seconds)
    assert_problem(impatient.answer(Customer.GUIDE_BALANCES, name, **OCTOBER), 504)


@pytest.mark.parametrize("family", ["customer", "credit_types", "invoices", "balances", "breakdowns"])
def test_a_file_needs_every_part_of_it(hurried: Files, sandbox: Sandbox, family: str) -> None:
    sandbox.faults.add("status", family=family, status=500)
    name = "spend" if family == "breakdowns" else "commitments"
    assert_problem(hurried.answer(Customer.FLAGSHIP, name), 503)


@pytest.mark.parametrize("name", ["usage", "spend"])
def test_one_span_that_fails_leaves_no_short_file(hurried: Files, sandbox: Sandbox, name: str) -> None:
    asked = query(days_of(Customer.ROLLOVER), window="day")
    sandbox.faults.add("status", family=FAMILY[name], status=500, containing="2026-11-21")
    assert_problem(hurried.answer(Customer.ROLLOVER, name, **asked), 503)
    assert len(sandbox.requests.all(FAMILY[name])) > 1


def test_a_later_page_that_fails_leaves_no_short_file(hurried: Files, sandbox: Sandbox) -> None:
    sandbox.faults.add("status", family="balances", status=500, skip=1)
    assert_problem(hurried.answer(Customer.MANY_BALANCES, "ledger"), 503)


@every_file
def test_an_old_copy_is_marked_with_its_age(hurried: Files, clock: MovableClock, sandbox: Sandbox, name: str) -> None:
    fresh = hurried.answer(Customer.GUIDE_BALANCES, name, **NOVEMBER)
    clock.move(600)
    sandbox.faults.add("status", status=503)
    stale = hurried.answer(Customer.GUIDE_BALANCES, name, **NOVEMBER)
    assert stale.status_code == 200
    assert (fresh.headers["X-Burnboard-Data"], stale.headers["X-Burnboard-Data"]) == ("fresh", "stale")
    assert stale.headers["X-Burnboard-As-Of"] == fresh.headers["X-Burnboard-As-Of"] == NOW
    sandbox.faults.clear()
    clock.move(10)
    renewed = hurried.answer(Customer.GUIDE_BALANCES, name, **NOVEMBER)
    assert renewed.headers["X-Burnboard-Data"] == "fresh"
    assert renewed.headers["X-Burnboard-As-Of"] == "2026-11-20T14:40:10Z"


def test_a_rejected_token_is_never_answered_from_an_old_copy(
    hurried: Files, clock: MovableClock, sandbox: Sandbox
) -> None:
    assert hurried.answer(Customer.GUIDE_BALANCES, "ledger").status_code == 200
    clock.move(600)
    sandbox.faults.add("status", status=401)
    assert_problem(hurried.answer(Customer.GUIDE_BALANCES, "ledger"), 503)


def assert_problem(answer: TestResponse, status: int) -> None:
    """A problem document with a sentence and an id, and nothing that is nobody's business."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert set(body) == {"type", "title", "status", "detail", "request_id"}
    assert body["status"] == status
    assert body["detail"].endswith(".")
    assert len(body["request_id"]) == 16
    secrets = ["MARK_TOKEN", "Traceback", "made to fail", "http://", "/v1/", "Maintenance"]
    assert [secret for secret in secrets if secret in answer.text] == []
    assert "X-Burnboard-Data" not in answer.headers


# Every account against the API


@everybody
def test_usage_of_the_windows_adds_up_to_the_figure_of_the_whole_range(
    warm_files: Files, shared_sandbox: Sandbox, customer: Customer
) -> None:
    days, api = days_of(customer), Api(shared_sandbox.url)
    metrics = [one for one in api.metrics(customer) if one.get("aggregation_type") in ADDITIVE]
    assert metrics or customer is Customer.NO_METRICS
    for metric in metrics:
        expected = sum(row["value"] or Decimal(0) for row in api.usage(customer, metric["id"], days))
        for window in ("day", "week", "month"):
            rows = warm_files.rows(customer, "usage", **query(days, window=window, metric=metric["id"]))
            assert sum(Decimal(row["value"] or 0) for row in rows) == expected, window


@everybody
def test_spend_of_each_invoice_adds_up_to_its_windows(
    warm_files: Files, shared_sandbox: Sandbox, customer: Customer
) -> None:
    days = days_of(customer)
    windows = [row for row in Api(shared_sandbox.url).breakdowns(customer, days) if row["status"] != "VOID"]
    expected: dict[tuple[str, str], Decimal] = {}
    for row in windows:
        cents = row["credit_type"]["name"].endswith(" (cents)")
        place = row["id"], row["credit_type"]["name"].removesuffix(" (cents)")
        expected[place] = expected.get(place, Decimal(0)) + row["total"] / (100 if cents else 1)
    rows = warm_files.rows(customer, "spend", **query(days, window="day"))
    found = {place: Decimal(0) for place in expected}
    for row in rows:
        place = row["invoice_id"], row["currency"]
        if place in expected:
            found[place] += Decimal(row["gross"]) + Decimal(row["credits"]) + Decimal(row["other"])
    assert found == expected
    assert {row["invoice_id"] for row in rows} <= {row["id"] for row in windows}


@everybody
def test_each_row_of_spend_explains_its_net_and_every_window_and_key_agrees(
    warm_files: Files, customer: Customer
) -> None:
    days = days_of(customer)
    by_day = warm_files.rows(customer, "spend", **query(days, window="day"))
    for row in by_day:
        assert Decimal(row["net"]) == Decimal(row["gross"]) + Decimal(row["credits"]) + Decimal(row["other"])
        assert max(Decimal(row["credits"]), Decimal(row["postpaid"])) <= 0
        assert row["basis"] in {"exact", "allocated", "unattributed"}
    others = [warm_files.rows(customer, "spend", **query(days, window=window)) for window in ("week", "month")]
    others.append(warm_files.rows(customer, "spend", **query(days, window="day", spend_by="product")))
    for measure in ("gross", "credits", "postpaid", "other", "net"):
        expected = sums(by_day, "currency", measure)
        assert [sums(rows, "currency", measure) for rows in others] == [expected] * 3


@pytest.mark.parametrize(
    ("customer", "key"),
    [(Customer.FLAGSHIP, "cluster"), (Customer.TWO_CONTRACTS, "region"), (Customer.OWN_UNIT, "quality")],
)
def test_a_key_that_invoices_do_not_have_changes_no_sum(
    warm_files: Files, sandbox: Sandbox, customer: Customer, key: str
) -> None:
    """Usage comes from the spend breakdowns then, which have no credits; those stay, under no group."""
    days = days_of(customer)
    rows = warm_files.rows(customer, "spend", **query(days, window="week", spend_by=key))
    by_product = warm_files.rows(customer, "spend", **query(days, window="week", spend_by="product"))
    assert sandbox.requests.all("spend_breakdowns")
    assert any(row["group_value"] for row in rows if row["basis"] == "exact")
    assert {row["basis"] for row in rows if Decimal(row["credits"])} == {"unattributed"}
    for measure in ("gross", "credits", "postpaid", "other", "net"):
        assert sums(rows, "invoice_id", measure) == sums(by_product, "invoice_id", measure)


@everybody
def test_each_balance_explains_what_is_left_of_it(warm_files: Files, customer: Customer) -> None:
    for row in warm_files.rows(customer, "commitments"):
        explained = sum((sign * Decimal(row[name]) for name, sign in EXPLAINED.items()), Decimal(0))
        assert explained == Decimal(row["ledger_balance"]), row["id"]
        assert Decimal(row["remaining"]) >= 0
        assert row["status"] in {"active", "upcoming", "exhausted", "expired", "archived"}
        assert row["type"] in {"PREPAID", "POSTPAID", "CREDIT"}


@everybody
def test_the_ledger_runs_to_the_balance(warm_files: Files, customer: Customer) -> None:
    """For balances whose entries all count now; one that grants ahead of time runs further than today's balance."""
    entries: dict[str, list[dict[str, str]]] = {}
    for row in warm_files.rows(customer, "ledger"):
        entries.setdefault(row["commit_id"], []).append(row)
    known = {row["id"]: row for row in warm_files.rows(customer, "commitments")}
    assert set(entries) <= set(known)
    for ident, rows in entries.items():
        running = Decimal(0)
        for row in rows:
            running += Decimal(row["amount"])
            assert Decimal(row["running_balance"]) == running
        assert [row["timestamp"] for row in rows] == sorted(row["timestamp"] for row in rows)
        assert {row["currency"] for row in rows} == {known[ident]["currency"]}
        if all(row["category"] == "used" or row["timestamp"] <= NOW for row in rows):
            assert running == Decimal(known[ident]["ledger_balance"])


def test_most_ledgers_were_held_against_their_balance(warm_files: Files) -> None:
    rows = warm_files.rows(Customer.MANY_BALANCES, "ledger")
    ahead = {row["commit_id"] for row in rows if row["category"] != "used" and row["timestamp"] > NOW}
    assert len({row["commit_id"] for row in rows} - ahead) > 20


def test_two_currencies_are_never_one_sum(warm_files: Files) -> None:
    found = {customer: {row["currency"] for row in warm_files.rows(customer, "spend", **query(days_of(customer)))}
             for customer in (Customer.EURO, Customer.OWN_UNIT, Customer.FLAGSHIP)}  # fmt: skip
    assert found[Customer.EURO] == {"EUR"}
    assert found[Customer.FLAGSHIP] == {"USD"}
    assert len(found[Customer.OWN_UNIT]) == 2
