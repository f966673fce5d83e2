"""Do this account's numbers agree? Every check over the range with what it compared, on the page and as files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from functools import partial
from typing import Any, Final, cast

import pandas as pd

from data.analytics.proofs.causes import Status
from data.analytics.proofs.check import Check, CheckName, NotRun
from data.analytics.proofs.ledger_balance import ident_of, name_of
from data.analytics.proofs.net_balance import POSTPAID_LEFT_OUT, QUANTITY_LEFT_OUT
from data.filters import Days
from data.lineage.value import Seal
from data.views.asking import Provenance, Question, choose, provenance, together
from data.views.memo import Key, Made
from data.views.proof_checks import ALL, LIGHT, Proof
from data.views.proof_ground import Ground, load_ground

# Seconds: as long as the newest answers that it is made of count as new; with a gap no longer than a failure is
# remembered.
KEPT_SECONDS: Final = 60.0
KEPT_WITH_GAPS_SECONDS: Final = 2.0
_NONE_TO_MAKE: Final = frozenset({POSTPAID_LEFT_OUT, QUANTITY_LEFT_OUT})
FIGURES: Final = ("expected", "actual", "difference")
PROOF_FILE: Final = (
    "check", "subject", "status", "expected", "actual", "difference", "currency", "cause", "receipt",
)  # fmt: skip


@dataclass(frozen=True)
class ProofView:
    """The checks in the order of ``CheckName``, those that could not be made, and what else is worth knowing. ``names``
    are those of balances by id; ``kinds`` are those that were looked at, whatever there was to compare."""

    days: Days
    kinds: tuple[CheckName, ...]
    checks: tuple[Check, ...]
    not_run: tuple[NotRun, ...]
    notes: tuple[str, ...]
    names: Mapping[str, str]
    provenance: Provenance
    seal: Seal

    @property
    def is_full(self) -> bool:
        """Whether every kind of check was looked at."""
        return set(self.kinds) == set(CheckName)

    @property
    def whole(self) -> bool:
        """Whether everything that was asked for could be had."""
        lost = any(not one.subject for one in self.not_run)
        return not lost and not self.provenance.is_partial and self.provenance.stale is None

    @property
    def compared(self) -> tuple[Check, ...]:
        """The checks that hold one figure against another."""
        return tuple(one for one in self.checks if one.difference is not None)

    @property
    def missing(self) -> tuple[NotRun, ...]:
        """The comparisons that should have been made; of what a net balance leaves out there is none to make."""
        return tuple(one for one in self.not_run if one.reason not in _NONE_TO_MAKE)

    @property
    def not_additive(self) -> int:
        """How many checks compare nothing, because their metric is not meant to add up."""
        return len(self.checks) - len(self.compared)

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many comparisons passed, are explained and failed."""
        return Counter(one.status for one in self.compared)

    def receipt(self, check: Check, figure: str = "difference") -> str:
        """The receipt id of one of ``FIGURES`` of a check."""
        return self.seal.mark(check.check, check.subject, figure)


def proof_view(question: Question) -> ProofView:
    """Every check, made anew and remembered for ``marked_proof``; raises ``SourceError`` when there is nothing at all
    to compare."""
    return question.views.get(_key(question, "proof"), lambda: _proven(question, ALL), lambda _made, _age: False)


def light_proof(question: Question) -> ProofView:
    """The checks that need little more than the panels of a page load; raises ``SourceError``."""
    return _proven(question, LIGHT)


def marked_proof(question: Question) -> ProofView:
    """What the mark in the head goes by: the full proof of these days if somebody has opened it within a minute, else
    the light one, made once a minute. Raises ``SourceError``."""
    full = question.views.peek(_key(question, "proof"), _recent)
    if full is not None:
        return cast(ProofView, full)
    return question.views.get(_key(question, "light_proof"), lambda: light_proof(question), _recent)


def _recent(made: Made[ProofView], age: float) -> bool:
    return age < (KEPT_SECONDS if made.value.whole else KEPT_WITH_GAPS_SECONDS)


def _key(question: Question, name: str) -> Key:
    """By account and days alone: nothing else that an address holds changes a proof."""
    return (question.ask.customer_id, question.ask, choose(question).days, name)


def _proven(question: Question, proofs: Mapping[CheckName, Proof]) -> ProofView:
    ground = load_ground(question)
    outcomes = together(*(partial(proof, ground) for proof in proofs.values()))
    days = ground.days
    return ProofView(
        days=days,
        kinds=tuple(proofs),
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
    """Rows that carry another account's id are kept (interfaces document, "Semantics"), and said: of all the account's
    invoices, as ledgers are held against those outside the days too."""
    if ground.invoices is None:
        return ()
    idents = ground.invoices.value.invoices["customer_id"]
    count = sum(1 for ident in idents if ident and ident != ground.question.ask.customer_id)
    if count > 1:
        return (f"{count} invoices carry another account’s id. They count as they were answered for this one.",)
    return ("1 invoice carries another account’s id. It counts as it was answered for this one.",) if count else ()


def proof_file(view: ProofView) -> pd.DataFrame:
    """The rows of proof.csv (interfaces document, Downloads); amounts are ``Decimal`` in currency units, None where
    nothing was compared. It has no room for notes and for what could not be compared: proof.json has them."""
    rows = [_row(view, one) for one in view.checks]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype="object") for name in PROOF_FILE})


def proof_json(view: ProofView, account: str) -> dict[str, Any]:
    """proof.json as a value; amounts are ``Decimal``, which ``json_text`` writes as exact JSON numbers. Besides what
    the interfaces document asks for it has the notes, and each comparison that could not be made."""
    return {
        "account": account,
        "from": view.days.first.isoformat(),
        "to": view.days.last.isoformat(),
        "as_of": view.provenance.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "checks": [_row(view, one) for one in view.checks],
        "notes": list(view.notes),
        "not_run": [{"check": one.check.value, "subject": one.subject, "reason": one.reason} for one in view.not_run],
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
