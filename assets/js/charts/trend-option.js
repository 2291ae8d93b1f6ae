/** The trend chart as ECharts wants it: shares with soft 95 % bands above, how many texts below. Pure: rows in, option out. */
import { axisName } from '../format.js';
import { band, bars, frame } from './frame.js';

export const PLOT = { left: 44, right: 64, top: 10, shares: 184, gap: 22, counts: 48, bottom: 24 };

/** One label per bucket, with its interval; a bucket that nobody was read in has none. */
const each = (rows, label) => rows.map((r) => r.shares[label] ?? null);

/** The line: of many buckets the server pools each with its neighbours, so that it shows the course and not the noise. */
const course = (rows, label) => rows.map((r) => (r.course ?? r.shares)[label] ?? null);

/** True where the line is a pooled one, and each bucket a faint dot. */
const crowded = (rows) => rows.some((r) => r.course);

/** Where the ends of the two lines are named, in pixels from the top; never on top of each other. */
export function endLabels(rows) {
  const ends = ['positive', 'negative'].map((label) => {
    const last = course(rows, label).findLast((e) => e != null)?.share;
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
  const values = course(rows, label).map((e) => e?.share ?? null);
  return {
    type: 'line', z: 3, showAllSymbol: true, animation: false, silent: true, connectNulls: crowded(rows),
    data: values.map((v, i) => ({ value: v, symbol: (lone(values, i) && !crowded(rows)) || i === values.length - 1 ? symbol : 'none', symbolRotate: rotate, symbolSize: 8 })),
    lineStyle: { color: colour, width: 2, type: dash, cap: 'round', join: 'round' }, itemStyle: { color: colour },
  };
}

function dots(rows, label, colour) {
  return {
    type: 'line', z: 2, animation: false, silent: true, showAllSymbol: true, symbol: 'circle', symbolSize: 3,
    data: each(rows, label).map((e) => e?.share ?? null), lineStyle: { width: 0 }, itemStyle: { color: colour, opacity: 0.28 },
  };
}

export function trendOption(rows, period, look) {
  const many = crowded(rows);
  const counts = rows.map((r) => r.total);
  return {
    ...frame(PLOT, { names: rows.map((r) => axisName(r.bucket, period)), counts, interval: 0.25, named: [0, 0.5, 1], look }),
    series: [
      ...band(course(rows, 'positive'), look.positive, 'p', many),
      ...band(course(rows, 'negative'), look.negative, 'n', many),
      ...(many ? [dots(rows, 'positive', look.positive), dots(rows, 'negative', look.negative)] : []),
      line(rows, 'positive', look.positive, { symbol: 'triangle' }),
      line(rows, 'negative', look.negative, { symbol: 'triangle', rotate: 180 }),
      bars(counts, look),
    ],
  };
}
