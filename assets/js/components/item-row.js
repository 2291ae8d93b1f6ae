/** One item in a list, as a link that opens it; its label is a button beside the link, not in it. */
import { html } from '../../vendor/preact.js';
import { date, hundredths, nth } from '../format.js';
import { Labels } from './correct.js';
import { ScoreBar, Stars } from './marks.js';
import { Words } from './text.js';

/** Why a search found it, in words: "Found by words (1st place) and meaning (3rd place, 0.62 similar)". */
export function why(hit) {
  const w = hit.why;
  if (!w) return '';
  const near = w.similarity == null ? '' : `, ${hundredths(w.similarity)} similar`;
  const ways = [w.text_rank && `words (${nth(w.text_rank)} place)`, w.semantic_rank && `meaning (${nth(w.semantic_rank)} place${near})`].filter(Boolean);
  return ways.length ? `Found by ${ways.join(' and ')}` : '';
}

export function ItemRow({ item, href, testid = 'result' }) {
  const title = item.title?.trim();
  const reason = why(item);
  return html`<li class="item"><span class="facts"><${Labels} item=${item} /><${ScoreBar} scores=${item.sentiment_scores} /></span>
    <span class="facts item-origin"><span class="row item-when"><${Stars} rating=${item.rating} /><span class="nowrap">${date(item.created_at)}</span></span>
    <span class="clip"><bdi>${item.source}</bdi></span>${item.author && html`<span class="clip"><bdi>${item.author}</bdi></span>`}</span>
    <a class="item-link" href=${href} data-list-item data-testid=${testid} data-id=${item.id}>
    ${title && html`<span class="item-title" dir="auto"><${Words} text=${title} ranges=${item.highlights?.title} most=${300} />
      </span>`}
    <span class="item-text" dir="auto">
      <${Words} text=${item.text || 'No text'} ranges=${item.highlights?.text} most=${600} before=${180} begun=${item.text_start > 0} goesOn=${item.text_start + item.text.length < item.text_length} /></span>
    ${reason && html`<span class="tiny quiet" data-testid="why">${reason}</span>`}</a></li>`;
}

/** As much as three lines can hold; what is cut says so. */
const opening = (text) => (text.length > 280 ? `${text.slice(0, 280)}…` : text);

/** The short form of the feed. */
export function FeedRow({ item, href }) {
  return html`<li class=${item.fresh ? 'feed-item fresh' : 'feed-item'}>
    <span class="facts"><${Labels} item=${item} /><span class="nowrap end">${date(item.created_at)}</span></span>
    <a class="item-link" href=${href} data-list-item data-testid="feed-item">
    <span class="feed-text" dir="auto">${(item.title ? `${item.title.slice(0, 160)}. ` : '') + opening(item.text ?? '')}</span>
    <span class="facts"><span class="clip"><bdi>${item.source}</bdi></span><${Stars} rating=${item.rating} /></span></a></li>`;
}

