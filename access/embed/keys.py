"""The key ring: who may sign links to embeds, for which accounts and dashboards, and which pages may frame them.

One record fixes one algorithm; a token's header never chooses (reliability-security design, 4.4). The files that a
record names are read together with the ring: a new secret is a new key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from access.denied import Reason
from access.embed.fields import (
    Fields,
    Reader,
    customer,
    instant,
    list_of,
    matching,
    objects,
    one_of,
    some_or_all,
    text,
    whole,
)
from access.embed.key_files import Algorithm, material_mark, read_file, read_public, read_secret, read_signing
from access.embed.names import Dashboard
from access.strict import Wrong, document
from data.scope import ALL, All, Customers

MAX_KEYS, MAX_CUSTOMERS, MAX_ORIGINS = 200, 50_000, 50
KID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
RESERVED: Final = frozenset({"accounts", "assets"})  # stand where a key's id stands in an address
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
T = TypeVar("T")


class Status(StrEnum):
    """``retiring`` keys still open links, but this app signs no new ones with them."""

    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


class Replay(StrEnum):
    """How often one link opens a frame: several times while it lives, or exactly once."""

    WINDOW = "window"
    ONCE = "once"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One record of the ring. ``verifying`` and ``signing`` are what PyJWT takes; ``signing`` is None for a key whose
    private half the host keeps."""

    kid: str
    algorithm: Algorithm
    verifying: Any = field(repr=False)
    signing: Any = field(repr=False)
    customers: Customers
    dashboards: frozenset[Dashboard] | All
    origins: tuple[str, ...]
    issuer: str
    status: Status = Status.ACTIVE
    not_before: datetime | None = None
    not_after: datetime | None = None
    revoked_before: datetime | None = None
    replay: Replay = Replay.WINDOW

    def opens(self, dashboard: str) -> bool:
        return self.dashboards is ALL or dashboard in self.dashboards

    def covers(self, customer_id: str) -> bool:
        return self.customers is ALL or customer_id in self.customers

    def signs_now(self, now: datetime) -> bool:
        """Whether this app signs new links with the key at ``now``."""
        return self.signing is not None and self.status is Status.ACTIVE and self.is_live(now)

    def is_live(self, now: datetime) -> bool:
        """Whether the key is to be used at all at ``now``."""
        began = self.not_before is None or self.not_before <= now
        ended = self.not_after is not None and self.not_after <= now
        return self.status is not Status.REVOKED and began and not ended


@dataclass(frozen=True, kw_only=True)
class Ring:
    """All keys by their id, and the accounts whose links are void when issued before an instant, under any key.
    ``files`` is what the files of the keys held when this was read."""

    keys: Mapping[str, Key]
    revoked_before: Mapping[str, datetime] = field(default_factory=dict)
    files: Mapping[Path, bytes] = field(default_factory=dict, repr=False)

    def refuses(self, key: Key, *, customer_id: str, dashboard: str, issued_at: int, now: datetime) -> Reason | None:
        """Why nothing that ``key`` signed at ``issued_at`` opens ``dashboard`` of the account; None when it does. Asked
        for links, for renewals and for every request of a session, so that a revocation ends what is running."""
        if not key.is_live(now):
            return Reason.EMBED_KEY
        if not key.covers(customer_id) or not key.opens(dashboard):
            return Reason.EMBED_NOT_COVERED
        limits = (key.revoked_before, self.revoked_before.get(customer_id))
        if any(limit is not None and issued_at < limit.timestamp() for limit in limits):
            return Reason.EMBED_REVOKED
        return None


def parse_ring(raw: bytes, path: Path) -> Ring:
    """The ring in the file at ``path``; files of keys stand beside it. Raises ``Wrong``."""
    files, fields = _Files(path.parent), Fields(document(raw, path.name), "")
    fields.need("version", whole(1, 1))
    records = fields.need("keys", objects)
    nobody: dict[str, Any] = {}
    revoked = fields.may("revoked_before", objects, nobody)
    fields.close()
    if not 0 < len(records) <= MAX_KEYS:
        raise Wrong(f"keys should hold 1 to {MAX_KEYS} keys")
    keys = {kid_at(kid, "keys"): _key(kid, record, files) for kid, record in records.items()}
    _refuse_shared(keys)
    return Ring(keys=keys, revoked_before=_revoked(revoked), files=files.read)


