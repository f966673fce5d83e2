"""Colours and the one figure layout. A colour belongs to a value: same value, same hue, on every panel, range and day.

Text, grid and background colours of charts are set by ``assets/40-panels.css`` through CSS variables, so one figure
serves light and dark and a theme switch redraws nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from components.manner import manner
from data.series import Series, SeriesKind

Figure = dict[str, Any]

# Chosen by search for the largest least difference (OKLab) as seen with full, deutan and protan sight, among colours
# that reach 3:1 both on white and on the dark surface. In the order of the colour circle.
HUES: Final = (
    "#c73758", "#ed6e12", "#9d5e01", "#33a73a", "#26795f", "#3a9da0",
    "#0d76ad", "#2794fb", "#6860d9", "#9e80d1", "#955290", "#ec6094",
)  # fmt: skip
NEUTRALS: Final[Mapping[SeriesKind, str]] = {
    SeriesKind.OTHER: "#8b929c",
    SeriesKind.NOT_SET: "#6f6857",
    SeriesKind.UNATTRIBUTED: "#a5947f",
}
# Bars of the neutral kinds also carry a pattern, so that they are not told apart by grey alone.
PATTERNS: Final[Mapping[SeriesKind, str]] = {SeriesKind.NOT_SET: ".", SeriesKind.UNATTRIBUTED: "x"}
GREY: Final = "#808691"
# Chosen so that names which often meet in one chart (regions of the large clouds, environments, plans) differ in hue.
_HASH_START: Final = 7_529
LINES: Final = 10  # how many colours of series an embed can be given (Metronome's UsageLine_0 to UsageLine_9)
_TINTS: Final = (0.0, 0.4, -0.36, 0.62, -0.18, 0.2, 0.52, -0.28, 0.3, -0.42)

MANTINE: Final[dict[str, Any]] = {
    "primaryColor": "indigo",
    "primaryShade": {"light": 7, "dark": 5},
    "autoContrast": True,
    "defaultRadius": "md",
    "cursorType": "pointer",
    "respectReducedMotion": True,
    "fontFamily": "var(--bb-font)",
    "fontFamilyMonospace": "var(--bb-font-mono)",
    "headings": {"fontFamily": "var(--bb-font)", "fontWeight": "600"},
    # The list scrolls by itself and takes the focus: the library's scroll area is a region that no key reaches.
    "components": {
        "Select": {"defaultProps": {"withScrollArea": False, "attributes": {"options": {"tabIndex": 0}}}},
    },
}

GRAPH_CONFIG: Final[dict[str, Any]] = {
    "displayModeBar": False,
    "displaylogo": False,
    "showTips": False,
    "scrollZoom": False,
    "doubleClick": "reset",
    "responsive": True,
}

FIGURE_LAYOUT: Final[Mapping[str, Any]] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    # Room for the values and for one row of legend: when what Plotly finds to be needed fits, it draws only once.
    "margin": {"l": 44, "r": 8, "t": 26, "b": 76, "pad": 0},
    "font": {"family": "var(--bb-font), system-ui, sans-serif", "size": 12, "color": GREY},
    "hovermode": "x",
    "hoverlabel": {"align": "left", "font": {"size": 12}, "namelength": -1},
    "dragmode": "zoom",
    "showlegend": True,
    "legend": {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yref": "container",
        "yanchor": "bottom",
        "traceorder": "normal",
        "maxheight": 0.4,
        "font": {"size": 12},
    },
}


def colour_of(value: str) -> str:
    """The ``#rrggbb`` hue of ``value``: the same in every process, panel and session."""
    return HUES[zlib.crc32(value.encode("utf-8", "replace"), _HASH_START) % len(HUES)]


def colours_for(labels: Iterable[str]) -> dict[str, str]:
    """A colour for each label of one chart. Labels that share a hue get tints of it, in alphabetical order. Where the
    viewer's colours are given by number they go by the order of the labels instead."""
    lines = manner().lines
    if lines:
        return {label: _line_colour(at, lines) for at, label in enumerate(dict.fromkeys(labels))}
    taken: dict[str, int] = {}
    colours = {}
    for label in sorted(set(labels)):
        hue = colour_of(label)
        turn = taken.get(hue, 0)
        taken[hue] = turn + 1
        colours[label] = _tint(hue, _TINTS[turn % len(_TINTS)])
    return colours


def _line_colour(at: int, lines: Mapping[int, str]) -> str:
    """The colour of the series with this number; the eleventh begins anew in a tint, and so does every tenth after."""
    turn, number = divmod(at, LINES)
    return _tint(lines.get(number, HUES[number]), _TINTS[turn % len(_TINTS)])


def series_colours(series: Sequence[Series]) -> tuple[str, ...]:
    """One colour per series, in order. "Other" and its like are told by kind: a value may be called "Other" too."""
    by_label = colours_for(one.label for one in series if one.kind is SeriesKind.VALUE)
    return tuple(by_label[one.label] if one.kind is SeriesKind.VALUE else NEUTRALS[one.kind] for one in series)


def _tint(colour: str, amount: float) -> str:
    """``colour`` mixed with white (amount > 0) or black (< 0) by that share."""
    end = 255 if amount > 0 else 0
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (end - part) * abs(amount)):02x}" for part in parts)
