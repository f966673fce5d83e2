"""Made-up accounts of every kind that the sandbox can make, for property tests, and what the API answers about them.

``made_up_accounts()`` is a hypothesis strategy of ``MadeUp``: an account, the moment at which it is read, and the
causes (words of the proof files) for which figures of it may differ although nothing is wrong. ``Answers`` holds what
the API answers about one account as plain rows. ``source_on`` is the app's own source on top of the same sandbox, in
this process.

    @given(made_up_accounts())
    def test_something(made_up: MadeUp) -> None:
        answers = Answers(made_up.account, made_up.now)
        invoices = answers.invoices()                # JSON dicts, the same list at each call ...
        invoices[0]["total"] += 1                    # ... so a planted fault stays planted
        rows = decoded(invoices, InvoiceRow)         # structs of ``data.metronome``

        def fault(family: str, row: dict) -> None:   # the same fault on the whole way
            if family == "invoices" and row["id"] == wanted: row["total"] += 1
        source = source_on(made_up.account, made_up.now, tamper=fault)

Numbers in rows are ``int`` or ``Decimal``; ``tamper`` gets one row at a time, or the one object of a single answer, by
the sandbox's name of the endpoint (invoices, breakdowns, spend_breakdowns, balances, net_balance, usage_groups, usage,
contracts, metrics, credit_types, customer ...).
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
from hypothesis import strategies as st
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from data.clock import Clock
from data.metronome.client import MetronomeClient
from data.metronome.limits import Limits
from data.metronome.shapes import Page
from data.metronome_source import MetronomeSource
from data.settings import Secret
from sandbox.application import Application
from sandbox.asking import Ask, Endpoint, Options
from sandbox.catalogue.parts import account, agreement, credit, fixed, postpaid, prepaid
from sandbox.catalogue.units import EUR, RENDER_CREDITS, USD
from sandbox.endpoints import ENDPOINTS
from sandbox.ids import ident
from sandbox.model import (
    Account,
    Adjustment,
    Aggregation,
    Balance,
    Cell,
    Contract,
    Late,
    Metric,
    Segment,
    Stream,
)
from sandbox.moments import DAY, add_months, midnight, utc
from sandbox.periods import periods
from sandbox.prices import CreditType, Fee, PriceChange, Product, Rate, Subscription, Tier
from sandbox.world import World

T = TypeVar("T")
Row = dict[str, Any]
Tamper = Callable[[str, Row], None]
Draw = Callable[[st.SearchStrategy[T]], T]

NOW = utc(2026, 5, 20, 14)
KEY = "made-up"
_BY_FAMILY: dict[str, Endpoint] = {endpoint.family: endpoint for endpoint in ENDPOINTS}
_PRICES = st.sampled_from([Decimal(text) for text in ("1", "0.02", "12.5", "0.00015", "7.3333")])
_AMOUNTS = st.integers(min_value=0, max_value=400_000)
_REGIONS = (
    Cell((("region", "us-east-1"),), 600),
    Cell((("region", "eu_west_1"),), 300),
    Cell((("region", None),), 100),
)


@dataclass(frozen=True)
class MadeUp:
    """``causes``: what was planted; a figure may differ because of these and of nothing else."""

    account: Account
    now: datetime
    causes: frozenset[str]

    @property
    def start(self) -> datetime:
        """The account's first day."""
        return self.account.created_at

    @property
    def end(self) -> datetime:
        """The midnight after the moment of reading."""
        return midnight(self.now) + DAY


# --- what an account is made of -------------------------------------------------------------------------------------


@st.composite
def made_up_accounts(draw: Draw[Any]) -> MadeUp:
    """One or two contracts over the last two to three months, with everything that may be on them.

    Dollars, euros, or a unit of its own that is converted to dollars. Every account has an open draft.
    """
    begin = utc(2026, 3, draw(st.sampled_from([1, 11, 19, 20])))
    unit = draw(st.sampled_from([USD, EUR, RENDER_CREDITS]))
    streams, rates, causes = [], [], {"draft"}
    for number in range(draw(st.integers(1, 3))):
        stream, rate, cause = _sold(draw, number, begin, unit)
        streams.append(stream)
        rates += [rate] if rate else []
        causes |= cause
    contracts = _contracts(draw, begin, unit, tuple(rates))
    causes |= {"not_broken_down"} if any(one.subscriptions for one in contracts) else set()
    streams, late = _with_late(draw, streams, contracts)
    balances, floored = _balances(draw, begin, unit, contracts)
    made = account(
        KEY,
        "Made up",
        created_at=begin,
        streams=tuple(streams),
        contracts=contracts,
        balances=balances,
        paired=draw(st.booleans()),
    )
    return MadeUp(made, NOW, frozenset(causes | late | floored))


