"""The keys that signed assertions are checked with: a set in a file, or one fetched from the address in the settings
and nowhere else, whatever a token says (reliability-security design, 4.3)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from access.denied import Denied, Reason
from access.strict import Wrong, strict_json
from access.watched import Watched
from data.clock import Clock
from data.events import Channel, emit

REFRESH, BETWEEN, BETWEEN_FIRST, LAST_GOOD = 3600.0, 300.0, 10.0, 24 * 3600.0  # seconds
CONNECT, READ, TOTAL, MAX_BYTES, CHUNK = 3.0, 5.0, 10.0, 256 * 1024, 16 * 1024
MIN_RSA_BITS = 2048

# Which keys an algorithm takes: the kind, and the curve where it has one.
ALGORITHMS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", frozenset({""}))),
    "ES256": ("EC", frozenset({"P-256"})),
    "ES384": ("EC", frozenset({"P-384"})),
    "ES512": ("EC", frozenset({"P-521"})),
    "EdDSA": ("OKP", frozenset({"Ed25519", "Ed448"})),
}
_KINDS = {kind for kind, _ in ALGORITHMS.values()}
_OF_KIND = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}  # any that reads such a key


@dataclass(frozen=True, kw_only=True)
class VerifyingKey:
    """A public key, and what the set says about it; ``algorithm`` is empty where it says nothing."""

    key: Any = field(repr=False)
    kind: str
    curve: str
    algorithm: str

    def suits(self, algorithm: str) -> bool:
        kind, curves = ALGORITHMS[algorithm]
        return self.kind == kind and self.curve in curves and self.algorithm in ("", algorithm)


Keys = Mapping[str, VerifyingKey]


class KeySource(Protocol):
    def key(self, kid: str) -> VerifyingKey | None:
        """The key of this id, None where there is none; raises ``Denied`` while there are no keys to go by."""
        ...


def parse_keys(raw: bytes) -> Keys:
    """A key set by key id; raises ``Wrong``. What is not for checking signatures with is left out."""
    found = strict_json(raw)
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Wrong("it is no set of keys")
    usable = [one for one in listed if one.get("kty") in _KINDS and one.get("use", "sig") == "sig" and _kid(one)]
    if any("d" in one for one in usable):
        raise Wrong("it holds a private key")
    if len({_kid(one) for one in usable}) < len(usable):
        raise Wrong("it has a key id twice")
    read = {_kid(one): _read(one) for one in usable}
    keys = {kid: key for kid, key in read.items() if key is not None}
    if not keys:
        raise Wrong("it has no key that can be used")
    return keys


def _kid(one: dict[str, Any]) -> str:
    kid = one.get("kid")
    return kid if isinstance(kid, str) else ""


def _read(one: dict[str, Any]) -> VerifyingKey | None:
    """None for a key that cannot be read or is too weak; the others of its set stay good."""
    kind = one["kty"]
    try:
        key = jwt.PyJWK.from_dict(one, algorithm=_OF_KIND[kind]).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        return None
    curve = one.get("crv", "") if kind != "RSA" else ""
    return VerifyingKey(key=key, kind=kind, curve=str(curve), algorithm=str(one.get("alg", "")))


@dataclass(frozen=True)
class FileKeys:
    """The set in a file that is read again when it changes."""

    file: Watched[Keys]

    def key(self, kid: str) -> VerifyingKey | None:
        return self.file.current().get(kid)


class FetchedKeys:
    """The set at an address. Fetched when first wanted and once an hour, and sooner for a key id that is not known, but
    never twice in five minutes; a set that cannot be renewed is good for a day."""

    def __init__(self, fetch: Callable[[], bytes], clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._keys: Keys = {}
        self._fetched: float | None = None
        self._tried: float | None = None

    def key(self, kid: str) -> VerifyingKey | None:
        self._renew(REFRESH)
        if kid not in self._keys:
            self._renew(BETWEEN)
        if self._age() > LAST_GOOD:
            raise Denied(Reason.NO_KEYS, status=503)
        return self._keys.get(kid)

    def _age(self) -> float:
        return float("inf") if self._fetched is None else self._clock.monotonic() - self._fetched

    def _renew(self, older_than: float) -> None:
        """Fetch a set that is older than this, unless that was tried a moment ago. Whoever has a set does not wait for
        somebody else's attempt."""
        if self._age() < older_than or not self._may_try():
            return
        if not self._lock.acquire(blocking=self._fetched is None):
            return
        try:
            if self._age() >= older_than and self._may_try():
                self._tried = self._clock.monotonic()
                self._take()
        finally:
            self._lock.release()

    def _may_try(self) -> bool:
        pause = BETWEEN_FIRST if self._fetched is None else BETWEEN
        return self._tried is None or self._clock.monotonic() - self._tried >= pause

    def _take(self) -> None:
        try:
            self._keys = parse_keys(self._fetch())
            self._fetched = self._tried
        except (requests.RequestException, OSError, Wrong) as error:
            why = str(error) if isinstance(error, Wrong) else type(error).__name__
            emit(Channel.APP, "keys_not_fetched", level=logging.ERROR, why=why)


def fetch_keys(url: str, clock: Clock) -> bytes:
    """What is at ``url``, answered there and then: no redirect is followed, no long answer read to its end."""
    until = clock.monotonic() + TOTAL
    with requests.get(url, timeout=(CONNECT, READ), allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise Wrong(f"the answer was {answer.status_code}")
        body = bytearray()
        for piece in answer.iter_content(CHUNK):
            body += piece
            if len(body) > MAX_BYTES or clock.monotonic() > until:
                raise Wrong("the answer was too long, or took too long")
    return bytes(body)
