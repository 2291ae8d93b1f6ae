/**
 * What whoever looks may do, as the server says with its health; nothing until it has said so.
 *
 * A control that needs a right carries it (`data-right="write"`), and words for whoever has not got it carry `data-without`: the
 * style sheet shows and hides both by what stands at the root (`base.css`). Where markup differs, or there is none, ask `useMay`.
 */
import { useMemo } from '../../vendor/preact.js';
import { createStore, useStore } from './store.js';

/** @type {{get: () => string[]}} */
export const rights = createStore((before, now) => (now.join() === before.join() ? before : now), []);

/** Takes over what the server says. */
export function setRights(now) {
  document.documentElement.dataset.rights = now.join(' ');
  rights.dispatch(now);
}

/** Everybody may do what asks for no right. */
const among = (all, right) => !right || all.includes(right);

/** Whether this right is there; what has been drawn is drawn anew when that changes. */
export const useMay = (right) => useStore(rights, (all) => among(all, right));

/** Those of a list that ask for no right that is not there; the same array as long as these are the same. */
export function useAllowed(list) {
  const all = useStore(rights);
  return useMemo(() => list.filter((one) => among(all, one.right)), [list, all]);
}
