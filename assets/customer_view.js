// The customer's view. "Copy embed link" asks the server to sign a link for the account that is shown, puts it on the
// clipboard, and says until when it opens; where there is no clipboard it stands in a field, selected. It is kept nowhere
// else. And this app's own frame is as high as what it shows. The twin of components/panels/customer_view.py and
// callbacks/embed_link.py.
(function () {
  'use strict';

  var MOST_PIXELS = 20000;
  var FAILED = 'The link could not be made. Try again in a moment.';

  function ask(dashboard) {
    return fetch('embed-link', { // beside the page that is shown
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      credentials: 'same-origin',
      body: JSON.stringify({ dashboard: dashboard }),
    }).then(function (answer) {
      return answer.json().then(function (body) {
        if (!answer.ok) throw new Error(body.detail || FAILED);
        return body;
      });
    });
  }

  function until(link) {
    return 'It opens until ' + link.good_until.slice(11, 16) + ' UTC; whoever has it can see this dashboard.';
  }

  function say(place, text) {
    place.textContent = text;
  }

  // Without a secure connection, or where the browser forbids it, there is no clipboard to write to.
  function offer(place, link) {
    var field = document.createElement('input');
    field.readOnly = true;
    field.value = link.url;
    field.setAttribute('aria-label', 'Embed link');
    say(place, 'Copy it from here. ' + until(link));
    place.appendChild(field);
    field.focus();
    field.select();
  }

  function copy(place, link) {
    if (!navigator.clipboard) return offer(place, link);
    return navigator.clipboard.writeText(link.url).then(say.bind(null, place, 'Copied. ' + until(link)), offer.bind(null, place, link));
  }

  function press(button) {
    var place = button.parentElement.querySelector('.embed-link-said');
    button.disabled = true;
    say(place, '');
    ask(button.getAttribute('data-embed-link')).then(copy.bind(null, place)).catch(function (error) {
      say(place, error instanceof TypeError || error instanceof SyntaxError ? FAILED : error.message);
    }).then(function () { button.disabled = false; });
  }

  // As any page does that embeds it, see assets_host/embed.js.
  window.addEventListener('message', function (event) {
    var frame = document.querySelector('#own-embed-main iframe');
    var said = event.data;
    if (!frame || event.source !== frame.contentWindow || event.origin !== window.location.origin) return;
    if (!said || said.source !== 'burnboard' || said.version !== 1 || said.type !== 'height') return;
    if (said.height > 0 && said.height <= MOST_PIXELS) frame.style.height = Math.ceil(said.height) + 'px';
  });

  document.addEventListener('click', function (event) {
    var button = event.target.closest && event.target.closest('[data-embed-link]');
    if (button && !button.disabled) press(button);
  });
})();
