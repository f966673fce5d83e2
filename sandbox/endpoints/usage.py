"""Usage, batched over customers and grouped for one customer (sections 2.4 to 2.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox import checks
from sandbox.amounts import exact, number
from sandbox.asking import QUERY, Ask, Endpoint, Row
from sandbox.books import Books
from sandbox.facts import Feed
from sandbox.moments import stamp
from sandbox.refusals import Refusal, bad, unknown
from sandbox.usage import STEPS, Reading, readings

WINDOW = checks.one_of(*STEPS)
_MOST_VALUES = 200


def _value(reading: Reading) -> Any:
    return None if reading.value is None else number(reading.value)


def _group_keys(ask: Ask) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """The group key of the request and its filters, whichever of the two spellings was used."""
    args = ask.args
    if "group_by" in args and "group_key" in args:
        raise bad("group_by and group_key cannot be used together")
    by = args.get("group_by")
    keys = (by["key"],) if by else tuple(args.get("group_key", ()))
    filters = {by["key"]: by.get("values", [])} if by else args.get("group_filters", {})
    if set(filters) - set(keys):
        raise bad("group_filters must only have keys of group_key")
    if sum(map(len, filters.values())) > _MOST_VALUES:
        raise bad(f"at most {_MOST_VALUES} filter values are allowed")
    return keys, filters


def _feed(ask: Ask, books: Books) -> Feed:
    feed = books.feeds.get(ask.args["billable_metric_id"])
    if feed is None:
        raise unknown("BillableMetric")
    return feed


def _known_keys(feed: Feed, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys, in the request's order; they have to be one complete group key of the metric."""
    if keys and set(keys) not in [set(known) for known in feed.metric.group_keys]:
        raise bad(f"{', '.join(keys)} is not a group key of this metric")
    return keys


def grouped(ask: Ask) -> list[Row]:
    """Rows of one customer and metric by window and group."""
    _check_period(ask)
    books = ask.books()
    feed = _feed(ask, books)
    keys, filters = _group_keys(ask)
    chosen = _known_keys(feed, keys)
    legacy = ask.legacy(books.account)
    return [
        _grouped_row(reading, chosen, legacy=legacy, nulls=not ask.options.strict)
        for reading in _read(feed, chosen, ask)
        if _passes(reading, chosen, filters)
    ]


def _check_period(ask: Ask) -> None:
    if ask.args.get("current_period"):
        dated = {"starting_on", "ending_before"} & set(ask.args)
        raise bad("current_period cannot be used with dates" if dated else "the customer has no active plan")
    for name in ("starting_on", "ending_before"):
        if name not in ask.args:
            raise bad(f"{name} is required")
    checks.ordered(ask.args["starting_on"], ask.args["ending_before"])


@exact
def _read(feed: Feed, keys: tuple[str, ...], ask: Ask) -> list[Reading]:
    args = ask.args
    return list(readings(feed, keys, args["starting_on"], args["ending_before"], args["window_size"]))


def _passes(reading: Reading, keys: tuple[str, ...], filters: dict[str, list[str]]) -> bool:
    return all(not filters.get(key) or value in filters[key] for key, value in zip(keys, reading.group, strict=True))


def _grouped_row(reading: Reading, keys: tuple[str, ...], *, legacy: bool, nulls: bool) -> Row:
    """``nulls``: a missing group value is an explicit null; the documented type allows only text, so it is left out."""
    single = len(keys) == 1
    row = {
        "starting_on": stamp(reading.start),
        "ending_before": stamp(reading.end),
        "group_key": keys[0] if single else None,
        "group_value": reading.group[0] if single else None,
        "value": _value(reading),
    }
    if keys and not legacy:
        pairs = zip(keys, reading.group, strict=True)
        row["group"] = {key: value for key, value in pairs if nulls or value is not None}
    return row


def batched(ask: Ask) -> list[Row]:
    """Rows of many customers and metrics; a body for one customer is answered like ``grouped`` (tolerant only)."""
    if "customer_id" in ask.args:
        if "billable_metric_id" not in ask.args:
            raise bad("billable_metric_id is required")
        return grouped(ask)
    _check_period(ask)
    known = ask.world.accounts(ask.now)
    wanted = ask.args.get("customer_ids", [ident for ident, account in known.items() if account.archived_at is None])
    rows: list[Row] = []
    for customer_id in wanted:
        if customer_id not in known:
            raise Refusal(404, "Customer not found")
        rows += _batched_rows(ask, ask.world.books(customer_id, ask.now))
    return rows


def _batched_rows(ask: Ask, books: Books) -> Iterator[Row]:
    chosen = ask.args.get("billable_metrics")
    by_metric = {metric["id"]: metric.get("group_by") for metric in chosen or []}
    for feed in books.feeds.values():
        if chosen is None or feed.metric.id in by_metric:
            by = by_metric.get(feed.metric.id)
            parts = _group_values(feed, by, ask) if by else {}
            for whole in _read(feed, (), ask):
                row = _batched_row(books, feed, whole)
                yield row | ({"groups": parts.get(whole.start, {})} if by else {})


def _group_values(feed: Feed, by: dict[str, Any], ask: Ask) -> dict[Any, Row]:
    """Per window start: group value -> usage, at most 200; events without the property stand under ``"null"``."""
    keys = _known_keys(feed, (by["key"],))
    allowed = by.get("values")
    found: dict[Any, Row] = {}
    for reading in _read(feed, keys, ask):
        name = reading.group[0] if reading.group[0] is not None else "null"
        groups = found.setdefault(reading.start, dict.fromkeys(allowed or ()))
        if (allowed is None or name in allowed) and len(groups) < _MOST_VALUES:
            groups[name] = _value(reading)
    return found


def _batched_row(books: Books, feed: Feed, reading: Reading) -> Row:
    return {
        "customer_id": books.account.id,
        "billable_metric_id": feed.metric.id,
        "billable_metric_name": feed.metric.name,
        "start_timestamp": stamp(reading.start),
        "end_timestamp": stamp(reading.end),
        "value": _value(reading),
    }


_GROUP_BY = checks.record(
    {"key": checks.text, "values": checks.list_of(checks.text, least=1, most=_MOST_VALUES)}, required=("key",)
)
_RANGE = {"starting_on": checks.day, "ending_before": checks.day, "window_size": WINDOW}
_ONE_CUSTOMER = {
    "customer_id": checks.uuid,
    "billable_metric_id": checks.uuid,
    "current_period": checks.flag,
    "group_key": checks.list_of(checks.text, least=1),
    "group_filters": checks.mapping(checks.list_of(checks.text)),
    "group_by": _GROUP_BY,
}
_BATCH = {
    "customer_ids": checks.list_of(checks.uuid),
    "billable_metrics": checks.list_of(checks.record({"id": checks.uuid, "group_by": _GROUP_BY}, required=("id",))),
}
ENDPOINTS = (
    Endpoint(
        family="usage_groups",
        method="POST",
        rule="/v1/usage/groups",
        answer=grouped,
        cursor=QUERY,
        body=_RANGE | _ONE_CUSTOMER,
        required=("customer_id", "billable_metric_id", "window_size"),
    ),
    Endpoint(
        family="usage",
        method="POST",
        rule="/v1/usage",
        answer=batched,
        cursor=QUERY,
        limited=False,
        body=_RANGE | _BATCH,
        tolerated=_ONE_CUSTOMER,
        required=("window_size",),
    ),
)
