"""The script for pages that embed this app, and its types: public, usable from another site, asked about each time it
is used, so that a new version reaches every host at once."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from flask import Flask, Response, request

FOLDER = Path(__file__).resolve().parent.parent / "assets_host"
KINDS = {"embed.js": "text/javascript; charset=utf-8", "embed.d.ts": "text/plain; charset=utf-8"}
ENDPOINTS = {name: f"host_{name.replace('.', '_')}" for name in KINDS}


def offer_host_script(server: Flask, prefix: str) -> None:
    """``{prefix}embed.js`` and ``{prefix}embed.d.ts`` on ``server``."""
    for name, kind in KINDS.items():
        body = (FOLDER / name).read_bytes()
        tag = blake2b(body, digest_size=16).hexdigest()

        def answer(body: bytes = body, kind: str = kind, tag: str = tag) -> Response:
            response = Response(body, content_type=kind)
            response.set_etag(tag)
            response.headers["Cache-Control"] = "no-cache"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            return response.make_conditional(request)

        server.add_url_rule(prefix + name, ENDPOINTS[name], answer)
