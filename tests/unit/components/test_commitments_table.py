from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd

from components.commitments_table import Opening, commitments_table
from data.analytics.balance_totals import balance_totals
from data.analytics.commitments import AMOUNTS, COMMITMENTS_FILE, BalanceNote, Burndown, Side
from tests.unit.components.reading import grids_in, props, rows_of, walk

PLAIN: dict[str, Any] = dict.fromkeys(AMOUNTS, Decimal(0)) | {
    "id": "b8bc055d-2c0f-4629-b9e4-c87e0b59da1e",
    "type": "PREPAID",
    "name": "",
    "product": "Prepaid Credits",
    "contract_id": "c",
    "priority": 100.0,
    "currency": "USD",
    "starts_at": pd.Timestamp("2024-09-01", tz="UTC"),
    "ends_at": pd.Timestamp("2025-09-01", tz="UTC"),
    "segments": 1,
    "rolled_from": "",
    "status": "active",
}


def guide_rows() -> list[dict[str, Any]]:
    commit = PLAIN | {"granted": Decimal(100), "used_posted": Decimal(65), "used_pending": Decimal(15),
                      "remaining": Decimal(20), "ledger_balance": Decimal(20)}  # fmt: skip
    reward = PLAIN | {"type": "CREDIT", "product": "Reward credit", "priority": 1.0, "granted": Decimal(5),
                      "used_pending": Decimal(5), "remaining": Decimal(0), "status": "exhausted",
                      "ends_at": pd.Timestamp("2024-11-01", tz="UTC")}  # fmt: skip
    return [commit, reward]


def burn_of(rows: list[dict[str, Any]], **note: Any) -> Burndown:
    notes = tuple(
        BalanceNote(
            **{
                "side": Side.POSTPAID if row["type"] == "POSTPAID" else Side.PREPAID,
                "is_money": row["currency"] == "USD",
                "is_quantity": False,
                "rolled_in": bool(row["rolled_from"]),
                "reconciles": True,
                "difference": None,
                "lots": (),
            }
            | note
        )
        for row in rows
    )
    return Burndown(pd.DataFrame([{name: row[name] for name in COMMITMENTS_FILE} for row in rows]), notes)


def drawn(rows: list[dict[str, Any]], **note: Any) -> Any:
    burn = burn_of(rows, **note)
    return commitments_table(burn, balance_totals(burn), ident="commitments-table")


def cells(tree: Any) -> list[list[str]]:
    (grid,) = grids_in(tree)
    return rows_of(grid)


def test_the_guides_balances_stand_with_what_was_used_and_what_is_left() -> None:
    head, commit, reward, total = cells(drawn(guide_rows()))
    assert head[1:8] == ["Granted", "Upcoming", "Used (posted)", "Used (pending)", "Expired", "Adjusted", "Remaining"]
    assert commit[1:8] == ["$100.00", "$0.00", "$65.00", "$15.00", "$0.00", "$0.00", "$20.00"]
    assert commit[8:] == ["20%", "1 Sep 2024", "31 Aug 2025", "100"]
    assert reward[0] == "Reward credit Used up Credit, USD"
    assert reward[1:8] == ["$5.00", "$0.00", "$0.00", "$5.00", "$0.00", "$0.00", "$0.00"]
    assert total[:8] == ["Total USD", "$105.00", "$0.00", "$65.00", "$20.00", "$0.00", "$0.00", "$20.00"]


def test_obligations_have_a_group_and_totals_of_their_own() -> None:
    owed = PLAIN | {"type": "POSTPAID", "name": "Growth", "granted": Decimal(48), "remaining": Decimal(33)}
    tree = drawn([*guide_rows(), owed])
    (grid,) = grids_in(tree)
    prepaid, postpaid = grid["groups"]
    assert "still owed" in postpaid["title"]
    assert [group["rows"][-1]["cells"][1] for group in (prepaid, postpaid)] == ["$105.00", "$48.00"]


def test_units_are_totalled_apart_and_stand_under_the_names() -> None:
    tokens = PLAIN | {"currency": "GPU credits", "granted": Decimal("10.5"), "remaining": Decimal("10.5")}
    rows = cells(drawn([*guide_rows(), tokens]))
    assert [row[0] for row in rows if row[0].startswith("Total")] == ["Total USD", "Total GPU credits"]
    assert rows[2][0] == "Prepaid Credits Active Prepaid commit, GPU credits"
    assert rows[2][1] == "10.5"


