"""What Metronome answers about invoices: the invoice, its lines, and what each line says of itself.

The rules of ``shapes`` hold. Invoices, windows of their breakdowns and spend breakdowns are sent in one shape.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import MsgspecError, Raw, Struct
from msgspec.json import Decoder

from data.errors import BadAnswer
from data.metronome.shapes import CreditType, Reference, json_path


class AppliedBalance(Struct, gc=False):
    id: str | None = None
    type: str | None = None


class Tier(Struct, gc=False):
    """``level`` is documented as a number; a text does as well, since nothing is computed from it. The bounds count
    units of the product; a tier without an end has no size."""

    level: int | float | str | None = None
    starting_at: Decimal | None = None
    size: Decimal | None = None


class Rate(Struct, gc=False):
    price: Decimal | None = None


class LineItem(Struct, gc=False):
    """A line; lines are what there is most of, so only the fields that a column is made of."""

    type: str | None = None
    name: str | None = None
    total: Decimal | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    credit_type: CreditType | None = None
    product_id: str | None = None
    product_type: str | None = None
    starting_at: str | None = None
    ending_before: str | None = None
    presentation_group_values: dict[str, str | None] | None = None
    pricing_group_values: dict[str, str | None] | None = None
    group_key: str | None = None
    group_value: str | None = None
    commit_id: str | None = None
    commit_segment_id: str | None = None
    commit_type: str | None = None
    applied_commit_or_credit: AppliedBalance | None = None
    postpaid_commit: Reference | None = None
    scheduled_charge_id: str | None = None
    subscription_id: str | None = None
    tier: Tier | None = None
    list_price: Rate | None = None
    quantity_consumed: Decimal | None = None


class ExternalInvoice(Struct, gc=False):
    """The copy at the billing provider, which alone knows whether an invoice was paid."""

    external_status: str | None = None
    invoice_id: str | None = None


class CorrectionRecord(Struct, gc=False):
    reason: str | None = None
    memo: str | None = None
    corrected_invoice_id: str | None = None


class InvoiceRow(Struct, gc=False):
    """An invoice, one window of its breakdown (``breakdown_*`` set), or one of a spend breakdown (no ``total``)."""

    id: str = ""
    customer_id: str | None = None
    status: str | None = None
    type: str | None = None
    total: Decimal | None = None
    credit_type: CreditType | None = None
    contract_id: str | None = None
    start_timestamp: str | None = None
    end_timestamp: str | None = None
    breakdown_start_timestamp: str | None = None
    breakdown_end_timestamp: str | None = None
    issued_at: str | None = None
    billable_status: str | None = None
    net_payment_terms_days: float | None = None
    external_invoice: ExternalInvoice | None = None
    correction_record: CorrectionRecord | None = None
    regenerated_from_invoice_id: str | None = None
    line_items: Raw = Raw(b"[]")

    def lines(self) -> list[LineItem]:
        """The lines, decoded anew each time: there are so many that they live only while columns are made of them.

        Raises ``BadAnswer`` for lines that are not what the API documents.
        """
        try:
            return _LINES.decode(self.line_items) or []
        except (MsgspecError, ValueError, RecursionError) as wrong:
            detail = f"line_items: {type(wrong).__name__} at {json_path(wrong)}"
        raise BadAnswer(detail)


_LINES = Decoder(list[LineItem] | None)
