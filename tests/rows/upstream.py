"""An upstream that answers whatever bytes a row wants, and remembers what it was sent: for what a web server would not
let out. One thread per connection, one answer per connection, on a free port of this machine."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SECONDS = 5.0


@dataclass(frozen=True)
class Sent:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").partition(" ")[2]

    @property
    def path(self) -> str:
        return self.line.split(" ")[1].partition("?")[0]


Answer = Callable[[Sent], bytes]


def response(status: str, body: bytes = b"", *headers: str, kind: str = "application/json") -> bytes:
    """A whole answer; ``headers`` are lines."""
    lines = (
        f"HTTP/1.1 {status}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
    )
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


@dataclass
class Upstream:
    """``answer`` may be changed at any time."""

    answer: Answer
    port: int = 0
    sent: list[Sent] = field(default_factory=list)
    secure: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            connection.settimeout(SECONDS)
            sent = _read(connection)
            self.sent.append(sent)
            connection.sendall(self.answer(sent))


@contextmanager
def running_upstream(answer: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[Upstream]:
    upstream = Upstream(answer, secure=tls is not None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        upstream.port = listener.getsockname()[1]
        listener.settimeout(0.05)
        stop = threading.Event()
        thread = threading.Thread(target=_accept, args=(listener, upstream, tls, stop), daemon=True)
        thread.start()
        try:
            yield upstream
        finally:
            stop.set()
            thread.join(SECONDS)


def _accept(listener: socket.socket, upstream: Upstream, tls: ssl.SSLContext | None, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        except OSError:
            return
        threading.Thread(target=_greet, args=(connection, upstream, tls), daemon=True).start()


def _greet(connection: socket.socket, upstream: Upstream, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        connection.settimeout(SECONDS)
        upstream.serve(tls.wrap_socket(connection, server_side=True) if tls else connection)


def _read(connection: socket.socket) -> Sent:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65_536)
        if not piece:
            raise ValueError("the request ended early")
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65_536)
    return Sent(line, headers, body)


def nobodys_certificate(folder: Path, *, days: int = 1) -> ssl.SSLContext:
    """TLS with a certificate that nobody vouches for; with ``days`` below 0 one that has expired as well."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(*plain))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
