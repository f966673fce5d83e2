"""Which slots each panel of an account's pages has, by the ids of its parts."""

from __future__ import annotations

from components import ids
from components.panel import PanelIds


def slots(key: str, graph: str | None = None) -> PanelIds:
    """The ids of one panel's slots; a chart always has its rows as a table."""
    return PanelIds(
        key=key,
        section=ids.part(key, "panel"),
        graph=graph,
        notice=ids.part(key, "notice"),
        summary=ids.part(key, "summary"),
        table=ids.part(key, "table") if graph else None,
        main=ids.part(key, "main"),
        csv=ids.part(key, "csv"),
        footer=ids.part(key, "footer"),
        toggle=ids.part(key, "table-toggle") if graph else None,
    )


USAGE = slots("usage", ids.USAGE_CHART)
SPEND = slots("spend", ids.SPEND_CHART)
BURNDOWN = slots("burndown", ids.BURNDOWN_CHART)
BURN = slots("burn", ids.BURN_CHART)
BALANCES, EXPIRING, OBLIGATIONS = slots("balances"), slots("expiring"), slots("obligations")
INVOICES, DRIFT, PROOF = slots("invoices"), slots("drift"), slots("proof")
METRONOME, OWN_EMBED = slots("metronome"), slots("own-embed")
