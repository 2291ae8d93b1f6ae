/** The only place that asks the server. Adds the token, unwraps the envelope, keeps the last answer of every read. */

const BASE = '/api/v1';
const TOKEN_KEY = 'soundings-token';
const KEPT_PREFIX = 'soundings-answer:';
const KEPT_MOST = 60_000;

/** @type {Map<string, {data: any, metadata: any}>} */
const answers = new Map();
const authListeners = new Set();
const changeListeners = new Set();
/** The one question for a token that is open, however many requests wait for it. @type {{promise: Promise<void>, resolve: () => void}|null} */
let asking = null;
let memoryToken = null;

/** What the server said was wrong; `code` is stable, `message` is for a person; `data` is what an answer of 503 still says. */
export class ApiError extends Error {
  constructor({ status = 0, code = 'unreachable', message, requestId = null, details = {}, data = null }) {
    super(message);
    this.name = 'ApiError';
    Object.assign(this, { status, code, requestId, details, data });
  }
}

export function token() {
  try { return sessionStorage.getItem(TOKEN_KEY) ?? memoryToken; } catch { return memoryToken; }
}

/** The token that was taken last; what has been read was read with it. */
let taken = token();

/** Tells tokens apart without saying them; the same in every tab that has the same one. */
export function tokenMark() {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (const c of token() ?? '') {
    a = Math.imul(a ^ c.codePointAt(0), 2654435761);
    b = Math.imul(b ^ c.codePointAt(0), 1597334677);
  }
  return ((a ^ (b >>> 16)) >>> 0).toString(36) + ((b ^ (a >>> 13)) >>> 0).toString(36);
}

/** Calls back when another token counts: what was read with the one before is somebody else's. */
export function onTokenChanged(listener) { changeListeners.add(listener); return () => changeListeners.delete(listener); }

const tell = (refused) => { for (const listener of authListeners) listener(refused); };

/**
 * Called by the token dialog. One request tries the token: where it is refused, the dialog comes back and nothing else is sent;
 * where it is not, every request that was refused is tried again.
 */
export async function provideToken(value) {
  memoryToken = value;
  try { sessionStorage.setItem(TOKEN_KEY, value); } catch { /* kept in memory for this tab */ }
  // No answer is no refusal: whoever waits says that the server is away.
  const tried = await fetch(`${BASE}/health/ready`, { headers: headers(), cache: 'no-store' }).catch(() => null);
  if (tried?.status === 401) { tell(true); return; }
  if (value !== taken) {
    taken = value;
    forgetAnswers();
    for (const listener of changeListeners) listener();
  }
  asking?.resolve();
  asking = null;
}

/** Calls back when the server wants a token: (refused) is true where one was given and not taken. */
export function onTokenNeeded(listener) {
  authListeners.add(listener);
  if (asking) listener(Boolean(token()));
  return () => authListeners.delete(listener);
}

/** Resolves when a person has given a token that is taken. */
export function askToken() {
  if (!asking) {
    asking = {};
    asking.promise = new Promise((resolve) => { asking.resolve = resolve; });
    tell(Boolean(token()));
  }
  return asking.promise;
}

export function headers(extra = {}) {
  const t = token();
  return t ? { ...extra, Authorization: `Bearer ${t}` } : extra;
}

