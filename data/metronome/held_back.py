"""Why this process itself would not ask. Each is a kind of what the service would have said, so that panels and
downloads answer as they do to that; ``retry_after`` says when asking is worth it again."""

from __future__ import annotations

from data.errors import CredentialsRejected, NotAllowed, SourceError, Throttled, Unreachable


class HeldBack(SourceError):
    """Nothing was asked."""


class Busy(HeldBack, Throttled):
    """Too much is under way here."""

    sentence = "Too many questions to the billing service are under way here. Please try again in a moment."


class Resting(HeldBack, Throttled):
    """The service named a time before which it wants to hear nothing."""


class LeftAlone(HeldBack, Unreachable):
    """It failed too often just now: the breaker is open."""

    sentence = (
        "The billing service cannot be reached right now. It failed again and again, so it is left alone for a moment; "
        "then it is tried again."
    )


class TokenRefused(HeldBack, CredentialsRejected):
    """It did not accept the token, and would not now."""

    sentence = (
        "The connection to billing needs attention: its token was not accepted. "
        "It is tried again every 20 seconds, and all goes on by itself once it is accepted."
    )


class KeptOut(HeldBack, NotAllowed):
    """It said that the token may not read this, and would say so now."""

    sentence = (
        "The connection to billing may not read this. "
        "It is tried again every 20 seconds, and goes on by itself once it may."
    )
