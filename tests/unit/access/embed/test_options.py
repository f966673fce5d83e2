"""What a link can fix: written and read back the same, closed against everything else."""

from __future__ import annotations

import json
import string
from contextlib import suppress
from datetime import date
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from metronome.types.v1.dashboard_get_embeddable_url_params import ColorOverride, DashboardOption
from typing_extensions import get_type_hints

from access.embed.embeddable_url import _READ
from access.embed.names import COLOURS, EDITABLE, LOCKED, PANELS, STATUSES, TYPES, Dashboard
from access.embed.options import MAX_DAYS, Options, read_options
from access.strict import Wrong
from data import filters
from data.scope import BalanceLimits, Bounds, GroupName, InvoiceLimits
from tests.embeds import A

words = st.text(string.ascii_letters + string.digits + " äöü·漢<>&\"'", min_size=1, max_size=40)
pairs = st.dictionaries(words, words, max_size=5).map(lambda found: tuple(found.items()))
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))
colours = st.dictionaries(st.sampled_from(COLOURS), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))


@st.composite
def options(draw: st.DrawFn, dashboard: Dashboard) -> Options:
    first, last = sorted((draw(days), draw(days)))
    panels = sorted(PANELS[dashboard])
    ordered = draw(colours)
    keys = draw(st.lists(words, unique=True, max_size=4))
    start = draw(st.dictionaries(st.sampled_from(EDITABLE), words, max_size=3))
    return Options(
        hidden=frozenset(draw(st.sets(st.sampled_from(panels), max_size=len(panels) - 1)) if len(panels) > 1 else ()),
        bounds=Bounds(
            earliest=draw(st.sampled_from([None, first])),
            latest=draw(st.sampled_from([None, last])),
            max_days=draw(st.none() | st.integers(1, MAX_DAYS)),
        ),
        export=draw(st.booleans()),
        invoices=InvoiceLimits(
            contract_id=draw(st.sampled_from(["", A])),
            types=frozenset(draw(st.sets(st.sampled_from(sorted(TYPES))))),
            statuses=frozenset(draw(st.sets(st.sampled_from(sorted(STATUSES))))),
            billable=draw(st.none() | st.booleans()),
            show_zero=draw(st.booleans()),
        ),
        balances=BalanceLimits(credit_type_id=draw(st.sampled_from(["", A])), hide_names=draw(st.booleans())),
        group_names=tuple(GroupName(key=key, name=draw(st.just("") | words), values=draw(pairs)) for key in keys),
        colours=tuple((name, ordered[name]) for name in COLOURS if name in ordered),
        start=tuple((name, start[name]) for name in EDITABLE if name in start),
    )


@given(st.data(), st.sampled_from(list(Dashboard)))
def test_every_option_survives_the_way_into_a_token_and_back(data: st.DataObject, dashboard: Dashboard) -> None:
    wanted = data.draw(options(dashboard))
    written = json.loads(json.dumps(wanted.claims()))
    assert read_options(written, "opt", dashboard=dashboard) == wanted


def test_nothing_is_said_of_what_is_not_set() -> None:
    assert Options().claims() == {}
    assert Options().start_query() == {}


plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)


@given(anything)
def test_whatever_stands_there_is_read_or_refused_never_worse(value: Any) -> None:
    for name in ("hidden", "invoices", "balances", "group_names", "colours", "start", "export", "max_days", "earliest"):
        with suppress(Wrong):
            read_options({name: value}, "opt", dashboard=Dashboard.ACCOUNT)


def test_the_panels_of_a_dashboard_are_its_own() -> None:
    assert set(PANELS) == set(Dashboard)
    assert all(PANELS.values())
    assert Options(hidden=frozenset({"spend"})).panels(Dashboard.ACCOUNT) == PANELS[Dashboard.ACCOUNT] - {"spend"}


def test_what_a_viewer_may_change_is_what_a_page_reads_and_nothing_that_is_locked() -> None:
    assert set(EDITABLE) == set(filters.KEYS) - {"receipt", "dashboard"}  # of pages that no embed has
    assert not set(EDITABLE) & LOCKED


def test_names_are_those_of_the_sdk() -> None:
    hints = get_type_hints(ColorOverride, include_extras=False)["name"]
    assert set(get_args(hints)) == set(COLOURS)
    keys = get_type_hints(DashboardOption, include_extras=False)["key"]
    assert set(get_args(keys)) == set(_READ)


def test_where_frames_begin_is_a_range_that_pages_know() -> None:
    from access.embed.embeddable_url import START

    for start in START.values():
        assert filters.from_search("?" + "&".join(f"{key}={value}" for key, value in start)).problems == ()
