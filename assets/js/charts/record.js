/** How often a challenger agreed, day by day: a readout, the plot, and the same as a table. */
import { html, useEffect, useMemo, useRef, useState } from '../../vendor/preact.js';
import { daysOf, kappaWord } from '../agreement.js';
import { count, date, hundredths, percent, plural } from '../format.js';
import { appearance } from '../state/prefs.js';
import { useStore } from '../state/store.js';
import { colour, font, loadEngine } from './engine.js';
import { PLOT, PLOT_HEIGHT, recordOption } from './record-option.js';

const look = () => ({ accent: colour('accent'), quiet: colour('ink-3'), line: colour('line'), axis: colour('line-2'), count: colour('line-2'), font: font() });

function usePlot(rows, theme) {
  const ref = useRef(null);
  const chart = useRef(null);
  useEffect(() => {
    let gone = false;
    let watcher = null;
    loadEngine().then(({ init }) => {
      if (gone || !ref.current) return;
      chart.current ??= init(ref.current, null, { renderer: 'svg' });
      chart.current.setOption(recordOption(rows, look()), { notMerge: true });
      watcher = new ResizeObserver(() => chart.current?.resize());
      watcher.observe(ref.current);
    });
    return () => { gone = true; watcher?.disconnect(); };
  }, [rows, theme]);
  useEffect(() => () => { chart.current?.dispose(); chart.current = null; }, []);
  return ref;
}

const said = (row) => (row.n ? `${percent(row.agreement)} agree${row.kappa == null ? '' : `, kappa ${hundredths(row.kappa)} (${kappaWord(row.kappa)})`}` : 'no text read by both');

function RecordTable({ rows }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Record by day, as a table"><table class="data" data-testid="record-table">
    <thead><tr><th scope="col">Day</th><th scope="col" class="num">Texts</th><th scope="col" class="num">Agreement</th><th scope="col" class="num">Kappa</th></tr></thead>
    <tbody>${rows.filter((r) => r.n).reverse().map((r) => html`<tr key=${r.day}><th scope="row">${date(r.at)}</th><td class="num">${count(r.n)}</td>
      <td class="num">${percent(r.agreement)}</td><td class="num">${r.kappa == null ? '–' : hundredths(r.kappa)}</td></tr>`)}</tbody></table></div>`;
}

/** One day is no course yet: it is said in words. */
function OneDay({ row }) {
  return html`<section class="section" aria-labelledby="record-title" data-testid="record"><h2 id="record-title">Record over time</h2>
    <p class="readout" data-testid="record-readout"><span class="readout-when">${date(row.at)}</span><span>${said(row)}</span><span class="quiet">n = ${count(row.n)}</span></p>
    <p class="small quiet">All of B’s readings are of one day. From the second day on this is a chart.</p></section>`;
}

export function Record({ record }) {
  return record.length > 1 ? html`<${Course} record=${record} />` : html`<${OneDay} row=${daysOf(record)[0]} />`;
}

function Course({ record }) {
  const rows = useMemo(() => daysOf(record), [record]);
  const theme = useStore(appearance);
  const [asTable, setTable] = useState(false);
  const [at, setAt] = useState(null);
  const plot = usePlot(rows, theme);
  const overlay = useRef(null);
  const last = rows.length - 1;
  const index = at == null ? last : Math.min(at, last);
  const row = rows[index];
  const indexAt = (event) => {
    const box = overlay.current.getBoundingClientRect();
    return Math.max(0, Math.min(last, Math.floor(((event.clientX - box.left - PLOT.left) / (box.width - PLOT.left - PLOT.right)) * rows.length)));
  };
  const keys = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -rows.length, End: rows.length }[event.key];
    if (step) { event.preventDefault(); setAt(Math.max(0, Math.min(last, index + step))); }
  };
  return html`<section class="section" aria-labelledby="record-title" data-testid="record"><div class="section-head"><h2 id="record-title">Record over time</h2>
    <span class="grow"></span><button class="text-button" type="button" aria-pressed=${asTable ? 'true' : 'false'} onClick=${() => setTable(!asTable)}
      data-testid="record-table-toggle">${asTable ? 'Chart' : 'Table'}</button></div>
    <div class="record-plot"><p class="readout" data-testid="record-readout"><span class="readout-when">${date(row.at)}</span><span>${said(row)}</span>
      <span class="quiet">n = ${count(row.n)}</span></p>
    <div class="plot" hidden=${asTable}><div ref=${plot} class="plot-canvas" style=${{ height: `${PLOT_HEIGHT}px` }} aria-hidden="true"></div>
      <div ref=${overlay} class="plot-overlay plain" role="slider" tabindex="0" aria-label="Day of the record" aria-valuemin="0" aria-valuemax=${last}
        aria-valuenow=${index} aria-valuetext=${`${date(row.at)}: ${said(row)}, ${plural(row.n, 'text')}`} onKeyDown=${keys}
        onPointerMove=${(e) => setAt(indexAt(e))} onPointerLeave=${() => setAt(null)} data-testid="record-slider">
        ${at != null && html`<span class="plot-rule" style=${{ left: `calc(${PLOT.left}px + (100% - ${PLOT.left + PLOT.right}px) * ${(index + 0.5) / rows.length})` }}></span>`}
      </div></div>
    ${asTable && html`<${RecordTable} rows=${rows} />`}
    <p class="tiny quiet chart-note">Share of the texts with the same label, by the day of B’s reading, with 95% intervals; bars are the number of texts.</p></div></section>`;
}
