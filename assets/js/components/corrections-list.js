/** Who corrected what, newest first; each can be taken back. */
import { html, useState } from '../../vendor/preact.js';
import { ago, count } from '../format.js';
import { undoCorrection } from '../state/corrections.js';
import { useResource } from '../state/resource.js';
import { emotionName, sentimentName } from '../words.js';
import { SentimentMark } from '../charts/mark.js';
import { authorOf } from './correct.js';
import { itemHref } from './item-drawer.js';
import { Shown, Skeleton } from './states.js';

const FEW = 5;

function Step({ from, to, name, mark }) {
  if (!to) return null;
  return html`<span class="row correction-step">${from && from !== to ? html`<span class="quiet">${name(from)}</span><span class="quiet" aria-hidden="true">→</span>
    <span class="sr">to</span>` : null}${mark && html`<${SentimentMark} id=${to} />`}<strong>${name(to)}</strong>${from === to && html`<span
    class="quiet">(the model agrees)</span>`}</span>`;
}

function Row({ entry }) {
  const [busy, setBusy] = useState(false);
  const counts = entry.counts ?? !entry.undone_at;
  const gone = entry.undone_at ? ', taken back' : counts ? '' : ', no longer counts';
  const undo = async () => { setBusy(true); await undoCorrection({ id: entry.item, correction: entry }); setBusy(false); };
  return html`<li class=${counts ? 'correction' : 'correction undone'} data-testid="correction-row">
    <a href=${itemHref(entry.item)} class="correction-link" data-list-item><span class="clip small" dir="auto">${entry.text || 'No text'}</span>
      <span class="facts"><${Step} from=${entry.model_sentiment} to=${entry.sentiment} name=${sentimentName} mark />
      <${Step} from=${entry.model_emotion} to=${entry.emotion} name=${emotionName} />
      <span>${authorOf(entry) ? html`<bdi>${authorOf(entry)}</bdi>, ` : ''}${ago(entry.at)}${gone}</span></span></a>
    ${counts && html`<button type="button" class="text-button" data-right="write" disabled=${busy} onClick=${undo} aria-label=${`Undo the correction of: ${entry.text.slice(0, 60)}`}
      data-testid="correction-undo">Undo</button>`}</li>`;
}

export function CorrectionsList() {
  const [limit, setLimit] = useState(FEW);
  const resource = useResource('/corrections', { limit });
  return html`<div class="corrections"><h3>Newest first</h3><${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${3} />`}>
    ${(rows, meta) => html`<ul data-testid="corrections">${rows.map((r) => html`<${Row} key=${r.id} entry=${r} />`)}</ul>
      ${(meta.next_cursor || meta.total > rows.length) && html`<p><button type="button" class="text-button" onClick=${() => setLimit(limit + 20)}
        data-testid="corrections-more">Show more${meta.total ? ` of ${count(meta.total)}` : ''}</button></p>`}`}<//></div>`;
}
