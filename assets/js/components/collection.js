/** Which collection, as a select. */
import { html } from '../../vendor/preact.js';
import { changed } from '../filter.js';
import { useResource } from '../state/resource.js';

export function CollectionSelect({ params, onChange, testid = 'collection' }) {
  // All there are, not those of the chosen time: who narrowed the time can still change the collection.
  const chosen = params.get('collection');
  const rows = (useResource('/collections', null).data ?? []).filter((r) => r.items > 0 || r.name === chosen);
  if (rows.length < 2 && !chosen) return null;
  return html`<label class="select"><span class="sr">Collection</span>
    <select value=${chosen ?? ''} data-testid=${testid}
    onChange=${(e) => onChange(changed(params, { collection: e.target.value || null }))}><option value="">All collections</option>
    ${rows.map((r) => html`<option key=${r.id} value=${r.name}>${r.name}</option>`)}</select></label>`;
}
