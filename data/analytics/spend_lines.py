"""What does each invoice line contribute to spend? LINES reduced to codes that sums and attribution work on.

Line classes follow section 5.2 of the Metronome notes: usage is spend, applied commits and credits are deductions, and
everything else (fees, purchases, conversions, true-ups, unknown types) is neither.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analytics.exact import Codes, Numbers, ordered_codes, pack
from data.analytics.groups import group_values
from data.analytics.windows import Span, microseconds, positions

PRODUCT_KEY: Final = "product"
USAGE_LINE, DEDUCTION_LINE, SUBSCRIPTION_LINE = "usage", "applied_commit_or_credit", "subscription"
UNATTRIBUTED_GROUP: Final = -2
NULL_GROUP: Final = -1

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CodedLines:
    """Parallel arrays, one item per line that counts. ``group`` indexes ``groups`` or is one of two codes."""

    total: Numbers
    bucket: Codes
    moment: Codes
    invoice: Codes
    unit: Codes
    product: Codes
    group: Codes
    commit: Codes
    segment: Codes
    period: Codes
    usage: Flags
    deduction: Flags
    subscription: Flags
    postpaid: Flags
    groups: tuple[str, ...]
    products: tuple[str, ...]


def counted(lines: pd.DataFrame, spans: list[Span]) -> pd.DataFrame:
    """LINES inside ``spans`` that may be added up: not void, and not the consolidated copies of other invoices' lines
    (section 5.1 of the Metronome notes)."""
    keep = (
        (positions(lines["window_start"], spans) >= 0)
        & (lines["invoice_status"] != "VOID").to_numpy()
        & (lines["invoice_type"] != "USAGE_CONSOLIDATED").to_numpy()
    )
    return lines[keep].reset_index(drop=True)


def coded(lines: pd.DataFrame, spans: list[Span], *, key: str, balance_types: Mapping[str, str]) -> CodedLines:
    """``counted`` lines as codes. ``balance_types`` maps balance ids to PREPAID, POSTPAID or CREDIT."""
    kinds = lines["line_type"].astype(object).to_numpy()
    product, products = _products(lines, kinds == USAGE_LINE)
    by_product = key == PRODUCT_KEY and key not in _sent_keys(lines)
    group, groups = (_product_groups(product, kinds), products) if by_product else _groups(lines, key)
    starts, ends = (pd.factorize(microseconds(lines[name]))[0].astype(np.int64) for name in ("line_start", "line_end"))
    return CodedLines(
        total=_totals(lines["total"]),
        bucket=positions(lines["window_start"], spans),
        moment=pd.factorize(microseconds(lines["window_start"]))[0].astype(np.int64),
        invoice=_codes(lines["invoice_id"]),
        unit=pack(_codes(lines["credit_type_id"]), _codes(lines["credit_type"])),
        product=product,
        group=group,
        commit=_codes(lines["commit_id"]),
        segment=_codes(lines["segment_id"]),
        period=pack(starts, ends),
        usage=kinds == USAGE_LINE,
        deduction=kinds == DEDUCTION_LINE,
        subscription=kinds == SUBSCRIPTION_LINE,
        postpaid=_postpaid(lines, balance_types),
        groups=groups,
        products=products,
    )


def with_other_lines(usage: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """LINES of spend breakdowns, which hold usage alone, and every line of the breakdowns that is not usage: together
    they are what the invoices' windows total, with usage split by keys that the invoices do not have."""
    others = lines[(lines["line_type"] != USAGE_LINE).to_numpy()]
    return pd.DataFrame({name: _joined(usage[name], others[name]) for name in usage.columns})


def _joined(first: pd.Series, second: pd.Series) -> pd.Series:
    if isinstance(first.dtype, pd.CategoricalDtype):
        return pd.Series(pd.api.types.union_categoricals([first, second]))
    return pd.concat([first, second], ignore_index=True)


def spend_keys(lines: pd.DataFrame) -> tuple[str, ...]:
    """The keys that lines can be grouped by: presentation keys, then pricing keys, each sorted, then ``product``."""
    presentation, pricing = (_keys_in(lines[name]) for name in ("presentation", "pricing"))
    return tuple(dict.fromkeys([*presentation, *pricing, PRODUCT_KEY]))


def default_spend_key(keys: tuple[str, ...]) -> str:
    """Region where it exists, else the product (interfaces: ``spend_by``)."""
    return "region" if "region" in keys else PRODUCT_KEY


