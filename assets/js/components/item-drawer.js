/** Everything about one item, at the side of the page it was opened from. */
import { html, useEffect, useState } from '../../vendor/preact.js';
import { date, dateTime, hundredths, languageName, percent } from '../format.js';
import { changed } from '../filter.js';
import { currentRoute, setParams } from '../router.js';
import { useShown } from '../state/corrections.js';
import { deleteItem } from '../state/notices.js';
import { useResource } from '../state/resource.js';
import { kindName, stateName } from '../words.js';
import { CloseButton, Dialog } from './dialog.js';
import { Labels, sentenceOf } from './correct.js';
import { Icon } from './icon.js';
import { EmotionScores, SentimentScores, Stars } from './marks.js';
import { SentenceText, hasSentences } from './sentences.js';
import { Shown, Skeleton } from './states.js';
import { SafeLink } from './text.js';

/** The address of the present page with an item open. */
export function itemHref(id) {
  const { path, params } = currentRoute();
  return `${path}?${changed(params, { item: id })}`;
}

const closeItem = () => setParams(changed(currentRoute().params, { item: null }));

function Analysis({ analysis, counts }) {
  const { sentiment, emotion } = analysis;
  return html`<section class="analysis" data-testid="analysis" data-model=${analysis.model}><div class="between wrap">
    <h3 class="break">${analysis.model}${counts && html`<span class="badge-plain">default</span>`}</h3><span class="tiny quiet">
    ${analysis.analyzed_at ? `read ${dateTime(analysis.analyzed_at)}` : ''}</span></div>
    ${sentiment || emotion ? html`<div class="analysis-grid">
      ${sentiment && html`<${SentimentScores} reading=${sentiment} testid="item-sentiment" />`}
      ${emotion && html`<${EmotionScores} reading=${emotion} testid="item-emotion" />`}</div>`
      : html`<p class="small quiet">
        ${stateName(analysis.state)}${analysis.state === 'unsupported_language'
          ? ': the model was not trained for it, so it is stored but not scored.'
          : analysis.state === 'removed' ? ': the text was deleted where it stood.' : '.'}</p>`}</section>`;
}

/** One reading per name: a bundled model of an earlier version bears the same name, and its reading is out of date. */
function newestOf(analyses) {
  const byName = new Map();
  for (const a of analyses ?? []) {
    const other = byName.get(a.model);
    if (!other || String(a.analyzed_at) > String(other.analyzed_at)) byName.set(a.model, a);
  }
  return [...byName.values()];
}

const TINT_KEY = 'soundings-sentences';
const tintKept = () => { try { return localStorage.getItem(TINT_KEY) !== 'off'; } catch { return true; } };

/** The words themselves; which sentences carry the feeling is asked for once the item is shown. */
function Text({ item }) {
  const [tinted, setTinted] = useState(tintKept);
  const worth = item.state === 'done' && hasSentences(item.text);
  const resource = useResource(worth && tinted ? `/items/${encodeURIComponent(item.id)}` : null, { sentences: true }, { keep: false, once: true });
  const same = resource.data?.text === item.text;
  const flip = () => { setTinted(!tinted); try { localStorage.setItem(TINT_KEY, tinted ? 'off' : 'on'); } catch { /* for this visit only */ } };
  return html`<section aria-label="Text">
    <${SentenceText} text=${item.text} sentences=${tinted && same ? resource.data.sentences : null} testid="item-text" />
    ${worth && html`<p class="between wrap sentence-foot"><label class="check small"><input type="checkbox" checked=${tinted} onChange=${flip}
      data-testid="sentences-toggle" />Show which sentences carry it</label>
      ${resource.error && html`<span class="tiny bad-text" role="alert">Sentences could not be read: ${resource.error.message}</span>`}</p>`}
  </section>`;
}

function Fact({ name, children }) {
  return children == null || children === '' ? null : html`<div><dt>${name}</dt><dd class="break">${children}</dd></div>`;
}

/** What was answered to it; it is never part of what the model reads. */
function Reply({ text }) {
  return text ? html`<section data-testid="item-reply"><h3>Reply</h3><p class="quote small pre" dir="auto">${text}</p></section>` : null;
}

/** The text as the file had it, where mark-up was taken out of it. */
function Original({ text }) {
  return text ? html`<details class="small" data-testid="item-original"><summary>As it stood in the file</summary>
    <pre class="tiny break pre" dir="auto">${text}</pre></details>` : null;
}

