"""What assets/03-lighter.js spares the browser at a change, and that nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.catalogue import Customer
from tests.browser.page import Page

pytestmark = pytest.mark.browser
Start = Callable[..., Page]

FLAGSHIP = f"/accounts/{Customer.FLAGSHIP}"
SOON = "const soon = () => new Promise(done => setTimeout(done, 100));"
# A component beside Dash's own, on a store that changes 300 times in a row: what it shows, and how often it looked.
STORM = f"""
{SOON}
const listeners = new Set();
let value = 0, looked = 0;
const subscribe = listener => {{ listeners.add(listener); return () => listeners.delete(listener); }};
const snapshot = () => {{ looked += 1; return value; }};
const Shown = () => React.createElement('b', null, React.useSyncExternalStore(subscribe, snapshot));
const place = document.createElement('div');
const root = ReactDOM.createRoot(place);
return (async () => {{
  root.render(React.createElement(Shown));
  await soon();
  looked = 0;
  for (let step = 0; step < 300; step += 1) {{
    value += 1;
    listeners.forEach(listener => listener());
    if (step % 10 === 0) await null;
  }}
  await soon();
  const told = [place.textContent, looked, listeners.size];
  root.unmount();
  value += 1;
  listeners.forEach(listener => listener());
  await soon();
  return [...told, listeners.size];
}})();
"""
REMEMBER = """
window.before = ['usage-metric', 'usage-group', 'spend-by'].map(one => dash_component_api.getLayout(one).props.data);
window.put = [];
const set = dash_clientside.set_props;
dash_clientside.set_props = (part, props) => { if ('value' in props) window.put.push(part); set(part, props); };
"""
UNTOUCHED = """
return ['usage-metric', 'usage-group', 'spend-by'].map((one, at) => dash_component_api.getLayout(one).props.data ===
  window.before[at]);
"""

TWO_CLICKS = """
const rows = [...document.querySelectorAll('[data-open]')].slice(0, 2);
return (async () => {
  rows[0].click();
  await null;
  await null;
  rows[1].click();
  return rows.map(one => one.dataset.open);
})();
"""
ROOM = """
return [...document.querySelectorAll('.js-plotly-plot')].filter(one => one._fullLayout).map(one => {
  const { margin, _size } = one._fullLayout;
  return [[margin.l, margin.b, margin.r, margin.t], [_size.l, _size.b, _size.r, _size.t]];
});
"""


def test_three_hundred_steps_in_a_row_are_told_in_few(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    shown, looked, listening, afterwards = page.script(STORM)
    assert shown == "300"
    assert looked < 30
    assert (listening, afterwards) == (1, 0)
    assert page.console() == []


def test_what_stands_on_the_page_already_is_not_put_up_again(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}?range=last30d")
    page.drawn()
    page.settled()
    page.script(REMEMBER)
    page.script("burnboardUrlState.setKey('range', 'last7d')")
    page.until(lambda: {len(bars) for bars in page.traces("usage-chart").values()} == {7}, "seven days were not drawn")
    page.settled()
    assert page.script(UNTOUCHED) == [True, True, True]
    put = page.script("return window.put")
    assert {"date-from", "date-preset"} <= set(put)
    assert not {"usage-metric", "usage-group", "usage-chart-mode", "usage-top", "spend-by", "spend-view"} & set(put)


def test_what_was_chosen_and_does_not_exist_is_put_back(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    page.settled()
    before = page.script("return dash_component_api.getLayout('usage-group').props.value")
    page.script("dash_clientside.set_props('usage-group', { value: 'no-such-key' })")
    page.until(
        lambda: page.script("return dash_component_api.getLayout('usage-group').props.value") == before,
        "the choice stayed",
    )


@pytest.mark.parametrize("path", ["", "/commitments"])
def test_charts_have_their_room_before_they_are_drawn(start_page: Start, path: str) -> None:
    """Else Plotly draws them twice, the second time with the margins that it found to be needed."""
    page = start_page(FLAGSHIP + path)
    page.one(".js-plotly-plot .bars")
    page.settled()
    needed = page.script(ROOM)
    assert needed
    assert [[given, found] for given, found in needed if given != found] == []


def test_two_rows_opened_within_a_moment_are_both_in_the_address(start_page: Start) -> None:
    page = start_page(f"{FLAGSHIP}/invoices")
    page.one("[data-open]")
    page.settled()
    rows = page.script(TWO_CLICKS)
    page.until(lambda: set(page.query().get("open", "").split(",")) == set(rows), "one of the rows was forgotten")


def test_a_receipt_that_one_comes_back_to_before_the_other_is_there_is_shown(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.one("#kpi-row [data-receipt]")
    page.settled()
    first, second = page.script("return [...document.querySelectorAll('#kpi-row [data-receipt]')].slice(0, 2)"
                                ".map(one => one.dataset.receipt)")  # fmt: skip
    page.press(f"[data-receipt='{first}']")
    page.one(f"#receipt-body [data-receipt-shown='{first}']")
    page.script(
        "burnboardUrlState.setKey('receipt', arguments[0]); setTimeout(() => window.history.back(), 20)", second
    )
    page.until(lambda: page.query().get("receipt") == first, "the address did not go back")
    page.one(f"#receipt-body [data-receipt-shown='{first}']")
    page.until(lambda: not page.script("return document.querySelector('#receipt-body.is-waiting')"), "it stays hidden")
    assert page.visible(f"#receipt-body [data-receipt-shown='{first}']")


def test_what_is_not_on_the_page_has_no_properties(start_page: Start) -> None:
    page = start_page(FLAGSHIP)
    page.drawn()
    assert page.script("return [burnboardPage.component('nowhere'), burnboardPage.has('nowhere', 'value', 1)]") == [
        None,
        False,
    ]
