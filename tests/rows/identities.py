"""Who asks, made up: environs as a server hands them on, issuers of signed assertions with keys of their own, a clock
that is moved by hand, and what the audit log was told meanwhile."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from werkzeug.test import EnvironBuilder

from data.clock import Clock
from data.events import Channel

ANA, BEN = "ana@acme.example", "ben@acme.example"
A, B, C = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
SECRET, OTHER_SECRET = "first-" + "s" * 40, "second-" + "t" * 40
START = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


class MovedClock(Clock):
    """Stands where it is put. ``move`` lets both of its times pass."""

    def __init__(self) -> None:
        object.__setattr__(self, "fixed", START)
        object.__setattr__(self, "_seconds", 1000.0)

    def monotonic(self) -> float:
        return float(self._seconds)  # type: ignore[attr-defined]

    def move(self, seconds: float) -> None:
        object.__setattr__(self, "_seconds", self.monotonic() + seconds)
        object.__setattr__(self, "fixed", self.now() + timedelta(seconds=seconds))

    def sleep(self, seconds: float) -> None:
        self.move(seconds)


def environ_of(path: str = "/", *, method: str = "GET", peer: str | None = "", **headers: str) -> dict[str, Any]:
    """A request as it comes from the socket; header names are written with underscores for dashes. ``peer`` is the
    other end: empty on a Unix socket, None where the server does not say."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = EnvironBuilder(path, method=method, headers=named).get_environ()
    return found if peer is None else {**found, "REMOTE_ADDR": peer}


@cache
def rsa_key(_name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(_name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def part(value: object) -> str:
    """One part of a token: bytes, or a value as JSON, in base64url."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(kw_only=True)
class Issuer:
    """Somebody who signs, with ``key`` under ``kid``."""

    algorithm: str = "ES256"
    kid: str = "k1"
    name: str = "https://login.example"
    audience: str = "https://billing.example"
    now: datetime = START
    life: int = 300
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Any:
        return rsa_key(self.kid) if self.algorithm.startswith("RS") else ec_key(self.kid)

    def jwk(self) -> dict[str, Any]:
        kind = jwt.algorithms.get_default_algorithms()[self.algorithm]
        public = json.loads(kind.to_jwk(self.key.public_key()))
        return {**public, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def jwks(self) -> bytes:
        return json.dumps({"keys": [self.jwk()]}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good ones with ``changes``; a change to None leaves the claim out."""
        at = int(self.now.timestamp())
        good = {"iss": self.name, "aud": self.audience, "iat": at, "exp": at + self.life, "email": ANA, **self.more}
        return {name: value for name, value in {**good, **changes}.items() if value is not None}

    def token(self, headers: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """With whatever header is wanted; a member that is None is left out."""
        named = {"alg": self.algorithm, "typ": "JWT", "kid": self.kid, **(headers or {})}
        kept = {name: value for name, value in named.items() if value is not None}
        return self.sign(json.dumps(kept).encode(), json.dumps(self.claims(**changes)).encode())

    def sign(self, header: bytes, payload: bytes) -> str:
        """A token whose parts are these very bytes, with a good signature."""
        kind = jwt.algorithms.get_default_algorithms()[self.algorithm]
        message = f"{part(header)}.{part(payload)}"
        return f"{message}.{part(kind.sign(message.encode(), self.key))}"


class _Keeping(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = getattr(record, "fields", {})
        self.lines.append({"event": record.getMessage(), **fields})


@contextmanager
def audited(channel: Channel = Channel.AUDIT) -> Iterator[list[dict[str, Any]]]:
    """The lines of ``channel`` while the block runs."""
    logger, handler = logging.getLogger(channel), _Keeping()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
