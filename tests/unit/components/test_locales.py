"""Numbers and dates in the ways that embeds may ask for; and that what one viewer asks for no other sees."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from components import dates
from components.embed.manner import embed_manner, with_separators
from components.figures import axes
from components.format import change, compact_money, count, money, quantity, rate, share
from components.locales import FIXED, LOCALES, NARROW, locale_of
from components.manner import PLAIN, Manner, in_manner, manner
from components.theme import colour_of, colours_for
from data.filters import Days

THIN, SPACE = NARROW, FIXED
AMOUNT, PART = Decimal("1234567.5"), Decimal("-0.004")
# By locale: an amount in dollars, a tiny one, francs, a quantity, a price, a share, and a compact amount.
NUMBERS = {
    "en-GB": ("$1,234,567.50", "−<$0.01", "1,234.00 CHF", "12,345.6", "$0.0000125/h", "12.3%", "$1.23M"),
    "en-US": ("$1,234,567.50", "−<$0.01", "1,234.00 CHF", "12,345.6", "$0.0000125/h", "12.3%", "$1.23M"),
    "de-DE": (f"1.234.567,50{SPACE}$", f"−<0,01{SPACE}$", "1.234,00 CHF", "12.345,6", f"0,0000125{SPACE}$/h",
              f"12,3{SPACE}%", f"1,23M{SPACE}$"),
    "fr-FR": (f"1{THIN}234{THIN}567,50{SPACE}$", f"−<0,01{SPACE}$", f"1{THIN}234,00 CHF", f"12{THIN}345,6",
              f"0,0000125{SPACE}$/h", f"12,3{THIN}%", f"1,23M{SPACE}$"),
    "es-ES": (f"1.234.567,50{SPACE}$", f"−<0,01{SPACE}$", "1234,00 CHF", "12.345,6", f"0,0000125{SPACE}$/h",
              f"12,3{SPACE}%", f"1,23M{SPACE}$"),
    "ja-JP": ("$1,234,567.50", "−<$0.01", "1,234.00 CHF", "12,345.6", "$0.0000125/h", "12.3%", "$1.23M"),
}  # fmt: skip
FIRST, LAST, NEXT = date(2024, 10, 1), date(2024, 10, 31), date(2025, 1, 3)
# By locale: a day, a short one, a weekday, days of a month, of a year, of two years, the head of a week and of a month.
DATES = {
    "en-GB": ("1 Oct 2024", "1 Oct", "Tue 1 Oct 2024", "1–31 Oct 2024", "1 Oct – 3 Nov 2024", "1 Oct 2024 – 3 Jan 2025",
              "1–7 Oct", "Oct 2024"),
    "en-US": ("Oct 1, 2024", "Oct 1", "Tue, Oct 1, 2024", "Oct 1–31, 2024", "Oct 1 – Nov 3, 2024",
              "Oct 1, 2024 – Jan 3, 2025", "Oct 1–7", "Oct 2024"),
    "de-DE": ("01.10.2024", "01.10.", "Tue 01.10.2024", "01.10. – 31.10.2024", "01.10. – 03.11.2024",
              "01.10.2024 – 03.01.2025", "01.10. – 07.10.", "10.2024"),
    "fr-FR": ("01/10/2024", "01/10", "Tue 01/10/2024", "01/10 – 31/10/2024", "01/10 – 03/11/2024",
              "01/10/2024 – 03/01/2025", "01/10 – 07/10", "10/2024"),
    "es-ES": ("1/10/2024", "1/10", "Tue 1/10/2024", "1/10 – 31/10/2024", "1/10 – 3/11/2024", "1/10/2024 – 3/1/2025",
              "1/10 – 7/10", "10/2024"),
    "ja-JP": ("2024/10/01", "10/01", "Tue 2024/10/01", "2024/10/01 – 10/31", "2024/10/01 – 11/03",
              "2024/10/01 – 2025/01/03", "10/01 – 10/07", "2024/10"),
}  # fmt: skip


def of(code: str) -> Manner:
    return embed_manner(locale=code, colours=(), files=True)


@pytest.mark.parametrize("code", list(LOCALES))
def test_numbers_are_written_as_the_locale_says(code: str) -> None:
    with in_manner(of(code)):
        written = (
            money(AMOUNT, "USD"), money(PART, "USD"), money(Decimal(1234), "CHF"), quantity(12345.6),
            rate(Decimal("0.0000125"), "USD", "h"), share(Decimal(123), Decimal(1000)), compact_money(AMOUNT, "USD"),
        )  # fmt: skip
    assert written == NUMBERS[code]


@pytest.mark.parametrize("code", list(LOCALES))
def test_dates_are_written_as_the_locale_says(code: str) -> None:
    week, month = datetime(2024, 10, 1, tzinfo=UTC), datetime(2024, 11, 1, tzinfo=UTC)
    with in_manner(of(code)):
        written = (
            dates.day(FIRST), dates.short_day(FIRST), dates.weekday_day(FIRST), dates.days_between(FIRST, LAST),
            dates.days_between(FIRST, date(2024, 11, 3)), dates.days_between(FIRST, NEXT),
            dates.window_head(week, week + timedelta(days=7)), dates.window_head(week, month),
        )  # fmt: skip
        assert dates.span(Days(first=FIRST, last=FIRST)).startswith(f"{DATES[code][0]} (UTC)")
    assert written == DATES[code]


def test_the_apps_own_way_is_the_english_one() -> None:
    assert manner() is PLAIN
    assert (money(AMOUNT, "USD"), dates.day(FIRST)) == (NUMBERS["en-GB"][0], DATES["en-GB"][0])


@pytest.mark.parametrize(
    ("asked", "given"),
    [("de-DE", "de-DE"), ("de-AT", "de-DE"), ("DE-de", "de-DE"), ("fr", "fr-FR"), ("en", "en-GB"), ("en-NZ", "en-GB"),
     ("pt-BR", "en-GB"), ("", "en-GB"), ("zz-ZZ-x-y", "en-GB")],
)  # fmt: skip
def test_an_unknown_locale_is_that_of_its_language_else_english(asked: str, given: str) -> None:
    assert locale_of(asked).code == given


def test_axes_and_counts_follow_the_locale() -> None:
    start = datetime(2024, 10, 1, tzinfo=UTC)
    with in_manner(of("de-DE")):
        assert with_separators({"data": [], "layout": {"a": 1}})["layout"] == {"a": 1, "separators": ",."}
        assert axes.plain_time_axis(start, start + timedelta(days=9))["tickformat"] == "%d.%m.\n%Y"
        assert (count(12345), change(Decimal(11), Decimal(10))) == ("12.345", f"+10{SPACE}%")


def test_what_one_viewer_asks_for_no_other_sees() -> None:
    """Many threads at once, each with its own way, each drawing in the middle of the others."""
    together, seen = Barrier(len(LOCALES) + 1), {}

    def draw(code: str) -> None:
        with in_manner(of(code)):
            together.wait()
            seen[code] = [money(AMOUNT, "USD") for _ in range(200)]
            together.wait()

    threads = [Thread(target=draw, args=(code,)) for code in LOCALES]
    for one in threads:
        one.start()
    together.wait()
    assert money(AMOUNT, "USD") == NUMBERS["en-GB"][0]
    together.wait()
    for one in threads:
        one.join()
    assert {code: set(texts) for code, texts in seen.items()} == {code: {NUMBERS[code][0]} for code in LOCALES}


def test_an_error_inside_leaves_no_manner_behind() -> None:
    with pytest.raises(ZeroDivisionError), in_manner(of("de-DE")):
        raise ZeroDivisionError
    assert manner() is PLAIN


def test_colours_of_lines_go_by_order_and_the_rest_keep_the_apps_own() -> None:
    given = embed_manner(locale="", colours=(("UsageLine_0", "#111111"), ("UsageLine_2", "#333333"), ("White", "#fff")),
                         files=True)  # fmt: skip
    labels = [f"group {at}" for at in range(12)]
    with in_manner(given):
        colours = list(colours_for(labels).values())
    assert (colours[0], colours[2]) == ("#111111", "#333333")
    assert len(set(colours)) == len(labels)
    with in_manner(of("de-DE")):
        assert colours_for(["eu"]) == {"eu": colour_of("eu")}
