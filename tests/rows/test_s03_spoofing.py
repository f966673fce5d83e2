"""S3: spoofing through the proxy gives nothing. The shipped edge, its login saying "ana"; a client that sends every
header that some proxy somewhere believes, in every spelling that might slip through."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from sandbox.catalogue import Customer
from tests.edge.edge import Edge, running_edge, until
from tests.edge.shipped import locations

pytestmark = pytest.mark.process

A, B = str(Customer.BRAND_NEW), str(Customer.NOTHING_USED)
ANA, BO = "ana@acme.example", "bo@acme.example"
POLICY = f"""\
version: 1
groups:
  leads: {{all_customers: true, can: [view, export, mint_embed]}}
users:
  {ANA}: {{customers: ["{A}"], can: [view, export]}}
  {BO}: {{customers: ["{B}"], can: [view, export]}}
proxy_groups:
  told-leads: leads
"""
# What a client claims, by header. The last one even knows the secret.
CLAIMS = {
    "X-Auth-Request-Email": BO,
    "X-Auth-Request-Groups": "told-leads",
    "X-Auth-Request-User": BO,
    "X-Forwarded-Email": BO,
    "X-Forwarded-User": BO,
    "X-Forwarded-Groups": "told-leads",
    "X-Forwarded-For": "127.0.0.1",
    "Remote-User": BO,
    "X-Goog-Authenticated-User-Email": f"accounts.google.com:{BO}",
    "Cf-Access-Authenticated-User-Email": BO,
    "Authorization": "Bearer bbi_nothing",
    "X-Proxy-Auth": "THE SECRET",
}
SPELLINGS = {
    "dash": lambda name: [name],
    "underscore": lambda name: [name.replace("-", "_")],
    "dot": lambda name: [name.replace("-", ".")],
    "case": lambda name: [name.swapcase()],
    "doubled": lambda name: [name, name],
}
REFUSED_BY_NGINX = {("Authorization", "doubled")}  # with 400, by versions that want it once at most
CARELESS = """
        location /careless/ { proxy_pass http://burnboard/billing/; }
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_edge(tmp_path_factory.mktemp("edge"), policy=POLICY, add=CARELESS) as running:
        running.login.always = ANA
        yield running


def get(edge: Edge, path: str, *headers: tuple[str, str], method: str = "GET") -> tuple[int, str]:
    """Status and request id of the answer to a request with exactly these headers."""
    asking = http.client.HTTPConnection("127.0.0.1", edge.places.port, timeout=60)
    try:
        asking.putrequest(method, path)
        for name, value in headers:
            asking.putheader(name, value)
        asking.putheader("Content-Length", "0")
        asking.endheaders()
        answer = asking.getresponse()
        answer.read()
        return answer.status, answer.headers.get("X-Request-Id", "")
    finally:
        asking.close()


def test_s03_sixty_spoofed_headers_change_nothing_about_who_asks(edge: Edge) -> None:
    own = [("X-Nothing", "1")]
    assert get(edge, f"/billing/accounts/{A}", *own)[0] == 200
    refused = get(edge, f"/billing/accounts/{B}", *own)[0]
    assert refused in {403, 404}
    asked, tried = [], 0
    for name, claim in CLAIMS.items():
        value = edge.secret if name == "X-Proxy-Auth" else claim
        for spelling, spell in SPELLINGS.items():
            headers = [(spelt, value) for spelt in spell(name)]
            tried += 1
            status, request_id = get(edge, f"/billing/accounts/{A}", *headers)
            if status == 400 and (name, spelling) in REFUSED_BY_NGINX:
                continue
            assert status == 200, headers
            asked.append(request_id)
            assert get(edge, f"/billing/accounts/{B}", *headers)[0] == refused, headers
    assert tried == 60
    assert len(asked) >= 60 - len(REFUSED_BY_NGINX)
    until(lambda: set(asked) <= set(subjects(edge)), "all requests were logged", edge)
    assert len({subjects(edge)[one] for one in asked}) == 1  # ana, sixty times
    assert "" not in {subjects(edge)[one] for one in asked}


def subjects(edge: Edge) -> dict[str, str]:
    """Who asked, hashed, by request id."""
    return {line["request_id"]: line["subject"] for line in edge.app_lines() if line["event"] == "request"}


@pytest.mark.parametrize("name", CLAIMS)
def test_s03_a_login_that_names_nobody_is_nobody_whatever_the_client_claims(edge: Edge, name: str) -> None:
    edge.login.always = ""
    try:
        value = edge.secret if name == "X-Proxy-Auth" else CLAIMS[name]
        for spelling, spell in SPELLINGS.items():
            headers = [(spelt, value) for spelt in spell(name)]
            refused = {400, 401} if (name, spelling) in REFUSED_BY_NGINX else {401}
            assert get(edge, f"/billing/accounts/{B}", *headers)[0] in refused, headers
    finally:
        edge.login.always = ANA


def test_s03_a_location_without_the_include_is_refused_for_want_of_the_secret(edge: Edge) -> None:
    claims = [("X-Auth-Request-Email", ANA), ("X-Auth-Request-Groups", "told-leads")]
    assert get(edge, f"/careless/accounts/{A}", *claims)[0] == 401
    assert get(edge, "/careless/", *claims)[0] == 401
    assert get(edge, f"/billing/accounts/{A}", *claims)[0] == 200


# By location of the sample: a request to it, and the answers that it may have with a spoofed identity.
EXERCISED: dict[str, tuple[str, str, set[int]]] = {
    "/": ("GET", "/elsewhere", {404}),
    "= /billing": ("GET", "/billing", {301}),
    "~ ^/billing/(livez|readyz|health|metrics)$": ("GET", "/billing/readyz", {404}),
    "/billing/": ("GET", f"/billing/accounts/{B}", {403, 404}),
    r"~ ^/billing/accounts/[^/]+/([a-z_]+\.(csv|json)|invoices/[^/]+\.pdf)$": (
        "GET", f"/billing/accounts/{B}/commitments.csv", {403, 404},
    ),
    "^~ /billing/embed/": ("GET", f"/billing/embed/accounts/{B}/commitments.csv", {401}),
    "= /billing/embed.js": ("GET", "/billing/embed.js", {200}),
    "= /billing/embed.d.ts": ("GET", "/billing/embed.d.ts", {200}),
    "= /billing/v1/dashboards/getEmbeddableUrl": ("POST", "/billing/v1/dashboards/getEmbeddableUrl", {401}),
    "= /oauth2/auth": ("GET", "/oauth2/auth", {404}),
    "/oauth2/": ("GET", "/oauth2/sign_in", {200}),
    "@login": ("POST", "/billing/_dash-update-component", {401}),
}  # fmt: skip


def test_s03_every_location_of_the_sample_is_exercised(edge: Edge) -> None:
    assert [address for address, _ in locations()] == list(EXERCISED)
    assert len(EXERCISED) == 12
    for address, (method, path, answers) in EXERCISED.items():
        claims = [("X-Auth-Request-Email", BO), ("X-Forwarded-Email", BO), ("X-Proxy-Auth", edge.secret)]
        edge.login.always = None if address == "@login" else ANA
        try:
            assert get(edge, path, *claims, method=method)[0] in answers, address
        finally:
            edge.login.always = ANA


def test_s03_the_app_never_sees_the_cookie_of_the_login_and_the_login_never_the_secret(edge: Edge) -> None:
    edge.login.asked.clear()
    assert get(edge, f"/billing/accounts/{A}", ("Cookie", "who=ana; other=1"), ("Authorization", "Bearer x"))[0] == 200
    asked = edge.login.asked[-1]
    assert asked["cookie"] == "who=ana; other=1"
    assert "x-proxy-auth" not in asked
    assert "authorization" not in asked
    assert edge.secret not in edge.logs()
