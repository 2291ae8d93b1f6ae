/** The challenger's record as ECharts wants it: agreement with its 95 % band above, texts per day below. */
import { axisName } from '../format.js';
import { band, bars, frame } from './frame.js';

export const PLOT = { left: 44, right: 24, top: 10, shares: 150, gap: 18, counts: 40, bottom: 24 };

export function recordOption(rows, look) {
  const counts = rows.map((r) => r.n);
  return {
    ...frame(PLOT, { names: rows.map((r) => axisName(r.at, 'day')), counts, interval: 0.5, named: [0, 0.5, 1], look }),
    series: [
      ...band(rows, look.accent, 'band'),
      { type: 'line', data: rows.map((r) => r.agreement), symbol: 'circle', symbolSize: 5, showAllSymbol: true, silent: true, animation: false, z: 3, lineStyle: { color: look.accent, width: 2 }, itemStyle: { color: look.accent } },
      bars(counts, look),
    ],
  };
}
