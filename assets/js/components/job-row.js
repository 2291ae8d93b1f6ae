/** One job in the list. */
import { html, useState } from '../../vendor/preact.js';
import { post } from '../api.js';
import { ago, count, duration, eta, percent } from '../format.js';
import { attempt } from '../state/actions.js';
import { jobs } from '../state/live.js';
import { isBytes, isFinal, jobKindName, jobStateName, stepName } from '../words.js';
import { Progress } from './marks.js';

function amount(step) {
  if (isBytes(step.step)) return step.total ? percent(step.done / step.total) : 'under way';
  return step.total ? `${count(step.done)} of ${count(step.total)}` : count(step.done);
}

export function JobProgress({ job }) {
  if (isFinal(job.state) || job.state === 'queued' || !job.progress?.steps?.length) return null;
  const left = eta(job.progress.eta_ms, job.progress.eta_error_ms);
  return html`<div class="job-progress">${job.progress.steps.map((s, i) => html`<div key=${s.step}>
    <${Progress} done=${s.done} total=${s.total} label=${stepName(s.step)} />
    <p class="tiny quiet">${stepName(s.step)}: ${amount(s)}${left && i === job.progress.steps.length - 1 ? `, ${left}` : ''}</p>
      </div>`)}</div>`;
}

export function JobActions({ job }) {
  const [busy, setBusy] = useState(false);
  const act = (verb, failure) => async () => {
    setBusy(true);
    const answer = await attempt(() => post(`/jobs/${encodeURIComponent(job.id)}/${verb}`), failure);
    if (answer?.data?.id) jobs.dispatch(answer.data);
    setBusy(false);
  };
  if (job.state === 'dead' || job.state === 'cancelled') return html`<button
    class="button small-button" type="button" data-right="write" disabled=${busy} onClick=${act('retry', 'Not started again')}
    data-testid="job-retry" aria-label=${`Try again: ${job.title}`}>Try again</button>`;
  if (!isFinal(job.state)) return html`<button class="button small-button" type="button" data-right="write" disabled=${busy}
    onClick=${act('cancel', 'Not cancelled')} data-testid="job-cancel" aria-label=${`Cancel: ${job.title}`}>${busy ? 'Cancelling…'
    : 'Cancel'}</button>`;
  return null;
}

export function JobRow({ job, href }) {
  const took = job.started_at && job.finished_at ? `took ${duration(new Date(job.finished_at) - new Date(job.started_at))}` : '';
  return html`<li class="line" data-testid="job-row" data-state=${job.state}><a class="line-link" href=${href} data-list-item>
    <span class="line-name"><strong class="clip"><bdi>${job.title || jobKindName(job.kind)}</bdi></strong>
      <span class="small quiet clip">
        ${jobKindName(job.kind)}${job.attempt > 1 ? `, try ${count(job.attempt)} of ${count(job.max_attempts)}`
          : ''}${job.error && !isFinal(job.state) ? `: ${job.error}` : ''}</span>
      <${JobProgress} job=${job} />${job.state === 'dead' && job.error && html`<span class="small bad-text clip2">${job.error}
        </span>`}</span>
    <span class="line-state small"><span class=${`state-word ${job.state}`}>${jobStateName(job.state)}</span><span class="quiet">${took}</span></span>
    <span class="line-when small quiet">${ago(job.finished_at ?? job.started_at ?? job.created_at)}</span></a>
    <span class="line-act"><${JobActions} job=${job} /></span></li>`;
}
