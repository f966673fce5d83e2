"""The site behind a proxy, without the proxy: what is asked here is what the other end of the app's socket sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

import app as application
from access.setup import Access, open_access
from data.clock import Clock
from data.settings import Settings
from sandbox.server import Sandbox
from server.front import Front
from server.site import Builders, build_site
from tests.conftest import NOW
from tests.embeds import Ring
from tests.rows.identities import ANA, BEN, SECRET
from tests.rows.marked import TOKEN, marked

POLICY = f"""
version: 1
groups:
  of-a: {{customers: ["{marked("A").id}"], can: [view, export]}}
  all: {{all_customers: true, can: [view, export, mint_embed]}}
users:
  {ANA}: {{groups: [of-a]}}
  {BEN}: {{groups: [all], deny: ["{marked("B").id}"]}}
proxy_groups: {{leads: all}}
"""
PLAIN = {"X-Proxy-Auth": SECRET, "X-Forwarded-Email": ANA}


def plain_settings(
    folder: Path, *, policy: str = POLICY, api: str = "http://127.0.0.1:1", **env: str
) -> dict[str, str]:
    """Proxy mode with plain headers on a Unix socket; its files are ``folder``'s."""
    (folder / "policy.yaml").write_text(policy)
    (folder / "secret").write_text(SECRET + "\n")
    return {
        "METRONOME_BEARER_TOKEN": TOKEN,
        "METRONOME_BASE_URL": api,
        "BURNBOARD_NOW": NOW,
        "BURNBOARD_UPSTREAM_RPS": "100000",
        "BURNBOARD_UPSTREAM_BURST": "10000",
        "BURNBOARD_VIEWER_RATE": "100000",
        "BURNBOARD_EMBED_RATE": "100000",
        "BURNBOARD_AUTH": "proxy",
        "BURNBOARD_IDENTITY": "plain",
        "BURNBOARD_SOCKET": str(folder / "app.sock"),
        "BURNBOARD_POLICY_FILE": str(folder / "policy.yaml"),
        "BURNBOARD_PROXY_SECRET_FILE": str(folder / "secret"),
        **env,
    }


def embed_settings(folder: Path) -> dict[str, str]:
    """What makes it ``proxy+embed``, with one key."""
    ring = Ring(folder).add("k1").write()
    return {"BURNBOARD_AUTH": "proxy+embed", "BURNBOARD_EMBED_KEYS_FILE": str(ring.path)}


@dataclass(frozen=True)
class Behind:
    """The whole site, and the two servers in it."""

    front: Front
    servers: dict[str, Flask]

    def ask(self, path: str, method: str = "GET", *, peer: str = "", **more: Any) -> TestResponse:
        return Client(self.front, use_cookies=False).open(
            path, method=method, buffered=True, environ_overrides={"REMOTE_ADDR": peer}, **more
        )

    def as_ana(self, path: str, method: str = "GET", **more: Any) -> TestResponse:
        return self.ask(path, method, headers={**PLAIN, **more.pop("headers", {})}, **more)


def behind(folder: Path, sandbox: Sandbox | None = None, *, policy: str = POLICY, **env: str) -> Behind:
    """The site on ``sandbox``; ``env`` over the settings of plain proxy mode."""
    api = {"api": sandbox.url} if sandbox else {}
    settings = Settings.from_env({**plain_settings(folder, policy=policy, **api), **env})
    made, servers = application.builders(settings), {}

    def kept(name: str, build: Callable[[Access], Flask]) -> Callable[[Access], Flask]:
        def build_and_keep(access: Access) -> Flask:
            servers[name] = build(access)
            return servers[name]

        return build_and_keep

    kept_builders = Builders(pages=kept("pages", made.pages), embeds=kept("embeds", made.embeds))
    return Behind(build_site(settings, kept_builders), servers)


def gate_of(folder: Path, clock: Clock, **env: str) -> Access:
    """What decides in plain proxy mode, on ``clock``."""
    return open_access(Settings.from_env(plain_settings(folder, **env)), clock)
