"""An answer that holds the token itself, from a service or something before it that repeats what it was sent. It goes
no further, whatever else is in it (reliability-security design, S22)."""

from __future__ import annotations

import re
from typing import Final

from data.errors import BadAnswer
from data.metronome.answers import CHUNK_BYTES, Pdf
from data.metronome.retry import Failure
from data.settings import Secret

# A shorter one could be in an answer by chance; nobody hands out such tokens but in tests.
LEAST_CHARS: Final = 16
# A character of a token as JSON may also write it.
_ESCAPED: Final = re.compile(rb"\\u00([2-7][0-9a-fA-F])|\\([/\"])")


def refuse_echo(family: str, answer: bytes | Pdf, token: Secret) -> None:
    """Raises ``Failure`` for an answer with the token in it; a document then stands at its beginning as before."""
    plain = token.reveal().encode()
    if len(plain) >= LEAST_CHARS and _holds(answer, plain):
        if isinstance(answer, Pdf):
            answer.file.close()
        raise Failure(BadAnswer(f"{family}: repeats what it was sent"))


def _holds(answer: bytes | Pdf, token: bytes) -> bool:
    if isinstance(answer, bytes):
        return token in answer or (b"\\" in answer and token in _ESCAPED.sub(_plain, answer))
    kept = b""
    while piece := answer.file.read(CHUNK_BYTES):
        kept = kept[-len(token) :] + piece
        if token in kept:
            return True
    answer.file.seek(0)
    return False


def _plain(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else found[2]
