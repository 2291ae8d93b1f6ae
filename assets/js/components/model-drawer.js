/** Everything about one model: its labels, its card, reading texts again with it, and taking it out. */
import { html, useState } from '../../vendor/preact.js';
import { changed, filterOf } from '../filter.js';
import { count, dateTime, percent, plural } from '../format.js';
import { currentRoute, navigate, setParams } from '../router.js';
import { jobs } from '../state/live.js';
import { pathOf, readAgain, removeModel, setDefault } from '../state/models.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';
import { isFinal, jobStateName, modelKindName } from '../words.js';
import { CollectionSelect } from './collection.js';
import { CloseButton, Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { JobActions, JobProgress } from './job-row.js';
import { LabelTable } from './label-table.js';
import { Markdown } from './markdown.js';
import { Badges, readsOf } from './model-row.js';
import { RangeSelect } from './range.js';
import { Shown, Skeleton, sentence } from './states.js';
import { Report } from './tune-report.js';

function Running({ id }) {
  const job = useStore(jobs)[id];
  if (!job) return null;
  return html`<div class="rereading" data-testid="model-reading" data-state=${job.state}><p class="between"><span class=${`state-word ${job.state}`}>
    ${jobStateName(job.state)}</span><span class="row"><a class="small" href=${`/jobs?job=${encodeURIComponent(id)}`}>See the job</a>
    ${!isFinal(job.state) && html`<${JobActions} job=${job} />`}</span></p><${JobProgress} job=${job} />
    ${job.state === 'dead' && job.error && html`<p class="small bad-text break">${sentence(job.error)}</p>`}</div>`;
}

/** Which texts to read with it: the same narrowing as everywhere. */
function ReadAgain({ model }) {
  const [params, setLocal] = useState(new URLSearchParams());
  const [busy, setBusy] = useState(false);
  const [job, setJob] = useState(null);
  const everything = useResource('/metrics/summary', null);
  const filter = filterOf(params);
  const chosen = useResource('/metrics/summary', filter);
  const n = chosen.data ? chosen.data.items : null;
  const start = async () => { setBusy(true); const made = await readAgain(model.name, filter); setBusy(false); if (made) setJob(made.id); };
  return html`<section data-testid="model-again" data-right="write"><h3>Read texts with it</h3>
    <p class="small quiet lead-line">${model.default ? 'Texts that it has read already are left out.'
      : 'Its readings stand beside the others, to compare; what counts does not change. Texts that it has read already are left out.'}</p>
    <div class="filters tight"><${CollectionSelect} params=${params} onChange=${setLocal} testid="model-collection" />
      <${RangeSelect} params=${params} span=${everything.data?.stretch} onChange=${setLocal} />
      <button class="button" type="button" disabled=${busy || !n || Boolean(model.error)} onClick=${start} data-testid="model-reread">
      ${n == null ? 'Read' : `Read ${plural(n, 'text')}`}</button></div>
    ${job && html`<${Running} id=${job} />`}</section>`;
}

function Card({ model }) {
  const { card } = model;
  return html`<section data-testid="model-card"><h3>Its card</h3>${card ? html`<${Markdown} source=${card} />`
    : html`<p class="small quiet">${model.kind === 'folder' ? 'Its folder has no README.md.' : model.kind === 'tuned'
      ? 'Made here from corrections; the report says what it is worth.' : 'It has none.'}</p>`}</section>`;
}

function Body({ model, before }) {
  const close = () => setParams(changed(currentRoute().params, { open: null }));
  const remove = async () => { if (await removeModel(model)) close(); };
  const ready = model.state === 'ready' && !model.error;
  return html`<div class="drawer-body"><div><h2 class="drawer-title break"><bdi>${model.name}</bdi></h2>
      <p class="facts model-facts"><${Badges} model=${model} /><span>${modelKindName(model.kind)}</span><span>${plural(model.items, 'text')} read</span></p>
      <p class="small lead-line">${readsOf(model)}.</p>
      ${model.error && html`<p class="note bad break" role="alert">${sentence(model.error)}</p>`}
      <p class="row wrap">${!model.default && ready && html`<button class="button primary" type="button" data-right="administer" onClick=${() => setDefault(model, before)}
        data-testid="model-drawer-default">Make default</button>`}
        ${!model.default && before && model.items > 0 && html`<button class="button" type="button" data-testid="model-compare"
          onClick=${() => navigate(`/models/compare?${new URLSearchParams({ a: before.name, b: model.name })}`)}><${Icon} name="swap" size=${16} />Compare with
          the default</button>`}
        ${model.kind !== 'bundled' && !model.default && html`<button class="button" type="button" data-right="administer" onClick=${remove} data-testid="model-remove">
          <${Icon} name="bin" size=${16} />Remove</button>`}</p></div>
    ${model.report && html`<section><h3>What tuning changed</h3><${Report} report=${model.report} /></section>`}
    ${model.state !== 'discarded' && html`<${ReadAgain} model=${model} />`}
    ${model.kind === 'folder' && model.labels?.length > 0 && html`<${LabelTable} key=${model.labels.map((l) => l.means).join()} model=${model} />`}
    <section><h3>About it</h3><dl class="facts-list">
      ${model.path && html`<div><dt>Folder</dt><dd class="break"><code>${model.path}</code></dd></div>`}
      ${model.parent && html`<div><dt>Made from</dt><dd class="break">${model.parent}</dd></div>`}
      ${model.challenger && html`<div><dt>Challenger</dt><dd>reads ${percent(model.challenger.share)} of new texts</dd></div>`}
      <div><dt>Here since</dt><dd>${dateTime(model.created_at)}</dd></div>
      ${model.fingerprint && html`<div><dt>Fingerprint</dt><dd class="break"><code class="tiny">${model.fingerprint}</code></dd></div>`}
      <div><dt>Texts read</dt><dd>${count(model.items)}</dd></div></dl></section>
    <${Card} model=${model} /></div>`;
}

export function ModelDrawer({ name, before }) {
  const resource = useResource(pathOf(name), null, { watch: [jobs], keep: false });
  const close = () => setParams(changed(currentRoute().params, { open: null }));
  return html`<${Dialog} kind="drawer" label="Model" onClose=${close} testid="model-drawer"><div class="drawer-head">
    <h2 class="drawer-kind">Model</h2><span class="grow"></span><${CloseButton} onClose=${close} /></div>
    <${Shown} resource=${resource} skeleton=${html`<div class="drawer-body"><${Skeleton} lines=${8} /></div>`}>
      ${(model) => html`<${Body} model=${model} before=${before} />`}<//></${Dialog}>`;
}
