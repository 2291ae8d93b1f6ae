/** The part of Markdown that model cards are written in, as elements. Text of strangers: nothing of it becomes HTML. */
import { html } from '../../vendor/preact.js';
import { SafeLink } from './text.js';

const INLINE = /(`[^`]+`)|\*\*([^*]+)\*\*|\[([^\]]*)\]\(([^)\s]+)[^)]*\)|(?:^|(?<=\s))[*_]([^*_\s][^*_]*)[*_](?=[\s.,;:)]|$)/g;

function inline(text) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(INLINE)) {
    if (m.index > at) out.push(text.slice(at, m.index));
    if (m[1]) out.push(html`<code>${m[1].slice(1, -1)}</code>`);
    else if (m[2]) out.push(html`<strong>${m[2]}</strong>`);
    else if (m[4]) out.push(/^https?:/i.test(m[4]) ? html`<${SafeLink} href=${m[4]}>${m[3] || m[4]}<//>` : m[3]);
    else out.push(html`<em>${m[5]}</em>`);
    at = m.index + m[0].length;
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((c) => c.trim());
const isRule = (line) => /^\s*\|?[\s:|-]+\|[\s:|-]*$/.test(line ?? '') && line.includes('-');

function Table({ lines, label }) {
  const [head, rule, ...rows] = lines.map(cells);
  const right = rule.map((c) => c.endsWith(':'));
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${label}><table class="data"><thead><tr>
    ${head.map((c, i) => html`<th key=${i} scope="col" class=${right[i] ? 'num' : ''}>${inline(c)}</th>`)}</tr></thead><tbody>
    ${rows.map((r, k) => html`<tr key=${k}>${r.map((c, i) => html`<td key=${i} class=${right[i] ? 'num' : ''}>${inline(c)}</td>`)}</tr>`)}
    </tbody></table></div>`;
}

/** Cuts a card into blocks; what is not known stays a paragraph. */
export function blocksOf(source) {
  const lines = source.replace(/\r\n?/g, '\n').replace(/^---\n[\s\S]*?\n---\n/, '').split('\n');
  const out = [];
  let i = 0;
  const take = (while_) => { const from = i; while (i < lines.length && while_(lines[i])) i += 1; return lines.slice(from, i); };
  while (i < lines.length) {
    const line = lines[i];
    if (!line.trim()) i += 1;
    else if (/^\s*```/.test(line)) { i += 1; out.push({ kind: 'code', lines: take((l) => !/^\s*```/.test(l)) }); i += 1; }
    else if (/^#{1,6}\s/.test(line)) { out.push({ kind: 'head', level: line.match(/^#+/)[0].length, text: line.replace(/^#+\s*|\s*#+\s*$/g, '') }); i += 1; }
    else if (line.includes('|') && isRule(lines[i + 1])) out.push({ kind: 'table', lines: take((l) => l.includes('|')) });
    else if (/^\s*([-*+]|\d+[.)])\s/.test(line)) {
      const items = [];
      for (const l of take((x) => x.trim() && !/^#{1,6}\s|^\s*```/.test(x))) {
        if (/^\s*([-*+]|\d+[.)])\s/.test(l) || !items.length) items.push(l.replace(/^\s*([-*+]|\d+[.)])\s+/, ''));
        else items[items.length - 1] += ` ${l.trim()}`;
      }
      out.push({ kind: 'list', items });
    } else {
      const text = take((l) => l.trim() && !/^#{1,6}\s|^\s*```|^\s*[-*+]\s/.test(l)).map((l) => l.trim()).join(' ');
      if (text) out.push({ kind: 'text', text }); else { out.push({ kind: 'text', text: line }); i += 1; }
    }
  }
  return out;
}

export function Markdown({ source }) {
  let tables = 0;
  return html`<div class="card-text break">${blocksOf(source).map((b, i) => {
    if (b.kind === 'head') return b.level <= 2 ? html`<h3 key=${i} class="card-head">${inline(b.text)}</h3>` : html`<h4 key=${i}>${inline(b.text)}</h4>`;
    if (b.kind === 'code') return html`<pre key=${i} tabindex="0"><code>${b.lines.join('\n')}</code></pre>`;
    if (b.kind === 'table') return html`<${Table} key=${i} lines=${b.lines} label=${`Table ${tables += 1} of the card`} />`;
    if (b.kind === 'list') return html`<ul key=${i} class="bullets">${b.items.map((t, k) => html`<li key=${k}>${inline(t)}</li>`)}</ul>`;
    return html`<p key=${i}>${inline(b.text)}</p>`;
  })}</div>`;
}
