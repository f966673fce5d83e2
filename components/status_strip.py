"""One line below the header that is only there when the service behind the figures is not well: what it does, and what
that means for what is shown. For people who sign in; in an embed the panels' own marks have to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from dash import dcc, html

from components import dates, ids
from data.upstream_state import Level, UpstreamState

WATCH_MS, FOLLOW_MS = 30_000, 5_000  # between two looks: while all is well, and while it is not
WORDS: Final[dict[Level, tuple[str, str]]] = {
    Level.SLOW: ("Metronome answers slowly{about}", "New figures take longer than usual."),
    Level.THROTTLED: ("Metronome asks to slow down{about}", "Some figures come later, or are the last that came."),
    Level.FORBIDDEN: (
        "The token may not read everything in Metronome{about}",
        "What it may not is not shown; whoever runs Burnboard has to give it the right to, or go without.",
    ),
    Level.DOWN: ("Metronome is not answering{about}", "Figures are the last that came."),
    Level.CREDENTIALS: (
        "Metronome does not accept the token",
        "No new figures; whoever runs Burnboard has to renew METRONOME_BEARER_TOKEN.",
    ),
}
# What the endpoints are about, in the words of the pages.
ABOUT: Final[dict[str, str]] = {
    "accounts": "accounts", "account": "accounts", "metrics": "metrics", "metric": "metrics", "usage": "usage",
    "usage_totals": "usage", "breakdowns": "spend", "spend_breakdowns": "spend", "contracts": "contracts",
    "balances": "balances", "net_balance": "balances", "invoices": "invoices", "invoice": "invoices",
    "invoice_pdf": "invoices", "credit_types": "currencies", "embeddable_url": "its dashboards",
}  # fmt: skip
MOST_NAMED = 3


def strip_slot() -> tuple[html.Div, dcc.Interval]:
    """Where the line stands, and what asks for it; it takes no room, so that nothing moves when the line comes."""
    slot = html.Div(id=ids.UPSTREAM_STRIP, className="upstream-slot", role="status", **{"aria-live": "polite"})
    return slot, dcc.Interval(id=ids.UPSTREAM_TICK, interval=WATCH_MS)


def status_strip(state: UpstreamState, *, today: date) -> html.Div | None:
    """The line; None when all is well. The seconds that are left are not read aloud each time that they change."""
    if state.level is Level.OK:
        return None
    what, meaning = WORDS[state.level]
    since = f" (since {dates.instant(state.since, today=today)})" if state.since else ""
    words = [html.Strong(f"{what.format(about=_about(state.families))}{since}."), f" {meaning}"]
    if state.retry_in is not None and state.retry_in >= 1:
        again = f" Asked again in {dates.duration(state.retry_in)}."
        words.append(html.Span(again, **{"aria-hidden": "true"}))
    icon = html.Span("!", className="upstream-icon", **{"aria-hidden": "true"})
    return html.Div([icon, html.P(words)], className=f"upstream-strip is-{state.level}")


def look_again_after(state: UpstreamState) -> int:
    """Milliseconds until the line is asked for again."""
    return WATCH_MS if state.level is Level.OK else FOLLOW_MS


def _about(families: Sequence[str]) -> str:
    """`` about usage and spend``; nothing for all of them, or for too many to name."""
    named = list(dict.fromkeys(ABOUT.get(one, "") for one in families))
    if not named or "" in named or len(named) > MOST_NAMED:
        return ""
    return f" about {' and '.join(filter(None, (', '.join(named[:-1]), named[-1])))}"
