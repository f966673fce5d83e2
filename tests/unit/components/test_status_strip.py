from __future__ import annotations

import ast
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from components.status_strip import ABOUT, FOLLOW_MS, WATCH_MS, WORDS, look_again_after, status_strip
from data.upstream_state import Level, UpstreamState
from tests.unit.components.reading import props, text_of, walk

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 20)
SINCE = datetime(2026, 11, 20, 14, 7, tzinfo=UTC)
TROUBLES = [level for level in Level if level is not Level.OK]


def said(level: Level, **more: object) -> str:
    strip = status_strip(UpstreamState(level, **more), today=TODAY)  # type: ignore[arg-type]
    return text_of(strip) if strip else ""


def test_nothing_is_said_when_all_is_well() -> None:
    assert status_strip(UpstreamState(), today=TODAY) is None


@pytest.mark.parametrize("level", TROUBLES)
def test_every_trouble_says_what_it_is_and_what_it_means(level: Level) -> None:
    what, meaning = WORDS[level]
    assert said(level).startswith(f"!{what.format(about='')}. {meaning}")


def test_it_says_since_when_about_what_and_when_it_is_tried_again() -> None:
    told = said(Level.DOWN, families=("usage", "usage_totals", "breakdowns"), since=SINCE, retry_in=12.4)
    assert "Metronome is not answering about usage and spend (since 14:07 UTC)." in told
    assert told.endswith("Asked again in 12 s.")
    assert "(since 20 Nov 2026 14:07 UTC)" in text_of(
        status_strip(UpstreamState(Level.SLOW, since=SINCE), today=date(2026, 11, 21))
    )


def test_many_things_and_unknown_ones_are_not_named() -> None:
    assert "about usage, spend and balances." in said(Level.SLOW, families=("usage", "breakdowns", "balances"))
    assert "about" not in said(Level.SLOW, families=("usage", "breakdowns", "balances", "invoices"))
    assert "about" not in said(Level.SLOW, families=("usage", "something_new"))


def test_less_than_a_second_is_not_told() -> None:
    assert "Asked again" not in said(Level.DOWN, retry_in=0.4)


def test_seconds_that_run_down_are_not_read_aloud_over_and_over() -> None:
    strip = status_strip(UpstreamState(Level.DOWN, retry_in=12), today=TODAY)
    (counting,) = [one for one in walk(strip) if "Asked again" in str(getattr(one, "children", ""))][-1:]
    assert props(counting)["aria-hidden"] == "true"


def test_it_is_looked_at_more_often_while_something_is_wrong() -> None:
    assert look_again_after(UpstreamState()) == WATCH_MS
    assert {look_again_after(UpstreamState(level)) for level in TROUBLES} == {FOLLOW_MS}


def test_every_endpoint_has_a_word() -> None:
    tree = ast.parse((ROOT / "data" / "metronome" / "questions.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [one.value for call in calls for one in call.keywords if one.arg == "family"]
    named += [call.args[0] for call in calls if ast.unparse(call.func) == "_get"]
    assert {one.value for one in named if isinstance(one, ast.Constant)} == set(ABOUT)
