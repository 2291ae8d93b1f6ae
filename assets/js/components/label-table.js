/** What each label of a model stands for here; every line can be changed. */
import { html, useState } from '../../vendor/preact.js';
import { relabel } from '../state/models.js';
import { useMay } from '../state/rights.js';
import { MEANINGS } from '../words.js';
import { plural } from '../format.js';
import { Failure } from './states.js';

const GROUPS = ['Sentiment', 'Emotion'];

function Meaning({ label, value, onChange, disabled }) {
  return html`<label class=${value ? 'select small-select set' : 'select small-select'}><span class="sr">Label ${label} stands for</span>
    <select value=${value ?? ''} disabled=${disabled} onChange=${(e) => onChange(e.target.value || null)} data-testid=${`label-${label}`}>
    <option value="">Nothing: leave it out</option>
    ${GROUPS.map((g) => html`<optgroup key=${g} label=${g}>${MEANINGS.filter((m) => m.group === g).map((m) => html`<option key=${m.id} value=${m.id}>
      ${m.name}</option>`)}</optgroup>`)}</select></label>`;
}

/** The table itself: `labels` in the model's order, `means` label → meaning or null. */
export function LabelRows({ labels, means, onChange, disabled = false }) {
  return html`<table class="data labels-table"><thead><tr><th scope="col">Label of the model</th><th scope="col">Stands for</th></tr></thead><tbody>
    ${labels.map((l) => html`<tr key=${l}><th scope="row" class="break"><code>${l}</code></th><td>
      <${Meaning} label=${l} value=${means[l]} disabled=${disabled} onChange=${(v) => onChange({ ...means, [l]: v })} /></td></tr>`)}</tbody></table>`;
}

/** The table of a model that is there. Other labels make other readings, so those it has made go. */
export function LabelTable({ model, onSaved }) {
  const own = Object.fromEntries(model.labels.map((l) => [l.label, l.means]));
  const may = useMay('administer');
  const [means, setMeans] = useState(own);
  const [state, setState] = useState({ busy: false, error: null });
  const changed = model.labels.some((l) => means[l.label] !== l.means);
  const save = async () => {
    setState({ busy: true, error: null });
    try {
      const saved = await relabel(model, means);
      setState({ busy: false, error: null });
      onSaved?.(saved);
    } catch (error) { setState({ busy: false, error }); }
  };
  return html`<section data-testid="label-table"><h3>Its labels</h3>
    <p class="small quiet lead-line">What the model calls it, and what it counts as here. A label that is left out takes no share.
      ${model.default && may ? ' They can be changed while another model is the default.' : ''}</p>
    <${LabelRows} labels=${model.labels.map((l) => l.label)} means=${means} onChange=${setMeans} disabled=${!may || model.default || state.busy} />
    ${state.error && html`<${Failure} error=${state.error} compact />`}
    ${changed && html`<div class="labels-act">${model.items > 0 && html`<p class="small quiet">Its ${plural(model.items, 'reading')} were made with the old table
      and go; let it read again afterwards.</p>`}
      <p class="row"><button class="button primary" type="button" disabled=${state.busy} onClick=${save}
      data-testid="labels-save">${state.busy ? 'Saving…' : 'Save labels'}</button><button class="button" type="button"
      onClick=${() => setMeans(own)}>Put back</button></p></div>`}</section>`;
}
