/** The few numbers on top, each with its change and each leading to its texts; and how far the reading is. */
import { html } from '../../vendor/preact.js';
import { exploreHref } from '../filter.js';
import { count, eta, hundredths, percent, plural, points, shortCount, signedPercent } from '../format.js';
import { jobs } from '../state/live.js';
import { useStore } from '../state/store.js';
import { Change, Progress } from './marks.js';

const read = (t) => t.sentiment.negative + t.sentiment.neutral + t.sentiment.positive;

/** Change of a share between the two windows; coloured only where the server says that it moved. */
function shareChange(window, label, goodUp) {
  const change = window?.change.sentiment[label];
  if (change?.difference == null) return null;
  const moved = change.verdict !== 'steady' && change.verdict !== 'too_few';
  const now = percent(window.current.sentiment_shares[label].share);
  return { text: points(change.difference), now, tone: moved ? ((change.difference > 0) === goodUp ? 'good' : 'bad') : 'unsure' };
}

function countChange(window) {
  const change = window?.change.items;
  if (change == null) return null;
  return { text: change === 0 ? '±0%' : signedPercent(change), now: shortCount(window.current.items), tone: 'unsure' };
}

function ratingChange(window) {
  const d = window?.change.rating_mean;
  if (d == null) return null;
  return { text: `${d > 0 ? '+' : d < 0 ? '−' : ''}${hundredths(Math.abs(d))}`, now: hundredths(window.current.rating_mean), tone: 'unsure' };
}

function Total({ name, value, change, note, href, testid }) {
  return html`<li><a class="total" href=${href} data-testid=${testid}><span class="total-name">${name}</span>
    <span class="total-value">${value}</span>
    <${Change} text=${change?.text} tone=${change?.tone} note=${change ? `to ${change.now} ${note}` : note} /></a></li>`;
}

/** A share; of very few texts the plain count, because a percentage of three would pretend. */
const share = (k, n, estimate) => (!estimate ? '–' : n < 10 ? `${k} of ${n}` : percent(estimate.share));

export function Totals({ summary, filter }) {
  const n = read(summary);
  const w = summary.window;
  const days = w ? Math.round((new Date(w.to) - new Date(w.from)) / 86400e3) : 0;
  const against = w?.previous && read(w.previous) > 0 ? `in ${plural(Math.max(1, days), 'day')}` : '';
  const parts = [summary.pending && `${shortCount(summary.pending)} waiting`, summary.unsupported_language && `${shortCount(summary.unsupported_language)} in other languages`, summary.empty && `${shortCount(summary.empty)} empty`, summary.removed && `${shortCount(summary.removed)} taken away`].filter(Boolean);
  return html`<ul class="totals" data-testid="totals">
    <${Total} name="Texts" value=${count(summary.items)} change=${countChange(w)} note=${against} href=${exploreHref(filter)}
      testid="total-items" />
    <${Total} name="Positive" value=${share(summary.sentiment.positive, n, summary.sentiment_shares.positive)} change=${shareChange(w, 'positive', true)} note=${against} href=${exploreHref(filter, { sentiment: 'positive' })} testid="total-positive" />
    <${Total} name="Negative" value=${share(summary.sentiment.negative, n, summary.sentiment_shares.negative)} change=${shareChange(w, 'negative', false)} note=${against} href=${exploreHref(filter, { sentiment: 'negative' })} testid="total-negative" />
    <${Total} name="Average rating" value=${summary.rating_mean == null
      ? '–' : hundredths(summary.rating_mean)} change=${summary.rating_mean == null ? null : ratingChange(w)} note=${summary.rated ? against || `${shortCount(summary.rated)} rated` : 'no stars'} href=${exploreHref(filter, { rating_min: 1 })} testid="total-rating" />
    <${Total} name="Read" value=${share(summary.analyzed, summary.items, summary.analyzed_share)} note=${parts.join(', ') || 'all of them'}
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
