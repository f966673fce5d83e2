"""``opt``: what a link token fixes beside its account and dashboard, as a closed schema, and what becomes of it in the
viewer's scope (reliability-security design, 4.4). All of it is locked; ``start`` alone is where a viewer begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl

from access.embed.fields import Fields, customer, day, flag, list_of, matching, objects, text, whole
from access.embed.names import COLOURS, EDITABLE, LOCKED, PANELS, STATUSES, TYPES, Dashboard
from access.strict import Wrong
from data.errors import BadQuery
from data.query_values import shown
from data.scope import BalanceLimits, Bounds, GroupName, InvoiceLimits, Locked

MAX_DAYS: Final = 400
MAX_GROUP_KEYS, MAX_GROUP_VALUES = 50, 500

identifier = customer  # contracts and units are written like accounts
colour_value = matching(r"#[0-9a-f]{6}", "a colour such as #1a2b3c, in small letters")


@dataclass(frozen=True, kw_only=True)
class Options:
    """``hidden`` panels, the days that may be asked about, files or not, which invoices and balances, names, colours;
    ``start`` is the query that the frame begins with."""

    hidden: frozenset[str] = frozenset()
    bounds: Bounds = field(default_factory=Bounds)
    export: bool = False
    invoices: InvoiceLimits = field(default_factory=InvoiceLimits)
    balances: BalanceLimits = field(default_factory=BalanceLimits)
    group_names: tuple[GroupName, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()
    start: tuple[tuple[str, str], ...] = ()

    def panels(self, dashboard: Dashboard) -> frozenset[str]:
        return PANELS[dashboard] - self.hidden

    def locked(self, dashboard: Dashboard, locale: str = "") -> Locked:
        return Locked(
            locale=locale,
            panels=self.panels(dashboard),
            bounds=self.bounds,
            invoices=self.invoices,
            balances=self.balances,
            group_names=self.group_names,
            colours=self.colours,
        )

    def start_query(self) -> dict[str, str]:
        return {**({"zero": "show"} if self.invoices.show_zero else {}), **dict(self.start)}

    def claims(self) -> dict[str, Any]:
        """The shortest ``opt`` that reads back as this; {} when nothing is fixed."""
        parts = {
            "hidden": sorted(self.hidden),
            **_bound_claims(self.bounds),
            "export": self.export,
            "invoices": _invoice_claims(self.invoices),
            "balances": _set({"credit_type_id": self.balances.credit_type_id, "hide_names": self.balances.hide_names}),
            "group_names": {one.key: _set({"name": one.name, "values": dict(one.values)}) for one in self.group_names},
            "colours": dict(self.colours),
            "start": dict(self.start),
        }
        return _set(parts)


def _set(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not set. False is the default of every flag."""
    return {name: value for name, value in parts.items() if value}


def _bound_claims(bounds: Bounds) -> dict[str, Any]:
    return {
        "earliest": bounds.earliest.isoformat() if bounds.earliest else None,
        "latest": bounds.latest.isoformat() if bounds.latest else None,
        "max_days": bounds.max_days,
    }


def _invoice_claims(limits: InvoiceLimits) -> dict[str, Any]:
    parts = {
        "contract_id": limits.contract_id,
        "types": sorted(limits.types),
        "statuses": sorted(limits.statuses),
        "show_zero": limits.show_zero,
    }
    return _set(parts) | ({} if limits.billable is None else {"billable": limits.billable})


def read_options(value: object, where: str, *, dashboard: Dashboard) -> Options:
    """``opt`` of a token for ``dashboard``; raises ``Wrong`` for anything that is not known, or that leaves nothing."""
    fields = Fields(value, where)
    options = Options(
        hidden=fields.may("hidden", _names(PANELS[dashboard]), frozenset()),
        bounds=_bounds(fields),
        export=fields.may("export", flag, default=False),
        invoices=fields.may("invoices", _invoices, InvoiceLimits()),
        balances=fields.may("balances", _balances, BalanceLimits()),
        group_names=fields.may("group_names", _group_names, ()),
        colours=fields.may("colours", _colours, ()),
        start=fields.may("start", _start, ()),
    )
    fields.close()
    if not options.panels(dashboard):
        raise Wrong(f"{where}.hidden leaves nothing to show")
    return options


