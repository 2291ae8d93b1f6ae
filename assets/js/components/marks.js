/** Small marks and bars: sentiment, emotion, stars, progress. Every one says its value in words too. */
import { html } from '../../vendor/preact.js';
import { SentimentMark } from '../charts/mark.js';
import { count, decimal, percent } from '../format.js';
import { EMOTIONS, SENTIMENTS, emotionColour, emotionName, sentimentName, stateName } from '../words.js';

/** Sentiment of an item in a word, or why there is none. */
export function SentimentTag({ item }) {
  if (!item.sentiment && item.emotion) return null;
  if (!item.sentiment) return html`<span class="tag tag-none">${stateName(item.state)}</span>`;
  return html`<span class=${`tag tag-${item.sentiment}`}><${SentimentMark} id=${item.sentiment} />${sentimentName(item.sentiment)}
    </span>`;
}

/** Three scores as one thin bar. */
export function ScoreBar({ scores, label }) {
  if (!scores) return null;
  const text = SENTIMENTS.filter((s) => scores[s] != null).map((s) => `${sentimentName(s)} ${percent(scores[s])}`).join(', ');
  return html`<span class="scorebar" role="img" aria-label=${label ?? text} title=${text}>
    ${SENTIMENTS.map((s) => html`<span key=${s} class=${`fill-${s}`} style=${{ flexGrow: Math.max(scores[s] ?? 0, 0.001) }}></span>`)}
      </span>`;
}

/**
 * Each label begins where its part of the bar begins; the last one ends where the bar ends, so that a thin middle part
 * has room to be named over it.
 */
const LEAST = { positive: '8rem', neutral: '0', negative: '18rem' };
const columnsOf = (counts) => SENTIMENTS.filter((s) => counts[s] > 0 || s !== 'neutral')
  .map((s) => `minmax(${LEAST[s]}, ${Math.max(counts[s], 1)}fr)`).join(' ');

/** The distribution as one bar with its labels on it. `hrefOf(label)` makes each part a link. */
export function SentimentBar({ counts, shares, hrefOf }) {
  return html`<div class="sentiment" data-testid="sentiment-bar">
    <div class="sentiment-bar" aria-hidden="true">
      ${SENTIMENTS.map((s) => counts[s] > 0 && html`<a key=${s} tabindex="-1" class=${`fill-${s}`} href=${hrefOf(s)}
        style=${{ flexGrow: counts[s] }}></a>`)}</div>
    <ul class="sentiment-labels"
      style=${{ '--columns': columnsOf(counts) }}>${SENTIMENTS.map((s) => (counts[s] > 0 || s !== 'neutral') && html`<li key=${s}><a href=${hrefOf(s)} data-testid=${`sentiment-${s}`}>
      <span class="row"><${SentimentMark} id=${s} /><span class="label">${sentimentName(s)}</span></span>
      <span class="figure">${shares[s] ? percent(shares[s].share) : '–'}</span>
      <span class="quiet tiny">${count(counts[s])}</span></a></li>`)}</ul>
  </div>`;
}

/** Rows of label, bar, count and, where the server says one, share. Each may be a link. */
export function BarList({ rows, name, colourOf, hrefOf, testid, most }) {
  const largest = Math.max(1, ...rows.map((r) => r.count));
  return html`<ul class="bars" data-testid=${testid}>${(most ? rows.slice(0, most) : rows).map((r) => html`<li key=${r.label}>
    <a href=${hrefOf(r.label)} class="bar-row"><span class="bar-words"><span class="bar-name"><bdi>${name ? name(r.label) : r.label}
      </bdi></span>
      <span class="bar-count">${count(r.count)}</span><span class="bar-share">${r.share == null ? '' : percent(r.share)}</span>
        </span>
      <span class="bar-track" aria-hidden="true">
        <span style=${{ width: r.count ? `${(100 * r.count) / largest}%` : '0', background: colourOf?.(r.label) }}></span></span>
        </a></li>`)}</ul>`;
}

/** Scores of one model for one text; a label that the model does not know is left out. */
export function Scores({ labels, scores, top, name, colourOf, testid }) {
  return html`<dl class="scores" data-testid=${testid}>
    ${labels.filter((l) => scores[l] != null).map((l) => html`<div key=${l} class=${l === top ? 'score top' : 'score'}>
    <dt>${name(l)}</dt><dd class="bar-track" aria-hidden="true">
      <span style=${{ width: `${100 * scores[l]}%`, background: colourOf(l) }}></span></dd>
    <dd class="num">${percent(scores[l])}</dd></div>`)}</dl>`;
}

export const SentimentScores = ({ reading, testid }) => html`<${Scores} labels=${SENTIMENTS} scores=${reading.scores} top=${reading.label} name=${sentimentName} colourOf=${(l) => `var(--${l})`} testid=${testid} />`;
export const EmotionScores = ({ reading, testid }) => html`<${Scores} labels=${[...EMOTIONS].sort((a, b) => reading.scores[b] - reading.scores[a])} scores=${reading.scores} top=${reading.label} name=${emotionName} colourOf=${emotionColour} testid=${testid} />`;

export function Stars({ rating }) {
  if (rating == null) return null;
  const text = Number.isInteger(rating) ? count(rating) : decimal(rating);
  return html`<span class="stars nowrap"><span class="sr">${text} of 5 stars</span><span aria-hidden="true">${text} ★</span>
    </span>`;
}

/** Progress of one step; without a total it says only how far it is. */
export function Progress({ done, total, label }) {
  const known = total > 0;
  return html`<div class="progress">
    <div class=${known ? 'progress-track' : 'progress-track unknown'} role="progressbar" aria-label=${label}
    aria-valuemin="0" aria-valuemax=${known ? total : undefined} aria-valuenow=${known ? Math.min(done, total) : undefined}>
    <span style=${known ? { width: `${Math.min(100, (100 * done) / total)}%` } : {}}></span></div></div>`;
}

/** A change against the window before; good and bad are words here, not only colours. */
export function Change({ text, tone, note }) {
  if (!text) return html`<span class="change tiny quiet">${note ?? ''}</span>`;
  return html`<span class=${`change tiny ${tone ?? ''}`}>${text}${note && html` <span class="quiet">${note}</span>`}</span>`;
}

/** Sentiment with its probability, for where there is room. */
export function ItemSentiment({ item }) {
  return html`<${SentimentTag} item=${item} />${item.sentiment && item.sentiment_score != null && html`<span class="quiet">
    ${percent(item.sentiment_score)} sure</span>`}`;
}
