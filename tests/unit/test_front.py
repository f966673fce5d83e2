"""The front of the site: which site a path is for, what it lets in, and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from werkzeug.test import Client

from data.clock import Clock
from data.events import REQUEST_ID
from server.front import MOST_IN_CALLBACK, MOST_POSTED, WHOLE_BYTES, Front, Site
from server.health import Health
from server.told import TOLD, Sort, sort_of
from tests.rows.site import heard

PREFIX = "/billing/"


def saying(name: str, seen: list[dict[str, Any]] | None = None) -> Callable[..., Iterable[bytes]]:
    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if seen is not None:
            seen.append(environ)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(name)))])
        return [name.encode()]

    return app


def front(pages: Any = None, embeds: Any = None, **health: Any) -> Client:
    made = Front(PREFIX, Health(**health), Clock())
    return Client(made.open(Site(pages, "proxy") if pages else None, Site(embeds, "embed") if embeds else None))


@pytest.mark.parametrize(
    ("path", "site"),
    [
        ("/billing/", "pages"),
        ("/billing/accounts/x", "pages"),
        ("/billing/embed", "pages"),
        ("/billing/embedded/x", "pages"),
        ("/billing/embed/k1/usage", "embeds"),
        ("/billing/embed/_dash-layout", "embeds"),
        ("/billing/embed.js", "embeds"),
        ("/billing/v1/dashboards/getEmbeddableUrl", "embeds"),
        ("/billing/v1/dashboards/other", "pages"),
    ],
)
def test_each_path_has_its_site(path: str, site: str) -> None:
    assert front(saying("pages"), saying("embeds")).get(path).text == site


@pytest.mark.parametrize("path", ["/", "/embed/k1/usage", "/billing", "/other/"])
def test_outside_of_the_prefix_there_is_nothing(path: str) -> None:
    answer = front(saying("pages"), saying("embeds")).get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_site_that_the_mode_has_not_is_not_there() -> None:
    assert front(saying("pages")).get("/billing/embed/k1/usage").status_code == 404
    assert front(embeds=saying("embeds")).get("/billing/").status_code == 404


def test_the_environment_of_the_process_stays_behind() -> None:
    seen: list[dict[str, Any]] = []
    given = {"METRONOME_BEARER_TOKEN": "secret", "HOME": "/root", "HTTP_PROXY": "http://a:b@c", "HTTP_ACCEPT": "x/y"}
    front(saying("pages", seen)).get("/billing/", environ_overrides=given)
    (environ,) = seen
    assert {"METRONOME_BEARER_TOKEN", "HOME", "HTTP_PROXY"} & environ.keys() == set()
    assert environ["HTTP_ACCEPT"] == "x/y"
    assert "secret" not in repr(environ)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/billing/embed/k1/usage/session", MOST_POSTED, 200),
        ("/billing/embed/k1/usage/session", MOST_POSTED + 1, 413),
        ("/billing/_dash-update-component", MOST_IN_CALLBACK, 200),
        ("/billing/_dash-update-component", MOST_IN_CALLBACK + 2, 413),
    ],
)
def test_what_is_sent_has_a_size(path: str, size: int, status: int) -> None:
    assert front(saying("pages"), saying("embeds")).post(path, data=b"x" * size).status_code == status


@pytest.mark.parametrize(
    ("path", "size"), [("/nothing", 0), ("/billing/embed/k1/x", 0), ("/billing/livez", 0), ("/readyz", 0),
                       ("/billing/", MOST_POSTED + 1)]
)  # fmt: skip
def test_what_the_front_answers_itself_runs_nothing_and_is_shown_nowhere(path: str, size: int) -> None:
    ask = front(saying("pages"))
    answer = ask.post(path, data=b"x" * size) if size else ask.get(path)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_error_in_a_site_is_a_problem_and_says_nothing() -> None:
    def broken(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("the secret word")

    with heard() as events:
        answer = front(broken).get("/billing/")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert answer.get_json()["request_id"] == answer.headers["X-Request-Id"]
    assert "Content-Security-Policy" in answer.headers
    assert [(name, fields["status"]) for name, fields in events] == [("request", 500)]


def streaming(closed: list[str], pieces: int = 3) -> Callable[..., Iterable[bytes]]:
    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])

        def body() -> Iterator[bytes]:
            try:
                for _ in range(pieces):
                    told = TOLD.get()
                    assert told is not None
                    yield REQUEST_ID.get().encode()
            finally:
                closed.append(REQUEST_ID.get())

        return body()

    return app


def test_a_stream_stays_in_its_request_and_is_told_at_its_end() -> None:
    closed: list[str] = []
    with heard() as events:
        answer = front(streaming(closed)).get("/billing/", headers={"X-Request-Id": "stream-01"}, buffered=False)
        chunks = iter(answer.response)
        assert next(chunks) == b"stream-01"
        assert events == []
        assert b"".join(chunks) == b"stream-01" * 2
        answer.close()
    assert closed == ["stream-01"]
    assert [(name, fields["bytes"]) for name, fields in events] == [("request", 27)]
    assert REQUEST_ID.get() == ""


def test_a_reader_who_goes_away_is_told_as_well_and_once() -> None:
    closed: list[str] = []
    with heard() as events:
        answer = front(streaming(closed, 1000)).get("/billing/", headers={"X-Request-Id": "stream-02"}, buffered=False)
        next(iter(answer.response))
        answer.close()
        answer.close()
    assert closed == ["stream-02"]
    assert [name for name, _ in events] == ["request"]


def test_a_short_answer_goes_out_in_one_piece() -> None:
    def app(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "6")])
        return iter([b"abc", b"def"])

    made = Front("/", Health(), Clock()).open(Site(app, "local"), None)
    body = made({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)
    assert body == [b"abcdef"]
    assert WHOLE_BYTES >= 6


@pytest.mark.parametrize(
    ("rule", "endpoint", "sort"),
    [
        ("/billing/_dash-update-component", "x", Sort.CALLBACK),
        ("/billing/embed/_dash-layout", "x", Sort.START),
        ("/billing/_dash-component-suites/<string:package_name>/<path:p>", "x", Sort.STATIC),
        ("/billing/assets/<path:filename>", "_dash_assets.static", Sort.STATIC),
        ("/billing/accounts/<customer_id>/usage.csv", "download_usage_csv", Sort.FILE),
        ("/billing/embed/<kid>/<dashboard>/session", "embed_session", Sort.SESSION),
        ("/billing/v1/dashboards/getEmbeddableUrl", "embeddable_url", Sort.MINT),
        ("/billing/<path:path>", "x", Sort.PAGE),
        ("(none)", "", Sort.OTHER),
    ],
)
def test_what_a_route_is_for(rule: str, endpoint: str, sort: Sort) -> None:
    assert sort_of(endpoint, rule) is sort
