/** Texts that two models read most differently, side by side. */
import { html } from '../../vendor/preact.js';
import { hundredths, percent } from '../format.js';
import { emotionName } from '../words.js';
import { Labels } from './correct.js';
import { itemHref } from './item-drawer.js';
import { ScoreBar, SentimentTag, Stars } from './marks.js';

function Side({ letter, name, reading }) {
  const { sentiment, emotion } = reading ?? {};
  return html`<div class="side" data-testid=${`compare-${letter.toLowerCase()}`}><p class="facts"><span class="letter" title=${name}>${letter}</span><span class="sr">${name}: </span>
    ${sentiment ? html`<${SentimentTag} item=${{ sentiment: sentiment.label }} /><span>${percent(sentiment.scores[sentiment.label])}</span>` : null}
    ${emotion && html`<span>${emotionName(emotion.label)}${sentiment ? '' : ` ${percent(emotion.scores[emotion.label])}`}</span>`}
    ${!sentiment && !emotion && html`<span class="tag-none">not read</span>`}</p>
    <${ScoreBar} scores=${sentiment?.scores} /></div>`;
}

export function CompareItems({ items, a, b }) {
  if (!items.length) return null;
  return html`<section class="section compare-items" aria-labelledby="differ-title"><h2 id="differ-title">Where they differ most</h2>
    <ol data-testid="compare-items">${items.map((item) => html`<li key=${item.id} class="compare-item" data-testid="compare-item">
      <span class="facts"><span class="labels-name">Counts as</span><${Labels} item=${item} /><${Stars} rating=${item.rating} /><span class="clip"><bdi>${item.source}</bdi></span></span>
      <a class="item-link" href=${itemHref(item.id)} data-list-item data-id=${item.id}><span class="item-text" dir="auto">
        ${(item.title ? `${item.title.slice(0, 160)}. ` : '') + (item.text ?? '').slice(0, 500) || 'No text'}</span></a>
      <div class="sides"><${Side} letter="A" name=${a} reading=${item.a} /><${Side} letter="B" name=${b} reading=${item.b} />
        <p class="difference" title="Total variation distance of the scores, the larger one of sentiment and emotion: 0 the same, 1 opposite"><strong>${hundredths(item.difference)}</strong> apart</p></div></li>`)}</ol></section>`;
}
