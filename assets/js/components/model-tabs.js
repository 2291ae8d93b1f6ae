/** The two pages about models. */
import { html } from '../../vendor/preact.js';

const TABS = [['/models', 'Models'], ['/models/compare', 'Compare']];

export function ModelTabs({ path }) {
  return html`<nav class="segments" aria-label="Models" data-testid="model-tabs">${TABS.map(([to, name]) => html`<a key=${to} href=${to}
    aria-current=${path === to ? 'page' : undefined} data-testid=${to === '/models' ? 'models-list-tab' : 'models-compare-tab'}>${name}</a>`)}</nav>`;
}
