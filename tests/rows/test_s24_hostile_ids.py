"""S24: an id cannot steer a request. 200 texts that are no ids, wherever the app takes one: nothing is asked of an
address outside the templates, and most ask nothing at all. The same texts go through a link and its address, the body
of getEmbeddableUrl and the policy file, each of which refuses them."""

from __future__ import annotations

import json
from datetime import date
from itertools import product
from urllib.parse import quote

import pytest

from access.denied import Denied
from access.embed.embeddable_url import read_asked
from access.policy import parse_policy
from access.strict import Wrong
from data.errors import BadQuery
from data.filters import KEYS
from data.metronome import questions
from tests.embeds import PUBLIC, HandClock, Ring, claims, link_token
from tests.rows.marked import SEARCH, MarkedSandbox, marked
from tests.rows.recorder import Driver, Recorded, record
from tests.rows.worlds import cs_driver

A, B = marked("A").id, marked("B").id
PIECES = (
    "..", ".", "../", "..\\", "%2e%2e", "%2e%2e%2f", "..%2f", "%252e%252e", "/", "//", "\\", "?", "#", "?x=1",
    "#x", "&", ";", "@", ":", "%00", "\x00", "\r\n", "%0d%0a", "\r\nHost: evil.example", " ", "\t", "%20", "+", "*",
    "'", '"', "<", "|", "`", "$(id)", "{}", "~", "^", ",", "${7*7}", "\u202e", "\u2066", "\ufeff", "\u00ad", "é",
    "\uff41", "Ω", "\U0001f600", "\u0661", "\u017f", "\u212a",
)  # fmt: skip
WHOLE = (
    "", "null", "None", "undefined", "true", "-1", "0", "1e9", "NaN", "[]", "{}", "__proto__", "constructor", "self",
    "admin", "all", "*", "%", "_", "me", "current", "http://evil.example", "https://evil.example/v1", "//evil.example",
    "evil.example", "127.0.0.1", "localhost:1", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x",
    "169.254.169.254", "[::1]", "\\\\evil.example\\share", "v1", "v2/contracts/list", "customers", "x" * 4096,
    "../" * 400, "a" * 37, A[:-1], A + "0", A.replace("-", ""), "{" + A + "}", "urn:uuid:" + A, A.replace("-", "_"),
    A.replace("-", "\u2010"), A.replace("a", "а"), A.replace("1", "١"), "0" * 36, "g" * 8 + A[8:], A.replace("-", "/"),
)  # fmt: skip
BOTH = (f"{A}/../{B}", f"{A},{B}", f"{A} {B}", f"{A}\n", f"{A}\n{B}", f"{A}?customer_id={B}", f"{A}#{B}")
ALL = (*WHOLE, *BOTH, *PIECES, *(A + one for one in PIECES), *(one + A for one in PIECES))
HOSTILE = tuple(dict.fromkeys(ALL))[:200]


@pytest.fixture(scope="module")
def driver(shared_marked: MarkedSandbox) -> Driver:
    return cs_driver(shared_marked)


def test_s24_there_are_two_hundred_of_them() -> None:
    assert len(HOSTILE) == 200


def test_s24_no_hostile_id_in_a_download_leaves_the_templates(driver: Driver, api: MarkedSandbox) -> None:
    """As the account's id and as the invoice's, percent-encoded and, where a client would send it so, as it is."""
    for text in HOSTILE:
        for one in {quote(text, safe=""), quote(text, safe="/%&=+;:@")}:
            for path in (f"accounts/{one}/usage.csv", f"accounts/{one}/invoices/{one}.pdf"):
                answer = driver.get(path)
                assert answer.status_code in (400, 404), f"{path}: {answer.status_code}"
            assert driver.get(f"accounts/{A}/invoices/{one}.pdf").status_code in (400, 404), one
    assert api.outside() == []
    assert {row["family"] for row in api.requests.all()} <= {"customer"}


def test_s24_no_hostile_id_in_a_callback_leaves_the_templates(driver: Driver, api: MarkedSandbox) -> None:
    """As the account in the address. Each of them goes through every fifth callback, each callback gets forty."""
    recorded = record(driver)
    api.forget()
    for (at, text), (place, one) in product(enumerate(HOSTILE), enumerate(recorded.values())):
        if (at + place) % 5 == 0:
            assert_harmless(driver, one, text)
    assert api.outside() == []
    assert {row["family"] for row in api.requests.all()} <= {"customers"}


