"""Metronome's request for an embeddable dashboard, read as what this app's links can say.

The names, values and their meaning are the API's (metronome-api reference, 2.13). Three options have no documented
meaning; here they have the one that their names and the rest of the API suggest. What cannot be honoured is refused,
never passed over: an option that says less than it promises would show more than was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from access.embed.fields import Fields, Reader, customer, list_of_objects, matching, text
from access.embed.names import COLOURS, STATUSES, Dashboard
from access.embed.options import MAX_GROUP_KEYS, Options, identifier, value_names
from access.strict import Wrong
from data.query_values import shown
from data.scope import BalanceLimits, GroupName, InvoiceLimits

LEGACY: Final = {"credits": Dashboard.COMMITS_AND_CREDITS}
START: Final[Mapping[Dashboard, tuple[tuple[str, str], ...]]] = {
    Dashboard.INVOICES: (("range", "last90d"),),
    Dashboard.USAGE: (("range", "last30d"),),
    Dashboard.SPEND: (("range", "last30d"),),
}
WITH_INVOICES: Final = frozenset({Dashboard.INVOICES, Dashboard.ACCOUNT})
WITH_BALANCES: Final = frozenset({Dashboard.COMMITS_AND_CREDITS, Dashboard.ACCOUNT})

_BY_STATUS: Final = {
    "VOID": frozenset({"VOID"}),
    "FINALIZED": frozenset({"FINALIZED"}),
    "DRAFT": frozenset({"DRAFT"}),
    "FINALIZED_AND_DRAFT": frozenset({"FINALIZED", "DRAFT"}),
    "ALL": STATUSES,
}
_BILLABLE: Final[Mapping[str, bool | None]] = {"ALL": None, "BILLABLE": True, "UNBILLABLE": False}
# The guide writes colours in small letters, the API with a capital one.
_COLOURS: Final = {spelling: name for name in COLOURS for spelling in (name, name.lower())}
_hex = matching(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", "a colour such as #ff0000")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a link is wanted for."""

    customer_id: str
    dashboard: Dashboard
    options: Options


def read_asked(body: object) -> Asked:
    """The body of a request; raises ``Wrong``."""
    fields = Fields(body, "")
    asked = Asked(
        customer_id=fields.need("customer_id", customer),
        dashboard=fields.need("dashboard", _dashboard),
        options=replace(
            fields.may("dashboard_options", _options, Options()),
            colours=fields.may("color_overrides", _colours, ()),
            group_names=fields.may("bm_group_key_overrides", _group_names, ()),
        ),
    )
    fields.close()
    return replace(asked, options=_for_dashboard(asked.options, asked.dashboard))


def _for_dashboard(options: Options, dashboard: Dashboard) -> Options:
    """Without what is about other dashboards, as with the original; files may be taken along, as there."""
    return replace(
        options,
        export=True,
        invoices=options.invoices if dashboard in WITH_INVOICES else InvoiceLimits(),
        balances=options.balances if dashboard in WITH_BALANCES else BalanceLimits(),
        start=START.get(dashboard, ()),
    )


def _dashboard(value: object, where: str) -> Dashboard:
    known = {**{str(one): one for one in Dashboard}, **LEGACY}
    if not isinstance(value, str) or value not in known:
        raise Wrong(f"{where} should be one of {', '.join(known)}")
    return known[value]


def _options(value: object, where: str) -> Options:
    found: dict[str, Any] = {}
    for fields in list_of_objects(value, where, most=len(_READ)):
        key = fields.need("key", _option_name)
        if key in found:
            raise Wrong(f"{where} has {key} twice")
        found[key] = fields.need("value", _READ[key])
        fields.close()
    return Options(
        invoices=InvoiceLimits(
            contract_id=found.get("contract_id", ""),
            types=found.get("invoice_type", frozenset()),
            statuses=_statuses(found, where),
            billable=found.get("billable_status_filter"),
            show_zero=found.get("show_zero_usage_line_items", False),
        ),
        balances=BalanceLimits(
            credit_type_id=found.get("credit_ledger_credit_type_id", ""),
            hide_names=found.get("hide_grant_name", False),
        ),
    )


def _statuses(found: Mapping[str, Any], where: str) -> frozenset[str]:
    """Both filters together; empty for every status, those that are still to come included."""
    wanted: frozenset[str] = found.get("invoice_status_filter", STATUSES)
    if found.get("hide_voided_invoices"):
        wanted -= {"VOID"}
    if not wanted:
        raise Wrong(f"{where} asks for void invoices alone and for none of them")
    return frozenset() if wanted == STATUSES else wanted


def _option_name(value: object, where: str) -> str:
    if not isinstance(value, str) or value not in _READ:
        raise Wrong(f"{where} should be one of {', '.join(_READ)}")
    return value


def _switch(value: object, where: str) -> bool:
    if value not in ("true", "false"):
        raise Wrong(f'{where} should be the text "true" or "false"')
    return value == "true"


def _word(known: Mapping[str, Any]) -> Reader[Any]:
    def read(value: object, where: str) -> Any:
        if not isinstance(value, str) or value not in known:
            raise Wrong(f"{where} should be one of {', '.join(known)}")
        return known[value]

    return read


_READ: Final[Mapping[str, Reader[Any]]] = {
    "show_zero_usage_line_items": _switch,
    "contract_id": identifier,
    "invoice_type": _word({"USAGE": frozenset({"USAGE"}), "SCHEDULED": frozenset({"SCHEDULED"})}),
    "invoice_status_filter": _word(_BY_STATUS),
    "hide_voided_invoices": _switch,
    "billable_status_filter": _word(_BILLABLE),
    "hide_grant_name": _switch,
    "credit_ledger_credit_type_id": identifier,
}


def _colours(value: object, where: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for fields in list_of_objects(value, where, most=len(COLOURS)):
        name = fields.need("name", _word(_COLOURS))
        if name in found:
            raise Wrong(f"{where} has {name} twice")
        found[name] = _six_digits(fields.need("value", _hex))
        fields.close()
    return tuple(sorted(found.items(), key=lambda one: COLOURS.index(one[0])))


def _six_digits(colour: str) -> str:
    digits = colour[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def _group_names(value: object, where: str) -> tuple[GroupName, ...]:
    found: dict[str, GroupName] = {}
    for fields in list_of_objects(value, where, most=MAX_GROUP_KEYS):
        key = fields.need("group_key_name", text)
        if key in found:
            raise Wrong(f"{where} has {shown(key)} twice")
        found[key] = GroupName(
            key=key,
            name=fields.may("display_name", text, ""),
            values=fields.may("value_display_names", value_names, ()),
        )
        fields.close()
    return tuple(found.values())
