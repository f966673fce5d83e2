"""Whether the app in this container is alive: exit status 0 or 1. Asks ``livez`` where the app itself listens, by the
same settings. Alive and not ready, on purpose: what waits for a good policy file is not mended by starting it anew."""

from __future__ import annotations

import http.client
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from data.settings import Settings  # noqa: E402  # after the path

SECONDS = 2.0


class Local(http.client.HTTPConnection):
    """A connection to the address that the app listens at."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("localhost", timeout=SECONDS)
        self._settings = settings

    def connect(self) -> None:
        if self._settings.socket is None:
            self.sock = socket.create_connection((self._settings.host, self._settings.port), SECONDS)
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(str(self._settings.socket))


def main() -> int:
    try:
        settings = Settings.read(ROOT)
        connection = Local(settings)
        connection.request("GET", f"{settings.path_prefix}livez")
        return 0 if connection.getresponse().status == 200 else 1
    except (OSError, ValueError, http.client.HTTPException):
        return 1


if __name__ == "__main__":
    sys.exit(main())
