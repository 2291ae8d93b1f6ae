/** One model in the list: what it reads, how much it has read, and whether it counts. */
import { html } from '../../vendor/preact.js';
import { count, percent } from '../format.js';
import { emotionName, modelKindName, sentimentName } from '../words.js';
import { sentence } from './states.js';

const all = (labels, n, name) => (labels.length === n ? `${n}` : labels.map(name).join(', '));

/** "sentiment (3) and emotion (7)"; fewer labels are named. */
export function readsOf(model) {
  const { sentiment = [], emotion = [] } = model.reads ?? {};
  const parts = [];
  if (sentiment.length) parts.push(`sentiment (${all(sentiment, 3, sentimentName).toLowerCase()})`);
  if (emotion.length) parts.push(`emotion (${all(emotion, 7, emotionName).toLowerCase()})`);
  return parts.length ? `Reads ${parts.join(' and ')}` : 'None of its labels means anything here yet';
}

export function Badges({ model }) {
  return html`${model.default && html`<span class="badge-plain accent" data-testid="model-default">default</span>`}
    ${model.challenger && html`<span class="badge-plain" data-testid="model-challenger">challenger, ${percent(model.challenger.share)}</span>`}
    ${model.state === 'candidate' && html`<span class="badge-plain">candidate</span>`}
    ${model.error && html`<span class="badge-plain bad">not usable</span>`}`;
}

export function ModelRow({ model, href, onDefault }) {
  const ready = model.state === 'ready' && !model.error;
  return html`<li class="line model-line" data-testid="model-row" data-name=${model.name} data-default=${model.default ? 'true' : 'false'}>
    <a class="line-link" href=${href} data-list-item data-testid="model-open">
    <span class="line-name"><span class="model-name"><strong class="break"><bdi>${model.name}</bdi></strong><${Badges} model=${model} /></span>
      <span class="small quiet">${modelKindName(model.kind)}${model.parent ? html` from <bdi>${model.parent}</bdi>` : ''}. ${readsOf(model)}.</span>
      ${model.error && html`<span class="small bad-text break">${sentence(model.error)}</span>`}</span>
    <span class="line-figures small">${model.items > 0 && html`<span>${count(model.items)}</span>`}<span class="quiet">${model.items ? model.items === 1 ? 'text read' : 'texts read' : 'nothing read'}</span></span></a>
    <span class="line-act">${!model.default && ready && html`<button class="button small-button" type="button" data-right="administer" onClick=${onDefault}
      aria-label=${`Make default: ${model.name}`} title=${`Its readings count from then on; ${count(model.items)} are there already`}
      data-testid="model-set-default">Make default</button>`}</span></li>`;
}
