"""What a link's options do to what a frame shows, without a browser; and what never comes into a frame."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from access.embed.names import COLOURS, PANELS, Dashboard
from app import create_source
from callbacks.embed.panels import PANELS as DECLARED
from callbacks.embed.session import customer_of
from components.embed.page import SECTIONS
from components.notices import CUSTOMER_WORDS, ERROR_WORDS
from data.errors import SourceError
from data.scope import LOCAL, AccessDenied, Bounds, Kind, Locked, Scope
from data.settings import Settings
from data.source import Ask
from sandbox.catalogue import Customer
from sandbox.catalogue.units import USD
from sandbox.server import Sandbox
from tests.framed_client import KID, Frame, Host, host_on

OWN = str(Customer.FLAGSHIP)
ROOT = Path(__file__).resolve().parents[2]
BOOT = (ROOT / "assets" / "embed" / "embed-boot.js").read_text()


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Host:
    return host_on(sandbox, tmp_path)


def told(frame: Frame, search: str = "?range=last30d&table=usage,spend,burndown,burn") -> dict[str, Any]:
    return {key: frame.panel(key, search) for key in frame.about["panels"]}


def names(answer: dict[str, Any], chart: str) -> list[str]:
    return [trace["name"] for trace in answer[chart]["figure"]["data"]]


def test_every_panel_of_every_dashboard_has_a_section_and_a_callback() -> None:
    assert set().union(*PANELS.values()) == set(SECTIONS) == {one.key for one in DECLARED}


def test_every_colour_is_set_in_the_browser_or_is_that_of_a_series() -> None:
    table = re.search(r"var COLOURS = \{(.*?)\n  \};", BOOT, re.S)
    assert table is not None
    known = re.findall(r"^\s+(\w+): \[(.*?)\]", table[1], re.M)
    assert [name for name, _ in known] == [name for name in COLOURS if not name.startswith("UsageLine")]
    sheets = "".join(path.read_text() for path in sorted((ROOT / "assets").rglob("*.css")))
    for name, variables in known:
        for variable in re.findall(r"--bb-[a-z-]+", variables):
            assert f"var({variable})" in sheets, (name, variable)


def test_each_colour_of_a_token_stands_in_the_reference() -> None:
    rows = re.findall(r"^\| `([A-Za-z_0-9` –]+)` \|", (ROOT / "docs" / "reference" / "embeds.md").read_text(), re.M)
    listed = {name.strip("` ") for row in rows for name in row.split("–")}
    assert {name for name in COLOURS if not name.startswith("UsageLine")} <= listed


@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_no_frame_holds_a_receipt_a_link_out_or_another_accounts_id(host: Host, dashboard: Dashboard) -> None:
    frame = host.open(OWN, dashboard)
    text = json.dumps(told(frame)) + frame.get("/embed/_dash-layout").text
    assert "receipt" not in text
    assert "data-page-link" not in text
    assert not re.search(r'"href": "(?!\.\./accounts/|")', text)
    assert str(Customer.TOKENS) not in text
    assert "Burnboard" not in text
    assert not re.search(r'"customdata": \["[A-Z]-', text)


def test_figures_that_are_buttons_in_the_app_are_text_in_a_frame(host: Host) -> None:
    summary = host.open(OWN, "usage").panel("usage", "?range=last30d")["usage-summary"]["children"]
    assert any(isinstance(part, dict) for part in summary)
    assert all(isinstance(part, str) or part["type"] == "Span" for part in summary)


def test_group_names_are_shown_and_files_keep_the_raw_ones(host: Host) -> None:
    called = {"region": {"name": "Where", "values": {"us-east-1": "Virginia"}}}
    frame = host.open(OWN, "account", {"group_names": called, "export": True})
    search = "?range=last30d&table=usage,spend&group=region"
    usage, spend = frame.panel("usage", search), frame.panel("spend", search)
    for answer, chart in ((usage, "usage-chart"), (spend, "spend-chart")):
        assert "Virginia" in names(answer, chart)
        assert "us-east-1" not in names(answer, chart)
    assert "Virginia" in json.dumps(usage["usage-table"])
    assert {"value": "region", "label": "Where"} in usage["usage-group"]["data"]
    assert {"value": "region", "label": "Where"} in spend["spend-by"]["data"]
    for name in ("usage.csv", "spend.csv"):
        text = frame.file(name, "?range=last30d").text
        assert "us-east-1" in text
        assert "Virginia" not in text


def test_colours_of_series_are_those_of_the_token_in_charts_and_in_tables(host: Host) -> None:
    given = {"UsageLine_0": "#123456", "UsageLine_1": "#abcdef"}
    usage = host.open(OWN, "usage", {"colours": given}).panel("usage", "?range=last30d&table=usage")
    drawn = [trace["marker"]["color"] for trace in usage["usage-chart"]["figure"]["data"]]
    assert drawn[:2] == ["#123456", "#abcdef"]
    assert "#123456" in json.dumps(usage["usage-table"])


def test_the_locale_of_the_token_writes_tables_sentences_and_axes(host: Host) -> None:
    plain, german = (host.open(OWN, "account", locale=code) for code in ("en-GB", "de-DE"))
    spend = [one.panel("spend", "?range=last30d&table=spend") for one in (plain, german)]
    assert [one["spend-chart"]["figure"]["layout"]["separators"] for one in spend] == [".,", ",."]
    assert "$6,107.33" in json.dumps(spend[0]["spend-summary"])
    assert "6.107,33\\u00a0$" in json.dumps(spend[1]["spend-summary"])
    assert "19.11.2026" in json.dumps(german.ask("address-days", "?range=last30d").get_json())


def test_a_unit_of_balances_leaves_out_all_others(host: Host) -> None:
    limited = {"export": True, "balances": {"credit_type_id": USD.id}}
    both, only = (host.open(Customer.TWO_CONTRACTS, "commits_and_credits", opt) for opt in ({"export": True}, limited))
    units = [{row["currency"] for row in _csv(one.file("commitments.csv"))} for one in (both, only)]
    assert units == [{"USD", "quantity"}, {"USD"}]
    kept = {row["id"] for row in _csv(only.file("commitments.csv"))}
    assert {row["commit_id"] for row in _csv(only.file("ledger.csv"))} == kept
    assert len(json.dumps(told(only))) < len(json.dumps(told(both)))
    none = host.open(Customer.OWN_UNIT, "commits_and_credits", limited)
    assert "No commits or credits" in json.dumps(none.panel("balances"))


def _csv(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize("dashboard", ["commits_and_credits", "account"])
def test_names_of_grants_can_be_left_out_everywhere(host: Host, dashboard: str) -> None:
    opt = {"export": True, "balances": {"hide_names": True}}
    named, nameless = host.open(OWN, dashboard, {"export": True}), host.open(OWN, dashboard, opt)
    invoices = [line.split(",")[0] for line in named.file("invoices.csv", "?range=last90d").text.splitlines()[1:]]
    search = (
        f"?range=last90d&table=burn,burndown&open={','.join(invoices[:8])}"
        if dashboard == "account"
        else "?range=last90d"
    )
    assert "Annual commitment" in json.dumps(told(named, search))
    assert not re.search("Annual commitment|Goodwill|Welcome", json.dumps(told(nameless, search)))
    assert "Prepaid commit" in json.dumps(told(nameless, search))
    for name in ("commitments.csv", "ledger.csv"):
        assert not re.search("Annual commitment|Goodwill|Welcome", nameless.file(name).text)


def test_invoices_that_will_not_be_billed_can_be_left_out(host: Host) -> None:
    for billable, words in ((True, "true"), (False, "false")):
        frame = host.open(str(Customer.GUIDE_SPEND), "invoices", {"export": True, "invoices": {"billable": billable}})
        rows = frame.file("invoices.csv", "?from=2024-01-01&to=2024-12-31").text.splitlines()[1:]
        assert {row.split(",")[10] for row in rows} <= {words}


def test_the_source_itself_refuses_days_outside_the_bounds(sandbox: Sandbox) -> None:
    settings = Settings.from_env({"METRONOME_BEARER_TOKEN": "x", "METRONOME_BASE_URL": sandbox.url})
    source, first, end = create_source(settings), date(2026, 10, 1), date(2026, 10, 10)
    scope = Scope(kind=Kind.EMBED, subject="x", customers=frozenset({OWN}),
                  locked=Locked(bounds=Bounds(earliest=date(2026, 10, 2))))  # fmt: skip
    ask = Ask(scope=scope, customer_id=OWN)
    sandbox.requests.clear()
    for question in (
        lambda: source.metric_totals(ask, first, end),
        lambda: source.usage(ask, OWN, first, end, window="day", keys=()),
        lambda: source.usage_spans(ask, OWN, ((first, end),), keys=()),
        lambda: source.breakdowns(ask, first, end, window="day"),
        lambda: source.spend_breakdowns(ask, first, end, keys=()),
    ):
        with pytest.raises(AccessDenied):
            question()
    assert sandbox.requests.all() == []


def test_customers_are_told_of_failures_in_words_for_them(host: Host, sandbox: Sandbox) -> None:
    known = {one.code for one in SourceError.__subclasses__()} - {SourceError.code}  # kinds of another kind
    assert set(CUSTOMER_WORDS) == set(ERROR_WORDS) >= known
    assert not re.search(
        "Burnboard|token|billing|runs", " ".join(text for pair in CUSTOMER_WORDS.values() for text in pair)
    )
    sandbox.faults.add("status", status=401)
    notice = json.dumps(host.open(OWN, "usage").panel("usage")["usage-notice"])
    assert "Temporarily unavailable" in notice
    assert "token" not in notice


def test_nobody_but_a_session_gets_a_layout(host: Host) -> None:
    client = host.app.server.test_client()
    for path in ("_dash-layout", "_dash-dependencies", f"accounts/{OWN}/usage.csv"):
        assert client.get(f"/embed/{path}").status_code == 401
    assert client.post("/embed/_dash-update-component", json={}).status_code == 401
    page = client.get(f"/embed/{KID}/usage")
    assert page.status_code == 200
    assert OWN not in page.text
    assert "Set-Cookie" not in page.headers
    for path in ("", f"{KID}", f"{KID}/usage/x.css", f"{KID}/nothing", "nobody/usage", "usage.css", f"{KID}//usage"):
        assert client.get(f"/embed/{path}").status_code in {401, 404}
    with pytest.raises(AccessDenied):
        customer_of(LOCAL)


def test_under_a_prefix_everything_is_asked_for_below_it(sandbox: Sandbox, tmp_path: Path) -> None:
    client = host_on(sandbox, tmp_path, prefix="/billing/").app.server.test_client()
    page = client.get(f"/billing/embed/{KID}/usage")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    assert all(one.startswith("/billing/embed/") for one in addresses)
    for address in addresses[:3]:
        with client.get(address) as answer:
            assert answer.status_code == 200
    assert client.get(f"/embed/{KID}/usage").status_code in {401, 404}
