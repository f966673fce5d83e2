"""Key sets: what is taken from one, and how often one is fetched."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from access.denied import Denied, Reason
from access.jwks import BETWEEN, LAST_GOOD, MAX_BYTES, REFRESH, FetchedKeys, FileKeys, fetch_keys, parse_keys
from access.strict import Wrong
from access.watched import Watched
from data.clock import Clock
from data.events import Channel
from tests.rows.identities import Issuer, MovedClock, audited, rsa_key

EC, RSA = Issuer().jwk(), Issuer(algorithm="RS256", kid="r1").jwk()


def keys_of(*keys: Any) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_a_key_suits_its_own_algorithm_and_no_other() -> None:
    found = parse_keys(keys_of(EC, {**RSA, "alg": None} | {"alg": "RS256"}, {**RSA, "kid": "any"}))
    assert found["k1"].suits("ES256")
    assert not found["k1"].suits("ES384")
    assert not found["k1"].suits("RS256")
    assert found["r1"].suits("RS256")
    assert not found["r1"].suits("PS256")


def test_what_is_not_for_checking_signatures_is_left_out() -> None:
    weak = {**RSA, "kid": "weak", "n": Issuer(algorithm="RS256").jwk()["n"][:100]}
    others = ({"kty": "oct", "kid": "o", "k": "x"}, {**EC, "kid": "e", "use": "enc"}, {**EC, "kid": 3}, weak,
              {**EC, "kid": "bad", "x": "!"})  # fmt: skip
    assert set(parse_keys(keys_of(EC, *others))) == {"k1"}
    assert rsa_key("weak", 1024).key_size == 1024


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": [1]}', keys_of(), keys_of(EC, EC), keys_of({**EC, "d": "AA"}),
     keys_of({"kty": "oct", "kid": "o", "k": "x"}), b'{"keys": [], "keys": []}'],
)  # fmt: skip
def test_a_set_without_one_clear_key_is_refused(raw: bytes) -> None:
    with pytest.raises(Wrong):
        parse_keys(raw)


class Fetched:
    """Counts how often it is asked, and gives what it holds."""

    def __init__(self, body: bytes) -> None:
        self.body: bytes | None = body
        self.count = 0

    def __call__(self) -> bytes:
        self.count += 1
        if self.body is None:
            raise requests.ConnectionError("MARK_DETAIL")
        return self.body


def test_a_set_is_fetched_when_first_wanted_and_once_an_hour() -> None:
    clock, fetch = MovedClock(), Fetched(keys_of(EC))
    keys = FetchedKeys(fetch, clock)
    assert fetch.count == 0
    for _ in range(10):
        assert keys.key("k1") is not None
    assert fetch.count == 1
    clock.move(REFRESH)
    keys.key("k1")
    assert fetch.count == 2


def test_unknown_ids_fetch_once_in_five_minutes_and_a_new_key_is_found() -> None:
    clock, fetch = MovedClock(), Fetched(keys_of(EC))
    keys = FetchedKeys(fetch, clock)
    for number in range(1000):
        assert keys.key(f"unknown-{number}") is None
        clock.move(BETWEEN / 1001)
    assert fetch.count == 1
    fetch.body = keys_of(EC, {**EC, "kid": "k2"})
    clock.move(1.0)
    assert keys.key("k2") is not None
    assert fetch.count == 2


def test_a_set_that_cannot_be_renewed_is_good_for_a_day_and_then_nobody_is_let_in() -> None:
    clock, fetch = MovedClock(), Fetched(keys_of(EC))
    keys = FetchedKeys(fetch, clock)
    keys.key("k1")
    with audited(Channel.APP) as told:
        for fetch.body in (None, b"<html>"):
            clock.move(LAST_GOOD / 2 - 1)
            assert keys.key("k1") is not None
        clock.move(BETWEEN)
        with pytest.raises(Denied) as caught:
            keys.key("k1")
    assert (caught.value.reason, caught.value.status) == (Reason.NO_KEYS, 503)
    assert {line["event"] for line in told} == {"keys_not_fetched"}
    assert "MARK" not in str(told)
    fetch.body = keys_of(EC)
    clock.move(BETWEEN)
    assert keys.key("k1") is not None


def test_the_first_set_is_asked_for_again_soon() -> None:
    clock, fetch = MovedClock(), Fetched(keys_of(EC))
    fetch.body, keys = None, FetchedKeys(fetch, clock)
    for _ in range(5):
        with pytest.raises(Denied):
            keys.key("k1")
    fetch.body = keys_of(EC)
    clock.move(10.0)
    assert keys.key("k1") is not None
    assert fetch.count == 2


def test_many_at_once_fetch_once() -> None:
    fetch = Fetched(keys_of(EC))
    keys, found = FetchedKeys(fetch, Clock()), []
    threads = [threading.Thread(target=lambda: found.append(keys.key("k1"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 20
    assert None not in found
    assert fetch.count == 1


def test_a_set_in_a_file_is_read_again(tmp_path: Path) -> None:
    path, clock = tmp_path / "jwks.json", MovedClock()
    path.write_bytes(keys_of(EC))
    keys = FileKeys(Watched(path, parse_keys, clock, name="identity_keys"))
    assert keys.key("k2") is None
    path.write_bytes(keys_of({**EC, "kid": "k2"}))
    clock.move(1.0)
    assert keys.key("k2") is not None
    assert keys.key("k1") is None


@contextmanager
def serving(status: int, body: bytes, **headers: str) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/keys", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wrong_of(url: str) -> str:
    with pytest.raises(Wrong) as caught:
        fetch_keys(url, Clock())
    return str(caught.value)


def test_the_address_is_asked_and_no_other() -> None:
    with serving(200, keys_of(EC)) as (url, asked):
        assert parse_keys(fetch_keys(url, Clock()))
    assert asked == ["/keys"]
    with serving(200, b"") as (elsewhere, asked_elsewhere), serving(302, b"", Location=elsewhere) as (url, _):
        assert wrong_of(url).startswith("the answer was 302")
    assert asked_elsewhere == []
    with serving(200, b"x" * (MAX_BYTES + 1)) as (url, _):
        assert "too long" in wrong_of(url)
