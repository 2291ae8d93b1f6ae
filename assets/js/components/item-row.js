/** One item in a list, as a link that opens it; its label is a button beside the link, not in it. */
import { html } from '../../vendor/preact.js';
import { date, hundredths } from '../format.js';
import { Labels } from './correct.js';
import { ScoreBar, Stars } from './marks.js';
import { Words } from './text.js';

/** Why a search found it, in words. */
export function why(hit) {
  const w = hit.why;
  if (!w) return '';
  const out = [];
  if (w.text_rank) out.push(`words: place ${w.text_rank}`);
  if (w.semantic_rank) out.push(`meaning: place ${w.semantic_rank}`);
  if (w.similarity != null) out.push(`${hundredths(w.similarity)} similar`);
  return out.join(' · ');
}

export function ItemFacts({ item }) {
  return html`<span class="facts"><${Labels} item=${item} />
    <${Stars} rating=${item.rating} /><span><bdi>${item.source}</bdi></span><span class="nowrap">${date(item.created_at)}</span>
    ${item.author && html`<span class="clip"><bdi>${item.author}</bdi></span>`}</span>`;
}

export function ItemRow({ item, href, testid = 'result', semanticOnly = false }) {
  const title = item.title?.trim();
  const reason = why(item);
  return html`<li class="item"><${ItemFacts} item=${item} />
    <a class="item-link" href=${href} data-list-item data-testid=${testid} data-id=${item.id}>
    ${title && html`<span class="item-title" dir="auto"><${Words} text=${title} ranges=${item.highlights?.title} most=${300} />
      </span>`}
    <span class="item-text" dir="auto">
      <${Words} text=${item.text || 'No text'} ranges=${item.highlights?.text} most=${600} before=${180} /></span>
    <span class="item-foot"><${ScoreBar} scores=${item.sentiment_scores} />
      ${reason && html`<span class="tiny quiet" data-testid="why">${semanticOnly ? 'Found by meaning · ' : ''}${reason}</span>`}
        </span></a></li>`;
}

/** As much as three lines can hold; what is cut says so. */
const opening = (text) => (text.length > 280 ? `${text.slice(0, 280)}…` : text);

/** The short form of the feed. */
export function FeedRow({ item, href }) {
  return html`<li class=${item.fresh ? 'feed-item fresh' : 'feed-item'}>
    <span class="facts"><${Labels} item=${item} /><${Stars} rating=${item.rating} /><span class="clip"><bdi>${item.source}
      </bdi></span>
    <span class="nowrap end">${item.created_at ? date(item.created_at) : `undated`}</span></span>
    <a class="item-link" href=${href} data-list-item data-testid="feed-item">
    <span class="feed-text" dir="auto">${(item.title ? `${item.title.slice(0, 160)}. ` : '') + opening(item.text ?? '')}
      </span></a></li>`;
}

