"""The proof page: every check of the account's books over the range."""

from __future__ import annotations

from callbacks.panels import Panel, panel_parts
from components import ids
from components.panels.proof import draw_proof
from components.slots import PROOF
from data.pages import Page
from data.views.asking import shared
from data.views.proof import proof_view

PANELS = (
    Panel(
        page=Page.PROOF,
        key="proof",
        load=shared(proof_view),
        draw=draw_proof,
        parts=panel_parts(PROOF, files=(PROOF.csv, ids.part("proof", "json"))),
    ),
)
