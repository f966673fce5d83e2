"""The customer's view on the server: who may, what is signed, and that no address with a credential stays behind."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from access.embed.opening import EmbedAccess
from app import create_app, create_source
from data.clock import Clock
from data.dashboards import Dashboard, framed
from data.errors import BadAnswer
from data.metronome_source import MetronomeSource
from data.scope import LOCAL, AccessDenied, Kind, Right, Scope
from data.settings import METRONOME_DASHBOARDS, Settings
from data.source import Ask
from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from server.callback_bodies import ROUTE
from server.embed_links import LinkSigner
from tests.conftest import NOW
from tests.embeds import HandClock, Ring, audit_lines

PUBLIC = "https://billing.example/"
ANA = Scope(
    kind=Kind.PROXY,
    subject="ana@acme.example",
    customers=frozenset({Customer.FLAGSHIP}),
    rights=frozenset({Right.VIEW, Right.EXPORT, Right.MINT_EMBED}),
)
EVE = replace(ANA, subject="eve@acme.example", rights=frozenset({Right.VIEW, Right.EXPORT}))
PAGE = f"/accounts/{Customer.FLAGSHIP}/customer-view"
LINK = f"/accounts/{Customer.FLAGSHIP}/embed-link"


class As:
    """A gate that knows one person."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def admit(self, environ: Mapping[str, Any]) -> Scope:
        del environ
        return self.scope


@pytest.fixture
def embed(tmp_path: Any) -> EmbedAccess:
    ring = Ring(tmp_path).add("k1").add("k2")
    return ring.open(HandClock())


def settings_for(sandbox: Sandbox) -> Settings:
    return Settings.from_env(
        {"METRONOME_BEARER_TOKEN": "a-made-up-token", "METRONOME_BASE_URL": sandbox.url, "BURNBOARD_NOW": NOW}
    )


def app_for(sandbox: Sandbox, scope: Scope, embed: EmbedAccess | None = None) -> Dash:
    settings = settings_for(sandbox)
    mint = LinkSigner(embed, prefix="/", public_url=PUBLIC) if embed else None
    return create_app(settings, create_source(settings), gate=As(scope), mint=mint)


def client_for(sandbox: Sandbox, scope: Scope, embed: EmbedAccess | None = None) -> FlaskClient:
    return app_for(sandbox, scope, embed).server.test_client()


