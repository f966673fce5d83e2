"""R30: health tells the truth about this process, and nothing about anybody else. R28 has draining on a process."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import Client

from data.clock import Clock
from sandbox.server import Sandbox
from server.front import Front
from server.health import Health
from tests.edge.processes import free_port
from tests.rows.site import client, files, site

PLACES = ("/", "/billing/")


def checked(asking: Client, ready: int, because: tuple[str, ...] = ()) -> None:
    """``/livez`` is 200 whatever happens; ``/readyz`` is ``ready``; both at the root and below the prefix."""
    for at in PLACES:
        live, said = asking.get(f"{at}livez"), asking.get(f"{at}readyz")
        assert (live.status_code, said.status_code) == (200, ready)
        for answer in (live, said):
            assert len(answer.data) <= 1024
            assert not re.search(rb"\d+\.\d+", answer.data), "no versions"
            assert answer.headers["Cache-Control"] == "no-store"
        assert tuple(json.loads(said.data).get("because", ())) == because


def test_r30_metronome_down_is_no_reason(tmp_path: Path) -> None:
    front = site(f"http://127.0.0.1:{free_port()}", BURNBOARD_PATH_PREFIX="/billing/", **files(tmp_path))
    checked(client(front), 200)


@pytest.mark.parametrize(("name", "word"), [("policy.yaml", "policy"), ("ring.yaml", "embed_keys")])
def test_r30_a_file_that_became_invalid_is_a_reason_until_it_is_mended(
    tmp_path: Path, sandbox: Sandbox, name: str, word: str
) -> None:
    asking = client(site(sandbox, BURNBOARD_PATH_PREFIX="/billing/", **files(tmp_path)))
    checked(asking, 200)
    good = (tmp_path / name).read_text()
    (tmp_path / name).write_text("version: 1\nnonsense: [")
    _await(lambda: asking.get("/readyz").status_code == 503)
    checked(asking, 503, (word,))
    (tmp_path / name).write_text(good)
    _await(lambda: asking.get("/readyz").status_code == 200)
    assert sandbox.requests.all() == []


def test_r30_starting_and_stopping_are_reasons() -> None:
    leaving = [False]
    front = Front("/billing/", Health(leaving=lambda: leaving[0]), Clock())
    asking = client(front)
    checked(asking, 503, ("starting",))
    front.open(None, None)
    checked(asking, 200)
    leaving[0] = True
    checked(asking, 503, ("draining",))
    assert asking.get("/livez").headers["Connection"] == "close"


def test_r30_health_is_told_to_nobody_by_another_name() -> None:
    asking = client(Front("/billing/", Health(started=True), Clock()).open(None, None))
    for path in ("/livez/", "/billing/x/readyz", "/readyz.css", "//livez"):
        assert asking.get(path).status_code == 404
    assert asking.post("/readyz").status_code == 404


def _await(condition: Callable[[], bool], patience: float = 30.0) -> None:
    """Files are looked at once a second."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