def _revoked(given: Mapping[str, Any]) -> dict[str, datetime]:
    """By account. One that stands there in two spellings is refused: the later would undo the earlier."""
    found = {customer(one, "revoked_before"): instant(when, f"revoked_before.{one}") for one, when in given.items()}
    if len(found) < len(given):
        raise Wrong("revoked_before has an account twice, in small and large letters")
    return found


class _Files:
    """The files in one folder, each remembered as it was read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read: dict[Path, bytes] = {}

    def holding(self, take: Callable[[bytes, str], T]) -> Reader[T]:
        """What ``take`` makes of the file that a member names."""

        def read(value: object, where: str) -> T:
            path = self._folder / text(value, where)
            self.read[path] = read_file(path, where)
            return take(self.read[path], where)

        return read


def kid_at(value: object, where: str) -> str:
    kid = matching(KID, "a key's id of up to 64 letters, digits, dots, dashes and underscores")(value, where)
    if kid in RESERVED:
        raise Wrong(f"{where} has a key's id that is taken by an address of the app")
    return kid


def _key(kid: str, record: object, files: _Files) -> Key:
    fields = Fields(record, f"keys.{kid}")
    algorithm = fields.need("alg", one_of(Algorithm))
    verifying, signing = _material(fields, algorithm, files)
    none: datetime | None = None
    key = Key(
        kid=kid,
        algorithm=algorithm,
        verifying=verifying,
        signing=signing,
        customers=fields.need("customers", some_or_all(customer, MAX_CUSTOMERS)),
        dashboards=fields.need("dashboards", some_or_all(one_of(Dashboard), len(Dashboard))),
        origins=fields.need("origins", list_of(origin, MAX_ORIGINS)),
        issuer=fields.may("issuer", text, kid),
        status=fields.need("status", one_of(Status)),
        not_before=fields.may("not_before", instant, none),
        not_after=fields.may("not_after", instant, none),
        revoked_before=fields.may("revoked_before", instant, none),
        replay=fields.may("replay", one_of(Replay), Replay.WINDOW),
    )
    fields.close()
    return key


def _material(fields: Fields, algorithm: Algorithm, files: _Files) -> tuple[Any, Any]:
    """What verifies and what signs. An HMAC secret does both; of the others the private half may be elsewhere."""
    if algorithm is Algorithm.HS256:
        secret = fields.need("secret_file", files.holding(read_secret))
        return secret, secret
    public = fields.need("public_key_file", files.holding(partial(read_public, algorithm)))
    return public, fields.may("private_key_file", files.holding(partial(read_signing, algorithm, public)), None)


def _refuse_shared(keys: Mapping[str, Key]) -> None:
    """One secret under two ids would let a revoked key live on under its other name."""
    seen: dict[bytes, str] = {}
    for key in keys.values():
        mark = material_mark(key.verifying)
        if mark in seen:
            raise Wrong(f"keys.{key.kid} has the key material of keys.{seen[mark]}; every key needs its own")
        seen[mark] = key.kid


_origin = matching(
    r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?",
    "an origin such as https://portal.example.com, without a path and without *",
)


def origin(value: object, where: str) -> str:
    """A page's origin exactly as browsers write it: ``https://host`` or ``https://host:port`` in small letters."""
    written = _origin(value, where)
    scheme, _, host = written.partition("://")
    try:
        port = urlsplit(written).port
    except ValueError:
        port = 0
    name = host.removesuffix(f":{port}") if port else host
    if port in {0, 443 if scheme == "https" else 80}:
        raise Wrong(f"{where} should leave out the port that goes without saying")
    if scheme == "http" and name not in LOOPBACK:
        raise Wrong(f"{where} should begin with https:// unless it is on this machine")
    return written
