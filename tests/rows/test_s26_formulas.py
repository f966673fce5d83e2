"""S26: no export runs a formula. 2,000 texts that begin like one, in the writer itself and as the names of an account
in every file; whatever is a number stays one. No XLSX is offered."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callbacks.downloads import FILES
from data.analytics.spend import SPEND_FILE
from data.files import to_csv
from tests.generated import Row, source_on
from tests.rows.marked import NOW_AT, SEARCH, marked
from tests.rows.worlds import Fixed, app_on

LEADS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = {
    *("name", "product_name", "reason", "salesforce_account_id", "external_id", "product_type"),
    *("contract_name", "netsuite_sales_order_id", "invoice_id"),
}
NUMBERS = {
    *SPEND_FILE[SPEND_FILE.index("gross") : SPEND_FILE.index("basis")],
    *("value", "granted", "remaining", "amount", "running_balance", "total", "quantity", "unit_price"),
    *("adjusted", "credited", "ledger_balance", "windows_sum", "difference"),
}

hostile = st.builds(
    str.__add__, st.sampled_from(LEADS), st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)


@settings(max_examples=2_000)
@given(text=hostile, amount=numbers)
def test_s26_no_text_cell_begins_like_a_formula_and_a_number_stays_one(text: str, amount: Decimal) -> None:
    written = to_csv(pd.DataFrame({text: [text, "plain"], "amount": [amount, Decimal("-5.25")]}, dtype=object)).decode()
    (_, *rows) = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert [row[0] for row in rows] == [f"'{text}", "plain"]
    assert [Decimal(row[1]) for row in rows] == [amount, Decimal("-5.25")]


@dataclass
class Renamed:
    """Gives every name, group value and reason that comes from the API the next of ``texts``."""

    texts: tuple[str, ...]
    used: set[str] = field(default_factory=set)
    _names: dict[str, str] = field(default_factory=dict)

    def __call__(self, _family: str, row: Row) -> None:
        self._walk(row)

    def _walk(self, value: Any) -> None:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, dict | list):
                self._walk(inner)
            elif isinstance(inner, str) and (key in TEXTS or "MARK_" in inner):
                value[key] = self._renamed(inner)

    def _renamed(self, name: str) -> str:
        """Always the same for the same name, as an API would have it; what names a unit, a type or a key that is asked
        by is left alone."""
        if name.isupper() or name.startswith("USD") or name.endswith("team") or "ProductListItem" in name:
            return name
        text = self._names.setdefault(name, self.texts[len(self._names) % len(self.texts)])
        self.used.add(text)
        return text


@pytest.mark.parametrize("lead", LEADS, ids=ascii)
def test_s26_no_file_of_an_account_with_such_names_holds_a_formula(lead: str) -> None:
    renamed = Renamed(tuple(f"{lead}{text}" for text in ("1+1", 'cmd|" /C calc"!A0', "SUM(A1:A9)", 'a"b,c', "x\r\ny")))
    source = source_on(marked("A").account, NOW_AT, tamper=renamed)
    client = app_on(source, Fixed(marked("A").scope())).server.test_client()
    numbers_seen = 0
    for name in FILES:
        answer = client.get(f"/accounts/{marked('A').id}/{name}{SEARCH}")
        assert answer.status_code == 200, f"{name}: {answer.text[:300]}"
        if name.endswith(".csv"):
            numbers_seen += harmless(answer.text, lead)
    assert len(renamed.used) == len(renamed.texts)
    assert numbers_seen > 20


def harmless(text: str, lead: str) -> int:
    """How many numbers were read; every cell that begins like a formula is one of them."""
    count = 0
    for row in csv.DictReader(io.StringIO(text, newline=""), strict=True):
        for column, cell in row.items():
            if column in NUMBERS and cell:
                assert is_number(cell), f"{column}: {cell!r}"
                count += 1
            elif not is_number(cell):
                assert not cell.startswith(LEADS), f"{column}: {cell!r} after {lead!r}"
    return count


def is_number(cell: str) -> bool:
    try:
        Decimal(cell)
    except InvalidOperation:
        return False
    return True
