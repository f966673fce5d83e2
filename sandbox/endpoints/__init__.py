"""One file per resource: which requests exist, what they may carry, and which derived rows answer them."""

from __future__ import annotations

from sandbox.asking import Endpoint
from sandbox.endpoints import balances, contracts, customers, dashboards, invoices, usage

ENDPOINTS: tuple[Endpoint, ...] = (
    *customers.ENDPOINTS,
    *usage.ENDPOINTS,
    *balances.ENDPOINTS,
    *invoices.ENDPOINTS,
    *contracts.ENDPOINTS,
    *dashboards.ENDPOINTS,
)
