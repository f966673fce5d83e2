"""Every question that is put to Metronome, as a value: method, path, query and body, exactly as the official SDK
4.12.0 writes them (its names, upper-case windows, comma-joined arrays, ``true``/``false``). Reads only.

Never here: ``Idempotency-Key`` (a repeated key would replay an old answer) and ``current_period`` (sections 1.4 and
2.5 of the Metronome notes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from data.errors import BadQuery
from data.metronome.question import PDF, Cursor, Question, checked_id, midnight

LISTS, BALANCES, CONTRACTS = 100, 25, 20  # the largest page that each endpoint gives (section 1.5)
USAGE_WINDOWS, BREAKDOWN_WINDOWS = frozenset({"hour", "day", "none"}), frozenset({"hour", "day"})
DASHBOARDS = frozenset({"invoices", "usage", "credits", "commits_and_credits"})


def _bounds(start: date, end: date) -> dict[str, str]:
    """Half-open and at least a day long; raises ``BadQuery`` otherwise."""
    if end <= start:
        raise BadQuery("The range ends before it begins.")
    return {"starting_on": midnight(start), "ending_before": midnight(end)}


def _window(window: str, allowed: frozenset[str]) -> str:
    if window not in allowed:
        raise BadQuery("The billing service has no windows of this size.")
    return window.upper()


def _get(family: str, path: str, *, customer: str = "", **query: str | int | bool | None) -> Question:
    pairs = tuple((key, _query_text(value)) for key, value in query.items() if value is not None)
    return Question(family=family, method="GET", path=path, customer=customer, query=pairs)


def _query_text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def customers(*, only_archived: bool) -> Question:
    return _get("accounts", "/v1/customers", limit=LISTS, only_archived=only_archived or None)


def customer(customer_id: str) -> Question:
    return _get("account", f"/v1/customers/{checked_id(customer_id)}", customer=customer_id)


def metrics(customer_id: str) -> Question:
    path = f"/v1/customers/{checked_id(customer_id)}/billable-metrics"
    return _get("metrics", path, customer=customer_id, limit=LISTS, include_archived=True)


def metric(metric_id: str) -> Question:
    return _get("metric", f"/v1/billable-metrics/{checked_id(metric_id)}")


def credit_types() -> Question:
    return _get("credit_types", "/v1/credit-types/list", limit=LISTS)


def contracts(customer_id: str) -> Question:
    """Archived ones too: an archived account has no others."""
    checked_id(customer_id)
    body = {"customer_id": customer_id, "include_archived": True, "limit": CONTRACTS}
    return Question(
        family="contracts",
        method="POST",
        path="/v2/contracts/list",
        customer=customer_id,
        body=body,
        cursor=Cursor.BODY_CURSOR,
    )


def usage(customer_id: str, metric_id: str, start: date, end: date, *, window: str, keys: tuple[str, ...]) -> Question:
    """Grouped usage of one metric (section 2.5). ``keys``: a simple key, a complete compound set, or none."""
    checked_id(customer_id)
    checked_id(metric_id)
    body: dict[str, Any] = {
        "customer_id": customer_id,
        "billable_metric_id": metric_id,
        "window_size": _window(window, USAGE_WINDOWS),
        **_bounds(start, end),
    }
    if keys:
        body["group_key"] = list(keys)
    limit = (("limit", str(LISTS)),)
    return Question(
        family="usage", method="POST", path="/v1/usage/groups", customer=customer_id, query=limit, body=body
    )


def usage_totals(customer_id: str, start: date, end: date) -> Question:
    """Usage of every metric of one customer over the whole range (section 2.4)."""
    checked_id(customer_id)
    body = {
        "customer_ids": [customer_id],
        "window_size": "NONE",
        **_bounds(start, end),
    }
    return Question(family="usage_totals", method="POST", path="/v1/usage", customer=customer_id, body=body)


def breakdowns(customer_id: str, start: date, end: date, *, window: str) -> Question:
    return _get(
        "breakdowns",
        f"/v1/customers/{checked_id(customer_id)}/invoices/breakdowns",
        customer=customer_id,
        **_bounds(start, end),
        window_size=_window(window, BREAKDOWN_WINDOWS),
        sort="date_asc",
        limit=LISTS,
    )


def spend_breakdowns(customer_id: str, start: date, end: date, *, keys: tuple[str, ...]) -> Question:
    """Gross spend by ``keys`` (section 2.12; not in the SDK). Four statuses mean: not for this account."""
    path = f"/v1/customers/{checked_id(customer_id)}/invoices/spend-breakdowns"
    body = {
        **_bounds(start, end),
        "window_size": "DAY",
        "group_keys": list(keys),
        "limit": LISTS,
    }
    return Question(
        family="spend_breakdowns",
        method="POST",
        path=path,
        customer=customer_id,
        body=body,
        cursor=Cursor.BODY,
        absent_on=frozenset({400, 403, 404, 405}),
    )


def balances(customer_id: str) -> Question:
    """All of it: contract-level and archived balances too, with ledgers (each is left out unless asked for)."""
    checked_id(customer_id)
    flags = ("include_contract_balances", "include_balance", "include_ledgers", "include_archived")
    body = {"customer_id": customer_id, "limit": BALANCES, **dict.fromkeys(flags, True)}
    path = "/v1/contracts/customerBalances/list"
    return Question(family="balances", method="POST", path=path, customer=customer_id, body=body, cursor=Cursor.BODY)


def net_balance(
    customer_id: str, *, credit_type_id: str | None, finalized_only: bool, balance_types: Sequence[str]
) -> Question:
    """``balance_types``: PREPAID_COMMIT, POSTPAID_COMMIT, CREDIT; none means all."""
    checked_id(customer_id)
    body: dict[str, Any] = {"customer_id": customer_id}
    if credit_type_id is not None:
        body["credit_type_id"] = credit_type_id
    body["invoice_inclusion_mode"] = "FINALIZED" if finalized_only else "FINALIZED_AND_DRAFT"
    if balance_types:
        body["filters"] = [{"balance_types": list(balance_types)}]
    path = "/v1/contracts/customerBalances/getNetBalance"
    return Question(family="net_balance", method="POST", path=path, customer=customer_id, body=body)


def invoices(
    customer_id: str,
    *,
    start: date | None = None,
    end: date | None = None,
    status: str | None = None,
    type: str | None = None,
) -> Question:
    """``start`` and ``end`` act on the billing period, which has to lie between them (section 2.9)."""
    return _get(
        "invoices",
        f"/v1/customers/{checked_id(customer_id)}/invoices",
        customer=customer_id,
        status=status,
        type=type,
        starting_on=midnight(start) if start else None,
        ending_before=midnight(end) if end else None,
        sort="date_desc",
        limit=LISTS,
    )


def invoice(customer_id: str, invoice_id: str) -> Question:
    path = f"/v1/customers/{checked_id(customer_id)}/invoices/{checked_id(invoice_id)}"
    return _get("invoice", path, customer=customer_id)


def invoice_pdf(customer_id: str, invoice_id: str) -> Question:
    path = f"/v1/customers/{checked_id(customer_id)}/invoices/{checked_id(invoice_id)}/pdf"
    return replace(_get("invoice_pdf", path, customer=customer_id), accept=PDF)


@dataclass(frozen=True, kw_only=True)
class GroupKeyLabel:
    """How the usage dashboard names one group key and its values."""

    key: str
    label: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def embeddable_url(
    customer_id: str,
    dashboard: str,
    *,
    options: Sequence[tuple[str, str | bool]] = (),
    colors: Sequence[tuple[str, str]] = (),
    group_key_overrides: Sequence[GroupKeyLabel] = (),
) -> Question:
    """Option values are texts, also those that look like booleans (section 2.13)."""
    checked_id(customer_id)
    if dashboard not in DASHBOARDS:
        raise BadQuery("There is no embeddable dashboard of this name.")
    body: dict[str, Any] = {"customer_id": customer_id, "dashboard": dashboard}
    if options:
        body["dashboard_options"] = [{"key": key, "value": _query_text(value)} for key, value in options]
    if colors:
        body["color_overrides"] = [{"name": name, "value": value} for name, value in colors]
    if group_key_overrides:
        body["bm_group_key_overrides"] = [_label(item) for item in group_key_overrides]
    path = "/v1/dashboards/getEmbeddableUrl"
    return Question(family="embeddable_url", method="POST", path=path, customer=customer_id, body=body)


def _label(item: GroupKeyLabel) -> dict[str, Any]:
    written: dict[str, Any] = {"group_key_name": item.key}
    if item.label is not None:
        written["display_name"] = item.label
    if item.values:
        written["value_display_names"] = dict(item.values)
    return written
