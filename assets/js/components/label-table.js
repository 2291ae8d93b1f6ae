/** What each label of a model stands for here; every line can be changed. */
import { html, useState } from '../../vendor/preact.js';
import { post } from '../api.js';
import { revision } from '../state/live.js';
import { notify } from '../state/notices.js';
import { MEANINGS } from '../words.js';
import { Failure } from './states.js';

const GROUPS = ['Sentiment', 'Emotion'];

function Meaning({ label, value, onChange }) {
  return html`<label class=${value ? 'select small-select set' : 'select small-select'}><span class="sr">Label ${label} stands for</span>
    <select value=${value ?? ''} onChange=${(e) => onChange(e.target.value || null)} data-testid=${`label-${label}`}>
    <option value="">Nothing: leave it out</option>
    ${GROUPS.map((g) => html`<optgroup key=${g} label=${g}>${MEANINGS.filter((m) => m.group === g).map((m) => html`<option key=${m.id} value=${m.id}>
      ${m.name}</option>`)}</optgroup>`)}</select></label>`;
}

export function LabelTable({ model, onSaved }) {
  const own = Object.fromEntries(model.labels.map((l) => [l.label, l.means]));
  const [means, setMeans] = useState(own);
  const [state, setState] = useState({ busy: false, error: null });
  const changed = model.labels.some((l) => means[l.label] !== l.means);
  const save = async () => {
    setState({ busy: true, error: null });
    try {
      const { data } = await post('/models', { path: model.path, name: model.name, labels: means });
      setState({ busy: false, error: null });
      revision.dispatch();
      notify('Labels saved', { ms: 3000 });
      onSaved?.(data);
    } catch (error) { setState({ busy: false, error }); }
  };
  return html`<section data-testid="label-table"><h3>Its labels</h3>
    <p class="small quiet lead-line">What the model calls it, and what it counts as here. A label that is left out takes no share.</p>
    <table class="data labels-table"><thead><tr><th scope="col">Label of the model</th><th scope="col">Stands for</th></tr></thead><tbody>
      ${model.labels.map((l) => html`<tr key=${l.label}><th scope="row" class="break"><code>${l.label}</code></th><td>
        <${Meaning} label=${l.label} value=${means[l.label]} onChange=${(v) => setMeans({ ...means, [l.label]: v })} /></td></tr>`)}</tbody></table>
    ${state.error && html`<${Failure} error=${state.error} compact />`}
    ${changed && html`<p class="row"><button class="button primary" type="button" disabled=${state.busy} onClick=${save}
      data-testid="labels-save">${state.busy ? 'Saving…' : 'Save labels'}</button><button class="button" type="button"
      onClick=${() => setMeans(own)}>Put back</button></p>`}</section>`;
}