def _rising(_index: int, day: datetime) -> int:
    """More towards the end of each month."""
    return 400 + day.day * 9


def _sold(draw: Draw[Any], number: int, begin: datetime, unit: CreditType) -> tuple[Stream, Rate | None, set[str]]:
    """A metric with its stream, how it is priced (None: not billed), and the causes that this plants."""
    aggregation = draw(st.sampled_from([*[Aggregation.SUM] * 3, Aggregation.COUNT, *Aggregation]))
    grouped = draw(st.booleans())
    metric = Metric(
        id=ident("metric", KEY, str(number)),
        name=f"Metric {number}",
        aggregation=aggregation,
        group_keys=(("region",),) if grouped else (),
        event_type="event",
        decimals=0 if aggregation in {Aggregation.COUNT, Aggregation.UNIQUE} else draw(st.integers(0, 3)),
    )
    parts = _REGIONS[: draw(st.integers(1, 3))] if grouped else (Cell(()),)
    daily = draw(st.integers(0, 60 if aggregation is Aggregation.UNIQUE else 40_000))
    seed = str(draw(st.integers(0, 9)))
    stream = Stream(metric=metric, seed=seed, cells=parts, start=begin, daily=daily, shape=_rising)
    if draw(st.integers(0, 5)) == 0:
        return stream, None, set()
    return stream, *_priced(draw, metric, unit, begin, grouped=grouped)


def _priced(
    draw: Draw[Any], metric: Metric, unit: CreditType, begin: datetime, *, grouped: bool
) -> tuple[Rate, set[str]]:
    way = draw(st.sampled_from(["flat", "flat", "changed", "negotiated", "tiers", "whole units"]))
    if not metric.aggregation.additive or (unit is RENDER_CREDITS and way in {"tiers", "whole units"}):
        way = "flat"  # one reason for not adding up at a time, and none that a conversion would hide
    product = Product(
        id=ident("product", metric.id),
        name=f"Product of {metric.name}",
        metric_id=metric.id,
        presentation=("region",) if grouped else (),
        whole_units=way == "whole units",
    )
    price = draw(_PRICES)
    rate = Rate(product=product, unit=unit, prices={(): price})
    if way == "changed":
        change = PriceChange(at=begin + draw(st.integers(1, 70)) * DAY, prices={(): draw(_PRICES)})
        rate = replace(rate, changes=(change,))
    if way == "negotiated":
        rate = replace(rate, list_prices={(): price * 2})
    if way == "tiers":
        first = Tier(price, Decimal(draw(st.integers(1, 5_000))))
        rate = replace(rate, tiers=(first, Tier(price / 2, Decimal(1_000)), Tier(price / 4)))
    causes = {"tiers": {"tiers"}, "whole units": {"rounding"}}.get(way, set())
    return rate, causes if metric.aggregation.additive else {"non_additive"}


def _contracts(draw: Draw[Any], begin: datetime, unit: CreditType, rates: tuple[Rate, ...]) -> tuple[Contract, ...]:
    """One contract; two side by side, each with a part of the rates; or one that was renewed after a month."""
    money = USD if unit is RENDER_CREDITS else unit
    more = {"currency": money, "conversion": Decimal("2.5") if unit is RENDER_CREDITS else None}
    renewed = add_months(begin, 1)
    seats = _subscriptions(draw, begin)
    kind = draw(st.sampled_from(["one", "side by side", "renewed"]))
    if kind == "one":
        starts = [add_months(begin, number) for number in range(3)]
        some = st.frozensets(st.sampled_from(starts))
        fee = Fee(id=ident("fee", KEY), product=fixed("Fee"), amount=Decimal("99.5"), dates=tuple(starts))
        states = {starts[0]: draw(st.sampled_from(["PAYMENT_FAILED", "PARTIALLY_PAID", "SENT"]))}
        extra = {"voided": draw(some), "corrected": draw(some), "charges": (fee,), "payments": states}
        return (agreement(KEY, "Only", begin, rates=rates, subscriptions=seats, **more, **extra),)
    if kind == "renewed":
        first = agreement(KEY, "First", begin, end=renewed, part="1", rates=rates, **more)
        return first, agreement(KEY, "Next", renewed, part="2", rates=rates, renewed_from=first.id, **more)
    first = agreement(KEY, "Left", begin, part="1", rates=rates[:1], subscriptions=seats, **more)
    return first, agreement(KEY, "Right", begin + 6 * DAY, part="2", rates=rates[1:], **more)