def test_what_has_no_column_is_written_under_the_name() -> None:
    row = PLAIN | {"rolled_over": Decimal(10), "credited": Decimal(-3), "rolled_from": "x"}
    (_, shown, _) = cells(drawn([row]))
    assert "rolled over $10.00; credited −$3.00; rolled in from an earlier balance" in shown[0]


def test_a_row_that_does_not_add_up_says_so_with_both_figures() -> None:
    row = PLAIN | {"remaining": Decimal(20), "ledger_balance": Decimal("19.5")}
    (_, shown, _) = cells(drawn([row], reconciles=False))
    assert "its ledger adds up to $19.50 Does not reconcile" in shown[0]
    assert "reconcile" not in str(cells(drawn([row], reconciles=None)))


def test_missing_amounts_and_dates_are_not_zero() -> None:
    row = PLAIN | {"used_posted": None, "remaining": None, "starts_at": pd.NaT, "ends_at": pd.NaT,
                   "priority": float("nan")}  # fmt: skip
    (_, shown, total) = cells(drawn([row]))
    assert shown[3] == "not known"
    assert shown[7:] == ["not known", "–", "–", "No end", "–"]
    assert total[3] == "not known"


def test_the_table_has_a_caption_its_id_and_a_region_that_takes_focus() -> None:
    tree = drawn(guide_rows())
    (grid,) = grids_in(tree)
    assert (grid["id"], bool(grid["caption"])) == ("commitments-table", True)
    (region,) = [one for one in walk(tree) if props(one).get("role") == "region"]
    assert props(region)["tabIndex"] == 0


def test_hundreds_of_balances_stand_behind_the_current_ones_as_one_component() -> None:
    over = [PLAIN | {"status": "expired", "granted": Decimal(1)} for _ in range(300)]
    tree = drawn([*over, *guide_rows()])
    rows = cells(tree)
    assert len(rows) == 1 + 302 + 1
    assert [row[0].split(" Prepaid")[0] for row in rows[1:3]] == [
        "Prepaid Credits Active",
        "Reward credit Used up Credit, USD",
    ]
    assert rows[-1][1] == "$405.00"
    assert len(list(walk(tree))) < 5


def test_the_bar_is_the_share_that_is_left() -> None:
    (grid,) = grids_in(drawn(guide_rows()))
    assert [row["cells"][8].get("bar") for row in grid["groups"][0]["rows"][:2]] == ["20.0%", "0.0%"]


def test_a_hostile_name_is_text() -> None:
    (_, shown, _) = cells(drawn([PLAIN | {"name": "\u202e<script>" + "y" * 4096, "type": "<b>"}]))
    assert shown[0].startswith("<script>")
    assert len(shown[0]) < 120


def test_a_balance_that_was_floored_says_what_its_ledger_adds_up_to() -> None:
    row = guide_rows()[0] | {"ledger_balance": Decimal(-250), "remaining": Decimal(0)}
    (_, shown, _) = cells(drawn([row]))
    assert "floored at zero: its ledger adds up to −$250.00" in shown[0]
    assert "floored" not in str(cells(drawn([row], reconciles=False)))
    assert "floored" not in str(cells(drawn(guide_rows())))


def test_the_figures_under_a_name_open_their_receipts() -> None:
    rolled = PLAIN | {"rolled_over": Decimal(10), "credited": Decimal(-3), "ledger_balance": Decimal(-1)}
    rows = [rolled, PLAIN | {"id": "b2", "rolled_from": "x", "granted": Decimal(10)}]
    burn = burn_of(rows)
    table = commitments_table(burn, balance_totals(burn), opening=Opening(mark=lambda *place: " ".join(place)))
    (grid,) = grids_in(table)
    first, _, total = (row["cells"][0]["below"] for row in grid["groups"][0]["rows"])
    figures = [(part["text"], part["receipt"]) for line in first[1:] for part in line if isinstance(part, dict)]
    ident = PLAIN["id"]
    assert figures == [
        ("$10.00", f"balance {ident} rolled_over"),
        ("−$3.00", f"balance {ident} credited"),
        ("−$1.00", f"balance {ident} ledger_balance"),
    ]
    assert total == [["and ", {"text": "$10.00", "receipt": "total USD  prepaid rolled_in"}, " rolled in"]]
