/** An address that leads nowhere. */
import { html } from '../../vendor/preact.js';

export function Missing() {
  return html`<div class="page narrow"><h1>There is no such page</h1>
    <p class="lead">The address may be from an older version. <a class="inline" href="/">Go to the overview</a></p></div>`;
}
