"""The lines that tell afterwards who was let in and who was not: one each for a denial, a mint, an export and the
opening of an embed. No token and no name is in them; a hash tells people apart (reliability-security design, S38).
"""

from __future__ import annotations

import hashlib
import logging

from data.events import Channel, Field, emit
from data.query_values import is_id

SUBJECT_CHARS = 16


def hashed(subject: str) -> str:
    """``subject`` as it stands in the log: the same on every replica and after a restart; empty stays empty."""
    if not subject:
        return ""
    return hashlib.blake2b(
        subject.encode("utf-8", "replace"), digest_size=SUBJECT_CHARS // 2, person=b"burnboard"
    ).hexdigest()


def denied(reason: str, *, subject: str = "", customer: str = "", status: int = 403, route: str = "") -> None:
    """Somebody did not get what they asked for. Loud enough to be written on one's own machine too."""
    _tell("denied", subject, customer, level=logging.WARNING, reason=reason, status=status, route=route)


def minted(*, subject: str, customer: str, dashboard: str, kid: str, link: str = "", via: str = "") -> None:
    """A link was signed. ``link`` is its ``jti``; ``via`` is the way it was asked for."""
    _tell("minted", subject, customer, dashboard=dashboard, kid=kid, link=hashed(link), via=via)


def exported(*, subject: str, customer: str, file: str, kind: str = "", invoice: str = "") -> None:
    """A file was handed out. ``invoice`` is the id of the one whose document it is."""
    _tell("exported", subject, customer, file=file, kind=kind, invoice=account(invoice))


def opened(*, subject: str, customer: str, dashboard: str, kid: str, link: str = "", renewed: bool = False) -> None:
    """An embed was opened, or went on for another while."""
    _tell("opened", subject, customer, dashboard=dashboard, kid=kid, link=hashed(link), renewed=renewed)


def account(customer: str) -> str:
    """An id is told; anything else that stood in its place is not repeated."""
    return customer if is_id(customer) else ""


def _tell(event: str, subject: str, customer: str, *, level: int = logging.INFO, **more: Field) -> None:
    emit(Channel.AUDIT, event, level=level, subject=hashed(subject), customer=account(customer), **more)
