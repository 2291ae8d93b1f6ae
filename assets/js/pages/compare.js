/** Two models on the same texts: how far they agree, where they do not, and how that went over time. */
import { html, useState } from '../../vendor/preact.js';
import { Record } from '../charts/record.js';
import { CollectionSelect } from '../components/collection.js';
import { Chips } from '../components/facets.js';
import { Figures } from '../components/compare-figures.js';
import { CompareItems } from '../components/compare-items.js';
import { CrossTable } from '../components/cross-table.js';
import { Icon } from '../components/icon.js';
import { ModelTabs } from '../components/model-tabs.js';
import { RangeSelect } from '../components/range.js';
import { Empty, Shown, Skeleton } from '../components/states.js';
import { changed, filterOf } from '../filter.js';
import { percent } from '../format.js';
import { setParams, useRoute } from '../router.js';
import { usable, useModels } from '../state/models.js';
import { useResource } from '../state/resource.js';

const KINDS = [['sentiment', 'Sentiment'], ['emotion', 'Emotion']];

/** The default against the challenger, or against whichever has read most; unless the address says otherwise. */
function chosenPair(models, params) {
  const named = (key) => models.find((m) => m.name === params.get(key));
  const a = named('a') ?? models.find((m) => m.default) ?? models[0];
  const rest = models.filter((m) => m !== a);
  const b = named('b') ?? rest.find((m) => m.challenger) ?? [...rest].sort((x, y) => y.items - x.items)[0];
  return { a, b };
}

function Pick({ letter, models, value, onChange }) {
  return html`<label><span class="small quiet row"><span class="letter">${letter}</span>Model ${letter}</span><span class="select"><select value=${value?.name}
    onChange=${(e) => onChange(e.target.value)} data-testid=${`compare-pick-${letter.toLowerCase()}`}>${models.map((m) => html`<option key=${m.name} value=${m.name}>
    ${m.name}${m.default ? ' (default)' : ''}</option>`)}</select></span></label>`;
}

const fact = (figures, kind) => `The same ${kind} for ${percent(figures.agreement)} of the texts${figures.kappa == null ? '' : `, ${figures.kappa_words}`}`;

function NothingShared({ a, b }) {
  const lacking = b.items ? a.items ? null : a : b;
  return html`<${Empty} title=${lacking ? html`${lacking.name} has read nothing yet` : 'No text here was read by both'} action=${html`<p class="row wrap">
    <a class="button primary" data-right="write" href=${`/models?${new URLSearchParams({ open: (lacking ?? b).name })}`} data-testid="compare-read">Read texts with ${lacking ? 'it' : 'B'}</a></p>`}>
    Two models can be compared on texts that both have read, and on what both of them read: sentiment, emotion, or both.<//>`;
}

function Comparison({ data, a, b }) {
  const kinds = KINDS.filter(([k]) => data[k]?.n);
  const [chosen, choose] = useState('sentiment');
  const kind = kinds.some(([k]) => k === chosen) ? chosen : kinds[0]?.[0];
  if (!kind) return html`<${NothingShared} a=${a} b=${b} />`;
  const figures = data[kind];
  return html`<section class="section"><div class="section-head"><h2 data-testid="compare-fact">${fact(figures, kind)}</h2><span class="grow"></span>
    ${kinds.length > 1 && html`<div class="segments" role="group" aria-label="What to compare">${kinds.map(([k, name]) => html`<button key=${k} type="button"
      aria-pressed=${k === kind ? 'true' : 'false'} onClick=${() => choose(k)} data-testid=${`compare-${k}`}>${name}</button>`)}</div>`}</div>
    <div class="compare-grid"><${Figures} figures=${figures} kind=${kind} a=${a} b=${b} />
      <${CrossTable} figures=${figures} kind=${kind} a=${a.name} b=${b.name} /></div></section>
    ${data.record?.length > 0 && html`<${Record} record=${data.record} />`}
    <${CompareItems} items=${data.items ?? []} a=${a.name} b=${b.name} />`;
}

const FEW = 20;
const MOST = 100;

function Two({ models, params }) {
  const [limit, setLimit] = useState(FEW);
  const { a, b } = chosenPair(models, params);
  const filter = filterOf(params);
  const summary = useResource('/metrics/summary', null);
  const resource = useResource('/models/compare', changed(filter, { a: a.name, b: b.name, limit }));
  // One model against itself says nothing: choosing the other one's swaps them.
  const pick = (key, other) => (name) => setParams(changed(params, { a: a.name, b: b.name, [key]: name, ...(name === (other === 'a' ? a : b).name ? { [other]: (key === 'a' ? a : b).name } : {}) }));
  return html`<div class="pair"><${Pick} letter="A" models=${models} value=${a} onChange=${pick('a', 'b')} />
    <button class="icon-button" type="button" title="Swap" aria-label="Swap A and B" data-testid="compare-swap"
      onClick=${() => setParams(changed(params, { a: b.name, b: a.name }))}><${Icon} name="swap" /></button>
    <${Pick} letter="B" models=${models} value=${b} onChange=${pick('b', 'a')} /></div>
    <div class="filters"><${CollectionSelect} params=${params} onChange=${setParams} />
      <${RangeSelect} params=${params} span=${summary.data?.stretch} onChange=${setParams} /></div><${Chips} params=${params} />
    <${Shown} resource=${resource} skeleton=${html`<div class="compare-grid"><${Skeleton} lines=${4} height=${36} /><${Skeleton} lines=${4} height=${44} label="" /></div>`}>
      ${(data, meta) => html`<${Comparison} data=${data} a=${a} b=${b} />
        ${meta.next_cursor && limit < MOST && html`<p class="more"><button type="button" class="button" onClick=${() => setLimit(MOST)}
          data-testid="compare-more">Show ${MOST}</button></p>`}`}<//>`;
}

export function Compare() {
  const { path, params } = useRoute();
  const resource = useModels();
  return html`<div class="page compare"><div class="page-head"><h1>Compare two models</h1><${ModelTabs} path=${path} /></div>
    <${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${3} height=${40} gap=${16} />`}>${(models) => (usable(models).length > 1
      ? html`<${Two} models=${usable(models)} params=${params} />`
      : html`<${Empty} title="It takes two to compare" action=${html`<p data-right="administer"><a class="button primary" href="/models">Add a model</a></p>`}>
        Add a model from its folder, or tune the one there is with your corrections.<//>`)}<//></div>`;
}
