"""R32: every line of the log can be read by a program, belongs to a request, and holds nothing that could pass for
another line, whatever was sent as an id, in an address or as a name."""

from __future__ import annotations

import io
import json
import logging
import random
import re
import string
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from data.events import REQUEST_ID, Channel, emit
from data.settings import LogForm
from sandbox.server import Sandbox, running_sandbox
from server.front import INBOUND_ID
from tests.conftest import NOW
from tests.rows.site import ANA, TOKEN, client, files, lines, logged, site

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = 1000
NASTY = "\r\n\x1b[31m\x00\x9b\u2028\u2029\"\\{}'" + string.ascii_letters
HEADER = [letter for letter in NASTY + "é" if ord(letter) < 256]  # what a server can hand on as a header's text
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl"


def odd(rng: random.Random, letters: str | list[str], most: int = 90) -> str:
    return "".join(rng.choice(letters) for _ in range(rng.randrange(most)))


@pytest.fixture
def hostile() -> Sandbox:
    with running_sandbox(now=datetime.fromisoformat(NOW), hostile=True) as api:
        yield api


def test_r32_a_thousand_requests_are_a_thousand_lines(tmp_path: Path, hostile: Sandbox) -> None:
    rng = random.Random(32)  # noqa: S311
    asking = client(site(hostile, **files(tmp_path)))
    accounts = list(hostile.world.accounts(datetime.fromisoformat(NOW)))
    given: list[str] = []
    hostile.faults.add("status", status=500, times=40)
    with logged() as written:
        for number in range(REQUESTS):
            good = f"edge-{number:06d}.x"
            given.append(good if number % 3 == 0 else odd(rng, HEADER))
            path = rng.choice(
                ("/", f"/accounts/{rng.choice(accounts)}", "/" + odd(rng, NASTY), "/livezz", "/embed/k1/usage")
            )
            headers = ANA | {"HTTP_X_REQUEST_ID": given[-1]} if number % 7 else {"HTTP_X_REQUEST_ID": given[-1]}
            answer = asking.open(
                path, query_string=f"q={odd(rng, string.printable)}#t={JWT}", environ_overrides=headers
            )
            told = answer.headers["X-Request-Id"]
            assert INBOUND_ID.fullmatch(told)
            assert (told == given[-1]) == bool(INBOUND_ID.fullmatch(given[-1]))
    assert_usable(written)


def assert_usable(written: io.StringIO) -> None:
    text = written.getvalue()
    assert text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text), "no character that moves a cursor"
    told = lines(written)  # raises where a line is no JSON
    of_requests = [line for line in told if line["event"] == "request"]
    assert len(of_requests) == REQUESTS
    assert len({line["request_id"] for line in of_requests}) == REQUESTS
    assert [line for line in told if not line["request_id"]] == []
    assert {line["channel"] for line in told} >= {"burnboard.access", "burnboard.audit", "burnboard.upstream"}
    assert {line["request_id"] for line in told} == {line["request_id"] for line in of_requests}
    assert "eyJ" not in text
    assert "ana@" not in text
    assert TOKEN not in text
    assert "?q=" not in text


@pytest.mark.parametrize("form", list(LogForm))
def test_r32_secrets_are_hidden_wherever_they_turn_up(form: LogForm) -> None:
    with logged(form) as written:
        emit(Channel.APP, "odd", route=f"/embed/k1/usage#t={JWT}", header=f"Authorization: Bearer {TOKEN}x")
        logging.getLogger("somebody.else").warning("sent %s with Bearer s3cr3t-of-somebody", JWT[:12])
        try:
            raise ValueError(f"could not ask with {TOKEN}\r\n2026-01-01 ERROR forged line")
        except ValueError:
            logging.getLogger("burnboard").exception("unforeseen")
    text = written.getvalue()
    for secret in ("eyJ", TOKEN, "s3cr3t"):
        assert secret not in text
    assert "Traceback" in text
    assert "ValueError" in text
    assert not re.search(r"(?m)^2026-01-01 ERROR forged", text)


def test_r32_text_for_people_keeps_one_event_on_one_line() -> None:
    with logged(LogForm.TEXT) as written:
        emit(Channel.APP, "odd", name="a\r\nb\x1b[31mc\u2028d e")
    (line,) = written.getvalue().splitlines()
    assert r'name="a\x0d\x0ab\x1b[31mc\x2028d e"' in line


def test_r32_threads_know_whose_request_they_work_for() -> None:
    from data.views.asking import together

    REQUEST_ID.set("outside-1")
    assert together(REQUEST_ID.get, REQUEST_ID.get) == ["outside-1", "outside-1"]
    REQUEST_ID.set("")


def test_r32_what_the_interpreter_would_print_is_a_line_as_well() -> None:
    code = (
        "import threading;from data.settings import Settings, LogForm;from server.logs import set_up_logs;"
        "set_up_logs(Settings(log=LogForm.JSON));"
        "t=threading.Thread(target=lambda: 1/0);t.start();t.join();"
        "import warnings;warnings.warn('careful');raise RuntimeError('at last')"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [line["event"] for line in told if line["channel"] == "burnboard"] == ["uncaught error"] * 2
    assert "ZeroDivisionError" in told[0]["exception"]
