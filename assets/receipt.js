// The drawer with a figure's receipt. The address is the state: a click on anything with `data-receipt` writes the query
// key, and the drawer follows the key, so that Back, Forward and a copied link work as well. The twin of
// components/receipt.py.
(function () {
  'use strict';

  var DRAWER = 'receipt-drawer';
  var BODY = 'receipt-body';
  var TITLE = 'receipt-title';
  // The id that the drawer is open for.
  var opened = '';

  function drawer() {
    return document.getElementById(DRAWER);
  }

  function write(ident) {
    window.burnboardUrlState.setKey('receipt', ident);
  }

  var watch = new MutationObserver(function () {
    document.getElementById(BODY).classList.remove('is-waiting');
    watch.disconnect();
  });

  // The receipt that was open last must not stand under the next one's figure until the answer comes.
  function hideOther(body, ident) {
    var shown = body.querySelector('[data-receipt-shown]');
    var isOther = Boolean(shown) && shown.getAttribute('data-receipt-shown') !== ident;
    watch.disconnect();
    body.classList.toggle('is-waiting', isOther);
    if (isOther) watch.observe(body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-receipt-shown'] });
  }

  function open(place, ident) {
    opened = ident;
    hideOther(document.getElementById(BODY), ident);
    if (place.open) return;
    place.showModal();
    document.getElementById(TITLE).focus();
  }

  // The browser gives the focus back to what had it. A table that was drawn anew meanwhile has another button in its place.
  function giveBack(ident) {
    var active = document.activeElement;
    if (active && active !== document.body && !drawer().contains(active)) return;
    var same = Array.from(document.querySelectorAll('[data-receipt]')).find(function (one) {
      return one.getAttribute('data-receipt') === ident && one.offsetParent;
    });
    if (same) same.focus({ preventScroll: true });
  }

  // The address has changed.
  function show(search) {
    var place = drawer();
    var ident = new URLSearchParams(search || '').get('receipt') || '';
    if (!place) return;
    if (ident) open(place, ident);
    else if (place.open) place.close();
  }

  // Escape, the button, a click beside the drawer and a change of address all come by here.
  document.addEventListener('close', function (event) {
    if (event.target.id !== DRAWER) return;
    var ident = opened;
    opened = '';
    giveBack(ident);
    if (new URLSearchParams(window.burnboardUrlState.searchNow()).get('receipt') === ident) write(null);
  }, true);

  function said(button, text) {
    var status = button.parentElement.querySelector('[data-copied]');
    if (status) status.textContent = text;
    button.textContent = text;
  }

  // Without a secure connection there is no clipboard to write to: the id is selected instead, ready to be copied.
  function copy(button) {
    var text = button.getAttribute('data-copy');
    var code = button.parentElement.querySelector('code');
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(said.bind(null, button, 'Copied'), select.bind(null, code));
    } else select(code);
  }

  function select(code) {
    var range = document.createRange();
    range.selectNodeContents(code);
    window.getSelection().removeAllRanges();
    window.getSelection().addRange(range);
  }

  document.addEventListener('click', function (event) {
    if (!event.target.closest) return;
    var figure = event.target.closest('[data-receipt]');
    var button = event.target.closest('[data-copy]');
    if (figure) write(figure.getAttribute('data-receipt'));
    else if (button) copy(button);
    else if (event.target.id === DRAWER || event.target.closest('[data-receipt-close]')) drawer().close();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { receipt: { show: show } });
})();