def _subscriptions(draw: Draw[Any], begin: datetime) -> tuple[Subscription, ...]:
    if not draw(st.booleans()):
        return ()
    steps = ((begin, 3), (begin + draw(st.integers(1, 60)) * DAY, draw(st.integers(1, 9))))
    product = fixed("Seats", "SubscriptionProductListItem")
    return (Subscription(id=ident("subscription", KEY), product=product, price=draw(_PRICES), quantities=steps),)


def _with_late(
    draw: Draw[Any], streams: list[Stream], contracts: tuple[Contract, ...]
) -> tuple[list[Stream], set[str]]:
    """Late facts for the first stream that is billed at plain prices: in time, after the invoice, or still to come."""
    for place, stream in enumerate(streams):
        flat = [one for one in contracts for rate in one.rates if _plain(rate, stream.metric)]
        if flat and draw(st.booleans()):
            late = tuple(_late(draw, draw(st.sampled_from(flat))) for _ in range(draw(st.integers(1, 3))))
            found = [*streams[:place], replace(stream, late=late), *streams[place + 1 :]]
            return found, {"late_usage"} if any(_after(one, flat) for one in late) else set()
    return streams, set()


def _plain(rate: Rate, metric: Metric) -> bool:
    own = rate.product.metric_id == metric.id and metric.aggregation.additive
    return own and not rate.tiers and not rate.product.whole_units


def _late(draw: Draw[Any], contract: Contract) -> Late:
    day = contract.start + draw(st.integers(0, 40)) * DAY
    return Late(day, 0, draw(st.integers(1, 9_000)), day + draw(st.integers(1, 50)) * DAY + timedelta(hours=7))


def _after(late: Late, contracts: list[Contract]) -> bool:
    """Whether it has arrived, and only after the invoice of its day was final."""
    bills = (bill for one in contracts for bill in periods(one, NOW) if bill.start <= late.day < bill.end)
    return late.arrives_at <= NOW and any(bill.issued_at < late.arrives_at for bill in bills)


def _balances(
    draw: Draw[Any], begin: datetime, unit: CreditType, contracts: tuple[Contract, ...]
) -> tuple[tuple[Balance, ...], set[str]]:
    found = [_balance(draw, number, begin, unit, contracts) for number in range(draw(st.integers(0, 4)))]
    taken = any(entry.amount < 0 for one in found for entry in one.adjustments)
    if len(contracts) == 2 and contracts[1].renewed_from and draw(st.booleans()):
        found += _rollover(draw, contracts[0], contracts[1], unit)
    return tuple(found), {"floored"} if taken else set()


def _balance(
    draw: Draw[Any], number: int, begin: datetime, unit: CreditType, contracts: tuple[Contract, ...]
) -> Balance:
    name = f"Balance {number}"
    start = begin + draw(st.integers(0, 40)) * DAY
    owner = draw(st.sampled_from([None, *contracts]))
    more = {"priority": draw(st.integers(1, 3)), "contract_id": owner and owner.id}
    kind = draw(st.sampled_from(["credit", "prepaid", "postpaid", "quantity"]))
    if kind == "postpaid" and unit.is_currency:
        term = (start, start + draw(st.integers(5, 120)) * DAY)
        return postpaid(KEY, name, term, draw(_AMOUNTS), unit=unit, trued_up=draw(st.booleans()), **more)
    if kind == "quantity":
        return credit(KEY, name, _terms(draw, start, 1), unit=None, **more)
    terms = _terms(draw, start, draw(st.sampled_from([1, 1, 2, 3])))
    if kind == "prepaid":
        money = {"payment_unit": USD} if unit is RENDER_CREDITS else {}
        archived = start + draw(st.integers(1, 30)) * DAY if len(terms) == 1 and draw(st.booleans()) else None
        return prepaid(KEY, name, terms, unit=unit, archived_at=archived, **money, **more)
    by_hand = _adjustments(draw, start) if len(terms) == 1 else ()
    recurring = ident("recurring", KEY) if draw(st.booleans()) else None
    return credit(KEY, name, terms, unit=unit, adjustments=by_hand, recurring_id=recurring, **more)


