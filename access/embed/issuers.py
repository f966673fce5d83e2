"""Bearer keys that may ask this app for links: each with the key of the ring that it signs with, and its accounts and
dashboards. The file holds only digests; the keys themselves are long and random, so that one SHA-256 is enough."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from access.embed.fields import Fields, customer, matching, objects, one_of, some_or_all, whole
from access.embed.keys import MAX_CUSTOMERS, kid_at
from access.embed.names import Dashboard
from access.strict import Wrong, document
from data.scope import ALL, All, Customers

MAX_ISSUERS = 200
PREFIX: Final = "bbi_"
NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"

_name = matching(NAME, "a name of up to 64 letters, digits, dots, dashes and underscores")
_digest = matching(r"[0-9a-f]{64}", "a SHA-256 digest of 64 hexadecimal digits")


@dataclass(frozen=True, kw_only=True)
class Issuer:
    name: str
    digest: str = field(repr=False)
    kid: str
    customers: Customers
    dashboards: frozenset[Dashboard] | All

    def covers(self, customer_id: str) -> bool:
        return self.customers is ALL or customer_id in self.customers

    def opens(self, dashboard: Dashboard) -> bool:
        return self.dashboards is ALL or dashboard in self.dashboards


@dataclass(frozen=True, kw_only=True)
class Issuers:
    by_name: Mapping[str, Issuer]

    def find(self, key: str) -> Issuer | None:
        """Whose ``key`` this is. Every digest is compared, whichever fits."""
        asked = digest_of(key)
        found: Issuer | None = None
        for issuer in self.by_name.values():
            if hmac.compare_digest(issuer.digest, asked):
                found = issuer
        return found

    def lost(self, kids: Collection[str]) -> tuple[Issuer, ...]:
        """Those that sign with none of these keys."""
        return tuple(one for one in self.by_name.values() if one.kid not in kids)


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def new_issuer_key() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def parse_issuers(raw: bytes, path: Path) -> Issuers:
    """The issuers in the file at ``path``; raises ``Wrong``."""
    fields = Fields(document(raw, path.name), "")
    fields.need("version", whole(1, 1))
    records = fields.need("issuers", objects)
    fields.close()
    if not 0 < len(records) <= MAX_ISSUERS:
        raise Wrong(f"issuers should hold 1 to {MAX_ISSUERS} issuers")
    by_name = {_name(name, "issuers"): _issuer(name, record) for name, record in records.items()}
    if len({one.digest for one in by_name.values()}) < len(by_name):
        raise Wrong("issuers has one key under two names")
    return Issuers(by_name=by_name)


def _issuer(name: str, record: object) -> Issuer:
    fields = Fields(record, f"issuers.{name}")
    issuer = Issuer(
        name=name,
        digest=fields.need("sha256", _digest),
        kid=fields.need("kid", kid_at),
        customers=fields.need("customers", some_or_all(customer, MAX_CUSTOMERS)),
        dashboards=fields.need("dashboards", some_or_all(one_of(Dashboard), len(Dashboard))),
    )
    fields.close()
    return issuer
