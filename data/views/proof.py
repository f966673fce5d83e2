"""Do this account's numbers agree? Every check over the range with what it compared, on the page and as files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pandas as pd

from data.analytics.proofs.causes import Status
from data.analytics.proofs.check import Check, NotRun
from data.analytics.proofs.ledger_balance import ident_of, name_of
from data.filters import Days
from data.lineage.value import Seal
from data.views.asking import Provenance, Question, provenance, together
from data.views.proof_checks import ALL, LIGHT, Proof
from data.views.proof_ground import Ground, load_ground

FIGURES: Final = ("expected", "actual", "difference")
PROOF_FILE: Final = (
    "check", "subject", "status", "expected", "actual", "difference", "currency", "cause", "receipt",
)  # fmt: skip


@dataclass(frozen=True)
class ProofView:
    """The checks in the order of ``CheckName``, those that could not be made, and what else is worth knowing. ``names``
    are those of balances by id."""

    days: Days
    checks: tuple[Check, ...]
    not_run: tuple[NotRun, ...]
    notes: tuple[str, ...]
    names: Mapping[str, str]
    provenance: Provenance
    seal: Seal

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many checks passed, are explained and failed."""
        return Counter(one.status for one in self.checks)

    def receipt(self, check: Check, figure: str = "difference") -> str:
        """The receipt id of one of ``FIGURES`` of a check."""
        return self.seal.mark(check.check, check.subject, figure)


def proof_view(question: Question) -> ProofView:
    """Every check; raises ``SourceError`` when there is nothing at all to compare."""
    return _proven(question, ALL)


def light_proof(question: Question) -> ProofView:
    """The checks that need no more than the panels of a page load; raises ``SourceError``."""
    return _proven(question, LIGHT)


def _proven(question: Question, proofs: Sequence[Proof]) -> ProofView:
    ground = load_ground(question)
    outcomes = together(*(partial(proof, ground) for proof in proofs))
    days = ground.days
    return ProofView(
        days=days,
        checks=tuple(distinct(check for outcome in outcomes for check in outcome.checks)),
        not_run=tuple(one for outcome in outcomes for one in outcome.not_run),
        notes=_notes(ground),
        names={ident_of(one): name_of(one) for one in ground.accounts},
        provenance=provenance(question.now, days, *ground.parts, unavailable=ground.unavailable),
        seal=Seal("P", (question.ask.customer_id, str(days.first), str(days.last))),
    )


def distinct(checks: Iterable[Check]) -> list[Check]:
    """The checks with a number after a subject that another one of its kind has already."""
    met: Counter[tuple[str, str]] = Counter()
    found = []
    for one in checks:
        met[one.check, one.subject] += 1
        number = met[one.check, one.subject]
        found.append(one if number == 1 else replace(one, subject=f"{one.subject} ({number})"))
    return found


def _notes(ground: Ground) -> tuple[str, ...]:
    """Rows that carry another account's id are kept (interfaces document, "Semantics"), and said."""
    if ground.invoices is None:
        return ()
    frame = ground.invoices.value.invoices
    others = frame[frame["invoice_id"].isin(ground.chosen)]["customer_id"]
    count = sum(1 for ident in others if ident and ident != ground.question.ask.customer_id)
    said = "1 invoice carries" if count == 1 else f"{count} invoices carry"
    return (f"{said} another account’s id. They count as they were answered for this one.",) if count else ()


def proof_file(view: ProofView) -> pd.DataFrame:
    """The rows of proof.csv (interfaces document, Downloads); amounts are ``Decimal`` in currency units, None where
    nothing was compared."""
    rows = [_row(view, one) for one in view.checks]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype="object") for name in PROOF_FILE})


def proof_json(view: ProofView, account: str) -> dict[str, Any]:
    """proof.json as a value; amounts are ``Decimal``, which ``json_text`` writes as exact JSON numbers."""
    return {
        "account": account,
        "from": view.days.first.isoformat(),
        "to": view.days.last.isoformat(),
        "as_of": view.provenance.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "checks": [_row(view, one) for one in view.checks],
    }


def json_text(value: Any) -> str:
    """``value`` as JSON. A ``Decimal`` becomes the number with all its digits, which no JSON library here can do: they
    go through floats, and 0.1 + 0.2 is what a proof must not say."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json_text(str(key))}:{json_text(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(json_text(one) for one in value) + "]"
    if isinstance(value, Decimal):
        return format(value.copy_abs() if value == 0 else value, "f")
    return json.dumps(value, ensure_ascii=False)


def _row(view: ProofView, check: Check) -> dict[str, Any]:
    return {
        "check": check.check.value,
        "subject": check.subject,
        "status": check.status.value,
        "expected": check.expected,
        "actual": check.actual,
        "difference": check.difference,
        "currency": check.currency,
        "cause": None if check.cause is None else check.cause.value,
        "receipt": view.receipt(check),
    }
