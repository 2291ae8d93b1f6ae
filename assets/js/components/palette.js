/** Commands by name: places, searches, actions. */
import { html, useMemo, useState } from '../../vendor/preact.js';
import { exploreHref } from '../filter.js';
import { navigate } from '../router.js';
import { nextTheme, setTheme } from '../state/prefs.js';
import { startDemo } from '../state/actions.js';
import { useAllowed } from '../state/rights.js';
import { Dialog } from './dialog.js';
import { Icon } from './icon.js';

const go = (to) => () => navigate(to);
const COMMANDS = [
  { name: 'Tune the model with corrections', icon: 'person', run: go('/models'), right: 'administer' },
  { name: 'Show negative texts', icon: 'filter', run: go('/explore?sentiment=negative') },
  { name: 'Show positive texts', icon: 'filter', run: go('/explore?sentiment=positive') },
  { name: 'Failed jobs', icon: 'filter', run: go('/jobs?state=dead') },
  { name: 'Switch between light and dark', icon: 'moon', run: nextTheme },
  { name: 'Follow the system’s theme', icon: 'sun', run: () => setTheme('system') },
  { name: 'Load the demo data', icon: 'demo', run: startDemo, right: 'write' },
  { name: 'API documentation', icon: 'link', run: () => location.assign('/api/docs') },
];

const toPage = ({ path, icon, command, key }) => ({ name: command, icon, keys: key && `g ${key}`, run: go(path) });

export function Palette({ pages, onClose }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const commands = useAllowed(COMMANDS);
  const rows = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [...pages.map(toPage), ...commands].filter((c) => words.every((w) => c.name.toLowerCase().includes(w)));
    return text.trim() ? [...found, { name: `Search for “${text.trim()}”`, icon: 'explore', run: go(exploreHref(null, { q: text.trim() })) }] : found;
  }, [pages, commands, text]);
  const index = Math.min(at, rows.length - 1);
  const run = (row) => { onClose(); row.run(); };
  const keys = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); setAt((index + step + rows.length) % rows.length); }
    if (event.key === 'Enter' && rows[index]) { event.preventDefault(); run(rows[index]); }
  };
  return html`<${Dialog} kind="modal palette" label="Commands" onClose=${onClose} testid="palette">
    <input class="palette-input" type="text" autofocus placeholder="Search or go to…" value=${text} role="combobox"
      aria-expanded="true" aria-controls="palette-list" aria-label="Search or go to"
      aria-activedescendant=${rows[index] ? `command-${index}` : undefined} aria-autocomplete="list" data-testid="palette-input"
        onInput=${(e) => { setText(e.target.value); setAt(0); }} onKeyDown=${keys} />
    <ul id="palette-list" class="palette-list" role="listbox" aria-label="Commands">
      ${rows.map((row, i) => html`<li key=${row.name} id=${`command-${i}`} role="option" aria-selected=${i === index ? 'true' : 'false'}
      class=${i === index ? 'command current' : 'command'} onPointerMove=${() => setAt(i)}
        onClick=${() => run(row)}><${Icon} name=${row.icon} size=${18} /><span class="grow clip">${row.name}</span>
      ${row.keys && html`<span class="row">${row.keys.split(' ').map((k) => html`<kbd>${k}</kbd>`)}</span>`}</li>`)}</ul>
        </${Dialog}>`;
}
