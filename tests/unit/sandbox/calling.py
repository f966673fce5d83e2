"""A caller that reads numbers exactly and follows every cursor."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import requests

NOW = datetime(2026, 5, 20, 14, 30, tzinfo=UTC)


@dataclass
class Caller:
    """Plain HTTP against the sandbox; JSON numbers become ``Decimal``."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": "Bearer test"} | more.pop("headers", {})
        return self.session.request(method, self.url + path, headers=headers, timeout=20, **more)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        response = self.send(method, path, **more)
        assert response.status_code == 200, response.text
        return json.loads(response.text, parse_float=Decimal, parse_int=Decimal)

    def rows(
        self, method: str, path: str, *, params: Any = None, body: Any = None, cursor: str = "next_page"
    ) -> list[Any]:
        """All rows; the cursor goes where the request's own parameters are not, which a tolerant server accepts."""
        found, params = [], dict(params or {})
        while True:
            more = {"json": body} if body is not None else {}
            page = self.ask(method, path, params=params, **more)
            found += page["data"]
            if not page[cursor]:
                return found
            params[cursor] = page[cursor]
