// The address is the state. Every control writes its query key here, without a server trip; panels listen to the address
// alone. Twin of data/filters.py: a test keeps KEYS and DEFAULTS equal to it.
(function () {
  'use strict';

  var KEYS = ['range', 'from', 'to', 'window', 'metric', 'group', 'spend_by', 'currency', 'view', 'chart', 'top', 'table'];
  var DEFAULTS = { range: 'mtd', view: 'gross', chart: 'stacked', top: '8', window: 'auto' };
  var TABLES = ['usage', 'spend', 'burndown'];
  var ACCOUNT_KEYS = ['metric', 'group', 'spend_by', 'currency'];
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

  function toggleTable(query, name) {
    var open = (query.get('table') || '').split(',').filter(Boolean);
    var next = TABLES.filter(function (one) { return one === name ? open.indexOf(one) < 0 : open.indexOf(one) >= 0; });
    if (next.length) query.set('table', next.join(','));
    else query.delete('table');
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

  function accountPath(pathname, id) {
    var path = pathname.replace(/accounts\/[^/]+.*$/, '').replace(/\/?$/, '/');
    return path + 'accounts/' + encodeURIComponent(id);
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
    } else if (/^(usage|spend)-chart\.relayoutData$/.test(prop)) {
      zoom(page, value);
    } else if (/-table-toggle\.n_clicks$/.test(prop)) {
      if (value) toggleTable(page.query, prop.split('-')[0]);
    } else if (prop === 'date-earlier.n_clicks' || prop === 'date-later.n_clicks') {
      if (value) shift(page.query, prop === 'date-later.n_clicks' ? 1 : -1);
    } else if (prop === 'filters-reset.n_clicks') {
      if (value) replaceAll(page.query, '');
    } else if (prop === 'accounts-search.value') {
      if (value) page.query.set('q', value); else page.query.delete('q');
    }
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
    var setProps = window.dash_clientside.set_props;
    Object.keys(CONTROLS).forEach(function (prop) {
      if (CONTROLS[prop] in answer) setProps(prop.split('.')[0], { value: answer[CONTROLS[prop]] });
    });
    if ('account' in answer) setProps('account-select', { value: answer.account });
    if (!('from' in answer)) return;
    setProps('date-from', { value: answer.from });
    setProps('date-to', { value: answer.to });
    setProps('date-calendar', { value: [answer.from, answer.to] });
  }

  function choose() {
    var context = window.dash_clientside.callback_context;
    var states = context.states;
    var pathname = states['url.pathname'] || '/';
    var search = states['url.search'] || '';
    var page = { pathname: pathname, query: new URLSearchParams(search), errors: { from: null, to: null } };
    context.triggered.forEach(function (change) { apply(change, page, context.inputs); });
    go(page, pathname, search);
    return [page.errors.from, page.errors.to];
  }

  // set_props and not an output: the panels that the address feeds fill the controls that write it, a circle that Dash
  // refuses among outputs.
  function go(page, pathname, search) {
    var next = format(page.query);
    var change = {};
    if (page.pathname !== pathname) change.pathname = page.pathname;
    if (next !== format(new URLSearchParams(search))) change.search = next;
    if (Object.keys(change).length) window.dash_clientside.set_props('url', change);
  }

  // Which of the pages in the layout the address names.
  function showPage(pathname) {
    var path = pathname || '/';
    var account = /\/accounts\/[^/]+\/?$/.test(path);
    return [account ? 'page-hidden' : '', account ? '' : 'page-hidden'];
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { url_state: { choose: choose, fill: fill, showPage: showPage } });
  window.burnboardUrlState = { KEYS: KEYS, DEFAULTS: DEFAULTS, checkDays: checkDays };

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
    if (!event.target.closest || !event.target.closest('[data-retry]')) return;
    document.getElementById('retry').click();
  });
})();
