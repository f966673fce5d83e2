"""The words for what is not simply fine: empty, partial, stale, failed, not permitted; and when data is from.

Written for people in customer success. No notice carries an upstream text, an id or an address; texts come from here or
from the safe sentence of a ``SourceError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from dash import html
from dash.development.base_component import Component

from components import dates
from components.manner import manner
from components.names import clean
from data.errors import SourceError
from data.metronome.held_back import Busy, HeldBack, KeptOut, LeftAlone, Resting, TokenRefused


class NoticeKind(StrEnum):
    INFO = "info"
    EMPTY = "empty"
    PARTIAL = "partial"
    STALE = "stale"
    ERROR = "error"
    DENIED = "denied"


class EmptyReason(StrEnum):
    NO_METRICS = "no_metrics"
    NO_USAGE = "no_usage"
    NO_SPEND = "no_spend"
    NO_CREDITS = "no_credits"
    NO_PREPAID = "no_prepaid"
    ACCOUNT_UNKNOWN = "account_unknown"
    NO_ACCOUNTS = "no_accounts"


Words = tuple[str, str]

EMPTY_WORDS: dict[EmptyReason, Words] = {
    EmptyReason.NO_METRICS: ("Nothing is metered", "This account has no billable metric."),
    EmptyReason.NO_USAGE: ("No usage in this range", "Try a longer range, or another metric."),
    EmptyReason.NO_SPEND: ("No spend in this range", "Nothing was billed on these days. Try a longer range."),
    EmptyReason.NO_CREDITS: ("No credits applied in this range", "No commit or credit paid for usage on these days."),
    EmptyReason.NO_PREPAID: (
        "No commits or credits",
        "This account pays as it goes: it bought nothing in advance, so there is nothing to burn down. Its usage goes "
        "on the invoice in full.",
    ),
    EmptyReason.ACCOUNT_UNKNOWN: (
        "No such account",
        "There is no account under this id, or it is not one of yours. Look for it by name above.",
    ),
    EmptyReason.NO_ACCOUNTS: ("No account matches", "Search by name, alias, account id or Salesforce id."),
}

ERROR_WORDS: dict[str, Words] = {
    "not_found": ("Not found", "The billing service has nothing under this id."),
    "credentials": (
        "The connection to billing needs attention",
        "Its token was not accepted. Nothing is wrong with this account; whoever runs Burnboard must renew the token.",
    ),
    "not_allowed": (
        "The connection to billing may not read this",
        "Its token is good for other things. Whoever runs Burnboard has to give it the right to read this.",
    ),
    "unreachable": (
        "The billing service cannot be reached",
        "This part could not be loaded; the others are right. Try again in a minute.",
    ),
    "throttled": ("The billing service asks to slow down", "Too many questions at once. Try again{after}."),
    "out_of_time": ("The billing service took too long", "Try again, or choose a shorter range."),
    "bad_answer": (
        "The billing service sent something that cannot be read",
        "Nothing is shown rather than a wrong figure. If it stays, tell whoever runs Burnboard.",
    ),
    "refused": (
        "The billing service did not accept this question",
        "Try another range or key. If it stays, tell whoever runs Burnboard.",
    ),
}

# Where nothing was asked, so that the service is not blamed for what it did not say.
HELD_BACK_WORDS: dict[type[HeldBack], Words] = {
    Busy: ("Much is being loaded at the moment", "This part waits its turn. Try again{after}."),
    Resting: (
        "The billing service asks to slow down",
        "It named a time before which it wants no question. Try again{after}.",
    ),
    LeftAlone: (
        "The billing service cannot be reached",
        "It failed again and again, so it is left alone for a moment. Try again{after}.",
    ),
    TokenRefused: (
        "The connection to billing needs attention",
        "Its token was not accepted. Whoever runs Burnboard must renew it; it is tried again every 20 seconds, and all "
        "goes on by itself once it is accepted.",
    ),
    KeptOut: (
        "The connection to billing may not read this",
        "Whoever runs Burnboard has to give its token the right to; it is tried again every 20 seconds.",
    ),
}

# In an embed: customers can mend nothing, and are not told what stands behind the product that they look at.
_LATER = ("Temporarily unavailable", "This part cannot be shown right now. Please try again later.")
CUSTOMER_WORDS: dict[str, Words] = {
    "credentials": _LATER,
    "not_allowed": _LATER,
    "bad_answer": _LATER,
    "refused": ("This cannot be shown", "Try another range or group."),
    "throttled": ("Too many requests at once", "Try again{after}."),
    "unreachable": ("Temporarily unavailable", "This part cannot be shown right now. Please try again in a minute."),
    "out_of_time": ("This took too long", "Try again, or choose a shorter range."),
    "not_found": ("Nothing to show", "There is nothing under this id."),
}
CUSTOMER_HELD_BACK_WORDS: dict[type[HeldBack], Words] = {
    Busy: ("Much is being loaded at the moment", "Try again{after}."),
    Resting: ("Temporarily unavailable", "This part cannot be shown right now. Try again{after}."),
    LeftAlone: ("Temporarily unavailable", "This part cannot be shown right now. Try again{after}."),
    TokenRefused: _LATER,
    KeptOut: _LATER,
}

_URGENT = {NoticeKind.ERROR, NoticeKind.DENIED}
_ICONS = {
    NoticeKind.INFO: "i",
    NoticeKind.EMPTY: "∅",
    NoticeKind.PARTIAL: "◐",
    NoticeKind.STALE: "◷",
    NoticeKind.ERROR: "!",
    NoticeKind.DENIED: "⊘",
}


def notice(
    kind: NoticeKind, title: str, text: Sequence[str | Component] = "", *, action: Component | None = None
) -> html.Div:
    """A message in place: spoken at once when something failed, politely otherwise; ``action`` is the next step.
    ``text`` is a text, or clean texts and figures."""
    words = [html.Strong(clean(title, 160), className="notice-title")]
    if text:
        said = clean(text, 400) if isinstance(text, str) else list(text)
        words.append(html.Span(said, className="notice-text"))
    parts: list[Component] = [
        html.Span(_ICONS[kind], className="notice-icon", **{"aria-hidden": "true"}),
        html.Div(words, className="notice-words"),
    ]
    if action is not None:
        parts.append(html.Div(action, className="notice-action"))
    return html.Div(parts, className=f"notice notice-{kind}", role="alert" if kind in _URGENT else "status")


def empty_notice(reason: EmptyReason, *, action: Component | None = None) -> html.Div:
    return notice(NoticeKind.EMPTY, *EMPTY_WORDS[reason], action=action)


def error_notice(error: SourceError, *, action: Component | None = None, reference: str = "") -> html.Div:
    """A failed panel: the cause in plain words and what to do; an unknown code falls back to its safe sentence.
    ``reference``: the id of the request, by which the log tells more."""
    title, text = _words_of(error)
    after = f" in {dates.duration(error.retry_after)}" if (error.retry_after or 0) >= 1 else " in a moment"
    told = text.replace("{after}", after) + (f" Request {reference}." if reference else "")
    return notice(NoticeKind.ERROR, title, told, action=action)


def _words_of(error: SourceError) -> Words:
    """The words of its own kind, else those of its code."""
    codes, kinds = (CUSTOMER_WORDS, CUSTOMER_HELD_BACK_WORDS) if manner().embedded else (ERROR_WORDS, HELD_BACK_WORDS)
    held_back = kinds.get(type(error)) if isinstance(error, HeldBack) else None
    return held_back or codes.get(error.code) or ("This part could not be loaded", error.sentence)


def denied_notice() -> html.Div:
    return notice(
        NoticeKind.DENIED, "Not yours to see", "You have no access to this account. Ask for it to be granted."
    )


def stale_notice(
    error: SourceError, *, fetched_at: datetime, now: datetime, action: Component | None = None
) -> html.Div:
    """An old copy is shown because a new one could not be had."""
    title = f"Shown as of {dates.instant(fetched_at, today=now.date())}, {dates.age(fetched_at, now)}"
    why = "" if manner().embedded else f" {error.sentence}"
    return notice(NoticeKind.STALE, title, f"A newer copy could not be loaded.{why}", action=action)


def partial_notice(
    spans: Sequence[tuple[datetime, datetime]], unavailable: Sequence[str] = (), *, action: Component | None = None
) -> html.Div:
    """Part of the answer is missing: which days, and which things by name. Windows with missing days are left out."""
    missing = [_span_words(start, end) for start, end in spans[:3]]
    if len(spans) > 3:
        missing.append(f"{len(spans) - 3} more spans")
    missing += [clean(name, 60) for name in unavailable]
    left_out = " Totals leave this out, and so every window that it reaches into, which is blank." if spans else ""
    text = f"Could not be loaded: {', '.join(missing)}.{left_out}"
    return notice(NoticeKind.PARTIAL, "Some data is missing", text, action=action)


def filter_notice(problems: Sequence[str]) -> html.Div | None:
    """What the address asked for and did not get; None when all was well."""
    if not problems:
        return None
    return notice(NoticeKind.INFO, "Some choices were adjusted", " ".join(clean(one, 200) for one in problems))


def footer(data_through: datetime, fetched_at: datetime, now: datetime, *, stale: bool = False) -> html.Span:
    """``Data through 14:00 UTC · fetched 14:07 UTC``, or the last whole day; an old copy is marked and says its age."""
    today = now.date()
    whole_days = data_through == dates.midnight_of(data_through)
    through = dates.day(dates.last_day(data_through)) if whole_days else dates.instant(data_through, today=today)
    text = f"Data through {through} · fetched {dates.instant(fetched_at, today=today)}"
    aged = f"{text} ({dates.age(fetched_at, now)})" if stale else text
    return html.Span(aged, className="freshness is-stale" if stale else "freshness")


def _span_words(start: datetime, end: datetime) -> str:
    return dates.window_title(start, end).removesuffix(" (UTC)")
