"""Made-up sites on this machine, each under a name of its own and with https, for what browsers decide by site."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from selenium.webdriver import Chrome
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.conftest import pytest_setup_options

CERTIFICATE = "made-up.pem"
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # the base class's name
        del type, message, args


@contextmanager
def served(app: Wsgi, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """``app`` on a free port of 127.0.0.1 for the length of the block; the port."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=tls)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> ssl.SSLContext:
    """A context with a certificate of its own making, which the browser below is told to accept; ``folder/CERTIFICATE``
    is for other clients to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "made-up.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / CERTIFICATE
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def pages(by_host: Mapping[str, Mapping[str, str]]) -> Wsgi:
    """An application that shows, by host and path, a page; 404 for the rest."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        found = by_host.get(request.host.partition(":")[0], {}).get(request.path)
        answer = Response(found or "", 404 if found is None else 200, content_type="text/html; charset=utf-8")
        return answer(environ, start_response)

    return app


@contextmanager
def browser(places: Mapping[str, int], *, third_party_cookies: bool = False) -> Iterator[Chrome]:
    """Chromium that finds each of ``places``, written ``name:port``, at a port here, shows http as http, and keeps no
    cookies for a site that is shown inside another unless told."""
    options = pytest_setup_options()
    rules = ",".join(f"MAP {name} 127.0.0.1:{port}" for name, port in places.items())
    for flag in (f"--host-resolver-rules={rules}", "--ignore-certificate-errors", "--disable-features=HttpsUpgrades"):
        options.add_argument(flag)
    if not third_party_cookies:
        options.add_argument("--test-third-party-cookie-phaseout")
    cookies = {
        "block_third_party_cookies": not third_party_cookies,
        "cookie_controls_mode": int(not third_party_cookies),
    }
    options.add_experimental_option("prefs", {"profile": cookies})
    driver = Chrome(options=options)
    try:
        yield driver
    finally:
        driver.quit()
