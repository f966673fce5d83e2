from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from components.tables import MAX_CELLS, accounts_table, series_table
from components.theme import series_colours
from data.analytics.accounts import Account, Found
from data.lineage.value import series_marks
from data.series import OTHER_LABEL, SeriesKind
from tests.unit.components.reading import grids_in, props, rows_of, text_of, walk
from tests.unit.components.tables_made_up import SEAL, guide_table, one_series, table_of, wide_table


def listed(table, **more):  # type: ignore[no-untyped-def]
    return series_table(table, caption="Usage by region", unit="h", is_money=False, seal=SEAL, **more)


def grid_of(tree) -> dict:  # type: ignore[no-untyped-def, type-arg]
    (grid,) = grids_in(tree)
    return grid


def test_the_table_has_the_rows_of_the_chart_with_totals_where_adding_is_legal() -> None:
    assert rows_of(grid_of(listed(guide_table(), head="region"))) == [
        ["region", "Total", "1 Oct", "2 Oct"],
        ["ap-south-1", "128", "37", "91"],
        ["us-east-1", "24", "24", "0"],
        ["us-east-2", "12", "12", "0"],
        ["All groups", "164", "73", "91"],
    ]


def test_what_does_not_add_up_has_no_totals_and_missing_is_a_dash() -> None:
    table = replace(table_of(one_series("a", [1.0, None]), one_series("b", [2.0, 3.0])), stackable=False)
    assert rows_of(grid_of(listed(table))) == [["Group", "1 Oct", "2 Oct"], ["a", "1", "–"], ["b", "2", "3"]]


def test_a_running_table_has_sums_per_window_but_no_total_column() -> None:
    rows = rows_of(grid_of(listed(guide_table(), running=True)))
    assert rows[0] == ["Group", "1 Oct", "2 Oct"]
    assert rows[-1] == ["All groups", "73", "91"]


def test_rows_carry_the_colours_of_the_chart() -> None:
    table = guide_table()
    rows = grid_of(listed(table))["groups"][0]["rows"]
    assert tuple(row["cells"][0]["dot"] for row in rows[:-1]) == series_colours(table.series)


def test_the_rest_says_how_many_groups_it_holds_and_the_open_day_that_it_is_open() -> None:
    table = table_of(one_series(OTHER_LABEL, [1.0, 2.0], SeriesKind.OTHER), other_count=9, open_at=1)
    rows = rows_of(grid_of(listed(table)))
    assert rows[1][0] == "Other (9)"
    assert rows[0][-1] == "2 Oct\nso far"


def test_a_long_table_is_cut_to_its_latest_columns_and_says_so() -> None:
    tree = listed(wide_table(17, 744))
    rows = rows_of(grid_of(tree))
    assert sum(len(row) for row in rows[1:]) <= MAX_CELLS
    assert rows[0][-1] == "31 Oct\n23:00"
    assert "of 744 columns are listed; the CSV file has all of them." in text_of(tree)
    assert rows[1][1] == "744"  # the total is of all windows, not of those that are listed


def mark_of(cell) -> str:  # type: ignore[no-untyped-def]
    return cell if isinstance(cell, str) else cell["receipt"]


def test_every_figure_of_the_table_opens_its_receipt() -> None:
    table = table_of(one_series("a", [1.0, None]), one_series("b", [2.0, 3.0]), grand_total=6.0)
    ids = series_marks(SEAL, table)
    rows = [[mark_of(cell) for cell in row["cells"][1:]] for row in
            grid_of(listed(table))["groups"][0]["rows"]]  # fmt: skip
    assert rows == [
        [ids.total(0), ids.cell(0, 0), "–"],
        [ids.total(1), ids.cell(1, 0), ids.cell(1, 1)],
        [ids.grand(), ids.window(0), ids.window(1)],
    ]


def test_a_cut_table_keeps_the_receipts_of_the_whole_one() -> None:
    table = wide_table(17, 744)
    last = grid_of(listed(table))["groups"][0]["rows"][0]["cells"][-1]
    assert last["receipt"] == series_marks(SEAL, table).cell(0, 743)


def test_a_table_is_few_components_however_many_cells_it_has() -> None:
    assert len(list(walk(listed(wide_table(17, 744))))) < 10


def test_the_scrolling_region_can_be_reached_by_keyboard_and_has_a_name() -> None:
    (region,) = [one for one in walk(listed(guide_table())) if props(one).get("role") == "region"]
    assert props(region)["tabIndex"] == 0
    assert props(region)["aria-label"] == "Usage by region"
    assert grid_of(region)["caption"] == "Usage by region"


def test_hostile_names_are_short_and_printable() -> None:
    tree = listed(table_of(one_series("\u202e" + "x" * 4096, [1.0]), one_series("\x00", [1.0])))
    assert all(len(row[0]) <= 60 and row[0].isprintable() for row in rows_of(grid_of(tree)))


KNOWN = Account(
    "140a7113-76c4-4ce2-9379-29fa3375d23c", "Acme", ("a", "b", "c", "d"), "0015x", datetime(2024, 3, 1, tzinfo=UTC)
)
OLD = replace(KNOWN, customer_id="240a7113-76c4-4ce2-9379-29fa3375d23c", name="<script>", aliases=(), salesforce_id="",
              created_at=None, archived_at=datetime(2025, 1, 1, tzinfo=UTC))  # fmt: skip


@dataclass(frozen=True)
class Nothing:
    accounts: tuple[Account, ...] = ()
    total: int = 0


def test_each_account_leads_to_its_page() -> None:
    tree = accounts_table(Found((KNOWN, OLD), 120), links={KNOWN.customer_id: "/x/a", OLD.customer_id: "/x/b"})
    grid = grid_of(tree)
    names = [row["cells"][0] for row in grid["groups"][0]["rows"]]
    assert [(name["text"], name["href"]) for name in names] == [("Acme", "/x/a"), ("<script>", "/x/b")]
    rows = rows_of(grid)
    assert rows[1][1] == "a, b, c and 1 more"
    assert [row[0] for row in rows[1:]] == ["Acme", "<script> Archived"]
    assert "118 more match" in text_of(tree)


def test_no_match_says_how_to_search() -> None:
    assert "Search by name, alias" in text_of(accounts_table(Nothing(), links={}))


def test_money_rows_keep_cents() -> None:
    table = table_of(one_series("a", [Decimal("1.005"), Decimal("-2")]), grand_total=Decimal("-0.995"))
    rows = rows_of(grid_of(series_table(table, caption="Spend", unit="USD", is_money=True, seal=SEAL)))
    assert rows[1:] == [["a", "−$1.00", "$1.01", "−$2.00"]]
