/** Is something wrong, and where are the words that explain it. */
import { html, useState } from '../../vendor/preact.js';
import { CollectionSelect } from '../components/collection.js';
import { Feed } from '../components/feed.js';
import { FirstRun } from '../components/first-run.js';
import { Icon } from '../components/icon.js';
import { RangeSelect } from '../components/range.js';
import { BarList, SentimentBar } from '../components/marks.js';
import { Failure, Shown, Skeleton } from '../components/states.js';
import { Partial, Totals } from '../components/totals.js';
import { Trend } from '../charts/trend.js';
import { changed, exploreHref, filterOf, hasFilter } from '../filter.js';
import { fittingPeriod, headline } from '../figures.js';
import { count, plural, range } from '../format.js';
import { navigate, setParams, useRoute } from '../router.js';
import { appearance } from '../state/prefs.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';
import { EMOTIONS, PERIODS, emotionColour, emotionName } from '../words.js';

/** Texts dated far from all others, which would squeeze these into a corner: how many, and the way to them. */
function Outside({ meta, filter }) {
  const n = (meta.before ?? 0) + (meta.after ?? 0);
  if (!n || !meta.shown) return null;
  const link = (k, fields, name) => (k > 0 ? html` <a class="inline" href=${exploreHref(filter, fields)}>${plural(k, name)}</a>` : null);
  return html`<p class="tiny quiet chart-note" data-testid="trend-outside">${plural(n, 'text')} ${n === 1 ? 'lies' : 'lie'} outside of this range:${
    link(meta.before, { to: meta.shown.from }, 'earlier one')}${meta.before > 0 && meta.after > 0 ? ',' : ''}${link(meta.after, { from: meta.shown.to }, 'later one')}.</p>`;
}

function TrendSection({ params, filter, summary }) {
  const [asTable, setTable] = useState(false);
  const theme = useStore(appearance);
  const span = summary.stretch;
  const fitting = span ? fittingPeriod(params.get('from') ?? span.from, params.get('to') ?? span.to) : 'week';
  const period = PERIODS.includes(params.get('period')) ? params.get('period') : fitting;
  const query = changed(filter, { period });
  const resource = useResource(span ? '/sentiment/aggregate' : null, query);
  const hrefOf = (from, to) => exploreHref(filter, { from, to });
  const choose = (p) => setParams(changed(params, { period: p === fitting ? null : p }), { replace: true });
  const keys = (e) => { if (e.key === 't' && !e.target.matches('input, select')) setTable(!asTable); };
  return html`<section class="section" aria-labelledby="trend-title" data-testid="trend" onKeyDown=${keys}>
    <div class="section-head"><h2 id="trend-title">Over time</h2><span class="grow"></span>
      ${span && html`<div class="segments" role="group" aria-label="Period">
        ${PERIODS.map((p) => html`<button key=${p} type="button" aria-pressed=${p === period ? 'true' : 'false'}
          data-testid=${`period-${p}`} onClick=${() => choose(p)}>${p[0].toUpperCase() + p.slice(1)}</button>`)}</div>
      <button class="text-button" type="button" aria-pressed=${asTable ? 'true' : 'false'}
        onClick=${() => setTable(!asTable)} title="Table (t)" data-testid="trend-table-toggle">${asTable ? 'Chart'
        : 'Table'}</button>`}</div>
    ${!span ? html`<p class="small quiet">None of these texts has a date, so there is nothing to draw over time.</p>`
      : html`<${Shown} resource=${resource} skeleton=${html`<${Skeleton} lines=${1} height=${318} />`}>${(rows, meta) => html`
        <${Trend} buckets=${rows} pooled=${meta.pooled} period=${resource.metadata.period ?? period} hrefOf=${hrefOf} asTable=${asTable} theme=${theme}
          onOpen=${navigate} />
        ${meta.period && meta.period !== period && html`<p class="tiny quiet chart-note">By ${period} it would be too many to draw: this is by ${meta.period}.</p>`}
        <${Outside} meta=${meta} filter=${filter} />
        <p class="tiny quiet chart-note">Share of the texts read, with 95% intervals as bands; bars are the number of texts. Times are ${meta.time_zone}.${meta.undated > 0 ? ` ${plural(meta.undated, 'text')} without a date ${meta.undated === 1 ? 'is' : 'are'} counted above but not drawn.` : ''}</p>`}<//>`}
  </section>`;
}

function Side({ title, children, testid }) {
  return html`<section class="section side-section" data-testid=${testid}><h2>${title}</h2>${children}</section>`;
}

function Breakdowns({ filter, summary, facets }) {
  const read = EMOTIONS.some((e) => summary.emotion[e] > 0);
  const emotions = EMOTIONS.map((e) => ({ label: e, count: summary.emotion[e], share: summary.emotion_shares[e]?.share })).sort((a, b) => (a.label === 'neutral') - (b.label === 'neutral') || b.count - a.count);
  const sources = facets?.source ?? [];
  const ratings = ['5', '4', '3', '2', '1'].map((label) => facets?.rating?.find((r) => r.label === label) ?? { label, count: 0 });
  const rated = ratings.reduce((n, r) => n + r.count, 0);
  const stars = (label) => exploreHref(filter, { rating_min: label, rating_max: label === '5' ? '5' : `${label}.99` });
  return html`<div class="thirds">
    <${Side} title="Emotions" testid="emotions">
      ${read ? html`<${BarList} rows=${emotions} name=${emotionName} colourOf=${emotionColour}
        hrefOf=${(l) => exploreHref(filter, { emotion: l })} />` : html`<p class="small quiet">None read yet.</p>`}<//>
    <div class="thirds-second"><${Side} title="Sources" testid="sources">
      <${BarList} rows=${sources} most=${7} hrefOf=${(l) => exploreHref(filter, { source: l })} />
      ${sources.length > 7 && html`<a class="small" href=${exploreHref(filter)}>${plural(sources.length - 7, 'more source')}
        </a>`}<//>
    <${Side} title="Ratings" testid="ratings">
      ${rated ? html`<${BarList} rows=${ratings} name=${(l) => `${l} ★`} hrefOf=${stars} />
      <p class="tiny quiet chart-note">n = ${plural(rated, 'rated text')}
      </p>` : html`<p class="small quiet">None of these texts has stars.</p>`}<//></div></div>`;
}

