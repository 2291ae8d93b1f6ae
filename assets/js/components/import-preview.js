/** What was found in a file, and the chance to say otherwise before anything is stored. */
import { html } from '../../vendor/preact.js';
import { bytes, plural } from '../format.js';
import { ROLES } from '../words.js';
import { ImportReading } from './import-reading.js';
import { Failure } from './states.js';

const CUT = 160;
const cut = (text) => { const t = String(text ?? ''); return t.length > CUT ? `${t.slice(0, CUT)}…` : t; };

function Head({ column, role, index, dispatch }) {
  return html`<th scope="col" class=${role ? 'mapped' : ''}><span class="column-name clip" title=${column.name}><bdi>${column.name}
    </bdi></span>
    <label class=${role ? 'select small-select set' : 'select small-select'}><span class="sr">Use column ${column.name} as</span>
      <select value=${role} onChange=${(e) => dispatch({ type: 'role', column: index, role: e.target.value })}
        data-testid=${`role-${index}`}>
      <option value="">${/^\s*tags?\s*$/i.test(column.name) ? 'Keep as tags' : 'Keep as detail'}</option>${ROLES.map((r) => html`<option key=${r.id} value=${r.id}>${r.name}</option>`)}
        </select></label></th>`;
}

export function ImportPreview({ state, dispatch, onStart, onCancel }) {
  const { preview, roles, options, error, phase, looking } = state;
  const hasText = roles.includes('text');
  const delimiter = { ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' }[preview.delimiter] ?? preview.delimiter;
  const facts = [bytes(preview.bytes), String(preview.format ?? '').toUpperCase(), preview.encoding, delimiter && `separated by ${delimiter}`].filter(Boolean);
  return html`<section class=${looking ? 'preview looking' : 'preview'} aria-busy=${looking} aria-labelledby="preview-title"
    data-testid="import-preview">
    <div class="between wrap"><div><h2 class="break" id="preview-title">${preview.file}</h2><p class="small quiet">
      ${facts.join(' · ')}</p></div></div>
    <p class="lead-small">
      ${hasText ? 'These columns were recognised. Change what is wrong; the rest is kept with each text.'
        : 'No column looks like text. Choose the one that holds the words.'}</p>
    ${error && html`<${Failure} error=${error} compact />`}
    <${ImportReading} preview=${preview} options=${options} roles=${roles} dispatch=${dispatch} />
    <div class="table-scroll bleed" tabindex="0" role="region" aria-label="Preview of the file"><table class="data preview-table">
      <thead><tr>
      ${preview.columns.map((c, i) => html`<${Head} key=${i} column=${c} role=${roles[i]} index=${i} dispatch=${dispatch} />`)}</tr>
      </thead>
      <tbody>${preview.rows.slice(0, 50).map((row, r) => html`<tr key=${r}>
        ${preview.columns.map((_, i) => html`<td key=${i} class=${`${roles[i] ? 'mapped' : ''} ${roles[i] === 'text' ? 'text-cell'
          : ''}`} dir="auto">${cut(row[i])}</td>`)}</tr>`)}</tbody></table></div>
    <p class="tiny quiet chart-note">The first ${plural(Math.min(50, preview.rows.length), 'row')}.</p>
    <form class="start" onSubmit=${(e) => { e.preventDefault(); onStart(); }}>
      <label class="field"><span class="field-name">Collection</span>
        <input class="input" value=${state.collection} maxlength="200"
          onInput=${(e) => dispatch({ type: 'collection', name: e.target.value })} data-testid="import-collection" /><span
          class="tiny quiet">A company, product or topic. Made if it does not exist.</span></label>
      <p class="row">
        <button class="button primary" type="submit" disabled=${!hasText || looking || phase === 'starting'} data-testid="import-start">
        ${phase === 'starting' ? 'Starting…' : 'Import'}</button>
        <button class="button" type="button" onClick=${onCancel}>Choose another file</button></p></form>
  </section>`;
}

/** Bytes on their way. */
export function Uploading({ state, onCancel }) {
  const done = state.size > 0 && state.sent >= state.size;
  return html`<section class="uploading" data-testid="import-uploading"><h2 class="break">${state.file.name}</h2>
    <div class="progress">
      <div class=${done ? 'progress-track unknown' : 'progress-track'} role="progressbar" aria-label="Upload" aria-valuemin="0"
        aria-valuemax=${state.size} aria-valuenow=${done ? undefined : state.sent}><span style=${{ width: done ? undefined
        : `${state.size ? (100 * state.sent) / state.size : 0}%` }}></span></div></div>
    <p class="small quiet row"><span class="grow">
      ${done ? 'Looking at the columns' : `${bytes(state.sent)} of ${bytes(state.size)}`}</span>
      <button class="text-button" type="button" onClick=${onCancel}>Cancel</button></p></section>`;
}

