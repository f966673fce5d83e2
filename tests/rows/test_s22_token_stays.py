"""S22: the API token never leaves the process. Every route and callback on a good day, sixty kinds of bad day on which
something upstream repeats what it was sent, bad TLS, the log at its most talkative, and what objects say of themselves:
the token is in no body, header, log line, metric or text form, neither as it is nor in base64 or percent-encoding."""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import prometheus_client
import pytest
from werkzeug.test import TestResponse

from callbacks.downloads import FILES
from components import ids
from data.clock import Clock
from data.connect import open_source
from data.errors import SourceError
from data.metronome_source import MetronomeSource, Patience
from data.scope import LOCAL
from data.settings import LogForm, Secret, Settings
from data.source import Ask
from server.logs import formatter
from tests.rows.faults import KINDS
from tests.rows.marked import NOW_AT, SEARCH, TOKEN, MarkedSandbox, marked
from tests.rows.questions import ABOUT_ONE
from tests.rows.recorder import Driver, Recorded, record
from tests.rows.upstream import Upstream, nobodys_certificate, response, running_upstream
from tests.rows.worlds import Apps, Fixed, app_on, apps_of, settings_on

A = marked("A")
PROBED = (ids.USAGE_CHART, ids.INVOICES_TABLE, ids.ACCOUNTS_TABLE, ids.PAGE_TITLE, ids.RECEIPT_BODY, ids.PROOF_MARK)
DASH_ROUTES = (
    "",
    "_dash-layout",
    "_dash-dependencies",
    "health",
    f"accounts/{A.id}",
    f"accounts/{A.id}/proof",
    "nothing",
)


OWN_LOGS = {"access", "app", "burnboard", "callbacks", "components", "data", "server"}


class QuickClock(Clock):
    """Nobody waits between attempts."""

    def sleep(self, seconds: float) -> None:
        del seconds


def forms(token: str) -> tuple[str, ...]:
    """What may not occur: the token, and the middle of it in encodings, wherever in a longer text it may have stood."""
    shifted = [base64.b64encode(b"x" * shift + token.encode()).decode()[4 * (shift > 0) : -4] for shift in range(3)]
    whole = (token, quote(token, safe=""), quote_plus(token), token.encode().hex(), *shifted)
    return tuple(dict.fromkeys((*whole, *(one.replace("+", "-").replace("/", "_") for one in shifted))))


def told(text: str) -> list[str]:
    return [form for form in forms(TOKEN) if form in text]


def told_by(answer: TestResponse) -> list[str]:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return told(f"{answer.status}\n{headers}\n{answer.get_data().decode('utf-8', 'replace')}")