function Metadata({ metadata }) {
  const rows = Object.entries(metadata ?? {});
  if (!rows.length) return null;
  return html`<section><h3>From the file</h3><dl class="facts-list">${rows.map(([k, v]) => html`<${Fact} key=${k} name=${k}><bdi>
    ${typeof v === 'string' ? v : JSON.stringify(v)}</bdi><//>`)}</dl></section>`;
}

function Similar({ id }) {
  const resource = useResource(`/items/${encodeURIComponent(id)}/similar`, { limit: 5 }, { keep: false });
  return html`<section data-testid="similar"><h3>Similar in meaning</h3>
    <${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${3} />`}>${(rows) => (rows.length
    ? html`<ul class="similar">${rows.map((r) => html`<li key=${r.id}>
      <a href=${itemHref(r.id)} data-list-item data-testid="similar-item"><span class="clip2 small" dir="auto">
      ${(r.title ? `${r.title}. ` : '') + r.text}</span><span class="tiny quiet nowrap">
      ${r.score != null ? hundredths(r.why?.similarity ?? r.score) : ''}</span></a></li>`)}</ul>`
    : html`<p class="small quiet">Nothing close to it yet.</p>`)}<//></section>`;
}

function Body({ item: read }) {
  const item = useShown(read);
  const analyses = newestOf(item.analyses);
  return html`<div class="drawer-body">
    ${item.title && html`<h2 class=${item.title.length > 120 ? 'drawer-title long' : 'drawer-title'}
      tabindex=${item.title.length > 120 ? 0 : undefined} dir="auto" id="item-title">${item.title}</h2>`}
    <div><p class="facts"><${Labels} item=${item} full />
      ${item.sentiment && !item.correction && item.sentiment_score != null && html`<span>${percent(item.sentiment_score)} sure</span>`}
      <${Stars} rating=${item.rating} /><span><bdi>${item.source}</bdi></span><span>${date(item.created_at)}</span></p>
      ${item.correction && html`<p class="tiny quiet break corrected-line" data-testid="corrected-line">${sentenceOf(item)}</p>`}</div>
    <${Text} key=${item.id} item=${item} />
    <${Original} text=${item.original} /><${Reply} text=${item.reply} />
    ${analyses.map((a) => html`<${Analysis} key=${a.model} analysis=${a}
      counts=${analyses.length > 1 && a.model === item.model} />`)}
    ${!analyses.length && html`<p class="note">${stateName(item.state ?? 'pending')}.</p>`}
    <section><h3>About it</h3><dl class="facts-list">
      <${Fact} name="Collection"><bdi>${item.collection}</bdi><//><${Fact} name="Source"><bdi>${item.source}</bdi><//>
      <${Fact} name="About">${item.subject && html`<bdi>${item.subject}</bdi>`}<//>
      <${Fact} name="Author">${item.author && html`<bdi>${item.author}</bdi>`}<//>
      <${Fact} name="Kind">${item.kind && kindName(item.kind)}<//>
      <${Fact} name="Language">${item.language && languageName(item.language)}<//>
      <${Fact} name="Link">${item.url && html`<${SafeLink} href=${item.url} />`}<//>
      <${Fact} name="Imported">${dateTime(item.imported_at)}<//>
      <${Fact} name="Encoding">${item.repaired ? 'Broken characters were repaired' : null}<//>
      <${Fact} name="Id"><code class="tiny">${item.external_id ?? item.id}</code><//></dl></section>
    <${Metadata} metadata=${item.metadata} /><${Similar} id=${item.id} /></div>`;
}

export function ItemDrawer({ id }) {
  const resource = useResource(`/items/${encodeURIComponent(id)}`, null, { keep: false });
  useEffect(() => { document.querySelector('dialog.drawer')?.scrollTo(0, 0); }, [id]);
  const remove = () => { closeItem(); deleteItem(id); };
  return html`<${Dialog} kind="drawer" label="Item" onClose=${closeItem} testid="item-drawer">
    <div class="drawer-head"><h2 class="drawer-kind">Item</h2><span class="grow"></span>
      ${resource.data && html`<button class="icon-button" type="button" data-right="write" onClick=${remove}
        aria-label="Delete this item" title="Delete" data-testid="item-delete"><${Icon} name="bin" /></button>`}
      <${CloseButton} onClose=${closeItem} first /></div>
    <${Shown} resource=${resource} skeleton=${html`<div class="drawer-body"><${Skeleton} lines=${8} /></div>`}>
      ${(item) => html`<${Body} item=${item} />`}<//></${Dialog}>`;
}
