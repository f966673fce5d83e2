"""S10: no callback and no route returns another account's data. Every callback of both apps is driven once as it should
be; then whoever may see A asks each of them for B in every way that a body can be bent. B's answers lie in the cache,
fetched by somebody who may see them. Nothing with B's mark comes back, nothing is asked about B, and the list of what
was attacked is the callback map itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from urllib.parse import quote

import jwt
import pytest
from werkzeug.test import TestResponse

from callbacks.downloads import FILES, RECEIPT
from data.pages import Page, account_path
from data.scope import ALL, Kind, Right, Scope
from server.embed_links import LinkSigner
from tests.embeds import PUBLIC
from tests.rows.attacks import attacks, paths, searches
from tests.rows.marked import SEARCH, MarkedSandbox, asked_about, foreign_marks, marked
from tests.rows.recorder import Driver, NotDriven, Recorded, on_the_server, record
from tests.rows.worlds import Apps, ByHeader, apps_of, cs_app, embed_access

A, B = marked("A"), marked("B")
VIEWERS = {
    "A": A.scope(),
    "B": B.scope(),
    "not B": Scope(kind=Kind.PROXY, subject="lead", customers=ALL, denied=frozenset({B.id}), rights=frozenset(Right)),
    "nobody": replace(A.scope(), customers=frozenset()),
}
ATTACKERS = ("A", "not B", "nobody")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
SHORT = 3  # every callback is attacked by A in every way; by the others, and by far the slowest way, in every third


@pytest.fixture(scope="module")
def apps(shared_marked: MarkedSandbox) -> Iterator[Apps]:
    with apps_of(shared_marked) as both:
        yield both


@pytest.fixture(scope="module")
def warm(shared_marked: MarkedSandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Driver]:
    """One app, many viewers; B's own viewer has seen everything of B, so that all of it is in the cache. It can sign
    links to embeds, which would open B to whoever was handed one."""
    mint = LinkSigner(embed_access(tmp_path_factory.mktemp("keys")), prefix="/", public_url=PUBLIC)
    app = cs_app(shared_marked, gate=ByHeader(VIEWERS), mint=mint)
    client = app.server.test_client()
    return {
        name: Driver(app=app, client=client, own=B if name == "B" else A, headers={"X-Viewer": name})
        for name in VIEWERS
    }


@pytest.fixture(scope="module")
def theirs(warm: dict[str, Driver]) -> dict[str, Recorded]:
    for name in FILES:
        assert warm["B"].get(f"accounts/{B.id}/{name}{SEARCH}").status_code == 200
    return record(warm["B"])


@pytest.fixture(scope="module")
def ours(warm: dict[str, Driver]) -> dict[str, Recorded]:
    return record(warm["A"])


def leaks(answer: TestResponse) -> set[str]:
    """Whose marks are in an answer that may have A's at most, and whose links."""
    headers = " ".join(f"{name}: {value}" for name, value in answer.headers)
    text = answer.get_data().decode("utf-8", "replace") + headers
    return foreign_marks(text, own="A") | {customer for customer in opened_by(text) if customer != A.id}


def opened_by(text: str) -> set[str]:
    """The accounts that the signed links in a text open."""
    return {str(jwt.decode(one, options={"verify_signature": False})["cus"]) for one in TOKEN.findall(text)}


def test_s10_every_callback_of_the_map_was_driven(warm: dict[str, Driver], ours: dict[str, Recorded]) -> None:
    app = warm["A"].app
    assert ours.keys() == on_the_server(app).keys()
    in_browser = {one["output"] for one in app._callback_list if one["clientside_function"]}
    assert ours.keys() | in_browser == set(app.callback_map)
    assert len(ours) >= 15
    assert sum(A.mark in one.answer for one in ours.values()) >= len(ours) * 0.6


def test_s10_a_callback_that_cannot_be_driven_is_a_failure(shared_marked: MarkedSandbox) -> None:
    driver = Driver(
        app=(app := cs_app(shared_marked, A.scope())), client=app.server.test_client(), own=A, addresses=("/x",)
    )
    with pytest.raises(NotDriven, match=r"usage-chart"):
        record(driver)


def test_s10_what_b_sees_has_the_mark_that_is_looked_for(theirs: dict[str, Recorded]) -> None:
    assert sum(B.mark in one.answer for one in theirs.values()) >= len(theirs) * 0.6
    assert {letter for one in theirs.values() for letter in foreign_marks(one.answer, own="B")} == set()


@pytest.mark.parametrize("viewer", ATTACKERS)
def test_s10_no_callback_gives_or_asks_anything_of_b(
    warm: dict[str, Driver], ours: dict[str, Recorded], theirs: dict[str, Recorded], api: MarkedSandbox, viewer: str
) -> None:
    sent = 0
    for place, output in enumerate(ours):
        for at, (name, body) in enumerate(attacks(ours, output, A, B, theirs)):
            if viewer == "A" or (at + place) % SHORT == 0:
                answer = warm[viewer].post(body)
                allowed = "" if viewer == "not B" else None
                assert answer.status_code < 500, f"{output} {name}: {answer.text[:200]}"
                marks = foreign_marks(answer.text, own="ACDEFGHIJ") if allowed == "" else leaks(answer)
                marks |= opened_by(answer.text) & {B.id}
                assert marks == set(), f"{output} {name}"
                sent += 1
        assert asked_about(api, B) == [], output
        api.forget()
    assert sent > 50 * len(ours) / SHORT


