/** Who reads the texts: the models that there are, which of them counts, and how corrections make it better. */
import { html, useState } from '../../vendor/preact.js';
import { Challenger } from '../components/challenger.js';
import { Icon } from '../components/icon.js';
import { ModelAdd } from '../components/model-add.js';
import { ModelDrawer } from '../components/model-drawer.js';
import { ModelRow } from '../components/model-row.js';
import { ModelTabs } from '../components/model-tabs.js';
import { Shown, Skeleton } from '../components/states.js';
import { Tune } from '../components/tune.js';
import { changed } from '../filter.js';
import { plural } from '../format.js';
import { setParams, useRoute } from '../router.js';
import { setDefault, usable, useModels } from '../state/models.js';

export function Models() {
  const { path, params } = useRoute();
  const resource = useModels();
  const [adding, setAdding] = useState(false);
  const [discarded, showDiscarded] = useState(false);
  const all = resource.data ?? [];
  const standard = all.find((m) => m.default);
  const hidden = all.length - usable(all).length;
  const openModel = (name) => setParams(changed(params, { open: name }));
  const open = params.get('open');
  return html`<div class="page models"><div class="page-head"><h1 class="break">${standard ? html`<span class="whole" data-testid="models-default">${standard.name}</span> reads
    your texts` : 'Models'}</h1><${ModelTabs} path=${path} /></div>
    <div class="models-grid"><div class="models-main">
      <section class="section" aria-labelledby="models-title"><div class="section-head"><h2 id="models-title">Models</h2><span class="grow"></span>
        <button class="button" type="button" data-right="administer" onClick=${() => setAdding(true)} data-testid="model-add"><${Icon} name="plus" size=${16} />Add a model</button></div>
        <${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${3} height=${56} gap=${20} />`}>${(models) => html`
          <ul class="lines" data-testid="models">${(discarded ? models : usable(models)).map((m) => html`<${ModelRow} key=${m.fingerprint + m.name} model=${m}
            href=${`/models?${changed(params, { open: m.name })}`} onDefault=${() => setDefault(m, standard)} />`)}</ul>
          ${hidden > 0 && html`<p><button type="button" class="text-button" onClick=${() => showDiscarded(!discarded)}>${discarded ? 'Hide' : 'Show'} ${plural(hidden, 'discarded or outdated model')}
            </button></p>`}
          ${models.length === 1 && html`<p class="small quiet models-hint" data-right="administer">Another model can be added from its folder and compared with this one, text by text.</p>`}`}<//></section>
      ${resource.data && html`<${Challenger} models=${usable(resource.data)} />`}</div>
    <div class="models-side"><${Tune} /></div></div>
    ${adding && html`<${ModelAdd} onClose=${() => setAdding(false)} onOpen=${(name) => { setAdding(false); openModel(name); }} />`}
    ${open && html`<${ModelDrawer} key=${open} name=${open} before=${standard?.name === open ? null : standard} />`}</div>`;
}
