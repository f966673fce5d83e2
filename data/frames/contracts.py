"""Contracts as a frame."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from data import schema
from data.frames.columns import floats, frame, text, texts, times
from data.frames.once import one_per_id
from data.metronome.shapes import ContractRow, StatementSchedule


def to_contracts(rows: Iterable[ContractRow]) -> pd.DataFrame:
    """``schema.CONTRACTS``; ``ends_at`` NaT is an evergreen contract."""
    rows = one_per_id(rows, "contracts")
    schedules = [row.usage_statement_schedule or StatementSchedule() for row in rows]
    columns = {
        "contract_id": texts(row.id for row in rows),
        "name": texts(row.name for row in rows),
        "starts_at": times(row.starting_at for row in rows),
        "ends_at": times(row.ending_before for row in rows),
        "archived_at": times(row.archived_at for row in rows),
        "frequency": text(schedule.frequency for schedule in schedules),
        "billing_anchor": times(schedule.billing_anchor_date for schedule in schedules),
        "rate_card_id": texts(row.rate_card_id for row in rows),
        "payment_terms_days": floats([row.net_payment_terms_days for row in rows]),
    }
    return frame(columns, schema.CONTRACTS)
