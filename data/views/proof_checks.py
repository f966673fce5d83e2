"""Each check on the ground of an account: what more it needs is loaded here, and what cannot be had is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

import pandas as pd

from data.analytics.proofs.check import CheckName, NotRun, Outcome
from data.analytics.proofs.deduction_lines import Listed, deduction_checks
from data.analytics.proofs.groups_total import Grouped, differs, group_check, non_additive_check, subject_of
from data.analytics.proofs.ledger_balance import ledger_checks
from data.analytics.proofs.metric_of_product import billed_by, meters_of
from data.analytics.proofs.moving import Readings, open_draws
from data.analytics.proofs.net_balance import left_out, net_checks, netted
from data.analytics.proofs.no_purchase import Counted, purchase_checks
from data.analytics.proofs.usage_quantity import Usage, quantity_checks
from data.analytics.proofs.window_rows import Compared, broken_down, window_checks
from data.analytics.records import Record, records, text_of
from data.analytics.usage import is_additive
from data.source import Loaded
from data.views.asking import attempt
from data.views.metering import load_used, side_by_side
from data.views.periods_loaded import billed_elsewhere, overlapping
from data.views.proof_ground import Ground


def windows_invoice(ground: Ground) -> Outcome:
    """(a) Breakdown windows against each invoice's lines and total."""
    name = CheckName.WINDOWS_INVOICE
    if ground.invoices is None or ground.periods is None:
        return _not_run(name, "The invoices or their breakdowns could not be loaded.")
    reason = "Its windows are not all at hand."
    left_out = tuple(NotRun(name, ident, reason) for ident in ground.periods.left_out)
    compared = _compared(ground)
    found = window_checks(compared) if compared else Outcome()
    return Outcome(found.checks, (*found.not_run, *left_out))


def usage_quantity(ground: Ground) -> Outcome:
    """(b) What the metrics counted against what was billed."""
    name = CheckName.USAGE_QUANTITY
    if ground.invoices is None or ground.metrics is None:
        return _not_run(name, "The invoices or the metrics could not be loaded.")
    tables, meters = ground.invoices.value, meters_of(ground.metrics.value)
    billed = billed_by(overlapping(ground.question, tables.invoices), tables.lines)
    metered = load_used(ground.question, billed, meters, partial(billed_elsewhere, ground.question, tables))
    if metered.fetched_at is None:
        return _not_run(name, "The usage of the billing periods could not be loaded.") if billed else Outcome()
    ground.parts.extend(metered.parts)
    at, compared = [metered.fetched_at, ground.invoices.fetched_at], _compared(ground)
    since = min(*at, *([ground.breakdowns.fetched_at] if ground.breakdowns else []))
    usage = Usage(
        meters=meters,
        used=metered.used,
        usage_at=at[0],
        invoices_at=at[1],
        broken=broken_down(compared, since) if compared else {},
        taught=metered.taught,
    )
    return quantity_checks(billed, usage)


def ledger_balance(ground: Ground) -> Outcome:
    """(c) Each ledger against its balance."""
    if ground.balances is None:
        return _not_run(CheckName.LEDGER_BALANCE, "The balances could not be loaded.")
    return ledger_checks(ground.accounts, now=ground.question.now)


def net_balance(ground: Ground) -> Outcome:
    """(d) The net balance against the sum of the balances."""
    if ground.balances is None or ground.invoices is None:
        return _not_run(CheckName.NET_BALANCE, "The balances or the invoices could not be loaded.")
    units = tuple(netted(ground.accounts))
    if not units:
        return Outcome((), left_out(ground.accounts))
    source, ask = ground.question.source, ground.question.ask
    net, _ = attempt(ground.question, lambda: source.net_balances(ask, units))
    if net is None:
        return _not_run(CheckName.NET_BALANCE, "The net balance could not be loaded.")
    ground.parts.append(net)
    return net_checks(ground.accounts, net.value, now=ground.question.now, read=_readings(ground, net))


def deduction_lines(ground: Ground) -> Outcome:
    """(e) Ledger deductions against the applied lines of invoices."""
    if ground.balances is None or ground.invoices is None:
        return _not_run(CheckName.DEDUCTION_LINES, "The balances or the invoices could not be loaded.")
    listed = Listed(ground.statuses, ground.chosen)
    lines = ground.invoices.value.lines
    return deduction_checks(ground.accounts, lines, listed, read=_readings(ground, ground.invoices))


