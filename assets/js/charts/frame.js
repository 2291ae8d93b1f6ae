/** What the charts over time have in common, as ECharts wants it: shares above, counts below on the same moments. Pure. */
import { shortCount } from '../format.js';

/** @typedef {{left: number, right: number, top: number, shares: number, gap: number, counts: number, bottom: number}} Plot  in pixels */

/** @param {Plot} plot */
export const heightOf = (plot) => plot.top + plot.shares + plot.gap + plot.counts + plot.bottom;

/** A round number that is not under `n`. */
function roundUp(n) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 5, 10].map((k) => k * unit).find((k) => k >= n) ?? n;
}

/** Both grids with their axes; the shares are from 0 to 1 with a line at each `interval`, of which `named` have a number. */
export function frame(plot, { names, counts, interval, named, look }) {
  const text = { color: look.quiet, fontSize: 12, fontFamily: look.font };
  const most = roundUp(Math.max(1, ...counts));
  const axis = { type: 'category', data: names, boundaryGap: true, axisTick: { show: false }, axisLine: { lineStyle: { color: look.axis } } };
  const ends = { hideOverlap: true, showMinLabel: true, alignMinLabel: 'left', showMaxLabel: true, alignMaxLabel: 'right', margin: 8 };
  return {
    animation: false,
    textStyle: { fontFamily: look.font },
    grid: [
      { left: plot.left, right: plot.right, top: plot.top, height: plot.shares },
      { left: plot.left, right: plot.right, top: plot.top + plot.shares + plot.gap, height: plot.counts },
    ],
    xAxis: [{ ...axis, gridIndex: 0, axisLabel: { show: false } }, { ...axis, gridIndex: 1, axisLabel: { ...text, ...ends } }],
    yAxis: [
      { type: 'value', gridIndex: 0, min: 0, max: 1, interval, axisLabel: { ...text, formatter: (v) => (named.includes(v) ? `${v * 100}%` : '') }, splitLine: { lineStyle: { color: look.line } } },
      { type: 'value', gridIndex: 1, min: 0, max: most, interval: most, axisLabel: { ...text, showMinLabel: false, formatter: (v) => shortCount(v) }, splitLine: { show: false } },
    ],
  };
}

const still = { animation: false, silent: true };

/** The interval of each share as a soft band; where there is no share there is none. `joined` goes on across such places. */
export function band(estimates, colour, id, joined = false) {
  const base = { ...still, type: 'line', stack: id, symbol: 'none', connectNulls: joined, lineStyle: { opacity: 0 }, z: 1 };
  return [
    { ...base, data: estimates.map((e) => e?.low ?? null) },
    { ...base, data: estimates.map((e) => (e?.low == null ? null : e.high - e.low)), areaStyle: { color: colour, opacity: 0.09 } },
  ];
}

/** How many texts there were, below; many buckets stand without a space between them. */
export function bars(counts, look) {
  return {
    ...still, type: 'bar', xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: counts.length > 120 ? '0%' : '24%', barMaxWidth: 24,
    itemStyle: { color: look.count, borderRadius: [1, 1, 0, 0] }, data: counts.map((n) => n || null),
  };
}
