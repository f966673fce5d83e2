"""Everything that is asked of Metronome, one method per question, answers as structs. Reads only.

Methods named ``iter_`` are lazy: a page is asked for when its first row is taken. Every method raises ``SourceError``
and, for an id that is not written like one, ``BadQuery`` before anything is sent.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from msgspec.json import Decoder
from requests.adapters import BaseAdapter

from data.clock import Clock
from data.metronome import questions, shapes
from data.metronome.answers import Pdf
from data.metronome.deadline import Deadline
from data.metronome.invoice_shapes import InvoiceRow
from data.metronome.limits import Limits
from data.metronome.paging import iter_pages
from data.metronome.question import Question
from data.metronome.questions import GroupKeyLabel
from data.metronome.ranges import invoice_questions, lies_in
from data.metronome.shapes import Page, Single
from data.metronome.transport import NotOffered, Transport
from data.metronome.usage_block import UsageBlock
from data.settings import Secret
from data.upstream_state import UpstreamState

T = TypeVar("T")

CUSTOMERS = Decoder(Page[shapes.CustomerRow])
CUSTOMER = Decoder(Single[shapes.CustomerRow])
METRICS = Decoder(Page[shapes.MetricRow])
METRIC = Decoder(Single[shapes.MetricRow])
CREDIT_TYPES = Decoder(Page[shapes.CreditTypeRow])
CONTRACTS = Decoder(Page[shapes.ContractRow])
USAGE = Decoder(Page[shapes.UsageRow])
USAGE_TOTALS = Decoder(Page[shapes.BatchUsageRow])
INVOICES = Decoder(Page[InvoiceRow])
INVOICE = Decoder(Single[InvoiceRow])
BALANCES = Decoder(Page[shapes.BalanceRow])
NET_BALANCE = Decoder(Single[shapes.NetBalance])
EMBED_URL = Decoder(Single[shapes.EmbedUrl])


class MetronomeClient:
    """Safe to share between threads. ``adapter`` and ``rng`` are for tests; ``limits`` is one per process."""

    def __init__(
        self,
        *,
        base_url: str,
        token: Secret,
        clock: Clock,
        limits: Limits,
        adapter: BaseAdapter | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._limits = limits
        self._transport = Transport(
            base_url=base_url, token=token, clock=clock, limits=limits, adapter=adapter, rng=rng
        )

    def upstream(self) -> UpstreamState:
        """How the service is doing, as far as this process knows. Asks nothing."""
        return self._limits.upstream()

    def iter_customers(self, deadline: Deadline, *, only_archived: bool = False) -> Iterator[shapes.CustomerRow]:
        """Active customers, or the archived ones: the API never lists both in one call."""
        return self._rows(questions.customers(only_archived=only_archived), CUSTOMERS, deadline)

    def customer(self, customer_id: str, deadline: Deadline) -> shapes.CustomerRow:
        return self._single(questions.customer(customer_id), CUSTOMER, deadline)

    def iter_metrics(self, customer_id: str, deadline: Deadline) -> Iterator[shapes.MetricRow]:
        """The billable metrics of a customer, archived ones included."""
        return self._rows(questions.metrics(customer_id), METRICS, deadline)

    def metric(self, metric_id: str, deadline: Deadline) -> shapes.MetricRow:
        return self._single(questions.metric(metric_id), METRIC, deadline)

    def iter_credit_types(self, deadline: Deadline) -> Iterator[shapes.CreditTypeRow]:
        return self._rows(questions.credit_types(), CREDIT_TYPES, deadline)

    def iter_contracts(self, customer_id: str, deadline: Deadline) -> Iterator[shapes.ContractRow]:
        return self._rows(questions.contracts(customer_id), CONTRACTS, deadline)

    def usage(
        self,
        customer_id: str,
        metric_id: str,
        start: date,
        end: date,
        *,
        window: str,
        keys: tuple[str, ...],
        deadline: Deadline,
    ) -> UsageBlock:
        """Usage of one metric in [start, end) by ``window`` (hour, day, none) and group, packed while it arrives."""
        question = questions.usage(customer_id, metric_id, start, end, window=window, keys=keys)
        block = UsageBlock()
        for rows in iter_pages(self._transport, question, USAGE, deadline):
            block.add(rows)
        return block

    def usage_totals(
        self, customer_id: str, start: date, end: date, *, deadline: Deadline
    ) -> list[shapes.BatchUsageRow]:
        """One figure per metric of the customer over [start, end)."""
        return list(self._rows(questions.usage_totals(customer_id, start, end), USAGE_TOTALS, deadline))

    def breakdowns(
        self, customer_id: str, start: date, end: date, *, window: str, deadline: Deadline
    ) -> list[InvoiceRow]:
        """Invoices cut into windows (hour, day): one element per invoice and window, the header repeated."""
        return list(self._rows(questions.breakdowns(customer_id, start, end, window=window), INVOICES, deadline))

    def spend_breakdowns(
        self, customer_id: str, start: date, end: date, *, keys: tuple[str, ...], deadline: Deadline
    ) -> list[InvoiceRow] | None:
        """Gross spend by day and ``keys``, without totals; None where this is not offered and breakdowns must do."""
        question = questions.spend_breakdowns(customer_id, start, end, keys=keys)
        try:
            return list(self._rows(question, INVOICES, deadline))
        except NotOffered:
            return None

    def iter_balances(self, customer_id: str, deadline: Deadline) -> Iterator[shapes.BalanceRow]:
        """Commits and credits with balance and ledger: contract-level and archived ones too."""
        return self._rows(questions.balances(customer_id), BALANCES, deadline)

    def net_balance(
        self,
        customer_id: str,
        deadline: Deadline,
        *,
        credit_type_id: str | None = None,
        finalized_only: bool = False,
        balance_types: Sequence[str] = (),
    ) -> shapes.NetBalance:
        """The balance in one credit type (USD when None); drafts count unless ``finalized_only``."""
        question = questions.net_balance(
            customer_id, credit_type_id=credit_type_id, finalized_only=finalized_only, balance_types=balance_types
        )
        return self._single(question, NET_BALANCE, deadline)

    def iter_invoices(
        self,
        customer_id: str,
        deadline: Deadline,
        *,
        start: date | None = None,
        end: date | None = None,
        status: str | None = None,
        type: str | None = None,
    ) -> Iterator[InvoiceRow]:
        """Invoices, newest first; with a range, those whose period overlaps [start, end) or, having none, that
        were issued in it. Scheduled invoices then come after the others (section 2.9)."""
        seen: set[str] = set()
        for question in invoice_questions(customer_id, start=start, end=end, status=status, type=type):
            for row in self._rows(question, INVOICES, deadline):
                if row.id not in seen and lies_in(row, start, end):
                    yield row
                if row.id:
                    seen.add(row.id)

    def invoice(self, customer_id: str, invoice_id: str, deadline: Deadline) -> InvoiceRow:
        return self._single(questions.invoice(customer_id, invoice_id), INVOICE, deadline)

    def invoice_pdf(self, customer_id: str, invoice_id: str, deadline: Deadline) -> Pdf:
        """The whole document of an invoice."""
        return self._transport.document(questions.invoice_pdf(customer_id, invoice_id), deadline)

    def embeddable_url(
        self,
        customer_id: str,
        dashboard: str,
        deadline: Deadline,
        *,
        options: Sequence[tuple[str, str | bool]] = (),
        colors: Sequence[tuple[str, str]] = (),
        group_key_overrides: Sequence[GroupKeyLabel] = (),
    ) -> str | None:
        """A URL with credentials in it, to be handed on at once and never kept; None when none was given."""
        question = questions.embeddable_url(
            customer_id, dashboard, options=options, colors=colors, group_key_overrides=group_key_overrides
        )
        return self._single(question, EMBED_URL, deadline).url

    def _single(self, question: Question, decoder: Decoder[Single[T]], deadline: Deadline) -> T:
        answer = self._transport.ask(question, decoder.decode, deadline)
        deadline.touch()
        return answer.data

    def _rows(self, question: Question, decoder: Decoder[Page[T]], deadline: Deadline) -> Iterator[T]:
        for rows in iter_pages(self._transport, question, decoder, deadline):
            yield from rows
