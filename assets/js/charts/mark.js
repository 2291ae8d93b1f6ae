/** The shape of a sentiment, so that it is not told by colour alone. */
import { html } from '../../vendor/preact.js';
import { SENTIMENT_SHAPES } from '../words.js';

const SHAPES = {
  up: html`<path d="M5 1 9.500 9h-9z" />`,
  dot: html`<rect x="1" y="3.500" width="8" height="3" rx="1.500" />`,
  down: html`<path d="M5 9 .5 1h9z" />`,
};

/** The shape of a sentiment: up, level, down. */
export function SentimentMark({ id }) {
  return html`<svg class=${`mark-${id}`} width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
    ${SHAPES[SENTIMENT_SHAPES[id]] ?? SHAPES.dot}</svg>`;
}
