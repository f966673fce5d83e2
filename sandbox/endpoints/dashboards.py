"""Embeddable dashboards: an address on this server that shows a stub page (section 2.13)."""

from __future__ import annotations

from typing import Any

from sandbox import checks
from sandbox.asking import Ask, Endpoint, Row
from sandbox.refusals import bad
from sandbox.stub_dashboard import token_for

DASHBOARDS = ("invoices", "usage", "commits_and_credits", "credits")
_OPTIONS = (
    "show_zero_usage_line_items", "contract_id", "invoice_type", "invoice_status_filter", "hide_voided_invoices",
    "billable_status_filter", "hide_grant_name", "credit_ledger_credit_type_id",
)  # fmt: skip
_COLOURS = (
    "Gray_dark", "Gray_medium", "Gray_light", "Gray_extralight", "White", "Primary_medium", "Primary_light",
    *(f"UsageLine_{number}" for number in range(10)),
    "Primary_green", "Primary_red", "Progress_bar", "Progress_bar_background", "Action", "Action_hover",
)  # fmt: skip


def _exactly(*names: str) -> checks.Check:
    """One of ``names`` as it is written: names of options and colours are case-sensitive."""

    def check(name: str, value: Any) -> str:
        if value not in names:
            raise bad(f"{name} must be one of {', '.join(names)}")
        return str(value)

    return check


def _anything(_name: str, value: Any) -> Any:
    return value


def embeddable_url(ask: Ask) -> Row:
    """An address that carries its own credential, like the real one; it never expires here."""
    account = ask.account()
    dashboard = ask.args["dashboard"]
    token = token_for(account.id, dashboard, ask.args)
    return {"url": f"{ask.host}/embed/{account.id}/{dashboard}?token={token}"}


_OVERRIDE = checks.record(
    {"group_key_name": checks.text, "display_name": checks.text, "value_display_names": checks.mapping(_anything)},
    required=("group_key_name",),
)
ENDPOINTS = (
    Endpoint(
        family="dashboards",
        method="POST",
        rule="/v1/dashboards/getEmbeddableUrl",
        answer=embeddable_url,
        body={
            "customer_id": checks.uuid,
            "dashboard": _exactly(*DASHBOARDS),
            "dashboard_options": checks.list_of(
                checks.record({"key": _exactly(*_OPTIONS), "value": checks.text}, required=("key", "value"))
            ),
            "color_overrides": checks.list_of(checks.record({"name": _exactly(*_COLOURS), "value": checks.text})),
            "bm_group_key_overrides": checks.list_of(_OVERRIDE),
        },
        required=("customer_id", "dashboard"),
    ),
)