def _names(known: frozenset[str]) -> Any:
    def read(value: object, where: str) -> frozenset[str]:
        found = frozenset(list_of(text, len(known))(value, where))
        if not found <= known:
            raise Wrong(f"{where} should name some of {', '.join(sorted(known))}")
        return found

    return read


def _bounds(fields: Fields) -> Bounds:
    none: date | None = None
    earliest = fields.may("earliest", day, none)
    latest = fields.may("latest", day, none)
    if earliest and latest and latest < earliest:
        raise Wrong(f"{fields.place('latest')} is before earliest")
    some: int | None = None
    return Bounds(earliest=earliest, latest=latest, max_days=fields.may("max_days", whole(1, MAX_DAYS), some))


def _invoices(value: object, where: str) -> InvoiceLimits:
    fields = Fields(value, where)
    either: bool | None = None
    limits = InvoiceLimits(
        contract_id=fields.may("contract_id", identifier, ""),
        types=fields.may("types", _names(TYPES), frozenset()),
        statuses=fields.may("statuses", _names(STATUSES), frozenset()),
        billable=fields.may("billable", flag, either),
        show_zero=fields.may("show_zero", flag, default=False),
    )
    fields.close()
    return limits


def _balances(value: object, where: str) -> BalanceLimits:
    fields = Fields(value, where)
    limits = BalanceLimits(
        credit_type_id=fields.may("credit_type_id", identifier, ""),
        hide_names=fields.may("hide_names", flag, default=False),
    )
    fields.close()
    return limits


def _group_names(value: object, where: str) -> tuple[GroupName, ...]:
    given = objects(value, where)
    if not 0 < len(given) <= MAX_GROUP_KEYS:
        raise Wrong(f"{where} should name 1 to {MAX_GROUP_KEYS} group keys")
    return tuple(_group_name(text(key, where), one, where) for key, one in given.items())


def _group_name(key: str, value: object, where: str) -> GroupName:
    fields = Fields(value, f"{where}.{shown(key)}")
    name = GroupName(key=key, name=fields.may("name", text, ""), values=fields.may("values", value_names, ()))
    fields.close()
    return name


def value_names(value: object, where: str) -> tuple[tuple[str, str], ...]:
    """Raw group values and what they are called."""
    given = objects(value, where)
    if len(given) > MAX_GROUP_VALUES:
        raise Wrong(f"{where} can name at most {MAX_GROUP_VALUES} values")
    return tuple((text(raw, where), text(label, f"{where}.{shown(raw)}")) for raw, label in given.items())


def _colours(value: object, where: str) -> tuple[tuple[str, str], ...]:
    given = objects(value, where)
    if not given or not set(given) <= set(COLOURS):
        raise Wrong(f"{where} should name colours, among them {', '.join(COLOURS[:3])}")
    return tuple((name, colour_value(given[name], f"{where}.{name}")) for name in COLOURS if name in given)


def _start(value: object, where: str) -> tuple[tuple[str, str], ...]:
    given = objects(value, where)
    if not given or not set(given) <= set(EDITABLE):
        raise Wrong(f"{where} should name what a viewer can change: {', '.join(EDITABLE)}")
    return tuple((name, text(given[name], f"{where}.{name}")) for name in EDITABLE if name in given)


def refuse_locked(names: Iterable[str]) -> None:
    """Raise ``BadQuery`` (400) when ``names``, of a query or a body, hold something that only the token may say."""
    for name in names:
        if name.lower() in LOCKED:
            raise BadQuery(f"{shown(name)} is fixed by the link; it cannot be sent along.")


def refuse_locked_query(search: str) -> None:
    """``refuse_locked`` for a query string, with or without its question mark."""
    refuse_locked(name for name, _ in parse_qsl(search.removeprefix("?"), keep_blank_values=True, errors="replace"))
