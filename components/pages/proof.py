"""The proof page: every check of the account's books over the range."""

from __future__ import annotations

from dash import html

from components import ids
from components.panel import panel
from components.slots import PROOF


def proof_page() -> list[html.Section]:
    return [
        panel(
            PROOF,
            title="Proof",
            help_text="Do invoices, usage, ledgers and balances agree? Every difference of these days, and its cause.",
            files={PROOF.csv: "Proof CSV", ids.part("proof", "json"): "Proof JSON"},
        )
    ]
