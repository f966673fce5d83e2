"""The official SDK, pointed at this app instead of at Metronome, gets working links to embeds."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import metronome
import pytest
import requests
from metronome import Metronome
from werkzeug.serving import make_server

from access.embed.names import COLOURS
from access.embed.opening import EmbedAccess, Opened
from data.clock import Clock
from data.scope import Bounds, Locked, Right, Scope
from tests.embeds import A, B, Ring, embed_server

KEY = "bbi_a-made-up-key-that-only-these-tests-know"
NARROW = "bbi_another-one-for-one-account-and-the-usage"
UNKNOWN = "bbi_a-key-that-nobody-handed-out-0123456789"
CONTRACT, UNIT = "cccccccc-0000-4000-8000-00000000000c", "dddddddd-0000-4000-8000-00000000000d"
PREFIX = "/billing/"


@pytest.fixture(scope="module")
def embed(tmp_path_factory: pytest.TempPathFactory) -> EmbedAccess:
    folder = tmp_path_factory.mktemp("issuers")
    issuers = {
        "portal": {"sha256": digest(KEY), "kid": "k1", "customers": "all", "dashboards": "all"},
        "narrow": {"sha256": digest(NARROW), "kid": "k1", "customers": [A], "dashboards": ["usage"]},
    }
    path = folder / "issuers.json"
    path.write_text(json.dumps({"version": 1, "issuers": issuers}))
    return Ring(folder).add("k1", "EdDSA").open(Clock(), BURNBOARD_ISSUER_KEYS_FILE=str(path))


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@pytest.fixture(scope="module")
def base_url(embed: EmbedAccess) -> Iterator[str]:
    """The app on a free port, under a prefix, with links that begin with the address that was asked."""
    server = make_server("127.0.0.1", 0, embed_server(embed, prefix=PREFIX, public_url=None), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
    server.shutdown()
    thread.join(10)


@pytest.fixture
def sdk(base_url: str) -> Iterator[Metronome]:
    with sdk_with(KEY, base_url) as client:
        yield client


def sdk_with(key: str, base_url: str) -> Metronome:
    return Metronome(bearer_token=key, base_url=base_url, _strict_response_validation=True, max_retries=0)


def url_of(sdk: Metronome, dashboard: str = "usage", customer: str = A, **more: Any) -> str:
    asked: Any = {"customer_id": customer, "dashboard": dashboard, **more}
    url = sdk.v1.dashboards.get_embeddable_url(**asked).data.url
    assert url is not None
    return url


def opened(url: str) -> dict[str, Any]:
    """What the frame at ``url`` is told when it hands in its token."""
    page, _, token = url.partition("#t=")
    answer = requests.post(f"{page}/session", json={"token": token}, timeout=10)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def scope_of(embed: EmbedAccess, told: dict[str, Any]) -> Scope:
    return embed.gate.admit({"HTTP_AUTHORIZATION": f"Bearer {told['session']}"})


def locked(embed: EmbedAccess, sdk: Metronome, dashboard: str, **options: str) -> Locked:
    """What a link with these dashboard options locks."""
    asked = [{"key": key, "value": value} for key, value in options.items()]
    return scope_of(embed, opened(url_of(sdk, dashboard, dashboard_options=asked))).locked


def test_the_sdk_is_the_version_that_this_was_built_to() -> None:
    assert metronome.__version__ == "4.12.0"


@pytest.mark.parametrize(
    "names",
    [
        ("invoices", "invoices", {"range": "last90d"}),
        ("usage", "usage", {"range": "last30d"}),
        ("commits_and_credits", "commits_and_credits", {}),
        ("credits", "commits_and_credits", {}),
        ("spend", "spend", {"range": "last30d"}),
        ("account", "account", {}),
    ],
)
def test_every_dashboard_opens_for_its_account(
    embed: EmbedAccess, sdk: Metronome, base_url: str, names: tuple[str, str, dict[str, str]]
) -> None:
    asked, given, start = names
    url = url_of(sdk, asked)
    assert url.startswith(f"{base_url}embed/k1/{given}#t=")
    told = opened(url)
    assert (told["customer_id"], told["dashboard"], told["start"]) == (A, given, start)
    assert told["bounds"] == {"earliest": None, "latest": None, "max_days": None}
    scope = scope_of(embed, told)
    assert scope.customers == {A}
    assert scope.rights == {Right.VIEW, Right.EXPORT}
    assert scope.locked.bounds == Bounds()


def test_every_named_colour_is_taken(sdk: Metronome) -> None:
    wanted = {name: f"#{number:02x}cc{number:02x}" for number, name in enumerate(COLOURS)}
    told = opened(url_of(sdk, color_overrides=[{"name": name, "value": value} for name, value in wanted.items()]))
    assert told["colours"] == wanted
    assert len(wanted) == 23


def test_colours_of_the_guide_and_short_ones(sdk: Metronome) -> None:
    colours = [{"name": "gray_dark", "value": "#F00"}, {"name": "primary_medium", "value": "#ABCDEF"}]
    assert opened(url_of(sdk, color_overrides=colours))["colours"] == {
        "Gray_dark": "#ff0000",
        "Primary_medium": "#abcdef",
    }


def test_group_names(embed: EmbedAccess, sdk: Metronome) -> None:
    overrides = [
        {"group_key_name": "region", "display_name": "Where", "value_display_names": {"us": "America", "eu": "Europe"}},
        {"group_key_name": "tier"},
    ]
    names = scope_of(embed, opened(url_of(sdk, bm_group_key_overrides=overrides))).locked.group_names
    assert [(one.key, one.name, one.values) for one in names] == [
        ("region", "Where", (("us", "America"), ("eu", "Europe"))),
        ("tier", "", ()),
    ]


def test_lines_without_usage(sdk: Metronome) -> None:
    for value, start in (("true", {"zero": "show", "range": "last90d"}), ("false", {"range": "last90d"})):
        options: Any = [{"key": "show_zero_usage_line_items", "value": value}]
        assert opened(url_of(sdk, "invoices", dashboard_options=options))["start"] == start


@pytest.mark.parametrize(
    ("options", "statuses"),
    [
        ({"invoice_status_filter": "VOID"}, {"VOID"}),
        ({"invoice_status_filter": "FINALIZED"}, {"FINALIZED"}),
        ({"invoice_status_filter": "DRAFT"}, {"DRAFT"}),
        ({"invoice_status_filter": "FINALIZED_AND_DRAFT"}, {"FINALIZED", "DRAFT"}),
        ({"invoice_status_filter": "ALL"}, set()),
        ({"hide_voided_invoices": "true"}, {"FINALIZED", "DRAFT"}),
        ({"hide_voided_invoices": "false"}, set()),
        ({"hide_voided_invoices": "true", "invoice_status_filter": "ALL"}, {"FINALIZED", "DRAFT"}),
        ({"hide_voided_invoices": "true", "invoice_status_filter": "DRAFT"}, {"DRAFT"}),
    ],
)
def test_statuses_of_invoices(embed: EmbedAccess, sdk: Metronome, options: dict[str, str], statuses: set[str]) -> None:
    assert locked(embed, sdk, "invoices", **options).invoices.statuses == statuses


def test_the_other_options_of_invoices(embed: EmbedAccess, sdk: Metronome) -> None:
    found = locked(embed, sdk, "invoices", contract_id=CONTRACT, invoice_type="SCHEDULED").invoices
    assert (found.contract_id, found.types) == (CONTRACT, {"SCHEDULED"})
    for value, billable in (("ALL", None), ("BILLABLE", True), ("UNBILLABLE", False)):
        assert locked(embed, sdk, "account", billable_status_filter=value).invoices.billable is billable


def test_the_options_of_commits_and_credits(embed: EmbedAccess, sdk: Metronome) -> None:
    found = locked(
        embed, sdk, "commits_and_credits", hide_grant_name="true", credit_ledger_credit_type_id=UNIT
    ).balances
    assert (found.hide_names, found.credit_type_id) == (True, UNIT)


def test_options_of_another_dashboard_are_checked_and_without_effect(embed: EmbedAccess, sdk: Metronome) -> None:
    assert locked(embed, sdk, "usage", contract_id=CONTRACT, hide_grant_name="true") == Locked(
        panels=frozenset({"usage"})
    )
    with pytest.raises(metronome.BadRequestError):
        locked(embed, sdk, "usage", contract_id="no id")


def option(key: str, value: Any) -> dict[str, Any]:
    return {"dashboard_options": [{"key": key, "value": value}]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": "acme"},
        {"dashboard": "everything"},
        {"dashboard_options": {"key": "x", "value": "y"}},
        option("show_zero_usage_line_items", "yes"),
        option("show_zero_usage_line_items", True),
        option("contract_id", "../x"),
        option("invoice_type", "usage"),
        option("invoice_status_filter", "PAID"),
        option("billable_status_filter", "billable!"),
        option("hide_grant_name", ""),
        option("credit_ledger_credit_type_id", "USD"),
        option("customer_id", B),
        {"dashboard_options": [{"key": "invoice_type"}]},
        {"dashboard_options": [{"key": "invoice_type", "value": "USAGE"}] * 2},
        {"dashboard_options": [{"key": "invoice_status_filter", "value": "VOID"},
                               {"key": "hide_voided_invoices", "value": "true"}]},
        {"color_overrides": [{"name": "Gray_darkest", "value": "#000000"}]},
        {"color_overrides": [{"name": "Gray_dark", "value": "black"}]},
        {"color_overrides": [{"name": "Gray_dark", "value": "#12345"}]},
        {"color_overrides": [{"name": "Gray_dark"}]},
        {"color_overrides": [{"name": "Gray_dark", "value": "#000000"}, {"name": "gray_dark", "value": "#ffffff"}]},
        {"bm_group_key_overrides": [{"display_name": "Where"}]},
        {"bm_group_key_overrides": [{"group_key_name": "region", "value_display_names": {"us": 7}}]},
        {"bm_group_key_overrides": [{"group_key_name": "region"}] * 2},
        {"bm_group_key_overrides": [{"group_key_name": "region\u202e"}]},
        {"bm_group_key_overrides": [{"group_key_name": f"key {one}", "display_name": "x" * 200} for one in range(50)]},
        {"extra_body": {"earliest": "2026-01-01"}},
    ],
    ids=lambda wrong: json.dumps(wrong)[:60],
)  # fmt: skip
def test_what_cannot_be_honoured_is_a_400_with_a_message(sdk: Metronome, wrong: dict[str, Any]) -> None:
    with pytest.raises(metronome.BadRequestError) as refused:
        url_of(sdk, **wrong)
    body: Any = refused.value.body
    assert set(body) >= {"message", "status", "request_id"}
    assert body["message"].endswith(".")
    assert "eyJ" not in refused.value.response.text


def test_a_link_that_is_too_long_says_so(sdk: Metronome) -> None:
    names = [{"group_key_name": f"key {number}", "display_name": "x" * 100} for number in range(40)]
    with pytest.raises(metronome.BadRequestError, match="4 KB"):
        url_of(sdk, bm_group_key_overrides=names)


@pytest.mark.parametrize("key", [UNKNOWN, digest(KEY), "x"])
def test_a_key_that_is_not_known_is_a_401(base_url: str, key: str) -> None:
    with sdk_with(key, base_url) as sdk, pytest.raises(metronome.AuthenticationError) as refused:
        url_of(sdk)
    assert "message" in refused.value.response.json()


def test_a_session_is_no_issuing_key(sdk: Metronome, base_url: str) -> None:
    with sdk_with(opened(url_of(sdk))["session"], base_url) as other, pytest.raises(metronome.AuthenticationError):
        url_of(other)


def test_a_narrow_key_mints_only_what_it_is_for(base_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with sdk_with(NARROW, base_url) as sdk:
        assert opened(url_of(sdk))["customer_id"] == A
        for other in ({"customer": B}, {"dashboard": "invoices"}):
            with pytest.raises(metronome.PermissionDeniedError):
                url_of(sdk, **other)


def test_nothing_is_kept_and_only_posts_of_json_are_read(base_url: str) -> None:
    url, bearer = f"{base_url}v1/dashboards/getEmbeddableUrl", {"Authorization": f"Bearer {KEY}"}
    good = {"customer_id": A, "dashboard": "usage"}
    answer = requests.post(url, json=good, headers=bearer, timeout=10)
    assert answer.headers["Cache-Control"] == "no-store"
    assert requests.get(url, headers=bearer, timeout=10).status_code in {401, 405}
    assert requests.post(url, data=json.dumps(good), headers=bearer, timeout=10).status_code == 415
    twice = f'{{"customer_id": "{A}", "customer_id": "{B}", "dashboard": "usage"}}'
    as_json = {**bearer, "Content-Type": "application/json"}
    assert requests.post(url, data=twice, headers=as_json, timeout=10).status_code == 400
    assert requests.post(url, json=good, params={"customer_id": B}, headers=bearer, timeout=10).status_code == 400
    too_long = requests.post(url, data=b" " * 70_000, headers=as_json, timeout=10)
    assert (too_long.status_code, too_long.json()["message"]) == (413, "At most 64 KB are read here.")
    foreign = {**bearer, "Origin": "https://evil.example"}
    assert requests.post(url, json=good, headers=foreign, timeout=10).status_code == 403


def test_an_answer_says_all_that_a_frame_needs(sdk: Metronome) -> None:
    assert set(opened(url_of(sdk))) == set(Opened.__dataclass_fields__)
