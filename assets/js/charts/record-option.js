/** The challenger's record as ECharts wants it: agreement with its 95 % band above, texts per day below. */
import { wilson } from '../figures.js';
import { axisName, shortCount } from '../format.js';

export const PLOT = { left: 44, right: 24, top: 10, shares: 150, gap: 18, counts: 40, bottom: 24 };
export const PLOT_HEIGHT = PLOT.top + PLOT.shares + PLOT.gap + PLOT.counts + PLOT.bottom;

export function recordOption(rows, look) {
  const text = { color: look.quiet, fontSize: 12, fontFamily: look.font };
  const most = Math.max(1, ...rows.map((r) => r.n));
  const intervals = rows.map((r) => (r.n ? wilson(r.agreement * r.n, r.n) : null));
  const axis = { type: 'category', data: rows.map((r) => axisName(r.at, 'day')), axisTick: { show: false }, axisLine: { lineStyle: { color: look.axis } } };
  const band = { type: 'line', stack: 'band', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, animation: false, z: 1 };
  return {
    animation: false,
    textStyle: { fontFamily: look.font },
    grid: [
      { left: PLOT.left, right: PLOT.right, top: PLOT.top, height: PLOT.shares },
      { left: PLOT.left, right: PLOT.right, top: PLOT.top + PLOT.shares + PLOT.gap, height: PLOT.counts },
    ],
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false } },
      { ...axis, gridIndex: 1, axisLabel: { ...text, hideOverlap: true, margin: 8, showMinLabel: true, alignMinLabel: 'left', showMaxLabel: true, alignMaxLabel: 'right' } },
    ],
    yAxis: [
      { type: 'value', gridIndex: 0, min: 0, max: 1, interval: 0.5, axisLabel: { ...text, formatter: (v) => `${v * 100}%` }, splitLine: { lineStyle: { color: look.line } } },
      { type: 'value', gridIndex: 1, min: 0, max: most, interval: most, axisLabel: { ...text, showMinLabel: false, formatter: shortCount }, splitLine: { show: false } },
    ],
    series: [
      { ...band, data: intervals.map((w) => (w ? w[0] : null)) },
      { ...band, data: intervals.map((w) => (w ? w[1] - w[0] : null)), areaStyle: { color: look.accent, opacity: 0.1 } },
      { type: 'line', data: rows.map((r) => r.agreement), symbol: 'circle', symbolSize: 5, showAllSymbol: true, silent: true, animation: false, z: 3, lineStyle: { color: look.accent, width: 2 }, itemStyle: { color: look.accent } },
      { type: 'bar', xAxisIndex: 1, yAxisIndex: 1, data: rows.map((r) => r.n || null), silent: true, animation: false, barMaxWidth: 24, barCategoryGap: '24%', itemStyle: { color: look.count, borderRadius: [1, 1, 0, 0] } },
    ],
  };
}
