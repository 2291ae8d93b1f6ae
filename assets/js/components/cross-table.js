/** Who said what: A's labels down, B's labels across; the darker, the more of A's texts. */
import { html } from '../../vendor/preact.js';
import { count, percent } from '../format.js';
import { SentimentMark } from '../charts/mark.js';
import { EMOTIONS, SENTIMENTS, emotionName, sentimentName } from '../words.js';

/** @param {{figures: {labels: string[], table: number[][], shares: (number|null)[][]}, kind: 'sentiment'|'emotion', a: string, b: string}} props */
export function CrossTable({ figures, kind, a, b }) {
  const { labels, table, shares } = figures;
  const name = kind === 'sentiment' ? sentimentName : emotionName;
  const usual = (kind === 'sentiment' ? SENTIMENTS : EMOTIONS).filter((l) => labels.includes(l));
  const order = [...usual, ...labels.filter((l) => !usual.includes(l))];
  const at = (rows, r, c) => rows[labels.indexOf(r)]?.[labels.indexOf(c)] ?? 0;
  const head = (l) => html`<span class="row">${kind === 'sentiment' && html`<${SentimentMark} id=${l} />`}${name(l)}</span>`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Cross table">
    <table class=${order.length > 3 ? 'cross large' : 'cross'} data-testid="cross-table">
    <caption class="sr">Texts by what ${a} (rows) and ${b} (columns) read; the same on the diagonal.</caption>
    <thead><tr><th class="axis" scope="col"><span class="letter">A</span>says</th><th class="axis" scope="colgroup" colspan=${order.length}>
      <span class="letter">B</span>says</th></tr>
    <tr><td></td>${order.map((l) => html`<th key=${l} scope="col">${head(l)}</th>`)}</tr></thead>
    <tbody>${order.map((r) => html`<tr key=${r}><th scope="row">${head(r)}</th>${order.map((c) => {
        const [n, share] = [at(table, r, c), at(shares, r, c)];
        return html`<td key=${c} class=${`${r === c ? 'same' : ''} ${n ? '' : 'none'}`} style=${{ '--heat': share.toFixed(3) }}
          title=${`${count(n)}: A ${name(r)}, B ${name(c)} (${percent(share)} of A’s ${name(r)})`}>${count(n)}</td>`;
      })}</tr>`)}</tbody></table></div>`;
}
