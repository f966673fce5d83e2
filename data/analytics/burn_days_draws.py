"""What did breakdown lines draw from each segment of each balance, by invoice and day?

Section 5.3 of the Metronome notes: a deduction line names the balance and, as a rule, the segment that paid. What it
took is its negative total; of a QUANTITY balance it is ``consumed``, which is no money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Final

import numpy as np
import pandas as pd

from data.analytics.entries import Account
from data.analytics.exact import Codes, Numbers, pack, sum_by
from data.analytics.segments import NEVER
from data.analytics.spend_lines import DEDUCTION_LINE, Flags
from data.analytics.windows import microseconds, midnight
from data.money import EXACT, UnitKind

TrackId = tuple[str, str]
_DAY: Final = 86_400_000_000
_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Draw:
    """What one day's lines took from a segment, in currency units; ``rows`` are their positions in LINES."""

    day: date
    amount: Decimal
    rows: tuple[int, ...]


@dataclass(frozen=True)
class InvoiceDraws:
    """The draws of one invoice on one segment, by day. Not ``whole`` when a line says no amount."""

    days: tuple[Draw, ...]
    draft: bool
    whole: bool = True


@dataclass(frozen=True)
class Draws:
    """Draws by segment and then by invoice. ``unplaced`` are positions in LINES of deductions whose balance is not
    among the accounts, so that there is no path to draw them on."""

    by_track: Mapping[TrackId, Mapping[str, InvoiceDraws]]
    unplaced: tuple[int, ...]


@dataclass(frozen=True)
class _Coded:
    """Parallel arrays, one item per deduction line: its position in LINES, its amount as sent (0 where not ``known``),
    and what it belongs to."""

    row: Codes
    amount: Numbers
    known: Flags
    track: Codes
    invoice: Codes
    day: Codes
    tracks: tuple[TrackId, ...]


def draws_of(lines: pd.DataFrame, accounts: Sequence[Account]) -> Draws:
    """The deductions in LINES of day windows. Void invoices and consolidated copies draw nothing (section 5.1). A line
    without a segment draws on the one that is open on its day, the first to end before others."""
    rows = np.flatnonzero(_deductions(lines))
    coded, unplaced = _coded(lines, rows, {one.balance_id: one for one in accounts})
    invoices = [*lines["invoice_id"].cat.categories.tolist(), ""]  # the last one is for code -1: not sent
    status = lines["invoice_status"].astype(object).to_numpy()
    units = {one.balance_id: one.unit for one in accounts}
    cells = pack(coded.track, coded.invoice, coded.day)
    found: dict[TrackId, dict[str, list[tuple[Draw, bool, bool]]]] = {}
    for members, amount in _cells(cells, coded.amount):
        first = members[0]
        track = coded.tracks[coded.track[first]]
        day = date.fromordinal(int(coded.day[first]) + _EPOCH)
        draw = Draw(day, units[track[0]].major(amount), tuple(coded.row[members].tolist()))
        kept = found.setdefault(track, {}).setdefault(invoices[coded.invoice[first]], [])
        kept.append((draw, str(status[coded.row[first]]).startswith("DRAFT"), bool(coded.known[members].all())))
    return Draws({track: {name: _joined(kept) for name, kept in by.items()} for track, by in found.items()}, unplaced)


def _joined(kept: list[tuple[Draw, bool, bool]]) -> InvoiceDraws:
    days = tuple(sorted((draw for draw, _, _ in kept), key=lambda one: one.day))
    return InvoiceDraws(days, any(draft for _, draft, _ in kept), all(whole for _, _, whole in kept))


def _cells(cells: Codes, amounts: Numbers) -> list[tuple[Codes, Decimal]]:
    """For each cell the positions of its lines and their exact sum."""
    if not len(cells):
        return []
    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order], prepend=cells[order][0] - 1))
    return list(zip(np.split(order, starts[1:]), sum_by(cells, amounts)[1].tolist(), strict=True))


def _deductions(lines: pd.DataFrame) -> Flags:
    flags: Flags = (
        (lines["line_type"] == DEDUCTION_LINE).to_numpy()
        & (lines["invoice_status"] != "VOID").to_numpy()
        & (lines["invoice_type"] != "USAGE_CONSOLIDATED").to_numpy()
        & lines["window_start"].notna().to_numpy()
    )
    return flags


def _coded(lines: pd.DataFrame, rows: Codes, accounts: Mapping[str, Account]) -> tuple[_Coded, tuple[int, ...]]:
    commit, segment = (lines[name].cat.codes.to_numpy()[rows].astype(np.int64) for name in ("commit_id", "segment_id"))
    day = microseconds(lines["window_start"])[rows] // _DAY
    asked = pack(commit, segment, np.where(segment < 0, day, 0))
    _, sample, inverse = np.unique(asked, return_index=True, return_inverse=True)
    names = [_texts(lines, name, rows[sample]) for name in ("commit_id", "segment_id")]
    tracks = [_track(accounts, *one) for one in zip(*names, day[sample].tolist(), strict=True)]
    distinct = list(dict.fromkeys(track for track in tracks if track))
    places = {track: at for at, track in enumerate(distinct)}
    codes = np.array([places[track] if track else -1 for track in tracks], dtype=np.int64)
    track = codes[inverse] if len(rows) else rows
    placed = track >= 0
    kept, track = rows[placed], track[placed]
    by_quantity = np.array([accounts[one[0]].unit.kind is UnitKind.QUANTITY for one in distinct], dtype=np.bool_)
    amount, known = _amounts(lines, kept, by_quantity[track])
    coded = _Coded(
        row=kept,
        amount=amount,
        known=known,
        track=track,
        invoice=lines["invoice_id"].cat.codes.to_numpy()[kept].astype(np.int64),
        day=day[placed],
        tracks=tuple(distinct),
    )
    return coded, tuple(rows[~placed].tolist())


def _texts(lines: pd.DataFrame, name: str, rows: Codes) -> list[str]:
    texts = lines[name].iloc[rows].astype(object)
    return [str(text) for text in texts.where(texts.notna(), "").tolist()]


def _track(accounts: Mapping[str, Account], commit: str, segment: str, day: int) -> TrackId | None:
    account = accounts.get(commit)
    if account is None:
        return None
    if segment:
        return commit, segment
    moment = midnight(date.fromordinal(day + _EPOCH))
    opened = [one for one in account.segments if one.holds(moment)]
    chosen = min(opened, key=lambda one: one.ends_at or NEVER, default=None)
    return commit, chosen.segment_id if chosen else ""


def _amounts(lines: pd.DataFrame, rows: Codes, by_quantity: Flags) -> tuple[Numbers, Flags]:
    """What each line took, as sent, and whether it says so."""
    totals, consumed = (lines[name].to_numpy(dtype=object)[rows] for name in ("total", "consumed"))
    given = np.where(by_quantity, consumed, totals)
    known = np.array([isinstance(amount, Decimal) for amount in given.tolist()], dtype=np.bool_)
    given[~known] = Decimal(0)
    with localcontext(EXACT):
        return np.where(by_quantity, given, np.negative(given)), known
