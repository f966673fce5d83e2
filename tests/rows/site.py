"""The whole site in this process: its front, with whatever settings, and what it tells."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.test import Client

from app import builders
from data.events import Field, listen
from data.settings import LogForm, Secret, Settings
from sandbox.server import Sandbox
from server.front import Front
from server.logs import formatter
from server.site import build_site
from tests.conftest import NOW

TOKEN = "MARK_TOKEN_for_the_sandbox"
POLICY = """\
version: 1
groups:
  everyone: {all_customers: true, can: [view, export, mint_embed]}
users:
  ana@acme.example: {groups: [everyone]}
"""
RING = """\
version: 1
keys:
  k1: {alg: HS256, secret_file: k1.secret, status: active, customers: all, dashboards: all, origins: ["https://a.example"]}
"""
# As the shipped nginx sends it over a Unix socket, which shows itself by an empty address.
ANA = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_EMAIL": "ana@acme.example"}


def files(folder: Path) -> dict[str, str]:
    """Settings of ``proxy+embed`` behind a Unix socket, and the files that they name."""
    texts = {"policy.yaml": POLICY, "ring.yaml": RING, "k1.secret": "s" * 43, "session.key": "t" * 43}
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    return {
        "BURNBOARD_AUTH": "proxy+embed",
        "BURNBOARD_IDENTITY": "plain",
        "BURNBOARD_IDENTITY_HEADER": "x-forwarded",
        "BURNBOARD_PROXY_SECRET_FILE": "off",
        "BURNBOARD_SOCKET": str(folder / "app.sock"),
        "BURNBOARD_POLICY_FILE": str(folder / "policy.yaml"),
        "BURNBOARD_EMBED_KEYS_FILE": str(folder / "ring.yaml"),
        "BURNBOARD_SESSION_KEY_FILE": str(folder / "session.key"),
        "BURNBOARD_VIEWER_RATE": "100000",
        "BURNBOARD_EMBED_RATE": "100000",
    }


def settings(api: Sandbox | str, **env: str) -> Settings:
    return Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": TOKEN,
            "METRONOME_BASE_URL": api if isinstance(api, str) else api.url,
            "BURNBOARD_NOW": NOW,
            "BURNBOARD_START_TOKEN": "off",
            "BURNBOARD_UPSTREAM_RPS": "1000",
            "BURNBOARD_UPSTREAM_BURST": "1000",
            **env,
        }
    )


def site(api: Sandbox | str, **env: str) -> Front:
    read = settings(api, **env)
    return build_site(read, builders(read))


def client(front: Front) -> Client:
    return Client(front)


@contextmanager
def logged(form: LogForm = LogForm.JSON) -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as it would stand in the log."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter(form, Secret(TOKEN)))
    root, own = logging.getLogger(), logging.getLogger("burnboard")
    before = root.handlers[:], root.level, own.level
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    own.setLevel(logging.INFO)
    try:
        yield written
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        own.setLevel(before[2])


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().split("\n")[:-1]]


@contextmanager
def heard() -> Iterator[list[tuple[str, dict[str, Field]]]]:
    """Every event of this process meanwhile."""
    events: list[tuple[str, dict[str, Field]]] = []

    def hear(event: str, fields: Mapping[str, Field]) -> None:
        events.append((event, dict(fields)))

    stop = listen(hear)
    try:
        yield events
    finally:
        stop()
