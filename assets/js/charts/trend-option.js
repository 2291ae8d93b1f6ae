/** The trend chart as ECharts wants it: shares with soft 95 % bands above, how many texts below. Pure: rows in, option out. */
import { wilson } from '../figures.js';
import { axisName, shortCount } from '../format.js';

export const PLOT = { left: 44, right: 64, top: 10, shares: 184, gap: 22, counts: 48, bottom: 24 };
/** A round number that is not under `n`. */
function roundUp(n) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 5, 10].map((k) => k * unit).find((k) => k >= n) ?? n;
}

export const PLOT_HEIGHT = PLOT.top + PLOT.shares + PLOT.gap + PLOT.counts + PLOT.bottom;

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

function band(rows, label, colour, id) {
  const low = [];
  const width = [];
  for (const r of rows) {
    const w = wilson(r[label], reads(r));
    low.push(w ? w[0] : null);
    width.push(w ? w[1] - w[0] : null);
  }
  const base = { type: 'line', stack: id, symbol: 'none', silent: true, lineStyle: { opacity: 0 }, animation: false, z: 1 };
  return [{ ...base, data: low }, { ...base, data: width, areaStyle: { color: colour, opacity: 0.09 } }];
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
  const axis = { type: 'category', data: rows.map((r) => axisName(r.bucket, period)), boundaryGap: true, axisTick: { show: false } };
  const text = { color: look.quiet, fontSize: 12, fontFamily: look.font };
  const most = roundUp(Math.max(1, ...rows.map((r) => r.total)));
  const top2 = PLOT.top + PLOT.shares + PLOT.gap;
  return {
    animation: false,
    textStyle: { fontFamily: look.font },
    grid: [
      { left: PLOT.left, right: PLOT.right, top: PLOT.top, height: PLOT.shares },
      { left: PLOT.left, right: PLOT.right, top: top2, height: PLOT.counts },
    ],
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false }, axisLine: { lineStyle: { color: look.axis } } },
      { ...axis, gridIndex: 1, axisLine: { lineStyle: { color: look.axis } }, axisLabel: { ...text, hideOverlap: true, showMinLabel: true, alignMinLabel: 'left', showMaxLabel: true, alignMaxLabel: 'right', margin: 8 } },
    ],
    yAxis: [
      { type: 'value', gridIndex: 0, min: 0, max: 1, interval: 0.25, axisLabel: { ...text, formatter: (v) => (v === 0.25 || v === 0.75 ? '' : `${v * 100}%`) }, splitLine: { lineStyle: { color: look.line } } },
      { type: 'value', gridIndex: 1, min: 0, max: most, interval: most, axisLabel: { ...text, showMinLabel: false, formatter: (v) => shortCount(v) }, splitLine: { show: false } },
    ],
    series: [
      ...band(course, 'positive', look.positive, 'p'),
      ...band(course, 'negative', look.negative, 'n'),
      ...(crowded ? [dots(rows, 'positive', look.positive), dots(rows, 'negative', look.negative)] : []),
      line(course, 'positive', look.positive, { symbol: 'triangle' }),
      line(course, 'negative', look.negative, { symbol: 'triangle', rotate: 180 }),
      { type: 'bar', xAxisIndex: 1, yAxisIndex: 1, animation: false, silent: true, barCategoryGap: rows.length > 120 ? '0%' : '24%', barMaxWidth: 24, itemStyle: { color: look.count, borderRadius: [1, 1, 0, 0] }, data: rows.map((r) => r.total || null) },
    ],
  };
}
