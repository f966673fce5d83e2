// The basic Plotly bundle (bars and lines, a quarter of the full one) in place of the one that Dash would load, and no
// drawing of charts that have nothing to show yet: an empty one costs as much as half a full one, and the first answer
// would wait for all of them.
(function () {
  'use strict';

  var url = document.currentScript.getAttribute('data-charts');
  Object.defineProperty(window, '_dashPlotlyJSURL', { get: function () { return url; }, set: function () {} });

  function isWaiting(place, figure) {
    return !place._fullLayout && figure.layout && figure.layout.meta === 'waiting';
  }

  // Whoever listens to a chart before it is drawn is handed on to it when it is.
  function listenLater(place) {
    place.burnboardListeners = [];
    place.on = function (name, listener) { place.burnboardListeners.push([name, listener]); };
  }

  function patient(plotly) {
    var draw = plotly.react;
    plotly.react = function (place, figure) {
      if (isWaiting(place, figure)) return Promise.resolve(listenLater(place));
      var drawn = draw.apply(this, arguments);
      Promise.resolve(drawn).then(begun, begun);
      (place.burnboardListeners || []).splice(0).forEach(function (one) { place.on(one[0], one[1]); });
      return drawn;
    };
    return plotly;
  }

  // The first chart goes first: answers that come beside its own would all be worked into the page before it is drawn. They
  // wait until it is, which is soon; and not at all for an answer that is not there yet.
  var ANSWER_MS = 120;
  var DRAWING_MS = 600;
  var ask = window.fetch;
  var asked = false;
  var answered = false;
  var begun;
  var drawing = new Promise(function (done) { begun = done; });

  function isOfChart(how) {
    return !asked && /-chart\.figure/.test(how.body);
  }

  function behind(answer) {
    if (asked) setTimeout(function () { if (!answered) begun(); }, ANSWER_MS);
    else begun();
    return drawing.then(function () { return answer; });
  }

  window.fetch = function (where, how) {
    var answer = ask.call(window, where, how);
    if (!/\/_dash-update-component/.test(String(where))) return answer;
    if (!isOfChart(how)) return answer.then(behind);
    asked = true;
    return answer.finally(function () {
      answered = true;
      setTimeout(begun, DRAWING_MS);
    });
  };

  var loaded = window.Plotly && patient(window.Plotly);
  Object.defineProperty(window, 'Plotly', { get: function () { return loaded; }, set: function (made) { loaded = patient(made); } });
})();
