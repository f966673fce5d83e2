"""Embeddable dashboards: an address on this server that shows a stub page (section 2.13)."""

from __future__ import annotations

from html import escape
from typing import Any

from sandbox import checks
from sandbox.asking import Ask, Endpoint, Row
from sandbox.ids import ident
from sandbox.refusals import bad

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
    secret = ident("embed", account.id, dashboard).replace("-", "")
    return {"url": f"{ask.host}/embed/{account.id}/{dashboard}?token={secret}"}


def stub_page(customer_name: str, dashboard: str) -> str:
    title = f"{escape(dashboard)} of {escape(customer_name)}"
    style = "font:16px system-ui;margin:2rem;color:#1f2937;background:#fff"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="{style}"><h1>{title}</h1><p>This stands where Metronome\'s own dashboard would be. '
        "The sandbox does not draw it.</p></body></html>"
    )


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
