"""S6: signed assertions are verified whole: for each preset, everything that is wrong in one way is refused, and what
is right in every way is taken."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from access.denied import Denied
from access.jwks import FetchedKeys, parse_keys
from access.signed import DAY, PRESETS, QUARTER_HOUR, Assertions
from data.settings import Identity
from tests.rows.identities import ANA, START, Issuer, MovedClock, environ_of, part

NOW = int(START.timestamp())
SIGNED = [one for one in Identity if one is not Identity.PLAIN]


def issuer_of(identity: Identity, **more: Any) -> Issuer:
    return Issuer(algorithm=PRESETS[identity].algorithms[0], **more)


class Asked:
    """A key set's address: counts how often it is fetched."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer, self.count = issuer, 0

    def __call__(self) -> bytes:
        self.count += 1
        return self.issuer.jwks()


def assertions(identity: Identity, clock: MovedClock | None = None, asked: Asked | None = None) -> Assertions:
    issuer, clock = issuer_of(identity), clock or MovedClock()
    keys = FetchedKeys(asked or Asked(issuer), clock)
    return Assertions(preset=PRESETS[identity], issuer=issuer.name, audience=issuer.audience, keys=keys, clock=clock)


def sent(found: Assertions, token: str) -> dict[str, Any]:
    lead = "Bearer " if found.preset.header == "Authorization" else ""
    return environ_of(**{found.preset.header.replace("-", "_"): lead + token})


def hmac_with_public_key(issuer: Issuer) -> str:
    """The public key taken for a shared secret."""
    pem = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    kind = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    message = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': issuer.kid})}.{part(issuer.claims())}".encode()
    return f"{message.decode()}.{part(kind.sign(message, pem))}"


def doubled(issuer: Issuer, where: str) -> str:
    header = json.dumps({"alg": issuer.algorithm, "typ": "JWT", "kid": issuer.kid})
    claims = json.dumps(issuer.claims())
    twice = {
        "header": (header[:-1] + ', "kid": "k1"}', claims),
        "claims": (header, claims[:-1] + f', "email": "{ANA}"}}'),
    }
    return issuer.sign(*(text.encode() for text in twice[where]))


def bad_tokens(issuer: Issuer, life: int) -> dict[str, str]:
    """Each wrong in one way. ``life``: the longest that the preset takes."""
    good, other = issuer.token(), issuer_of_kid(issuer, "k2")
    header, claims, signature = good.split(".")
    rsa = issuer.algorithm == "RS256"
    return {
        "none": f"{part({'alg': 'none', 'kid': issuer.kid})}.{claims}.",
        "none with a signature": f"{part({'alg': 'none', 'kid': issuer.kid})}.{claims}.{signature}",
        "hmac with the public key": hmac_with_public_key(issuer),
        "another algorithm": issuer_of_kid(issuer, "k1", algorithm="ES256" if rsa else "RS256").token(),
        "another audience": issuer.token(aud="https://other.example"),
        "no audience": issuer.token(aud=None),
        "a list of audiences": issuer.token(aud=[issuer.audience, "https://other.example"]),
        "an empty list of audiences": issuer.token(aud=[]),
        "another issuer": issuer.token(iss=issuer.name + "/"),
        "no issuer": issuer.token(iss=None),
        "expired": issuer.token(iat=NOW - 200, exp=NOW - 31),
        "no end": issuer.token(exp=None),
        "an end in words": issuer.token(exp=str(NOW + 60)),
        "an end in a fraction": issuer.token(exp=NOW + 60.5),
        "an end that is true": issuer.token(exp=True),
        "no beginning": issuer.token(iat=None),
        "issued in the future": issuer.token(iat=NOW + 31),
        "not yet": issuer.token(nbf=NOW + 31),
        "not yet in words": issuer.token(nbf="soon"),
        "too long a life": issuer.token(exp=NOW + life + 1),
        "an end before its beginning": issuer.token(iat=NOW, exp=NOW - 1),
        "an unknown key": other.token(),
        "another's key under a known id": other.token(headers={"kid": issuer.kid}),
        "no key id": issuer.token(headers={"kid": None}),
        "a key id that is a number": issuer.token(headers={"kid": 1}),
        "jku": issuer.token(headers={"jku": "https://evil.example/jwks"}),
        "x5u": issuer.token(headers={"x5u": "https://evil.example/cert"}),
        "jwk": other.token(headers={"kid": issuer.kid, "jwk": other.jwk()}),
        "crit": issuer.token(headers={"crit": ["exp"]}),
        "unencoded": issuer.token(headers={"b64": False, "crit": ["b64"]}),
        "a member of the header twice": doubled(issuer, "header"),
        "a claim twice": doubled(issuer, "claims"),
        "another type": issuer.token(headers={"typ": "at+jwt"}),
        "a type that is a list": issuer.token(headers={"typ": ["JWT"]}),
        "cut short": good[:-10],
        "without its signature": f"{header}.{claims}.",
        "changed claims": f"{header}.{part(issuer.claims(email='ben@acme.example'))}.{signature}",
        "padded": good + "=",
        "four parts": good + ".x",
        "two tokens": f"{good},{good}",
        "long": issuer.token(filler="x" * 9000),
        "claims that are a list": issuer.sign(json.dumps({"alg": issuer.algorithm, "kid": "k1"}).encode(), b"[]"),
        "an address that nobody checked": issuer.token(email_verified=False),
        "no address": issuer.token(email=None),
        "two addresses": issuer.token(email=f"{ANA},ben@acme.example"),
        "groups that are a text": issuer.token(groups="leads,all") if life == DAY else issuer.token(aud=None),
        "nothing": "",
        "noise": "x",
    }  # fmt: skip


