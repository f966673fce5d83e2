"""One app at a time on this machine, for ``dash_duo``. Dash's own runner ends every thread that the process has begun
since, wherever it stands; one that holds a lock then holds it for all tests that follow."""

from __future__ import annotations

import threading
import time
from typing import Final

from dash import Dash
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

PATIENCE: Final = 3.0  # seconds that what is under way at the end of a test may still take


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nothing: what a test wants to know of its requests it counts."""


class AppServer:
    """``url`` has no slash at its end."""

    def __init__(self) -> None:
        self.url = ""
        self._server: BaseWSGIServer | None = None
        self._before: set[threading.Thread] = set()

    def __call__(self, app: Dash) -> None:
        """Serve ``app`` on a free port, instead of what was served before."""
        self.stop()
        self._before = set(threading.enumerate())
        self._server = make_server("127.0.0.1", 0, app.server, threaded=True, request_handler=_Silent)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Answer nobody any more, and let what is under way end."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        end = time.monotonic() + PATIENCE
        for thread in set(threading.enumerate()) - self._before:
            thread.join(max(0.0, end - time.monotonic()))