def answered(app: Dash, filled: str, store: str, pathname: str, search: str = "") -> dict[str, Any]:
    """What the callback that fills ``filled`` answers, by element and property, when ``store`` has the address."""
    (output,) = (one["output"] for one in app._callback_list if filled in one["output"])
    named = [part.rsplit(".", 1) for part in output.strip(".").split("...")]
    body = {
        "output": output,
        "outputs": [{"id": ident, "property": prop} for ident, prop in named],
        "inputs": [{"id": store, "property": "data", "value": {"pathname": pathname, "search": search, "tries": 0}}],
        "changedPropIds": [f"{store}.data"],
    }
    answer = app.server.test_client().post(f"/{ROUTE}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json()["response"])


def panel(app: Dash, key: str, search: str = "") -> dict[str, Any]:
    return answered(app, f"{key}-main.children", "address-customer-view", PAGE, search)


def frames(answer: dict[str, Any], key: str) -> str | None:
    main = answer[f"{key}-main"]["children"]
    return main["props"]["src"] if main else None


@pytest.mark.parametrize("dashboard", list(Dashboard))
def test_metronomes_dashboard_is_asked_for_each_time_and_kept_nowhere(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, dashboard: Dashboard
) -> None:
    app = app_for(sandbox, ANA)
    with caplog.at_level(logging.DEBUG):
        shown = [frames(panel(app, "metronome", f"?dashboard={dashboard}"), "metronome") for _ in range(2)]
    assert [json.loads(row["body"]) for row in sandbox.requests.all("dashboards")] == [
        {"customer_id": Customer.FLAGSHIP, "dashboard": dashboard}
    ] * 2
    assert str(shown[0]).startswith(f"{sandbox.url}/embed/{Customer.FLAGSHIP}/{dashboard}?token=")
    token = str(shown[0]).partition("token=")[2].partition(".")[0]
    assert token not in caplog.text


def test_no_address_is_a_sentence_and_a_failure_is_one_of_this_panel_alone(sandbox: Sandbox) -> None:
    app = app_for(sandbox, ANA)
    sandbox.faults.add("status", family="dashboards", status=500)
    failed = panel(app, "metronome")
    assert failed["metronome-main"]["children"] is None
    assert "Try again" in json.dumps(failed["metronome-notice"])
    assert "Embeds are off" in json.dumps(panel(app, "own-embed")["own-embed-notice"])


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://embeddable-dashboards.metronome.com.evil.example/x",
        "https://evil.example/#https://embeddable-dashboards.metronome.com/",
        "https://embeddable-dashboards.metronome.com@evil.example/",
        "https://evil.example\\@embeddable-dashboards.metronome.com/",
        "http://embeddable-dashboards.metronome.com/x",
        "//embeddable-dashboards.metronome.com/x",
        "https://embeddable-dashboards.metronome.com:8443/x",
        "https://embeddable-dashboards.metronome.com\n/x",
        "https://[/x",
        "data:text/html,<b>",
    ],
)
def test_only_an_address_that_the_policy_lets_in_is_framed_and_no_other_is_repeated(url: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        framed(url, METRONOME_DASHBOARDS)
    assert url not in f"{refused.value} {refused.value.detail}"


def test_a_good_address_shows_itself_to_nobody_by_accident() -> None:
    good = framed(f"{METRONOME_DASHBOARDS}/d?token=MARK", METRONOME_DASHBOARDS)
    assert good.url is not None
    assert good.url.reveal().endswith("MARK")
    assert "MARK" not in f"{good} {good!r} {good.url}"
    assert framed(None, METRONOME_DASHBOARDS).url is framed("", METRONOME_DASHBOARDS).url is None


def test_the_source_asks_for_nobody_who_may_not(sandbox: Sandbox) -> None:
    source: MetronomeSource = create_source(settings_for(sandbox))
    for scope in (EVE, replace(ANA, customers=frozenset()), replace(ANA, denied=frozenset({Customer.FLAGSHIP}))):
        with pytest.raises(AccessDenied):
            source.dashboard(Ask(scope=scope, customer_id=Customer.FLAGSHIP), Dashboard.USAGE)
    assert sandbox.requests.all() == []


def test_pages_let_in_their_own_frames_and_metronomes_and_nothing_else(sandbox: Sandbox) -> None:
    policy = client_for(sandbox, LOCAL).get("/").headers["Content-Security-Policy"]
    (frame_src,) = (part.strip() for part in policy.split(";") if part.strip().startswith("frame-src"))
    assert frame_src == f"frame-src 'self' {sandbox.url}"
    assert Settings().dashboards_origin == METRONOME_DASHBOARDS == "https://embeddable-dashboards.metronome.com"
    assert Settings(base_url="https://gateway.example/metronome").dashboards_origin == METRONOME_DASHBOARDS


def test_a_link_is_signed_for_who_may_and_told_to_the_audit_log_once(
    sandbox: Sandbox, embed: EmbedAccess, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = client_for(sandbox, ANA, embed).post(LINK, json={"dashboard": "invoices"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_json()
    address, _, token = body["url"].partition("#t=")
    assert address == f"{PUBLIC}embed/k1/invoices"
    opened = embed.exchange("k1", "invoices", token, public_url=PUBLIC)
    assert (opened.customer_id, opened.export) == (Customer.FLAGSHIP, True)
    until = datetime.fromisoformat(body["good_until"])
    assert (until - embed.clock.now()).total_seconds() == 600
    minted = [line for line in audit_lines(caplog) if line["event"] == "minted"]
    assert [(one["customer"], one["dashboard"], one["via"]) for one in minted] == [
        (Customer.FLAGSHIP, "invoices", "page")
    ]
    assert token not in caplog.text
    assert "ana@" not in json.dumps(minted)


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        (EVE, LINK),
        (ANA, f"/accounts/{Customer.EURO}/embed-link"),
        (replace(ANA, denied=frozenset({Customer.FLAGSHIP})), LINK),
    ],
)
def test_nothing_is_signed_for_who_may_not(
    sandbox: Sandbox, embed: EmbedAccess, caplog: pytest.LogCaptureFixture, scope: Scope, path: str
) -> None:
    with caplog.at_level(logging.INFO):
        answer = client_for(sandbox, scope, embed).post(path, json={"dashboard": "usage"})
    assert answer.status_code == 403
    assert [line["event"] for line in audit_lines(caplog)] == ["denied"]
    assert sandbox.requests.all() == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": "dashboard=usage", "content_type": "application/x-www-form-urlencoded"}, 415),
        ({"data": '{"dashboard": "usage"}', "content_type": "text/plain"}, 415),
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"json": ["usage"]}, 400),
        ({"json": {"dashboard": "spend"}}, 400),
        ({"json": {"dashboard": ["usage"]}}, 400),
        ({"json": {"dashboard": "usage", "customer_id": Customer.EURO}}, 400),
        ({"json": {"dashboard": "usage" + "x" * 2000}}, 413),
        ({"json": {"dashboard": "usage"}, "headers": {"Origin": "https://evil.example"}}, 403),
        ({"json": {"dashboard": "usage"}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ],
)
def test_what_is_no_such_request_signs_nothing(
    sandbox: Sandbox, embed: EmbedAccess, caplog: pytest.LogCaptureFixture, sent: dict[str, Any], status: int
) -> None:
    with caplog.at_level(logging.INFO):
        assert client_for(sandbox, ANA, embed).post(LINK, **sent).status_code == status
    assert "minted" not in [line["event"] for line in audit_lines(caplog)]
    assert sandbox.requests.all() == []


