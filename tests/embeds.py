"""What tests of embeds share: a folder with a key ring of three algorithms, a clock that is moved by hand, and hosts
that sign links with keys of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import yaml
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask import Flask, request

from access.embed.opening import EmbedAccess
from access.embed.setup import open_embed
from data.clock import Clock
from data.settings import Settings
from server.embed_routes import OWN_CHECKS, add_embed_routes
from server.guard import Open, guard_routes
from server.identity import SCOPE, Identity
from server.problems import answer_errors

A, B = "aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"
PUBLIC = "https://billing.example/"
PORTAL = "https://portal.example"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "the-secret-of-key-one-and-no-other-0123456789"


class HandClock(Clock):
    """Both sides of the clock, moved together by hand."""

    def __init__(self, start: datetime = NOON) -> None:
        super().__init__(start)
        object.__setattr__(self, "_passed", [0.0])

    def now(self) -> datetime:
        return (self.fixed or NOON) + timedelta(seconds=self._passed[0])

    def monotonic(self) -> float:
        return self._passed[0]

    def move(self, seconds: float) -> None:
        self._passed[0] += seconds


@dataclass
class Ring:
    """A folder with ``ring.yaml`` and the keys that it names, and what the hosts keep to sign with."""

    folder: Path
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    revoked: dict[str, str] = field(default_factory=dict)
    private: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "ring.yaml"

    def add(self, kid: str, alg: str = "HS256", *, signs: bool = True, **record: Any) -> Ring:
        """One more key; ``signs``: whether this app may mint with it too (of asymmetric ones)."""
        plain = {"alg": alg, "status": "active", "customers": "all", "dashboards": "all", "origins": [PORTAL]}
        self.records[kid] = {**plain, **self._material(kid, alg, signs), **record}
        return self

    def _material(self, kid: str, alg: str, signs: bool) -> dict[str, str]:
        if alg == "HS256":
            self.private[kid] = f"{SECRET}-{kid}".encode()
            (self.folder / f"{kid}.key").write_bytes(self.private[kid] + b"\n")
            return {"secret_file": f"{kid}.key"}
        key = generate_private_key(SECP256R1()) if alg == "ES256" else Ed25519PrivateKey.generate()
        self.private[kid] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (self.folder / f"{kid}.pem").write_bytes(public)
        (self.folder / f"{kid}.private.pem").write_bytes(self.private[kid])
        return {"public_key_file": f"{kid}.pem", **({"private_key_file": f"{kid}.private.pem"} if signs else {})}

    def write(self) -> Ring:
        document = {"version": 1, "keys": self.records}
        self.path.write_text(yaml.safe_dump({**document, **({"revoked_before": self.revoked} if self.revoked else {})}))
        return self

    def settings(self, **env: str) -> Settings:
        return Settings.from_env(
            {
                "BURNBOARD_AUTH": "embed",
                "BURNBOARD_EMBED_KEYS_FILE": str(self.path),
                "BURNBOARD_PUBLIC_URL": PUBLIC,
                **env,
            }
        )

    def open(self, clock: Clock, *, session_seconds: int = 300, **env: str) -> EmbedAccess:
        return open_embed(self.write().settings(**env), clock, session_seconds=session_seconds)


def claims(now: datetime = NOON, **more: Any) -> dict[str, Any]:
    """The claims of a good link to the usage of A, signed with k1; None takes one away."""
    moment = int(now.timestamp())
    plain = {
        "iss": "k1", "aud": PUBLIC, "iat": moment, "exp": moment + 600, "jti": "a-link-that-is-good-1", "cus": A,
        "dash": "usage",
    }  # fmt: skip
    return {name: value for name, value in {**plain, **more}.items() if value is not None}


def link_token(ring: Ring, kid: str = "k1", *, claims: Mapping[str, Any], key: Any = None, **header: Any) -> str:
    """A token as a host would sign it, with whatever header is wanted."""
    alg = ring.records[kid]["alg"] if "alg" not in header else header["alg"]
    payload = json.dumps(dict(claims)).encode()
    headers = {"typ": "embed+jwt", "kid": kid, **header}
    return jwt.PyJWS().encode(payload, key if key is not None else ring.private[kid], alg, headers=headers)


def embed_server(embed: EmbedAccess, *, prefix: str = "/", public_url: str | None = PUBLIC) -> Flask:
    """A bare server with the routes of embeds and one that shows whom a session belongs to."""
    server = Flask("embed", static_folder=None)
    guard_routes(server, {**OWN_CHECKS, "scope": Open.PUBLIC}, home=prefix)
    add_embed_routes(server, embed, prefix=prefix, public_url=public_url)
    server.add_url_rule(f"{prefix}scope", "scope", lambda: repr(request.environ.get(SCOPE)))
    answer_errors(server, prefix)
    server.wsgi_app = Identity(server.wsgi_app, embed.gate, public_url=public_url, keep=("Authorization",))  # type: ignore[method-assign]
    return server


def audit_lines(caplog: Any) -> list[dict[str, Any]]:
    """What the audit log was told, each line with its event."""
    return [
        {"event": one.getMessage(), **vars(one)["fields"]} for one in caplog.records if one.name == "burnboard.audit"
    ]
