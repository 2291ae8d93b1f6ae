/** The trend chart as ECharts wants it: shares with soft 95 % bands above, how many texts below. Pure: rows in, option out. */
import { axisName } from '../format.js';
import { band, bars, frame } from './frame.js';

export const PLOT = { left: 44, right: 64, top: 10, shares: 184, gap: 22, counts: 48, bottom: 24 };

/** With more buckets than this the line is drawn through several at a time, and each one is a faint dot. */
const CROWDED = 120;

/** How many buckets one point of the line pools; odd, so that it stands in their middle. */
export const poolSize = (rows) => (rows.length > CROWDED ? Math.max(3, 2 * Math.round(rows.length / CROWDED) + 1) : 1);

/** Each bucket with its neighbours' counts added, so that the line shows the course and not the noise of few texts. */
export function pooled(rows) {
  const half = (poolSize(rows) - 1) / 2;
  if (!half) return rows;
  return rows.map((row, i) => {
    const sum = { ...row, negative: 0, neutral: 0, positive: 0 };
    for (const r of rows.slice(Math.max(0, i - half), i + half + 1)) {
      sum.negative += r.negative;
      sum.neutral += r.neutral;
      sum.positive += r.positive;
    }
    return sum;
  });
}

const reads = (r) => r.negative + r.neutral + r.positive;

/** Share of one label per bucket; a bucket that nobody was read in has none. */
export function shares(rows, label) {
  return rows.map((r) => (reads(r) ? r[label] / reads(r) : null));
}

/** Where the ends of the two lines are named, in pixels from the top; never on top of each other. */
export function endLabels(rows) {
  const ends = ['positive', 'negative'].map((label) => {
    const last = shares(pooled(rows), label).findLast((v) => v != null);
    return last == null ? null : { label, top: PLOT.top + (1 - last) * PLOT.shares };
  }).filter(Boolean).sort((a, b) => a.top - b.top);
  if (ends.length === 2 && ends[1].top - ends[0].top < 16) {
    const middle = Math.min(PLOT.top + PLOT.shares - 8, Math.max(PLOT.top + 8, (ends[0].top + ends[1].top) / 2));
    ends[0].top = middle - 8;
    ends[1].top = middle + 8;
  }
  return ends;
}

/** A point between two gaps has no line to be seen by; it gets a mark. */
function lone(values, i) {
  return values[i] != null && values[i - 1] == null && values[i + 1] == null;
}

function line(rows, label, colour, { symbol, rotate = 0, dash = 'solid' }) {
  const values = shares(rows, label);
  return {
    type: 'line', z: 3, showAllSymbol: true, animation: false, silent: true, connectNulls: false,
    data: values.map((v, i) => ({ value: v, symbol: lone(values, i) || i === values.length - 1 ? symbol : 'none', symbolRotate: rotate, symbolSize: 8 })),
    lineStyle: { color: colour, width: 2, type: dash, cap: 'round', join: 'round' }, itemStyle: { color: colour },
  };
}

function dots(rows, label, colour) {
  return {
    type: 'line', z: 2, animation: false, silent: true, showAllSymbol: true, symbol: 'circle', symbolSize: 3,
    data: shares(rows, label), lineStyle: { width: 0 }, itemStyle: { color: colour, opacity: 0.28 },
  };
}

export function trendOption(rows, period, look) {
  const course = pooled(rows);
  const crowded = course !== rows;
  const counts = rows.map((r) => r.total);
  const pairs = (label) => course.map((r) => [r[label], reads(r)]);
  return {
    ...frame(PLOT, { names: rows.map((r) => axisName(r.bucket, period)), counts, interval: 0.25, named: [0, 0.5, 1], look }),
    series: [
      ...band(pairs('positive'), look.positive, 'p'),
      ...band(pairs('negative'), look.negative, 'n'),
      ...(crowded ? [dots(rows, 'positive', look.positive), dots(rows, 'negative', look.negative)] : []),
      line(course, 'positive', look.positive, { symbol: 'triangle' }),
      line(course, 'negative', look.negative, { symbol: 'triangle', rotate: 180 }),
      bars(counts, look),
    ],
  };
}
