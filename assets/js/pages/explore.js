/** Find the words: search, narrow down, open. */
import { html, useEffect, useRef, useState } from '../../vendor/preact.js';
import { Chips, Facets } from '../components/facets.js';
import { Icon } from '../components/icon.js';
import { itemHref } from '../components/item-drawer.js';
import { ItemRow } from '../components/item-row.js';
import { Empty, Failure, Skeleton } from '../components/states.js';
import { url } from '../api.js';
import { changed, conditions, exploreHref, filterOf } from '../filter.js';
import { count, milliseconds, plural } from '../format.js';
import { setParams, useRoute } from '../router.js';
import { onDownload } from '../state/actions.js';
import { leaving } from '../state/notices.js';
import { useResource } from '../state/resource.js';
import { useResults } from '../state/results.js';
import { useStore } from '../state/store.js';
import { MODES } from '../words.js';

const KEY_PAUSE_MS = 140;
const THINK_PAUSE_MS = 650;
const PATHS = { filter: 'filter only', text: 'word index', exact: 'exact scan of meanings', 'text+exact': 'word index and exact scan of meanings' };

function SearchBox({ params, onTyping }) {
  const q = params.get('q') ?? '';
  const [draft, setDraft] = useState(q);
  const input = useRef(null);
  const timers = useRef([]);
  const latest = useRef(params);
  latest.current = params;
  useEffect(() => { if (document.activeElement !== input.current) setDraft(q); }, [q]);
  useEffect(() => () => timers.current.forEach(clearTimeout), []);
  useEffect(() => { if (params.has('focus')) { input.current?.focus(); setParams(changed(params, { focus: null }), { replace: true }); } }, []);
  const put = (text) => setParams(changed(latest.current, { q: text.trim() ? text : null, ...(text === latest.current.get('q') ? {} : { syntax: null }) }), { replace: true });
  const type = (event) => {
    const text = event.target.value;
    setDraft(text);
    timers.current.forEach(clearTimeout);
    timers.current = [
      setTimeout(() => { onTyping(true); put(text); }, KEY_PAUSE_MS),
      setTimeout(() => onTyping(false), THINK_PAUSE_MS),
    ];
  };
  const submit = (event) => { event.preventDefault(); timers.current.forEach(clearTimeout); onTyping('done'); put(draft); };
  const mode = params.get('mode') ?? 'hybrid';
  return html`<form class="search" role="search" onSubmit=${submit}>
    <div class="search-field"><${Icon} name="explore" />
      <input ref=${input} type="search" value=${draft} onInput=${type} placeholder="Search by word or by meaning"
        aria-label="Search" autocomplete="off" spellcheck="false" enterkeyhint="search" dir="auto" data-search
        data-testid="search-input" /><kbd aria-hidden="true">/</kbd></div>
    <div class="segments" role="group" aria-label="Search by" data-testid="mode-switch">
      ${MODES.map((m) => html`<button key=${m.id} type="button" title=${m.hint} aria-pressed=${m.id === mode ? 'true' : 'false'}
        data-testid=${`mode-${m.id}`}
        onClick=${() => setParams(changed(params, { mode: m.id === 'hybrid' ? null : m.id }))}>${m.name}</button>`)}</div></form>`;
}

/** How the query was read, where that is not as plain words; another reading is one click away. */
export function Reading({ params, interpretation }) {
  const syntax = params.get('syntax') ?? 'auto';
  if (syntax === 'auto' && !interpretation?.notable) return null;
  const ask = (id, name) => html` <a class="inline" href=${exploreHref(params, { syntax: id === 'auto' ? null : id })}
    data-testid=${`syntax-${id}`}>${name}</a>`;
  return html`<p class="tiny quiet reading-line" data-testid="reading">${interpretation?.sentence}${syntax !== 'auto'
    ? ask('auto', 'Read it as usual') : html`${interpretation.strict_differs && ask('strict', 'Read it strictly')}${
      interpretation.reading === 'operators' && ask('literal', 'Read it as plain words')}`}</p>`;
}

function Exports({ filter, total }) {
  if (!total) return null;
  const link = (format, name) => html`<a class="small"
    href=${url('/export', changed(filter, { format }))} download=${`soundings.${format}`}
    onClick=${onDownload(`soundings.${format}`)} data-testid=${`export-${format}`}>${name}</a>`;
  return html`<span class="row exports"><span class="quiet small">Export</span>${link('csv', 'CSV')}${link('jsonl', 'JSON Lines')}
    </span>`;
}

/** Which texts hold the words, and which only mean the same: ": 483 by words, 41 more by meaning". */
export function origin({ by_words: words, by_meaning: meaning, cutoff, mode, unread, behind }) {
  const waits = [unread > 0 && `${plural(unread, 'text')} not read yet, found by words alone`,
    behind > 0 && `${plural(behind, 'change')} not searchable yet`].filter(Boolean).join('; ');
  const late = waits && ` (${waits})`;
  if (words == null || meaning == null) return late;
  if (cutoff == null) return ` by words${late}`;
  if (mode === 'semantic') return ` at least ${cutoff.toFixed(2)} near in meaning${late}`;
  return `: ${count(words)} by words, ${count(meaning)} more by meaning${late}`;
}

