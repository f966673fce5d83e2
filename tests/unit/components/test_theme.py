from __future__ import annotations

import re
import subprocess
import sys

from components.theme import HUES, NEUTRALS, colour_of, colours_for, series_colours
from data.series import NOT_SET_LABEL, OTHER_LABEL, SeriesKind
from tests.unit.components.tables_made_up import one_series

HEX = re.compile(r"#[0-9a-f]{6}")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_value_has_the_same_colour_in_every_process() -> None:
    code = "from components.theme import colour_of; print(colour_of('eu-west-1'))"
    env = {"PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert other.stdout.strip() == colour_of("eu-west-1")


def test_a_value_keeps_its_colour_whatever_else_is_in_the_chart() -> None:
    alone = colours_for(["eu-west-1"])["eu-west-1"]
    assert colours_for(["eu-west-1", "us-east-1", "us-east-2"])["eu-west-1"] == alone == colour_of("eu-west-1")


def test_all_colours_of_one_chart_differ() -> None:
    labels = [f"team-{at}" for at in range(17)]
    colours = colours_for(labels)
    assert len(set(colours.values())) == len(labels)
    assert all(HEX.fullmatch(colour) for colour in colours.values())


def test_labels_in_another_order_get_the_same_colours() -> None:
    labels = [f"team-{at}" for at in range(30)]
    assert colours_for(labels) == colours_for(reversed(labels))


def test_regions_that_meet_often_differ_in_hue() -> None:
    regions = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1"]
    assert len({colour_of(region) for region in regions}) == len(regions)


def test_a_value_called_other_is_not_the_rest() -> None:
    series = [
        one_series(OTHER_LABEL, [1.0]),
        one_series(NOT_SET_LABEL, [1.0]),
        one_series(NOT_SET_LABEL, [1.0], SeriesKind.NOT_SET),
        one_series(OTHER_LABEL, [1.0], SeriesKind.OTHER),
    ]
    colours = series_colours(series)
    assert colours[2:] == (NEUTRALS[SeriesKind.NOT_SET], NEUTRALS[SeriesKind.OTHER])
    assert len(set(colours)) == 4


def test_hues_can_be_read_on_white_and_on_the_dark_surface() -> None:
    for colour in (*HUES, *NEUTRALS.values()):
        assert contrast(colour, "#ffffff") >= 2.9, colour
        assert contrast(colour, "#181b21") >= 2.9, colour


def test_a_hostile_label_has_a_colour() -> None:
    assert HEX.fullmatch(colour_of("\ud800<script>" * 1000))
