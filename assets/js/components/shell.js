/** What is around every page: name, places, connection, theme. */
import { html } from '../../vendor/preact.js';
import { appearance, nextTheme } from '../state/prefs.js';
import { useHealth } from '../state/health.js';
import { connection, jobs } from '../state/live.js';
import { useStore } from '../state/store.js';
import { Icon, Logo } from './icon.js';

/** `//` never begins a path, so the overview is current only on its own page. */
function Places({ places, path, className, label, hook }) {
  const running = useStore(jobs, (all) => Object.values(all).filter((j) => j.state === 'running').length);
  return html`<nav class=${className} aria-label=${label}>
    ${places.map((p) => html`<a key=${p.path} href=${p.path} class="place" data-right=${p.right} aria-current=${path === p.path || path.startsWith(`${p.path}/`) ? 'page' : undefined}
      data-testid=${`${hook}-${p.path.slice(1) || 'overview'}`}>
    <${Icon} name=${p.icon} /><span>${p.place}</span>${p.path === '/jobs' && running > 0 && html`<span class="badge">
      <span class="sr">running: </span>${running}</span>`}</a>`)}</nav>`;
}

const STATUS = { live: 'Live', connecting: 'Connecting', offline: 'Offline' };

function Status() {
  const status = useStore(connection);
  return html`<span class=${`status ${status}`} data-testid="connection" data-status=${status} title=${status === 'live'
    ? 'Changes appear by themselves' : 'No connection: figures may be out of date'}><span class="status-dot"
    aria-hidden="true"></span>${STATUS[status]}</span>`;
}

export function Header({ places, path, onPalette, onHelp }) {
  const look = useStore(appearance);
  return html`<header class="masthead"><div class="masthead-inner">
    <a class="brand" href="/"><${Logo} /><span>Soundings</span></a>
    <${Places} places=${places} path=${path} className="places" label="Pages" hook="nav" />
    <div class="tools"><${Status} />
      <button class="find" type="button" onClick=${onPalette} title="Search or go to…" data-testid="open-palette">
        <${Icon} name="explore" size=${16} /><span class="find-text">Search</span><kbd aria-hidden="true">
        ${/Mac|iP/.test(navigator.platform) ? '⌘' : 'Ctrl'} K</kbd></button>
      <button class="icon-button" type="button" onClick=${nextTheme} aria-label=${look === 'dark' ? 'Light theme'
        : 'Dark theme'} title=${look === 'dark' ? 'Light theme' : 'Dark theme'}
        data-testid="theme"><${Icon} name=${look === 'dark' ? 'sun' : 'moon'} /></button>
      <button class="icon-button help-button" type="button" onClick=${onHelp} aria-label="Keys and help" title="Keys and help (?)">
        <${Icon} name="help" /></button></div>
  </div></header>`;
}

export const BottomPlaces = ({ places, path }) => html`<${Places} places=${places} path=${path} className="places-bottom"
  label="Pages, at the bottom" hook="tab" />`;

export function OfflineBar() {
  const status = useStore(connection);
  if (status !== 'offline') return null;
  return html`<p class="offline-bar" role="status"
    data-testid="offline">No connection to Soundings. What you see is from before; the page tries again by itself.</p>`;
}

/** What is wrong with the program, and how to mend it. */
export function HealthBar() {
  const reasons = useHealth();
  if (!reasons.length) return null;
  return html`<div class="offline-bar" role="status" data-testid="health">${reasons.map((reason) => html`<p key=${reason}>
    <bdi>${reason}</bdi></p>`)}</div>`;
}