@pytest.mark.soak
def test_s24_long_every_hostile_id_in_every_callback(driver: Driver, api: MarkedSandbox) -> None:
    recorded = record(driver)
    api.forget()
    for text, one in product(HOSTILE, recorded.values()):
        assert_harmless(driver, one, text)
    assert api.outside() == []


def assert_harmless(driver: Driver, one: Recorded, text: str) -> None:
    raw = json.dumps(one.body).replace(A, json.dumps(text)[1:-1])
    answer = driver.send(raw.encode())
    assert answer.status_code in (200, 204, 400, 403, 404), f"{one.output} {text!r}: {answer.status_code}"


def test_s24_no_hostile_value_of_a_query_leaves_the_templates(driver: Driver, api: MarkedSandbox) -> None:
    for text, key in product(HOSTILE[::3], KEYS):
        asked = f"{SEARCH}&{key}={quote(text, safe='')}"
        assert driver.get(f"accounts/{A}/usage.csv{asked}").status_code in (200, 400, 404)
    assert api.outside() == []


def test_s24_no_question_to_the_api_can_be_written_with_a_hostile_id() -> None:
    """The last line of defence, whoever calls it: each question about an account or a thing of one."""
    day, later = date(2026, 10, 1), date(2026, 10, 9)
    makers = (
        questions.customer, questions.metrics, questions.metric, questions.contracts, questions.balances,
        questions.invoices,
        lambda text: questions.usage(text, A, day, later, window="day", keys=()),
        lambda text: questions.usage(A, text, day, later, window="day", keys=()),
        lambda text: questions.usage_totals(text, day, later),
        lambda text: questions.breakdowns(text, day, later, window="day"),
        lambda text: questions.spend_breakdowns(text, day, later, keys=("x",)),
        lambda text: questions.net_balance(text, credit_type_id=None, finalized_only=True, balance_types=()),
        lambda text: questions.invoice(A, text), lambda text: questions.invoice(text, A),
        lambda text: questions.invoice_pdf(A, text), lambda text: questions.invoice_pdf(text, A),
        lambda text: questions.embeddable_url(text, "usage"),
    )  # fmt: skip
    for text, make in product(HOSTILE, makers):
        with pytest.raises(BadQuery):
            make(text)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Ring:
    return Ring(tmp_path_factory.mktemp("hostile-ids")).add("k1")


def test_s24_no_hostile_id_in_a_link_opens_anything(ring: Ring) -> None:
    """As the account of a properly signed token, as a contract or unit that it limits to, and in its address."""
    embed = ring.open(HandClock())
    assert embed.exchange("k1", "usage", link_token(ring, claims=claims(jti="x" * 20)), public_url=PUBLIC)
    for at, text in enumerate(HOSTILE):
        more: tuple[dict[str, object], ...] = (
            {"cus": text},
            {"opt": {"invoices": {"contract_id": text}}},
            {"opt": {"balances": {"credit_type_id": text}}},
        )
        for part in more:
            token = link_token(ring, claims=claims(jti=f"hostile-{at:020d}", **part))
            with pytest.raises(Denied):
                embed.exchange("k1", "usage", token, public_url=PUBLIC)
        for kid, dashboard in ((text, "usage"), ("k1", text)):
            with pytest.raises(Denied):
                embed.exchange(kid, dashboard, link_token(ring, claims=claims()), public_url=PUBLIC)


def test_s24_no_hostile_id_in_a_request_for_a_link_is_signed() -> None:
    asked = {"customer_id": A, "dashboard": "invoices"}
    assert read_asked(asked)
    for text in HOSTILE:
        with pytest.raises(Wrong):
            read_asked({**asked, "customer_id": text})
        with pytest.raises(Wrong):
            read_asked({**asked, "dashboard_options": [{"key": "contract_id", "value": text}]})


def test_s24_no_hostile_id_in_the_policy_is_read() -> None:
    """Granted or denied: a file with one of them is no policy."""
    for place, text in product(("customers", "deny"), (A, *HOSTILE)):
        line = {"customers": [A], "deny": [B], place: [text]}
        raw = json.dumps({"version": 1, "users": {"ana@acme.example": line}}).encode()
        if text == A:
            assert parse_policy(raw, "policy.json").users
            continue
        with pytest.raises(Wrong):
            parse_policy(raw, "policy.json")
