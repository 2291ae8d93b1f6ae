/** What a person prefers on this machine. Kept here and not in the address, because it is not worth sending to others. */
import { createStore } from './store.js';

const KEY = 'soundings-theme';
const kept = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
const dark = matchMedia('(prefers-color-scheme: dark)');

/** 'system', 'light' or 'dark'. */
export const theme = createStore((_, value) => value, ['light', 'dark'].includes(kept()) ? kept() : 'system');

/** 'light' or 'dark', as it looks now; charts read their colours again when it changes. */
const look = () => (theme.get() === 'system' ? (dark.matches ? 'dark' : 'light') : theme.get());
export const appearance = createStore((_, value) => value, look());
dark.addEventListener('change', () => appearance.dispatch(look()));

export function setTheme(value) {
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  try {
    if (value === 'system') localStorage.removeItem(KEY); else localStorage.setItem(KEY, value);
  } catch { /* it holds until the page is closed */ }
  theme.dispatch(value);
  appearance.dispatch(look());
}

export const nextTheme = () => setTheme(appearance.get() === 'dark' ? 'light' : 'dark');
