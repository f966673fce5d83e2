/** What `<script src="https://your-burnboard/embed.js">` puts on the page: `window.Burnboard`. */

export {};

declare global {
  const Burnboard: BurnboardHost;

  interface Window {
    readonly Burnboard: BurnboardHost;
  }
}

/** `auto` follows what the system of whoever looks at your page prefers, also when that changes. */
export type BurnboardTheme = 'light' | 'dark' | 'auto';

export interface BurnboardHost {
  /** The version of the messages between your page and the frame. */
  readonly version: 1;

  /**
   * Put an embed into `element`. Throws a `TypeError` for options that cannot be used; later failures come as events.
   */
  mount(element: Element, options: BurnboardOptions): BurnboardFrame;
}

/** One of `url` and `getUrl` is needed. With `url` alone the embed ends when its session does. */
export interface BurnboardOptions {
  /** A link that your server minted a moment ago. */
  url?: string;

  /** Fetches a fresh link from your server: at first unless `url` is there, and again each time a session has run out. */
  getUrl?: () => Promise<string>;

  /** Has no effect where the link itself fixes the theme. Left out: the frame decides. */
  theme?: BurnboardTheme;

  /** The name of the frame for screen readers. Default: "Usage and billing". */
  title?: string;

  /** The least height in pixels. Default: none; the frame is as high as what it shows. */
  minHeight?: number;

  onEvent?: (event: BurnboardEvent) => void;
}

export type BurnboardEvent =
  /** The frame has begun to draw. */
  | { type: 'ready' }
  /** The frame was made this many pixels high. */
  | { type: 'height'; height: number }
  /** The session has run out; a new link is being fetched if there is `getUrl`. */
  | { type: 'expired' }
  /** A new link was handed to the frame, which goes on where it was. */
  | { type: 'renewed' }
  /** The frame shows that the session is over. */
  | { type: 'ended' }
  /** `getUrl` failed or gave what is no link; tried again in `retryIn` seconds, not at all when that is missing. */
  | { type: 'error'; error: unknown; retryIn?: number };

export interface BurnboardFrame {
  setTheme(theme: BurnboardTheme): void;
  /** Take the frame out of the page and stop listening. */
  destroy(): void;
}