function Line({ results, filter }) {
  const { metadata, busy } = results;
  const path = PATHS[metadata.path] ?? metadata.path;
  return html`<div class="result-line"><p class="small" role="status" data-testid="result-line"><strong>
    ${plural(metadata.total ?? 0, 'text')}</strong><span data-testid="result-origin">${origin(metadata)}</span>
    ${metadata.took_ms != null && html`<span class="quiet"> in ${milliseconds(metadata.took_ms)}${path ? `, by ${path}` : ''}
      </span>`}${busy && html`<span class="quiet"> …</span>`}</p><${Exports} filter=${filter} total=${metadata.total} /></div>`;
}

function Nothing({ params }) {
  const q = params.get('q');
  const n = conditions(params).length;
  const clear = () => setParams(changed(params, Object.fromEntries(conditions(params).map((c) => [c.field, null]))));
  const meaning = () => setParams(changed(params, { mode: 'semantic' }));
  if (!q && !n) return html`<${Empty} title="Nothing to explore yet" action=${html`<p data-right="write">
    <a class="button primary" href="/import">Import a file</a></p>`}>Texts appear here as soon as they are imported.<//>`;
  return html`<${Empty} title=${q ? 'No text matches' : 'No text has all of these'} action=${html`<p class="row wrap">
    ${n > 0 && html`<button type="button" class="button" onClick=${clear}>Remove ${plural(n, 'filter')}
    </button>`}${q && params.get('mode') === 'text' && html`<button type="button" class="button"
      onClick=${meaning}>Search by meaning instead</button>`}</p>`}>
    ${q && params.get('mode') === 'text' ? 'Words are matched as they are written, with their endings removed.'
      : 'Fewer filters or other words may find it.'}<//>`;
}

export function Explore() {
  const { params } = useRoute();
  const [typing, setTyping] = useState('done');
  const [narrow, setNarrow] = useState(false);
  const gone = useStore(leaving);
  const filter = filterOf(params);
  const q = filter.get('q');
  const results = useResults(params, typing);
  const facets = useResource('/facets', typing === true ? changed(filter, { mode: 'text' }) : filter);
  const rows = results.rows.filter((r) => !gone.has(r.id));
  const below = results.below.filter((r) => !gone.has(r.id));
  const found = q && results.settled && results.metadata.facets ? results.metadata : null;
  const shown = found ? found.facets : facets.data;
  const values = found ? found.facet_values : facets.metadata?.values;
  const n = conditions(params).length;
  const bare = !q && !n && !results.busy && !results.error && !rows.length;
  const row = (r) => html`<${ItemRow} key=${r.id} item=${r} href=${itemHref(r.id)} />`;
  return html`<div class="page explore"><h1 class="sr">Explore</h1><${SearchBox} params=${params} onTyping=${setTyping} />
    <div class=${bare ? '' : 'explore-grid'}>${!bare && html`<aside class=${narrow ? 'rail open' : 'rail'} aria-label="Filters">
      <button type="button" class="button rail-toggle" aria-expanded=${narrow ? 'true' : 'false'}
        onClick=${() => setNarrow(!narrow)} data-testid="filters-toggle"><${Icon} name="filter" size=${18} />Filters${n
        ? ` (${n})` : ''}</button>
      <div class="rail-body"><${Facets} params=${params} facets=${shown} values=${values} /></div></aside>`}
    <section class="results" aria-label="Results" aria-busy=${results.busy ? 'true' : 'false'}><${Chips} params=${params} />
      ${q && html`<${Reading} params=${params} interpretation=${results.error ? null : results.metadata.interpretation} />`}
      ${results.error ? html`<${Failure} error=${results.error} onRetry=${results.retry} />`
        : results.busy && !rows.length ? html`<${Skeleton} lines=${6} height=${72} gap=${24} label="Searching" />`
        : !rows.length && !below.length ? html`<${Nothing} params=${params} />`
        : html`<${Line} results=${results} filter=${filter} />
          <ol class=${typing === 'done' && results.busy && !results.settled ? 'items stale' : 'items'} data-testid="results">
            ${rows.map(row)}</ol>
          ${below.length > 0 && html`<h2 class="below-title">Also close in meaning</h2>
            <ol class="items" data-testid="results-below">${below.map(row)}</ol>`}
          ${results.metadata.next_cursor ? html`<p class="more">
            <button type="button" class="button" disabled=${results.loadingMore} onClick=${results.more} data-testid="load-more">
            ${results.loadingMore ? 'Loading…' : `Show more of ${count(results.metadata.total)}`}</button>
            </p>` : html`<p class="tiny quiet more">That is all of them.</p>`}`}
    </section></div></div>`;
}
