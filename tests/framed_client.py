"""The embed app without a browser: what a frame's scripts would send, sent by a test, with a session of a real link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from access.embed.link_signing import sign_link
from access.embed.opening import EmbedAccess
from access.embed.setup import open_embed
from app import create_source
from data.clock import Clock
from data.settings import Settings
from embed_app import create_embed_app
from sandbox.server import Sandbox
from tests.conftest import NOW
from tests.embeds import Ring

KID, HOST, PUBLIC = "acme", "https://portal.acme.example", "http://localhost/"


@dataclass(frozen=True)
class Frame:
    """One opened frame. ``about`` is what the exchange answered."""

    app: Dash
    client: FlaskClient
    about: Mapping[str, Any]

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.about['session']}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, headers=self.bearer)

    def file(self, name: str, query: str = "", *, customer: str = "") -> TestResponse:
        return self.get(f"/embed/accounts/{customer or self.about['customer_id']}/{name}{query}")

    def ask(self, store: str, search: str = "", **more: Any) -> TestResponse:
        """One question as ``assets/embed/embed-query.js`` puts it."""
        found = next(one for one in self.app._callback_list if _inputs(one) == [(store, "data")])
        body = {
            "output": found["output"],
            "outputs": [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in _outputs(found)],
            "inputs": [{"id": store, "property": "data", "value": {"search": search, "tries": 0, **more}}],
            "changedPropIds": [f"{store}.data"],
            "state": [],
        }
        return self.client.post("/embed/_dash-update-component", json=body, headers=self.bearer)

    def panel(self, key: str, search: str = "", **more: Any) -> dict[str, Any]:
        """By element id, what a panel's answer sets."""
        answer = self.ask(f"address-embed-{key}", search, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json()["response"])


def _inputs(callback: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["id"], one["property"]) for one in callback["inputs"]]


def _outputs(callback: Mapping[str, Any]) -> list[str]:
    return str(callback["output"]).strip(".").split("...")


@dataclass(frozen=True)
class Host:
    """An app with embeds, and a host that may sign links to all of its accounts."""

    app: Dash
    embed: EmbedAccess
    ring: Ring

    def link(self, customer: str, dashboard: str, opt: Mapping[str, Any] | None = None, **more: Any) -> str:
        return sign_link(
            self.ring.private[KID], algorithm="HS256", kid=KID, public_url=PUBLIC, customer_id=str(customer),
            dashboard=dashboard, options=opt, more=more,
        )  # fmt: skip

    def open(self, customer: str, dashboard: str, opt: Mapping[str, Any] | None = None, **more: Any) -> Frame:
        client = self.app.server.test_client()
        token = self.link(customer, dashboard, opt, **more).split("#t=")[1]
        answer = client.post(f"/embed/{KID}/{dashboard}/session", json={"token": token})
        assert answer.status_code == 200, answer.text
        return Frame(self.app, client, answer.get_json())


def host_on(sandbox: Sandbox, folder: Path, *, clock: Clock | None = None, now: str = NOW, prefix: str = "/") -> Host:
    """``clock`` is that of the data; tokens always have a real one."""
    ring = Ring(folder).add(KID, origins=[HOST]).write()
    settings = Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": "test-token",
            "METRONOME_BASE_URL": sandbox.url,
            "BURNBOARD_NOW": now,
            "BURNBOARD_AUTH": "embed",
            "BURNBOARD_EMBED_KEYS_FILE": str(ring.path),
            "BURNBOARD_PUBLIC_URL": PUBLIC.rstrip("/") + prefix,
            "BURNBOARD_PATH_PREFIX": prefix,
            "BURNBOARD_UPSTREAM_RPS": "1000",
            "BURNBOARD_UPSTREAM_BURST": "1000",
        }
    )
    embed = open_embed(settings, Clock())
    return Host(create_embed_app(settings, create_source(settings, clock), embed, clock), embed, ring)
