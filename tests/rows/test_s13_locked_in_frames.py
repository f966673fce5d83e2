"""S13, the frame's side: whatever a viewer sends, by query, body, fragment or message, what the link fixed stays fixed.
Nothing outside the bounds is asked upstream, and no byte of a file leaves where the link allows none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from access.embed.names import LOCKED, PANELS, Dashboard
from callbacks.embed.downloads import OFFERED_BY
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.framed import Framed, framed
from tests.framed_client import KID, Frame, Host, host_on

OWN, OTHER = str(Customer.FLAGSHIP), str(Customer.TOKENS)
FIRST, LAST = date(2026, 10, 5), date(2026, 11, 10)
BOUNDS = {"earliest": FIRST.isoformat(), "latest": LAST.isoformat(), "max_days": 20}
DATED = re.compile(r'"(?:starting_on|ending_before)":"(\d{4}-\d\d-\d\d)')
FIGURES = ("usage", "usage_groups", "breakdowns", "spend_breakdowns", "invoices", "balances")
WILD = (
    "?from=2000-01-01&to=2001-01-01", "?from=2026-10-04&to=2026-10-06", "?from=2026-11-01&to=2026-11-11",
    "?from=2026-10-05&to=2026-11-10", "?range=ytd", "?range=contract", "?range=last90d", "?range=today",
    "?from=2099-01-01&to=2099-01-02", "?from=2026-11-10&to=2026-10-05", "?range=this_period&window=hour", "",
)  # fmt: skip


@pytest.fixture
def host(sandbox: Sandbox, tmp_path: Path) -> Host:
    return host_on(sandbox, tmp_path)


def asked_days(sandbox: Sandbox) -> Iterator[date]:
    """Every day that a question to the API named."""
    for one in sandbox.requests.all():
        query = parse_qs(one["query"])
        for text in (*query.get("starting_on", []), *query.get("ending_before", []), *DATED.findall(one["body"])):
            yield date.fromisoformat(text[:10])


@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_s13_no_panel_asks_for_days_outside_the_bounds(host: Host, sandbox: Sandbox, dashboard: Dashboard) -> None:
    frame = host.open(OWN, dashboard, {**BOUNDS, "export": True})
    sandbox.requests.clear()
    for search in WILD:
        for key in PANELS[dashboard]:
            frame.panel(key, search, open=[OTHER])
        assert frame.ask("address-days", search).status_code == 200
    days = set(asked_days(sandbox))
    assert not days or (min(days) >= FIRST and max(days) <= date(2026, 11, 11))
    assert days or dashboard is Dashboard.INVOICES


def test_s13_a_file_beyond_the_bounds_is_refused_before_anything_is_asked(host: Host, sandbox: Sandbox) -> None:
    frame = host.open(OWN, "account", {**BOUNDS, "export": True})
    frame.file("usage.csv", "?from=2026-11-01&to=2026-11-05")  # the account and its metrics are known from here on
    sandbox.requests.clear()
    for name in ("usage.csv", "spend.csv", "invoices.csv", "line_items.csv"):
        for query in WILD[:3]:
            answer = frame.file(name, query)
            assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert [one["family"] for one in sandbox.requests.all() if one["family"] in FIGURES] == []


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_s13_what_a_link_says_can_be_said_by_nobody_else(host: Host, sandbox: Sandbox, name: str) -> None:
    frame = host.open(OWN, "account", {**BOUNDS, "export": True})
    sandbox.requests.clear()
    said = f"?{quote(name)}={OTHER}"
    assert frame.ask("address-embed-usage", said).status_code == 400
    assert frame.ask("address-days", said).status_code == 400
    assert frame.file("usage.csv", said).status_code == 400
    assert frame.client.get(f"/embed/{KID}/account{said}").status_code == 400
    assert sandbox.requests.all() == []


def test_s13_other_names_in_a_body_change_nothing(host: Host, sandbox: Sandbox) -> None:
    frame = host.open(OWN, "account", BOUNDS)
    plain = frame.panel("headline", "?range=last7d")
    more: dict[str, Any] = dict.fromkeys(LOCKED, OTHER)
    assert frame.panel("headline", "?range=last7d", pathname=f"/accounts/{OTHER}", **more) == plain
    assert OTHER not in json.dumps([list(one.values()) for one in sandbox.requests.all()])


def test_s13_without_export_there_is_no_file(host: Host, sandbox: Sandbox) -> None:
    frame = host.open(OWN, "account")
    sandbox.requests.clear()
    for name in (*OFFERED_BY, "receipt.csv", f"invoices/{OTHER}.pdf"):
        answer = frame.file(name)
        assert answer.status_code in {403, 404}
        assert answer.mimetype == "application/problem+json"
    assert sandbox.requests.all() == []
    assert "accounts/" not in json.dumps(frame.panel("invoices"))
    assert not any("href" in props for props in frame.panel("usage").values())


def test_s13_a_panel_that_the_link_hides_is_neither_shown_nor_asked_nor_a_file(host: Host, sandbox: Sandbox) -> None:
    frame = host.open(OWN, "account", {"hidden": ["usage", "invoices"], "export": True})
    layout = frame.get("/embed/_dash-layout").text
    assert "spend-chart" in layout
    assert not any(ident in layout for ident in ("usage-chart", "invoices-main"))
    sandbox.requests.clear()
    for refused in (frame.ask("address-embed-usage"), frame.ask("address-embed-burn"), frame.file("usage.csv"),
                    frame.file("line_items.csv"), frame.file(f"invoices/{OTHER}.pdf")):  # fmt: skip
        assert refused.status_code == 403
    assert sandbox.requests.all() == []
    assert frame.file("spend.csv").status_code == 200


def test_s13_another_account_is_refused_by_every_file(host: Host, sandbox: Sandbox) -> None:
    frame = host.open(OWN, "account", {"export": True})
    sandbox.requests.clear()
    for name in (*OFFERED_BY, f"invoices/{OWN}.pdf"):
        assert frame.file(name, customer=OTHER).status_code == 403
    assert sandbox.requests.all() == []


def test_s13_limits_of_invoices_hold_in_tables_totals_files_and_documents(host: Host, sandbox: Sandbox) -> None:
    everything = host.open(OWN, "invoices", {"export": True})
    kinds = {row[1:3] for row in _rows(everything)}
    assert {("FINALIZED", "USAGE"), ("DRAFT", "USAGE"), ("FINALIZED", "SCHEDULED")} <= kinds
    left_out = next(row[0] for row in _rows(everything) if row[2] == "SCHEDULED")
    frame = host.open(OWN, "invoices", {"export": True, "invoices": {"types": ["USAGE"], "statuses": ["FINALIZED"]}})
    assert {row[1:3] for row in _rows(frame)} == {("FINALIZED", "USAGE")}
    shown = json.dumps(frame.panel("invoices", f"?range=last90d&open={left_out}"))
    assert left_out not in shown.replace(f"open={left_out}", "")
    assert "In drafts so far" not in shown
    assert left_out not in frame.file("line_items.csv", "?range=last90d").text
    assert frame.file(f"invoices/{left_out}.pdf").status_code == 404
    assert frame.file(f"invoices/{_rows(frame)[0][0]}.pdf").status_code == 200
    none = host.open(OWN, "invoices", {"invoices": {"contract_id": OTHER}})
    assert "No invoices" in json.dumps(none.panel("invoices", "?range=last90d"))


def _rows(frame: Frame) -> list[tuple[str, ...]]:
    lines = frame.file("invoices.csv", "?range=last90d").text.splitlines()[1:]
    return [tuple(line.split(",")) for line in lines]


@pytest.mark.browser
def test_s13_neither_a_fragment_nor_a_message_changes_what_the_link_fixed(sandbox: Sandbox) -> None:
    with framed(sandbox) as frames:
        link = frames.link(OWN, "usage", opt={**BOUNDS, "start": {"range": "mtd"}}, theme="light")
        page = frames.show(f"{link}&theme=dark&cus={OTHER}&dash=account&export=true&range=ytd")
        page.settled()
        _send_everything(frames)
        page.choose("#date-preset", "Year to date")
        page.says("#filter-notice", "Not all of these days can be shown")
        page.settled()
        assert page.script("return document.documentElement.dataset.mantineColorScheme") == "light"
        assert page.script("return document.getElementById('date-from').value") == "2026-10-22"
        assert page.script("return document.querySelectorAll('.panel').length") == 1
        assert not page.visible("#usage-csv")
        assert page.driver.execute_script("return location.href") == f"{frames.app}/embed/acme/usage"
        refused = [one for one in page.console() if "/session" not in one or "401" not in one]
        assert refused == []  # links that are none say so in the console, and nothing else does
    days = set(asked_days(sandbox))
    assert (min(days) >= FIRST, max(days) <= date(2026, 11, 11)) == (True, True)
    assert OTHER not in json.dumps(sandbox.requests.all())


def _send_everything(frames: Framed) -> None:
    """Each locked name by message, in the protocol's form and in others; and the theme, which the link has fixed."""
    for name in sorted(LOCKED):
        frames.outside("window.tell({type: arguments[0], [arguments[0]]: arguments[1]})", name, OTHER)
    frames.outside("window.tell({type: 'theme', theme: 'dark'}); window.tell({type: 'token', token: 'x.y.z'})")
    frames.outside("window.frame.contentWindow.postMessage({type: 'theme', theme: 'dark'}, '*')")
