/** Sentiment over time: a readout, the plot, and the same as a table. The moment is a slider: pointer or arrow keys move it. */
import { html, useLayoutEffect, useState } from '../../vendor/preact.js';
import { filled, nextBucket } from '../figures.js';
import { bucketName, count, percent, plural } from '../format.js';
import { SentimentMark } from './mark.js';
import { Plot, useMoment } from './plot.js';
import { PLOT, endLabels, trendOption } from './trend-option.js';

const COLOURS = { positive: 'positive', negative: 'negative' };
const reads = (r) => r.negative + r.neutral + r.positive;

function Readout({ row, period }) {
  const n = reads(row);
  return html`<p class="readout" data-testid="trend-readout"><span class="readout-when">${bucketName(row.bucket, period)}</span>
    ${n > 0 ? html`<span class="row readout-value"><${SentimentMark} id="positive" />${percent(row.shares.positive.share)} positive</span>
      <span class="row readout-value"><${SentimentMark} id="negative" />
        ${percent(row.shares.negative.share)} negative</span>` : html`<span class="quiet">${row.total ? 'none of them read' : 'nobody wrote'}
        </span>`}
    <span class="quiet">n = ${count(row.total)}</span></p>`;
}

/** Words for who cannot see the plot. */
function summaryOf(rows, period) {
  const some = rows.filter((r) => reads(r) > 0);
  if (!some.length) return 'No dated texts have been read.';
  const first = some[0];
  const last = some[some.length - 1];
  const negative = (r) => r.shares.negative.share;
  const worst = some.reduce((a, b) => (negative(b) > negative(a) ? b : a));
  return `${plural(some.length, period)} with texts, from ${bucketName(first.bucket, period)} to ${bucketName(last.bucket, period)}. `
    + `Negative share ${percent(negative(first))} at first, ${percent(negative(last))} at last, highest ${percent(negative(worst))} (${bucketName(worst.bucket, period)}, n = ${reads(worst)}).`;
}

/** The moment as the slider says it. */
function wordsOf(row, period) {
  const n = reads(row);
  const shares = n ? `${percent(row.shares.positive.share)} positive, ${percent(row.shares.negative.share)} negative, ` : '';
  return `${bucketName(row.bucket, period)}: ${shares}${plural(row.total, 'text')}`;
}

/** @param {{buckets: any[], pooled: number, period: string, hrefOf: (from: string, to: string) => string, asTable: boolean, theme: string, onOpen: (href: string) => void}} props */
export function Trend({ buckets, pooled, period, hrefOf, asTable, theme, onOpen }) {
  const [rows, setRows] = useState(() => filled(buckets, period));
  useLayoutEffect(() => setRows(filled(buckets, period)), [buckets, period]);
  const moment = useMoment(rows.length);
  const row = rows[moment.index];
  if (!row) return null;
  const open = (i) => { if (rows[i].total) onOpen(hrefOf(new Date(rows[i].at).toISOString(), new Date(nextBucket(rows[i].at, period)).toISOString())); };
  return html`<div class="trend">
    <${Readout} row=${row} period=${period} />
    ${!asTable && html`<p class="sr">${summaryOf(rows, period)}</p>`}
    <${Plot} place=${PLOT} moment=${moment} option=${(look) => trendOption(rows, period, look)} colours=${COLOURS} inputs=${[rows, period, theme]}
      name="Moment of the trend; Enter opens its texts" value=${wordsOf(row, period)} testid="trend-slider" hidden=${asTable} onOpen=${open}>
      ${endLabels(rows).map((e) => html`<span key=${e.label} class=${`plot-label ${e.label}`}
        style=${{ top: `${e.top}px`, left: `calc(100% - ${PLOT.right - 2}px)` }} aria-hidden="true">${e.label === 'positive'
        ? 'Positive' : 'Negative'}</span>`)}<//>
    ${asTable && html`<${TrendTable} rows=${rows} period=${period} hrefOf=${hrefOf} />`}
    ${!asTable && pooled > 1 && html`<p
      class="tiny quiet">Lines pool ${count(pooled)} ${period}s each; dots are single ${period}s.</p>`}
  </div>`;
}

function TrendTable({ rows, period, hrefOf }) {
  const some = rows.filter((r) => r.total > 0).reverse();
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Sentiment over time, as a table">
    <table class="data" data-testid="trend-table"><thead><tr><th scope="col">${period[0].toUpperCase() + period.slice(1)}</th>
    <th scope="col" class="num">Texts</th><th scope="col" class="num">Positive</th><th scope="col" class="num">Neutral</th>
      <th scope="col" class="num">Negative</th></tr></thead>
    <tbody>${some.map((r) => html`<tr key=${r.at}><th scope="row">
      <a href=${hrefOf(new Date(r.at).toISOString(), new Date(nextBucket(r.at, period)).toISOString())}>
      ${bucketName(r.bucket, period)}</a></th>
      <td class="num">${count(r.total)}</td><td class="num">${count(r.positive)}</td><td class="num">${count(r.neutral)}</td>
        <td class="num">${count(r.negative)}</td></tr>`)}</tbody></table></div>`;
}
