"""The closed sets that tokens, keys and requests pick from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Dashboard(StrEnum):
    """What can be embedded. The first three carry Metronome's names."""

    INVOICES = "invoices"
    USAGE = "usage"
    COMMITS_AND_CREDITS = "commits_and_credits"
    SPEND = "spend"
    ACCOUNT = "account"


class Theme(StrEnum):
    LIGHT = "light"
    DARK = "dark"


PANELS: Final[Mapping[Dashboard, frozenset[str]]] = MappingProxyType(
    {
        Dashboard.INVOICES: frozenset({"invoices"}),
        Dashboard.USAGE: frozenset({"usage"}),
        Dashboard.COMMITS_AND_CREDITS: frozenset({"burn", "balances", "expiring", "obligations"}),
        Dashboard.SPEND: frozenset({"spend"}),
        Dashboard.ACCOUNT: frozenset({"headline", "usage", "spend", "burndown", "invoices"}),
    }
)

COLOURS: Final = (
    "Gray_dark", "Gray_medium", "Gray_light", "Gray_extralight", "White", "Primary_medium", "Primary_light",
    *(f"UsageLine_{number}" for number in range(10)),
    "Primary_green", "Primary_red", "Progress_bar", "Progress_bar_background", "Action", "Action_hover",
)  # fmt: skip

STATUSES: Final = frozenset({"DRAFT", "FINALIZED", "VOID"})
TYPES: Final = frozenset({"USAGE", "SCHEDULED", "USAGE_CONSOLIDATED"})

# What a viewer may change inside the bounds: the keys of a page's query that an embed reads. A token's ``start`` sets
# where they begin. No receipts in embeds, hence no ``receipt``.
EDITABLE: Final = (
    "range", "from", "to", "window", "metric", "group", "spend_by", "currency", "view", "chart", "top", "table",
    "unit", "status", "zero", "open",
)  # fmt: skip

# What only a token may say. The claims, and the names that somebody who means them would use.
LOCKED: Final = frozenset(
    {
        "iss", "aud", "sub", "iat", "exp", "nbf", "jti", "kid", "cus", "dash", "max", "opt", "theme", "locale", "tz",
        "customer", "customer_id", "customers", "account", "dashboard", "viewer", "hidden", "panels", "bounds",
        "earliest", "latest", "max_days", "export", "invoices", "contract_id", "types", "statuses", "billable",
        "show_zero", "balances", "credit_type_id", "hide_names", "group_names", "colours", "colors", "start",
        "origins", "scope", "session", "token",
    }
)  # fmt: skip