const lagOf = (summary) => Math.max(summary.indexes?.fulltext_lag ?? 0, summary.indexes?.vector_lag ?? 0);

/** What people set right is counted here; the rest is the model's word. And search may still be behind. */
function Notes({ summary, lag }) {
  const corrected = summary.corrected ?? 0;
  if (!corrected && !lag) return null;
  return html`<p class="tiny quiet chart-note row wrap">${corrected > 0 && html`<a class="row corrected-note" href="/models" data-testid="corrected-note">
    <${Icon} name="person" size=${13} />${count(corrected)} corrected by people</a>`}
    ${lag > 0 && html`<span data-testid="lag">Search is catching up: ${plural(lag, 'text')} not findable yet</span>`}</p>`;
}

function Loading() {
  return html`<div class="page"><h1 class="sr">Overview</h1><div class="overview-head ghost-head">
    <${Skeleton} lines=${1} height=${40} /></div><div class="totals">
    ${[0, 1, 2, 3, 4].map((i) => html`<${Skeleton} key=${i} lines=${2} height=${24} gap=${8} label="" />`)}</div>
    <div class="overview"><${Skeleton} lines=${1} height=${360} label="" />
    <${Skeleton} lines=${6} height=${56} gap=${24} label="" /></div></div>`;
}

export function Overview() {
  const { params } = useRoute();
  const filter = filterOf(params);
  const filtered = hasFilter(params);
  const everything = useResource('/metrics/summary', null, { again: (s) => (lagOf(s) > 0 ? 2500 : null) });
  const narrowed = useResource(filtered ? '/metrics/summary' : null, filter);
  const chosen = filtered ? narrowed : everything;
  const facets = useResource('/facets', filter);
  const all = everything.data;
  const imports = useResource(all && all.items === 0 ? '/imports' : null, { limit: 1 });
  const busy = imports.data?.some((i) => i.state === 'queued' || i.state === 'running');
  if (all && all.items === 0 && !busy && !filtered) {
    return imports.loading ? html`<${Loading} />` : html`<${FirstRun} />`;
  }
  if (!chosen.data && chosen.error) return html`<div class="page"><h1 class="sr">Overview</h1>
    <${Failure} error=${chosen.error} onRetry=${chosen.refresh} /></div>`;
  return html`<${Shown} resource=${chosen} skeleton=${html`<${Loading} />`}>${(summary) => {
    const fact = headline(summary);
    const bar = summary.sentiment.negative + summary.sentiment.neutral + summary.sentiment.positive > 0;
    return html`<div class="page"><div class="overview-head">
      <div class="filters"><${CollectionSelect} params=${params} onChange=${setParams} />
        <${RangeSelect} params=${params} span=${all?.stretch ?? summary.stretch} onChange=${setParams} />
        ${filtered && html`<button class="text-button" type="button"
          onClick=${() => setParams(changed(params, Object.fromEntries([...filter.keys()].map((k) => [k, null]))))}>Show everything</button>`}</div>
      <h1 data-testid="headline" class=${fact.tone}>
        ${busy && !summary.items ? 'Importing: the first texts are on their way' : fact.text}</h1>
      <p class="quiet small">${fact.detail || (summary.stretch ? range(summary.stretch.from, Date.parse(summary.stretch.to) + 1) : '')}</p>
      <${Partial} summary=${summary} /></div>
      <${Totals} summary=${summary} filter=${filter} />
      ${bar && html`<section class="section" aria-label="Sentiment">
        <${SentimentBar} counts=${summary.sentiment} shares=${summary.sentiment_shares} hrefOf=${(s) => exploreHref(filter, { sentiment: s })} />
        <${Notes} summary=${summary} lag=${all ? lagOf(all) : 0} /></section>`}
      <div class="overview"><div class="overview-main"><${TrendSection} params=${params} filter=${filter} summary=${summary} />
        <${Breakdowns} filter=${filter} summary=${summary} facets=${facets.data} /></div>
      <${Feed} params=${params} filtered=${filtered} /></div></div>`;
  }}<//>`;
}
