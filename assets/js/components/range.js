/**
 * Which stretch of time: the usual ones counted back from the newest dated text, so that old data is not an empty page; and
 * from the newest of the stretch that nearly all texts lie in, so that one dated 2062 by a slip does not empty it either.
 */
import { html } from '../../vendor/preact.js';
import { changed } from '../filter.js';
import { range } from '../format.js';

const DAY = 86400e3;
const CHOICES = [[0, 'All time'], [365, '12 months'], [90, '90 days'], [30, '30 days'], [7, '7 days']];

/** The day after the newest dated text, at midnight UTC. */
const endOf = (span) => Math.floor(Date.parse(span.to) / DAY) * DAY + DAY;
const iso = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');

function chosen(params, span) {
  const from = params.get('from');
  const to = params.get('to');
  if (!from && !to) return 0;
  if (from && to && span && Date.parse(to) === endOf(span)) {
    const days = Math.round((Date.parse(to) - Date.parse(from)) / DAY);
    if (CHOICES.some(([d]) => d === days)) return days;
  }
  return 'own';
}

export function RangeSelect({ params, span, onChange }) {
  if (!span) return null;
  const value = chosen(params, span);
  const choose = (event) => {
    const days = Number(event.target.value);
    onChange(changed(params, days ? { from: iso(endOf(span) - days * DAY), to: iso(endOf(span)) } : { from: null, to: null }));
  };
  return html`<label class="select"><span class="sr">Time</span><select onChange=${choose} value=${value} data-testid="range">
    ${CHOICES.map(([d, name]) => html`<option key=${d} value=${d}>${name}</option>`)}
    ${value === 'own' && html`<option value="own">${range(params.get('from') ?? span.from, params.get('to') ?? endOf(span))}
      </option>`}</select></label>`;
}
