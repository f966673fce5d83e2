"""docs/reference/interfaces.md says what the code does: settings, query, ids, files, routes and errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from dash import Dash

from callbacks.downloads import FILES, RECEIPT
from components import ids
from data import errors, filters
from data.analytics.commitments import COMMITMENTS_FILE, Status
from data.analytics.invoice_files import INVOICES_FILE, LINE_ITEMS_FILE
from data.analytics.ledger import LEDGER_FILE
from data.analytics.proofs.causes import Cause
from data.analytics.proofs.causes import Status as ProofStatus
from data.analytics.proofs.check import CheckName
from data.analytics.spend import BASES, SPEND_FILE
from data.analytics.usage import USAGE_FILE
from data.dashboards import Dashboard
from data.frames.ledger_types import category
from data.lineage.receipt_file import RECEIPT_FILE
from data.metronome_source import Patience
from data.pages import Page, account_path
from data.scope import AccessDenied
from data.settings import _READERS, VARIABLES, Settings
from data.views.proof import PROOF_FILE
from server.pages import known_page

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "interfaces.md").read_text()
README = (ROOT / "README.md").read_text()
COLUMNS = {
    "usage": USAGE_FILE,
    "spend": SPEND_FILE,
    "commitments": COMMITMENTS_FILE,
    "ledger": LEDGER_FILE,
    "invoices": INVOICES_FILE,
    "line_items": LINE_ITEMS_FILE,
    "proof": PROOF_FILE,
    "receipt": RECEIPT_FILE,
}


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)
    assert found is not None, title
    return found.group(1)


def table(text: str) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def words(text: str) -> str:
    """The text with line breaks as spaces."""
    return re.sub(r"\s+", " ", text)


# Where nothing set does not mean "none".
_UNSET = {
    "BURNBOARD_NOW": "the wall clock",
    "BURNBOARD_PUBLIC_URL": "from the request",
    "BURNBOARD_SESSION_KEY_FILE": "made at start",
    "BURNBOARD_LOG": "by mode",
    **{
        f"BURNBOARD_IDENTITY_{part}": "by identity"
        for part in ("HEADER", "ISSUER", "KEYS", "ALGORITHMS", "EMAIL_CLAIM", "GROUPS_CLAIM")
    },
}


def default_of(name: str) -> str:
    """What a setting is without being set, as the page writes it."""
    field = next(field for variable, (field, _) in _READERS.items() if variable == name)
    value = getattr(Settings(), field)
    if value is None or value == ():
        return _UNSET.get(name, "none")
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_stands_there_with_its_default_and_no_other() -> None:
    rows = {codes(name)[0]: default.strip("`") for name, default, _ in table(section("Settings"))}
    assert rows == {name: default_of(name) for name in VARIABLES}
    assert len(fields(Settings)) == len(VARIABLES)


def test_the_readme_and_the_example_file_name_the_same_settings() -> None:
    readme = re.search(r"^## Settings\n(.*?)(?=^## )", README, re.S | re.M)
    assert readme is not None
    rows = [(codes(name), codes(default) or [default]) for name, default, _ in table(readme.group(1))]
    told = {name: default for names, defaults in rows for name, default in zip(names, defaults, strict=True)}
    assert told == {name: default_of(name) for name in VARIABLES}
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.M)) == set(VARIABLES)


def test_every_query_key_stands_there_with_its_values() -> None:
    rows = {tuple(codes(key)): (values, absent) for key, values, absent in table(section("Pages and their query"))}
    assert [key for keys in rows for key in keys] == list(filters.KEYS)
    values = {
        "range": [one.value for one in filters.Preset],
        "window": [one.value for one in filters.Window],
        "view": [one.value for one in filters.View],
        "chart": [one.value for one in filters.ChartMode],
        "top": [str(one) for one in filters.TOP_CHOICES],
        "table": list(filters.TABLES),
        "status": [one.value for one in filters.InvoiceStatus],
        "dashboard": [one.value for one in Dashboard],
    }
    assert {key: codes(rows[key,][0]) for key in values} == values
    plain = filters.Filters()
    defaults = {
        "view": plain.view.value, "chart": plain.chart.value, "top": str(plain.top), "status": plain.status.value,
        "dashboard": plain.dashboard.value,
    }  # fmt: skip
    assert {key: codes(rows[key,][1])[0] for key in defaults} == defaults
    limits = f"at most {filters.MAX_DAYS} days ({filters.MAX_HOUR_DAYS} for hour)"
    assert limits in rows["from", "to"][0]


def test_the_element_ids_stand_there() -> None:
    paragraph = words(section("Pages and their query")).split("Element ids:")[1].split("One history")[0]
    fixed = (ids.ACCOUNT_SELECT, ids.DATE_RANGE, ids.USAGE_CHART, ids.SPEND_CHART, ids.BURNDOWN_CHART,
             ids.COMMITMENTS_TABLE)  # fmt: skip
    assert codes(paragraph) == list(fixed)


@pytest.mark.parametrize("name", list(COLUMNS))
def test_the_columns_of_each_file_stand_there(name: str) -> None:
    found = re.search(rf"^- \*\*{name}\.csv\*\* `([^`]+)`", section("Downloads"), re.M)
    assert found is not None
    assert tuple(found.group(1).split(",")) == COLUMNS[name]


def test_there_is_a_route_for_each_file_that_stands_there(make_app: Callable[..., Dash]) -> None:
    named = re.findall(r"^- \*\*(\w+)\.csv\*\*", section("Downloads"), re.M)
    assert named == list(COLUMNS)
    assert [*FILES, RECEIPT] == [*(f"{name}.csv" for name in named if name != "receipt"), "proof.json", "receipt.csv"]
    rules = {rule.rule for rule in make_app().server.url_map.iter_rules()}
    assert {f"/accounts/<customer_id>/{name}" for name in (*FILES, RECEIPT)} <= rules
    assert "/accounts/<customer_id>/invoices/<invoice_id>.pdf" in rules


def test_the_words_of_closed_sets_stand_there() -> None:
    text = words(section("Downloads"))
    assert set(codes(text.split("basis `exact`")[1].split(";")[0])) == set(BASES.values()) - {"exact"}
    assert codes(text.split("; status ")[1].split(";")[0]) == [one.value for one in Status]
    known = codes(text.split("amount signed as sent; category ")[1].split(";")[0])
    sent = ("PREPAID_COMMIT_SEGMENT_START", "CREDIT_AUTOMATED_INVOICE_DEDUCTION", "CREDIT_EXPIRATION", "CREDIT_MANUAL",
            "PREPAID_COMMIT_ROLLOVER", "POSTPAID_COMMIT_TRUEUP", "CREDIT_CREDITED", "CREDIT_CANCELED", "?")  # fmt: skip
    assert {category(one) for one in sent} == set(known)


def test_the_words_of_the_proof_stand_there() -> None:
    text = words(section("Downloads")).split("**proof.csv**")[1]
    assert codes(text.split("; check one of ")[1].split(";")[0]) == [one.value for one in CheckName]
    assert codes(text.split("; status ")[1].split(";")[0]) == [one.value for one in ProofStatus]
    assert codes(text.split("; cause ")[1].split(".")[0]) == [one.value for one in Cause]


def test_the_statuses_of_errors_stand_there() -> None:
    text = words(section("Downloads")).split("request id;")[1].split(" An address")[0]
    told = {int(status) for status in re.findall(r"\b([45]\d\d)\b", text)}
    kinds = [errors.SourceError, *errors.SourceError.__subclasses__(), errors.BadQuery, AccessDenied]
    assert {kind.status for kind in kinds} <= told


def test_the_time_that_a_file_may_take_stands_there() -> None:
    patience = Patience()
    assert f"may take up to {patience.download:g} s; {patience.idle:g} s without" in words(section("Downloads"))


def test_the_pages_stand_there_and_there_are_no_others() -> None:
    text = section("Pages and their query")
    told = [code for code in codes(text.split("\n|")[0]) if code.startswith("/")]
    account = "140a7113-76c4-4ce2-9379-29fa3375d23c"
    assert told == [
        "/",
        *(account_path("<customer_id>", page).replace("%3C", "<").replace("%3E", ">") for page in Page),
    ]
    for page in Page:
        assert known_page(account_path(account, page).removeprefix("/"))
    assert known_page("")
    assert not any(known_page(path) for path in ("accounts", "metrics", f"accounts/{account}/other", "accounts/x"))


def test_every_make_target_that_stands_there_exists() -> None:
    named = set(re.findall(r"`make (\w+)`", section("Commands")))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert named
    assert named <= targets
