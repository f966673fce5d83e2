"""The lines of an invoice: their units, products and groups, which credit stands under which line, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data.analytics.invoice_lines import Line
from data.analytics.invoice_lines_paid import ProductLines, by_product, line_sum, without_unused
from data.money import exact_sum
from tests.unit.analytics.builders import CPU_ID, EUR_ID, at, covered, deduction, steady
from tests.unit.analytics.invoice_builders import item, of_invoice

TOKENS = {"credit_type_id": CPU_ID, "credit_type": "tokens"}


def placed(product: ProductLines) -> tuple[list[tuple[int, list[int]]], list[tuple[int, list[int]]]]:
    """Positions: of each charge and what paid for it alone; of each shared deduction and what it covers."""
    return (
        [(one.line.line, [line.line for line in one.applied]) for one in product.charges],
        [(one.line.line, [line.line for line in one.covers]) for one in product.shared],
    )


def products_of(*rows: dict[str, Any]) -> tuple[ProductLines, ...]:
    return by_product(of_invoice(*rows)[1])


def every_line(products: Sequence[ProductLines]) -> list[Line]:
    alone = [line for one in products for charge in one.charges for line in (charge.line, *charge.applied)]
    return alone + [shared.line for one in products for shared in one.shared]


def test_the_documented_split_stands_as_usage_with_its_deduction_and_the_open_rest() -> None:
    (compute,) = products_of(covered(5000), deduction(-5000), item(3000))
    assert placed(compute) == ([(0, [1]), (2, [])], [])
    assert compute.product == "Compute"  # not "Commit applied"


def test_pairs_of_one_key_find_each_other_by_amount_and_the_nearer_line_before() -> None:
    (one,) = products_of(
        covered(10, "eu"), deduction(-10), covered(7, "us"), deduction(-7), covered(10, "ap"), deduction(-10)
    )
    assert placed(one) == ([(0, [1]), (2, [3]), (4, [5])], [])
    (grouped,) = products_of(covered(10, "eu"), covered(7, "us"), deduction(-7), deduction(-10))
    assert placed(grouped) == ([(0, [3]), (1, [2])], [])


def test_one_deduction_for_several_lines_is_shared_and_never_split() -> None:
    (one,) = products_of(covered(10, "eu"), covered(7, "us"), deduction(-17))
    assert placed(one) == ([(0, []), (1, [])], [(2, [0, 1])])


def test_amounts_that_only_partly_pair_off_prove_nothing() -> None:
    (one,) = products_of(covered(100, "eu"), covered(60, "us"), covered(40, "ap"), deduction(-100), deduction(-100))
    assert placed(one)[1] == [(3, [0, 1, 2]), (4, [0, 1, 2])]


def test_the_only_line_that_it_can_have_paid_for_holds_a_deduction_of_any_size() -> None:
    (one,) = products_of(covered(10), deduction(-9), item(5))
    assert placed(one) == ([(0, [1]), (2, [])], [])


def test_commits_segments_products_and_dates_keep_deductions_apart() -> None:
    later = {"line_start": at("2024-10-15")}
    storage = {"product_id": "S", "name": "Storage"}
    compute, stored = products_of(
        covered(10), deduction(-10), covered(10, **later), deduction(-10, **later),
        covered(4, **storage), deduction(-4, product_id="S"), covered(3, commit_id="D"), deduction(-3, commit_id="D"),
    )  # fmt: skip
    assert placed(compute) == ([(0, [1]), (2, [3]), (6, [7])], [])
    assert placed(stored) == ([(4, [5])], [])
    assert stored.product == "Storage"


def test_a_deduction_with_other_dates_or_no_product_looks_further_and_stands_with_what_it_covers() -> None:
    (dates,) = products_of(covered(10), deduction(-10, line_end=at("2024-10-20")))
    assert placed(dates) == ([(0, [1])], [])
    compute, stored, other = products_of(
        covered(10), covered(4, product_id="S", name="Storage"), deduction(-14, product_id=None)
    )
    assert placed(other) == ([], [(2, [0, 1])])  # two products: its own name heads it
    assert (placed(compute), placed(stored), other.product) == (([(0, [])], []), ([(1, [])], []), "Commit applied")


def test_a_deduction_that_nothing_fits_stands_by_itself() -> None:
    (one,) = products_of(item(10), deduction(-10))  # the line names no commit, so this one did not pay for it
    assert placed(one) == ([(0, [])], [(1, [])])
    (nameless,) = products_of(covered(10), deduction(-10, commit_id=None))
    assert placed(nameless) == ([(0, [])], [(1, [])])


def test_a_fee_that_a_commit_paid_has_its_deduction_under_it() -> None:
    fee = {"line_type": "subscription", "product_id": "F", "name": "Seats"}
    (one,) = products_of(covered(10, **fee), deduction(-10, product_id="F"))
    assert placed(one) == ([(0, [1])], [])


def test_lines_without_usage_are_hidden_and_counted_unless_something_is_on_them() -> None:
    nothing = {"quantity": 0, "total": 0, "product_id": "Z", "name": "Idle"}
    products = products_of(
        item(**nothing), item(0, quantity=None), item(5, quantity=0), item(-2, quantity=0, line_type="scheduled"),
        item(0, quantity=0),
    )  # fmt: skip
    shown, hidden = without_unused(products)
    assert hidden == 2
    assert [line.line for line in every_line(shown)] == [1, 2, 3]
    assert len(every_line(products)) == 5


def test_the_sum_takes_the_invoices_own_unit_and_leaves_postpaid_out() -> None:
    invoice, lines = of_invoice(
        item(9000),
        covered(1000, commit_id="POST"), deduction(-1000, commit_id="POST", commit_type="PostpaidCommit"),
        item(77, **TOKENS), item(5, credit_type_id=EUR_ID, credit_type="EUR"),
        item(0, credit_type_id=None, credit_type=None),
    )  # fmt: skip
    check = line_sum(lines, invoice)
    assert (check.total, check.difference, check.contradicts) == (Decimal(100), Decimal(0), False)
    assert [line.postpaid for line in lines] == [False, False, True, False, False, False]
    assert [line.unit.label for line in lines] == ["USD", "USD", "USD", "tokens", "EUR", "USD"]


def test_what_kind_a_deduction_is_comes_from_its_type_then_its_balance_then_its_commit() -> None:
    rows = [
        deduction(-1, commit_type="POSTPAID", commit_id="PRE"),
        deduction(-1, commit_type="PREPAID", commit_id="POST"),
        deduction(-1, commit_type="PrepaidCommit", commit_id="POST"),
        deduction(-1, commit_type="PostpaidCommit", commit_id="unknown"),
        deduction(-1, commit_type=None, commit_id="unknown"),
        item(1, commit_type="POSTPAID"),
    ]
    assert [line.postpaid for line in of_invoice(*rows)[1]] == [True, False, True, True, False, False]


def test_a_contradiction_is_told_with_its_size_and_a_cut_to_cents_is_not_one() -> None:
    invoice, lines = of_invoice(item(9990), total=10000)
    check = line_sum(lines, invoice)
    assert (check.total, check.difference, check.contradicts) == (Decimal("99.9"), Decimal("-0.1"), True)
    cut = line_sum(*reversed(of_invoice(item("9999.6"), total=10000)))
    assert (cut.difference, cut.contradicts, cut.is_rounded) == (Decimal("-0.004"), False, True)
    dust = line_sum(*reversed(of_invoice(item("10000.0000001"), total=10000)))
    assert (dust.contradicts, dust.is_rounded) == (False, False)
    units = line_sum(*reversed(of_invoice(item("9.996", **TOKENS), total=10, **TOKENS)))
    assert (units.contradicts, units.is_rounded) == (True, False)  # only money is cut to hundredths


def test_what_is_not_known_stays_unknown() -> None:
    invoice, lines = of_invoice(item(None), item(5))
    assert line_sum(lines, invoice).total is None
    assert not line_sum(lines, invoice).contradicts
    invoice, lines = of_invoice(item(5), total=None)
    assert (line_sum(lines, invoice).total, line_sum(lines, invoice).difference) == (Decimal("0.05"), None)
    (bare,) = of_invoice({"invoice_id": "inv"})[1]
    assert (bare.total, bare.quantity, bare.group, bare.starts_at, bare.product) == (None, None, None, None, "")
    assert of_invoice(total=5)[1] == ()
    assert by_product(()) == ()


def test_groups_are_exact_presentation_before_pricing() -> None:
    row = item(1, presentation='{"region":"eu"}', pricing='{"region":"priced","tier":null}')
    (line,) = of_invoice(row)[1]
    assert line.group_json() == '{"region":"eu","tier":null}'
    empty, none = of_invoice(item(1, presentation="{}"), item(1))[1]
    assert (empty.group_json(), none.group_json()) == ("{}", "")


amounts = st.integers(1, 40).map(lambda cents: Decimal(cents) / 10)
lines_made = st.lists(
    st.tuples(
        st.sampled_from(["usage", "applied_commit_or_credit", "subscription", "scheduled", "other"]),
        st.sampled_from(["C", "D", None]), st.sampled_from(["S", "T"]), st.sampled_from(["P", "Q", None]), amounts,
        st.sampled_from(["2024-10-01", "2024-10-15"]),
    ),
    max_size=25,
)  # fmt: skip


@steady
@given(lines_made)
def test_every_line_stands_once_and_every_credit_under_lines_that_its_commit_paid(made: list[Any]) -> None:
    rows = [
        item(-total if kind == "applied_commit_or_credit" else total, line_type=kind, commit_id=commit,
             segment_id=segment, product_id=product, line_start=at(start), quantity=None)
        for kind, commit, segment, product, total, start in made
    ]  # fmt: skip
    invoice, lines = of_invoice(*rows)
    products = by_product(lines)
    assert sorted(line.row for line in every_line(products)) == [line.row for line in lines]
    assert exact_sum(line.total or Decimal(0) for line in every_line(products)) == exact_sum(
        line.total or Decimal(0) for line in lines
    )
    for product in products:
        assert len({charge.line.product_key for charge in product.charges}) <= 1
        pairs = [(paid, charge.line) for charge in product.charges for paid in charge.applied]
        pairs += [(one.line, line) for one in product.shared for line in one.covers]
        assert all(paid.commit_id == line.commit_id and line.can_be_paid for paid, line in pairs)
    assert line_sum(lines, invoice).total == exact_sum(line.total or Decimal(0) for line in lines)


@steady
@given(st.lists(st.tuples(st.sampled_from("abc"), amounts), min_size=1, max_size=8))
def test_lines_with_a_deduction_each_always_find_it_again(made: list[tuple[str, Decimal]]) -> None:
    rows = [row for region, total in made for row in (covered(total, region), deduction(-total))]
    (one,) = products_of(*rows)
    assert placed(one)[1] == []
    assert [[paid.total for paid in charge.applied] for charge in one.charges] == [
        [-(charge.line.total or Decimal(0))] for charge in one.charges
    ]
