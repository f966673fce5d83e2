"""Switches that make the server misbehave, so that a client can be shown every kind of bad day.

Set at run time with POST /sandbox/faults, a JSON list of faults (``{}`` or ``[]`` clears), or in process with
``sandbox.faults.add``. A fault is used up after ``times`` requests, or stays until cleared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock
from typing import Any

from sandbox.refusals import bad

EVERYTHING = "*"


class Kind(StrEnum):
    STATUS = "status"  # an error answer: status, retry_after, headers
    SLOW = "slow"  # the right answer after `seconds`
    DRIP = "drip"  # the right answer, one byte per `seconds`
    HANG = "hang"  # no answer for `seconds`, then the connection closes
    RESET = "reset"  # the connection is reset
    EMPTY_PAGE = "empty_page"  # no rows but a cursor that leads on
    REPEATED_CURSOR = "repeated_cursor"  # a cursor that leads to the same page again
    MALFORMED = "malformed"  # JSON that stops in the middle
    HTML = "html"  # a web page with status 200
    WRONG_SHAPE = "wrong_shape"  # JSON of another shape with status 200
    REDIRECT = "redirect"  # 302 to `location`
    HUGE = "huge"  # the right answer with `size` bytes of spaces before it


@dataclass(frozen=True, kw_only=True)
class Fault:
    """``family``: the endpoint's family name, or ``*``. ``containing``: only requests whose path, query or body has it.

    ``skip``: how many matching requests pass first. ``times``: how many are then hit; None: all.
    """

    kind: Kind
    family: str = EVERYTHING
    containing: str = ""
    skip: int = 0
    times: int | None = None
    status: int = 500
    retry_after: str | None = None
    seconds: float = 0.05
    size: int = 30_000_000
    location: str = "/v1/customers"

    @staticmethod
    def from_json(sent: Any) -> Fault:
        """A fault from the control endpoint; refuses unknown kinds and fields."""
        if not isinstance(sent, dict) or sent.get("kind") not in set(Kind):
            raise bad(f"kind must be one of {', '.join(Kind)}")
        try:
            return Fault(**{**sent, "kind": Kind(sent["kind"])})
        except TypeError:
            raise bad("a fault has an unknown field") from None

    def hits(self, family: str, request: str) -> bool:
        return self.family in {family, EVERYTHING} and self.containing in request


class Faults:
    """The faults that are set, in order; the first that matches a request is used."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()

    def add(self, kind: Kind | str, **details: Any) -> None:
        """Add one fault; ``details`` are fields of ``Fault``."""
        with self._lock:
            self._faults.append(Fault(kind=Kind(kind), **details))

    def replace_all(self, faults: list[Fault]) -> None:
        with self._lock:
            self._faults = list(faults)

    def clear(self) -> None:
        self.replace_all([])

    def take(self, family: str, request: str) -> Fault | None:
        """The fault for this request, counted down; None when it is to be answered properly."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if not fault.hits(family, request):
                    continue
                if fault.skip:
                    self._faults[place] = replace(fault, skip=fault.skip - 1)
                    continue
                self._count_down(place, fault)
                return fault
        return None

    def _count_down(self, place: int, fault: Fault) -> None:
        if fault.times is not None and fault.times <= 1:
            del self._faults[place]
        elif fault.times is not None:
            self._faults[place] = replace(fault, times=fault.times - 1)
