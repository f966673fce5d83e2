"""The PDF of an invoice: a file that holds together, whatever the names on it are."""

from __future__ import annotations

import re

import requests

from sandbox.catalogue import Customer
from sandbox.pdf import invoice_pdf
from tests.unit.sandbox.calling import Caller

NOBODY = "00000000-0000-4000-8000-000000000000"


def pdf_of(caller: Caller, customer: str) -> tuple[str, requests.Response]:
    newest = caller.ask("GET", f"/v1/customers/{customer}/invoices", params={"sort": "date_desc"})["data"][0]
    return newest["id"], caller.send("GET", f"/v1/customers/{customer}/invoices/{newest['id']}/pdf")


def holds_together(text: bytes) -> bool:
    """Whether the table at the end names the place of every object, and the text is as long as it says."""
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n $", text, re.MULTILINE)]
    begins = all(text[place:].startswith(b"%d 0 obj\n" % number) for number, place in enumerate(places, start=1))
    (start,) = re.findall(rb"startxref\n(\d+)\n%%EOF\n$", text)
    length, content = re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", text, re.DOTALL)[0]
    return begins and text[int(start) :].startswith(b"xref\n0 6\n") and len(content) == int(length)


def test_it_is_a_pdf_with_the_number_and_the_total(caller: Caller) -> None:
    number, response = pdf_of(caller, Customer.FLAGSHIP)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf")
    assert holds_together(response.content)
    assert f"Invoice {number}".encode() in response.content
    assert b"Total: " in response.content


def test_hostile_names_stay_text(caller: Caller) -> None:
    _, response = pdf_of(caller, Customer.HOSTILE)
    assert holds_together(response.content)


def test_brackets_and_backslashes_are_escaped_and_long_invoices_cut() -> None:
    unit = {"name": "USD (cents)"}
    lines = [{"name": f"(a\\) {number}\r\nTj", "total": number, "credit_type": unit} for number in range(60)]
    head = {"id": "1", "status": "DRAFT", "issued_at": "2026-05-01", "credit_type": unit, "total": 5}
    text = invoice_pdf(head | {"line_items": lines}, "日本 & co")
    assert holds_together(text)
    assert rb"(\(a\\\) 7  Tj: 7 USD \(cents\)) Tj" in text
    assert b"and 20 more lines" in text
    assert b"?? & co" in text


def test_an_unknown_invoice_is_404_and_no_token_401(caller: Caller) -> None:
    path = f"/v1/customers/{Customer.FLAGSHIP}/invoices/{NOBODY}/pdf"
    assert caller.send("GET", path).status_code == 404
    assert requests.get(caller.url + path, timeout=10).status_code == 401
