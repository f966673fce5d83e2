"""Plain identity headers: worth something only from the proxy's own connection and with the proxy's secret beside them
(reliability-security design, 4.3)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from access.denied import Denied, Reason
from access.headers import SECRET_HEADER, email, groups, single
from access.identified import Person
from access.peer import Peer
from access.watched import Watched
from data.settings import Secret

MIN_SECRET_BYTES, MAX_SECRETS = 32, 2
FAMILIES: Final = {"x-forwarded": "X-Forwarded", "x-auth-request": "X-Auth-Request"}


def parse_secrets(raw: bytes) -> tuple[Secret, ...]:
    """One or two lines, each a secret; raises ``ValueError``. Two while one takes over from the other."""
    try:
        lines = [line.strip() for line in raw.decode("ascii").splitlines() if line.strip()]
    except UnicodeDecodeError:
        raise ValueError("it holds letters that no header can carry") from None
    if not 1 <= len(lines) <= MAX_SECRETS:
        raise ValueError("it should hold one secret, or two during a change, each on a line of its own")
    if any(len(line) < MIN_SECRET_BYTES or not line.isprintable() for line in lines):
        raise ValueError(f"a secret in it is shorter than {MIN_SECRET_BYTES} characters")
    return tuple(map(Secret, lines))


@dataclass(frozen=True, kw_only=True)
class PlainHeaders:
    """``family`` is what the names of the headers begin with. Without ``secrets`` only a Unix socket is believed."""

    family: str
    peer: Peer
    secrets: Watched[tuple[Secret, ...]] | None

    def identify(self, environ: Mapping[str, Any]) -> Person:
        if not self.peer.is_proxy(environ):
            raise Denied(Reason.UNTRUSTED_PEER, status=401)
        if not self._knows_secret(environ):
            raise Denied(Reason.BAD_SECRET, status=401)
        address = single(environ, f"{self.family}-Email")
        if not address:
            raise Denied(Reason.NO_IDENTITY, status=401)
        listed = single(environ, f"{self.family}-Groups")
        names = [name.strip() for name in listed.split(",")]
        return Person(email=email(address), groups=groups(name for name in names if name))

    def _knows_secret(self, environ: Mapping[str, Any]) -> bool:
        """Every secret is compared, whichever is right, so that the time tells nothing."""
        if self.secrets is None:
            return self.peer.socket and environ.get("REMOTE_ADDR") == ""
        given = single(environ, SECRET_HEADER).encode()
        found = [hmac.compare_digest(given, secret.reveal().encode()) for secret in self.secrets.current()]
        return any(found)
