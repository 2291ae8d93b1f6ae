/** What corrections are good for: how many there are, tuning with them, and deciding about the result. */
import { html, useState } from '../../vendor/preact.js';
import { count, plural } from '../format.js';
import { jobs } from '../state/live.js';
import { discard, promote, rollBack, startTuning } from '../state/models.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';
import { isFinal } from '../words.js';
import { CorrectionsList } from './corrections-list.js';
import { Icon } from './icon.js';
import { JobActions, JobProgress } from './job-row.js';
import { Progress } from './marks.js';
import { Shown, Skeleton, sentence } from './states.js';
import { Report, verdict } from './tune-report.js';

function useBusy() {
  const [busy, setBusy] = useState(false);
  return [busy, (doing) => async () => { setBusy(true); await doing(); setBusy(false); }];
}

function Enough({ tune }) {
  const [busy, run] = useBusy();
  const missing = Math.max(0, tune.minimum - tune.usable);
  const idle = tune.corrections - tune.usable;
  return html`<div class="tune-step"><p class="lead-line">${missing
      ? html`${plural(missing, 'more correction')} and the model can learn from them.`
      : html`Enough for the model to learn from. It takes seconds; some corrections are held out to measure what it gained, and nothing counts until you
        promote it.`}${idle > 0 ? ` ${plural(idle, 'correction')} ${idle === 1 ? 'is' : 'are'} of texts that have no reading to learn from.` : ''}</p>
    ${missing > 0 && html`<div class="tune-progress"><${Progress} done=${tune.usable} total=${tune.minimum} label="Corrections for tuning" />
      <p class="tiny quiet">${count(tune.usable)} of ${count(tune.minimum)}</p></div>`}
    <p data-right="administer"><button class="button primary" type="button" disabled=${busy || missing > 0} onClick=${run(startTuning)} data-testid="tune-start">
      ${busy ? 'Starting…' : 'Tune now'}</button></p></div>`;
}

function Running({ job, children }) {
  return html`<div class="tune-step" data-testid="tune-running" role="status"><p class="lead-line">${children} The page may be closed.</p>
    ${job.state === 'queued' || !job.progress?.steps?.length ? html`<${Progress} label="Under way" />` : html`<${JobProgress} job=${job} />`}
    <p class="row"><${JobActions} job=${job} /><a class="small" href=${`/jobs?job=${encodeURIComponent(job.id)}`}>See the job</a></p></div>`;
}

function Candidate({ candidate, active }) {
  const [busy, run] = useBusy();
  const [going, setGoing] = useState(null);
  const live = useStore(jobs);
  const job = going && (live[going.id] ?? going);
  if (job && !isFinal(job.state)) return html`<${Running} job=${job}><span class="break">${candidate.name}</span> reads every text, and counts when it is done.<//>`;
  return html`<div class="tune-step" data-testid="tune-candidate" data-name=${candidate.name}>
    <h3 class="tune-verdict">${candidate.report ? verdict(candidate.report) : 'A tuned model is waiting'}</h3>
    ${candidate.report && html`<${Report} report=${candidate.report} />`}
    <p class="row wrap" data-right="administer"><button class="button primary" type="button" disabled=${busy} onClick=${run(async () => setGoing(await promote(candidate)))} data-testid="tune-promote">
      ${busy ? 'One moment…' : 'Promote it'}</button>
      <button class="button" type="button" disabled=${busy} onClick=${run(() => discard(candidate))} data-testid="tune-discard">Discard</button>
      <span class="small quiet">Promoting lets <span class="break">${candidate.name}</span> count instead of ${active.name}. It can be rolled back.</span></p></div>`;
}

function RollBack({ tune }) {
  const [busy, run] = useBusy();
  if (!tune.previous || tune.previous.error || tune.previous.name === tune.active.name) return null;
  // After a rollback the tuned model is the one before: the same step leads forward again.
  const back = tune.previous.kind !== 'tuned' || tune.active.kind === 'tuned';
  return html`<div class="rollback" data-right="administer"><p class="small grow break">Before <strong>${tune.active.name}</strong>, <strong>${tune.previous.name}</strong> counted. Its
    readings are kept as they were.</p><button class="button" type="button" disabled=${busy} onClick=${run(rollBack)} data-testid="tune-rollback">
    <${Icon} name="undo" size=${16} />${back ? 'Roll back' : 'Bring it back'}</button></div>`;
}

const title = (tune) => (tune.corrections ? plural(tune.corrections, 'correction') : 'Your corrections');

function State({ tune, job }) {
  if (job && !isFinal(job.state)) return html`<${Running} job=${job}>Training new heads on your corrections and the bundled
    sample.<//>`;
  if (tune.candidate) return html`<${Candidate} candidate=${tune.candidate} active=${tune.active} />`;
  return html`${job?.state === 'dead' && html`<p class="note bad break" role="alert">Tuning failed: ${sentence(job.error ?? 'see the job')} <a
    href=${`/jobs?job=${encodeURIComponent(job.id)}`}>See the job</a></p>`}
    ${!tune.corrections ? html`<p class="small quiet" data-without="write">Nobody has corrected a reading yet.</p>
      <div class="tune-step" data-testid="tune-empty" data-right="write"><p class="lead-line">Where a reading is wrong, click its label (or press${' '}
      <kbd>c</kbd>) and set what is right. Charts count it at once; with ${plural(tune.minimum, 'correction')} the model itself can learn from them.</p>
      <p><a class="button" href="/explore" data-testid="tune-explore">Find texts to correct</a></p></div>`
      : html`<${Enough} tune=${tune} />`}`;
}

export function Tune() {
  const resource = useResource('/tune', null, { watch: [jobs] });
  const live = useStore(jobs);
  return html`<section class="section panel" aria-labelledby="tune-title" data-testid="tune">
    <${Shown} resource=${resource} skeleton=${html`<h2 id="tune-title" class="sr">Your corrections</h2><${Skeleton} lines=${4} />`}>${(tune) => {
      const job = tune.job && (live[tune.job.id] && !tune.job.finished_at ? { ...tune.job, ...live[tune.job.id] } : tune.job);
      return html`<h2 id="tune-title" data-testid="tune-count">${title(tune)}</h2><${State} tune=${tune} job=${job} /><${RollBack} tune=${tune} />
        ${tune.corrections > 0 && html`<${CorrectionsList} />`}`;
    }}<//></section>`;
}
