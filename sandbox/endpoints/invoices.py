"""Invoices, their breakdowns by hour or day, and gross spend breakdowns (sections 2.9 to 2.12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox import checks
from sandbox.asking import BODY, QUERY, Ask, Endpoint, Row
from sandbox.invoices import breakdowns, invoices
from sandbox.moments import DAY, HOUR
from sandbox.pdf import invoice_pdf
from sandbox.refusals import bad, unknown
from sandbox.spend import has_keys, spend_breakdowns

_LEGACY_LACKS = ("type", "applied_commit_or_credit")


def _shown(ask: Ask, found: list[Row]) -> list[Row]:
    """Lines as asked for: without those of quantity 0, or in the older shape without a type."""
    legacy = ask.legacy(ask.account())
    skip_zero = ask.args.get("skip_zero_qty_line_items", False)
    return [invoice | {"line_items": _lines(invoice, legacy=legacy, skip_zero=skip_zero)} for invoice in found]


def _lines(invoice: Row, *, legacy: bool, skip_zero: bool) -> list[Row]:
    lines = [line for line in invoice["line_items"] if not (skip_zero and line.get("quantity") == 0)]
    if not legacy:
        return lines
    return [{key: value for key, value in line.items() if key not in _LEGACY_LACKS} for line in lines]


def _sorted(ask: Ask, found: list[Row]) -> list[Row]:
    return found[::-1] if ask.args.get("sort") == "date_desc" else found


def _period_matches(invoice: Row, args: Mapping[str, Any]) -> bool:
    """Date filters act on the billing period; an invoice without one never passes a date filter."""
    if not {"starting_on", "ending_before"} & set(args):
        return True
    if "start_timestamp" not in invoice:
        return False
    start, end = (datetime.fromisoformat(invoice[name]) for name in ("start_timestamp", "end_timestamp"))
    return ("starting_on" not in args or start >= args["starting_on"]) and (
        "ending_before" not in args or end < args["ending_before"]
    )


def _matches(invoice: Row, args: Mapping[str, Any]) -> bool:
    found = {
        "status": invoice["status"],
        "type": invoice["type"],
        "credit_type_id": invoice["credit_type"]["id"],
        "contract_id": invoice["contract_id"],
    }
    return all(args.get(name, value) == value for name, value in found.items())


def list_invoices(ask: Ask) -> list[Row]:
    found = [one for one in invoices(ask.books()) if _matches(one, ask.args) and _period_matches(one, ask.args)]
    return _sorted(ask, _shown(ask, found))


def one_invoice(ask: Ask) -> Row:
    found = [one for one in invoices(ask.books()) if one["id"] == ask.args["invoice_id"]]
    if not found:
        raise unknown("Invoice")
    return _shown(ask, found)[0]


def one_pdf(ask: Ask) -> bytes:
    return invoice_pdf(one_invoice(ask), ask.account().name)


def list_breakdowns(ask: Ask) -> list[Row]:
    args = ask.args
    checks.ordered(args["starting_on"], args["ending_before"])
    found = breakdowns(ask.books(), args["starting_on"], args["ending_before"], _step(args))
    return _sorted(ask, _shown(ask, [one for one in found if _matches(one, args)]))


def list_spend_breakdowns(ask: Ask) -> list[Row]:
    args, books = ask.args, ask.books()
    checks.ordered(args["starting_on"], args["ending_before"])
    keys, filters = tuple(args.get("group_keys", ())), args.get("group_filters", {})
    if not has_keys(books, (*keys, *filters)):
        raise bad("group_keys must be group keys of a billable metric of this customer")
    daily = args.get("window_size", "day") == "day"
    found = spend_breakdowns(books, args["starting_on"], args["ending_before"], daily=daily, keys=keys, filters=filters)
    unit = args.get("credit_type_id")
    return _sorted(ask, _shown(ask, [one for one in found if unit in {None, one["credit_type"]["id"]}]))


def _step(args: Mapping[str, Any]) -> timedelta:
    return HOUR if args.get("window_size") == "hour" else DAY


def _span(args: Mapping[str, Any]) -> timedelta:
    """A page covers at most 35 days, or 24 hours of hourly windows (section 6.2)."""
    return DAY if args.get("window_size") == "hour" else 35 * DAY


def _window_start(row: Row) -> datetime:
    return datetime.fromisoformat(row["breakdown_start_timestamp"])


_SORT = {"sort": checks.one_of("date_asc", "date_desc")}
_COMMON = _SORT | {"skip_zero_qty_line_items": checks.flag, "credit_type_id": checks.uuid}
_RANGE = {"starting_on": checks.moment, "ending_before": checks.moment}
_RULE = "/v1/customers/<customer_id>/invoices"
ENDPOINTS = (
    Endpoint(
        family="invoices",
        method="GET",
        rule=_RULE,
        answer=list_invoices,
        cursor=QUERY,
        query=_COMMON
        | _RANGE
        | {
            "status": checks.one_of("DRAFT", "FINALIZED", "VOID"),
            "type": checks.one_of("USAGE", "USAGE_CONSOLIDATED", "SCHEDULED"),
            "contract_id": checks.uuid,
            "include_historical_commit_invoices": checks.flag,
            "webhook_notification_id": checks.text,
        },
    ),
    Endpoint(
        family="invoice",
        method="GET",
        rule=f"{_RULE}/<invoice_id>",
        answer=one_invoice,
        query={"skip_zero_qty_line_items": checks.flag},
    ),
    Endpoint(
        family="invoice_pdf",
        method="GET",
        rule=f"{_RULE}/<invoice_id>/pdf",
        answer=one_pdf,
        media="application/pdf",
    ),
    Endpoint(
        family="breakdowns",
        method="GET",
        rule=f"{_RULE}/breakdowns",
        answer=list_breakdowns,
        cursor=QUERY,
        query=_COMMON
        | _RANGE
        | {"status": checks.one_of("DRAFT", "FINALIZED"), "window_size": checks.one_of("hour", "day")},
        required=("starting_on", "ending_before"),
        span=_span,
        at=_window_start,
    ),
    Endpoint(
        family="spend_breakdowns",
        method="POST",
        rule=f"{_RULE}/spend-breakdowns",
        answer=list_spend_breakdowns,
        cursor=BODY,
        query={"include_list_prices": checks.flag},
        body=_COMMON
        | _RANGE
        | {
            "window_size": checks.one_of("day", "none"),
            "group_keys": checks.list_of(checks.text),
            "group_filters": checks.mapping(checks.list_of(checks.text)),
        },
        required=("starting_on", "ending_before"),
        span=_span,
        at=_window_start,
    ),
)
