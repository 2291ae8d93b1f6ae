/**
 * The time axis of the charts, and the headline in words. Shares, intervals and verdicts come from the server (`stats`); what is
 * reckoned here says where something is drawn and how wide.
 */
import { count, percent, plural, range } from './format.js';

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
    rows.push(b ? { ...b, at: t } : { at: t, bucket: new Date(t).toISOString(), total: 0, negative: 0, neutral: 0, positive: 0, shares: {}, course: null });
  }
  return rows;
}

const read = (t) => t.sentiment.negative + t.sentiment.neutral + t.sentiment.positive;

/** "In the newest 30 days, 3 May – 2 Jun 2026, compared with the 30 days before": what the headline speaks of. */
function compared(window) {
  const days = Math.round((new Date(window.to) - new Date(window.from)) / DAY);
  const [now, then] = days >= 2 ? [`the newest ${count(days)} days`, `the ${count(days)} days before`] : ['the newest day', 'the day before'];
  return `In ${now}, ${range(window.from, window.to)} (${window.time_zone}), compared with ${then}`;
}

const VERBS = { doubled: 'doubled, from', rose: 'rose from', fell: 'fell from', halved: 'halved, from' };

/** "Negative share doubled, from 5% to 12%", where the server says that it moved. */
function moved(window, label, name, goodUp) {
  const { verdict } = window.change.sentiment[label];
  if (!VERBS[verdict]) return null;
  const up = verdict === 'rose' || verdict === 'doubled';
  const [then, now] = [window.previous, window.current].map((w) => percent(w.sentiment_shares[label].share));
  return { text: `${name} share ${VERBS[verdict]} ${then} to ${now}`, tone: up === goodUp ? 'good' : 'bad', detail: compared(window) };
}

/** Nothing moved, and there is enough on both sides to say so. */
function steady(window) {
  if (window.change.sentiment.negative.verdict !== 'steady') return null;
  const { negative, positive } = window.current.sentiment_shares;
  return { text: `Steady at ${percent(negative.share)} negative, ${percent(positive.share)} positive`, tone: 'plain', detail: compared(window) };
}

/**
 * The one fact to know first. That something changed is said only where the server says so: where the intervals are apart.
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
  const change = w && (moved(w, 'negative', 'Negative', false) ?? moved(w, 'positive', 'Positive', true) ?? steady(w));
  if (change) return change;
  const top = Math.max(negative, neutral, positive);
  const label = top === positive ? 'positive' : top === negative ? 'negative' : 'neutral';
  const share = (of) => summary.sentiment_shares[of].share;
  return { text: share(label) >= 0.5 ? `${percent(share(label))} of what people say is ${label}` : `Opinions are split: ${percent(share('positive'))} positive, ${percent(share('negative'))} negative`, tone: 'plain', detail: '' };
}
