// Dash tells every component on the page of each of the some three hundred steps of one change, and puts up again what is
// said again. Here the components are told once per task of the browser, and what stands on the page already is not put up.
(function () {
  'use strict';

  // Who listens to Dash's store is told soon instead of at once, all together. React looks at the store again by itself
  // whenever it draws, so nobody draws anything old. (Dash's components listen by this hook of React alone.)
  var store = window.React.useSyncExternalStore;
  var waiting = new Set();
  var laters = new WeakMap();
  var task = new MessageChannel();

  task.port1.onmessage = function () {
    var listeners = Array.from(waiting);
    waiting.clear();
    window.ReactDOM.unstable_batchedUpdates(function () { listeners.forEach(function (listener) { listener(); }); });
  };

  function later(subscribe) {
    return function (listener) {
      var leave = subscribe(function () {
        if (!waiting.size) task.port2.postMessage(null);
        waiting.add(listener);
      });
      return function () {
        waiting.delete(listener);
        leave();
      };
    };
  }

  window.React.useSyncExternalStore = function (subscribe, snapshot, atFirst) {
    if (!laters.has(subscribe)) laters.set(subscribe, later(subscribe));
    return store(laters.get(subscribe), snapshot, atFirst);
  };

  // A component as Dash has it now; null where it is not on the page, for which Dash throws.
  function component(ident) {
    try {
      return window.dash_component_api.getLayout(ident) || null;
    } catch (_) {
      return null;
    }
  }

  function has(ident, prop, value) {
    var part = component(ident);
    return Boolean(part) && JSON.stringify(part.props[prop]) === JSON.stringify(value);
  }

  // A store passes on what it is handed even if it is the same, and a chart may have been dragged since.
  function isSaidAgain(ident, prop, value) {
    return has(ident, prop, value) && prop !== 'figure' && component(ident).type !== 'Store';
  }

  function withoutRepeats(answer) {
    Object.keys(answer.response || {}).forEach(function (ident) {
      var props = answer.response[ident];
      Object.keys(props).forEach(function (prop) { if (isSaidAgain(ident, prop, props[prop])) delete props[prop]; });
    });
    return answer;
  }

  var ask = window.fetch;
  window.fetch = function (where, how) {
    var answer = ask.call(window, where, how);
    if (!/\/_dash-update-component/.test(String(where))) return answer;
    return answer.then(function (got) {
      var read = got.json.bind(got);
      got.json = function () { return read().then(withoutRepeats); };
      return got;
    });
  };

  window.burnboardPage = { component: component, has: has };
})();
