"""Values that can be one identity, and headers that nothing downstream may read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.denied import Denied
from access.headers import (
    FORWARDING_HEADERS,
    IDENTITY_HEADERS,
    can_identify,
    email,
    forwarded,
    groups,
    is_email,
    single,
    strip,
)
from tests.rows.identities import environ_of


@pytest.mark.parametrize("text", ["a@x", "Ana.Lee+x@Acme.example", "a" * 252 + "@x", "o'neil@acme.example"])
def test_an_address_is_taken_in_small_letters(text: str) -> None:
    assert email(text) == text.lower()


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_whatever_is_taken_for_an_address_has_one_at_sign_and_nothing_that_joins_two(text: str) -> None:
    if is_email(text):
        assert text.count("@") == 1
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & {",", " "}


def test_groups_are_few_and_short_and_printable() -> None:
    assert groups(["a", "a", "équipe"]) == {"a", "équipe"}
    for names in (["x"] * 201, ["x" * 257], [""], ["a\n"], [None], ["a", 3]):
        with pytest.raises(Denied) as caught:
            groups(names)
        assert caught.value.status == 401


def test_a_value_with_a_control_character_is_none() -> None:
    environ = environ_of()
    environ["HTTP_X_FORWARDED_EMAIL"] = "a@x\x00"
    with pytest.raises(Denied):
        single(environ, "X-Forwarded-Email")


@pytest.mark.parametrize(
    "header", [*IDENTITY_HEADERS, *FORWARDING_HEADERS, "X-Forwarded-Anything", "X-Pomerium-Claim-X"]
)
def test_every_known_header_is_taken_away_in_every_spelling(header: str) -> None:
    name = "HTTP_" + header.upper().replace("-", "_")
    spelled = (
        name,
        "HTTP_" + header.upper().replace("-", "."),
        "HTTP_" + header,
        name.lower().replace("http_", "HTTP_"),
    )
    environ = environ_of(Accept="text/html") | dict.fromkeys(spelled, "x")
    strip(environ)
    assert not set(spelled) & set(environ)
    assert environ["HTTP_ACCEPT"] == "text/html"


def test_the_settings_of_the_process_and_its_cookies_are_taken_away_and_a_kept_header_stays() -> None:
    more = {"METRONOME_BEARER_TOKEN": "t", "BURNBOARD_X": "x", "HTTP_COOKIE": "a=b", "REMOTE_USER": "r"}
    environ = environ_of(Authorization="Bearer x") | more
    strip(environ, keep=("Authorization",))
    assert not set(more) & set(environ)
    assert environ["HTTP_AUTHORIZATION"] == "Bearer x"


def test_a_header_of_the_settings_own_is_taken_away_too_in_every_spelling() -> None:
    environ = environ_of(Accept="x") | dict.fromkeys(("HTTP_X_JWT", "HTTP_X.JWT", "HTTP_x-jwt", "HTTP_X_JWT_B"), "t")
    strip(environ, also=("x-Jwt",))
    assert {name for name in environ if "jwt" in name.lower()} == {"HTTP_X_JWT_B"}
    assert environ["HTTP_ACCEPT"] == "x"


@pytest.mark.parametrize("name", ["X-Jwt", "authorization", "X-Pomerium-Jwt-Assertion", "X-Forwarded-Email"])
def test_a_header_with_a_name_of_its_own_can_say_who_it_is(name: str) -> None:
    assert can_identify(name)


@pytest.mark.parametrize(
    "name", ["Cookie", "cookie", "Host", "Origin", "Sec-Fetch-Site", "Accept-Language", "Content-Type", "If-None-Match",
             "X-Forwarded-For", "x-forwarded-proto", "Forwarded", "Via", "X-Real-IP", "X-Request-ID", "traceparent",
             "X-Proxy-Auth", "User-Agent", "Transfer-Encoding", "Connection"],
)  # fmt: skip
def test_a_header_that_a_browser_or_something_else_sets_cannot(name: str) -> None:
    assert not can_identify(name)


def test_what_a_proxy_adds_is_seen_and_what_a_browser_sends_is_not() -> None:
    assert not forwarded(environ_of(Accept="*/*", Authorization="x", Cookie="a=b", Origin="http://localhost"))
    for header in ("X_Forwarded_For", "Forwarded", "Via", "X_Real_Ip", "X_Auth_Request_Email"):
        assert forwarded(environ_of(**{header: "x"}))
