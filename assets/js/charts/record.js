/** How often a challenger agreed, day by day: a readout, the plot, and the same as a table. */
import { html, useMemo, useState } from '../../vendor/preact.js';
import { daysOf } from '../agreement.js';
import { count, date, hundredths, percent, plural } from '../format.js';
import { appearance } from '../state/prefs.js';
import { useStore } from '../state/store.js';
import { Plot, useMoment } from './plot.js';
import { PLOT, recordOption } from './record-option.js';

const COLOURS = { accent: 'accent' };
const said = (row) => (row.n ? `${percent(row.agreement)} agree${row.kappa == null ? '' : `, kappa ${hundredths(row.kappa)} (${row.kappa_words})`}` : 'no text read by both');

function RecordTable({ rows }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Record by day, as a table"><table class="data" data-testid="record-table">
    <thead><tr><th scope="col">Day</th><th scope="col" class="num">Texts</th><th scope="col" class="num">Agreement</th><th scope="col" class="num">Kappa</th></tr></thead>
    <tbody>${rows.filter((r) => r.n).reverse().map((r) => html`<tr key=${r.day}><th scope="row">${date(r.at)}</th><td class="num">${count(r.n)}</td>
      <td class="num">${percent(r.agreement)}</td><td class="num">${r.kappa == null ? '–' : hundredths(r.kappa)}</td></tr>`)}</tbody></table></div>`;
}

const Readout = ({ row }) => html`<p class="readout" data-testid="record-readout"><span class="readout-when">${date(row.at)}</span>
  <span>${said(row)}</span><span class="quiet">n = ${count(row.n)}</span></p>`;

/** One day is no course yet: it is said in words. */
function OneDay({ row }) {
  return html`<section class="section" aria-labelledby="record-title" data-testid="record"><h2 id="record-title">Record over time</h2>
    <${Readout} row=${row} />
    <p class="small quiet">All of B’s readings are of one day. From the second day on this is a chart.</p></section>`;
}

export function Record({ record }) {
  return record.length > 1 ? html`<${Course} record=${record} />` : html`<${OneDay} row=${daysOf(record)[0]} />`;
}

function Course({ record }) {
  const rows = useMemo(() => daysOf(record), [record]);
  const theme = useStore(appearance);
  const [asTable, setTable] = useState(false);
  const moment = useMoment(rows.length);
  const row = rows[moment.index];
  return html`<section class="section" aria-labelledby="record-title" data-testid="record"><div class="section-head"><h2 id="record-title">Record over time</h2>
    <span class="grow"></span><button class="text-button" type="button" aria-pressed=${asTable ? 'true' : 'false'} onClick=${() => setTable(!asTable)}
      data-testid="record-table-toggle">${asTable ? 'Chart' : 'Table'}</button></div>
    <div class="record-plot"><${Readout} row=${row} />
    <${Plot} place=${PLOT} moment=${moment} option=${(look) => recordOption(rows, look)} colours=${COLOURS} inputs=${[rows, theme]} name="Day of the record"
      value=${`${date(row.at)}: ${said(row)}, ${plural(row.n, 'text')}`} testid="record-slider" hidden=${asTable} />
    ${asTable && html`<${RecordTable} rows=${rows} />`}
    <p class="tiny quiet chart-note">Share of the texts with the same label, by the day of B’s reading, with 95% intervals; bars are the number of texts.</p></div></section>`;
}
