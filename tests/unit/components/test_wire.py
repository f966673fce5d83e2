"""What leaves for the browser is what Dash would have written, figure by figure and component by component."""

from __future__ import annotations

import json
from decimal import Decimal

import orjson
import pytest
from dash import html, no_update
from plotly.io.json import to_json_plotly

from callbacks import PANELS
from callbacks.panels import slot_value
from components.wire import on_the_wire, written
from data.pages import Page
from sandbox.catalogue import Customer
from tests.unit.lineage.test_every_figure import asked, drawn_panels, opened

CUSTOMERS = (Customer.FLAGSHIP, Customer.ROLLOVER, Customer.LATE_USAGE)


@pytest.mark.parametrize("page", sorted({one.page for one in PANELS}), ids=lambda one: one.name)
@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda one: one.name)
def test_every_panel_is_written_as_dash_writes_it(customer: Customer, page: Page) -> None:
    drawn = drawn_panels(opened(asked(customer, page)))
    parts = {one.key: one.parts for one in PANELS}
    values = [slot_value(one, part) for key, one in drawn.items() for part in parts[key]]
    values = [value for value in values if value is not no_update]
    assert len(values) > 3
    for value in values:
        plain = to_json_plotly({"response": {"x": {"prop": value}}})
        assert to_json_plotly({"response": {"x": {"prop": on_the_wire(written(value))}}}) == plain


def test_what_a_script_could_be_hidden_in_is_written_as_dash_writes_it() -> None:
    value = html.B("</script><script>alert(1)</script>\u2028", title="/\u2029<")
    assert "<" not in to_json_plotly([on_the_wire(written(value))])
    assert to_json_plotly([on_the_wire(written(value))]) == to_json_plotly([value])


def test_numbers_without_a_value_are_null_and_odd_values_are_refused() -> None:
    assert json.loads(written([float("nan"), float("inf"), 1.5, None])) == [None, None, 1.5, None]
    with pytest.raises(orjson.JSONEncodeError, match="Decimal"):
        written({"y": [Decimal(1)]})
