"""What else the shipped nginx sample promises in its comments, and what the notes on oauth2-proxy say to change."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.catalogue import Customer
from tests.browser.sites import certificate
from tests.edge.edge import Edge, running_edge, until
from tests.edge.shipped import ROOT, SAMPLE
from tests.unit.test_launch import alive

pytestmark = pytest.mark.process

A = str(Customer.FLAGSHIP)
ANA = "ana@acme.example"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_edge(tmp_path_factory.mktemp("edge")) as running:
        yield running


def test_any_other_name_is_answered_with_nothing(edge: Edge) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "billing.example.com"):
        answer = edge.as_user(ANA).get(edge.url, headers={"Host": host}, timeout=30)
        assert answer.status_code == 421, host


@pytest.mark.parametrize(
    "path", ["livez", "readyz", "health", "metrics", "./livez", "%6civez", "/readyz", "x/../metrics"]
)
def test_health_and_numbers_are_not_for_the_world(edge: Edge, path: str) -> None:
    prepared = edge.as_user(ANA).prepare_request(requests.Request("GET", edge.url))
    prepared.url = edge.url + path
    assert edge.as_user(ANA).send(prepared, timeout=30).status_code == 404


def test_what_is_too_large_never_reaches_the_app(edge: Edge) -> None:
    before = len(edge.app_lines())
    for path in ("_dash-update-component", "embed/k1/usage/session", "v1/dashboards/getEmbeddableUrl"):
        answer = edge.as_user(ANA).post(edge.url + path, data=b"x" * (1024 * 1024 + 1), timeout=30)
        assert answer.status_code == 413
    assert len(edge.app_lines()) == before


def test_files_come_whole_as_the_app_compressed_them_and_leave_nothing_on_the_disk(edge: Edge) -> None:
    session = edge.as_user(ANA)
    plain = session.get(f"{edge.url}accounts/{A}/usage.csv?range=last30d", headers={"Accept-Encoding": ""}, timeout=120)
    small = session.get(
        f"{edge.url}accounts/{A}/usage.csv?range=last30d", headers={"Accept-Encoding": "gzip"}, timeout=120
    )
    assert plain.status_code == small.status_code == 200
    assert small.headers["Content-Encoding"] == "gzip"
    assert plain.text == small.text
    assert len(plain.content) > 5_000
    bundle = re.search(r'src="(/billing/_dash-component-suites/[^"]+)"', session.get(edge.url, timeout=30).text)
    assert bundle is not None
    answer = session.get(edge.origin + bundle[1], headers={"Accept-Encoding": "br, gzip"}, stream=True, timeout=30)
    assert answer.headers["Content-Encoding"] == "br"
    answer.close()
    assert [path for path in (edge.folder / "cache").rglob("*") if path.is_file()] == []


def test_a_renewed_login_cookie_goes_with_answers_that_nobody_else_keeps(edge: Edge) -> None:
    session = edge.as_user(ANA)
    page = session.get(edge.url, timeout=30).text
    bundle = re.search(r'src="(/billing/_dash-component-suites/[^"]+)"', page)
    assert bundle is not None
    edge.login.renews = "who=renewed; Path=/; HttpOnly"
    try:
        assert edge.as_user(ANA).get(edge.url, timeout=30).headers["Set-Cookie"] == edge.login.renews
        kept = edge.as_user(ANA).get(edge.origin + bundle[1], timeout=30)
        assert "public" in kept.headers["Cache-Control"]
        assert "Set-Cookie" not in kept.headers
        assert "Set-Cookie" not in edge.open(edge.link(A, "usage")).headers
    finally:
        edge.login.renews = ""


def test_the_log_has_no_query_and_no_name_and_joins_up_with_the_apps(edge: Edge) -> None:
    answer = edge.as_user(ANA).get(
        f"{edge.url}accounts/{A}?range=last7d", headers={"Referer": "http://x/?y"}, timeout=30
    )
    request_id = answer.headers["X-Request-Id"]

    def lines(logged: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in logged if one["request_id"] == request_id and one.get("event", "request") == "request"]

    until(lambda: lines(edge.nginx_lines()) and lines(edge.app_lines()), "both logged it", edge)
    (at_nginx,), (at_app,) = lines(edge.nginx_lines()), lines(edge.app_lines())
    assert at_nginx["path"] == f"/billing/accounts/{A}"
    assert ANA not in json.dumps(at_nginx)
    assert at_app["status"] == 200


def test_the_types_of_the_script_are_as_public_as_the_script(edge: Edge) -> None:
    for name in ("embed.js", "embed.d.ts"):
        answer = edge.as_nobody().get(edge.url + name, timeout=30, allow_redirects=False)
        assert answer.status_code == 200, name
        assert answer.content == (ROOT / "assets_host" / name).read_bytes()


def test_a_clients_trace_ends_at_nginx(tmp_path: Path) -> None:
    """What reaches the app is looked at by a stand-in for it, which answers with the headers that it got."""
    seen = []

    class Seeing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower() for name in self.headers})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    app = ThreadingHTTPServer(("127.0.0.1", 0), Seeing)
    threading.Thread(target=app.serve_forever, daemon=True).start()
    add = f"""
        location /looked-at/ {{
            include /etc/burnboard/burnboard_proxy.inc;
            proxy_pass http://127.0.0.1:{app.server_port};
        }}
