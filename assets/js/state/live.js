/** What the event stream tells: connection, data revision, jobs, totals and the feed. */
import { connectionStatus, onEvent, onStatus, startEvents } from '../events.js';
import { createStore } from './store.js';

const FEED_MOST = 200;

export const connection = createStore((_, status) => status, connectionStatus());

/** Counts up whenever the data may have changed; readers ask again. */
export const revision = createStore((n) => n + 1, 0);

/** Totals of everything, as last told by the stream or by a read. */
export const totals = createStore((_, summary) => summary, null);

/** Jobs that are over and still known; a page that stays open for weeks hears of many thousands. */
const OVER_MOST = 200;
const isOver = (job) => Boolean(job.finished_at);

/** Jobs by id, the one heard of last at the end; of those that are over only the last are kept. */
export function reduceJobs(state, job) {
  const { [job.id]: before, ...rest } = state;
  const all = { ...rest, [job.id]: { ...before, ...job } };
  const over = Object.values(all).filter(isOver);
  for (const old of over.slice(0, Math.max(0, over.length - OVER_MOST))) delete all[old.id];
  return all;
}

export const jobs = createStore(reduceJobs, {});

/**
 * Items as they are read, newest first. `held` are those that arrived while nobody wanted the list to move.
 * @typedef {{items: any[], held: any[], paused: boolean}} Feed
 */
export function reduceFeed(feed, action) {
  switch (action.type) {
    case 'seed': {
      // What is shown learns its reading; the order changes only while nobody is reading it.
      const known = new Map(action.items.map((i) => [i.id, i]));
      const items = feed.items.map((i) => (known.has(i.id) ? { ...known.get(i.id), fresh: i.fresh } : i));
      if (feed.items.length && (action.still || feed.paused)) return { ...feed, items };
      return { ...feed, items: merge(items.filter((i) => i.fresh), action.items) };
    }
    case 'arrive':
      if (feed.items.some((i) => i.id === action.item.id)) {
        return { ...feed, items: feed.items.map((i) => (i.id === action.item.id ? action.item : i)) };
      }
      return action.still || feed.paused
        ? { ...feed, held: merge([action.item], feed.held) }
        : { ...feed, items: merge([{ ...action.item, fresh: true }], feed.items) };
    case 'release':
      return { ...feed, items: merge(feed.held.map((i) => ({ ...i, fresh: true })), feed.items), held: [] };
    case 'pause':
      return { ...feed, paused: action.paused };
    case 'replace': {
      const put = (i) => (i.id === action.item.id ? { ...i, ...action.item } : i);
      return { ...feed, items: feed.items.map(put), held: feed.held.map(put) };
    }
    case 'drop':
      return { ...feed, items: feed.items.filter((i) => i.id !== action.id), held: feed.held.filter((i) => i.id !== action.id) };
    case 'clear':
      return { ...feed, items: [], held: [] };
    default:
      return feed;
  }
}

function merge(first, then) {
  const seen = new Set(first.map((i) => i.id));
  return [...first, ...then.filter((i) => !seen.has(i.id))].slice(0, FEED_MOST);
}

export const feed = createStore(reduceFeed, { items: [], held: [], paused: false });

/** Asked before the feed moves: true while the list is scrolled or under the pointer. */
let isStill = () => false;
export function setFeedStill(ask) { isStill = ask; }
export const feedIsStill = () => isStill();

let started = false;

/** Connects the stream to the stores, once. */
export function startLive() {
  if (started) return;
  started = true;
  onStatus((status) => connection.dispatch(status));
  onEvent(({ type, data }) => {
    if (type === 'corpus' || type === 'resumed') revision.dispatch();
    else if (type === 'job' && data) jobs.dispatch(data);
    else if (type === 'metrics' && data) totals.dispatch(data);
    else if (type === 'item' && data) feed.dispatch({ type: 'arrive', item: data, still: isStill() });
  });
  startEvents();
}
