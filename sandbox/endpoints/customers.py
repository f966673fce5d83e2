"""Customers, their billable metrics, and pricing units (sections 2.1 to 2.3 and 2.16)."""

from __future__ import annotations

from sandbox import checks
from sandbox.asking import QUERY, Ask, Endpoint, Row
from sandbox.catalogue.metrics import METRICS
from sandbox.catalogue.units import CREDIT_TYPES
from sandbox.model import Account, Metric
from sandbox.moments import stamp
from sandbox.refusals import unknown


def customer_row(account: Account) -> Row:
    row: Row = {
        "id": account.id,
        "name": account.name,
        "external_id": account.aliases[0] if account.aliases else account.id,
        "ingest_aliases": list(account.aliases),
        "customer_config": {"salesforce_account_id": account.salesforce_id},
        "custom_fields": {},
        "created_at": stamp(account.created_at),
        "updated_at": stamp(account.archived_at or account.created_at),
        "archived_at": stamp(account.archived_at) if account.archived_at else None,
    }
    return row


def list_customers(ask: Ask) -> list[Row]:
    """Active customers, or archived ones only; filters as documented, no search by name."""
    args = ask.args
    found = [
        account
        for account in ask.world.accounts(ask.now).values()
        if (account.archived_at is not None) == args.get("only_archived", False)
        and ("ingest_alias" not in args or args["ingest_alias"] in account.aliases)
        and ("customer_ids" not in args or account.id in args["customer_ids"])
        and ("salesforce_account_ids" not in args or account.salesforce_id in args["salesforce_account_ids"])
    ]
    return [customer_row(account) for account in found]


def one_customer(ask: Ask) -> Row:
    return customer_row(ask.account())


def metric_row(metric: Metric) -> Row:
    if metric.sql:
        return {"id": metric.id, "name": metric.name, "sql": metric.sql, "custom_fields": {}}
    row: Row = {
        "id": metric.id,
        "name": metric.name,
        "aggregation_type": metric.aggregation.value,
        "event_type_filter": {"in_values": [metric.event_type]},
        "group_keys": [list(key) for key in metric.group_keys],
        "custom_fields": {},
    }
    if metric.property_name:
        row["aggregation_key"] = metric.property_name
        row["property_filters"] = [{"name": metric.property_name, "exists": True}]
    if metric.archived_at:
        row["archived_at"] = stamp(metric.archived_at)
    return row


def _current(metrics: tuple[Metric, ...], ask: Ask) -> list[Row]:
    archived = ask.args.get("include_archived", False)
    return [metric_row(metric) for metric in metrics if archived or metric.archived_at is None]


def all_metrics(ask: Ask) -> list[Row]:
    return _current(METRICS, ask)


def customer_metrics(ask: Ask) -> list[Row]:
    return _current(tuple(stream.metric for stream in ask.account().streams), ask)


def one_metric(ask: Ask) -> Row:
    sent = (stream.metric for account in ask.world.accounts(ask.now).values() for stream in account.streams)
    for metric in (*METRICS, *sent):
        if metric.id == ask.args["billable_metric_id"]:
            return metric_row(metric)
    raise unknown("BillableMetric")


def credit_types(_ask: Ask) -> list[Row]:
    return [unit.reference | {"is_currency": unit.is_currency} for unit in CREDIT_TYPES]


_WITH_ARCHIVED: checks.Checks = {"include_archived": checks.flag}
ENDPOINTS = (
    Endpoint(
        family="customers",
        method="GET",
        rule="/v1/customers",
        answer=list_customers,
        cursor=QUERY,
        query={
            "ingest_alias": checks.text,
            "customer_ids": checks.list_of(checks.text, most=100),
            "salesforce_account_ids": checks.list_of(checks.text, most=100),
            "only_archived": checks.flag,
        },
    ),
    Endpoint(family="customer", method="GET", rule="/v1/customers/<customer_id>", answer=one_customer),
    Endpoint(
        family="metrics",
        method="GET",
        rule="/v1/customers/<customer_id>/billable-metrics",
        answer=customer_metrics,
        cursor=QUERY,
        query=_WITH_ARCHIVED | {"on_current_plan": checks.flag},
    ),
    Endpoint(
        family="all_metrics",
        method="GET",
        rule="/v1/billable-metrics",
        answer=all_metrics,
        cursor=QUERY,
        query=_WITH_ARCHIVED,
    ),
    Endpoint(family="metric", method="GET", rule="/v1/billable-metrics/<billable_metric_id>", answer=one_metric),
    Endpoint(family="credit_types", method="GET", rule="/v1/credit-types/list", answer=credit_types, cursor=QUERY),
)
