/** Short messages with an undo, and deletions that wait for it. */
import { remove } from '../api.js';
import { createStore } from './store.js';
import { feed, revision } from './live.js';

export const UNDO_MS = 5000;
let nextId = 1;

export const notices = createStore((list, action) => {
  if (action.type === 'add') return [...list.filter((n) => n.id !== action.notice.id), action.notice].slice(-3);
  return list.filter((n) => n.id !== action.id);
}, []);

/** Open dialogs, the topmost last: messages are shown in it. */
export const layers = createStore((list, { open, close }) => (open ? [...list, open] : list.filter((l) => l !== close)), []);

/** Items on their way out: hidden everywhere, deleted on the server when the time for undo is over. */
export const leaving = createStore((set, { id, gone }) => {
  const next = new Set(set);
  if (gone) next.add(id); else next.delete(id);
  return next;
}, new Set());

export function notify(text, { action = null, actionName = 'Undo', ms = UNDO_MS, tone = 'plain' } = {}) {
  const id = nextId;
  nextId += 1;
  notices.dispatch({ type: 'add', notice: { id, text, action, actionName, ms, tone } });
  if (ms) setTimeout(() => dismiss(id), ms);
  return id;
}

/** What went wrong, in one line, with the id to find it in the log. */
export const told = (failure, error) => `${failure}: ${error.message}${error.requestId ? ` (request ${error.requestId})` : ''}`;

export const dismiss = (id) => notices.dispatch({ type: 'remove', id });

/** What a screen reader is told without anything being shown. */
export const announcement = createStore((_, text) => text, '');
export const announce = (text) => announcement.dispatch(text);

const waiting = new Map();

async function finish(id, keepalive) {
  if (!waiting.has(id)) return;
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  try {
    await remove(`/items/${encodeURIComponent(id)}`, { keepalive });
    feed.dispatch({ type: 'drop', id });
    revision.dispatch();
  } catch (error) {
    if (error.status !== 404) {
      leaving.dispatch({ id, gone: false });
      notify(`Not deleted: ${error.message}`, { tone: 'bad', ms: 8000 });
    }
  }
}

/** Deletes an item in five seconds, unless a person takes it back. */
export function deleteItem(id) {
  leaving.dispatch({ id, gone: true });
  waiting.set(id, setTimeout(() => finish(id, false), UNDO_MS));
  notify('Item deleted', {
    action: () => {
      clearTimeout(waiting.get(id));
      waiting.delete(id);
      leaving.dispatch({ id, gone: false });
    },
  });
}

// Who closes the page has not pressed undo.
addEventListener('pagehide', () => { for (const id of [...waiting.keys()]) finish(id, true); });
