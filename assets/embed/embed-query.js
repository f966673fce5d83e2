// A frame's query, kept in memory: it stands for the address bar that assets/url_state.js writes in the app. Changing it
// asks the panels; no history is written, and a new session finds it as it was.
(function () {
  'use strict';

  var ROWS = ['balances', 'invoices']; // panels with rows that open
  var DAY_KEYS = ['range', 'from', 'to', 'window'];
  var tries = 0;
  var started = false;
  var handed = {};

  var address = { 'url.pathname': '/', 'url.search': '', start: '', write: write };
  window.burnboardAddress = address;

  function write(search) {
    if (search === undefined) return;
    address['url.search'] = search;
    hand();
  }

  // A store that would not change is left alone: its panel has nothing new to ask.
  function put(store, query) {
    var value = { search: query, tries: tries, untouched: address['url.search'] === '?' + address.start };
    var text = JSON.stringify(value);
    if (handed[store] === text) return;
    handed[store] = text;
    window.dash_clientside.set_props(store, { data: value });
  }

  function only(query, keys) {
    var rest = new URLSearchParams();
    keys.forEach(function (key) { if (query.has(key)) rest.set(key, query.get(key)); });
    return rest.toString();
  }

  function hand() {
    var query = new URLSearchParams(address['url.search']);
    var plain = new URLSearchParams(query);
    plain.delete('open');
    window.burnboardEmbed.about().panels.forEach(function (key) {
      put('address-embed-' + key, '?' + (ROWS.indexOf(key) < 0 ? plain : query));
    });
    if (document.getElementById('date-range')) put('address-days', '?' + only(query, DAY_KEYS));
  }

  // The layout is there, so there is a session; or "Try again" was pressed.
  function start(clicks) {
    var about = window.burnboardEmbed.about();
    tries = clicks || 0;
    if (!started) {
      started = true;
      address.start = new URLSearchParams(about.start).toString();
      address['url.search'] = '?' + address.start;
      limitCalendar(about.bounds);
    }
    hand();
  }

  function limitCalendar(bounds) {
    var limits = {};
    if (bounds.earliest) limits.minDate = bounds.earliest;
    if (bounds.latest) limits.maxDate = bounds.latest;
    if (document.getElementById('date-range') && Object.keys(limits).length) {
      window.dash_clientside.set_props('date-calendar', limits);
    }
  }

  // Files are asked for like everything else, with the session, and handed to the browser from memory.
  function save(anchor) {
    anchor.setAttribute('aria-busy', 'true');
    window.fetch(anchor.href).then(function (answer) {
      if (answer.ok) return answer.blob().then(handOver.bind(null, named(answer, anchor.href)));
      return answer.json().then(function (problem) { complain(anchor, problem.detail); });
    }).catch(complain.bind(null, anchor, '')).finally(function () { anchor.removeAttribute('aria-busy'); });
  }

  function named(answer, href) {
    var found = /filename="([^"]+)"/.exec(answer.headers.get('Content-Disposition') || '');
    return found ? found[1] : new URL(href).pathname.split('/').pop();
  }

  function handOver(name, blob) {
    var link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(URL.revokeObjectURL, 60000, link.href);
  }

  function complain(anchor, sentence) {
    var place = anchor.parentElement.querySelector('.file-problem') || document.createElement('span');
    place.className = 'file-problem';
    place.setAttribute('role', 'alert');
    place.textContent = typeof sentence === 'string' && sentence ? sentence : 'The file could not be had. Please try again.';
    anchor.after(place);
  }

  ['click', 'auxclick'].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var anchor = event.target.closest && event.target.closest('a[href]');
      if (!anchor || anchor.pathname.indexOf(window.burnboardEmbed.base + 'accounts/') !== 0) return;
      event.preventDefault();
      if (kind === 'click' && !anchor.hasAttribute('aria-busy')) save(anchor);
    });
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { embed: { start: start } });
})();
