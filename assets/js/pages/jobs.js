/** What the machine is doing, has done and could not do. */
import { html } from '../../vendor/preact.js';
import { JobDrawer } from '../components/job-drawer.js';
import { JobRow } from '../components/job-row.js';
import { Empty, Shown, Skeleton } from '../components/states.js';
import { changed } from '../filter.js';
import { count } from '../format.js';
import { setParams, useRoute } from '../router.js';
import { jobs } from '../state/live.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';

const TABS = [
  { id: '', name: 'All', states: [] },
  { id: 'running', name: 'Running', states: ['running'] },
  { id: 'waiting', name: 'Waiting', states: ['queued', 'scheduled', 'retrying'] },
  { id: 'dead', name: 'Failed', states: ['dead'] },
  { id: 'finished', name: 'Finished', states: ['succeeded', 'cancelled'] },
];
const EMPTY = { '': 'No jobs yet', running: 'Nothing is running', waiting: 'Nothing is waiting', dead: 'Nothing has failed', finished: 'Nothing is finished yet' };
const PAGE = 50;

export function Jobs() {
  const { params } = useRoute();
  const tab = TABS.find((t) => t.id === (params.get('state') ?? '')) ?? TABS[0];
  const size = Math.min(1000, Number(params.get('show')) || PAGE);
  const query = changed(new URLSearchParams(), { state: tab.states, limit: size });
  const resource = useResource('/jobs', query, { watch: [jobs] });
  const live = useStore(jobs);
  const open = params.get('job');
  return html`<div class="page jobs"><div class="page-head"><h1>Jobs</h1>
    <div class="segments" role="group" aria-label="State" data-testid="job-filter">
    ${TABS.map((t) => html`<button key=${t.id} type="button" aria-pressed=${t === tab ? 'true' : 'false'}
      data-testid=${`jobs-${t.id || 'all'}`}
      onClick=${() => setParams(changed(params, { state: t.id || null, show: null }))}>${t.name}</button>`)}</div></div>
    <${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${6} height=${44} gap=${16} />`}>
      ${(rows, meta) => (rows.length
      ? html`<ul class="lines" data-testid="jobs">
        ${rows.map((j) => html`<${JobRow} key=${j.id} job=${newer(j, live[j.id])}
          href=${`/jobs?${changed(params, { job: j.id })}`} />`)}</ul>
        ${meta.total > rows.length && html`<p class="more">
          <button type="button" class="button"
            onClick=${() => setParams(changed(params, { show: size + PAGE * 2 }), { replace: true })}>Show more of ${count(meta.total)}</button></p>`}`
      : html`<${Empty} title=${EMPTY[tab.id]} action=${tab.id === '' && html`<p data-right="write"><a class="button" href="/import">Import a file</a>
        </p>`}>${tab.id === 'dead' ? 'Failed jobs are kept here and can be tried again.'
          : 'Imports, readings and rebuilds are listed here while they run and afterwards.'}<//>`)}<//>
    ${open && html`<${JobDrawer} key=${open} id=${open} />`}</div>`;
}

/** The stream is ahead of the list while a job runs; a final state in the list is the last word. */
function newer(listed, streamed) {
  return streamed && !listed.finished_at ? { ...listed, ...streamed } : listed;
}
