/* Burnboard in your page. One global, no dependency:

     const frame = Burnboard.mount(element, { getUrl: async () => (await fetch('/my/embed-url')).text() });
     frame.setTheme('dark');
     frame.destroy();

   It makes the iframe, keeps it as high as what it shows, fetches a new link when the old one has run out, and hands on
   the theme. Types are in embed.d.ts beside this file; how to make links is in docs/how-to/embed-it.md. */
(function (global) {
  'use strict';

  const FRAME = 'burnboard';
  const HOST = 'burnboard-host';
  const VERSION = 1;
  const THEMES = ['light', 'dark', 'auto'];
  // Same origin means the app's own, which is not that of this page. Downloads are the files that a viewer asks for.
  const SANDBOX = 'allow-scripts allow-same-origin allow-downloads';
  const MOST_PIXELS = 20000;
  const RETRY_SECONDS = [2, 8, 30];

  function mount(element, options) {
    const given = options || {};
    if (!element || typeof element.appendChild !== 'function') throw new TypeError('Burnboard.mount: needs an element');
    if (!given.url && !given.getUrl) throw new TypeError('Burnboard.mount: needs url or getUrl');
    return new Mounted(element, given).start();
  }

  class Mounted {
    constructor(element, given) {
      this.given = given;
      this.theme = checkedTheme(given.theme);
      this.least = Number(given.minHeight) || 0;
      this.alive = true;
      this.isListening = false; // whether the frame has spoken, and so hears what it is told
      this.renewing = false;
      this.address = null; // where the frame was sent, without the link's token
      this.timer = 0;
      this.scheme = global.matchMedia('(prefers-color-scheme: dark)');
      this.element = element;
      this.frame = null;
      this.onMessage = (event) => this.receive(event);
      this.onScheme = () => this.theme === 'auto' && this.sendTheme();
    }

    start() {
      if (this.given.url) this.load(this.given.url);
      else this.renew();
      global.addEventListener('message', this.onMessage);
      this.scheme.addEventListener('change', this.onScheme);
      return { setTheme: (theme) => this.setTheme(theme), destroy: () => this.destroy() };
    }

    setTheme(theme) {
      this.theme = checkedTheme(theme);
      this.sendTheme();
    }

    destroy() {
      this.alive = false;
      clearTimeout(this.timer);
      global.removeEventListener('message', this.onMessage);
      this.scheme.removeEventListener('change', this.onScheme);
      if (this.frame) this.frame.remove();
    }

    // A new frame each time: to the old one the same address with another token would be a jump within its page.
    load(text) {
      const link = parsed(text);
      const frame = newFrame(this.given.title, this.least);
      this.address = link.address;
      this.origin = link.origin;
      this.isListening = false;
      frame.src = link.text;
      if (this.frame) this.frame.replaceWith(frame);
      else this.element.appendChild(frame);
      this.frame = frame;
    }

    // Only the frame that was made here, on the origin that it was sent to, saying what the protocol has.
    receive(event) {
      const said = event.data;
      if (!this.frame || event.source !== this.frame.contentWindow || event.origin !== this.origin) return;
      if (!said || typeof said !== 'object' || said.source !== FRAME || said.version !== VERSION) return;
      this.isListening = true;
      if (said.type === 'ready') this.greet();
      else if (said.type === 'height') this.size(said.height);
      else if (said.type === 'expired') this.expire();
      else if (said.type === 'ended') this.tell({ type: 'ended' });
    }

    greet() {
      this.sendTheme();
      this.tell({ type: 'ready' });
    }

    size(height) {
      if (typeof height !== 'number' || !(height >= 0 && height <= MOST_PIXELS)) return;
      const pixels = Math.max(this.least, Math.ceil(height));
      this.frame.style.height = pixels + 'px';
      this.tell({ type: 'height', height: pixels });
    }

    expire() {
      this.tell({ type: 'expired' });
      if (this.given.getUrl) this.renew();
    }

    // Asks the page for a link, now and, when that fails, a few times more.
    async renew(tries = 0) {
      if (this.renewing && !tries) return;
      this.renewing = true;
      try {
        const text = await this.given.getUrl();
        if (this.alive) this.take(text);
        this.renewing = false;
      } catch (error) {
        if (!this.alive) return;
        const seconds = RETRY_SECONDS[tries];
        this.renewing = seconds !== undefined;
        if (this.renewing) this.timer = setTimeout(() => this.renew(tries + 1), seconds * 1000);
        this.tell({ type: 'error', error: error, retryIn: seconds });
      }
    }

    // The running frame gets the token alone and keeps what its viewer chose. A link to somewhere else (another key after
    // a rotation, another dashboard) begins anew.
    take(text) {
      const link = parsed(text);
      if (!this.isListening || link.address !== this.address || !link.token) return this.load(text);
      this.send({ type: 'token', token: link.token });
      this.tell({ type: 'renewed' });
    }

    sendTheme() {
      if (!this.theme) return;
      const theme = this.theme !== 'auto' ? this.theme : this.scheme.matches ? 'dark' : 'light';
      this.send({ type: 'theme', theme: theme });
    }

    send(message) {
      if (!this.alive || !this.isListening || !this.frame.contentWindow) return;
      this.frame.contentWindow.postMessage(Object.assign({ source: HOST, version: VERSION }, message), this.origin);
    }

    // What the page's own function does wrong is the page's to see, and stops nothing here.
    tell(event) {
      if (typeof this.given.onEvent !== 'function') return;
      try {
        this.given.onEvent(event);
      } catch (error) {
        setTimeout(() => { throw error; });
      }
    }
  }

  function newFrame(title, least) {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', SANDBOX);
    frame.setAttribute('referrerpolicy', 'no-referrer');
    frame.setAttribute('loading', 'eager'); // a link that waits to be scrolled to may be too old by then
    frame.title = title || 'Usage and billing';
    frame.style.cssText = 'display:block;width:100%;border:0;height:' + Math.max(least, 150) + 'px';
    return frame;
  }

  // {origin, address, token} of a link; throws for what is none, without repeating it: it may hold a token.
  function parsed(text) {
    let link = null;
    try {
      link = new URL(String(text).trim());
    } catch (error) {
      // told below, without the text
    }
    if (!link || !/^https?:$/.test(link.protocol)) throw new TypeError('Burnboard: what came is not the address of an embed');
    return {
      text: link.href,
      origin: link.origin,
      address: link.origin + link.pathname + link.search,
      token: new URLSearchParams(link.hash.slice(1)).get('t'),
    };
  }

  function checkedTheme(theme) {
    if (theme === undefined || theme === null) return '';
    if (THEMES.indexOf(theme) < 0) throw new TypeError("Burnboard: a theme is 'light', 'dark' or 'auto'");
    return theme;
  }

  global.Burnboard = Object.freeze({ mount: mount, version: VERSION });
})(window);
