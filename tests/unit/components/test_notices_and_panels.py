from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from components import kpi, notices
from components.manner import Manner, in_manner
from components.notices import EMPTY_WORDS, ERROR_WORDS, EmptyReason, NoticeKind
from components.panel import BLANK_FIGURE
from data import errors
from data.metronome.held_back import HeldBack, LeftAlone, Resting
from tests.unit.components.reading import of_type, props, text_of, walk

NOW = datetime(2024, 10, 15, 14, 7, tzinfo=UTC)
ALL_ERRORS = [
    one for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, errors.SourceError) and one is not errors.SourceError
]  # fmt: skip


@pytest.mark.parametrize("error", ALL_ERRORS)
def test_every_failure_of_the_source_has_words_and_shows_no_detail(error: type[errors.SourceError]) -> None:
    assert error.code in ERROR_WORDS
    tree = notices.error_notice(error("token abc at https://api.example"))
    assert "abc" not in text_of(tree)
    assert "{" not in text_of(tree)
    assert tree.role == "alert"


@pytest.mark.parametrize("kind", HeldBack.__subclasses__())
@pytest.mark.parametrize("embedded", [False, True])
def test_what_was_not_asked_is_not_blamed_on_the_service(kind: type[HeldBack], embedded: bool) -> None:
    with in_manner(Manner(embedded=embedded)):
        said = text_of(notices.error_notice(kind("token abc", retry_after=7)))
    assert ("slow down" in said) == (kind is Resting and not embedded)
    assert ("in 7 s" in said) == (not issubclass(kind, errors.CredentialsRejected))
    assert {"abc", "{after}"} & set(said.split()) == set()
    assert not embedded or not any(word in said.lower() for word in ("token", "burnboard", "billing"))


def test_a_time_that_is_over_is_not_told_in_seconds() -> None:
    assert "in a moment" in text_of(notices.error_notice(LeftAlone(retry_after=0.3)))


def test_a_new_kind_of_failure_falls_back_to_its_safe_sentence() -> None:
    class Novel(errors.SourceError):
        code = "novel"
        sentence = "Something new happened."

    assert "Something new happened." in text_of(notices.error_notice(Novel("secret")))


def test_waiting_times_are_told_when_they_are_known() -> None:
    assert "Try again in 30 s." in text_of(notices.error_notice(errors.Throttled(retry_after=30)))
    assert "Try again in a moment." in text_of(notices.error_notice(errors.Throttled()))


@pytest.mark.parametrize("reason", list(EmptyReason))
def test_every_empty_state_says_which_it_is(reason: EmptyReason) -> None:
    title, text = EMPTY_WORDS[reason]
    tree = notices.empty_notice(reason)
    assert title in text_of(tree)
    assert text in text_of(tree)
    assert tree.role == "status"


def test_pay_as_you_go_is_explained() -> None:
    assert "pays as it goes" in text_of(notices.empty_notice(EmptyReason.NO_PREPAID))


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_has_its_class_and_an_icon_that_is_not_read_aloud(kind: NoticeKind) -> None:
    tree = notices.notice(kind, "Title", "Text")
    assert tree.className == f"notice notice-{kind.value}"
    assert props(tree.children[0])["aria-hidden"] == "true"


def test_a_stale_copy_tells_its_age() -> None:
    tree = notices.stale_notice(errors.Unreachable(), fetched_at=NOW - timedelta(minutes=42), now=NOW)
    assert "Shown as of 13:25 UTC, 42 min ago" in text_of(tree)


def test_missing_spans_are_named() -> None:
    day = datetime(2024, 10, 5, tzinfo=UTC)
    tree = notices.partial_notice([(day, day + timedelta(days=3))], ["the invoices"])
    assert "5–7 Oct 2024, the invoices" in text_of(tree)
    assert "Totals leave this out" in text_of(tree)


def test_a_thing_that_holds_no_figures_is_not_said_to_be_left_out_of_totals() -> None:
    tree = notices.partial_notice([], ["the list of currencies"])
    assert "the list of currencies" in text_of(tree)
    assert "otals" not in text_of(tree)


def test_no_problem_no_notice() -> None:
    assert notices.filter_notice([]) is None
    assert "not a day" in text_of(notices.filter_notice(["“x” is not a day."]))


def test_the_footer_has_two_clocks() -> None:
    tree = notices.footer(NOW.replace(minute=0), NOW, NOW)
    assert text_of(tree) == "Data through 14:00 UTC · fetched 14:07 UTC"
    old = notices.footer(NOW, NOW - timedelta(hours=2), NOW, stale=True)
    assert "is-stale" in old.className
    assert "(2 h ago)" in text_of(old)


def test_a_tile_shows_the_short_value_and_keeps_the_exact_one() -> None:
    tree = kpi.tile("Spend", "$48.2k", exact="$48,219.34", note="usage")
    value = next(one for one in walk(tree) if getattr(one, "className", "") == "kpi-value")
    assert value.title == "$48,219.34"
    assert "$48,219.34" in text_of(tree)


def test_a_tile_with_a_receipt_is_a_button() -> None:
    (button,) = of_type(kpi.tile("Spend", "$48.2k", exact="$48,219.34", receipt="S-4KQ7M2XA"), "Button")
    assert props(button)["data-receipt"] == "S-4KQ7M2XA"
    assert of_type(kpi.tile("Spend", "–"), "Button") == []


def test_the_row_waits_in_its_final_shape() -> None:
    row = kpi.kpi_row("kpi-row")
    assert row.role == "group"
    assert 4 <= len(row.children) <= 6


def test_the_blank_figure_shows_no_axes() -> None:
    assert BLANK_FIGURE["data"] == []
    assert BLANK_FIGURE["layout"]["xaxis"]["visible"] is False
    assert BLANK_FIGURE["layout"]["yaxis"]["visible"] is False
