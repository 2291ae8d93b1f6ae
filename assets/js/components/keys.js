/** Keys that work on every page. Typing in a field is left alone. */
import { useEffect } from '../../vendor/preact.js';
import { navigate } from '../router.js';

const typing = (el) => el?.matches?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

function moveInList(step) {
  const scope = document.querySelector('dialog[open]') ?? document.querySelector('main');
  const rows = [...(scope?.querySelectorAll('[data-list-item]') ?? [])].filter((el) => el.offsetParent !== null);
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement?.closest('[data-list-item]'));
  const next = at < 0 ? rows[step > 0 ? 0 : rows.length - 1] : rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

/** Opens the choice of labels of the row that has the focus, or of the open item. */
function correctFocused() {
  const row = document.activeElement?.closest('[data-list-item]')?.closest('li');
  const button = row?.querySelector('[data-correct]') ?? document.querySelector('dialog[open] [data-correct]');
  button?.click();
  return Boolean(button);
}

/** @param {{pages: {path: string, key?: string}[], onPalette: () => void, onHelp: () => void}} given */
export function useKeys({ pages, onPalette, onHelp }) {
  useEffect(() => {
    let g = 0;
    const down = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        onPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const inDialog = Boolean(document.querySelector('dialog[open]'));
      if (event.key === 'j' && Date.now() - g > 1000) moveInList(1);
      else if (event.key === 'k') moveInList(-1);
      else if (event.key === 'c' && correctFocused()) event.preventDefault();
      else if (inDialog) return;
      else if (event.key === '?') onHelp();
      else if (event.key === '/') {
        event.preventDefault();
        const input = document.querySelector('[data-search]');
        if (input) { input.focus(); input.select(); } else navigate('/explore?focus=1');
      } else if (event.key === 'g') g = Date.now();
      else if (Date.now() - g <= 1000) {
        const page = pages.find((p) => p.key === event.key);
        if (page) { g = 0; navigate(page.path); }
      }
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  }, [pages, onPalette, onHelp]);
}
