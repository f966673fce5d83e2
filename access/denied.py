"""Why somebody is not let in, in a closed vocabulary, and what decides about it (reliability-security design, 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from data.scope import Scope


class Reason(StrEnum):
    """Why a request was denied, as the audit log and the numbers tell it. Closed: nothing of a request is in it."""

    NO_IDENTITY = "no_identity"
    ODD_IDENTITY = "odd_identity"
    UNTRUSTED_PEER = "untrusted_peer"
    BAD_SECRET = "bad_secret"  # noqa: S105  # a word for the log
    BAD_ASSERTION = "bad_assertion"
    NO_KEYS = "no_keys"
    NO_ACCOUNTS = "no_accounts"
    NO_VALID_FILE = "no_valid_file"
    NOT_LOOPBACK = "not_loopback"
    WRONG_HOST = "wrong_host"
    PROXIED = "proxied"
    NO_START_TOKEN = "no_start_token"  # noqa: S105  # a word for the log
    CROSS_SITE = "cross_site"
    UNCLASSIFIED = "unclassified"
    UNDECIDED = "undecided"
    FAILED = "failed"
    ACCOUNT = "account"
    RIGHT = "right"
    PANEL = "panel"
    DAYS = "days"
    EMBED_TOKEN = "embed_token"  # noqa: S105  # a word for the log
    EMBED_EXPIRED = "embed_expired"
    EMBED_ENDED = "embed_ended"
    EMBED_KEY = "embed_key"
    EMBED_NOT_COVERED = "embed_not_covered"
    EMBED_REVOKED = "embed_revoked"
    EMBED_REPLAYED = "embed_replayed"
    EMBED_STORE = "embed_store"
    ISSUER_KEY = "issuer_key"
    TOO_MANY = "too_many"


class Denied(Exception):
    """Somebody is not let in. ``sentence`` is safe to show; ``subject`` and ``customer`` are for the audit log, where
    the first is hashed."""

    code = "access"

    def __init__(
        self, reason: Reason, sentence: str = "", *, status: int = 403, subject: str = "", customer: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.sentence = sentence or _SENTENCES.get(status, _SENTENCES[403])
        self.subject = subject
        self.customer = customer


_SENTENCES = {
    401: "You are not signed in here.",
    403: "You do not have access to this.",
    404: "There is nothing at this address.",
    429: "That was too often. Please try again in a moment.",
    503: "Access cannot be decided right now. Please try again in a moment.",
}


class Moved(Exception):
    """Let in by something in the address that should not stay there: ask again at ``location``, with ``cookie``, the
    whole of a ``Set-Cookie`` header."""

    def __init__(self, location: str, cookie: str) -> None:
        super().__init__("moved")
        self.location = location
        self.cookie = cookie


class Gate(Protocol):
    """Who asks. Reads the environ as it came from the socket's peer, before anything has rewritten it."""

    def admit(self, environ: Mapping[str, Any]) -> Scope:
        """The scope of whoever asks; raises ``Denied``, or ``Moved`` for a start address."""
        ...