def _sent_keys(lines: pd.DataFrame) -> set[str]:
    return {*_keys_in(lines["presentation"]), *_keys_in(lines["pricing"])}


def _keys_in(column: pd.Series) -> list[str]:
    return sorted({key for text in column.cat.remove_unused_categories().cat.categories for key in json.loads(text)})


def _codes(column: pd.Series) -> Codes:
    return column.cat.codes.to_numpy().astype(np.int64)


def _totals(column: pd.Series) -> Numbers:
    totals = column.to_numpy(dtype=object, copy=True)
    totals[column.isna().to_numpy()] = Decimal(0)
    return totals


def _products(lines: pd.DataFrame, usage: Flags) -> tuple[Codes, tuple[str, ...]]:
    """A code per product, ascending by label so that order never depends on rows, and the labels.

    A label is the name on the product's usage lines, as deductions carry another ("... applied"). Lines without a
    product id are told apart by their own name.
    """
    (ident, idents), (name, names) = ordered_codes(lines["product_id"]), ordered_codes(lines["name"])
    _, first, index = np.unique(pack(ident, name, usage.astype(np.int64)), return_index=True, return_inverse=True)
    products: list[tuple[str, str]] = []
    labels: dict[tuple[str, str], tuple[bool, str]] = {}
    for row in first.tolist():
        text = names[name[row]] if name[row] >= 0 else ""
        product = ("id", idents[ident[row]]) if ident[row] >= 0 else ("name", text)
        choice = (not usage[row], text or product[1])
        labels[product] = min(labels.get(product, choice), choice)
        products.append(product)
    order = sorted(labels, key=lambda product: (labels[product][1], product))
    ranks = {product: rank for rank, product in enumerate(order)}
    codes = np.array([ranks[product] for product in products], dtype=np.int64)
    return codes[index] if len(codes) else index.astype(np.int64), tuple(labels[product][1] for product in order)


def _product_groups(product: Codes, kinds: Numbers) -> Codes:
    """The product as the group; a deduction that names none, or one that nothing was charged for, has no group."""
    deduction = kinds == DEDUCTION_LINE
    charged = np.isin(product, product[~deduction])
    return np.where(deduction & ~charged, np.int64(UNATTRIBUTED_GROUP), product)


def _groups(lines: pd.DataFrame, key: str) -> tuple[Codes, tuple[str, ...]]:
    """The presentation value under ``key``, else the pricing value; null where sent as null, else unattributed."""
    sent = [
        [group_values(text).get(key, UNATTRIBUTED_GROUP) for text in lines[name].cat.categories]
        for name in ("presentation", "pricing")
    ]
    groups = tuple(sorted({value for values in sent for value in values if isinstance(value, str)}))
    ranks: dict[str | int | None, int] = {value: rank for rank, value in enumerate(groups)}
    ranks |= {None: NULL_GROUP, UNATTRIBUTED_GROUP: UNATTRIBUTED_GROUP}
    tables = [np.array([*(ranks[value] for value in values), UNATTRIBUTED_GROUP], dtype=np.int64) for values in sent]
    shown, priced = tables[0][_codes(lines["presentation"])], tables[1][_codes(lines["pricing"])]
    return np.where(shown >= 0, shown, np.maximum(shown, priced)), groups


def _postpaid(lines: pd.DataFrame, balance_types: Mapping[str, str]) -> Flags:
    """Whether a deduction is a postpaid one: by its applied type, else by its balance, else by ``commit_type``, which
    cannot tell a credit from a prepaid commit (section 5.3 of the Metronome notes)."""
    applied = _per_text(lines["commit_type"], {"POSTPAID": 1, "PREPAID": 0, "CREDIT": 0})
    looked_up = _per_text(lines["commit_id"], {ident: int(kind == "POSTPAID") for ident, kind in balance_types.items()})
    named = _per_text(lines["commit_type"], {"PostpaidCommit": 1})
    flags: Flags = np.where(applied >= 0, applied, np.where(looked_up >= 0, looked_up, named)) == 1
    return flags


def _per_text(column: pd.Series, numbers: Mapping[str, int]) -> Codes:
    table = np.array([*(numbers.get(text, -1) for text in column.cat.categories), -1], dtype=np.int64)
    return table[_codes(column)]
