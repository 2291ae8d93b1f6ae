/** Line icons, 20 by 20, drawn with the colour of the text. Decoration: the words beside them carry the meaning. */
import { html } from '../../vendor/preact.js';

const PATHS = {
  overview: 'M3 16.5h14M5 13V9m5 4V4.5m5 8.5V7',
  explore: 'M9 15a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm4.3-1.7L17 17',
  import: 'M10 13V3.5m0 0L6.5 7M10 3.5 13.500 7M3.500 12.500v3a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-3',
  jobs: 'M4 5.500h12M4 10h12M4 14.500h7',
  try: 'M4 4.500h12v9H9.500L6 16.500v-3H4z',
  sun: 'M10 13.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM10 2v1.800m0 12.400V18M2 10h1.800m12.400 0H18M4.300 4.300l1.300 1.300m8.800 8.800 1.300 1.300m0-11.400-1.300 1.300m-8.800 8.800-1.300 1.300',
  moon: 'M16.500 11.800A6.800 6.800 0 0 1 8.200 3.500a6.800 6.800 0 1 0 8.300 8.300Z',
  close: 'm5 5 10 10M15 5 5 15',
  pause: 'M7 5v10m6-10v10',
  play: 'M7 4.500v11l8.500-5.500z',
  file: 'M5.500 2.800h6l3.500 3.500v10.900h-9.500zM11.500 2.800v3.500H15',
  check: 'm4.500 10.500 3.500 3.500 7.500-8',
  arrow: 'M4.500 10h11m-4.500-4.500L15.500 10 11 14.500',
  up: 'M10 16V4.500m-4.500 4.500L10 4.500 14.500 9',
  bin: 'M4 5.500h12M8 5.500v-2h4v2m-6.500 0 .8 11h7.400l.8-11',
  undo: 'M7.500 4 4 7.500 7.500 11M4 7.500h8a4 4 0 0 1 0 8H9',
  terminal: 'm4.500 6 4 4-4 4m6 .5h5',
  demo: 'M3.500 10c2-5 4.500-5 6.500 0s4.500 5 6.500 0',
  star: 'm10 2.800 2.200 4.600 5 .7-3.600 3.500.9 5-4.500-2.400-4.500 2.400.9-5L2.800 8.100l5-.7z',
  table: 'M3.500 4.500h13v11h-13zM3.500 8.500h13M8.500 8.500v7',
  chart: 'M3.500 14 8 9l3 3 5.500-6.500',
  link: 'M11.500 4h4.500v4.500M16 4l-7 7m-1.500-6H4.500v10.500H15v-3',
  filter: 'M3.500 5.500h13M6 10h8m-5 4.500h2',
  more: 'm5 7.500 5 5 5-5',
  models: 'm10 2.800 7 3.700-7 3.700-7-3.700zM3 10l7 3.700 7-3.700M3 13.500l7 3.700 7-3.700',
  person: 'M10 10a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400Zm-6 6.400c.6-3 3-4.600 6-4.600s5.400 1.600 6 4.600',
  swap: 'M4 7h11m-3-3 3 3-3 3M16 13H5m3-3-3 3 3 3',
  plus: 'M10 4v12M4 10h12',
  help: 'M7.500 7.500a2.500 2.500 0 1 1 3.600 2.200c-.8.400-1.100.9-1.100 1.800m0 2.800v.1',
};

export function Icon({ name, size = 20 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 20 20" fill="none" stroke="currentColor"
    stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}

/** The mark: three soundings of different depth. */
export function Logo() {
  return html`<svg class="logo" width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" class="logo-plate" />
    <g class="logo-lines" stroke-width="3" stroke-linecap="round" fill="none"><path d="M7 9h18" /><path d="M10 15v3" />
      <path d="M16 15v9" /><path d="M22 15v6" /></g></svg>`;
}
