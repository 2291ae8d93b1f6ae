/** The rows that could not become texts: where they are in the file and why. */
import { html, useState } from '../../vendor/preact.js';
import { readText, url } from '../api.js';
import { count, plural } from '../format.js';
import { onDownload } from '../state/actions.js';
import { Failure, Skeleton, sentence } from './states.js';

const MOST = 100;
const CUT = 240;

/** Comma-separated values as RFC 4180 has them; the first line names the columns. */
export function parseCsv(text) {
  const rows = [[]];
  const cells = /(,|\r?\n|^)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g;
  for (const [, before, quoted, plain] of text.matchAll(cells)) {
    if (before.endsWith('\n')) rows.push([]);
    rows.at(-1).push(quoted == null ? plain : quoted.replaceAll('""', '"'));
  }
  const [head, ...body] = rows.filter((r) => r.some(Boolean));
  return body.map((r) => Object.fromEntries((head ?? []).map((name, i) => [name, r[i] ?? ''])));
}

function Table({ rows }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Rejected rows"><table class="data rejected-table">
    <thead><tr><th scope="col" class="num">Line</th><th scope="col">Column</th><th scope="col">Reason</th><th scope="col">Row</th>
    </tr></thead>
    <tbody>${rows.slice(0, MOST).map((r, i) => html`<tr key=${i}><td class="num">${r.line}</td><td><bdi>${r.column}</bdi></td>
      <td class="break">${sentence(r.reason)}</td>
      <td class="break quiet" dir="auto">${r.row?.length > CUT ? `${r.row.slice(0, CUT)}…` : r.row}</td></tr>`)}</tbody></table></div>
    ${rows.length > MOST && html`<p class="tiny quiet">The first ${count(MOST)}; the file has them all.</p>`}`;
}

export function Rejected({ record }) {
  const [state, setState] = useState({ open: false, rows: null, error: null });
  const address = url(`/imports/${record.id}/rejected.csv`);
  const load = async () => {
    setState({ open: true, rows: null, error: null });
    try {
      setState({ open: true, rows: parseCsv(await readText(address)), error: null });
    } catch (error) { setState({ open: true, rows: null, error }); }
  };
  const toggle = () => (state.open ? setState({ ...state, open: false }) : load());
  return html`<div class="rejected"><p class="note bad row wrap" data-testid="import-rejected"><span class="grow">
    ${count(record.rejected)} of ${plural(record.rows, 'row')} could not be read.</span>
      <button class="text-button" type="button" aria-expanded=${state.open ? 'true' : 'false'} onClick=${toggle}
        data-testid="rejected-show">${state.open ? 'Hide them' : 'Show them'}</button>
      <a class="inline" href=${address} download="rejected.csv" onClick=${onDownload('rejected.csv')}>Download</a></p>
    ${state.open && (state.error ? html`<${Failure} error=${state.error} onRetry=${load} compact />`
      : state.rows ? html`<${Table} rows=${state.rows} />` : html`<${Skeleton} lines=${3} />`)}</div>`;
}
