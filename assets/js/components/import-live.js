/** One import as it goes: every row accounted for, then every text read, then everything searchable. */
import { html, useEffect } from '../../vendor/preact.js';
import { post, remove } from '../api.js';
import { exploreHref } from '../filter.js';
import { bytes, count, eta, plural } from '../format.js';
import { attempt } from '../state/actions.js';
import { feed, jobs, revision } from '../state/live.js';
import { announce, notify } from '../state/notices.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';
import { importStateName } from '../words.js';
import { Progress } from './marks.js';
import { forPage } from './import-reading.js';
import { Rejected } from './rejected.js';
import { Shown, Skeleton, sentence } from './states.js';
import { Icon } from './icon.js';

export async function undoImport(record) {
  const answer = await attempt(() => remove(`/imports/${encodeURIComponent(record.id)}`), 'Not undone');
  if (!answer) return;
  feed.dispatch({ type: 'clear' });
  notify(`${answer.data.state === 'undone' ? 'Taken back' : 'Being taken back'}: ${record.file}`, { ms: 4000 });
}

/** What was decided about the file and left out of it, and rows that are likely the same. */
function Notes({ record }) {
  const alike = record.duplicates - record.folded;
  if (!record.notes?.length && !record.duplicates) return null;
  const fold = async () => {
    const answer = await attempt(() => post(`/imports/${encodeURIComponent(record.id)}/fold`), 'Not folded');
    if (!answer) return;
    revision.dispatch();
    const n = answer.data.folded - record.folded;
    notify(n ? `${plural(n, 'row')} folded` : 'Nothing of it can be folded: the copies were there before, or were changed since', { ms: 4000 });
  };
  return html`<ul class="file-notes" data-testid="import-notes">
    ${(record.notes ?? []).map((n, i) => html`<li key=${i} class="file-note">${forPage(n.message)}</li>`)}
    ${record.folded > 0 && html`<li class="file-note">${plural(record.folded, 'row')} with the text, author and moment of an earlier one: counted once.</li>`}
    ${alike > 0 && html`<li class="file-note">${plural(alike, 'row')} with the text, author and moment of an earlier one.
      ${record.state === 'done' && record.inserted > 0 && html` <button class="text-button" type="button" data-right="write" onClick=${fold} data-testid="import-fold">Count
      those once</button>`}</li>`}</ul>`;
}

/** rows = inserted + updated + unchanged + rejected, as a line that can be checked. */
function Accounts({ record }) {
  const parts = [['inserted', 'new'], ['updated', 'updated'], ['unchanged', 'unchanged'], ['rejected', 'rejected']];
  return html`<dl class="accounts" data-testid="import-counts"><div><dt>rows</dt><dd data-testid="count-rows">${count(record.rows)}
    </dd></div>
    ${parts.map(([field, name]) => html`<div key=${field} class=${field === 'rejected' && record.rejected ? 'bad' : ''}><dt>${name}</dt>
      <dd data-testid=${`count-${field}`}>${count(record[field])}</dd></div>`)}</dl>`;
}

function Step({ name, state, children, bar }) {
  return html`<li class=${`step ${state}`}><span class="step-mark" aria-hidden="true">
    ${state === 'done' && html`<${Icon} name="check" size=${14} />`}</span>
    <div class="grow"><p class="between"><strong>${name}</strong><span class="small quiet">${children}</span></p>${bar}</div></li>`;
}

function Steps({ record, job, reading }) {
  const total = record.analyzed + record.pending;
  const readDone = record.state === 'done' && record.pending === 0;
  const rows = job?.progress?.steps?.at(-1);
  const rowsDone = !['queued', 'running'].includes(record.state);
  const left = (j) => { const t = eta(j?.progress?.eta_ms, j?.progress?.eta_error_ms); return t ? `, ${t}` : ''; };
  return html`<ol class="steps">
    <${Step} name="Rows" state=${rowsDone ? 'done' : 'now'} bar=${!rowsDone &&
      html`<${Progress} done=${rows?.done ?? record.rows} total=${rows?.total} label="Rows" />`}>${record.state === 'queued'
      ? 'waiting' : `${count(record.rows)}${rowsDone ? '' : left(job)}`}<//>
    <${Step} name="Texts read" state=${readDone ? 'done' : total ? 'now' : 'later'} bar=${!readDone && total > 0 &&
      html`<${Progress} done=${record.analyzed} total=${total} label="Texts read" />`}>${total
      ? `${count(record.analyzed)} of ${count(total)}${readDone ? '' : left(reading)}` : readDone ? 'nothing to read'
      : 'after the rows'}<//>
    <${Step} name="Searchable" state=${record.searchable ? 'done' : 'later'}>${record.searchable ? 'yes' : 'follows by itself'}<//>
      </ol>`;
}

/** The indexes catch up without an event: until they have, the page asks. */
const catchingUp = (r) => (r.state === 'done' && r.pending === 0 && !r.searchable ? 1500 : null);

export function ImportLive({ id }) {
  const resource = useResource(`/imports/${encodeURIComponent(id)}`, null, { watch: [jobs], again: catchingUp });
  const live = useStore(jobs);
  const record = resource.data;
  useEffect(() => {
    if (record?.searchable) announce(`${record.file}: all ${plural(record.rows, 'row')} imported, read and searchable`);
  }, [record?.searchable]);
  return html`<${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${5} height=${32} gap=${20} />`}>${(r) => {
    const job = (r.job && live[r.job.id]) ?? r.job;
    const reading = Object.values(live).find((j) => j.kind === 'analyze' && j.state === 'running');
    const going = r.state === 'queued' || r.state === 'running';
    const undone = r.state === 'undone';
    return html`<section class="import-live" aria-labelledby="live-title" data-testid="import-live" data-state=${r.state}
      data-searchable=${r.searchable ? 'true' : 'false'}>
      <div class="between wrap"><div><h1 class="live-title break" id="live-title">${r.file}</h1><p class="small quiet">into <bdi>
        ${r.collection}</bdi> · ${bytes(r.bytes)} · ${r.state === 'done' && r.pending > 0 ? 'Reading' : importStateName(r.state)}</p></div>
        <p class="row wrap">
          ${!undone && r.inserted + r.updated + r.unchanged > 0 && html`<a class="button"
            href=${exploreHref(null, { import: r.id })} data-testid="import-texts">See the texts</a>`}
          ${going && job && html`<button class="button" type="button" data-right="write"
            onClick=${() => attempt(() => post(`/jobs/${job.id}/cancel`), 'Not cancelled')}
            data-testid="import-cancel">Cancel</button>`}
          ${!going && !undone && html`<button class="button" type="button" data-right="write" onClick=${() => undoImport(r)} data-testid="import-undo">
            <${Icon} name="undo" size=${16} />Undo import</button>`}</p></div>
      ${r.error && html`<p class="note bad" role="alert">${sentence(r.error)}</p>`}
      ${undone ? html`<p class="note">Undone: what this file brought is gone again. The file can be imported once more.</p>`
        : html`<${Accounts} record=${r} /><${Notes} record=${r} /><${Steps} record=${r} job=${job} reading=${reading} />`}
      ${r.rejected > 0 && !undone && html`<${Rejected} record=${r} />`}
    </section>`;
  }}<//>`;
}