def groups_total(ground: Ground) -> Outcome:
    """(f) Groups against the ungrouped total, for every key that a metric can be grouped by."""
    name = CheckName.GROUPS_TOTAL
    if ground.metrics is None:
        return _not_run(name, "The metrics could not be loaded.")
    ways = [(one, keys) for one in records(ground.metrics.value) for keys in dict.fromkeys(one["group_keys"]) if keys]
    added = [way for way in ways if is_additive(text_of(way[0]["aggregation"]))]
    read = side_by_side([partial(_grouped, ground, *way) for way in added])
    checks = [group_check(one) for one in read if isinstance(one, Grouped)]
    checks += [
        non_additive_check(one["metric_id"], one["name"], keys)
        for one, keys in ways
        if not is_additive(text_of(one["aggregation"]))
    ]
    return Outcome(tuple(checks), tuple(one for one in read if isinstance(one, NotRun)))


def no_purchase(ground: Ground) -> Outcome:
    """(g) No purchase among what counts as usage."""
    if ground.invoices is None:
        return _not_run(CheckName.NO_PURCHASE, "The invoices could not be loaded.")
    lines = ground.invoices.value.lines
    places = [Counted(lines[lines["invoice_id"].isin(ground.chosen).to_numpy()], "on invoices")]
    places += [Counted(ground.breakdowns.value.lines, "in breakdowns")] if ground.breakdowns else []
    products = ground.balances.value.balances["product_id"] if ground.balances else ()
    return purchase_checks(tuple(places), bought=frozenset(one for one in products if one), units=ground.units)


Proof = Callable[[Ground], Outcome]
ALL: Final[Mapping[CheckName, Proof]] = {
    CheckName.WINDOWS_INVOICE: windows_invoice,
    CheckName.USAGE_QUANTITY: usage_quantity,
    CheckName.LEDGER_BALANCE: ledger_balance,
    CheckName.NET_BALANCE: net_balance,
    CheckName.DEDUCTION_LINES: deduction_lines,
    CheckName.GROUPS_TOTAL: groups_total,
    CheckName.NO_PURCHASE: no_purchase,
}
# Without what asks for usage, of every metric and of every billing period.
LIGHT: Final[Mapping[CheckName, Proof]] = {
    name: proof for name, proof in ALL.items() if name not in (CheckName.USAGE_QUANTITY, CheckName.GROUPS_TOTAL)
}


def _not_run(name: CheckName, reason: str) -> Outcome:
    return Outcome((), (NotRun(name, "", reason),))


def _compared(ground: Ground) -> Compared | None:
    if ground.periods is None or ground.periods.loaded is None or ground.invoices is None:
        return None
    tables = ground.periods.loaded.value
    return Compared(
        found=ground.periods.checks,
        lines=ground.invoices.value.lines,
        windows_lines=tables.lines,
        windows=tables.windows,
    )


def _readings(ground: Ground, other: Loaded[Any]) -> Readings | None:
    """When balances and the other side were read, and what may have been drawn since the first of the two."""
    if ground.balances is None or ground.breakdowns is None:
        return None
    since = min(ground.balances.fetched_at, other.fetched_at, ground.breakdowns.fetched_at)
    return Readings(
        balances=ground.balances.fetched_at,
        other=other.fetched_at,
        open_draws=open_draws(ground.breakdowns.value.lines, since),
    )


def _grouped(ground: Ground, metric: Record, keys: tuple[str, ...]) -> Grouped | NotRun:
    days, metric_id = ground.days, metric["metric_id"]
    read, _ = attempt(ground.question, lambda: _usage(ground, metric_id, keys, (days.first, days.end_exclusive)))
    if read is None or any(one.missing for one in read):
        return NotRun(CheckName.GROUPS_TOTAL, subject_of(metric_id, keys), "Its usage could not be loaded.")
    ground.parts.extend(read)
    whole, groups = (one.value for one in read)
    moving = (
        read[0].fetched_at != read[1].fetched_at and differs(whole, groups) and _only_today(ground, metric_id, keys)
    )
    return Grouped(metric_id=metric_id, name=metric["name"], keys=keys, whole=whole, groups=groups, moving=moving)


def _only_today(ground: Ground, metric_id: str, keys: tuple[str, ...]) -> bool:
    """Whether the two agree as far as days are over: then what differs arrived between the two readings."""
    today, days = ground.question.now.date(), ground.days
    if not days.first < today < days.end_exclusive:
        return False
    read, _ = attempt(ground.question, lambda: _usage(ground, metric_id, keys, (days.first, today)))
    return read is not None and not differs(read[0].value, read[1].value)


def _usage(
    ground: Ground, metric_id: str, keys: tuple[str, ...], span: tuple[date, date]
) -> tuple[Loaded[pd.DataFrame], Loaded[pd.DataFrame]]:
    """USAGE of the whole span, ungrouped and by ``keys``."""
    source, ask = ground.question.source, ground.question.ask
    whole = source.usage(ask, metric_id, *span, window="none", keys=())
    return whole, source.usage(ask, metric_id, *span, window="none", keys=keys)