def test_without_embeds_or_such_an_account_there_is_no_link(sandbox: Sandbox, embed: EmbedAccess) -> None:
    assert client_for(sandbox, ANA).post(LINK, json={"dashboard": "usage"}).status_code == 404
    everyone = client_for(sandbox, LOCAL, embed)
    unknown = "/accounts/00000000-0000-4000-8000-000000000000/embed-link"
    assert everyone.post(unknown, json={"dashboard": "usage"}).status_code == 404
    assert everyone.post("/accounts/none/embed-link", json={"dashboard": "usage"}).status_code == 404
    assert everyone.get(LINK).status_code in {404, 405}


def test_the_frame_of_this_app_gets_a_link_of_its_own(sandbox: Sandbox, embed: EmbedAccess) -> None:
    shown = panel(app_for(sandbox, ANA, embed), "own-embed", "?dashboard=invoices")
    assert str(frames(shown, "own-embed")).startswith(f"{PUBLIC}embed/k1/invoices#t=")
    assert shown["resolved-choices-own-embed"]["data"] == {"dashboard": "invoices"}


def test_where_no_key_signs_that_is_said(sandbox: Sandbox, tmp_path: Any) -> None:
    embed = Ring(tmp_path).add("k1", "EdDSA", signs=False).open(HandClock())
    app = app_for(sandbox, ANA, embed)
    shown = panel(app, "own-embed")
    assert frames(shown, "own-embed") is None
    assert "no active key" in json.dumps(shown["own-embed-notice"])
    assert shown["own-embed-footer"]["children"] is None
    answer = app.server.test_client().post(LINK, json={"dashboard": "usage"})
    assert (answer.status_code, "no active key" in answer.text) == (400, True)


def test_a_key_ring_that_cannot_be_read_for_long_signs_nothing_and_says_so(sandbox: Sandbox, tmp_path: Any) -> None:
    ring, clock = Ring(tmp_path).add("k1"), HandClock()
    embed = ring.open(clock)
    app = app_for(sandbox, ANA, embed)
    ring.path.write_text("nonsense: [")
    for seconds in (2, 16 * 60):
        clock.move(seconds)
        shown = panel(app, "own-embed")
    assert frames(shown, "own-embed") is None
    assert "cannot be read" in json.dumps(shown["own-embed-notice"])
    assert app.server.test_client().post(LINK, json={"dashboard": "usage"}).status_code == 400


@pytest.mark.parametrize("key", ["metronome", "own-embed"])
def test_the_page_and_its_panels_are_denied_to_who_may_not_make_links(
    sandbox: Sandbox, embed: EmbedAccess, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    app = app_for(sandbox, EVE, embed)
    with caplog.at_level(logging.INFO):
        assert app.server.test_client().get(PAGE).status_code == 403
        assert [line["reason"] for line in audit_lines(caplog)] == ["right"]
        denied = panel(app, key)
    assert frames(denied, key) is None
    assert "Not yours to see" in json.dumps(denied[f"{key}-notice"])
    assert sandbox.requests.all("dashboards") == []
    assert [line["reason"] for line in audit_lines(caplog)] == ["right", "right"]


@pytest.mark.parametrize(("scope", "hidden"), [(ANA, False), (EVE, True)])
def test_the_tab_shows_to_who_may_make_links(sandbox: Sandbox, scope: Scope, hidden: bool) -> None:
    app = app_for(sandbox, scope)
    shown = answered(app, "tab-customer-view.hidden", "address-account", f"/accounts/{Customer.FLAGSHIP}")
    assert shown["tab-customer-view"]["hidden"] is hidden


def test_the_clock_of_the_data_does_not_sign(sandbox: Sandbox, embed: EmbedAccess) -> None:
    """``BURNBOARD_NOW`` stands; links live on the clock that runs."""
    assert embed.clock.now() != Clock(datetime.fromisoformat(NOW)).now()
