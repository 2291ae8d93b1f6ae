/** The address is the state that people keep: path and query. Nothing else decides what is shown. */
import { useEffect, useState } from '../vendor/preact.js';
import { canonical } from './filter.js';

const listeners = new Set();

const read = () => ({ path: location.pathname, params: new URLSearchParams(location.search), key: location.pathname + location.search });
let route = read();

function changed() {
  route = read();
  for (const listener of listeners) listener(route);
}
addEventListener('popstate', changed);

export const currentRoute = () => route;

/** Goes to a path with query; `replace` where "back" should not lead to the present address. */
export function navigate(to, { replace = false, keepScroll = false } = {}) {
  const path = route.path;
  if (to === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', to);
  changed();
  if (route.path !== path && !keepScroll) {
    scrollTo(0, 0);
  }
}

/** Changes the query of the present page. */
export function setParams(params, options) {
  const q = canonical(params).toString();
  navigate(q ? `${route.path}?${q}` : route.path, { keepScroll: true, ...options });
}

/** Re-renders when the address changes. */
export function useRoute() {
  const [value, set] = useState(route);
  useEffect(() => {
    set(route);
    listeners.add(set);
    return () => listeners.delete(set);
  }, []);
  return value;
}

/** Plain links inside the page do not load it again; new tabs, downloads and the API do as the browser does. */
addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.('a[href]');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/assets/') || link.pathname === '/metrics' || link.hash) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
});
