/** Text of strangers. Always text nodes, each in its own direction; offsets are UTF-16 code units, as JavaScript slices. */
import { html } from '../../vendor/preact.js';

const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff;

/** Moves a cut off the middle of a surrogate pair. */
function safe(text, at) {
  return at > 0 && at < text.length && isLow(text.charCodeAt(at)) ? at - 1 : at;
}

/** Where a snippet begins, so that the first match is in it. */
function snippetStart(text, ranges, before) {
  const first = ranges[0]?.[0] ?? 0;
  if (first <= before) return 0;
  const from = safe(text, first - Math.round(before / 2));
  const space = text.indexOf(' ', from);
  return space >= 0 && space < first ? space + 1 : from;
}

/** The pieces of a text: plain strings and marked ones. `begun` and `goesOn`: it is a part of a longer one. */
export function pieces(text, ranges = [], { most = Infinity, before = Infinity, begun = false, goesOn = false } = {}) {
  const sorted = [...ranges].filter(([a, b]) => b > a && a < text.length).sort((x, y) => x[0] - y[0]);
  const start = snippetStart(text, sorted, before);
  const end = safe(text, Math.min(text.length, start + most));
  const out = start > 0 || begun ? [{ text: '… ' }] : [];
  let at = start;
  for (const [a, b] of sorted) {
    const from = Math.max(a, at);
    const to = Math.min(b, end);
    if (to <= from) continue;
    if (from > at) out.push({ text: text.slice(at, from) });
    out.push({ text: text.slice(from, to), marked: true });
    at = to;
  }
  if (at < end) out.push({ text: text.slice(at, end) });
  if (end < text.length || goesOn) out.push({ text: ' …' });
  return out;
}

export function Words({ text, ranges, most, before, begun, goesOn }) {
  return pieces(text ?? '', ranges, { most, before, begun, goesOn }).map((p, i) => (p.marked ? html`<mark key=${i}>${p.text}</mark>` : p.text));
}

/** An address that may be followed; anything but http and https is shown as text. */
export function SafeLink({ href, children }) {
  let target = null;
  try { target = new URL(href); } catch { /* not an address */ }
  if (!target || !['http:', 'https:'].includes(target.protocol)) return html`<bdi class="break">${href}</bdi>`;
  return html`<a class="inline break" href=${target.href} target="_blank" rel="noopener noreferrer nofollow">
    ${children ?? target.hostname}</a>`;
}
