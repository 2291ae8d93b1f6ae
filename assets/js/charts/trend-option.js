/** The trend chart as ECharts wants it: shares with soft 95 % bands above, how many texts below. Pure: rows in, option out. */
import { wilson } from '../figures.js';
import { axisName, shortCount } from '../format.js';

export const PLOT = { left: 44, right: 12, top: 10, shares: 184, gap: 22, counts: 48, bottom: 24 };
export const PLOT_HEIGHT = PLOT.top + PLOT.shares + PLOT.gap + PLOT.counts + PLOT.bottom;

const reads = (r) => r.negative + r.neutral + r.positive;

/** Share of one label per bucket; a bucket that nobody was read in has none. */
export function shares(rows, label) {
  return rows.map((r) => (reads(r) ? r[label] / reads(r) : null));
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
    type: 'line', z: 3, animation: false, silent: true, connectNulls: false,
    data: values.map((v, i) => ({ value: v, symbol: lone(values, i) || i === values.length - 1 ? symbol : 'none', symbolRotate: rotate, symbolSize: 8 })),
    lineStyle: { color: colour, width: 2, type: dash, cap: 'round', join: 'round' }, itemStyle: { color: colour },
  };
}

export function trendOption(rows, period, look) {
  const axis = { type: 'category', data: rows.map((r) => axisName(r.bucket, period)), boundaryGap: true, axisTick: { show: false } };
  const text = { color: look.quiet, fontSize: 12, fontFamily: look.font };
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
      { type: 'value', gridIndex: 1, min: 0, splitNumber: 1, minInterval: 1, axisLabel: { ...text, showMinLabel: false, formatter: (v) => shortCount(v) }, splitLine: { show: false } },
    ],
    series: [
      ...band(rows, 'positive', look.positive, 'p'),
      ...band(rows, 'negative', look.negative, 'n'),
      line(rows, 'positive', look.positive, { symbol: 'triangle' }),
      line(rows, 'negative', look.negative, { symbol: 'triangle', rotate: 180 }),
      { type: 'bar', xAxisIndex: 1, yAxisIndex: 1, animation: false, silent: true, barCategoryGap: rows.length > 120 ? '0%' : '24%', barMaxWidth: 24, itemStyle: { color: look.count, borderRadius: [1, 1, 0, 0] }, data: rows.map((r) => r.total || null) },
    ],
  };
}
