/** Arithmetic behind the charts and the headline: numbers in, numbers and facts out. */
import { count, percent, plural, range } from './format.js';

const Z = 1.96;

/** Wilson's 95 % interval of a share; `null` where nobody answered. */
export function wilson(hits, n) {
  if (!n) return null;
  const p = hits / n;
  const z2 = (Z * Z) / n;
  const middle = (p + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n))) / (1 + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** True where two shares differ by more than chance would explain (two-sided, 95 %), and each has enough behind it. */
export function differs(hitsA, nA, hitsB, nB) {
  if (nA < 20 || nB < 20) return false;
  const pooled = (hitsA + hitsB) / (nA + nB);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / nA + 1 / nB));
  return error > 0 && Math.abs(hitsA / nA - hitsB / nB) / error > Z;
}

const HOUR = 3600e3;
const DAY = 86400e3;

/** The period that draws a span in a readable number of buckets. */
export function fittingPeriod(from, to) {
  const days = (new Date(to) - new Date(from)) / DAY;
  if (!(days > 0)) return 'day';
  if (days < 2) return 'hour';
  if (days <= 62) return 'day';
  if (days <= 800) return 'week';
  return days <= 12000 ? 'month' : 'year';
}

/** The first moment of the bucket after this one. */
export function nextBucket(ms, period) {
  if (period === 'hour') return ms + HOUR;
  if (period === 'day') return ms + DAY;
  if (period === 'week') return ms + 7 * DAY;
  const d = new Date(ms);
  const next = new Date(0);
  // Not Date.UTC: it takes the years before 100 for those of the last century.
  if (period === 'year') next.setUTCFullYear(d.getUTCFullYear() + 1, 0, 1);
  else next.setUTCFullYear(d.getUTCFullYear(), d.getUTCMonth() + 1, 1);
  return next.getTime();
}

/** Buckets without holes in time: one that nobody wrote in has `total: 0` and becomes a gap, not zero percent. */
export function filled(buckets, period) {
  if (!buckets.length) return [];
  const known = new Map(buckets.map((b) => [Date.parse(b.bucket), b]));
  const times = [...known.keys()].sort((a, b) => a - b);
  const rows = [];
  // The server sends no more than a screen has room for, from the first bucket to the last.
  for (let t = times[0]; t <= times[times.length - 1]; t = nextBucket(t, period)) {
    const b = known.get(t);
    rows.push(b ? { ...b, at: t } : { at: t, bucket: new Date(t).toISOString(), total: 0, negative: 0, neutral: 0, positive: 0 });
  }
  return rows;
}

const read = (t) => t.sentiment.negative + t.sentiment.neutral + t.sentiment.positive;

/** "In the newest 30 days, 3 May – 2 Jun 2026, compared with the 30 days before": what the headline speaks of. */
function compared(window) {
  const days = Math.round((new Date(window.to) - new Date(window.from)) / DAY);
  const [now, then] = days >= 2 ? [`the newest ${count(days)} days`, `the ${count(days)} days before`] : ['the newest day', 'the day before'];
  return `In ${now}, ${range(window.from, window.to)}, compared with ${then}`;
}

/**
 * The one fact to know first. Says that something changed only where chance does not explain it.
 * @returns {{text: string, tone: 'good'|'bad'|'plain', detail: string}}
 */
export function headline(summary) {
  const n = read(summary);
  if (!summary.items) return { text: 'Nothing here yet', tone: 'plain', detail: '' };
  // A model without sentiments leaves only what people set: too little to speak for all.
  if (n < summary.analyzed / 2) return { text: `${plural(summary.analyzed, 'text')} read for emotion`, tone: 'plain', detail: 'The model that counts gives no sentiment.' };
  if (!n) {
    return summary.pending
      ? { text: `${plural(summary.items, 'text')} stored, none read yet`, tone: 'plain', detail: '' }
      : { text: `${plural(summary.items, 'text')} stored, none that the model can read`, tone: 'plain', detail: '' };
  }
  const { negative, neutral, positive } = summary.sentiment;
  if (n < 10) {
    const parts = [[positive, 'positive'], [neutral, 'neutral'], [negative, 'negative']].filter(([k]) => k > 0).map(([k, w]) => `${count(k)} ${w}`);
    return { text: `${plural(n, 'text')} read so far: ${parts.join(', ')}`, tone: 'plain', detail: 'Too few to call a share.' };
  }
  const w = summary.window;
  if (w?.current && w?.previous) {
    const a = read(w.current);
    const b = read(w.previous);
    const now = a ? w.current.sentiment.negative / a : 0;
    const then = b ? w.previous.sentiment.negative / b : 0;
    const detail = compared(w);
    if (differs(w.current.sentiment.negative, a, w.previous.sentiment.negative, b)) {
      const up = now > then;
      const text = up && now >= 1.8 * then ? `Negative share doubled, from ${percent(then)} to ${percent(now)}`
        : `Negative share ${up ? 'rose' : 'fell'} from ${percent(then)} to ${percent(now)}`;
      return { text, tone: up ? 'bad' : 'good', detail };
    }
    const nowUp = a ? w.current.sentiment.positive / a : 0;
    const thenUp = b ? w.previous.sentiment.positive / b : 0;
    if (differs(w.current.sentiment.positive, a, w.previous.sentiment.positive, b)) {
      const up = nowUp > thenUp;
      return { text: `Positive share ${up ? 'rose' : 'fell'} from ${percent(thenUp)} to ${percent(nowUp)}`, tone: up ? 'good' : 'bad', detail };
    }
    if (a >= 20 && b >= 20) return { text: `Steady at ${percent(now)} negative, ${percent(nowUp)} positive`, tone: 'plain', detail };
  }
  const top = Math.max(negative, neutral, positive);
  const label = top === positive ? 'positive' : top === negative ? 'negative' : 'neutral';
  const share = top / n;
  return { text: share >= 0.5 ? `${percent(share)} of what people say is ${label}` : `Opinions are split: ${percent(positive / n)} positive, ${percent(negative / n)} negative`, tone: 'plain', detail: '' };
}
