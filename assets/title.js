// The tab says whose page it shows.
(function () {
  'use strict';

  function show(name) {
    document.title = name ? name + ' · Burnboard' : 'Burnboard';
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, { title: { show: show } });
})();
