"""Forty requests whose end is a matter of opinion: written so that two servers in a row could disagree about where one
request ends and the next begins (S29). Each carries the words FIRST, SMUGGLED and HOST where paths and host belong, the
same in small letters where their ids do, and LENGTH or CHUNK for the length of its body or of what is hidden in it."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from dataclasses import dataclass

CRLF = "\r\n"
HIDDEN = "GET SMUGGLED HTTP/1.1\r\nHost: HOST\r\nX-Request-ID: smuggled-id\r\n\r\n"


def _post(*lines: str, body: str = HIDDEN, version: str = "1.1") -> str:
    return CRLF.join([f"POST FIRST HTTP/{version}", "Host: HOST", "X-Request-ID: first-id", *lines, "", body])


def _get(*lines: str, first: str = "GET FIRST HTTP/1.1") -> str:
    return CRLF.join([first, "Host: HOST", "X-Request-ID: first-id", *lines, "", ""])


def _both(coding: str) -> str:
    """A length that covers the body, and ``coding`` by which it ends earlier."""
    return _post("Content-Length: LENGTH", coding, body=f"0\r\n\r\n{HIDDEN}")


def _chunks(body: str) -> str:
    return _post("Transfer-Encoding: chunked", body=body)


CORPUS: dict[str, str] = {
    # A length and a coding, in every disguise of the coding.
    "cl.te": _both("Transfer-Encoding: chunked"),
    "te.cl": _post("Content-Length: 4", "Transfer-Encoding: chunked", body=f"CHUNK\r\n{HIDDEN}\r\n0\r\n\r\n"),
    "te unknown": _both("Transfer-Encoding: xchunked"),
    "te space before colon": _both("Transfer-Encoding : chunked"),
    "te folded": _both("X-Nothing: a\r\n Transfer-Encoding: chunked"),
    "te on the next line": _both("Transfer-Encoding:\r\n chunked"),
    "te tab": _both("Transfer-Encoding:\tchunked"),
    "te vertical tab": _both("Transfer-Encoding: \x0bchunked"),
    "te quoted": _both('Transfer-Encoding: "chunked"'),
    "te after bare LF": _both("X-Nothing: a\nTransfer-Encoding: chunked"),
    "te after bare CR": _both("X-Nothing: a\rTransfer-Encoding: chunked"),
    "te underscore": _both("Transfer_Encoding: chunked"),
    "te capitals": _both("TRANSFER-ENCODING: CHUNKED"),
    "te twice": _both("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    "te list": _both("Transfer-Encoding: identity, chunked"),
    "te not last": _both("Transfer-Encoding: chunked, identity"),
    "te in HTTP/1.0": _post(
        "Content-Length: 5", "Transfer-Encoding: chunked", body=f"0\r\n\r\n{HIDDEN}", version="1.0"
    ),
    # Lengths that are none, or two.
    "cl twice": _post("Content-Length: 0", "Content-Length: LENGTH"),
    "cl list": _post("Content-Length: 0, LENGTH"),
    "cl plus": _post("Content-Length: +LENGTH"),
    "cl minus": _post("Content-Length: -1"),
    "cl hexadecimal": _post("Content-Length: 0xCHUNK"),
    "cl two words": _post("Content-Length: 0 LENGTH"),
    "cl empty": _post("Content-Length:"),
    "cl too large": _post("Content-Length: 18446744073709551616"),
    "cl space before colon": _post("Content-Length : LENGTH"),
    "cl on the next line": _post("Content-Length:\r\n LENGTH"),
    "cl in letters": _post("Content-Length: ten"),
    # Lines that are not lines.
    "folded header": _get("X-Nothing: a\r\n b"),
    "bare LF only": _get("X-Nothing: a").replace(CRLF, "\n"),
    "nothing before colon": _get(": a"),
    "space in name": _get("X Nothing: a"),
    "NUL in value": _get("X-Nothing: a\x00b"),
    "no colon": _get("Nothing"),
    "two hosts": _get("Host: other.example"),
    "three words too many": _get(first="GET FIRST HTTP/1.1 GET SMUGGLED HTTP/1.1"),
    # Chunks that are none.
    "chunk size no number": _chunks(f"zz\r\n{HIDDEN}\r\n0\r\n\r\n"),
    "chunk size negative": _chunks(f"-1\r\n{HIDDEN}\r\n0\r\n\r\n"),
    "chunk size too large": _chunks(f"ffffffffffffffff1\r\n{HIDDEN}\r\n0\r\n\r\n"),
    "chunk without its end": _chunks(f"1\r\nab0\r\n\r\n{HIDDEN}"),
}


@dataclass(frozen=True)
class Paths:
    """Where one entry's three requests would go; the third is the canary, sent behind it on the same connection."""

    prefix: str
    number: int

    def id(self, name: str) -> str:
        return f"{name}-{self.number}-end"

    def path(self, name: str) -> str:
        return self.prefix + self.id(name)


def written(text: str, paths: Paths, host: str) -> bytes:
    """An entry with its paths, ids, host and lengths."""
    text, hidden = _filled(text, paths, host), _filled(HIDDEN, paths, host)
    text = text.replace("CHUNK", f"{len(hidden):x}")
    return text.replace("LENGTH", str(len(text.partition(CRLF + CRLF)[2]))).encode("latin-1")


def _filled(text: str, paths: Paths, host: str) -> str:
    for name in ("first", "smuggled", "canary"):
        text = text.replace(name.upper(), paths.path(name)).replace(f"{name}-id", paths.id(name))
    return text.replace("HOST", host)


def send(connection: socket.socket, text: str, paths: Paths, host: str) -> list[int]:
    """The statuses that come back for the entry and the canary behind it, until the server closes."""
    canary = _get("Connection: close").replace("FIRST", "CANARY").replace("first-id", "canary-id")
    found = b""
    with connection, suppress(ConnectionError, TimeoutError):
        connection.settimeout(3)
        connection.sendall(written(text, paths, host) + written(canary, paths, host))
        while more := connection.recv(65536):
            found += more
    return [int(status) for status in re.findall(rb"(?:^|\n|\})HTTP/1\.[01] (\d{3})", found)]