def status_of(found: Assertions, token: str) -> int:
    try:
        found.identify(sent(found, token))
    except Denied as denied:
        return denied.status
    return 200


def issuer_of_kid(issuer: Issuer, kid: str, **more: Any) -> Issuer:
    return Issuer(**{"algorithm": issuer.algorithm, "kid": kid, **more})


@pytest.mark.parametrize("identity", SIGNED)
def test_s06_everything_that_is_wrong_in_one_way_is_refused(identity: Identity) -> None:
    found, issuer = assertions(identity), issuer_of(identity)
    bad = bad_tokens(issuer, PRESETS[identity].max_life)
    assert len(bad) >= 24
    assert {name: status_of(found, token) for name, token in bad.items()} == dict.fromkeys(bad, 401)


@pytest.mark.parametrize("identity", SIGNED)
def test_s06_a_hundred_good_ones_are_taken(identity: Identity) -> None:
    found, issuer = assertions(identity), issuer_of(identity)
    life = PRESETS[identity].max_life
    edges: list[dict[str, Any]] = [
        {}, {"exp": NOW - 30, "iat": NOW - 100}, {"iat": NOW + 30}, {"nbf": NOW + 30}, {"exp": NOW + life},
        {"email": ANA.upper()}, {"email_verified": True}, {"sub": "1", "extra": {"a": [1]}},
        {"aud": [issuer.audience]} if PRESETS[identity].listed_audience else {}, {"groups": []},
    ]  # fmt: skip
    for number in range(100):
        headers = {"typ": "jwt"} if number % 2 else None
        person = found.identify(sent(found, issuer.token(headers, **edges[number % len(edges)])))
        assert person.email == ANA


def test_s06_only_where_the_audience_comes_in_a_list_may_it_be_one() -> None:
    assert [one for one in SIGNED if PRESETS[one].listed_audience] == [Identity.CLOUDFLARE]
    found, issuer = assertions(Identity.POMERIUM), issuer_of(Identity.POMERIUM)
    with pytest.raises(Denied):
        found.identify(sent(found, issuer.token(aud=[issuer.audience])))


def test_s06_lives_are_as_the_design_says() -> None:
    assert {one: PRESETS[one].max_life for one in SIGNED} == {
        Identity.POMERIUM: QUARTER_HOUR,
        Identity.CLOUDFLARE: QUARTER_HOUR,
        Identity.IAP: QUARTER_HOUR,
        Identity.OIDC: DAY,
    }


@pytest.mark.parametrize("identity", SIGNED)
def test_s06_a_thousand_unknown_keys_fetch_the_set_once_in_five_minutes(identity: Identity) -> None:
    clock, asked = MovedClock(), Asked(issuer_of(identity))
    found = assertions(identity, clock, asked)
    _, claims, signature = issuer_of(identity).token().split(".")
    for number in range(1000):
        other = part({"alg": PRESETS[identity].algorithms[0], "kid": f"u{number}", "typ": "JWT"})
        with pytest.raises(Denied):
            found.identify(sent(found, f"{other}.{claims}.{signature}"))
    assert asked.count == 1
    clock.move(301)
    with pytest.raises(Denied):
        found.identify(
            sent(found, f"{part({'alg': PRESETS[identity].algorithms[0], 'kid': 'u'})}.{claims}.{signature}")
        )
    assert asked.count == 2


def test_s06_the_other_headers_of_a_request_name_nobody() -> None:
    found = assertions(Identity.CLOUDFLARE)
    with pytest.raises(Denied, match="no_identity"):
        found.identify(
            environ_of(Cf_Access_Authenticated_User_Email=ANA, X_Forwarded_Email=ANA, Cookie="CF_Authorization=x")
        )


def test_s06_groups_come_from_the_claim() -> None:
    found, issuer = assertions(Identity.OIDC), issuer_of(Identity.OIDC)
    assert found.identify(sent(found, issuer.token(groups=["leads", "x"]))).groups == {"leads", "x"}
    assert parse_keys(issuer.jwks())


def test_s06_the_settings_say_which_algorithms_and_a_key_that_could_do_more_does_not() -> None:
    """A key set need not name an algorithm; its RSA key could then check six of them."""
    clock, signer = MovedClock(), Issuer(algorithm="RS512", kid="k1")
    bare = {name: value for name, value in signer.jwk().items() if name != "alg"}
    keys = FetchedKeys(lambda: json.dumps({"keys": [bare]}).encode(), clock)
    preset = PRESETS[Identity.CLOUDFLARE]
    found = Assertions(preset=preset, issuer=signer.name, audience=signer.audience, keys=keys, clock=clock)
    assert status_of(found, Issuer(algorithm="RS256", kid="k1").token()) == 200
    assert status_of(found, signer.token()) == 401