def file_paths() -> list[str]:
    names = (*FILES, RECEIPT)
    beside = [f"{path.removeprefix('/')}/{name}" for path, name in product(paths(A, B), names)]
    pdfs = [f"accounts/{one}/invoices/{other}.pdf" for one, other in product((A.id, B.id), B.invoices)]
    crossed = [f"accounts/{A.id}/{name}{search}" for name, search in product(names, searches(B, ("U-AAAAAAAA",)))]
    strict = [f"accounts/{A.id}/{name}{SEARCH}&{key}={value}" for name in names for key, value in _theirs()]
    return [*beside, *(f"{one}{SEARCH}" for one in beside), *pdfs, f"accounts/{B.id}/invoices/{A.invoices[0]}.pdf",
            *crossed, *strict]  # fmt: skip


def _theirs() -> tuple[tuple[str, str], ...]:
    return (
        ("metric", B.metrics[0]),
        ("open", B.invoices[0]),
        ("group", f"{B.mark}team"),
        ("spend_by", f"{B.mark}team"),
    )


@pytest.mark.parametrize("viewer", ["A", "nobody"])
def test_s10_no_file_gives_anything_of_b(
    warm: dict[str, Driver], theirs: dict[str, Recorded], api: MarkedSandbox, viewer: str
) -> None:
    """All files and PDFs; under A's own address B's things may be asked for, but only as things of A."""
    assert theirs
    for path in file_paths():
        for method in ("get", "head"):
            with getattr(warm[viewer].client, method)(f"/{path}", headers=warm[viewer].headers) as answer:
                assert leaks(answer) == set() or B.mark in path, path
                assert not re.match(r"accounts/" + B.id, path) or answer.status_code in (403, 404), path
    assert [row for row in asked_about(api, B) if B.id in f"{row['path']} {row['body']}"] == []
    assert [row["family"] for row in asked_about(api, B) if row["family"] != "invoice_pdf"] == []


@pytest.mark.parametrize("viewer", ATTACKERS)
def test_s10_no_link_to_b_is_signed(warm: dict[str, Driver], api: MarkedSandbox, viewer: str) -> None:
    """The one route that writes something: for A it signs a link to A, for B none, however the body names A."""
    driver = warm[viewer]

    def asked(customer: str, **more: str) -> TestResponse:
        path = f"/accounts/{customer}/embed-link"
        return driver.client.post(path, json={"dashboard": "usage", **more}, headers=driver.headers)

    if viewer == "A":
        assert opened_by(asked(A.id).text) == {A.id}
    for answer in (asked(B.id), asked(B.id, customer_id=A.id), asked(B.id.upper()), asked(f"{A.id}%2f..%2f{B.id}")):
        assert answer.status_code in (400, 403, 404, 405), answer.text
        assert opened_by(answer.text) == set()
    assert opened_by(asked(A.id, customer_id=B.id).text) <= {A.id}
    assert asked_about(api, B) == []


@pytest.mark.parametrize("viewer", ["A", "nobody"])
def test_s10_no_page_gives_anything_of_b(
    warm: dict[str, Driver], theirs: dict[str, Recorded], api: MarkedSandbox, viewer: str
) -> None:
    assert theirs
    for path in (
        *paths(A, B),
        *(quote(one, safe="") for one in paths(A, B)),
        *(account_path(B.id, page) for page in Page),
    ):
        for more in ("", *searches(B)):
            answer = warm[viewer].get(
                path.removeprefix("/") + more, headers={**warm[viewer].headers, "Accept": "text/html"}
            )
            assert leaks(answer) == set(), path
            assert answer.status_code in (200, 301, 303, 308, 400, 403, 404), path
    assert asked_about(api, B) == []


def test_s10_an_account_that_is_not_yours_looks_like_one_that_there_is_not(
    warm: dict[str, Driver], theirs: object
) -> None:
    """Page, file and panel answer the same about B and about nobody; only the ids that were sent differ."""
    nobody = "0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a"
    for shape in (
        "accounts/{}",
        "accounts/{}/usage.csv",
        "accounts/{}/invoices",
        f"accounts/{{}}/invoices/{A.invoices[0]}.pdf",
    ):
        found = [warm["A"].get(shape.format(ident)) for ident in (B.id, nobody)]
        assert found[0].status_code == found[1].status_code, shape
        assert _plain(found[0], B.id) == _plain(found[1], nobody), shape


def _plain(answer: TestResponse, ident: str) -> str:
    return re.sub(r'"request_id": "[^"]+"', "", answer.text.replace(ident, "ID"))


def test_s10_a_denied_account_stays_denied_however_its_id_is_written(
    warm: dict[str, Driver], api: MarkedSandbox
) -> None:
    """Ids are hexadecimal: an upper-case one is the same account to the API, so it has to be the same to a denial."""
    for ident in (B.id, B.id.upper(), B.id.title(), B.id[:8].upper() + B.id[8:]):
        assert not VIEWERS["not B"].covers(ident)
        assert warm["not B"].get(f"accounts/{ident}/usage.csv{SEARCH}").status_code in (403, 404)
    assert [row for row in api.requests.all() if B.id in row["path"].lower()] == []


@pytest.mark.parametrize("name", Apps.NAMES)
def test_s10_each_app_as_its_own_viewer_gives_nothing_of_others(apps: Apps, api: MarkedSandbox, name: str) -> None:
    """The embed's viewer too: whoever holds a session for A, asked for B in every way."""
    driver = apps.driver(name)
    recorded = record(driver)
    assert recorded.keys() == on_the_server(driver.app).keys()
    api.forget()
    for output in recorded:
        for at, (attack, body) in enumerate(attacks(recorded, output, A, B, {})):
            if at % SHORT == 0:
                answer = driver.post(body)
                assert answer.status_code < 500, f"{output} {attack}"
                assert leaks(answer) == set(), f"{output} {attack}"
    assert asked_about(api, B) == []
