"""The smallest backend that embeds Burnboard: standard library only, two routes and two files.

It decides which account is shown; a browser only ever names a dashboard. In your product the account is that of whoever
is signed in, and /embed-url answers nobody else.
"""

from __future__ import annotations

import json
import os
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

FOLDER = Path(__file__).resolve().parent
DASHBOARDS = ("usage", "spend", "invoices", "commits_and_credits", "account")
FILES = {"/": ("index.html", "text/html; charset=utf-8"), "/host.js": ("host.js", "text/javascript; charset=utf-8")}
# Kept here for the sample's sake: a page that says where Burnboard is, and lets only that in.
POLICY = "default-src 'self'; script-src 'self' {origin}; frame-src {origin}; style-src 'self' 'unsafe-inline'"


def embed_url(burnboard: str, key: str, account: str, dashboard: str) -> str:
    """A fresh link, asked of Burnboard as one asks Metronome: the issuer key never leaves this process."""
    body = {"customer_id": account, "dashboard": dashboard}
    asked = Request(f"{burnboard}v1/dashboards/getEmbeddableUrl", json.dumps(body).encode(), method="POST")  # noqa: S310  # the address is the operator's
    asked.add_header("Authorization", f"Bearer {key}")
    asked.add_header("Content-Type", "application/json")
    with urlopen(asked, timeout=10) as answer:  # noqa: S310  # as above
        return str(json.load(answer)["data"]["url"])


class Host(BaseHTTPRequestHandler):
    def __init__(self, *args: Any, env: dict[str, str]) -> None:
        self.burnboard = env["BURNBOARD_URL"].rstrip("/") + "/"
        self.key, self.account = env["BURNBOARD_ISSUER_KEY"], env["SAMPLE_ACCOUNT"]
        super().__init__(*args)

    def do_GET(self) -> None:  # the base class's name
        asked = urlsplit(self.path)
        if asked.path == "/embed-url":
            self.link((parse_qs(asked.query).get("dashboard") or [""])[0])
        elif asked.path in FILES:
            name, kind = FILES[asked.path]
            text = (FOLDER / name).read_text().replace("{{BURNBOARD}}", self.burnboard)
            self.answer(200, kind, text)
        else:
            self.answer(404, "text/plain", "There is nothing here.")

    def link(self, dashboard: str) -> None:
        if dashboard not in DASHBOARDS:
            return self.answer(400, "text/plain", "There is no such dashboard.")
        try:
            url = embed_url(self.burnboard, self.key, self.account, dashboard)
        except (OSError, KeyError, ValueError):
            return self.answer(502, "text/plain", "Burnboard gave no link.")
        return self.answer(200, "text/plain", url)

    def answer(self, status: int, kind: str, text: str) -> None:
        origin = "://".join(urlsplit(self.burnboard)[:2])
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Security-Policy", POLICY.format(origin=origin)),
            ("Cache-Control", "no-store"),  # a link is for one page view
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        """Nothing: a log of addresses is not needed to show a sample."""


def main() -> None:
    port = int(os.environ.get("SAMPLE_PORT", "8090"))
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Host, env=dict(os.environ)))
    print(f"Sample host: http://localhost:{port}/", flush=True)  # noqa: T201  # the one line that start promises
    server.serve_forever()


if __name__ == "__main__":
    main()
