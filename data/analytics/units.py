"""Which unit is an amount in, under a label that no other unit of the account has?

Amounts of two credit types are never added (section 3.2 of the Metronome notes), and tables and files tell units apart
by label alone. So when two units would share one (a pricing unit named "USD", two units named "credits"), the currency
keeps it and the others get their id added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pandas as pd

from data.money import QUANTITY_UNIT, Unit, UnitKind, unit_of

QUANTITY_ACCESS = "QUANTITY"
_FIRST = (UnitKind.QUANTITY, UnitKind.CURRENCY, UnitKind.CUSTOM, UnitKind.UNKNOWN)


@dataclass(frozen=True)
class Units:
    """The units of an account by credit type id; made by ``units_of``."""

    is_currency: dict[str, bool]
    names: dict[str, str]

    def resolve(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Unit]:
        """The unit of each (credit type id, name as sent); no two credit types share a label."""
        asked = dict.fromkeys(pairs)
        known = [*self.names.items(), *asked]
        units = {ident or name: unit_of(ident, name, self.is_currency) for ident, name in reversed(known)}
        taken = {QUANTITY_UNIT.label: QUANTITY_UNIT.id}
        for ident in sorted(units, key=lambda one: (_FIRST.index(units[one].kind), one)):
            if taken.setdefault(units[ident].label, ident) != ident:
                units[ident] = replace(units[ident], label=f"{units[ident].label} ({ident})")
        return {(ident, name): units[ident or name] for ident, name in asked}


def units_of(credit_types: pd.DataFrame) -> Units:
    """``Units`` of a CREDIT_TYPES frame; an empty one still knows USD and shows everything else as sent."""
    idents = credit_types["credit_type_id"].tolist()
    return Units(
        is_currency=dict(zip(idents, credit_types["is_currency"].tolist(), strict=True)),
        names=dict(zip(idents, credit_types["name"].tolist(), strict=True)),
    )
