"""S29: no request smuggling, through the edge and straight at the app. Forty requests whose end is a matter of opinion,
each with another hidden in it and a well-formed one, the canary, behind it on the same connection."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.edge.edge import Edge, running_edge, until
from tests.edge.smuggling import CORPUS, Paths, send

pytestmark = pytest.mark.process

# Entries that are, to this server, two plain requests in a row: both are answered. nginx takes a bare LF for a line's
# end and passes on a proper one; it drops lines without a colon and names with an underscore. The app's own server
# takes the first of two Host lines, and is reached by nobody but nginx, which refuses two.
TWO_REQUESTS = {
    "edge": {"te underscore", "bare LF only", "no colon"},
    "app": {"te underscore", "bare LF only", "two hosts"},
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with running_edge(tmp_path_factory.mktemp("edge"), env={"BURNBOARD_LOG": "json"}) as running:
        running.login.always = "ana@acme.example"
        yield running


def test_s29_there_are_forty() -> None:
    assert len(CORPUS) == 40


@pytest.mark.parametrize("way", ["edge", "app"])
def test_s29_one_answer_per_request_and_the_hidden_one_is_never_seen(edge: Edge, way: str) -> None:
    host = edge.origin.removeprefix("http://")
    connect: Callable[[], socket.socket] = (
        (lambda: socket.create_connection(("127.0.0.1", edge.places.port)))
        if way == "edge"
        else edge.replicas[0].connect
    )
    offset = 100 if way == "edge" else 200
    for number, (name, text) in enumerate(CORPUS.items(), offset):
        statuses = send(connect(), text, Paths(edge.prefix, number), host)
        assert len(statuses) == (2 if name in TWO_REQUESTS[way] else min(len(statuses), 1)), (name, statuses)
        assert all(400 <= status < 500 or status == 501 for status in statuses), (name, statuses)
    seen = requests_seen(edge, way, offset)
    assert [name for name in seen if name.startswith("smuggled")] == []
    assert len(seen) == len(set(seen))
    assert {name for name in seen if name.startswith("canary")} == {
        f"canary-{number}-end" for number, name in enumerate(CORPUS, offset) if name in TWO_REQUESTS[way]
    }


def requests_seen(edge: Edge, way: str, offset: int) -> list[str]:
    """What the app took for requests, by its own log: straight at it by the ids that the requests brought; through
    the edge by the paths that nginx gave each id to, which it has to have given."""
    last = f"last-{offset}-end"
    edge.replicas[0].ask(edge.prefix + last, headers={"X-Request-ID": last})
    log = edge.folder / "logs" / "app-1.log"
    until(lambda: last in log.read_text(), "the app logged the last request", edge)
    ids = [line["request_id"] for line in edge.app_lines() if line.get("event") == "request"]
    if way == "edge":
        made = [one for one in ids if re.fullmatch(r"[0-9a-f]{32}", one)]  # by nginx; the others are the requests' own
        until(lambda: set(made) <= set(paths_at_nginx(edge)), "nginx logged everything that it passed on", edge)
        ids = [paths_at_nginx(edge)[one] for one in made]
    return [one for one in ids if re.fullmatch(rf"(first|smuggled|canary)-{offset // 100}\d\d-end", one)]


def paths_at_nginx(edge: Edge) -> dict[str, str]:
    """The last part of the path that nginx read, by the id that it gave."""
    return {line["request_id"]: line["path"].rpartition("/")[2] for line in edge.nginx_lines()}


def test_s29_a_connection_is_of_use_after_a_request_that_was_refused_elsewhere(edge: Edge) -> None:
    """The neighbours notice nothing: a kept connection answers exactly once per request, after the corpus too."""
    session = edge.as_user("ana@acme.example")
    for path in ("one", "two", "three"):
        assert session.get(edge.url + path, timeout=30).status_code == 404
    until(lambda: "three" in paths_at_nginx(edge).values(), "nginx logged them", edge)
    assert [line["path"] for line in edge.nginx_lines()].count("/billing/two") == 1


def test_s29_the_server_is_not_the_development_one(edge: Edge) -> None:
    for answer in (raw_answer(edge.replicas[0].connect(), edge), raw_answer(None, edge)):
        assert b"Werkzeug" not in answer
        assert not re.search(rb"(?i)\nserver: [^\r\n]*\d", answer), "a version is told"


def raw_answer(connection: socket.socket | None, edge: Edge) -> bytes:
    with connection or socket.create_connection(("127.0.0.1", edge.places.port)) as asking:
        asking.sendall(f"GET {edge.prefix} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        found = b""
        while more := asking.recv(65536):
            found += more
    return found
