/** A file in: choose, look, correct, start, watch, undo. */
import { html } from '../../vendor/preact.js';
import { FileDrop } from '../components/file-drop.js';
import { ImportLive, undoImport } from '../components/import-live.js';
import { ImportPreview, Uploading } from '../components/import-preview.js';
import { Empty, Failure, Shown, Skeleton } from '../components/states.js';
import { ago, count, plural } from '../format.js';
import { navigate, useRoute } from '../router.js';
import { useImporting } from '../state/importing.js';
import { jobs } from '../state/live.js';
import { useResource } from '../state/resource.js';
import { importStateName } from '../words.js';

const reading = (record) => record.state === 'done' && record.pending > 0;

function Earlier({ open }) {
  const resource = useResource('/imports', { limit: 50 }, { watch: [jobs] });
  return html`<section class="section" aria-labelledby="earlier-title"><h2 id="earlier-title">Earlier imports</h2>
    <${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${3} height=${40} gap=${16} />`}>
      ${(rows, meta) => (rows.length ? html`<ul class="lines" data-testid="imports">
      ${rows.map((r) => html`<li key=${r.id} class=${r.id === open ? 'line current' : 'line'}>
      <a class="line-link" href=${`/import?import=${encodeURIComponent(r.id)}`} data-list-item data-testid="import-row">
        <span class="line-name"><strong class="clip"><bdi>${r.file}</bdi></strong><span class="small quiet clip">into <bdi>
        ${r.collection}</bdi></span></span>
        <span class="line-figures small"><span>${plural(r.rows, 'row')}</span><span class="quiet">
          ${count(r.inserted)} new${r.updated ? `, ${count(r.updated)} updated` : ''}${r.rejected ? html`, <span class="bad-text">
          ${count(r.rejected)} rejected</span>` : ''}</span></span>
        <span class="line-state small"><span class=${`state-word ${reading(r) ? 'running' : r.state}`}>
          ${reading(r) ? 'Reading' : importStateName(r.state)}</span></span>
        <span class="line-when small quiet">${ago(r.created_at)}</span></a>
      <span class="line-act">
        ${['done', 'failed', 'cancelled'].includes(r.state) && html`<button class="text-button small" type="button" data-right="write"
          onClick=${() => undoImport(r)} aria-label=${`Undo import of ${r.file}`}
          data-testid="import-row-undo">Undo</button>`}</span></li>`)}</ul>${meta.total > rows.length && html`<p
          class="tiny quiet">The newest ${rows.length} of ${count(meta.total)}.</p>`}`
      : html`<${Empty} title="No imports yet">Each one is listed here and can be undone.<//>`)}<//></section>`;
}

export function Import() {
  const { params } = useRoute();
  const open = params.get('import');
  const { state, dispatch, choose, start, reset } = useImporting((id) => navigate(`/import?import=${encodeURIComponent(id)}`));
  const pick = (file) => { if (open) navigate('/import'); choose(file); };
  const choosing = state.phase === 'choose';
  return html`<div class="page import">
    ${choosing && open ? html`<${ImportLive} key=${open} id=${open} />` : html`<div class="page-head"><h1>
    ${state.phase === 'preview' ? 'Does this look right?' : html`<span data-right="write">Import a file</span><span data-without="write">Imports</span>`}</h1></div>`}
    ${choosing && state.error && html`<${Failure} error=${state.error} />`}
    ${choosing && html`<${FileDrop} onFile=${pick} />`}
    ${state.phase === 'uploading' && html`<${Uploading} state=${state} onCancel=${reset} />`}
    ${(state.phase === 'preview' || state.phase === 'starting') && html`<${ImportPreview} state=${state} dispatch=${dispatch}
      onStart=${start} onCancel=${reset} />`}
    <${Earlier} open=${open} /></div>`;
}
