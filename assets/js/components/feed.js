/** Texts as they are read. Moves only while nobody is reading it. */
import { html, useEffect, useRef } from '../../vendor/preact.js';
import { filterOf } from '../filter.js';
import { count } from '../format.js';
import { connection, feed, feedIsStill, setFeedStill } from '../state/live.js';
import { leaving } from '../state/notices.js';
import { useResource } from '../state/resource.js';
import { useStore } from '../state/store.js';
import { Icon } from './icon.js';
import { FeedRow } from './item-row.js';
import { itemHref } from './item-drawer.js';
import { Empty, Failure, Skeleton } from './states.js';

export function Feed({ params, filtered }) {
  const state = useStore(feed);
  const gone = useStore(leaving);
  const status = useStore(connection);
  const list = useRef(null);
  const hovered = useRef(false);
  const query = filterOf(params);
  query.set('limit', '30');
  const recent = useResource('/items', query);
  useEffect(() => {
    if (!filtered && recent.data) feed.dispatch({ type: 'seed', items: recent.data, still: feedIsStill() });
  }, [recent.data, filtered]);
  useEffect(() => {
    setFeedStill(() => hovered.current || (list.current?.scrollTop ?? 0) > 8 || list.current?.contains(document.activeElement));
    return () => setFeedStill(() => false);
  }, []);
  const all = filtered ? recent.data ?? [] : state.items.length ? state.items : recent.data ?? [];
  const items = all.filter((i) => !gone.has(i.id)).slice(0, 100);
  const release = () => { feed.dispatch({ type: 'release' }); list.current?.scrollTo(0, 0); };
  return html`<section class="feed" aria-labelledby="feed-title" data-testid="feed">
    <div class="feed-head"><h2 id="feed-title">${filtered ? 'Newest' : 'Live feed'}</h2><span class="grow"></span>
      ${!filtered && html`<button class="icon-button" type="button" aria-pressed=${state.paused ? 'true' : 'false'}
        aria-label=${state.paused ? 'Go on' : 'Pause'} title=${state.paused ? 'Go on' : 'Pause'} data-testid="feed-pause"
        onClick=${() => { feed.dispatch({ type: 'pause', paused: !state.paused }); if (state.paused) release(); }}><${Icon} name=${state.paused ? 'play' : 'pause'} size=${18} /></button>`}</div>
    ${!filtered && state.held.length > 0 && html`<button class="new-pill" type="button" onClick=${release} data-testid="feed-new">
      <${Icon} name="up" size=${14} />${count(state.held.length)} new</button>`}
    ${state.paused && !filtered && !state.held.length && html`<p class="tiny quiet feed-note">Paused.</p>`}
    ${recent.error && !items.length ? html`<${Failure} error=${recent.error} onRetry=${recent.refresh} compact />`
      : recent.loading && !items.length ? html`<${Skeleton} lines=${6} height=${36} gap=${20} />`
      : !items.length ? html`<${Empty} title="No texts">
        ${filtered ? 'Nothing matches this choice.' : status === 'live' ? 'They appear here as they are read.' : ''}<//>`
      : html`<div ref=${list} class="feed-scroll" onPointerEnter=${() => { hovered.current = true; }}
        onPointerLeave=${() => { hovered.current = false; }}><ul>${items.map((i) => html`<${FeedRow} key=${i.id} item=${i}
        href=${itemHref(i.id)} />`)}</ul></div>`}
  </section>`;
}
