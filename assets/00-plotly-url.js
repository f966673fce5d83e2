// The basic Plotly bundle (bars and lines, a quarter of the full one) in place of the one that Dash would load. The page's
// head asks for the same address early (server/index.py), so that it arrives while the page is still starting.
(function () {
  var url = new URL('vendor/plotly-basic-4.1.1.min.js', document.currentScript.src).href.split('?')[0];
  Object.defineProperty(window, '_dashPlotlyJSURL', { get: function () { return url; }, set: function () {} });
})();
