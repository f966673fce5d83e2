from __future__ import annotations

import pytest

from components.names import CELL_LIMIT, CHART_LIMIT, EMPTY_NAME, clean, plain


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("eu-west-1", "eu-west-1"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("nul\x00bell\x07", "nulbell"),
        ("\u202eexe.fdp\u202c", "exe.fdp"),
        ("\u2066isolated\u2069", "isolated"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("משתמש", "משתמש"),
        ("می‌خواهم", "می‌خواهم"),  # a zero-width non-joiner is part of how Persian is written
        ("", EMPTY_NAME),
        (" \u200b\n", EMPTY_NAME),
    ],
)
def test_names_become_printable_and_keep_their_letters(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    name = "a" * 2000 + "z" * 2000
    short = clean(name)
    assert len(short) <= CELL_LIMIT
    assert short.startswith("aaa")
    assert "…" in short
    assert short.endswith("zzz")


def test_names_that_differ_at_their_end_stay_different() -> None:
    assert plain("x" * 80 + "-one") != plain("x" * 80 + "-two")


@pytest.mark.parametrize(
    ("raw", "drawn"),
    [
        ('<a href="https://evil.example">x</a>', '&lt;a href="https://evil.example"&gt;x&lt;/a&gt;'),
        ("<b>bold</b><br>", "&lt;b&gt;bold&lt;/b&gt;&lt;br&gt;"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("&#60;b&#62;", "&amp;#60;b&amp;#62;"),
        ("R&D", "R&D"),
        ("a < b & c", "a &lt; b & c"),
    ],
)
def test_plotly_is_given_no_tag_and_no_entity_of_a_name(raw: str, drawn: str) -> None:
    assert plain(raw) == drawn


def test_a_shortened_name_is_escaped_whole() -> None:
    drawn = plain("<" * 5000)
    assert "<" not in drawn
    assert drawn.count("&lt;") < CHART_LIMIT
