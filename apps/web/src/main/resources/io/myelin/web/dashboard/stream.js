/**
 * Server-Sent Events read by fetch, since EventSource cannot send a token: reconnects with
 * Last-Event-ID, each time after a longer pause.
 */
import {ApiError, authorization, errorOf} from './api.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** A stream that says nothing for so long is dead: the node sends heartbeats far more often. */
const SILENCE_MS = 90_000;

/**
 * Splits text into events.
 *
 * @param {(type: string, data: any, id: string) => void} onEvent
 * @returns {(chunk: string) => void}
 */
export function eventParser(onEvent) {
  let rest = '';
  return chunk => {
    const text = rest + chunk;
    let from = 0;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', from)) {
      let type = 'message';
      let data = '';
      let id = '';
      for (const line of text.slice(from, end).split('\n')) {
        if (line.startsWith('data: ')) {
          data += line.slice(6);
        } else if (line.startsWith('id: ')) {
          id = line.slice(4);
        } else if (line.startsWith('event: ')) {
          type = line.slice(7);
        }
      }
      from = end + 2;
      if (data) {
        onEvent(type, JSON.parse(data), id);
      }
    }
    rest = text.slice(from);
  };
}

/** One watch of the API, for as long as it is wanted. */
export class Stream {
  /**
   * @param {string} path such as /v1/fabric:watch
   * @param {object} on
   * @param {(message: any) => void} on.message
   * @param {() => void} on.restart what was told before no longer counts: a new snapshot follows
   * @param {(error?: ApiError, retryMs?: number) => void} on.state undefined: it is open
   * @param {() => string} bearer
   */
  constructor(path, on, bearer) {
    this.path = path;
    this.on = on;
    this.bearer = bearer;
    this.lastId = '';
    this.pauseMs = FIRST_PAUSE_MS;
    this.controller = null;
    this.timer = 0;
  }

  start() {
    if (!this.controller) {
      this.controller = new AbortController();
      this.#run(this.controller);
    }
  }

  /** Ends it; start() goes on behind what was seen last. */
  stop() {
    this.controller?.abort();
    this.controller = null;
    clearTimeout(this.timer);
  }

  async #run(controller) {
    let error;
    try {
      await this.#read(controller);
      error = new ApiError(0, {message: 'the node ended the connection'});
    } catch (e) {
      error = e instanceof ApiError ? e : new ApiError(0, {message: 'the node does not answer'});
    }
    if (this.controller !== controller) {
      return;
    }
    const retryMs = Math.max(this.pauseMs * (0.75 + Math.random() / 2), error.retryAfterMs);
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
    this.on.state(error, retryMs);
    this.timer = setTimeout(() => this.#run(controller), retryMs);
  }

  async #read(controller) {
    const response = await fetch(new URL(this.path, self.location.href), {
      headers: {
        accept: 'text/event-stream',
        ...authorization(this.bearer()),
        ...(this.lastId ? {'last-event-id': this.lastId} : {}),
      },
      cache: 'no-store',
      signal: controller.signal,
    });
    if (!response.ok) {
      throw await errorOf(response);
    }
    if (!this.lastId) {
      this.on.restart();
    }
    this.on.state();
    const parse = eventParser((type, data, id) => this.#event(type, data, id));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const silence = setTimeout(() => reader.cancel(), SILENCE_MS);
      const {done, value} = await reader.read();
      clearTimeout(silence);
      if (done) {
        return;
      }
      this.pauseMs = FIRST_PAUSE_MS;
      parse(value);
    }
  }

  #event(type, data, id) {
    if (type === 'restarted') {
      this.on.restart();
    } else if (type === 'error-status') {
      if (data.code === 11) { // OUT_OF_RANGE: too much was missed
        this.lastId = '';
      }
      throw new ApiError(0, data);
    } else {
      this.on.message(data);
    }
    if (id) {
      this.lastId = id;
    }
  }
}
