"""Signed assertions: what Pomerium, Cloudflare Access, Google IAP or an OIDC login put beside a request, verified whole
(reliability-security design, 4.3; the checks that PyJWT does not make by itself are those of finding 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from access.denied import Denied, Reason
from access.headers import email, groups, single
from access.identified import Person
from access.jwks import ALGORITHMS, KeySource
from access.strict import Wrong
from access.tokens import header_of, verified
from data.clock import Clock
from data.settings import Identity

MAX_CHARS, LEEWAY = 8192, 30
QUARTER_HOUR, DAY = 15 * 60, 24 * 3600
MAX_KID = 200
_LEADS_ELSEWHERE = {"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc"}


@dataclass(frozen=True, kw_only=True)
class Preset:
    """What one kind of proxy sends. ``issuer`` and ``keys`` are empty where only the settings can know them; ``keys``
    may name the issuer. ``listed_audience``: the audience comes as a list of one."""

    header: str
    algorithms: tuple[str, ...]
    max_life: int = QUARTER_HOUR
    issuer: str = ""
    keys: str = ""
    email_claim: str = "email"
    groups_claim: str = ""
    listed_audience: bool = False


PRESETS: Final[Mapping[Identity, Preset]] = {
    Identity.POMERIUM: Preset(header="X-Pomerium-Jwt-Assertion", algorithms=("ES256",), groups_claim="groups"),
    Identity.CLOUDFLARE: Preset(
        header="Cf-Access-Jwt-Assertion",
        algorithms=("RS256",),
        keys="{issuer}/cdn-cgi/access/certs",
        listed_audience=True,
    ),
    Identity.IAP: Preset(
        header="X-Goog-IAP-JWT-Assertion",
        algorithms=("ES256",),
        issuer="https://cloud.google.com/iap",
        keys="https://www.gstatic.com/iap/verify/public_key-jwk",
    ),
    Identity.OIDC: Preset(header="Authorization", algorithms=("RS256", "ES256"), max_life=DAY, groups_claim="groups"),
}


@dataclass(frozen=True, kw_only=True)
class Assertions:
    """Reads ``preset.header`` and believes it when one of ``keys`` signed it for ``audience``, a moment ago."""

    preset: Preset
    issuer: str
    audience: str
    keys: KeySource
    clock: Clock

    def identify(self, environ: Mapping[str, Any]) -> Person:
        token = single(environ, self.preset.header)
        if self.preset.header == "Authorization":
            token = token[7:] if token[:7].lower() == "bearer " else ""
        if not token:
            raise Denied(Reason.NO_IDENTITY, status=401)
        try:
            claims = self._verified(token)
        except Wrong:
            raise Denied(Reason.BAD_ASSERTION, status=401) from None
        named = claims.get(self.preset.groups_claim, []) if self.preset.groups_claim else []
        if not isinstance(named, list):
            raise Denied(Reason.ODD_IDENTITY, status=401)
        return Person(email=email(claims.get(self.preset.email_claim)), groups=groups(named))

    def _verified(self, token: str) -> dict[str, Any]:
        """The claims of ``token``; raises ``Wrong`` for whatever is not right with it."""
        algorithm, kid = self._header_of(token)
        key = self.keys.key(kid)
        if key is None or not key.suits(algorithm):
            raise Wrong("no such key")
        claims = verified(token, key.key, algorithm)
        self._check(claims)
        return claims

    def _header_of(self, token: str) -> tuple[str, str]:
        """The algorithm, which must be one of those expected, and the key's id."""
        header = header_of(token, MAX_CHARS)
        if header.keys() & _LEADS_ELSEWHERE:
            raise Wrong("a header that leads elsewhere")
        algorithm, kid, kind = (header.get(name) for name in ("alg", "kid", "typ"))
        if algorithm not in self.preset.algorithms or algorithm not in ALGORITHMS:
            raise Wrong("another algorithm")
        if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
            raise Wrong("no key id")
        if kind is not None and (not isinstance(kind, str) or kind.upper() != "JWT"):
            raise Wrong("another type")
        return str(algorithm), kid

    def _check(self, claims: dict[str, Any]) -> None:
        """Raise ``Wrong`` unless the token is from whom, for whom and from when it should be."""
        audience = claims.get("aud")
        if self.preset.listed_audience and isinstance(audience, list) and len(audience) == 1:
            audience = audience[0]
        if claims.get("iss") != self.issuer or audience != self.audience:
            raise Wrong("for somebody else, or by somebody else")
        issued, ends, begins = claims.get("iat"), claims.get("exp"), claims.get("nbf", 0)
        if type(issued) is not int or type(ends) is not int or type(begins) is not int:
            raise Wrong("without its times")
        now = self.clock.now().timestamp()
        if not 0 < ends - issued <= self.preset.max_life:
            raise Wrong("too long a life")
        if now > ends + LEEWAY or now < max(issued, begins) - LEEWAY:
            raise Wrong("not now")
        if claims.get("email_verified", True) is not True:
            raise Wrong("an address that nobody checked")
