/** Puts the page together: shell, the page of the address, dialogs. */
import { html, render, useCallback, useEffect, useRef, useState } from '../vendor/preact.js';
import { Help } from './components/help.js';
import { useKeys } from './components/keys.js';
import { ItemDrawer } from './components/item-drawer.js';
import { Palette } from './components/palette.js';
import { BottomPlaces, Header, HealthBar, OfflineBar } from './components/shell.js';
import { Announcer, Toasts } from './components/toasts.js';
import { TokenDialog } from './components/token.js';
import { PAGES } from './pages/manifest.js';
import { Missing } from './pages/missing.js';
import { useRoute } from './router.js';
import { startLive } from './state/live.js';
import { layers } from './state/notices.js';
import { useAllowed } from './state/rights.js';
import { useStore } from './state/store.js';

const MISSING = { title: 'Not found', View: Missing };
const PLACES = PAGES.filter((page) => page.place);

function App() {
  const { path, params } = useRoute();
  const [open, setOpen] = useState(null);
  const dialogs = useStore(layers).length;
  const main = useRef(null);
  const first = useRef(true);
  const onPalette = useCallback(() => setOpen((o) => (o === 'palette' ? null : 'palette')), []);
  const onHelp = useCallback(() => setOpen('help'), []);
  const close = useCallback(() => setOpen(null), []);
  const pages = useAllowed(PAGES);
  useKeys({ pages, onPalette, onHelp });
  useEffect(() => { startLive(); }, []);
  const { title, View } = PAGES.find((page) => page.path === path) ?? MISSING;
  useEffect(() => {
    document.title = `${title} · Soundings`;
    // A new page is read from its beginning, as after a full load; the first one keeps the browser's own focus.
    if (!first.current && !main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [title]);
  const item = params.get('item');
  return html`<${Header} places=${PLACES} path=${path} onPalette=${onPalette} onHelp=${onHelp} /><${OfflineBar} /><${HealthBar} />
    <main id="main" tabindex="-1" ref=${main}><${View} key=${path} /></main>
    <${BottomPlaces} places=${PLACES} path=${path} />
    ${item && html`<${ItemDrawer} key="item" id=${item} />`}
    ${open === 'palette' && html`<${Palette} pages=${pages} onClose=${close} />`}
    ${open === 'help' && html`<${Help} pages=${pages} onClose=${close} />`}
    <${TokenDialog} />${!dialogs && html`<${Toasts} />`}<${Announcer} />`;
}

render(html`<${App} />`, document.getElementById('app'));
