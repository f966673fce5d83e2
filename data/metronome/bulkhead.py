"""How many calls are under way at once, and who waits for how long (rows R18 and R19)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from data.errors import OutOfTime
from data.metronome.deadline import Deadline
from data.metronome.held_back import Busy
from data.metronome.lane import Lane

QUEUE_SECONDS = 2.0
MOST_WAITING = 64


def patience(deadline: Deadline) -> float:
    """How long to wait for a turn: a person's page 2 s, a download as long as it may stand still."""
    return min(deadline.remaining(), deadline.idle or QUEUE_SECONDS)


@dataclass(eq=False)
class _Ticket:
    customer: str
    lane: Lane
    turn: threading.Event = field(default_factory=threading.Event)


class Bulkhead:
    """At most ``total`` calls in flight, ``per_customer`` of them for one customer, ``for_embeds`` (half of them unless
    told) for embeds; turns go in order of arrival, past those who may not have one yet. The places to wait at are
    shared in the same way, so that whoever comes in numbers does not send the others away."""

    def __init__(self, total: int, per_customer: int, for_embeds: int | None = None) -> None:
        self.total, self.per_customer, self.for_embeds = total, per_customer, for_embeds or max(1, total // 2)
        self._in_flight: list[_Ticket] = []
        self._queue: list[_Ticket] = []
        self._lock = threading.Lock()

    @contextmanager
    def slot(self, customer: str, deadline: Deadline, lane: Lane = Lane.STAFF) -> Iterator[None]:
        """Hold one slot. ``customer`` "" is nobody's and only counts in total. Raises ``Busy``, ``OutOfTime``."""
        ticket = _Ticket(customer, lane)
        self._queue_up(ticket)
        try:
            if not ticket.turn.wait(patience(deadline)) and self._gave_up(ticket):
                raise OutOfTime("no slot") if deadline.expired else Busy("no slot")
            yield
        finally:
            self._leave(ticket)

    def _queue_up(self, ticket: _Ticket) -> None:
        with self._lock:
            self._queue.append(ticket)
            self._hand_out()
            if ticket in self._queue and self._is_one_too_many(ticket):
                self._queue.remove(ticket)
                raise Busy("queue full")

    def _is_one_too_many(self, ticket: _Ticket) -> bool:
        embeds = sum(one.lane is Lane.EMBED for one in self._queue)
        own = sum(one.customer == ticket.customer for one in self._queue)
        return (
            len(self._queue) > MOST_WAITING
            or (ticket.lane is Lane.EMBED and embeds > self._places(self.for_embeds))
            or (ticket.customer != "" and own > self._places(self.per_customer))
        )

    def _places(self, slots: int) -> int:
        return MOST_WAITING * slots // self.total

    def _gave_up(self, ticket: _Ticket) -> bool:
        """False when the turn came in the very last moment."""
        with self._lock:
            if ticket in self._in_flight:
                return False
            self._queue.remove(ticket)
            return True

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            for line in (self._in_flight, self._queue):
                if ticket in line:
                    line.remove(ticket)
            self._hand_out()

    def _hand_out(self) -> None:
        """Give every free slot to the first who may have it."""
        customers = Counter(one.customer for one in self._in_flight)
        embeds = sum(one.lane is Lane.EMBED for one in self._in_flight)
        for ticket in list(self._queue):
            if len(self._in_flight) >= self.total:
                return
            below_own = not ticket.customer or customers[ticket.customer] < self.per_customer
            if below_own and (ticket.lane is Lane.STAFF or embeds < self.for_embeds):
                self._queue.remove(ticket)
                self._in_flight.append(ticket)
                customers[ticket.customer] += 1
                embeds += ticket.lane is Lane.EMBED
                ticket.turn.set()
