/** A store is a pure reducer and the places that look at it. */
import { useEffect, useState } from '../../vendor/preact.js';

/**
 * @template S, A
 * @param {(state: S, action: A) => S} reduce
 * @param {S} state
 */
export function createStore(reduce, state) {
  const watchers = new Set();
  return {
    get: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const watcher of [...watchers]) watcher();
    },
    watch(watcher) { watchers.add(watcher); return () => watchers.delete(watcher); },
  };
}

/** Re-renders when what is selected changes. */
export function useStore(store, select = (s) => s) {
  const [, redraw] = useState(0);
  const value = select(store.get());
  useEffect(() => {
    let seen = select(store.get());
    if (seen !== value) redraw((n) => n + 1);
    return store.watch(() => {
      const next = select(store.get());
      if (next !== seen) { seen = next; redraw((n) => n + 1); }
    });
  }, [store]);
  return value;
}