/** Path and parameters as one address; `params` is URLSearchParams or an object. */
export function url(path, params) {
  const q = params instanceof URLSearchParams ? params : new URLSearchParams(Object.entries(params ?? {}).filter(([, v]) => v != null));
  const text = q.toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

function failure(status, body, requestId) {
  const e = body?.error;
  return new ApiError({
    status,
    code: e?.code ?? `http_${status}`,
    message: e?.message ?? `the server answered with status ${status}`,
    requestId: e?.request_id ?? requestId,
    details: e?.details ?? {},
    data: body?.data ?? null,
  });
}

async function send(method, address, { body, type, signal, keepalive } = {}) {
  for (;;) {
    let response;
    const sentWith = token();
    try {
      response = await fetch(address, {
        method, body, signal, keepalive,
        headers: headers({ Accept: 'application/json', ...(type ? { 'Content-Type': type } : {}) }),
      });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ApiError({ message: 'Soundings does not answer. Nothing is lost; the page tries again when it is back.' });
    }
    if (response.status === 401) {
      // Another token may have come while this one was on its way.
      if (token() === sentWith) await askToken();
      continue;
    }
    const requestId = response.headers.get('x-request-id');
    const text = await response.text();
    let parsed = null;
    try { parsed = text ? JSON.parse(text) : null; } catch { /* not JSON: the status says it */ }
    if (!response.ok) throw failure(response.status, parsed, requestId);
    return { data: parsed?.data ?? null, metadata: parsed?.metadata ?? {} };
  }
}

/** The last answer to this read, at once; `null` where there is none. */
export function lastAnswer(address) {
  if (answers.has(address)) return answers.get(address);
  try {
    const kept = sessionStorage.getItem(KEPT_PREFIX + address);
    return kept ? JSON.parse(kept) : null;
  } catch { return null; }
}

function keep(address, answer) {
  answers.delete(address);
  answers.set(address, answer);
  if (answers.size > 200) answers.delete(answers.keys().next().value);
  try {
    const text = JSON.stringify(answer);
    if (text.length <= KEPT_MOST && !/[?&](q|cursor)=/.test(address)) sessionStorage.setItem(KEPT_PREFIX + address, text);
  } catch { forgetKept(); }
}

function forgetKept() {
  try { for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT_PREFIX)) sessionStorage.removeItem(key); } catch { /* no storage */ }
}

function forgetAnswers() {
  answers.clear();
  forgetKept();
}

/** Reads by address (see `url`). Revalidation with ETag is the browser cache's work. */
export async function read(address, { signal } = {}) {
  const answer = await send('GET', address, { signal });
  keep(address, answer);
  return answer;
}

export const get = (path, params, options) => read(url(path, params), options);
export const post = (path, json, { params, ...options } = {}) =>
  send('POST', url(path, params), { ...options, ...(json === undefined ? {} : { body: JSON.stringify(json), type: 'application/json' }) });
export const patch = (path, json) => send('PATCH', url(path), { body: JSON.stringify(json), type: 'application/json' });
export const put = (path, json) => send('PUT', url(path), { body: JSON.stringify(json), type: 'application/json' });
export const remove = (path, options) => send('DELETE', url(path), options);

/** Sends a file as the body, telling how many bytes have gone. `fetch` cannot do that yet. */
export function upload(path, file, params, { onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url(path, params));
    for (const [name, value] of Object.entries(headers({ Accept: 'application/json', 'Content-Type': file.type || 'application/octet-stream' }))) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (e) => onProgress?.(e.loaded, e.total);
    request.onerror = () => reject(new ApiError({ message: 'The upload broke off. Nothing was imported; choose the file again.' }));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    request.onload = () => {
      let parsed = null;
      try { parsed = JSON.parse(request.responseText); } catch { /* the status says it */ }
      if (request.status === 401) {
        askToken().then(() => upload(path, file, params, { onProgress, signal })).then(resolve, reject);
      } else if (request.status >= 200 && request.status < 300) {
        resolve({ data: parsed?.data ?? null, metadata: parsed?.metadata ?? {} });
      } else {
        reject(failure(request.status, parsed, request.getResponseHeader('x-request-id')));
      }
    };
    const stop = () => request.abort();
    signal?.addEventListener('abort', stop);
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    request.send(file);
  });
}

/** Reads a file as text. */
export async function readText(address) {
  let response;
  try {
    response = await fetch(address, { headers: headers() });
  } catch { throw new ApiError({ message: 'Soundings does not answer. Nothing is lost.' }); }
  if (!response.ok) throw failure(response.status, await response.json().catch(() => null), response.headers.get('x-request-id'));
  return response.text();
}

/** For links to files: with a token the browser cannot follow them by itself, so the file is fetched and handed over. */
export async function download(address, name) {
  const response = await fetch(address, { headers: headers() });
  if (!response.ok) throw failure(response.status, await response.json().catch(() => null), response.headers.get('x-request-id'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Opens a stream of bytes; used by `events.js` alone. */
export function openStream(path, extra, signal) {
  return fetch(url(path), { headers: headers({ Accept: 'text/event-stream', ...extra }), signal, cache: 'no-store' });
}
