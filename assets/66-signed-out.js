// Dash says nothing when the server refuses to answer a page: what is on it stays, and every control is dead. One line
// over the page says why, and what to do.
(function () {
  'use strict';

  var WORDS = {
    401: 'You are not signed in any more. Reload the page to sign in again.',
    403: 'You do not have access here any more. Reload the page to see why.',
  };
  var ask = window.fetch;

  function button() {
    var made = document.createElement('button');
    made.type = 'button';
    made.className = 'button-quiet';
    made.textContent = 'Reload';
    made.addEventListener('click', function () {
      window.location.reload();
    });
    return made;
  }

  function tell(words) {
    var line = document.getElementById('signed-out');
    if (!line) {
      line = document.createElement('div');
      line.id = 'signed-out';
      line.className = 'notice notice-denied signed-out';
      line.setAttribute('role', 'alert');
      line.append(document.createElement('span'), button());
      document.body.prepend(line);
    }
    line.firstChild.textContent = words;
  }

  window.fetch = function (where, how) {
    return ask.call(window, where, how).then(function (answer) {
      var asked = String((where && where.url) || where);
      if (WORDS[answer.status] && asked.indexOf('/_dash-') >= 0) {
        tell(WORDS[answer.status]);
      }
      return answer;
    });
  };
})();
