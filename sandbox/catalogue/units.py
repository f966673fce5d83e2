"""Pricing units: the US dollar in cents, the euro in whole units, and two units that are not money."""

from __future__ import annotations

from sandbox.ids import ident
from sandbox.prices import CreditType

USD = CreditType("2714e483-4ff1-48e4-9e25-ac732e8f24f2", "USD (cents)")
EUR = CreditType(ident("credit-type", "EUR"), "EUR")
RENDER_CREDITS = CreditType(ident("credit-type", "render-credits"), "Render Credits", is_currency=False)
TRAINING_UNITS = CreditType(ident("credit-type", "training-units"), "Training Units", is_currency=False)

CREDIT_TYPES = (USD, EUR, RENDER_CREDITS, TRAINING_UNITS)
