/**
 * The pages, each declared once. The router, the places in the header, the commands and the keys are made from this list, and
 * the server answers at exactly these paths: it reads every `path: '…'` of this file.
 *
 * `place` names the page in the header; `command` in the palette; `key` is pressed behind `g`. Who has not got its `right` is not
 * led there.
 */
import { Compare } from './compare.js';
import { Explore } from './explore.js';
import { Import } from './import.js';
import { Jobs } from './jobs.js';
import { Models } from './models.js';
import { Overview } from './overview.js';
import { Try } from './try.js';

/** @typedef {{path: string, title: string, View: Function, icon: string, place?: string, command: string, key?: string, right?: string}} Page */

/** @type {Page[]} */
export const PAGES = [
  { path: '/', title: 'Overview', View: Overview, icon: 'overview', place: 'Overview', command: 'Overview', key: 'o' },
  { path: '/explore', title: 'Explore', View: Explore, icon: 'explore', place: 'Explore', command: 'Explore', key: 'e' },
  { path: '/import', title: 'Import', View: Import, icon: 'import', place: 'Import', command: 'Import a file', key: 'i', right: 'write' },
  { path: '/models', title: 'Models', View: Models, icon: 'models', place: 'Models', command: 'Models', key: 'm' },
  { path: '/models/compare', title: 'Compare models', View: Compare, icon: 'swap', command: 'Compare models' },
  { path: '/jobs', title: 'Jobs', View: Jobs, icon: 'jobs', place: 'Jobs', command: 'Jobs', key: 'j' },
  { path: '/try', title: 'Try it', View: Try, icon: 'try', place: 'Try it', command: 'Try a text', key: 't' },
];