@pytest.fixture(autouse=True)
def talkative(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Every test of this file logs everything, and looks through all of it in the end: what this app says, as it says
    it; what libraries say (one quotes heads that it cannot read), as the log of the app writes it."""
    with caplog.at_level(logging.DEBUG):
        yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    own = [one for one in records if one.name.partition(".")[0] in OWN_LOGS]
    assert told("\n".join(f"{one.getMessage()} {vars(one)} {one.exc_text}" for one in own)) == []
    for form in LogForm:
        write = formatter(form, Secret(TOKEN)).format
        assert told("\n".join(map(write, records))) == []


def source_of(upstream: str) -> MetronomeSource:
    env = {"METRONOME_BEARER_TOKEN": TOKEN, "METRONOME_BASE_URL": upstream, "BURNBOARD_UPSTREAM_RPS": "100000"}
    clock = QuickClock(NOW_AT)
    source = open_source(Settings.from_env({**env, "BURNBOARD_UPSTREAM_BURST": "10000"}), clock)
    return MetronomeSource(source.client, clock, Patience(page=3.0, download=3.0, idle=3.0))


@pytest.fixture(scope="module")
def apps(shared_marked: MarkedSandbox) -> Iterator[Apps]:
    with apps_of(shared_marked) as both:
        yield both


@pytest.fixture(scope="module")
def bodies(apps: Apps) -> dict[str, Recorded]:
    return record(apps.driver("cs"))


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running_upstream(lambda _: response("500 Error")) as running:
        yield running


def test_s22_the_search_finds_every_form() -> None:
    for text in (
        TOKEN,
        quote(TOKEN, safe=""),
        *(base64.b64encode(f"{'y' * n}{TOKEN}zz".encode()).decode() for n in range(6)),
    ):
        assert told(f"...{text}..."), text
    assert told("MARK_TOKEN") == []


def test_s22_the_log_is_as_talkative_as_can_be(apps: Apps, caplog: pytest.LogCaptureFixture) -> None:
    """What libraries say while they work is among what is looked through."""
    apps.driver("cs").get(f"accounts/{A.id}/usage.csv{SEARCH}&metric={A.metrics[1]}")
    assert any(one.name.startswith("urllib3") and one.levelno == logging.DEBUG for one in caplog.records)


def test_s22_there_are_forty_kinds_of_bad_day() -> None:
    assert len(KINDS) >= 40


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s22_no_route_and_no_callback_tells_it(apps: Apps, name: str) -> None:
    driver = apps.driver(name)
    for one in record(driver).values():
        assert told(one.answer) == [], one.output
    for rule in driver.app.server.url_map.iter_rules():
        for path in _paths(rule.rule):
            for method in ("get", "head", "post", "put", "delete", "options"):
                with getattr(driver.client, method)(path, headers=driver.headers) as answer:
                    assert told_by(answer) == [], f"{method} {path}"


def _paths(rule: str) -> list[str]:
    filled = rule.replace("<customer_id>", A.id).replace("<invoice_id>", A.invoices[0])
    ends = ("dash/dcc/async-graph.js", "favicon.ico", "nothing", "") if "<" in filled else ("",)
    return [filled.partition("<")[0] + end for end in ends]


@pytest.mark.parametrize("kind", KINDS)
def test_s22_no_bad_day_tells_it(upstream: Upstream, bodies: dict[str, Recorded], kind: str) -> None:
    upstream.answer = KINDS[kind]
    upstream.sent.clear()
    app = app_on(source_of(upstream.url), Fixed(LOCAL), clock=QuickClock(NOW_AT))
    driver = Driver(app=app, client=app.server.test_client(), own=A)
    for output, one in bodies.items():
        if any(ident in output for ident in PROBED):
            assert told_by(driver.post(one.body)) == [], output
    for path in (
        f"accounts/{A.id}",
        f"accounts/{A.id}/usage.csv{SEARCH}",
        f"accounts/{A.id}/invoices/{A.invoices[0]}.pdf",
    ):
        answer = driver.get(path)
        assert told_by(answer) == [], path
        assert answer.status_code in (200, 404, 502, 503, 504), path
    assert TOKEN in {one.token for one in upstream.sent}, "it was there to be repeated"


@pytest.mark.parametrize("kind", KINDS)
def test_s22_no_error_carries_it(upstream: Upstream, kind: str) -> None:
    """What is raised, and whatever hangs on it: an exception of the HTTP library would hold the request."""
    upstream.answer = KINDS[kind]
    source = source_of(upstream.url)
    for name in ("account", "usage", "balances"):
        raised = raised_by(lambda name=name: ABOUT_ONE[name](source, Ask(scope=LOCAL, customer_id=A.id), A))
        assert raised is None or told(everything_about(raised)) == [], name


def raised_by(call: Callable[[], object]) -> SourceError | None:
    """Some bad days are good enough for some questions."""
    try:
        call()
    except SourceError as error:
        return error
    return None


def everything_about(error: BaseException) -> str:
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    texts = [f"{one!r} {one} {one.args} {vars(one)}" for one in chain]
    requests = [vars(held) for one in chain for name in ("request", "response") if (held := getattr(one, name, None))]
    return " ".join((*texts, str(requests), "".join(traceback.format_exception(error))))


@pytest.mark.parametrize("how", ["nobody's certificate", "expired", "no TLS", "nobody listens"])
def test_s22_bad_tls_is_an_error_that_says_nothing(tmp_path: Path, how: str) -> None:
    """The certificate is looked at before anything is sent, so the token never reaches such a listener at all."""
    tls = None if how == "no TLS" else nobodys_certificate(tmp_path, days=-1 if how == "expired" else 1)
    with running_upstream(KINDS["status 401"], tls=tls) as listener:
        port = 1 if how == "nobody listens" else listener.port
        source = source_of(f"https://127.0.0.1:{port}")
        app = app_on(source, Fixed(LOCAL), clock=QuickClock(NOW_AT))
        answer = app.server.test_client().get(f"/accounts/{A.id}/usage.csv{SEARCH}")
        assert answer.status_code in (503, 504)
        assert told_by(answer) == []
        assert [one for one in listener.sent if one.token] == []


def test_s22_nothing_that_holds_it_says_it(shared_marked: MarkedSandbox) -> None:
    """``repr``, ``str``, ``vars`` and formatting of settings, source and client, as deep as they go."""
    settings = settings_on(shared_marked)
    source = open_source(settings, Clock(NOW_AT))
    ABOUT_ONE["account"](source, Ask(scope=LOCAL, customer_id=A.id), A)
    for held in (settings, source, source.client, settings.token):
        assert told(" ".join(described(held))) == []
        assert told(f"{held} {held!r} {held!s} {[held]} {(held,)}") == []
    for held in (settings.token, settings):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(held)
    assert settings.token
    assert settings.token.reveal() == TOKEN


def described(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """The text of everything that can be reached through attributes, items and elements."""
    seen = set() if seen is None else seen
    if id(value) in seen or len(seen) > 20_000 or isinstance(value, type | type(logging)) or callable(value):
        return
    seen.add(id(value))
    yield repr(value)
    inner = list(getattr(value, "__dict__", {}).values())
    if isinstance(value, dict):
        inner += [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner += list(value)
    for one in inner:
        yield from described(one, seen)


def test_s22_no_number_is_told_with_it(apps: Apps) -> None:
    """Whatever was counted while the callbacks ran."""
    record(apps.driver("cs"))
    assert told(prometheus_client.generate_latest().decode()) == []


def test_s22_a_token_in_an_answer_is_worth_an_error_of_its_own(upstream: Upstream) -> None:
    """A name that is our token would otherwise be shown, as names are."""
    upstream.answer = KINDS["a name"]
    app = app_on(source_of(upstream.url), Fixed(LOCAL), clock=QuickClock(NOW_AT))
    assert app.server.test_client().get(f"/accounts/{A.id}/usage.csv").status_code == 502


def test_s22_files_are_asked_too(upstream: Upstream) -> None:
    upstream.answer = KINDS["rows"]
    app = app_on(source_of(upstream.url), Fixed(LOCAL), clock=QuickClock(NOW_AT))
    client = app.server.test_client()
    assert {client.get(f"/accounts/{A.id}/{name}{SEARCH}").status_code for name in FILES} == {502}


def test_s22_a_secret_is_stars_wherever_it_is_written() -> None:
    secret = Secret(TOKEN)
    assert {str(secret), repr(secret), f"{secret}", f"{secret!r}", "%s" % secret, format(secret)} == {"********"}  # noqa: UP031
    assert vars(type(secret))
