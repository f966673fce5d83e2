"""What every response carries: a strict content policy, no sniffing, no referrer, nothing kept by shared caches.

The policy was measured to run Dash, DMC and Plotly with no violation; only inline styles are allowed, no inline script
beyond Dash's own start lines, whose hashes are computed after the last callback is registered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Response

NOBODY = "'none'"
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def content_policy(script_hashes: Sequence[str], frames: Sequence[str] = (), ancestors: Sequence[str] = ()) -> str:
    """``frames``: what may be shown in frames of the page; ``ancestors``: who may show the page in a frame. Nothing and
    nobody unless told."""
    scripts = " ".join(("'self'", *script_hashes))
    framed = f"frame-src {' '.join(frames)}; " if frames else ""
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self' data:; connect-src 'self'; {framed}object-src 'none'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {' '.join(ancestors) or NOBODY}"
    )


def set_headers(
    server: Flask,
    script_hashes: Sequence[str],
    frames: Sequence[str] = (),
    ancestors: Callable[[], Sequence[str]] = tuple,
) -> None:
    """``ancestors`` is asked for every response."""

    def finish(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = content_policy(script_hashes, frames, ancestors())
        for name, value in _FIXED.items():
            response.headers[name] = value
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    server.after_request(finish)


def bare(response: Response) -> Response:
    """``response`` with the headers of what runs nothing, loads nothing and is shown in no frame."""
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    for name, value in _FIXED.items():
        response.headers[name] = value
    return response
