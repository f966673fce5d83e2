// Dash asks for its layout and its callbacks once its scripts run. They are the same for everybody, so they stand in the
// script itself (server/index.py), and of the pages only the one that the address names is put up: each component costs
// time at every change on the page. The others are put up when they are first shown (assets/url_state.js).
(function () {
  'use strict';

  var carried = window.burnboardCarried;
  var ask = window.fetch;
  var waiting = {}; // what each page holds that was not shown yet, by its id

  function shownAtFirst() {
    var place = window.burnboardUrlState.placeOf(window.location.pathname);
    return place.account ? 'page-' + (place.page || 'overview') : '';
  }

  function takeOut(node, shown) {
    if (Array.isArray(node)) return node.forEach(function (one) { takeOut(one, shown); });
    var props = (node && node.props) || {};
    if (!/^page-(overview|commitments|invoices|proof|customer-view)$/.test(props.id)) return takeOut(props.children || [], shown);
    if (props.id === shown) return;
    waiting[props.id] = props.children;
    props.children = [];
  }

  function show(page) {
    if (!waiting[page]) return;
    window.dash_clientside.set_props(page, { children: waiting[page] });
    delete waiting[page];
  }

  function answer(name) {
    if (name === 'layout') takeOut(carried.layout, shownAtFirst());
    var headers = new Headers({ 'Content-Type': 'application/json' });
    return Promise.resolve({ ok: true, status: 200, headers: headers, json: function () { return Promise.resolve(carried[name]); } });
  }

  window.fetch = function (where, how) {
    var name = /\/_dash-(layout|dependencies)$/.exec(String(where));
    return name ? answer(name[1]) : ask.call(window, where, how);
  };

  window.burnboardLayout = { show: show };
})();
