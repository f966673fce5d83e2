"""The commitments, invoices and proof pages: waiting, with nothing to show, with something that failed or is old."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.catalogue import Customer
from sandbox.server import Sandbox
from tests.browser.jumping_clock import JumpingClock
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

UNREACHABLE = "The billing service cannot be reached"
LATE = f"/accounts/{Customer.LATE_USAGE}"
PANELS = {
    "commitments": ("burn", "balances", "expiring", "obligations"),
    "invoices": ("invoices", "drift"),
    "proof": ("proof",),
}


def failed(page: Page, name: str) -> set[str]:
    """The panels of a page that say that they could not be loaded."""
    return {panel for panel in PANELS[name] if page.visible(f"#{panel}-notice .notice-error")}


def test_panels_that_wait_have_placeholders_while_the_others_are_there(start_page: Start, sandbox: Sandbox) -> None:
    sandbox.faults.add("slow", family="breakdowns", seconds=4)
    page = start_page(f"{LATE}/commitments")
    page.says("#balances-main", "Survey commitment")
    page.says("#obligations-notice", "No postpaid commits")
    assert page.visible("#burn-summary .skeleton")
    assert page.traces("burn-chart") == {}
    page.drawn("burn-chart")
    page.open(f"{LATE}/invoices?range=last_month")
    page.says("#invoices-main", "Oct 2026")
    assert page.visible("#drift-summary .skeleton")
    page.says("#drift-summary", "3 days, 1 product")
    page.open(f"{LATE}/proof?range=last90d")
    assert page.one("#proof-summary .skeleton")
    page.says("#proof-summary", "0 failed")
    page.settled()
    assert not page.visible(".skeleton")
    assert page.console() == []


FAILURES = [
    ("commitments", "balances", {"burn", "balances", "expiring", "obligations"}),
    ("commitments", "breakdowns", {"burn"}),
    ("invoices", "invoices", {"invoices", "drift"}),
    ("invoices", "breakdowns", {"drift"}),
]


def test_what_fails_says_so_alone_and_comes_back(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    page = start_page("/", clock=clock)
    for name, family, expected in FAILURES:
        sandbox.faults.add("status", family=family, status=500)
        clock.jump(25 * 3600)
        page.open(f"{LATE}/{name}?range=last_month")
        page.until(lambda name=name, expected=expected: failed(page, name) == expected, f"not {expected}")
        page.settled()
        _fails_alone(page, name, expected)
        sandbox.faults.clear()
        clock.jump(5)
        page.try_again(min(expected))
        page.until(lambda name=name: failed(page, name) == set(), f"{name} never came back")
        page.until(lambda name=name: all(page.text(f"#{panel}-footer") for panel in PANELS[name]))
    assert page.console() == []


def _fails_alone(page: Page, name: str, expected: set[str]) -> None:
    for panel in expected:
        assert UNREACHABLE in page.text(f"#{panel}-notice")
        assert not page.visible(f"#{panel}-panel table, #{panel}-panel .js-plotly-plot")
        assert "$" not in page.text(f"#{panel}-panel")
    assert failed(page, name) == expected
    for panel in set(PANELS[name]) - expected:
        assert page.visible(f"#{panel}-main table, #{panel}-notice .notice-empty")


PARTS = [
    ("commitments", "breakdowns", "expiring", "the daily breakdowns, so no pace is known"),
    ("commitments", "invoices", "balances", "the invoices, so posted and pending are told by date"),
    ("invoices", "contracts", "invoices", "the contracts' names"),
    ("invoices", "balances", "invoices", "the commits"),
    ("invoices", "credit_types", "invoices", "the list of currencies"),
]


def test_a_part_that_is_missing_is_named_and_the_rest_is_shown(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    page = start_page("/", clock=clock)
    for name, family, panel, words in PARTS:
        sandbox.faults.add("status", family=family, status=500)
        clock.jump(25 * 3600)
        page.open(f"{LATE}/{name}?range=last90d")
        page.says(f"#{panel}-notice", "Some data is missing")
        assert words in page.text(f"#{panel}-notice")
        assert page.visible(f"#{panel}-main table, #{panel}-notice .notice-empty")
        page.one("#proof-mark *")  # which asks last; what it asked before must not fail after the clock has jumped
        sandbox.faults.clear()
        clock.jump(90)  # many blocks failed at once, so the endpoint is left alone for a while
        page.try_again(panel)
        page.until(lambda panel=panel: not page.visible(f"#{panel}-notice .notice-partial"), f"{panel}: {family}")
    assert page.console() == []


def test_a_proof_of_half_the_books_says_which_half(start_page: Start, sandbox: Sandbox, clock: JumpingClock) -> None:
    page = start_page("/", clock=clock)
    missing = {"invoices": "windows and invoices", "balances": "ledgers and balances",
               "usage_groups": "groups and totals", "metrics": "usage and billed quantity"}  # fmt: skip
    for family, words in missing.items():
        sandbox.faults.add("status", family=family, status=500)
        clock.jump(25 * 3600)
        page.open(f"{LATE}/proof?range=last_month")
        page.says("#proof-main", f"Not compared, {words}")
        page.says("#proof-summary", "could not be made")
        page.says("#proof-summary", "0 failed")
        sandbox.faults.clear()
    for family in ("invoices", "balances"):
        sandbox.faults.add("status", family=family, status=500)
    clock.jump(25 * 3600)
    page.open(f"{LATE}/proof?range=last_month")
    page.says("#proof-notice", UNREACHABLE)
    assert not page.visible("#proof-table")
    page.says("#proof-mark", "Not checked")
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again("proof")
    page.says("#proof-summary", "0 failed")
    assert page.console() == []


def test_an_older_copy_stands_in_and_says_so_until_the_token_is_refused(
    start_page: Start, sandbox: Sandbox, clock: JumpingClock
) -> None:
    page = start_page("/", clock=clock)
    before: dict[str, str] = {}
    for name, panels in PANELS.items():
        _open_whole(page, name)
        before |= {panel: page.text(f"#{panel}-main") for panel in panels}
    sandbox.faults.add("status", status=503)
    clock.jump(3600)
    for name, panels in PANELS.items():
        _open_whole(page, name)
        for panel in panels:
            assert "Shown as of" in page.text(f"#{panel}-notice")
            assert page.text(f"#{panel}-main") == before[panel]
            assert page.visible(f"#{panel}-footer .is-stale")
    sandbox.faults.clear()
    clock.jump(5)
    page.try_again("proof")
    page.until(lambda: not page.visible(".notice-stale"))
    _nothing_old_is_shown_to_a_refused_token(page, sandbox, clock)
    assert page.console() == []


def _open_whole(page: Page, name: str) -> None:
    page.open(f"{LATE}/{name}?range=last_month")
    page.until(lambda: all(page.text(f"#{panel}-footer") for panel in PANELS[name]))
    page.settled()


def _nothing_old_is_shown_to_a_refused_token(page: Page, sandbox: Sandbox, clock: JumpingClock) -> None:
    sandbox.faults.add("status", status=401)
    clock.jump(3600)
    for name, panels in PANELS.items():
        page.open(f"{LATE}/{name}?range=last_month")
        for panel in panels:
            page.says(f"#{panel}-notice", "The connection to billing needs attention")
            assert "$" not in page.text(f"#{panel}-panel")
        assert not page.visible("#proof-mark a.is-good")


def test_accounts_with_nothing_are_told_so(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.NO_METRICS}/proof")
    page.says("#proof-summary", "0 failed")
    assert "groups and totals" not in page.text("#proof-table").lower()
    page.open(f"/accounts/{Customer.GUIDE_USAGE}/commitments")
    page.says("#burn-notice", "pays as it goes")
    page.says("#balances-notice", "No commits or credits")
    page.says("#expiring-notice", "Nothing ends soon")
    page.says("#obligations-notice", "No postpaid commits")
    assert not page.visible(".js-plotly-plot")
    page.open(f"/accounts/{Customer.GUIDE_USAGE}/invoices")
    page.says("#invoices-notice", "No invoices in this range")
    page.says("#drift-notice", "No usage arrived after finalization")
    page.open(f"/accounts/{Customer.GUIDE_USAGE}/proof")
    page.says("#proof-summary", "1 check: 1 passed, 0 explained, 0 failed.")
    assert "Books agree" not in page.one("#proof-mark a").text
    assert page.console() == []


def test_accounts_that_have_only_just_begun(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.NOTHING_USED}/commitments")
    page.says("#balances-main", "Upcoming")
    page.says("#burn-notice", "Nothing to burn down in this range")
    page.says("#expiring-notice", "Nothing ends soon")
    page.open(f"/accounts/{Customer.NOTHING_USED}/invoices?status=void")
    page.says("#invoices-notice", "No void invoices in this range")
    page.open(f"/accounts/{Customer.BRAND_NEW}/commitments")
    page.says("#expiring-summary", "ends within 30 days")
    page.open(f"/accounts/{Customer.BRAND_NEW}/invoices")
    page.says("#invoices-main", "can change until 16 Dec 2026")
    page.says("#drift-notice", "No finalized invoice has a period in this range")
    page.open(f"/accounts/{Customer.BRAND_NEW}/proof")
    page.says("#proof-summary", "0 failed")
    assert page.console() == []


def test_an_archived_account_works_on_every_page_and_says_so(start_page: Start) -> None:
    page = start_page(f"/accounts/{Customer.ARCHIVED}/commitments?range=ytd")
    page.says("#account-notice", "Archived on")
    page.drawn("burn-chart")
    page.says("#balances-main", "Closing credit")
    page.open(f"/accounts/{Customer.ARCHIVED}/invoices?range=ytd")
    page.says("#account-notice", "Archived on")
    page.says("#invoices-main", "Jul 2026")
    page.open(f"/accounts/{Customer.ARCHIVED}/proof?range=ytd")
    page.says("#account-notice", "Archived on")
    page.says("#proof-summary", "0 failed")
    assert page.console() == []


def test_an_unknown_account_is_a_clear_page(start_page: Start) -> None:
    page = start_page("/")
    for name in PANELS:
        page.open(f"/accounts/00000000-0000-4000-8000-000000000000/{name}")
        page.says("#account-notice", "No such account")
        page.settled()
        assert not page.visible(".panel, .filter-bar, #proof-mark a")
        (only,) = page.console()
        assert "404" in only


def test_no_element_shares_its_id(start_page: Start) -> None:
    """An id that is there twice is found once: by links, by labels, and by whoever builds on the fixed ones."""
    page = start_page(f"{LATE}?range=last_month")
    twice = """
    const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
    return ids.filter((one, at) => ids.indexOf(one) !== at);
    """
    for tab, shown in (("commitments", "balances"), ("invoices", "invoices"), ("proof", "proof")):
        page.press(f"#tab-{tab}")
        page.one(f"#{shown}-main table")
    assert page.script(twice) == []
