"""Follows docs/how-to/behind-your-proxy.md word for word: every ``sh`` block, in order, in one shell. oauth2-proxy is
the stand-in, and Redis is one of the test's own."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from data.settings import VARIABLES
from sandbox.server import Sandbox, running_sandbox
from tests.edge.document import reading, steps
from tests.edge.edge import until
from tests.edge.login import COOKIE, Login, cookie_for
from tests.edge.processes import Processes, free_port, listens, need
from tests.edge.shipped import ROOT

PAGE = ROOT / "docs" / "how-to" / "behind-your-proxy.md"


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """The path of a socket can have some hundred letters, too few for where pytest keeps things."""
    folder = Path(tempfile.mkdtemp(prefix="burnboard-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def installed(folder: Path, elsewhere: dict[str, str]) -> None:
    """What the page finds in /opt/burnboard: this repository, the paths in the files of ``deploy`` being those of this
    machine."""
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in {"deploy", ".env"}:
            (folder / path.name).symlink_to(path)
    (folder / "deploy").mkdir()
    for name in ("nginx.conf", "burnboard_proxy.inc", "policy.sample.yaml"):
        text = (ROOT / "deploy" / name).read_text()
        for there, here in elsewhere.items():
            text = text.replace(there, here)
        (folder / "deploy" / name).write_text(text)


def machine(folder: Path, *, port: int, login: Login, redis_port: int, api: Sandbox) -> dict[str, str]:
    """Where the places of the page are here."""
    return {
        "user www-data;": f"user {getpass.getuser()};",
        "chgrp -R burnboard": f"chgrp -R {os.getgid()}",
        "/opt/burnboard": f"{folder}/opt",
        "/etc/burnboard": f"{folder}/etc/burnboard",
        "/etc/nginx": f"{folder}/etc/nginx",
        "/run/burnboard": f"{folder}/run",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/var/log/nginx": f"{folder}/log",
        "/var/cache/nginx": f"{folder}/cache",
        "127.0.0.1:4180": f"127.0.0.1:{login.port}",
        "127.0.0.1:6379": f"127.0.0.1:{redis_port}",
        "localhost:8080": f"localhost:{port}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "METRONOME_BEARER_TOKEN=your-token": f"METRONOME_BEARER_TOKEN=your-token\nMETRONOME_BASE_URL={api.url}",
    }


@pytest.mark.process
def test_every_command_of_the_page_does_what_the_page_says(short_folder: Path) -> None:
    folder, port, redis_port, login = short_folder, free_port(), free_port(), Login()
    with running_sandbox() as api, Processes(folder) as processes:
        redis = ("--bind", "127.0.0.1", "--port", str(redis_port), "--save", "", "--dir", str(folder))
        processes.start(need("redis-server"), *redis, name="redis")
        elsewhere = machine(folder, port=port, login=login, redis_port=redis_port, api=api)
        installed(folder / "opt", elsewhere)
        with reading(folder, elsewhere) as reader:
            for step in steps(PAGE):
                reader.follow(step)
                if step.commands.rstrip().endswith("nginx -c /etc/nginx/nginx.conf"):
                    until(lambda: listens(port), "nginx answers")
                    reader.hold(int((folder / "nginx.pid").read_text()))
            look_around(folder, port)
    login.stop()


def look_around(folder: Path, port: int) -> None:
    """What the page promises beside what its commands print: a browser gets in, and both replicas answer."""
    cookie = {"Cookie": f"{COOKIE}={cookie_for('ana@acme.example')}"}
    for _ in range(6):
        assert requests.get(f"http://localhost:{port}/billing/", headers=cookie, timeout=60).status_code == 200
    log = (folder / "log" / "access.log").read_text()
    assert "app-1.sock" in log
    assert "app-2.sock" in log


def test_every_block_is_run_or_is_what_one_prints() -> None:
    kinds = re.findall(r"^```(\w*)$", PAGE.read_text(), re.M)
    assert set(kinds) == {"sh", "text", ""}
    assert kinds.count("sh") == len(steps(PAGE)) > 8


def test_the_settings_of_the_page_exist() -> None:
    named = set(re.findall(r"\b(?:BURNBOARD|METRONOME)_[A-Z_]+", PAGE.read_text()))
    assert named - set(VARIABLES) == set()


def test_the_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text()):
        assert (PAGE.parent / target).exists(), target
