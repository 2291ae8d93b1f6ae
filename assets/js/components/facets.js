/** Ways to narrow the choice, with how many texts each would leave. */
import { html, useState } from '../../vendor/preact.js';
import { DIMENSIONS, dimensionOf } from '../dimensions.js';
import { changed, conditions, hasFilter, toggled, without } from '../filter.js';
import { count } from '../format.js';
import { setParams } from '../router.js';
import { SentimentMark } from '../charts/mark.js';
import { Icon } from './icon.js';

const FEW = 6;
const PANEL = DIMENSIONS.filter((d) => d.control).sort((a, b) => a.panel - b.panel);

function Choices({ dimension, rows, n, params }) {
  const [all, setAll] = useState(false);
  const { name, title, chip, order, marks } = dimension;
  const chosen = params.getAll(name);
  if (order) rows = order.flatMap((l) => rows.filter((r) => r.label === l));
  const known = new Set(rows.map((r) => r.label));
  // Chosen values are in the answer wherever some text has them.
  const list = [...chosen.filter((v) => !known.has(v)).map((label) => ({ label, count: 0 })), ...rows];
  if (list.length < 1 || (list.length === 1 && !chosen.length && !marks)) return null;
  const shown = all ? list : list.slice(0, FEW);
  return html`<fieldset class="facet" data-testid=${`facet-${name}`}><legend>${title}</legend><ul>
    ${shown.map((r) => html`<li key=${r.label}><label class="facet-row">
    <input type="checkbox" checked=${chosen.includes(r.label)} onChange=${() => setParams(toggled(params, name, r.label))} />
    ${marks && html`<${SentimentMark} id=${r.label} />`}<span class="grow clip"><bdi>
      ${chip(r.label, name)}</bdi></span><span class="tiny quiet">${count(r.count)}</span></label></li>`)}
      </ul>
    ${list.length > FEW && html`<button type="button" class="text-button small" onClick=${() => setAll(!all)}>
      ${all ? 'Fewer' : `${count(list.length - FEW)} more`}</button>`}
    ${all && n > rows.length && html`<p class="tiny quiet">${count(rows.length)} of ${count(n)}: those with the most texts. Find
      another with <code>${name}:</code> in the search.</p>`}</fieldset>`;
}

const RATINGS = ['1', '2', '3', '4', '5'];

function Stars({ dimension, params, rows }) {
  if (!rows.length && !params.get('rating_min') && !params.get('rating_max')) return null;
  const low = params.get('rating_min') ?? '';
  const high = params.get('rating_max') ?? '';
  const select = (field, value, name, none) => html`<label class="select small-select"><span class="sr">${name}</span>
    <select value=${value} onChange=${(e) => setParams(changed(params, { [field]: e.target.value }))}>
    <option value="">${none}</option>
      ${[...new Set([...RATINGS, value].filter(Boolean))].map((r) => html`<option key=${r} value=${r}>${r} ★</option>`)}</select>
      </label>`;
  return html`<fieldset class="facet"><legend>${dimension.title}</legend><div class="row">${select('rating_min', low, 'At least', 'any')}
    <span class="quiet small">to</span>${select('rating_max', high, 'At most', 'any')}</div></fieldset>`;
}

const dayOf = (value) => (value ? value.slice(0, 10) : '');
const dayAfter = (value, n) => (value ? new Date(Date.parse(`${value}T00:00:00Z`) + n * 86400e3).toISOString().slice(0, 10) : '');

/** Days as people mean them: both ends belong to it. On the wire `to` is the first moment after. */
function Days({ dimension, params }) {
  const to = params.get('to');
  const lastDay = to ? new Date(Date.parse(to) - 1).toISOString().slice(0, 10) : '';
  return html`<fieldset class="facet"><legend>${dimension.title}</legend><div class="dates">
    <label><span class="tiny quiet">From</span>
      <input class=${params.get('from') ? 'input set' : 'input'} type="date" value=${dayOf(params.get('from'))}
        onChange=${(e) => setParams(changed(params, { from: e.target.value ? `${e.target.value}T00:00:00Z` : null }))}
        data-testid="from" /></label>
    <label><span class="tiny quiet">To</span>
      <input class=${to ? 'input set' : 'input'} type="date" value=${lastDay} onChange=${(e) => setParams(changed(params, { to: e.target.value
        ? `${dayAfter(e.target.value, 1)}T00:00:00Z` : null }))} data-testid="to" /></label></div></fieldset>`;
}

const CONTROLS = { choices: Choices, stars: Stars, days: Days };

export function Facets({ params, facets, values }) {
  return html`<div class="facets">${PANEL.map((d) => html`<${CONTROLS[d.control]} key=${d.name}
    dimension=${d} rows=${facets?.[d.name] ?? []} n=${values?.[d.name] ?? 0} params=${params} />`)}</div>`;
}

/** What narrows the list at present; each can be taken off. */
export function Chips({ params }) {
  const list = conditions(params);
  if (!list.length) return null;
  const off = (c) => setParams(without(params, c.field, c.value));
  const words = (c) => dimensionOf(c.field)?.chip(c.value, c.field) ?? c.value;
  const none = () => setParams(changed(params, Object.fromEntries(list.map((c) => [c.field, null]))));
  return html`<ul class="chips" aria-label="Filters" data-testid="chips">${list.map((c) => html`<li key=${c.field + c.value}>
    <button type="button" class="chip" onClick=${() => off(c)}><span class="clip"><bdi>${words(c)}
    </bdi></span><span class="sr">: remove this filter</span><${Icon} name="close" size=${12} /></button></li>`)}
    ${hasFilter(params) && list.length > 1 && html`<li>
      <button type="button" class="text-button small" onClick=${none}>Clear</button></li>`}</ul>`;
}
