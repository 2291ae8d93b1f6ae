/** The only place that asks the server. Adds the token, unwraps the envelope, keeps the last answer of every read. */

const BASE = '/api/v1';
const TOKEN_KEY = 'soundings-token';
const KEPT_PREFIX = 'soundings-answer:';
const KEPT_MOST = 60_000;

/** @type {Map<string, {data: any, metadata: any}>} */
const answers = new Map();
const authListeners = new Set();
let tokenWaiters = [];
let memoryToken = null;

/** What the server said was wrong; `code` is stable, `message` is for a person. */
export class ApiError extends Error {
  constructor({ status = 0, code = 'unreachable', message, requestId = null, details = {} }) {
    super(message);
    this.name = 'ApiError';
    Object.assign(this, { status, code, requestId, details });
  }
}

export function token() {
  try { return sessionStorage.getItem(TOKEN_KEY) ?? memoryToken; } catch { return memoryToken; }
}

/** Called by the token dialog; every request that was refused is tried again. */
export function provideToken(value) {
  memoryToken = value;
  try { sessionStorage.setItem(TOKEN_KEY, value); } catch { /* kept in memory for this tab */ }
  const waiting = tokenWaiters;
  tokenWaiters = [];
  for (const resolve of waiting) resolve();
}

/** Calls back when the server wants a token: (refused) is true where one was given and not taken. */
export function onTokenNeeded(listener) {
  authListeners.add(listener);
  if (tokenWaiters.length) listener(Boolean(token()));
  return () => authListeners.delete(listener);
}

/** Resolves when a person has given a token. */
export function askToken() {
  const refused = Boolean(token());
  return new Promise((resolve) => {
    tokenWaiters.push(resolve);
    for (const listener of authListeners) listener(refused);
  });
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
  });
}

async function send(method, address, { body, type, signal, keepalive } = {}) {
  for (;;) {
    let response;
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
      await askToken();
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
  } catch {
    try { for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT_PREFIX)) sessionStorage.removeItem(key); } catch { /* no storage */ }
  }
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
