"""The pages of one account and their addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote


class Page(StrEnum):
    """What follows the account's id in the address."""

    OVERVIEW = ""
    COMMITMENTS = "commitments"
    INVOICES = "invoices"
    PROOF = "proof"
    CUSTOMER_VIEW = "customer-view"


@dataclass(frozen=True)
class Place:
    """One page of one account."""

    customer_id: str
    page: Page


_PLACE: Final = re.compile(r"accounts/([^/]+)(?:/([a-z-]+))?")


def account_path(customer_id: str, page: Page = Page.OVERVIEW) -> str:
    """The address of a page below the prefix, with a leading slash."""
    return f"/accounts/{quote(customer_id)}" + (f"/{page}" if page else "")


def place_of(path: str) -> Place | None:
    """The account and page that ``path`` names (no leading slash, nothing above ``accounts/``); None for neither."""
    found = _PLACE.fullmatch(path)
    if found is None or (found[2] or "") not in tuple(Page):
        return None
    return Place(found[1], Page(found[2] or ""))


def place_at(pathname: str) -> Place | None:
    """``place_of`` for an address as the browser has it, with whatever prefix the app runs under."""
    start = pathname.rfind("/accounts/")
    return None if start < 0 else place_of(pathname[start + 1 :])
