"""An answer that repeats the API token goes no further; any other passes untouched."""

from __future__ import annotations

import io
import json

import pytest

from data.errors import BadAnswer
from data.metronome.answers import CHUNK_BYTES, Pdf
from data.metronome.echo import LEAST_CHARS, refuse_echo
from data.metronome.retry import Failure
from data.settings import Secret

PLAIN = 'made-up/token+"quoted"~of-length'
TOKEN = Secret(PLAIN)


def document(text: bytes) -> Pdf:
    return Pdf(io.BytesIO(text), len(text))


@pytest.mark.parametrize(
    "answer",
    [
        PLAIN.encode(),
        b"x" * 100 + PLAIN.encode() + b"x",
        json.dumps({"data": {"name": f"Acme {PLAIN}"}}).encode(),
        "".join(f"\\u{ord(letter):04x}" for letter in PLAIN).encode(),
        "".join(f"\\u{ord(letter):04X}" for letter in PLAIN).encode(),
        PLAIN.replace("/", "\\/").replace('"', '\\"').encode(),
        document(PLAIN.encode()),
        document(b"x" * (CHUNK_BYTES - 7) + PLAIN.encode() + b"x" * CHUNK_BYTES),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_answer_with_the_token_in_it_is_refused(answer: bytes | Pdf) -> None:
    with pytest.raises(Failure) as raised:
        refuse_echo("account", answer, TOKEN)
    assert isinstance(raised.value.error, BadAnswer)
    assert PLAIN not in raised.value.error.detail
    assert not raised.value.again


@pytest.mark.parametrize("answer", [b"", b"{}", PLAIN[:-1].encode(), b'{"name": "a\\u0041\\/\\n"}'])
def test_any_other_answer_passes(answer: bytes) -> None:
    refuse_echo("account", answer, TOKEN)


def test_a_document_that_passes_stands_at_its_beginning() -> None:
    passed = document(b"%PDF-1.4 and more")
    refuse_echo("invoice_pdf", passed, TOKEN)
    assert passed.file.read() == b"%PDF-1.4 and more"


def test_a_token_too_short_to_be_one_refuses_nothing() -> None:
    refuse_echo("account", b"a test-token of a test", Secret("test-token"))
    assert len("test-token") < LEAST_CHARS
