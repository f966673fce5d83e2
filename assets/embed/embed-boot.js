// First in the head of a frame, before anything is drawn or asked. Takes the link's token out of the address, exchanges it
// for a session that only this closure knows, sends that with every question to the server, and speaks with the page that
// holds the frame. Nothing is kept: no cookie, no storage, no entry in anybody's history.
(function () {
  'use strict';

  var SOURCE = 'burnboard';
  var HOST = 'burnboard-host';
  var VERSION = 1;
  var SOON_MS = 60000; // a session with less left than this is renewed before the next question
  var ASK_EARLIER_MS = 30000; // how long before the very end the host is asked for another link
  var HOST_WAITS_MS = 8000; // for a link from the host, before the frame says that its session has ended
  var PATIENCE_MS = 10000; // after a renewal that got no answer
  var TRIES_MS = [1000, 4000]; // after an answer that says nothing about the link
  var MAX_TOKEN = 4096;
  var SCHEME_KEY = 'mantine-color-scheme-value'; // where the component library looks for the scheme
  // What a host's colours set here. Those of series are set by the server; docs/reference/embeds.md says what each does.
  var COLOURS = {
    Gray_dark: ['--bb-text'],
    Gray_medium: ['--bb-text-muted'],
    Gray_light: ['--bb-border', '--bb-border-strong', '--bb-grid', '--bb-axis'],
    Gray_extralight: ['--bb-ground', '--bb-sunken', '--bb-hover', '--bb-quiet-soft'],
    White: ['--bb-surface'],
    Primary_medium: ['--bb-accent', '--bb-focus'],
    Primary_light: ['--bb-accent-soft'],
    Primary_green: ['--bb-good'],
    Primary_red: ['--bb-bad'],
    Progress_bar: ['--bb-progress'],
    Progress_bar_background: ['--bb-progress-ground'],
    Action: ['--bb-action'],
    Action_hover: ['--bb-action-hover'],
  };

  var root = document.documentElement;
  var home = window.location.pathname;
  var base = home.replace(/[^/]+\/[^/]+$/, '');
  var origins = (document.currentScript.getAttribute('data-origins') || '').split(' ').filter(Boolean);
  var ask = window.fetch.bind(window);

  // ---- The look, before the first paint ---------------------------------------------------------------------------

  var scheme = { wanted: 'auto', locked: false };
  var prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

  function shownScheme() {
    if (scheme.wanted !== 'auto') return scheme.wanted;
    return prefersDark.matches ? 'dark' : 'light';
  }

  function paintScheme() {
    var shown = shownScheme();
    root.setAttribute('data-mantine-color-scheme', shown);
    if (document.getElementById('app-root')) window.dash_clientside.set_props('theme-provider', { forceColorScheme: shown });
  }

  function paint(look) {
    if (look.theme === 'light' || look.theme === 'dark') scheme = { wanted: look.theme, locked: true };
    Object.keys(COLOURS).forEach(function (name) {
      var value = (look.colours || {})[name];
      if (!/^#[0-9a-f]{6}$/i.test(value || '')) return;
      COLOURS[name].forEach(function (variable) { root.style.setProperty(variable, value); });
      if (name === 'Gray_extralight') root.classList.add('has-ground');
    });
    paintScheme();
  }

  // What a link says about itself. Not verified, so good for nothing but the first look.
  function readLook(token) {
    try {
      var text = atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'));
      var claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, function (one) { return one.charCodeAt(0); })));
      return { theme: claims.theme, colours: (claims.opt || {}).colours };
    } catch (wrong) {
      return {};
    }
  }

  // With third-party storage blocked, reading it throws; where it is not, a frame has no business in it either. Whoever
  // looks finds an empty store, and the component library the scheme that the frame is to have.
  function withoutStorage() {
    var nothing = {
      length: 0,
      key: function () { return null; },
      getItem: function (key) { return key === SCHEME_KEY ? shownScheme() : null; },
      setItem: function () {},
      removeItem: function () {},
      clear: function () {},
    };
    ['localStorage', 'sessionStorage'].forEach(function (name) {
      Object.defineProperty(window, name, { configurable: true, get: function () { return nothing; } });
    });
  }

  // ---- The page that holds the frame ------------------------------------------------------------------------------

  function isHost(origin) {
    return origins.indexOf(origin) >= 0 || origin === window.location.origin;
  }

  // Firefox does not say who is above: there every origin that may be is told, and only the right one hears it.
  function hosts() {
    if (window.parent === window) return [];
    var above = window.location.ancestorOrigins;
    if (!above || !above.length) return origins.concat([window.location.origin]);
    return isHost(above[0]) ? [above[0]] : [];
  }

  function say(message) {
    var whole = Object.assign({ source: SOURCE, version: VERSION }, message);
    hosts().forEach(function (origin) { window.parent.postMessage(whole, origin); });
  }

  window.addEventListener('message', function (event) {
    var said = event.data;
    if (window.parent === window || event.source !== window.parent || !isHost(event.origin)) return;
    if (!said || typeof said !== 'object' || said.source !== HOST || said.version !== VERSION) return;
    if (said.type === 'token' && typeof said.token === 'string' && said.token.length <= MAX_TOKEN) exchange(said.token);
    if (said.type === 'theme' && ['light', 'dark', 'auto'].indexOf(said.theme) >= 0 && !scheme.locked) {
      scheme.wanted = said.theme;
      paintScheme();
    }
  });

  prefersDark.addEventListener('change', paintScheme);

  // As high as what it shows, and less high when that gets less: the body has no height of its own.
  var height = 0;

  function measure() {
    var now = Math.ceil(document.body.getBoundingClientRect().height);
    if (now === height) return;
    height = now;
    say({ type: 'height', height: now });
  }

  document.addEventListener('DOMContentLoaded', function () {
    new ResizeObserver(measure).observe(document.body);
    measure();
  });

  // ---- The session ------------------------------------------------------------------------------------------------

  // {token, until, extends, patient}: times by the page's own clock, which nobody can set; `extends` is false once the
  // session cannot get any longer, `patient` until when no renewal is tried after one that got no answer. `about` is what
  // the first answer said, and holds for as long as the frame lives.
  var session = null;
  var about = null;
  var waiting = []; // questions that are held back until there is a session
  var underWay = null; // the renewal or exchange that is being made
  var failed = 0; // links in a row that opened nothing
  var timers = { end: 0, next: 0 };

  function left() {
    return session ? session.until - performance.now() : 0;
  }

  function post(path, token, body) {
    var headers = { 'Content-Type': 'application/json' };
    if (token) headers.Authorization = 'Bearer ' + token;
    var how = { method: 'POST', headers: headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store' };
    return ask(home + path, how);
  }

  // A refusal is final; anything else may pass, and is tried again.
  function posted(path, token, body, tries) {
    var again = function () {
      if (tries >= TRIES_MS.length) return Promise.reject(new Error('unreachable'));
      return new Promise(function (done) { setTimeout(done, TRIES_MS[tries]); }).then(function () {
        return posted(path, token, body, tries + 1);
      });
    };
    return post(path, token, body).then(function (answer) {
      if (answer.ok) return answer.json();
      return answer.status === 429 || answer.status >= 500 ? again() : Promise.reject(new Error('refused'));
    }, again);
  }

  function begin(answer) {
    if (about && (about.customer_id !== answer.customer_id || String(about.panels) !== String(answer.panels))) {
      throw new Error('another account'); // what is shown is not its business: another account has another frame
    }
    about = about || answer;
    failed = 0;
    session = {
      token: answer.session,
      until: performance.now() + answer.expires_in * 1000,
      extends: answer.expires_in < answer.ends_in,
      patient: 0,
    };
    paint(answer);
    hidePanel();
    plan();
    letGo();
  }

  function letGo() {
    waiting.splice(0).forEach(function (done) { done(session.token); });
  }

  // Renewed while nobody looks, too; at its very end the host is asked for another link a little before.
  function plan() {
    clearTimeout(timers.next);
    clearTimeout(timers.end);
    // A little later than too early: a timer's time is cut to whole milliseconds.
    if (session.extends) timers.next = setTimeout(current, Math.max(1000, left() - SOON_MS + 20));
    else timers.next = setTimeout(say, Math.max(1000, left() - ASK_EARLIER_MS), { type: 'expired' });
    timers.end = setTimeout(function () { if (left() <= 0) lose(); }, left() + 500);
  }

  function exchange(token) {
    var mine = posted('/session', null, { token: token }, 0).then(begin).catch(function (wrong) {
      if (left() > 0) return; // another link was of no use; the session that runs still is
      failed += 1;
      if (wrong.message === 'unreachable') showPanel('unreachable');
      else lose();
    });
    return follow(mine);
  }

  function renew() {
    var token = session.token;
    return follow(posted('/renew', token, null, 0).then(begin).catch(function (wrong) {
      if (!session || session.token !== token) return; // another one has come meanwhile
      if (wrong.message !== 'unreachable' || left() <= 0) return lose();
      session.patient = performance.now() + PATIENCE_MS;
      timers.next = setTimeout(current, PATIENCE_MS + 100);
      letGo(); // what is left of it serves in the meantime
    }));
  }

  function follow(attempt) {
    underWay = attempt;
    var done = function () { if (underWay === attempt) underWay = null; };
    attempt.then(done, done);
    return attempt;
  }

  // There is no session any more: the host may send another link, now or later; whatever is asked meanwhile waits.
  function lose() {
    session = null;
    clearTimeout(timers.next);
    clearTimeout(timers.end);
    if (failed < 2) say({ type: 'expired' });
    timers.end = setTimeout(function () {
      if (session || underWay) return;
      showPanel('ended');
      say({ type: 'ended' });
    }, hosts().length && failed < 2 ? HOST_WAITS_MS : 0);
  }

  function held() {
    return new Promise(function (done) { waiting.push(done); });
  }

  // The token to ask with: at once while it lasts, after a renewal when little is left, after a new link when none is.
  function current() {
    var serves = left() > 0 && (left() > SOON_MS || !session.extends || performance.now() < session.patient);
    if (serves) return Promise.resolve(session.token);
    if (left() > 0 && !underWay) renew();
    else if (session && !underWay) lose();
    return held();
  }

  function asked(where, how, token) {
    var headers = new Headers((how && how.headers) || (where instanceof Request ? where.headers : undefined));
    headers.set('Authorization', 'Bearer ' + token);
    return ask(where, Object.assign({}, how, { headers: headers, credentials: 'omit', cache: 'no-store' }));
  }

  // A refusal means that the session is over, whatever the clock says; the same question is asked once more with the next.
  function withSession(where, how) {
    return current().then(function (token) {
      return asked(where, how, token).then(function (answer) {
        if (answer.status !== 401) return answer;
        if (session && session.token === token) lose();
        return current().then(asked.bind(null, where, how));
      });
    });
  }

  window.fetch = function (where, how) {
    var address = new URL(where instanceof Request ? where.url : where, document.baseURI);
    var own = address.origin === window.location.origin && address.pathname.indexOf(base) === 0;
    return own ? withSession(where, how) : ask(where, how);
  };

  // ---- When there is nothing to show ------------------------------------------------------------------------------

  var PANELS = {
    ended: ['This session has ended', 'Reload the page to go on.'],
    unreachable: ['This cannot be shown right now', 'Reload the page in a moment.'],
  };

  function showPanel(name) {
    if (!document.body) return document.addEventListener('DOMContentLoaded', showPanel.bind(null, name));
    hidePanel();
    var panel = document.createElement('div');
    panel.id = 'embed-panel';
    panel.className = 'embed-panel';
    panel.setAttribute('role', 'alert');
    PANELS[name].forEach(function (text, at) {
      panel.appendChild(document.createElement(at ? 'span' : 'strong')).textContent = text;
    });
    document.body.prepend(panel);
    root.classList.add('is-over');
  }

  function hidePanel() {
    root.classList.remove('is-over');
    var panel = document.getElementById('embed-panel');
    if (panel) panel.remove();
  }

  // ---- Go ---------------------------------------------------------------------------------------------------------

  var link = new URLSearchParams(window.location.hash.slice(1)).get('t');
  window.history.replaceState(null, '', home);
  withoutStorage();
  paint(link ? readLook(link) : {});
  say({ type: 'ready' });
  if (link) exchange(link);
  else lose();

  window.burnboardEmbed = {
    base: base,
    about: function () { return about; },
    measure: measure,
  };
})();
