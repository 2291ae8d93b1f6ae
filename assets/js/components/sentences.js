/** A text with each sentence tinted by the feeling it carries; hovering or focusing one tells its scores. */
import { html, useMemo, useState } from '../../vendor/preact.js';
import { SentimentMark } from '../charts/mark.js';
import { percent } from '../format.js';
import { emotionName, sentimentName } from '../words.js';

/** From here on a sentence is marked with a sign as well. */
const CLEAR = 0.4;
const MOST = 400;

/** Whether it is worth asking for the sentences of a text; generous, because the server has the last word. */
export const hasSentences = (text) => /[.!?…。！？]["'”’)\]]*\s+\S|\S\s*\n\s*\S/.test(text ?? '');

/** −1 (negative) … 1 (positive). */
export const strengthOf = (sentence) => (sentence.sentiment?.scores?.positive ?? 0) - (sentence.sentiment?.scores?.negative ?? 0);
const sideOf = (strength) => (strength >= CLEAR ? 'positive' : strength <= -CLEAR ? 'negative' : null);

function words(s) {
  if (!s.sentiment) return s.emotion ? `${emotionName(s.emotion.label)} ${percent(s.emotion.scores[s.emotion.label])}` : 'not read';
  const feeling = s.emotion && s.emotion.label !== 'neutral' ? `, ${emotionName(s.emotion.label)} ${percent(s.emotion.scores[s.emotion.label])}` : '';
  return `${sentimentName(s.sentiment.label)} ${percent(s.sentiment.scores[s.sentiment.label])}${feeling}`;
}

/** The text in pieces: what lies between sentences stays plain. Offsets are UTF-16, as JavaScript slices. */
export function partsOf(text, sentences) {
  const out = [];
  let at = 0;
  for (const s of [...sentences].sort((a, b) => a.start - b.start).slice(0, MOST)) {
    if (s.start < at || s.end <= s.start || s.end > text.length) continue;
    if (s.start > at) out.push({ text: text.slice(at, s.start) });
    out.push({ text: text.slice(s.start, s.end), sentence: s });
    at = s.end;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}

/** The sentence that speaks loudest. */
const loudest = (sentences) => sentences.reduce((best, s, i) => (best == null || Math.abs(strengthOf(s)) > Math.abs(strengthOf(sentences[best])) ? i : best), null);

function Readout({ sentences, at }) {
  const first = at == null ? loudest(sentences) : at;
  const s = sentences[first];
  if (!s) return null;
  const side = sideOf(strengthOf(s));
  const carried = sentences.filter((x) => sideOf(strengthOf(x))).length;
  return html`<p class="sentence-readout small" role="status" data-testid="sentence-readout">
    <span class="quiet">${at == null ? 'Strongest' : `Sentence ${first + 1} of ${sentences.length}`}</span>
    <span class="row">${s.sentiment && html`<${SentimentMark} id=${side ?? s.sentiment.label} />`}<strong>${words(s)}</strong></span>
    ${at == null && html`<span class="quiet">${carried ? `${carried} of ${sentences.length} sentences carry a clear feeling`
      : `none of ${sentences.length} sentences carries a clear feeling`}</span>`}</p>`;
}

/** The sign stays on the line of the first word. */
function Marked({ side, text }) {
  const first = /^\S{1,24}(?=\s|$)/.exec(text)?.[0] ?? '';
  return html`<span class="nowrap"><${SentimentMark} id=${side} />${first}</span>${text.slice(first.length)}`;
}

/** @param {{text: string, sentences: any[]|null, testid?: string}} props  without sentences it is just the text */
export function SentenceText({ text, sentences, testid }) {
  const [at, setAt] = useState(null);
  const parts = useMemo(() => (sentences?.length > 1 ? partsOf(text, sentences) : null), [text, sentences]);
  if (!parts) return html`<p class="drawer-text pre break" dir="auto" data-testid=${testid}>${text || 'No text'}</p>`;
  const list = parts.filter((p) => p.sentence).map((p) => p.sentence);
  let n = -1;
  return html`<div class="sentences" data-testid="sentences"><p class="drawer-text pre break" dir="auto" data-testid=${testid}>
    ${parts.map((p, i) => {
      if (!p.sentence) return p.text;
      n += 1;
      const index = n;
      const strength = strengthOf(p.sentence);
      const side = sideOf(strength);
      return html`<span key=${i} tabindex="0" class=${`sentence ${strength > 0 ? 'up' : 'down'} ${side ?? 'weak'} ${at === index ? 'current' : ''}`}
        title=${words(p.sentence)} style=${{ '--strength': Math.min(1, Math.abs(strength)).toFixed(2) }} data-testid="sentence"
        data-label=${p.sentence.sentiment?.label} onPointerEnter=${() => setAt(index)} onPointerLeave=${() => setAt(null)}
        onFocus=${() => setAt(index)} onBlur=${() => setAt(null)}>${side ? html`<${Marked} side=${side} text=${p.text} />` : p.text}</span>`;
    })}</p><${Readout} sentences=${list} at=${at} /></div>`;
}
