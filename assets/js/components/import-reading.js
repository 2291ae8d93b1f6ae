/** How a file is read: what was found about it, and the chance to say otherwise. Everything here is asked for again at once. */
import { html } from '../../vendor/preact.js';
import { count, languageName, percent, plural } from '../format.js';
import { sentence } from './states.js';

const SCALES = ['1-5', '0-5', '1-10', '0-10', '0-100', '0-1', '1-7', '6-1'];
const scaleName = (scale) => { const [worst, best] = scale.split('-'); return `${worst} to ${best}`; };

function Choice({ name, hint, value, found, options, onChange, id, open }) {
  return html`<div class=${open ? 'reading-choice open' : 'reading-choice'}><dt id=${`${id}-name`}>${name}</dt><dd>
    <span class=${value ? 'select set' : 'select'}><select value=${value ?? ''} aria-labelledby=${`${id}-name`}
      onChange=${(e) => onChange(e.target.value || null)} data-testid=${id}>
      <option value="">${found}</option>${options.map((o) => html`<option key=${o.id} value=${o.id}>${o.name}</option>`)}</select>
    </span>${hint && html`<span class="tiny quiet">${hint}</span>`}</dd></div>`;
}

function Sheets({ sheets, asked, onChange }) {
  const chosen = (sheet) => (asked?.length ? asked.includes(sheet.name) : sheet.read);
  const toggle = (sheet) => {
    const names = sheets.filter((s) => (s === sheet ? !chosen(s) : chosen(s))).map((s) => s.name);
    if (names.length) onChange(names);
  };
  return html`<fieldset class="reading-sheets"><legend>Sheets</legend><ul>
    ${sheets.map((sheet) => html`<li key=${sheet.name}><label class="check"><input type="checkbox" checked=${chosen(sheet)}
      onChange=${() => toggle(sheet)} data-testid="import-sheet" /><span><bdi>${sheet.name}</bdi></span></label>
      <span class="tiny quiet">${plural(sheet.rows, 'row')}${!chosen(sheet) && sheet.why ? `, left out: ${sheet.why}` : ''}</span>
      </li>`)}</ul></fieldset>`;
}

/** Rows that make up the header, in words. */
function headerWords(preview) {
  const rows = preview.header ?? [];
  if (!rows.length) return preview.has_header ? 'Named by the file' : 'No row names the columns';
  return rows.length === 1 ? `Row ${rows[0]}` : `Rows ${rows[0]} to ${rows.at(-1)}`;
}

const isTable = (format) => ['csv', 'tsv', 'xlsx'].includes(format);

export function ImportReading({ preview, options, roles, dispatch }) {
  const set = (name) => (value) => dispatch({ type: 'option', name, value });
  const has = (role) => roles.includes(role);
  const texts = roles.filter((role) => role === 'text').length;
  const rows = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const languages = (preview.languages ?? []).slice(0, 4);
  return html`<section class="file-reading" aria-labelledby="reading-title" data-testid="import-reading"><h3 id="reading-title">How it
    is read</h3>
    <dl class="reading-choices">
      ${isTable(preview.format) && html`<${Choice} id="import-header" name="Names of the columns" value=${options.header?.toString()}
        found=${headerWords(preview)} onChange=${set('header')}
        options=${rows.map((n) => ({ id: String(n), name: n ? `Row ${n}` : 'No row' }))} />`}
      ${has('rating') && html`<${Choice} id="import-scale" name="Ratings" value=${options.scale} onChange=${set('scale')}
        found=${preview.scale ? `${scaleName(preview.scale)}, as found` : 'Not understood'} open=${!preview.scale && !options.scale}
        options=${SCALES.map((s) => ({ id: s, name: scaleName(s) }))} hint="From the worst to the best; stars are made of it." />`}
      ${has('date') && (preview.dates || preview.dates_open) && html`<${Choice} id="import-dates" name="Dates"
        value=${options.dates} onChange=${set('dates')} open=${preview.dates_open && !options.dates}
        found=${preview.dates_open ? 'Not clear: which comes first?' : preview.dates === 'day-first'
          ? 'Day first, as found' : 'Month first, as found'}
        hint=${preview.dates_open ? `Every date fits both. If you say nothing: ${preview.dates === 'day-first'
          ? 'day first (03/06 is 3 June)' : 'month first (03/06 is March 6)'}.` : null}
        options=${[{ id: 'day-first', name: 'Day first (03/06 is 3 June)' }, { id: 'month-first', name: 'Month first (03/06 is March 6)' }]} />`}
      ${texts > 1 && html`<${Choice} id="import-split" name="Several texts a row" value=${options.split ? 'true' : null}
        onChange=${set('split')} found="One text of all" options=${[{ id: 'true', name: 'A text of each' }]} />`}
      ${languages.length > 0 && html`<div class="reading-choice"><dt>Language</dt><dd><span class="small" data-testid="import-languages">
        ${languages.map((l, i) => html`${i > 0 ? ', ' : ''}<bdi>${languageName(l.code)}</bdi> ${percent(l.share)}`)}</span>
        <span class="tiny quiet">Only English is read; the rest is stored and counted apart.</span></dd></div>`}</dl>
    <${Outlook} outlook=${preview.outlook} />
    ${preview.sheets?.length > 1 && html`<${Sheets} sheets=${preview.sheets} asked=${options.sheet} onChange=${set('sheet')} />`}
    <${Notes} notes=${preview.notes?.filter((note) => note.code !== 'rows_rejected')} />
  </section>`;
}

/** What will become of the rows, before the import. */
function Outlook({ outlook }) {
  if (!outlook) return null;
  const { rows, rejected, whole, reasons } = outlook;
  const of = whole ? plural(rows, 'row') : `the first ${plural(rows, 'row')}`;
  return html`<p class=${rejected ? 'small outlook look' : 'small outlook'} data-testid="import-outlook">
    ${rejected ? `${count(rejected)} of ${of} will be left out: ${reasons
      .map((r) => `${count(r.rows)} ${r.message} (${r.rows === 1 ? 'line' : 'first in line'} ${count(r.line)})`).join(', ')}.`
      : `${whole ? plural(rows, 'row') : `The first ${plural(rows, 'row')}`}, none left out.`}</p>`;
}

/** A note without the flags of the command line: what they say, the controls above it say here. */
export const forPage = (message) => sentence(message.split(/(?<=[.;])\s+/).filter((part) => !/(^|\s)--[a-z]/.test(part)).join(' ')
  .replace(/;$/, ''));

/** What was decided and what is left out, before an import and after it. */
export function Notes({ notes }) {
  if (!notes?.length) return null;
  return html`<ul class="file-notes" data-testid="import-notes">
    ${notes.map((n, i) => html`<li key=${i} class=${/open|half|not_|cut_off|short_rows/.test(n.code) ? 'file-note look' : 'file-note'}>${forPage(n.message)}</li>`)}
  </ul>`;
}
