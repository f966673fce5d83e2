"""Follows docs/how-to/rotate-a-key.md word for word against a running edge, while somebody uses it: nobody who is to be
let in notices."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sandbox.catalogue import Customer
from tests.edge.document import reading, steps
from tests.edge.edge import Edge, running_edge, until
from tests.edge.shipped import ROOT

PAGE = ROOT / "docs" / "how-to" / "rotate-a-key.md"
KEYS = """\
version: 1
keys:
  portal-2026-11:
    alg: HS256
    secret_file: portal-2026-11.secret
    status: active
    customers: all
    dashboards: all
    origins: ["https://portal.example.com"]
"""


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    with running_edge(tmp_path, keys=KEYS) as running:
        text = "".join(f"{name}={value}\n" for name, value in running.settings.items())
        (tmp_path / "burnboard.env").write_text(text)
        yield running


def places(edge: Edge) -> dict[str, str]:
    return {
        "/etc/nginx/nginx.conf": str(edge.folder / "nginx.conf"),
        "/etc/burnboard": str(edge.folder),
        "/run/burnboard": str(Path(edge.replicas[0].address.removeprefix("unix:")).parent),
        "/opt/burnboard": str(ROOT),
    }


@contextmanager
def people(edge: Edge) -> Iterator[list[int]]:
    """Statuses of what somebody who looks at a page all the while gets."""
    found: list[int] = []
    ended = threading.Event()

    def look() -> None:
        session = edge.as_user("ana@acme.example")
        while not ended.wait(0.05):
            try:
                found.append(session.get(f"{edge.url}accounts/{Customer.BRAND_NEW}", timeout=30).status_code)
            except requests.RequestException:
                found.append(0)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


@pytest.mark.process
def test_every_command_of_the_page_does_what_the_page_says_and_nobody_notices(edge: Edge) -> None:
    before = edge.as_user("ana@acme.example").get(edge.url, timeout=60)
    assert before.status_code == 200
    old = edge.secret
    with people(edge) as found, reading(edge.folder / "logs", places(edge)) as reader:
        for step in steps(PAGE):
            reader.follow(step)
            if step.heading == "An embed key":
                time.sleep(2.5)  # until the app has read its files again
                assert link_for_the_host(edge).status_code == 200, step.commands
    assert len(found) > 20
    assert set(found) == {200}
    assert old not in (edge.folder / "proxy_secret").read_text()
    until(lambda: with_secret(edge, old) == 401, "the old secret is refused", edge, patience=5)
    asked = link_for_the_host(edge)
    assert asked.status_code == 400, asked.text  # the key that it was moved to was taken back, further down the page


def with_secret(edge: Edge, secret: str) -> int:
    """The status that an app gives a request with this ``secret`` of the proxy."""
    headers = {"X-Proxy-Auth": secret, "X-Auth-Request-Email": "ana@acme.example"}
    return edge.replicas[0].ask(edge.prefix, headers=headers)[0]


def link_for_the_host(edge: Edge) -> requests.Response:
    """What a host gets that asks this app for its links; it is to notice nothing of a rotation either."""
    return edge.as_nobody().post(
        f"{edge.url}v1/dashboards/getEmbeddableUrl",
        json={"customer_id": str(Customer.BRAND_NEW), "dashboard": "usage"},
        headers={"Authorization": f"Bearer {edge.issuer_key}"},
        timeout=60,
    )


def test_the_account_of_the_page_is_one_of_the_sandbox() -> None:
    assert set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", PAGE.read_text())) == {str(Customer.FLAGSHIP)}


def test_every_block_is_run_or_is_what_one_prints() -> None:
    kinds = re.findall(r"^```(\w*)$", PAGE.read_text(), re.M)
    assert set(kinds) == {"sh", "text", ""}
    assert kinds.count("sh") == len(steps(PAGE)) > 8


def test_the_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text()):
        assert (PAGE.parent / target).exists(), target
