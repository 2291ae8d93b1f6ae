/**
 * What people set right. A correction is shown at once wherever its item is on the page; when the server refuses it,
 * the item goes back to what it was and the reason is said.
 */
import { put, remove } from '../api.js';
import { emotionName, sentimentName, topLabel } from '../words.js';
import { feed, revision } from './live.js';
import { notify, told } from './notices.js';
import { person } from './person.js';
import { createStore, useStore } from './store.js';

/** How long the answer lies over lists that are just being read again. */
const LINGER_MS = 4000;

/** Item id → fields that lie over what was read last. */
const overlays = createStore((map, { id, fields }) => {
  const next = new Map(map);
  if (fields) next.set(id, fields); else next.delete(id);
  return next;
}, new Map());

/** The item that the server answered a correction with, last; lists that are not read again take it over. */
export const settled = createStore((_, item) => item, null);

/** An item as it counts now. */
export function useShown(item) {
  const fields = useStore(overlays).get(item?.id);
  return fields ? { ...item, ...fields } : item;
}

/** What the model itself said of a list item. */
export const ownReading = (item) => ({ sentiment: topLabel(item.sentiment_scores), emotion: topLabel(item.emotion_scores) });

const fieldsOf = (item) => ({
  sentiment: item.sentiment, sentiment_score: item.sentiment_score, emotion: item.emotion, emotion_score: item.emotion_score, correction: item.correction ?? null,
});

function withCorrection(item, correction) {
  const own = ownReading(item);
  const sentiment = correction?.sentiment ?? own.sentiment;
  const emotion = correction?.emotion ?? own.emotion;
  return { sentiment, sentiment_score: item.sentiment_scores?.[sentiment] ?? null, emotion, emotion_score: item.emotion_scores?.[emotion] ?? null, correction };
}

const latest = new Map();

/** Shows `guess` at once, asks the server, then shows what it answered. Only the newest change of an item speaks. */
async function change(item, guess, asking, failure) {
  const turn = (latest.get(item.id) ?? 0) + 1;
  latest.set(item.id, turn);
  overlays.dispatch({ id: item.id, fields: guess });
  try {
    const { data } = await asking();
    if (latest.get(item.id) !== turn) return data;
    const fields = fieldsOf(data);
    overlays.dispatch({ id: item.id, fields });
    settled.dispatch({ id: item.id, ...fields });
    feed.dispatch({ type: 'replace', item: { id: item.id, ...fields } });
    revision.dispatch();
    setTimeout(() => { if (latest.get(item.id) === turn) overlays.dispatch({ id: item.id, fields: null }); }, LINGER_MS);
    return data;
  } catch (error) {
    if (latest.get(item.id) === turn) overlays.dispatch({ id: item.id, fields: null });
    notify(told(failure, error), { tone: 'bad', ms: 8000 });
    return null;
  }
}

const pathOf = (item, only) => `/items/${encodeURIComponent(item.id)}/correction${only ? `?correction=${only}` : ''}`;

/** Sets one label right; an earlier correction of the other one stays. */
export async function correct(item, kind, label) {
  const author = person.get() || null;
  const before = item.correction;
  const labels = { sentiment: before?.sentiment ?? undefined, emotion: before?.emotion ?? undefined, [kind]: label };
  const guess = withCorrection(item, { sentiment: labels.sentiment ?? null, emotion: labels.emotion ?? null, author, at: new Date().toISOString() });
  const answer = await change(item, guess, () => put(pathOf(item), { ...labels, author: author ?? undefined, version: item.version }), 'Not corrected');
  if (!answer) return;
  const name = kind === 'sentiment' ? sentimentName(label) : emotionName(label);
  notify(`Corrected: ${name}. It counts from now on.`, { action: () => undoCorrection({ ...item, ...fieldsOf(answer) }), ms: 7000 });
}

/** Takes the newest correction of an item back. */
export async function undoCorrection(item) {
  const answer = await change(item, item.sentiment_scores ? withCorrection(item, null) : null, () => remove(pathOf(item, item.correction?.id)), 'Not taken back');
  if (answer) notify(answer.correction ? 'The correction before it counts again' : 'Correction taken back: the model’s reading counts again', { ms: 4000 });
}
