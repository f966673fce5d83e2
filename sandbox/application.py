"""The Flask application: requests in, checks, the endpoint, a page of rows out.

The header ``X-Sandbox-Now`` stands the clock of a single request at another instant.
"""

from __future__ import annotations

import ipaddress
import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from threading import Event, Lock
from typing import Any

import msgspec
from flask import Flask, Response, request

from sandbox import checks
from sandbox.asking import BODY, Ask, Cursor, Endpoint, Options, Row
from sandbox.bad_days import JSON, misbehave
from sandbox.endpoints import ENDPOINTS
from sandbox.faults import Fault, Faults, Kind
from sandbox.moments import hour_floor
from sandbox.paging import cursor_for, offset_of, page_end, page_size
from sandbox.refusals import Refusal, bad
from sandbox.stub_dashboard import stub_page
from sandbox.world import World

_encode = msgspec.json.Encoder(decimal_format="number").encode
_PAGE_FAULTS = {Kind.EMPTY_PAGE, Kind.REPEATED_CURSOR}
_LOGGED = 10_000
WRONG_TOKEN = "wrong-token"  # noqa: S105  # the one text that is never accepted


class RequestLog:
    """What was asked lately, oldest first: method, path, query, body. Headers, and with them tokens, are not kept."""

    def __init__(self) -> None:
        self._rows: deque[Row] = deque(maxlen=_LOGGED)
        self._lock = Lock()

    def add(self, row: Row) -> None:
        with self._lock:
            self._rows.append(row)

    def all(self, family: str | None = None) -> list[Row]:
        with self._lock:
            return [row for row in self._rows if family in {None, row["family"]}]

    def clear(self) -> None:
        with self._lock:
            self._rows.clear()


