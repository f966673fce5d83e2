"""The whole site in this process, pages and embeds, under a made-up name with https. Before it stands a proxy of a few
lines that knows people by a cookie, as a real one does; the real one is started by tests/edge."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from werkzeug.wrappers import Request, Response

from access.embed.key_files import Algorithm
from access.embed.new_keys import new_issuer, new_key
from app import builders
from data.settings import Settings
from sandbox.server import Sandbox
from server.site import build_site
from tests.browser.sites import CERTIFICATE, Wsgi, served
from tests.conftest import NOW

NAME = "billing.example"
PUBLIC = f"https://{NAME}/"
ANA = "ana@acme.example"
POLICY = """\
version: 1
groups:
  everyone: {all_customers: true, can: [view, export, mint_embed]}
users:
  ana@acme.example: {groups: [everyone]}
"""


@dataclass(frozen=True)
class Asked:
    """One request as it came, and what was answered."""

    method: str
    path: str
    query: str
    cookie: bool
    referer: str
    status: int
    headers: dict[str, str]


@dataclass
class WholeSite:
    """``port`` is where ``NAME`` is to be found; ``log`` what was asked so far; ``issuer_key`` gets links."""

    port: int
    issuer_key: str
    folder: Path
    log: list[Asked] = field(default_factory=list)

    def session(self) -> requests.Session:
        """A client that is no browser; addresses of the site begin with ``local``."""
        session = requests.Session()
        session.trust_env, session.verify, session.headers["Host"] = False, str(self.folder / CERTIFICATE), NAME
        return session

    @property
    def local(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def link(self, customer_id: str, dashboard: str, **more: Any) -> str:
        """A fresh link, as a host's server asks for it."""
        with self.session() as session:
            answer = session.post(
                f"{self.local}/v1/dashboards/getEmbeddableUrl",
                json={"customer_id": customer_id, "dashboard": dashboard, **more},
                headers={"Authorization": f"Bearer {self.issuer_key}"},
                timeout=20,
            )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["url"])

    def asked(self, path: str) -> list[Asked]:
        return [one for one in self.log if one.path == path]


@contextmanager
def whole_site(
    folder: Path, sandbox: Sandbox, tls: ssl.SSLContext, *, origins: list[str], **env: str
) -> Iterator[WholeSite]:
    """``origins`` may frame what the one key signs. ``env``: further settings."""
    secret = secrets.token_hex(32)
    issuer_key = _write(folder, secret, origins)
    settings = Settings.from_env(
        {
            "METRONOME_BEARER_TOKEN": "whole-site-token",
            "METRONOME_BASE_URL": sandbox.url,
            "BURNBOARD_NOW": NOW,
            "BURNBOARD_UPSTREAM_RPS": "10000",
            "BURNBOARD_UPSTREAM_BURST": "10000",
            "BURNBOARD_EMBED_RATE": "1000",
            "BURNBOARD_VIEWER_RATE": "1000",
            "BURNBOARD_AUTH": "proxy+embed",
            "BURNBOARD_PUBLIC_URL": PUBLIC,
            "BURNBOARD_IDENTITY": "plain",
            "BURNBOARD_TRUSTED_PROXIES": "127.0.0.1/32",
            "BURNBOARD_PROXY_SECRET_FILE": str(folder / "proxy_secret"),
            "BURNBOARD_POLICY_FILE": str(folder / "policy.yaml"),
            "BURNBOARD_EMBED_KEYS_FILE": str(folder / "ring.yaml"),
            "BURNBOARD_ISSUER_KEYS_FILE": str(folder / "issuers.yaml"),
            **env,
        }
    )
    site = WholeSite(port=0, issuer_key=issuer_key, folder=folder)
    front: Any = build_site(settings, builders(settings))
    with served(_logged(_proxied(front, secret), site.log), tls) as site.port:
        yield site


def _write(folder: Path, secret: str, origins: list[str]) -> str:
    record = new_key("k1", Algorithm.EDDSA, folder, customers=["all"], dashboards=["all"], origins=origins)
    issuer_key, issuer = new_issuer("host", kid="k1", customers=["all"], dashboards=["all"])
    for name, text in {
        "proxy_secret": secret,
        "policy.yaml": POLICY,
        "ring.yaml": f"version: 1\nkeys:\n{record}",
        "issuers.yaml": f"version: 1\nissuers:\n{issuer}",
    }.items():
        (folder / name).write_text(text)
    return issuer_key


def _proxied(app: Wsgi, secret: str) -> Wsgi:
    """Signs people in at ``/login``, by a cookie that browsers send from other sites too, so that nothing but the app
    stands against what those send."""

    def proxy(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        if request.path == "/login":
            answer = Response('<link rel="icon" href="data:,">Signed in', content_type="text/html")
            answer.headers["Set-Cookie"] = "login=ana; Secure; HttpOnly; SameSite=None; Path=/"
            return answer(environ, start_response)
        added = {"HTTP_X_PROXY_AUTH": secret, "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}
        if request.cookies.get("login") == "ana":
            added["HTTP_X_FORWARDED_EMAIL"] = ANA
        return app({**environ, **added}, start_response)

    return proxy


def _logged(app: Wsgi, log: list[Asked]) -> Wsgi:
    def logged(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            log.append(
                Asked(
                    method=environ["REQUEST_METHOD"],
                    path=environ["PATH_INFO"],
                    query=environ.get("QUERY_STRING", ""),
                    cookie="HTTP_COOKIE" in environ,
                    referer=environ.get("HTTP_REFERER", ""),
                    status=int(status.split(maxsplit=1)[0]),
                    headers={name.lower(): value for name, value in headers},
                )
            )
            return start_response(status, headers, *rest)

        return app(environ, start)

    return logged
