// The address is the state. Every control writes its query key here, without a server trip; panels listen to the address
// alone. Twin of data/filters.py: a test keeps KEYS and DEFAULTS equal to it. In an embed, memory stands for the address
// (window.burnboardAddress, assets/embed/embed-query.js).
(function () {
  'use strict';

  var KEYS = ['range', 'from', 'to', 'window', 'metric', 'group', 'spend_by', 'currency', 'view', 'chart', 'top', 'table',
    'unit', 'status', 'zero', 'dashboard', 'open', 'receipt'];
  var DEFAULTS = { range: 'mtd', view: 'gross', chart: 'stacked', top: '8', window: 'auto', status: 'all', zero: 'hide',
    dashboard: 'usage' };
  var TABLES = ['usage', 'spend', 'burndown', 'burn'];
  var ACCOUNT_KEYS = ['metric', 'group', 'spend_by', 'currency', 'unit', 'open', 'receipt'];
  var PAGE_KEYS = ['open', 'receipt']; // rows and figures of one page mean nothing on the next
  var PAGES = ['', 'commitments', 'invoices', 'proof', 'customer-view'];
  // Of each page and each tab what the address decides, in the order of the outputs (callbacks/addresses.py).
  var NAMES = PAGES.map(function (page) { return page || 'overview'; });
  var LOOKS = [['accounts-page', 'className'], ['account-page', 'className']].concat(
    NAMES.map(function (name) { return ['page-' + name, 'className']; }),
    NAMES.map(function (name) { return ['tab-' + name, 'href']; }),
    NAMES.map(function (name) { return ['tab-' + name, 'className']; }));
  var PAGES_WITH_ROWS = ['commitments', 'invoices'];
  var MAX_OPEN = 20;
  var OPEN_ROWS = /^[0-9a-f-]{36}(,[0-9a-f-]{36})*$/i; // anything else is told beside the days, as other wrong values are
  var MARK_WAITS_MS = 1500;
  var TAB_MARGIN_PX = 40; // so that the tab before the current one shows that there is more
  var MARKER_PX = 6; // how near a click means a marker and not the bar behind it
  var MAX_DAYS = 400;
  var DAY_MS = 86400000;

  var CONTROLS = {
    'window-select.value': 'window',
    'usage-metric.value': 'metric',
    'usage-group.value': 'group',
    'usage-chart-mode.value': 'chart',
    'usage-top.value': 'top',
    'spend-by.value': 'spend_by',
    'spend-currency.value': 'currency',
    'spend-view.value': 'view',
    'date-preset.value': 'range',
    'burn-unit.value': 'unit',
    'invoices-status.value': 'status',
    'invoices-zero.value': 'zero',
    'customer-dashboard.value': 'dashboard',
  };
  // What the controls show: what the server last put there, and over it what a person has chosen since. A control whose
  // value is in here was not touched.
  var shown = {};
  // {zoomed, search}: the address that the last drag wrote, and what was shown before the first one.
  var beforeZoom = null;

  function dayOf(text) {
    var clean = String(text || '').trim();
    if (!/^\d{4}-\d{2}-\d{2}$/.test(clean)) return null;
    var time = Date.parse(clean + 'T00:00:00Z');
    return isNaN(time) || isoDay(time) !== clean ? null : time;
  }

  function isoDay(time) {
    return new Date(time).toISOString().slice(0, 10);
  }

  // {error: {field, text}} or {first, last} in milliseconds.
  function checkDays(first, last) {
    var start = dayOf(first);
    var end = dayOf(last);
    if (start === null) return { error: { field: 'from', text: 'Write the day as YYYY-MM-DD' } };
    if (end === null) return { error: { field: 'to', text: 'Write the day as YYYY-MM-DD' } };
    if (end < start) return { error: { field: 'to', text: 'Ends before it begins' } };
    if ((end - start) / DAY_MS + 1 > MAX_DAYS) return { error: { field: 'to', text: 'At most ' + MAX_DAYS + ' days' } };
    return { first: start, last: end };
  }

  function setDays(query, first, last) {
    var days = { from: isoDay(first), to: isoDay(last) };
    query.delete('range');
    query.set('from', days.from);
    query.set('to', days.to);
    Object.assign(shown, days, { range: 'custom' });
  }

  // A key that only the server can fill again.
  function forget(query, key) {
    query.delete(key);
    delete shown[key];
  }

  function setKey(query, key, value) {
    if (key === 'range' && value === 'custom') return pinDays(query);
    shown[key] = value;
    if (key === 'range') ['from', 'to'].forEach(forget.bind(null, query));
    if (key === 'metric') forget(query, 'group'); // its group keys are not those of the next metric
    if (DEFAULTS[key] === value) query.delete(key);
    else query.set(key, value);
  }

  // "Custom days" makes a relative range absolute: the days that it comes to now.
  function pinDays(query) {
    var range = checkDays(shown.from, shown.to);
    if (!range.error) setDays(query, range.first, range.last);
  }

  function setList(query, key, list) {
    if (list.length) query.set(key, list.join(','));
    else query.delete(key);
  }

  function listOf(query, key) {
    return (query.get(key) || '').split(',').filter(Boolean);
  }

  function toggleTable(query, name) {
    var open = listOf(query, 'table');
    setList(query, 'table', TABLES.filter(function (one) { return (one === name) !== (open.indexOf(one) >= 0); }));
  }

  // One row more or less; of too many the one that has been open longest closes.
  function toggleRow(query, id) {
    var open = listOf(query, 'open');
    var others = open.filter(function (one) { return one !== id; });
    setList(query, 'open', others.length < open.length ? others : others.concat([id]).slice(-MAX_OPEN));
  }

  // Days from a dragged range; a double click goes back to what was shown before the first drag, unless something else
  // was changed since: then the address is no longer the one that the drag wrote.
  function zoom(page, change) {
    var address = page.pathname + format(page.query);
    var before = beforeZoom && beforeZoom.zoomed === address ? beforeZoom.search : null;
    if (change['xaxis.autorange'] && before !== null) replaceAll(page.query, before);
    var start = change['xaxis.range[0]'];
    var end = change['xaxis.range[1]'];
    if (start === undefined || end === undefined) return;
    var first = Date.parse(String(start).slice(0, 10) + 'T00:00:00Z');
    var last = Date.parse(String(end).slice(0, 10) + 'T00:00:00Z');
    if (/ 00:00(:00(\.0+)?)?$/.test(String(end)) || String(end).length === 10) last -= DAY_MS;
    if (isNaN(first) || isNaN(last)) return;
    if (before === null) before = page.query.toString();
    setDays(page.query, first, Math.max(first, last));
    beforeZoom = { zoomed: page.pathname + format(page.query), search: before };
  }

  function replaceAll(query, text) {
    Array.from(query.keys()).forEach(function (key) { query.delete(key); });
    new URLSearchParams(text).forEach(function (value, key) { query.set(key, value); });
  }

  // One range earlier or later, but not into a future that has nothing to show.
  function shift(query, direction) {
    var range = checkDays(shown.from, shown.to);
    if (range.error) return;
    var move = direction * (range.last - range.first + DAY_MS);
    if (direction > 0 && range.first + move > dayOf(shown.today)) return;
    setDays(query, range.first + move, range.last + move);
  }

  // The known keys in their fixed order, so that one choice has one address.
  function format(query) {
    var ordered = new URLSearchParams();
    KEYS.concat(['q']).forEach(function (key) { if (query.has(key)) ordered.set(key, query.get(key)); });
    var text = ordered.toString();
    return text ? '?' + text : '';
  }

  // {home, account, page} of an address; account is '' on the list of accounts.
  function placeOf(pathname) {
    var found = /^(.*\/)accounts\/([^/]+)(?:\/([a-z-]+))?$/.exec(pathname);
    if (!found || PAGES.indexOf(found[3] || '') < 0) return { home: pathname.replace(/\/?$/, '/'), account: '', page: '' };
    return { home: found[1], account: found[2], page: found[3] || '' };
  }

  function pathOf(place, page) {
    return place.home + 'accounts/' + place.account + (page ? '/' + page : '');
  }

  // Another account, on the page that is shown.
  function accountPath(pathname, id) {
    var place = placeOf(pathname);
    return pathOf({ home: place.home, account: encodeURIComponent(id) }, place.page);
  }

  // What one changed control does to {pathname, query, errors}.
  function apply(change, page, inputs) {
    var prop = change.prop_id;
    var value = change.value;
    if (value === null || value === undefined) return;
    if (CONTROLS[prop]) {
      if (value !== shown[CONTROLS[prop]]) setKey(page.query, CONTROLS[prop], value);
    } else if (prop === 'date-from.value' || prop === 'date-to.value') {
      applyTyped(page, inputs);
    } else if (prop === 'date-calendar.value') {
      if (value[0] && value[1] && (value[0] !== shown.from || value[1] !== shown.to)) applyDays(page, value[0], value[1]);
    } else if (prop === 'account-select.value') {
      if (value !== shown.account) changeAccount(page, value);
    } else if (/-chart\.relayoutData$/.test(prop)) {
      zoom(page, value);
    } else if (/-chart\.clickData$/.test(prop)) {
      openReceipt(page.query, prop.split('.')[0], value.points);
    } else if (/-table-toggle\.n_clicks$/.test(prop)) {
      if (value) toggleTable(page.query, prop.split('-')[0]);
    } else if (prop === 'date-earlier.n_clicks' || prop === 'date-later.n_clicks') {
      if (value) shift(page.query, prop === 'date-later.n_clicks' ? 1 : -1);
    } else if (prop === 'filters-reset.n_clicks') {
      if (value) replaceAll(page.query, window.burnboardAddress ? window.burnboardAddress.start : '');
    } else if (prop === 'accounts-search.value') {
      if (value) page.query.set('q', value); else page.query.delete('q');
    }
  }

  // The receipt of the bar or point under the pointer: its mark travels with the trace. Plotly names whatever stands at
  // that place of the time axis, so where the pointer is tells which is meant.
  var pointer = { x: 0, y: 0 };
  document.addEventListener('pointerdown', function (event) { pointer = { x: event.clientX, y: event.clientY }; }, true);

  function openReceipt(query, chart, points) {
    var graph = document.querySelector('#' + chart + ' .js-plotly-plot');
    var marked = (points || []).filter(function (one) { return [].concat(one.customdata)[0]; });
    var near = nearest(graph, marked);
    var mark = (near && near.apart < MARKER_PX && near.mark) || barUnder(graph) || (near && near.mark);
    if (mark) query.set('receipt', mark);
  }

  // Where the pointer is inside the chart, in pixels.
  function inside(graph) {
    var box = graph.getBoundingClientRect();
    var size = graph._fullLayout._size;
    return { x: pointer.x - box.left - size.l, y: pointer.y - box.top - size.t };
  }

  // Of points and lines the one that is nearest, with how far it is in pixels.
  function nearest(graph, points) {
    var at = inside(graph);
    var layout = graph._fullLayout;
    return points.filter(function (one) { return graph._fullData[one.curveNumber].type !== 'bar'; }).map(function (one) {
      var apart = Math.hypot(layout.xaxis.d2p(one.x) - at.x, layout.yaxis.d2p(one.y) - at.y);
      return { mark: [].concat(one.customdata)[0], apart: apart };
    }).sort(function (one, other) { return one.apart - other.apart; })[0];
  }

  // The mark of the bar that the pointer stands in, or that is nearest above or below it.
  function barUnder(graph) {
    var at = inside(graph);
    var x = graph._fullLayout.xaxis.p2c(at.x);
    var y = graph._fullLayout.yaxis.p2c(at.y);
    var best = { apart: Infinity, mark: null };
    graph.calcdata.forEach(function (bars) {
      var trace = bars[0].trace;
      if (trace.type !== 'bar' || !trace.customdata) return;
      bars.forEach(function (bar, index) {
        if (!bar.s || x < Math.min(bar.p0, bar.p1) || x > Math.max(bar.p0, bar.p1)) return;
        var ends = [bar.b, bar.b + bar.s];
        var apart = Math.max(0, Math.min.apply(null, ends) - y, y - Math.max.apply(null, ends));
        if (apart < best.apart) best = { apart: apart, mark: trace.customdata[index] };
      });
    });
    return best.mark;
  }

  function applyTyped(page, inputs) {
    var first = inputs['date-from.value'];
    var last = inputs['date-to.value'];
    if (first === shown.from && last === shown.to) return;
    applyDays(page, first, last);
  }

  function applyDays(page, first, last) {
    var range = checkDays(first, last);
    if (range.error) page.errors[range.error.field] = range.error.text;
    else setDays(page.query, range.first, range.last);
  }

  function changeAccount(page, id) {
    page.pathname = accountPath(page.pathname, id);
    shown.account = id;
    ACCOUNT_KEYS.concat(['q']).forEach(forget.bind(null, page.query));
  }

  // The server's answer into the controls. Not by outputs of its own: Dash would hold back every choice on the page for as
  // long as one of them is awaited.
  function fill(answer) {
    if (!answer) return;
    Object.assign(shown, answer);
    Object.keys(CONTROLS).forEach(function (prop) {
      if (CONTROLS[prop] in answer) setValue(prop.split('.')[0], answer[CONTROLS[prop]]);
    });
    if ('account' in answer) showAccount(answer.account);
    if (!('from' in answer)) return;
    setValue('date-from', answer.from);
    setValue('date-to', answer.to);
    setValue('date-calendar', [answer.from, answer.to]);
  }

  // Each value that is set, if only again, has Dash look for whom it concerns.
  function setValue(control, value) {
    if (!window.burnboardPage.has(control, 'value', value)) window.dash_clientside.set_props(control, { value: value });
  }

  // One of the tabs comes only now, where the viewer may see its page.
  function showAccount(account) {
    setValue('account-select', account);
    markTab(placeOf(window.location.pathname).page);
  }

  function choose() {
    var context = window.dash_clientside.callback_context;
    var kept = window.burnboardAddress || context.states;
    var pathname = kept['url.pathname'] || '/';
    var search = kept['url.search'] || '';
    var page = { pathname: pathname, query: new URLSearchParams(search), errors: { from: null, to: null } };
    context.triggered.forEach(function (change) { apply(change, page, context.inputs); });
    go(page, pathname, search);
    ['from', 'to'].forEach(function (end) { showError(end, page.errors[end]); });
  }

  // By the end of the range, what is wrong with what was typed there.
  var errors = { from: null, to: null };
  function showError(end, error) {
    if (errors[end] === error) return;
    errors[end] = error;
    window.dash_clientside.set_props('date-' + end, { error: error });
  }

  // set_props and not an output: the panels that the address feeds fill the controls that write it, a circle that Dash
  // refuses among outputs.
  function go(page, pathname, search) {
    var next = format(page.query);
    var change = {};
    if (page.pathname !== pathname) change.pathname = page.pathname;
    if (next !== format(new URLSearchParams(search))) change.search = next;
    if (!Object.keys(change).length) return;
    if (window.burnboardAddress) window.burnboardAddress.write(change.search);
    else window.dash_clientside.set_props('url', change);
  }

  // What each store last held, so that one that would not change is left alone.
  var handed = {};

  function address(name, pathname, query, tries) {
    var value = { pathname: pathname, search: format(query), tries: tries || 0 };
    var text = JSON.stringify(value);
    if (handed[name] === text) return window.dash_clientside.no_update;
    handed[name] = text;
    return value;
  }

  function without(query, keys) {
    var rest = new URLSearchParams(query);
    keys.forEach(function (key) { rest.delete(key); });
    return rest;
  }

  function only(query, keys) {
    return without(query, Array.from(query.keys()).filter(function (key) { return keys.indexOf(key) < 0; }));
  }

  // Only an open receipt is asked for; closing it asks once more, for nothing.
  var receiptShown = false;
  function receiptPart(pathname, query) {
    var shown = Boolean(pathname && query.has('receipt'));
    var part = shown ? [pathname, query] : receiptShown ? [pathname || '/', new URLSearchParams()] : null;
    receiptShown = shown;
    return part;
  }

  // By the name of the store, the part of the address that it is handed; null while its place is not shown.
  function parts(place, pathname, query, tries) {
    var account = place.account ? pathOf(place, '') : '';
    var plain = without(query, PAGE_KEYS);
    var days = only(query, ['range', 'from', 'to']);
    var found = {
      accounts: place.account ? null : [pathname, only(query, ['q'])],
      account: [account || pathname, new URLSearchParams()],
      days: account ? [account, OPEN_ROWS.test(query.get('open')) ? plain : without(query, ['receipt'])] : null,
      mark: null, // handed over later, by itself
      receipt: receiptPart(account && pathname, query),
    };
    PAGES.forEach(function (page) { found[page || 'overview'] = account && page === place.page ? [pathname, plain] : null; });
    PAGES_WITH_ROWS.forEach(function (page) {
      found[page + '-rows'] = account && page === place.page ? [pathname, without(query, ['receipt'])] : null;
    });
    if (account) handMark(account, days, tries);
    return found;
  }

  // The mark of the books needs more than the panels do, and nobody waits for it: it is asked for when they have begun.
  var markTimer = null;
  function handMark(account, days, tries) {
    var value = address('mark', account, days, tries);
    if (value === window.dash_clientside.no_update) return;
    clearTimeout(markTimer);
    window.dash_clientside.set_props('proof-mark', { children: null });
    markTimer = setTimeout(function () { window.dash_clientside.set_props('address-mark', { data: value }); }, MARK_WAITS_MS);
  }

  // Which of the pages in the layout the address names, where the tabs lead, and what each place is asked.
  function showPage(pathname, search, tries) {
    var query = new URLSearchParams(search || '');
    var place = placeOf(pathname || '/');
    var hidden = function (shown) { return shown ? '' : 'page-hidden'; };
    var kept = format(without(query, PAGE_KEYS));
    var found = parts(place, pathname || '/', query, tries);
    markTab(place.page);
    if (place.account) window.burnboardLayout.show('page-' + (place.page || 'overview'));
    var looks = [hidden(!place.account), hidden(place.account)].concat(
      PAGES.map(function (page) { return 'sub-page ' + hidden(page === place.page); }),
      PAGES.map(function (page) { return pathOf(place, page) + kept; }),
      PAGES.map(function (page) { return page === place.page ? 'page-tab is-current' : 'page-tab'; }));
    return onlyNews(looks).concat(Object.keys(found).map(function (name) {
      return found[name] ? address(name, found[name][0], found[name][1], tries) : window.dash_clientside.no_update;
    }));
  }

  // How the pages and their tabs look already is not said again.
  function onlyNews(looks) {
    return LOOKS.map(function (part, at) {
      return window.burnboardPage.has(part[0], part[1], looks[at]) ? window.dash_clientside.no_update : looks[at];
    });
  }

  function showTab(tab) {
    tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - TAB_MARGIN_PX;
  }

  // Not an output: Dash has no name for this attribute of a link.
  function markTab(page) {
    PAGES.forEach(function (one) {
      var tab = document.getElementById('tab-' + (one || 'overview'));
      if (!tab) return;
      tab.setAttribute('aria-current', one === page ? 'page' : 'false');
      if (one === page) setTimeout(showTab, 100, tab); // the page may be shown by this very change
    });
  }

  // The query as it was last set; the browser's own line of address follows a moment later.
  function searchNow() {
    if (window.burnboardAddress) return window.burnboardAddress['url.search'];
    var url = window.burnboardPage.component('url');
    return (url && url.props.search) || '';
  }

  // One key of the address, from a script beside this one; null takes it out.
  function writeKey(change) {
    var search = searchNow();
    var page = { pathname: window.location.pathname, query: new URLSearchParams(search) };
    change(page.query);
    go(page, window.location.pathname, search);
  }

  function setOne(key, value) {
    writeKey(function (query) { if (value === null) query.delete(key); else query.set(key, value); });
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { url_state: { choose: choose, fill: fill, showPage: showPage } });
  window.burnboardUrlState = { KEYS: KEYS, DEFAULTS: DEFAULTS, PAGES: PAGES, checkDays: checkDays, setKey: setOne, placeOf: placeOf,
    searchNow: searchNow };

  // Shortcuts, and one place for every "Try again".
  var SHORTCUTS = { '/': 'account-select', t: 'date-from', g: 'usage-group' };

  document.addEventListener('keydown', function (event) {
    var typing = event.target.closest && event.target.closest('input, textarea, select, [contenteditable]');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    var wanted = document.getElementById(SHORTCUTS[event.key]);
    if (!wanted) return;
    event.preventDefault();
    wanted.focus();
  });

  document.addEventListener('click', function (event) {
    if (!event.target.closest) return;
    var row = event.target.closest('[data-open]');
    if (event.target.closest('[data-retry]')) document.getElementById('retry').click();
    else if (row) writeKey(function (query) { toggleRow(query, row.getAttribute('data-open')); });
    else follow(event, event.target.closest('a[data-page-link]'));
  });

  // A link to another page of the app changes the address and loads nothing anew.
  function follow(event, anchor) {
    if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    window.dash_clientside.set_props('url', { pathname: anchor.pathname, search: anchor.search });
    window.scrollTo(0, 0);
  }
})();
