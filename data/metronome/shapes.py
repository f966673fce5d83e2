"""What Metronome answers, as msgspec structs that name only the fields used here; the rest is skipped while scanning.

Every field may be missing or null (section 1.6 of the Metronome notes), so each has a default; a value of the wrong
type fails with its path. Amounts are ``Decimal``, exactly the digits sent, in the unit of their credit type; usage
values are ``float``; times are the RFC 3339 text as sent, because one answer mixes two spellings (section 1.6).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Raw, Struct

from data.errors import BadAnswer

T = TypeVar("T")
_PATH = re.compile(r" - at `(\$[^`]*)`$")


def instant(text: str | None) -> datetime | None:
    """A time as sent, in UTC; None for none. Accepts ``Z``, any offset, any fraction; raises ``BadAnswer``."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise BadAnswer("a time that is not RFC 3339")


def json_path(wrong: Exception) -> str:
    """Where in the JSON a decoder stopped, for the log; nothing of what stood there."""
    found = _PATH.search(str(wrong))
    return found[1] if found else "the whole"


class Page(Struct, Generic[T], gc=False):
    """One page. ``data`` has to be there: a 200 without it must never be read as "nothing" (section 1.3)."""

    data: list[T]
    next_page: str | None = None
    cursor: str | None = None


class Single(Struct, Generic[T], gc=False):
    """The envelope of a single object."""

    data: T


class Reference(Struct, gc=False):
    id: str | None = None
    name: str | None = None


CreditType = Reference


class CustomerConfig(Struct, gc=False):
    salesforce_account_id: str | None = None


class CustomerRow(Struct, gc=False):
    id: str = ""
    name: str | None = None
    external_id: str | None = None
    ingest_aliases: list[str] | None = None
    customer_config: CustomerConfig | None = None
    created_at: str | None = None
    archived_at: str | None = None


class MetricRow(Struct, gc=False):
    """``group_by`` is the deprecated spelling of simple group keys."""

    id: str = ""
    name: str | None = None
    aggregation_type: str | None = None
    group_keys: list[list[str]] | None = None
    group_by: list[str] | None = None
    archived_at: str | None = None


class CreditTypeRow(Struct, gc=False):
    id: str | None = None
    name: str | None = None
    is_currency: bool | None = None


class StatementSchedule(Struct, gc=False):
    frequency: str | None = None
    billing_anchor_date: str | None = None


class ContractRow(Struct, gc=False):
    id: str = ""
    name: str | None = None
    starting_at: str | None = None
    ending_before: str | None = None
    archived_at: str | None = None
    rate_card_id: str | None = None
    net_payment_terms_days: float | None = None
    usage_statement_schedule: StatementSchedule | None = None


class UsageRow(Struct, gc=False):
    """A row of POST /v1/usage/groups; ``group_key`` and ``group_value`` stand in where ``group`` is missing."""

    starting_on: str = ""
    ending_before: str = ""
    group: dict[str, str | None] | None = None
    group_key: str | None = None
    group_value: str | None = None
    value: float | None = None


class BatchUsageRow(Struct, gc=False):
    """A row of POST /v1/usage; its times are named differently from those of ``UsageRow``."""

    customer_id: str = ""
    billable_metric_id: str = ""
    billable_metric_name: str | None = None
    start_timestamp: str | None = None
    end_timestamp: str | None = None
    value: float | None = None


class Segment(Struct, gc=False):
    id: str | None = None
    amount: Decimal | None = None
    starting_at: str | None = None
    ending_before: str | None = None


class AccessSchedule(Struct, gc=False):
    credit_type: CreditType | None = None
    access_type: str | None = None
    schedule_items: list[Segment] | None = None


class LedgerEntry(Struct, gc=False):
    type: str | None = None
    timestamp: str | None = None
    amount: Decimal | None = None
    segment_id: str | None = None
    invoice_id: str | None = None
    reason: str | None = None
    new_contract_id: str | None = None


class RolledOverFrom(Struct, gc=False):
    commit_id: str | None = None
    credit_id: str | None = None


class ScheduledPayment(Struct, gc=False):
    amount: Decimal | None = None


class InvoiceSchedule(Struct, gc=False):
    schedule_items: list[ScheduledPayment] | None = None


class BalanceRow(Struct, gc=False):
    """A commit or a credit (``type`` PREPAID, POSTPAID or CREDIT). Of its specifiers only the number is used."""

    id: str = ""
    type: str | None = None
    name: str | None = None
    product: Reference | None = None
    contract: Reference | None = None
    priority: float | None = None
    access_schedule: AccessSchedule | None = None
    ledger: list[LedgerEntry] | None = None
    balance: Decimal | None = None
    rolled_over_from: RolledOverFrom | None = None
    recurring_commit_id: str | None = None
    recurring_credit_id: str | None = None
    applicable_product_ids: list[str] | None = None
    applicable_contract_ids: list[str] | None = None
    specifiers: list[Raw] | None = None
    invoice_schedule: InvoiceSchedule | None = None
    cost_basis: Decimal | None = None
    created_at: str | None = None
    archived_at: str | None = None


class NetBalance(Struct, gc=False):
    balance: Decimal | None = None
    credit_type_id: str | None = None


class EmbedUrl(Struct, gc=False):
    """The URL carries credentials: it is handed on, never logged or kept (section 2.13)."""

    url: str | None = None
