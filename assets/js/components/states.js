/** The designed states that are not data: nothing there, on its way, went wrong. */
import { html, useEffect, useState } from '../../vendor/preact.js';

/** Nothing there: says what would be here and how to get it. */
export function Empty({ title, children, action, testid = 'empty' }) {
  return html`<div class="state" data-testid=${testid}><p class="state-title">${title}</p>
    ${children && html`<p class="state-text">${children}</p>`}${action}</div>`;
}

/** What kind of trouble it is: the server's, the question's, or the line's. */
function titleOf(error) {
  if (error.status === 0) return 'No answer from Soundings';
  if (error.status === 404) return 'This is not here (any more)';
  if (error.status >= 400 && error.status < 500) return 'This needs a change';
  return 'This could not be shown';
}

/** Went wrong: what, what it means, what to do, and the id to find it in the log. */
export function Failure({ error, onRetry, compact = false }) {
  return html`<div class=${`state failure ${compact ? 'compact' : ''}`} role="alert" data-testid="error">
    <p class="state-title">${titleOf(error)}</p>
    <p class="state-text break">${sentence(error.message)}</p>
    <p class="state-foot">
      ${onRetry && (error.status === 0 || error.status >= 500) && html`<button class="button" type="button" onClick=${onRetry}
        data-testid="retry">Try again</button>`}
      ${error.requestId && html`<span class="tiny quiet">Request <code>${error.requestId}</code></span>`}
      ${!error.requestId && error.code && error.status > 0 && html`<span class="tiny quiet"><code>${error.code}</code></span>`}</p>
  </div>`;
}

/** A message as a sentence: the server writes them in lower case. */
export function sentence(text) {
  if (!text) return '';
  const first = text[0].toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/** Grey shapes of what is coming; shown only when it takes longer than a blink. */
export function Skeleton({ lines = 3, height = 16, gap = 12, label = 'Loading' }) {
  const [shown, show] = useState(false);
  useEffect(() => { const t = setTimeout(() => show(true), 100); return () => clearTimeout(t); }, []);
  const widths = [92, 78, 86, 64, 90, 72, 82, 58];
  return html`<div class=${shown ? 'skeleton shown' : 'skeleton'} role=${label ? 'status' : undefined}
    style=${{ gap: `${gap}px` }} data-testid="loading">
    ${label && html`<span class="sr">${label}</span>`}
    ${Array.from({ length: lines }, (_, i) => html`<span key=${i} class="bone"
      style=${{ height: `${height}px`, width: `${widths[i % 8]}%` }}></span>`)}
  </div>`;
}

/** Shows a resource in whichever of its states it is. That there is no connection is said once, at the top of the page. */
export function Shown({ resource, skeleton, children }) {
  if (resource.data != null) {
    return html`<div class=${resource.stale ? 'stale' : ''} aria-busy=${resource.stale ? 'true' : 'false'}>
      ${resource.error && resource.error.status !== 0 && html`<p class="note bad out-of-date" role="status">Figures may be out of date: ${resource.error.message} <button
        class="text-button" type="button" onClick=${resource.refresh}>Try again</button></p>`}
      ${children(resource.data, resource.metadata)}</div>`;
  }
  if (resource.error) return html`<${Failure} error=${resource.error} onRetry=${resource.refresh} />`;
  return skeleton ?? html`<${Skeleton} />`;
}