def _terms(draw: Draw[Any], start: datetime, count: int) -> list[tuple[tuple[datetime, datetime], int]]:
    length = draw(st.integers(3, 60)) * DAY
    return [((start + length * place, start + length * (place + 1)), draw(_AMOUNTS)) for place in range(count)]


def _adjustments(draw: Draw[Any], start: datetime) -> tuple[Adjustment, ...]:
    def one() -> Adjustment:
        at = start + timedelta(days=draw(st.integers(0, 30)), hours=draw(st.sampled_from([0, 15])))
        if draw(st.booleans()):
            return Adjustment(at=at, amount=Decimal(draw(_AMOUNTS)), kind="SEAT_BASED_ADJUSTMENT")
        return Adjustment(at=at, amount=draw(_AMOUNTS) - Decimal(200_000), reason="By hand")

    return tuple(one() for _ in range(draw(st.sampled_from([0, 1, 2, 2]))))


def _rollover(draw: Draw[Any], first: Contract, second: Contract, unit: CreditType) -> list[Balance]:
    """A commit of the first contract whose rest moves, in part, to the one that renewed it."""
    ends, money = add_months(second.start, 12), {"payment_unit": USD} if unit is RENDER_CREDITS else {}
    share = draw(st.sampled_from([Decimal("0.25"), Decimal(1)]))
    amounts = [((first.start, second.start), draw(_AMOUNTS))]
    details = {"rollover_fraction": share, "rollover_contract": second.id, "contract_id": first.id}
    old = prepaid(KEY, "Rolling", amounts, unit=unit, **details, **money)
    segment = Segment(ident("segment", KEY, "rolled"), None, second.start, ends)
    new = prepaid(KEY, "Rolled", amounts, unit=unit, rolled_from=old.id, contract_id=second.id, payments=())
    return [old, replace(new, segments=(segment,))]


# --- what the API answers --------------------------------------------------------------------------------------------


def page(rows: Iterable[Row]) -> bytes:
    """The JSON text of a list answer with these rows, all on one page."""
    return _json({"data": list(rows), "next_page": None})


def decoded(rows: Iterable[Row], shape: type[T]) -> list[T]:
    """Rows as structs of ``data.metronome``, read from their JSON text as the client reads it."""
    return msgspec.json.Decoder(Page[shape]).decode(page(rows)).data  # type: ignore[valid-type]


def _json(answer: Any) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(answer)


