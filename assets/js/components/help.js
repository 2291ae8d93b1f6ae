/** The keys, in one place. */
import { html } from '../../vendor/preact.js';
import { CloseButton, Dialog } from './dialog.js';

const KEYS = [
  ['Lists', [['j', 'Next'], ['k', 'Previous'], ['Enter', 'Open'], ['c', 'Correct the reading', 'write'], ['Esc', 'Close']]],
  ['Everywhere', [['Ctrl or ⌘ + K', 'Commands'], ['← →', 'Move along a chart'], ['?', 'This help']]],
];

/** @param {{pages: {title: string, key?: string}[], onClose: () => void}} given */
export function Help({ pages, onClose }) {
  const go = ['Go', [['/', 'Search'], ...pages.filter((p) => p.key).map((p) => [`g then ${p.key}`, p.title])]];
  return html`<${Dialog} labelledby="help-title" onClose=${onClose} testid="help"><div class="dialog-body">
    <div class="between"><h2 class="dialog-title" id="help-title">Keys</h2><${CloseButton} onClose=${onClose} /></div>
    <div class="help-grid">${[go, ...KEYS].map(([name, rows]) => html`<section key=${name}><h3 class="quiet">${name}</h3><dl>
      ${rows.map(([key, what, right]) => html`<div key=${key} class="between" data-right=${right}><dt>${what}</dt><dd><kbd>${key}</kbd></dd></div>`)}</dl>
      </section>`)}</div>
    <p class="small quiet">Everything here is also in the <a class="inline"
      href="/api/docs">API</a> and in the terminal: <code>soundings --help</code>.</p></div></${Dialog}>`;
}
