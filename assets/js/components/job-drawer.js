/** One job: how far, every try, and its log. */
import { html } from '../../vendor/preact.js';
import { ago, count, dateTime, duration } from '../format.js';
import { changed } from '../filter.js';
import { currentRoute, setParams } from '../router.js';
import { jobs } from '../state/live.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';
import { jobKindName, jobStateName } from '../words.js';
import { CloseButton, Dialog } from './dialog.js';
import { JobActions, JobProgress } from './job-row.js';
import { Shown, Skeleton, sentence } from './states.js';

const OUTCOMES = { succeeded: 'Done', failed: 'Failed', cancelled: 'Cancelled', rescued: 'Its process died; taken up again', released: 'Stopped in order; taken up again' };

/** A log line: what happened, and the queue's own words where they add to it. */
const HAPPENED = { enqueued: 'Queued', started: 'Started', succeeded: 'Done', cancelled: 'Cancelled', retrying: 'Tried in vain', dead: 'Given up', rescued: 'Rescued', released: 'Handed back', hastened: 'Tried sooner' };
function said({ kind, message }) {
  const what = HAPPENED[kind];
  if (!what) return sentence(message || kind);
  return !message || message.toLowerCase() === what.toLowerCase() || message === kind ? `${what}.` : `${what}: ${message}`;
}

function Attempts({ attempts }) {
  if (!attempts?.length) return null;
  return html`<section data-testid="job-attempts"><h3>Tries</h3><ol class="log">${attempts.map((a) => html`<li key=${a.attempt}>
    <span class="log-when">${count(a.attempt)}</span><div class="grow"><p>
    ${a.outcome ? OUTCOMES[a.outcome] ?? a.outcome : 'Running'}
    <span class="quiet small"> · ${dateTime(a.started_at)}${a.ended_at
      ? `, ${duration(new Date(a.ended_at) - new Date(a.started_at))}` : ''}</span></p>${a.error && html`<p
      class="small bad-text break">${sentence(a.error)}</p>`}</div></li>`)}</ol></section>`;
}

function Log({ events }) {
  if (!events?.length) return null;
  return html`<section data-testid="job-log"><h3>Log</h3><ol class="log">${[...events].reverse().map((e) => html`<li key=${e.seq}>
    <time class="log-when" datetime=${e.at} title=${dateTime(e.at)}>${new Date(e.at).toLocaleTimeString()}</time><div class="grow">
    <p class="break">${said(e)}</p></div></li>`)}</ol></section>`;
}

export function JobDrawer({ id }) {
  const resource = useResource(`/jobs/${encodeURIComponent(id)}`, null, { watch: [jobs], keep: false });
  const live = useStore(jobs, (all) => all[id]);
  const close = () => setParams(changed(currentRoute().params, { job: null }));
  return html`<${Dialog} kind="drawer" label="Job" onClose=${close} testid="job-drawer"><div class="drawer-head">
    <h2 class="drawer-kind">Job</h2><span class="grow"></span><${CloseButton} onClose=${close} /></div>
    <${Shown} resource=${resource} skeleton=${html`<div class="drawer-body"><${Skeleton} lines=${6} /></div>`}>${(data) => {
      const job = { ...data, ...(live && !data.finished_at ? live : {}), attempts: data.attempts, events: data.events };
      return html`<div class="drawer-body"><h2 class="drawer-title break">${job.title || jobKindName(job.kind)}</h2>
        <p class="facts"><span class=${`state-word ${job.state}`}>${jobStateName(job.state)}</span><span>${jobKindName(job.kind)}
          </span><span>try ${count(job.attempt)} of ${count(job.max_attempts)}</span><span>${ago(job.created_at)}</span></p>
        <${JobProgress} job=${job} />${job.error && html`<p class="note bad break">${sentence(job.error)}</p>`}
        ${job.state === 'retrying' && html`<p class="small quiet">Next try ${dateTime(job.run_at)}.</p>`}
        <p class="row"><${JobActions} job=${job} /></p><${Attempts} attempts=${job.attempts} /><${Log} events=${job.events} />
          </div>`;
    }}<//></${Dialog}>`;
}
