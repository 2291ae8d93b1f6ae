/** Who is correcting: a name that a person may give, kept in this browser and sent with each correction. */
import { createStore } from './store.js';

const KEY = 'soundings-person';
const MOST = 80;
const kept = () => { try { return localStorage.getItem(KEY) ?? ''; } catch { return ''; } };

export const person = createStore((_, name) => name, kept());

export function setPerson(name) {
  const value = name.trim().slice(0, MOST);
  try { if (value) localStorage.setItem(KEY, value); else localStorage.removeItem(KEY); } catch { /* kept until the page is closed */ }
  person.dispatch(value);
}
