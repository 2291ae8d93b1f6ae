/** The words and marks of the domain, the same on every page. */

export const SENTIMENTS = ['positive', 'neutral', 'negative'];
export const EMOTIONS = ['joy', 'surprise', 'sadness', 'fear', 'anger', 'disgust', 'neutral'];
export const MODES = [
  { id: 'hybrid', name: 'Both', hint: 'words and meaning' },
  { id: 'text', name: 'Words', hint: 'exact words, "phrases", field:value' },
  { id: 'semantic', name: 'Meaning', hint: 'texts that mean something similar' },
];
export const PERIODS = ['hour', 'day', 'week', 'month', 'year'];

const SENTIMENT_NAMES = { positive: 'Positive', neutral: 'Neutral', negative: 'Negative' };
const EMOTION_NAMES = {
  joy: 'Joy', surprise: 'Surprise', sadness: 'Sadness', fear: 'Fear', anger: 'Anger', disgust: 'Disgust', neutral: 'No emotion',
};
const KIND_NAMES = { review: 'Review', post: 'Post', comment: 'Comment', passage: 'Passage' };
const STATE_NAMES = {
  pending: 'Not read yet', unsupported_language: 'Language not supported', empty: 'Nothing to read', removed: 'Taken away', done: 'Read',
};
const JOB_STATE_NAMES = {
  queued: 'Waiting', scheduled: 'Scheduled', running: 'Running', retrying: 'Will retry', paused: 'Paused',
  succeeded: 'Done', dead: 'Failed', cancelled: 'Cancelled',
};
const JOB_KIND_NAMES = {
  import: 'Import', undo_import: 'Undo import', analyze: 'Read texts', tune: 'Tune the model', promote: 'Promote a model', reanalyze: 'Read with another model', reindex: 'Rebuild indexes', index: 'Index', delete_collection: 'Delete collection',
};
const IMPORT_STATE_NAMES = { queued: 'Waiting', running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Cancelled', undone: 'Undone' };
const STEP_NAMES = { rows: 'Rows', reading: 'Texts read', analyze: 'Texts read', read: 'Texts read', indexing: 'Indexed', 'taking back': 'Taken back' };

/** Steps whose units are bytes of a file: a share says more than a number. */
export const isBytes = (step) => step === 'rows';

const capital = (s) => (s ? s[0].toUpperCase() + s.slice(1).replaceAll('_', ' ') : s);

export const sentimentName = (id) => SENTIMENT_NAMES[id] ?? capital(id);
export const emotionName = (id) => EMOTION_NAMES[id] ?? capital(id);
export const kindName = (id) => KIND_NAMES[id] ?? capital(id);
export const stateName = (id) => STATE_NAMES[id] ?? capital(id);
export const jobStateName = (id) => JOB_STATE_NAMES[id] ?? capital(id);
export const jobKindName = (id) => JOB_KIND_NAMES[id] ?? capital(id);
export const importStateName = (id) => IMPORT_STATE_NAMES[id] ?? capital(id);
export const stepName = (id) => STEP_NAMES[id] ?? capital(id);

/** The shape that tells a sentiment apart without colour. */
export const SENTIMENT_SHAPES = { positive: 'up', neutral: 'dot', negative: 'down' };
export const emotionColour = (id) => `var(--${id === 'neutral' ? 'calm' : id})`;

/** What a column of a file can be for, in the order people look for them. */
export const ROLES = [
  { id: 'text', name: 'Text', hint: 'the words to read' },
  { id: 'title', name: 'Title', hint: 'heading' },
  { id: 'date', name: 'Date', hint: 'when it was said' },
  { id: 'rating', name: 'Rating', hint: 'stars, 1 to 5' },
  { id: 'author', name: 'Author', hint: 'who said it' },
  { id: 'source', name: 'Source', hint: 'where it was said' },
  { id: 'url', name: 'Link', hint: 'where to read it' },
  { id: 'id', name: 'Id', hint: 'its identifier where it came from' },
  { id: 'language', name: 'Language', hint: 'language code' },
  { id: 'reply', name: 'Reply', hint: 'what the owner answered' },
  { id: 'subject', name: 'Subject', hint: 'what it is about: a product, a film' },
  { id: 'kind', name: 'Kind', hint: 'review, post, comment or passage' },
];

const MODEL_KIND_NAMES = { bundled: 'Comes with Soundings', folder: 'From a folder', tuned: 'Tuned here' };
export const modelKindName = (id) => MODEL_KIND_NAMES[id] ?? capital(id);

/** What a label of a model can stand for. */
export const MEANINGS = [
  ...SENTIMENTS.map((id) => ({ id: `sentiment:${id}`, name: SENTIMENT_NAMES[id], group: 'Sentiment' })),
  ...EMOTIONS.map((id) => ({ id: `emotion:${id}`, name: EMOTION_NAMES[id], group: 'Emotion' })),
];

/** The likeliest label of a set of scores. */
export const topLabel = (scores) => Object.entries(scores ?? {}).reduce((best, e) => (!best || e[1] > best[1] ? e : best), null)?.[0] ?? null;

export const isFinal = (state) => state === 'succeeded' || state === 'dead' || state === 'cancelled';
