"""What goes over the wire and what an error may say."""

from __future__ import annotations

import gzip
import io
import json
import logging
import pickle
import traceback

import pytest
import requests

from data.errors import BadAnswer, BadQuery, OutOfTime, SourceError
from data.metronome.deadline import CALL_SECONDS
from data.metronome.transport import BearerAuth
from data.settings import Secret
from tests.unit.metronome.upstream import (
    ACCOUNT,
    BASE_URL,
    INVOICE,
    TOKEN,
    Answer,
    ManualClock,
    Upstream,
    client_on,
    in_time,
    page,
)

MEGABYTE = 1024 * 1024


class Dripping(io.BytesIO):
    """One byte at a time, 0.3 s each, however many are asked for."""

    def __init__(self, body: bytes, clock: ManualClock) -> None:
        super().__init__(body)
        self._clock = clock

    def read1(self, size: int = -1) -> bytes:
        self._clock.seconds += 0.3
        return super().read1(min(1, size))

    def read(self, size: int = -1) -> bytes:
        return super().read(size)


class Counting(io.BytesIO):
    """Counts what was taken from it."""

    taken = 0

    def read1(self, size: int = -1) -> bytes:
        piece = super().read1(size)
        self.taken += len(piece)
        return piece

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def test_a_body_that_drips_ends_with_what_one_call_may_take() -> None:
    clock = ManualClock()
    dripping = Dripping(json.dumps({"data": {"id": "x" * 500}}).encode(), clock)
    with pytest.raises(OutOfTime):
        client_on(Upstream(Answer(dripping)), clock).customer(ACCOUNT, in_time(clock, 10))

    assert clock.seconds - 1000 == pytest.approx(CALL_SECONDS, abs=0.4)


def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(json.dumps({"data": {"id": ACCOUNT}}).encode())
    headers = {"Content-Type": "application/json; charset=utf-8", "Content-Encoding": "gzip"}

    assert client_on(Upstream(Answer(body, 200, headers))).customer(ACCOUNT, in_time()).id == ACCOUNT


def test_a_redirect_is_not_followed_and_its_body_not_read() -> None:
    body = Counting(b"x" * MEGABYTE)
    upstream = Upstream(Answer(body, 302, {"Location": "https://elsewhere.test/", "Content-Type": "text/html"}))
    with pytest.raises(BadAnswer):
        client_on(upstream).customer(ACCOUNT, in_time())

    assert len(upstream.asked) == 1
    assert body.taken == 0


def test_the_token_goes_out_as_a_bearer_header_and_nothing_of_the_environment_replaces_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine metronome.test login thief password taken\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTPS_PROXY", "http://thief.test:1")
    upstream = Upstream(Answer({"data": {"id": ACCOUNT}}))
    client_on(upstream).customer(ACCOUNT, in_time())

    assert upstream.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert not upstream.asked[0].proxies


def test_the_token_object_shows_stars() -> None:
    auth = BearerAuth(Secret(TOKEN))

    assert {str(auth), repr(auth), f"{auth}"} == {"********"}
    with pytest.raises(TypeError):
        pickle.dumps(auth)


@pytest.mark.parametrize(
    "said",
    [
        Answer({"message": f"bad {TOKEN} for {BASE_URL}"}, 400),
        Answer({"message": f"bad {TOKEN}"}, 401),
        Answer({"data": {"id": 5}}),
        Answer({"data": {"id": TOKEN, "name": [TOKEN]}}),
        requests.ConnectionError(f"cannot reach {BASE_URL} with {TOKEN}"),
        ValueError(f"{BASE_URL} {TOKEN}"),
        requests.exceptions.InvalidHeader(f"Bearer {TOKEN}"),
    ],
)
def test_an_error_shows_neither_token_nor_address_nor_what_was_sent(said, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = ManualClock()
    with pytest.raises(SourceError) as raised:
        client_on(Upstream(said), clock).customer(ACCOUNT, in_time(clock))

    error = raised.value
    shown = "".join(traceback.format_exception(error)) + repr(error) + error.detail + error.sentence + caplog.text
    assert TOKEN not in shown
    assert "metronome.test" not in shown
    assert error.__context__ is None
    assert error.__cause__ is None


def test_a_value_of_the_wrong_type_is_named_by_its_path_only() -> None:
    upstream = Upstream(page([{"id": ACCOUNT}, {"id": ACCOUNT, "name": {"secret": "text"}}]))
    with pytest.raises(BadAnswer) as raised:
        list(client_on(upstream).iter_customers(in_time()))

    assert raised.value.detail == "accounts: ValidationError at $.data[1].name"


@pytest.mark.parametrize(
    "hostile",
    ["", "..", "../customers", "a/b", f"{ACCOUNT}/../x", f"{ACCOUNT}?x=1", f"{ACCOUNT}\n", "%2e%2e", ACCOUNT[:-1], "é"],
)
def test_what_is_not_written_like_an_id_is_never_asked_for(hostile: str) -> None:
    upstream = Upstream()
    client, until = client_on(upstream), in_time()
    calls = [
        lambda: client.customer(hostile, until),
        lambda: list(client.iter_metrics(hostile, until)),
        lambda: client.metric(hostile, until),
        lambda: list(client.iter_contracts(hostile, until)),
        lambda: list(client.iter_balances(hostile, until)),
        lambda: list(client.iter_invoices(hostile, until)),
        lambda: client.invoice(ACCOUNT, hostile, until),
        lambda: client.invoice_pdf(hostile, INVOICE, until),
        lambda: client.invoice_pdf(ACCOUNT, hostile, until),
        lambda: client.net_balance(hostile, until),
        lambda: client.embeddable_url(hostile, "usage", until),
    ]
    for call in calls:
        with pytest.raises(BadQuery):
            call()
    assert upstream.asked == []
