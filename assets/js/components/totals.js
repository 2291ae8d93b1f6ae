/** The few numbers on top, each with its change and each leading to its texts; and how far the reading is. */
import { html } from '../../vendor/preact.js';
import { differs } from '../figures.js';
import { exploreHref } from '../filter.js';
import { count, eta, hundredths, percent, plural, points, shortCount, signedPercent } from '../format.js';
import { jobs } from '../state/live.js';
import { useStore } from '../state/store.js';
import { Change, Progress } from './marks.js';

const read = (t) => t.sentiment.negative + t.sentiment.neutral + t.sentiment.positive;

/** Change of a share between the two windows; coloured only where chance does not explain it. */
function shareChange(window, label, goodUp) {
  const a = window?.current && read(window.current);
  const b = window?.previous && read(window.previous);
  if (!a || !b) return null;
  const delta = window.current.sentiment[label] / a - window.previous.sentiment[label] / b;
  const sure = differs(window.current.sentiment[label], a, window.previous.sentiment[label], b);
  return { text: points(delta), now: percent(window.current.sentiment[label] / a), tone: sure ? ((delta > 0) === goodUp ? 'good' : 'bad') : 'unsure' };
}

function countChange(window) {
  const then = window?.previous?.items;
  if (!then || !window.current) return null;
  return { text: window.current.items === then ? '±0%' : signedPercent((window.current.items - then) / then), now: shortCount(window.current.items), tone: 'unsure' };
}

function ratingChange(window) {
  const now = window?.current?.rating_mean;
  const then = window?.previous?.rating_mean;
  if (now == null || then == null) return null;
  const d = now - then;
  return { text: `${d > 0 ? '+' : d < 0 ? '−' : ''}${hundredths(Math.abs(d))}`, now: hundredths(now), tone: 'unsure' };
}

function Total({ name, value, change, note, href, testid }) {
  return html`<li><a class="total" href=${href} data-testid=${testid}><span class="total-name">${name}</span>
    <span class="total-value">${value}</span>
    <${Change} text=${change?.text} tone=${change?.tone} note=${change ? `to ${change.now} ${note}` : note} /></a></li>`;
}

/** A share; of very few texts the plain count, because a percentage of three would pretend. */
const share = (k, n) => (!n ? '–' : n < 10 ? `${k} of ${n}` : percent(k / n));

export function Totals({ summary, filter }) {
  const n = read(summary);
  const w = summary.window;
  const days = w ? Math.round((new Date(w.to) - new Date(w.from)) / 86400e3) : 0;
  const against = w?.previous && read(w.previous) > 0 ? `in ${plural(Math.max(1, days), 'day')}` : '';
  const parts = [summary.pending && `${shortCount(summary.pending)} waiting`, summary.unsupported_language && `${shortCount(summary.unsupported_language)} in other languages`, summary.empty && `${shortCount(summary.empty)} empty`, summary.removed && `${shortCount(summary.removed)} taken away`].filter(Boolean);
  return html`<ul class="totals" data-testid="totals">
    <${Total} name="Texts" value=${count(summary.items)} change=${countChange(w)} note=${against} href=${exploreHref(filter)}
      testid="total-items" />
    <${Total} name="Positive" value=${share(summary.sentiment.positive, n)} change=${shareChange(w, 'positive', true)} note=${against} href=${exploreHref(filter, { sentiment: 'positive' })} testid="total-positive" />
    <${Total} name="Negative" value=${share(summary.sentiment.negative, n)} change=${shareChange(w, 'negative', false)} note=${against} href=${exploreHref(filter, { sentiment: 'negative' })} testid="total-negative" />
    <${Total} name="Average rating" value=${summary.rating_mean == null
      ? '–' : hundredths(summary.rating_mean)} change=${summary.rating_mean == null ? null : ratingChange(w)} note=${summary.rated ? against || `${shortCount(summary.rated)} rated` : 'no stars'} href=${exploreHref(filter, { rating_min: 1 })} testid="total-rating" />
    <${Total} name="Read" value=${share(summary.analyzed, summary.items)} note=${parts.join(', ') || 'all of them'}
      href=${exploreHref(filter)} testid="total-read" /></ul>`;
}

/** "Analysing: 3,412 of 10,000 read; figures so far." */
export function Partial({ summary }) {
  const job = useStore(jobs, (all) => Object.values(all).find((j) => j.state === 'running' && j.kind === 'analyze'));
  if (!summary.pending) return null;
  const total = summary.analyzed + summary.pending;
  const left = eta(job?.progress?.eta_ms, job?.progress?.eta_error_ms);
  return html`<div class="partial" data-testid="partial"><${Progress} done=${summary.analyzed} total=${total} label="Texts read" />
    <p class="small">Analysing: ${count(summary.analyzed)} of ${count(total)} read; figures so far${left
      ? `. ${left[0].toUpperCase()}${left.slice(1)}.` : '.'}</p></div>`;
}
