"""R1: only the right failures are tried again. Each status and each failure of a connection, what becomes of it, and
how many attempts it takes: never more than three, and exactly one for 400, 401, 403, 404, 409 and 422. The service's
own word (``x-should-retry``) goes before that, except for 401 and 403."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from data.errors import (
    BadAnswer,
    CredentialsRejected,
    NotAllowed,
    NotFound,
    OutOfTime,
    Refused,
    SourceError,
    Throttled,
    Unreachable,
)
from tests.unit.metronome.upstream import ACCOUNT, Answer, ManualClock, Upstream, client_on, failed, in_time

TABLE: list[tuple[Any, type[SourceError], int]] = [
    *[(failed(status), Unreachable, 3) for status in (500, 502, 503, 504)],
    *[(failed(status), Unreachable, 1) for status in (501, 505, 507, 520, 599)],
    (failed(408), OutOfTime, 3),
    (failed(429), Throttled, 3),
    *[(failed(status), Refused, 1) for status in (400, 402, 405, 406, 409, 410, 415, 422, 451)],
    *[(failed(401, **says), CredentialsRejected, 1) for says in ({}, {"x_should_retry": "true"})],
    *[(failed(403, **says), NotAllowed, 1) for says in ({}, {"x_should_retry": "true"})],
    (failed(404), NotFound, 1),
    (failed(400, {"code": "CustomerNotFound", "message": "x"}), NotFound, 1),
    (failed(400, {"code": "ContractNotFound", "message": "x"}), NotFound, 1),
    (failed(400, {"code": "SomethingElse", "message": "x"}), Refused, 1),
    (failed(400, {"code": 7}), Refused, 1),
    *[(failed(status, Location="https://elsewhere.test/"), BadAnswer, 1) for status in (301, 302, 303, 307, 308)],
    *[(failed(status), BadAnswer, 1) for status in (201, 204, 206, 300, 304)],
    (failed(500, x_should_retry="false"), Unreachable, 1),
    (failed(429, x_should_retry="false"), Throttled, 1),
    (failed(409, x_should_retry="true"), Refused, 3),
    (failed(404, x_should_retry="true"), NotFound, 3),
    (failed(503, x_should_retry="perhaps"), Unreachable, 3),
    (requests.ConnectTimeout(), Unreachable, 3),
    (requests.ConnectionError(), Unreachable, 3),
    (requests.ReadTimeout(), OutOfTime, 3),
    (ReadTimeoutError(None, "", ""), OutOfTime, 3),
    (ProtocolError("broken"), Unreachable, 3),
    (ConnectionResetError(), Unreachable, 3),
    (requests.exceptions.SSLError(), Unreachable, 1),
    (requests.exceptions.InvalidHeader(), BadAnswer, 1),
    (Answer(b"<html>", 200, {"Content-Type": "text/html"}), BadAnswer, 1),
    (Answer(b"not json"), BadAnswer, 1),
]


@pytest.mark.parametrize(("said", "error", "attempts"), TABLE)
def test_r01_only_the_right_failures_are_tried_again(said: Any, error: type[SourceError], attempts: int) -> None:
    upstream, clock = Upstream(said), ManualClock()
    with pytest.raises(SourceError) as raised:
        client_on(upstream, clock).customer(ACCOUNT, in_time(clock, 60))

    assert (type(raised.value), len(upstream.asked)) == (error, attempts)


def test_r01_the_table_is_long_enough_and_knows_both_answers() -> None:
    assert len(TABLE) >= 30
    assert {attempts for _, _, attempts in TABLE} == {1, 3}


@pytest.mark.parametrize("said", [failed(500), failed(429), requests.ConnectionError(), ProtocolError("broken")])
def test_r01_a_call_that_works_the_third_time_gives_its_answer(said: Any) -> None:
    upstream, clock = Upstream(said, said, Answer({"data": {"id": ACCOUNT}})), ManualClock()

    assert client_on(upstream, clock).customer(ACCOUNT, in_time(clock, 60)).id == ACCOUNT
    assert len(upstream.asked) == len(clock.slept) + 1 == 3
