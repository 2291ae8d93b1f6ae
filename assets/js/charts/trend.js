/** Sentiment over time: a readout, the plot, and the same as a table. The moment is a slider: pointer or arrow keys move it. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../../vendor/preact.js';
import { filled, nextBucket } from '../figures.js';
import { bucketName, count, percent, plural } from '../format.js';
import { colour, font, loadEngine } from './engine.js';
import { SentimentMark } from './mark.js';
import { PLOT, PLOT_HEIGHT, endLabels, poolSize, trendOption } from './trend-option.js';

const reads = (r) => r.negative + r.neutral + r.positive;
const look = () => ({
  positive: colour('positive'), negative: colour('negative'), quiet: colour('ink-3'), line: colour('line'), axis: colour('line-2'), count: colour('line-2'), font: font(),
});

function usePlot(rows, period, theme) {
  const ref = useRef(null);
  const chart = useRef(null);
  useEffect(() => {
    let gone = false;
    let watcher = null;
    loadEngine().then(({ init }) => {
      if (gone || !ref.current) return;
      chart.current ??= init(ref.current, null, { renderer: 'svg' });
      chart.current.setOption(trendOption(rows, period, look()), { notMerge: true });
      watcher = new ResizeObserver(() => chart.current?.resize());
      watcher.observe(ref.current);
    });
    return () => { gone = true; watcher?.disconnect(); };
  }, [rows, period, theme]);
  useEffect(() => () => { chart.current?.dispose(); chart.current = null; }, []);
  return ref;
}

function Readout({ row, period }) {
  const n = reads(row);
  return html`<p class="readout" data-testid="trend-readout"><span class="readout-when">${bucketName(row.bucket, period)}</span>
    ${n > 0 ? html`<span class="row readout-value"><${SentimentMark} id="positive" />${percent(row.positive / n)} positive</span>
      <span class="row readout-value"><${SentimentMark} id="negative" />
        ${percent(row.negative / n)} negative</span>` : html`<span class="quiet">${row.total ? 'none of them read' : 'nobody wrote'}
        </span>`}
    <span class="quiet">n = ${count(row.total)}</span></p>`;
}

/** Words for who cannot see the plot. */
function summaryOf(rows, period) {
  const some = rows.filter((r) => reads(r) > 0);
  if (!some.length) return 'No dated texts have been read.';
  const first = some[0];
  const last = some[some.length - 1];
  const worst = some.reduce((a, b) => (b.negative / reads(b) > a.negative / reads(a) ? b : a));
  return `${plural(some.length, period)} with texts, from ${bucketName(first.bucket, period)} to ${bucketName(last.bucket, period)}. `
    + `Negative share ${percent(first.negative / reads(first))} at first, ${percent(last.negative / reads(last))} at last, highest ${percent(worst.negative / reads(worst))} (${bucketName(worst.bucket, period)}, n = ${reads(worst)}).`;
}

/** @param {{buckets: any[], period: string, hrefOf: (from: string, to: string) => string, asTable: boolean, theme: string, onOpen: (href: string) => void}} props */
export function Trend({ buckets, period, hrefOf, asTable, theme, onOpen }) {
  const [{ rows, cut }, setRows] = useState(() => filled(buckets, period));
  useLayoutEffect(() => setRows(filled(buckets, period)), [buckets, period]);
  const [at, setAt] = useState(null);
  const plot = usePlot(rows, period, theme);
  const overlay = useRef(null);
  const last = rows.length - 1;
  const index = at == null ? last : Math.min(at, last);
  const row = rows[index];
  if (!row) return null;

  const place = (i) => `calc(${PLOT.left}px + (100% - ${PLOT.left + PLOT.right}px) * ${(i + 0.5) / rows.length})`;
  const indexAt = (event) => {
    const box = overlay.current.getBoundingClientRect();
    const share = (event.clientX - box.left - PLOT.left) / (box.width - PLOT.left - PLOT.right);
    return Math.max(0, Math.min(last, Math.floor(share * rows.length)));
  };
  const open = (i) => { if (rows[i].total) onOpen(hrefOf(new Date(rows[i].at).toISOString(), new Date(nextBucket(rows[i].at, period)).toISOString())); };
  const keys = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -rows.length, End: rows.length }[event.key];
    if (step) { event.preventDefault(); setAt(Math.max(0, Math.min(last, index + step))); }
    if (event.key === 'Enter') open(index);
  };
  return html`<div class="trend">
    <${Readout} row=${row} period=${period} />
    ${!asTable && html`<p class="sr">${summaryOf(rows, period)}</p>`}
    <div class="plot" hidden=${asTable}>
      <div ref=${plot} class="plot-canvas" style=${{ height: `${PLOT_HEIGHT}px` }} aria-hidden="true"></div>
      <div ref=${overlay} class="plot-overlay" role="slider" tabindex="0" aria-label="Moment of the trend; Enter opens its texts"
        aria-valuemin="0" aria-valuemax=${last} aria-valuenow=${index}
        aria-valuetext=${`${bucketName(row.bucket, period)}: ${reads(row) ? `${percent(row.positive / reads(row))} positive, ${percent(row.negative / reads(row))} negative, ` : ''}${plural(row.total, 'text')}`}
        data-testid="trend-slider" onKeyDown=${keys} onPointerMove=${(e) => setAt(indexAt(e))} onPointerLeave=${() => setAt(null)} onClick=${(e) => open(indexAt(e))}>
        ${endLabels(rows).map((e) => html`<span key=${e.label} class=${`plot-label ${e.label}`}
          style=${{ top: `${e.top}px`, left: `calc(100% - ${PLOT.right - 2}px)` }} aria-hidden="true">${e.label === 'positive'
          ? 'Positive' : 'Negative'}</span>`)}
        ${at != null && html`<span class="plot-rule" style=${{ left: place(index) }}></span>`}
      </div>
    </div>
    ${asTable && html`<${TrendTable} rows=${rows} period=${period} hrefOf=${hrefOf} />`}
    ${!asTable && poolSize(rows) > 1 && html`<p
      class="tiny quiet">Lines pool ${poolSize(rows)} ${period}s each; dots are single ${period}s.</p>`}
    ${cut && html`<p class="tiny quiet">Showing the newest ${count(rows.length)} of more ${period}s; a longer period shows all.</p>`}
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
