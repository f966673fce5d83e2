// The basic Plotly bundle (bars and lines, a quarter of the full one) in place of the one that Dash would load, asked
// for early so that it arrives while the page is still starting.
(function () {
  var url = new URL('vendor/plotly-basic-4.1.1.min.js', document.currentScript.src).href.split('?')[0];
  Object.defineProperty(window, '_dashPlotlyJSURL', { get: function () { return url; }, set: function () {} });
  var hint = document.createElement('link');
  hint.rel = 'preload';
  hint.as = 'script';
  hint.href = url;
  document.head.appendChild(hint);
})();
