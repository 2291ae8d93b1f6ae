/** A model from a folder of this machine: path, what its labels mean where their names do not say it, then the result. */
import { html, useState } from '../../vendor/preact.js';
import { post } from '../api.js';
import { revision } from '../state/live.js';
import { CloseButton, Dialog } from './dialog.js';
import { LabelRows, LabelTable } from './label-table.js';
import { readsOf } from './model-row.js';
import { Failure } from './states.js';

/** The labels that the server could not place: from its details, or as it quotes them. */
export function unplacedLabels(error) {
  if (Array.isArray(error?.details?.labels)) return error.details.labels.map(String);
  const quoted = /labels mean is not known \((.*?)\): /s.exec(error?.message ?? '')?.[1] ?? '';
  return [...quoted.matchAll(/`([^`]+)`/g)].map((m) => m[1]);
}

function Added({ model, onSaved, onOpen, onClose }) {
  return html`<p class="lead-small"><strong class="break">${model.name}</strong>. ${readsOf(model)}. It reads nothing until you ask it to.</p>
    <${LabelTable} key=${model.labels.map((l) => l.means).join()} model=${model} onSaved=${onSaved} />
    <p class="row dialog-foot"><button class="button primary" type="button" onClick=${() => onOpen(model.name)} data-testid="model-add-open">Open it</button>
      <button class="button" type="button" onClick=${onClose}>Done</button></p>`;
}

export function ModelAdd({ onClose, onOpen }) {
  const [form, setForm] = useState({ path: '', name: '' });
  const [means, setMeans] = useState(null);
  const [state, setState] = useState({ busy: false, error: null, model: null });
  const add = async (event) => {
    event.preventDefault();
    setState({ busy: true, error: null, model: null });
    try {
      const { data } = await post('/models', { path: form.path.trim(), name: form.name.trim() || undefined, labels: means ?? undefined });
      revision.dispatch();
      setState({ busy: false, error: null, model: data });
    } catch (error) {
      const labels = unplacedLabels(error);
      if (labels.length) setMeans((old) => Object.fromEntries(labels.map((l) => [l, old?.[l] ?? null])));
      setState({ busy: false, error: labels.length && !means ? null : error, model: null });
    }
  };
  const { model } = state;
  const field = (key) => ({ value: form[key], onInput: (e) => { setForm({ ...form, [key]: e.target.value }); if (key === 'path') setMeans(null); } });
  return html`<${Dialog} labelledby="add-title" onClose=${onClose} testid="model-add-dialog"><div class="dialog-body">
    <div class="between"><h2 class="dialog-title" id="add-title">${model ? 'Added' : 'Add a model'}</h2><${CloseButton} onClose=${onClose} /></div>
    ${model ? html`<${Added} model=${model} onOpen=${onOpen} onClose=${onClose} onSaved=${(saved) => setState({ busy: false, error: null, model: saved })} />`
      : html`<form onSubmit=${add}><p class="lead-small">A Hugging Face folder of a BERT, DistilBERT, RoBERTa or XLM-RoBERTa text classifier: <code>
        config.json</code>, <code>tokenizer.json</code> and <code>model.safetensors</code>.</p>
      <div class="stack"><label class="field wide"><span class="field-name">Folder on the machine that runs Soundings</span>
        <input class="input" required autofocus autocomplete="off" spellcheck="false" placeholder="/home/me/models/roberta-sentiment"
          ...${field('path')} data-testid="model-path" /></label>
      <label class="field wide"><span class="field-name">Name <span class="quiet">(optional)</span></span>
        <input class="input" autocomplete="off" spellcheck="false" maxlength="100" placeholder="the folder’s name" ...${field('name')}
          data-testid="model-name" /></label></div>
      ${means && html`<div class="labels-ask" data-testid="labels-ask" role="group" aria-label="Its labels"><h3>What do its labels mean?</h3>
        <p class="small quiet lead-line">Their names do not say it. At least two sentiments or two emotions are needed.</p>
        <${LabelRows} labels=${Object.keys(means)} means=${means} onChange=${setMeans} /></div>`}
      ${state.error && html`<${Failure} error=${state.error} compact />`}
      <p class="row dialog-foot"><button class="button primary" type="submit" disabled=${state.busy || !form.path.trim()}
        data-testid="model-add-submit">${state.busy ? 'Looking at it…' : 'Add'}</button>
        <button class="button" type="button" onClick=${onClose}>Cancel</button></p></form>`}</div></${Dialog}>`;
}