"""
    try:
        with running_edge(tmp_path, add=add.replace("/etc/burnboard", str(tmp_path))) as edge:
            sent = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "tracestate": "a=b", "Baggage": "c=d", "X-Kept": "1"}
            assert edge.as_nobody().get(f"{edge.origin}/looked-at/", headers=sent, timeout=30).status_code == 200
    finally:
        app.shutdown()
        app.server_close()
    assert "x-kept" in seen[0]
    assert not {"traceparent", "tracestate", "baggage"} & seen[0]


def test_an_address_without_a_login_is_told_to_wait_before_it_fills_the_log(tmp_path: Path) -> None:
    def slower(text: str) -> str:
        return text.replace("rate=100r/s", "rate=1r/m").replace("burst=400", "burst=20")

    with running_edge(tmp_path, edit=slower) as edge:
        session, path = edge.as_nobody(), f"{edge.url}embed/_dash-layout"
        statuses = [session.get(path, timeout=30).status_code for _ in range(40)]
        assert (statuses.count(401), statuses.count(429)) == (21, 19)
        assert edge.as_user(ANA).get(edge.url, timeout=30).status_code == 200
        until(lambda: "limiting requests" in edge.logs(), "nginx said whom it refused", edge)
        assert len([line for line in edge.app_lines() if line["event"] == "denied"]) == 21


def test_the_health_check_of_the_image_tells_a_living_app_from_none(edge: Edge) -> None:
    check = [sys.executable, str(ROOT / "deploy" / "healthcheck.py")]
    socket = edge.replicas[0].address.removeprefix("unix:")
    for where, status in ((socket, 0), (socket + ".not", 1)):
        env = {**os.environ, **edge.settings, "BURNBOARD_SOCKET": where}
        assert subprocess.run(check, env=env, check=False, timeout=60).returncode == status


def test_nothing_is_left_of_an_edge_whose_test_dies(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from tests.edge.edge import running_edge\n"
        "with running_edge(Path(sys.argv[1]), redis=True) as edge:\n"
        "    pids = [one.pid for one in edge.processes.named.values()]\n"
        "    print(*pids, flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    died = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
                          check=False, timeout=120)  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr
    pids = [int(pid) for pid in died.stdout.split()]
    assert len(pids) == 3
    until(lambda: not any(alive(pid) for pid in pids), "all of them ended")


def without_plain(text: str) -> str:
    """What the how-to says about TLS, done: "#tls " away, and the plain listen line of that server."""
    text = text.replace("#tls ", "")
    return text.replace("        listen 8080;\n", "")


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_with_the_tls_lines_in_it_speaks_tls_and_says_so_for_a_year(tmp_path: Path) -> None:
    """The plain default server stays on its own port in the sample; here both would have the same, so it goes too."""

    def edit(text: str) -> str:
        text = re.sub(r"    server \{\n        listen 8080 default_server;.*?\n    \}\n", "", text, flags=re.S)
        return without_plain(text)

    certificate(tmp_path)
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).write_bytes((tmp_path / "made-up.pem").read_bytes())
    with running_edge(tmp_path, edit=edit, scheme="https") as edge:
        session = edge.as_user(ANA)
        session.verify = False
        page = session.get(edge.url, timeout=30)
        opened = session.get(f"{edge.url}embed.js", timeout=30)
        moved = session.get(edge.url.rstrip("/"), allow_redirects=False, timeout=30)
        assert page.status_code == opened.status_code == 200
        assert (
            page.headers["Strict-Transport-Security"]
            == opened.headers["Strict-Transport-Security"]
            == "max-age=31536000"
        )
        assert moved.headers["Location"] == edge.url


def test_a_signed_token_in_place_of_headers_as_the_notes_on_oauth2_proxy_say(tmp_path: Path) -> None:
    notes = (ROOT / "deploy" / "oauth2-proxy.md").read_text()
    line = re.search(r"^```nginx\n(.*?)^```$", notes, re.M | re.S)
    named = re.search(r"^```sh\n(.*?)^```$", notes, re.M | re.S)
    assert line is not None
    assert named is not None
    settings = dict(one.split("=", 1) for one in named[1].splitlines())
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": "one", "alg": "RS256", "use": "sig"}
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [public]}))

    def edit(text: str) -> str:
        return text.replace("            error_page 401", f"            {line[1].strip()}\n            error_page 401")

    assert edit(SAMPLE.read_text()).count(line[1].strip()) == 2
    env = {
        **settings,
        "BURNBOARD_IDENTITY_KEYS": str(tmp_path / "keys.json"),
        "BURNBOARD_PROXY_SECRET_FILE": None,
    }

    def token(email: str, signer: rsa.RSAPrivateKey) -> str:
        now = int(time.time())
        claims = {"iss": settings["BURNBOARD_IDENTITY_ISSUER"], "aud": settings["BURNBOARD_IDENTITY_AUDIENCE"],
                  "iat": now, "exp": now + 600, "sub": "1", "email": email, "email_verified": True}  # fmt: skip
        return jwt.encode(claims, signer, "RS256", headers={"kid": "one"})

    with running_edge(tmp_path, edit=edit, env=env) as edge:
        session = edge.as_user(ANA)
        spoofed = {"X-Auth-Request-Email": ANA, "Authorization": f"Bearer {token(ANA, key)}"}
        assert session.get(edge.url, headers=spoofed, timeout=30).status_code == 401
        edge.login.bearer = token(ANA, key)
        assert session.get(edge.url, timeout=30).status_code == 200
        edge.login.bearer = token("nobody@acme.example", key)
        assert session.get(edge.url, headers=spoofed, timeout=30).status_code == 403
        edge.login.bearer = token(ANA, rsa.generate_private_key(public_exponent=65537, key_size=2048))
        assert session.get(edge.url, headers=spoofed, timeout=30).status_code == 401
        assert "eyJ" not in edge.logs()
