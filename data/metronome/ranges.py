"""Which invoices belong to a range of days. The API's own date filter wants a period to lie inside the range and
drops invoices without one (section 2.9 of the Metronome notes), so the questions are wider and the answer is sifted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from data.metronome.invoice_shapes import InvoiceRow
from data.metronome.question import Question
from data.metronome.questions import invoices
from data.metronome.shapes import instant

LONGEST_PERIOD = timedelta(days=366)  # contracts bill at most once a year
SCHEDULED = "SCHEDULED"


def invoice_questions(
    customer_id: str, *, start: date | None, end: date | None, status: str | None, type: str | None
) -> list[Question]:
    """One list without a range; with one, periods that may overlap it, and all scheduled invoices, which have none."""
    if start is None and end is None:
        return [invoices(customer_id, status=status, type=type)]
    scheduled = invoices(customer_id, status=status, type=SCHEDULED)
    widened = invoices(
        customer_id,
        start=start - LONGEST_PERIOD if start else None,
        end=end + LONGEST_PERIOD if end else None,
        status=status,
        type=type,
    )
    if type == SCHEDULED:
        return [scheduled]
    return [widened] if type else [widened, scheduled]


def lies_in(row: InvoiceRow, start: date | None, end: date | None) -> bool:
    """Whether the period overlaps [start, end) or, without a period, the day of issue is in it."""
    if start is None and end is None:
        return True
    begins = instant(row.start_timestamp) or instant(row.issued_at)
    if begins is None:
        return False
    before_end = end is None or begins < datetime.combine(end, time(), UTC)
    ends = instant(row.end_timestamp) if row.start_timestamp else None
    if start is None:
        return before_end
    opens = datetime.combine(start, time(), UTC)
    return before_end and (ends > opens if ends else begins >= opens)
