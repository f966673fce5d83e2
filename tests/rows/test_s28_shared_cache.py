"""S28: no shared HTTP cache can leak. A cache that goes by the end of an address, and by nothing that the answer says
of itself, stands in front of the shipped edge."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.catalogue import Customer
from tests.edge.edge import Edge, running_edge
from tests.edge.processes import free_port
from tests.edge.shipped import Places

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
A, B = str(Customer.FLAGSHIP), str(Customer.EURO)
POLICY = f"""\
version: 1
users:
  ana@acme.example: {{customers: ["{A}"], can: [view, export]}}
  bo@acme.example: {{customers: ["{B}"], can: [view, export]}}
"""


def careless_cache(port: int, places: Places) -> str:
    """Keeps whatever ends in .css or .js and was answered with 200, for everybody, whatever its headers say."""
    return f"""
    proxy_cache_path {places.folder}/cdn keys_zone=cdn:1m;
    server {{
        listen 127.0.0.1:{port};
        merge_slashes off;
        location / {{ proxy_pass http://127.0.0.1:{places.port}; proxy_set_header Host $http_host; }}
        location ~* \\.(css|js)$ {{
            proxy_cache cdn;
            proxy_cache_key $request_uri;
            proxy_cache_valid 200 301 302 1h;
            proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
            add_header X-Cache $upstream_cache_status always;
            proxy_set_header Host 127.0.0.1:{places.port};
            proxy_set_header Accept-Encoding "";
            proxy_pass http://127.0.0.1:{places.port};
        }}
    }}
"""


@pytest.fixture(scope="module")
def cache() -> str:
    """The address of the cache."""
    return f"http://127.0.0.1:{free_port()}/billing/"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, cache: str) -> Iterator[Edge]:
    beside = partial(careless_cache, urlsplit(cache).port or 0)
    with running_edge(tmp_path_factory.mktemp("edge"), policy=POLICY, beside=beside) as running:
        yield running


def deceptive(account: str) -> list[str]:
    """Addresses that end like a script or a style and begin like something else."""
    return [
        "x.css",
        "embed/k1/usage/x.css",
        "embed/k1/usage.css",
        "a%2f..%2fx.js",
        "..%2fx.js",
        "_dash-layout/x.css",
        "_dash-layout%2fx.css",
        "_dash-dependencies;x.js",
        "_dash-layout%3fx.css",
        "_dash-layout%23x.css",
        "_dash-update-component/x.js",
        f"accounts/{account}/x.css",
        f"accounts/{account}.css",
        f"accounts/{account};x.css",
        f"accounts/{account}%3fx.css",
        f"accounts/{account}/usage.csv/x.css",
        f"accounts/{account}/usage.csv%00x.css",
        f"accounts/{account}/commitments.css",
        "assets/../x.js",
        "assets/nothing.js",
        "_dash-component-suites/dash/nothing.js",
    ]


def get(session: requests.Session, cache: str, path: str) -> requests.Response:
    """Through the cache, the path exactly as it is written."""
    asking = requests.Request("GET", cache, headers={"Accept": "text/html"})
    prepared = session.prepare_request(asking)
    prepared.url = cache + path
    return session.send(prepared, allow_redirects=False, timeout=30)


def kept(edge: Edge) -> list[Path]:
    return [path for path in (edge.folder / "cdn").rglob("*") if path.is_file()]


def test_s28_addresses_that_only_end_like_a_script_are_nothing_and_are_kept_for_nobody(edge: Edge, cache: str) -> None:
    before = set(kept(edge))
    for user, account in (("ana@acme.example", A), ("bo@acme.example", B)):
        session = edge.as_user(user)
        for path in deceptive(A) + deceptive(account):
            answer = get(session, cache, path)
            assert answer.status_code in {400, 401, 403, 404}, (path, answer.status_code)
            assert answer.headers.get("X-Cache") != "HIT", path
    assert set(kept(edge)) == before


def test_s28_what_the_cache_does_keep_is_the_same_for_everybody(edge: Edge, cache: str) -> None:
    """The positive control: real bundles are kept and handed to the next person, and none holds anything of anybody."""
    bundles = [f"assets/{path.name}" for path in (ROOT / "assets").iterdir() if path.suffix in (".js", ".css")]
    assert len(bundles) > 10
    first = [get(edge.as_user("ana@acme.example"), cache, path) for path in bundles]
    second = [get(edge.as_user("bo@acme.example"), cache, path) for path in bundles]
    assert {answer.status_code for answer in (*first, *second)} == {200}
    assert {answer.headers["X-Cache"] for answer in second} == {"HIT"}
    assert [answer.content for answer in first] == [answer.content for answer in second]
    own = [A, B, "ana@acme.example", "bo@acme.example", edge.secret]
    for path in kept(edge):
        text = path.read_bytes()
        assert [word for word in own if word.encode() in text] == [], path
        assert b'pathname_prefix":"/' not in text, path  # the page's own configuration


def test_s28_everything_that_is_not_a_bundle_says_no_store(edge: Edge) -> None:
    session = edge.as_user("ana@acme.example")
    dynamic = ["", f"accounts/{A}", f"accounts/{A}/commitments.csv", f"accounts/{B}", "_dash-layout",
               "_dash-dependencies", "x.css", "nothing", "embed/k1/usage", "embed/k9/usage"]  # fmt: skip
    for path in dynamic:
        answer = session.get(edge.url + path, timeout=60)
        assert answer.headers["Cache-Control"] == "no-store", (path, answer.status_code)
    link = edge.link(A, "usage")
    opened = edge.open(link)
    assert opened.status_code == 200, opened.text
    assert opened.headers["Cache-Control"] == "no-store"
