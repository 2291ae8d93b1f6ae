/** Everything about one item, at the side of the page it was opened from. */
import { html, useEffect } from '../../vendor/preact.js';
import { date, dateTime, hundredths, languageName } from '../format.js';
import { changed } from '../filter.js';
import { currentRoute, setParams } from '../router.js';
import { deleteItem } from '../state/notices.js';
import { useResource } from '../state/resource.js';
import { kindName, stateName } from '../words.js';
import { CloseButton, Dialog } from './dialog.js';
import { Icon } from './icon.js';
import { EmotionScores, ItemSentiment, SentimentScores, Stars } from './marks.js';
import { Shown, Skeleton } from './states.js';
import { SafeLink } from './text.js';

/** The address of the present page with an item open. */
export function itemHref(id) {
  const { path, params } = currentRoute();
  return `${path}?${changed(params, { item: id })}`;
}

const closeItem = () => setParams(changed(currentRoute().params, { item: null }));

function Analysis({ analysis }) {
  return html`<section class="analysis"><div class="between"><h3>${analysis.model}</h3><span class="tiny quiet">
    ${analysis.analyzed_at ? `read ${dateTime(analysis.analyzed_at)}` : ''}</span></div>
    ${analysis.sentiment ? html`<div class="analysis-grid">
      <${SentimentScores} reading=${analysis.sentiment} testid="item-sentiment" />
      ${analysis.emotion && html`<${EmotionScores} reading=${analysis.emotion} testid="item-emotion" />`}</div>`
      : html`<p class="small quiet">
        ${stateName(analysis.state)}${analysis.state === 'unsupported_language'
          ? ': the model was not trained for it, so it is stored but not scored.' : '.'}</p>`}</section>`;
}

function Fact({ name, children }) {
  return children == null || children === '' ? null : html`<div><dt>${name}</dt><dd class="break">${children}</dd></div>`;
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

function Body({ item }) {
  return html`<div class="drawer-body">
    ${item.title && html`<h2 class=${item.title.length > 120 ? 'drawer-title long' : 'drawer-title'}
      tabindex=${item.title.length > 120 ? 0 : undefined} dir="auto" id="item-title">${item.title}</h2>`}
    <p class="facts"><${ItemSentiment} item=${item} /><${Stars} rating=${item.rating} /><span><bdi>${item.source}</bdi></span><span>
      ${date(item.created_at)}</span></p>
    <p class="drawer-text pre break" dir="auto" data-testid="item-text">${item.text || 'No text'}</p>
    ${(item.analyses?.length ? item.analyses : []).map((a) => html`<${Analysis} key=${a.model} analysis=${a} />`)}
    ${!item.analyses?.length && html`<p class="note">${stateName(item.state ?? 'pending')}.</p>`}
    <section><h3>About it</h3><dl class="facts-list">
      <${Fact} name="Collection"><bdi>${item.collection}</bdi><//><${Fact} name="Source"><bdi>${item.source}</bdi><//>
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
      ${resource.data && html`<button class="icon-button" type="button" onClick=${remove}
        aria-label="Delete this item" title="Delete" data-testid="item-delete"><${Icon} name="bin" /></button>`}
      <${CloseButton} onClose=${closeItem} /></div>
    <${Shown} resource=${resource} skeleton=${html`<div class="drawer-body"><${Skeleton} lines=${8} /></div>`}>
      ${(item) => html`<${Body} item=${item} />`}<//></${Dialog}>`;
}
