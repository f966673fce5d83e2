"""Why two figures that should agree may differ: the words of the proof files (interfaces document, Downloads)."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Sections 4.3 and 6.3 of the Metronome notes say why each of these is no fault."""

    LATE_USAGE = "late_usage"
    ROUNDING = "rounding"
    TIERS = "tiers"
    EDGE_WINDOW = "edge_window"
    NOT_BROKEN_DOWN = "not_broken_down"
    FLOORED = "floored"
    DRAFT = "draft"
    NON_ADDITIVE = "non_additive"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """``explained``: they differ, and the cause accounts for the whole difference. ``failed``: it is not explained."""

    PASSED = "passed"
    EXPLAINED = "explained"
    FAILED = "failed"