class Application:
    """Everything behind one server. ``stopping`` ends responses that wait."""

    def __init__(self, world: World, options: Options, clock: Callable[[], datetime]) -> None:
        self.world, self.options, self.clock = world, options, clock
        self.faults, self.requests, self.stopping = Faults(), RequestLog(), Event()
        self.flask = Flask("sandbox", static_folder=None)
        for endpoint in ENDPOINTS:
            view = partial(self._serve, endpoint)
            self.flask.add_url_rule(endpoint.rule, endpoint.family, view, methods=[endpoint.method])
        self._add("/embed/<customer_id>/<dashboard>", self._embed, "GET")
        self._add("/sandbox/faults", self._set_faults, "POST")
        self._add("/sandbox/requests", self._requests, "GET", "DELETE")
        self.flask.register_error_handler(404, lambda _: _refused(Refusal(404, "no such path")))
        self.flask.register_error_handler(405, lambda _: _refused(Refusal(405, "no such method")))

    def _add(self, rule: str, view: Callable[..., Response], *methods: str) -> None:
        self.flask.add_url_rule(rule, rule, view, methods=methods)

    def _serve(self, endpoint: Endpoint, **path: str) -> Response:
        body = request.get_data(as_text=True)
        asked = f"{request.full_path} {body}"
        query = request.query_string.decode()
        row = {"family": endpoint.family, "method": request.method, "path": request.path, "query": query, "body": body}
        self.requests.add(row)
        fault = self.faults.take(endpoint.family, asked)
        answer = partial(self._answer, endpoint, path, body, fault)
        if fault is None or fault.kind in _PAGE_FAULTS:
            return answer()
        return misbehave(fault, answer, self.stopping)

    def _answer(self, endpoint: Endpoint, path: dict[str, str], body: str, fault: Fault | None) -> Response:
        try:
            self._authenticate()
            ask = self._ask(endpoint, path, body)
            if endpoint.media:
                return Response(endpoint.answer(ask), mimetype=endpoint.media)
            if endpoint.cursor is None:
                return _json({"data": endpoint.answer(ask)})
            return _json(self._page(endpoint, endpoint.cursor, ask, fault))
        except Refusal as refusal:
            return _refused(refusal)

    def _authenticate(self) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        wanted = self.options.token
        if scheme.lower() != "bearer" or not token or token == WRONG_TOKEN or wanted not in {None, token}:
            raise Refusal(401, "Unauthorized")

    def _now(self) -> datetime:
        override = request.headers.get("X-Sandbox-Now")
        return checks.moment("X-Sandbox-Now", override) if override else self.clock()

    def _ask(self, endpoint: Endpoint, path: dict[str, str], body: str) -> Ask:
        paging: checks.Checks = {"limit": checks.whole} if endpoint.cursor and endpoint.limited else {}
        if endpoint.cursor:
            paging[endpoint.cursor.name] = checks.text
        strict, in_body = self.options.strict, endpoint.cursor is not None and endpoint.cursor.place == BODY.place
        anywhere: checks.Checks = {} if strict else paging
        tolerated: checks.Checks = {} if strict else endpoint.tolerated
        query = endpoint.query | (anywhere if in_body else paging)
        fields = endpoint.body | tolerated | (paging if in_body else anywhere)
        if strict:
            query, fields = checks.full_instants(query), checks.full_instants(fields)
        args = checks.checked(_query(), query, (), strict=strict)
        args |= checks.checked(_body(endpoint, body), fields, (), strict=strict)
        checks.present(endpoint.required, args | path)
        host = request.host_url.rstrip("/")
        return Ask(world=self.world, options=self.options, now=self._now(), args=args | path, host=host)

    def _page(self, endpoint: Endpoint, cursor: Cursor, ask: Ask, fault: Fault | None) -> Row:
        args = ask.args
        scope = _scope(endpoint, cursor, args)
        size = page_size(args.get("limit"), endpoint.default or self.options.page_size, endpoint.most)
        key = (scope, self.options, hour_floor(ask.now))
        rows = self.world.rows(key, lambda: endpoint.answer(ask))
        start = offset_of(args.get(cursor.name), scope, len(rows))
        span = endpoint.span(args) if endpoint.span else None
        end = page_end(rows, start, size, span=span, at=endpoint.at)
        if fault and fault.kind in _PAGE_FAULTS:
            data = [] if fault.kind is Kind.EMPTY_PAGE else rows[start:end]
            return {"data": data, cursor.name: cursor_for(start, scope)}
        return {"data": rows[start:end], cursor.name: cursor_for(end, scope) if end < len(rows) else None}

    def _embed(self, customer_id: str, dashboard: str) -> Response:
        try:
            name = self.world.account(customer_id, self.clock()).name
        except Refusal as refusal:
            return _refused(refusal)
        page = stub_page(name, dashboard, request.args.get("token", ""))
        return Response(page, mimetype="text/html", headers={"Cache-Control": "no-store"})

    def _set_faults(self) -> Response:
        if not ipaddress.ip_address(request.remote_addr or "::").is_loopback:
            return _refused(Refusal(403, "only from this machine"))
        try:
            sent = json.loads(request.get_data(as_text=True) or "{}")
            faults = [Fault.from_json(one) for one in (sent if isinstance(sent, list) else [sent] if sent else [])]
        except (ValueError, Refusal):
            return _refused(bad("not a fault or a list of faults"))
        self.faults.replace_all(faults)
        return _json({"faults": len(faults)})

    def _requests(self) -> Response:
        if request.method == "DELETE":
            self.requests.clear()
        return _json({"data": self.requests.all()})


def _scope(endpoint: Endpoint, cursor: Cursor, args: Mapping[str, Any]) -> str:
    """The request without its place in the pages."""
    rest = sorted((name, repr(value)) for name, value in args.items() if name not in {"limit", cursor.name})
    return repr([endpoint.rule, rest])


def _query() -> dict[str, Any]:
    return {name: checks.Words(",".join(values)) for name, values in request.args.lists()}


def _body(endpoint: Endpoint, text: str) -> dict[str, Any]:
    if endpoint.method != "POST":
        return {}
    try:
        sent = json.loads(text)
    except ValueError:
        raise bad("the body is not JSON") from None
    if not isinstance(sent, dict):
        raise bad("the body must be an object")
    return sent


def _json(answer: Row) -> Response:
    return Response(_encode(answer), mimetype=JSON)


def _refused(refusal: Refusal) -> Response:
    v2 = request.path.startswith("/v2/")
    status = 400 if v2 and refusal.status == 404 else refusal.status
    body = refusal.body if v2 else {"message": refusal.message}
    return Response(_encode(body), status=status, mimetype=JSON)
