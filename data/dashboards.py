"""Dashboards shown in frames, Metronome's and this app's own: which there are, and what an address must be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from data.errors import BadAnswer, BadQuery
from data.setting_values import Secret


class Dashboard(StrEnum):
    USAGE = "usage"
    INVOICES = "invoices"
    COMMITS_AND_CREDITS = "commits_and_credits"


@dataclass(frozen=True, kw_only=True)
class Framed:
    """A page to be shown in a frame. Its address carries its own credential, so it shows itself in no log and is kept
    nowhere; None where none was given."""

    url: Secret | None


@dataclass(frozen=True, kw_only=True)
class EmbedLink:
    """A link to this app's own embed: whoever has it can open it until then."""

    url: Secret
    good_until: datetime


class NoKey(BadQuery):
    """No key here signs this link."""


def framed(url: str | None, origin: str) -> Framed:
    """``url`` when it belongs to ``origin``, the only one that the content policy of pages lets in; none for none.
    Raises ``BadAnswer``, which repeats none of it."""
    if not url:
        return Framed(url=None)
    if _origin_of(url) != origin:
        raise BadAnswer("embeddable_url: an address that is not of the dashboards' origin")
    return Framed(url=Secret(url))


def _origin_of(url: str) -> str:
    """Scheme and host as a browser would read them; "" for what could be read in two ways."""
    if not url.isascii() or not url.isprintable() or "\\" in url or " " in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"https", "http"} else ""
