/**
 * The only place that opens the event stream: one per browser and token, however many tabs.
 *
 * The tab that holds the lock reads the stream and passes every event on over a BroadcastChannel. When it closes, the
 * lock goes to another tab, which resumes behind the last event it saw. EventSource cannot send a token, so the stream
 * is read with fetch. Tabs with other tokens may be those of another workspace: they have a lock and a channel of their own.
 */
import { askToken, onTokenChanged, openStream, tokenMark } from './api.js';

const NAME = 'soundings-events';
const SILENCE_MS = 75_000;
const BACK_OFF_MOST_MS = 30_000;

/** @typedef {{type: string, data: any}} LiveEvent */
const listeners = new Set();
const statusListeners = new Set();
/** @type {BroadcastChannel|null} */
let channel = null;
let status = 'connecting';
let lastId = null;
let leading = false;
let started = false;

export const connectionStatus = () => status;
export function onEvent(listener) { listeners.add(listener); return () => listeners.delete(listener); }
export function onStatus(listener) { statusListeners.add(listener); return () => statusListeners.delete(listener); }

function setStatus(next) {
  if (leading) channel?.postMessage({ status: next });
  if (next === status) return;
  status = next;
  for (const listener of statusListeners) listener(next);
}

function deliver(event) { for (const listener of listeners) listener(event); }

function emit(type, data, id) {
  if (id) lastId = id;
  channel?.postMessage({ event: { type, data }, id: lastId });
  deliver({ type, data });
}

/** Cuts a stream of text into events, as the HTML standard says. */
export function createParser(onMessage) {
  let rest = '';
  let type = '';
  let id = null;
  let lines = [];
  const line = (text) => {
    if (text === '') {
      if (lines.length) onMessage({ type: type || 'message', data: lines.join('\n'), id });
      type = '';
      lines = [];
      return;
    }
    if (text.startsWith(':')) return;
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') type = value;
    else if (field === 'data') lines.push(value);
    else if (field === 'id') id = value;
  };
  return (chunk) => {
    rest += chunk;
    const parts = rest.split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop();
    for (const part of parts) line(part);
  };
}

/** Waits, but not while the signal ends it or the network comes back. Leaves no listener behind: a server that is away for a
 * day is asked thousands of times. */
export const pause = (ms, signal) => new Promise((resolve) => {
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    removeEventListener('online', end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end);
  addEventListener('online', end);
});

/** Reads the stream until the signal ends it, opening it again with growing pauses. */
async function follow(signal) {
  let failures = 0;
  let everOpen = false;
  while (!signal.aborted) {
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    signal.addEventListener('abort', stop, { once: true });
    let watchdog = null;
    const alive = () => { clearTimeout(watchdog); watchdog = setTimeout(stop, SILENCE_MS); };
    try {
      alive();
      const response = await openStream('/events', lastId ? { 'Last-Event-ID': lastId } : {}, attempt.signal);
      if (response.status === 401) { clearTimeout(watchdog); if (!signal.aborted) await askToken(); continue; }
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      setStatus('live');
      if (everOpen) emit('resumed', null, null);
      everOpen = true;
      const parse = createParser(({ type, data, id }) => {
        // What was on its way when the token changed is for whoever had it.
        if (signal.aborted) return;
        failures = 0;
        let value = null;
        try { value = JSON.parse(data); } catch { return; }
        emit(type, value, id);
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        alive();
        parse(value);
      }
    } catch { /* the loop tries again */ } finally {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', stop);
      // Whatever is left of the answer goes, and its connection with it.
      attempt.abort();
    }
    if (signal.aborted) return;
    setStatus('offline');
    failures += 1;
    const longest = Math.min(BACK_OFF_MOST_MS, 1000 * 2 ** Math.min(failures - 1, 5));
    await pause(longest / 2 + Math.random() * (longest / 2), signal);
  }
}

/** Without locks (a page over plain http from another machine) each tab streams only while it is looked at. */
function followWhileVisible(signal) {
  let current = null;
  const check = () => {
    if (document.visibilityState === 'visible' && !current && !signal.aborted) {
      current = new AbortController();
      follow(current.signal);
    } else if ((document.visibilityState === 'hidden' || signal.aborted) && current) {
      current.abort();
      current = null;
    }
  };
  document.addEventListener('visibilitychange', check, { signal });
  signal.addEventListener('abort', check);
  check();
}

/** Joins the tabs that have the same token, until the signal ends it. */
function join(signal) {
  if (!navigator.locks || !('BroadcastChannel' in globalThis)) { followWhileVisible(signal); return; }
  const name = `${NAME}:${tokenMark()}`;
  const own = new BroadcastChannel(name);
  channel = own;
  own.onmessage = ({ data }) => {
    if (data.ask && leading) own.postMessage({ status });
    if (leading) return;
    if (data.status) setStatus(data.status);
    if (data.id) lastId = data.id;
    if (data.event) deliver(data.event);
  };
  signal.addEventListener('abort', () => {
    leading = false;
    own.close();
    if (channel === own) channel = null;
  });
  own.postMessage({ ask: true });
  navigator.locks.request(name, { signal }, async () => {
    if (signal.aborted) return;
    leading = true;
    await follow(signal);
  }).catch(() => {
    if (signal.aborted) return;
    leading = false;
    followWhileVisible(signal);
  });
}

/** Starts once; calling again does nothing. */
export function startEvents() {
  if (started) return;
  started = true;
  let current = new AbortController();
  join(current.signal);
  onTokenChanged(() => {
    current.abort();
    current = new AbortController();
    // What was heard with the token before says nothing about where this one's events begin.
    lastId = null;
    join(current.signal);
  });
}