class Answers:
    """Everything that the API answers about one account at one moment, as rows of plain JSON values.

    A question is answered once: asking again gives the same list, with whatever a test changed in it.
    """

    def __init__(self, account: Account, now: datetime) -> None:
        self.account, self.now = account, now
        self._world = World(given=(account,))
        self._kept: dict[str, Any] = {}

    def _ask(self, family: str, **args: Any) -> Any:
        key = repr((family, sorted(args.items())))
        if key not in self._kept:
            args = {"customer_id": self.account.id} | args
            ask = Ask(world=self._world, options=Options(), now=self.now, args=args, host="")
            self._kept[key] = _plain_json(_BY_FAMILY[family].answer(ask))
        return self._kept[key]

    def invoices(self) -> list[Row]:
        """All invoices of the account, oldest issued first."""
        rows: list[Row] = self._ask("invoices")
        return rows

    def breakdowns(self, start: datetime, end: datetime, size: str = "day") -> list[Row]:
        """The windows in [start, end), ``size`` day or hour; bounds are UTC midnights."""
        rows: list[Row] = self._ask("breakdowns", starting_on=start, ending_before=end, window_size=size)
        return rows

    def spend_breakdowns(self, start: datetime, end: datetime, keys: tuple[str, ...]) -> list[Row]:
        rows: list[Row] = self._ask("spend_breakdowns", starting_on=start, ending_before=end, group_keys=list(keys))
        return rows

    def balances(self) -> list[Row]:
        """Commits and credits with balance and ledger; archived ones and those of contracts too."""
        flags = ("include_contract_balances", "include_balance", "include_ledgers", "include_archived")
        rows: list[Row] = self._ask("balances", **dict.fromkeys(flags, True))
        return rows

    def net_balances(self) -> list[Row]:
        """Two per credit type of the balances: ``finalized_only`` False and True; prepaid commits and credits."""
        units = {row["access_schedule"].get("credit_type", {}).get("id") for row in self.balances()} - {None}
        wanted = [{"balance_types": ["PREPAID_COMMIT", "CREDIT"]}]
        modes = {False: "FINALIZED_AND_DRAFT", True: "FINALIZED"}
        if "net" not in self._kept:
            self._kept["net"] = [
                self._ask("net_balance", credit_type_id=unit, invoice_inclusion_mode=mode, filters=wanted)
                | {"finalized_only": only}
                for unit in sorted(units)
                for only, mode in modes.items()
            ]
        rows: list[Row] = self._kept["net"]
        return rows

    def usage(
        self, metric_id: str, start: datetime, end: datetime, *, keys: tuple[str, ...] = (), size: str = "day"
    ) -> list[Row]:
        """Usage of one metric in [start, end), ungrouped or by ``keys``; ``size`` hour, day or none."""
        grouped = {"group_key": list(keys)} if keys else {}
        span = {"starting_on": start, "ending_before": end, "window_size": size}
        rows: list[Row] = self._ask("usage_groups", billable_metric_id=metric_id, **span, **grouped)
        return rows

    def metrics(self) -> list[Row]:
        rows: list[Row] = self._ask("metrics", include_archived=True)
        return rows

    def contracts(self) -> list[Row]:
        rows: list[Row] = self._ask("contracts", include_archived=True)
        return rows

    def credit_types(self) -> list[Row]:
        rows: list[Row] = self._ask("credit_types")
        return rows


def _plain_json(answer: Any) -> Any:
    """The answer as a reader of its JSON text gets it: nothing in it is shared with the sandbox."""
    return json.loads(_json(answer), parse_float=Decimal)


class InProcess(BaseAdapter):
    """Puts each request of a ``requests`` session to a sandbox in this process; ``tamper`` changes rows on the way."""

    def __init__(self, accounts: Iterable[Account], now: datetime, tamper: Tamper | None = None) -> None:
        super().__init__()
        self._application = Application(World(given=accounts), Options(strict=True), lambda: now)
        self._tamper = tamper

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        path = f"{url.path}?{url.query}"
        flask = self._application.flask
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        with flask.test_client() as client:
            answer = client.open(path, method=request.method, data=request.body, headers=headers)
        family = flask.url_map.bind("sandbox").match(url.path, method=request.method)[0]
        return _response(request, answer, self._body(str(family), answer))

    def _body(self, family: str, answer: Any) -> bytes:
        text: bytes = answer.get_data()
        if self._tamper is None or answer.status_code != 200 or answer.mimetype != "application/json":
            return text
        whole = json.loads(text, parse_float=Decimal)
        for row in whole["data"] if isinstance(whole["data"], list) else [whole["data"]]:
            self._tamper(family, row)
        return _json(whole)

    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, answer: Any, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = answer.status_code, request.url or "", request
    headers = {"Content-Type": answer.content_type, "Content-Length": str(len(body))}
    response.headers.update(headers)
    raw = HTTPResponse(body=io.BytesIO(body), headers=headers, status=answer.status_code, preload_content=False)
    response.raw = raw
    return response


def source_on(account: Account, now: datetime, *, tamper: Tamper | None = None) -> MetronomeSource:
    """The app's own source on ``account`` alone, as it stands at ``now``, without a socket."""
    clock = Clock(now)
    client = MetronomeClient(
        base_url="https://sandbox.test",
        token=Secret("made-up"),
        clock=clock,
        limits=Limits(clock=clock, rps=1e6, burst=10**6),
        adapter=InProcess((account,), now, tamper),
    )
    return MetronomeSource(client, clock)
