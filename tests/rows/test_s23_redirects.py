"""S23: redirects are not followed. Every endpoint answers 301, 302, 303, 307 and 308 to a second listener, by absolute
and by relative address; nothing arrives there, nothing is asked twice, and the error is a typed one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from callbacks.downloads import FILES
from data.clock import Clock
from data.connect import open_source
from data.errors import BadAnswer
from data.metronome.deadline import Deadline
from data.metronome_source import MetronomeSource
from data.scope import LOCAL
from data.settings import Settings
from data.source import Ask
from sandbox.endpoints import ENDPOINTS
from tests.rows.marked import NOW_AT, SEARCH, TOKEN, marked
from tests.rows.questions import ABOUT_ONE
from tests.rows.upstream import Sent, Upstream, response, running_upstream
from tests.rows.worlds import Fixed, app_on

A = marked("A")
STATUSES = ("301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")


@pytest.fixture
def second() -> Iterator[Upstream]:
    with running_upstream(lambda _: response("200 OK", b'{"data": []}')) as listener:
        yield listener


@pytest.fixture
def first(second: Upstream) -> Iterator[Upstream]:
    with running_upstream(lambda sent: response("302 Found", b"", f"Location: {second.url}{sent.path}")) as listener:
        yield listener


def source_on(upstream: Upstream) -> MetronomeSource:
    env = {"METRONOME_BEARER_TOKEN": TOKEN, "METRONOME_BASE_URL": upstream.url, "BURNBOARD_UPSTREAM_RPS": "10000"}
    return open_source(Settings.from_env({**env, "BURNBOARD_UPSTREAM_BURST": "10000"}), Clock(NOW_AT))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("where", ["elsewhere", "relative", "schemeless", "credentials", "file"])
def test_s23_no_endpoint_follows_a_redirect(first: Upstream, second: Upstream, status: str, where: str) -> None:
    host = f"127.0.0.1:{second.port}"
    address = {
        "elsewhere": f"http://{host}/v1/customers",
        "relative": "/v1/elsewhere",
        "schemeless": f"//{host}/v1/customers",
        "credentials": f"http://a:b@{host}/",
        "file": "file:///etc/passwd",
    }[where]
    first.answer = lambda _: response(status, b'{"data": []}', f"Location: {address}")
    source = source_on(first)
    for name, ask in ABOUT_ONE.items():
        with pytest.raises(BadAnswer) as raised:
            ask(source, Ask(scope=LOCAL, customer_id=A.id), A)
        assert second.url not in str(raised.value), name
    assert second.sent == []
    assert all(one.path != "/v1/elsewhere" for one in first.sent)


def test_s23_every_endpoint_of_the_client_was_redirected(first: Upstream, second: Upstream) -> None:
    """The list of those that the row asks is complete: held against the endpoints that the sandbox knows."""
    source, ask = source_on(first), Ask(scope=LOCAL, customer_id=A.id)
    until = Deadline(Clock(NOW_AT), 10)
    more = (
        lambda: source.accounts(ask),
        lambda: source.credit_types(ask),
        lambda: source.metric(ask, A.metrics[0]),
        lambda: source.invoice_pdf(ask, A.invoices[0]),
        lambda: source.client.invoice(A.id, A.invoices[0], until),
        lambda: source.client.embeddable_url(A.id, "usage", until),
    )
    for call in (*(lambda name=name: ABOUT_ONE[name](source, ask, A) for name in ABOUT_ONE), *more):
        with pytest.raises(BadAnswer):
            call()
    asked = {(one.line.split(" ")[0], _rule(one)) for one in first.sent}
    never = {"all_metrics", "contract"}  # the app asks for the metrics of one account, and for all of its contracts
    assert asked == {(one.method, one.rule) for one in ENDPOINTS if one.family not in never}
    assert second.sent == []


def _rule(sent: Sent) -> str:
    places = {A.id: "<customer_id>", A.metrics[0]: "<billable_metric_id>", A.invoices[0]: "<invoice_id>"}
    path = sent.path
    for ident, name in places.items():
        path = path.replace(ident, name)
    return path


def test_s23_a_page_and_a_file_say_so_and_nothing_arrives(first: Upstream, second: Upstream) -> None:
    app = app_on(source_on(first), Fixed(LOCAL))
    client = app.server.test_client()
    for name in FILES:
        answer = client.get(f"/accounts/{A.id}/{name}{SEARCH}")
        assert answer.status_code == 502
        assert second.url not in answer.text
    assert client.get(f"/accounts/{A.id}/invoices/{A.invoices[0]}.pdf").status_code == 502
    assert second.sent == []


def test_s23_days_do_not_matter(first: Upstream, second: Upstream) -> None:
    """A range of several spans asks side by side: none of them follows either."""
    with pytest.raises(BadAnswer):
        source_on(first).breakdowns(
            Ask(scope=LOCAL, customer_id=A.id), date(2026, 1, 1), date(2026, 11, 1), window="day"
        )
    assert len(first.sent) >= 2
    assert second.sent == []
