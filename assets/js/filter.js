/**
 * The filter: which items. One value behind the page's address, every request and every export.
 * It is kept as URLSearchParams with exactly the API's names, so nothing is ever translated, and written in the one order that
 * the server writes it in (docs/filters.md, "As text"): equal filters have equal addresses.
 */

import { DIMENSIONS, dimensionOf } from './dimensions.js';

/** What else belongs to a filter: what is looked for and how, and whose labels count. */
const FIELDS = ['q', 'mode', 'syntax', ...DIMENSIONS.flatMap((d) => d.params), 'model'];
/** What is not written, because it is what is meant where nothing is said. */
const DEFAULTS = { mode: 'hybrid', syntax: 'auto' };

/** By code points, as the server sorts. */
function byCode(a, b) {
  const [x, y] = [[...a], [...b]];
  const at = x.findIndex((c, i) => c !== y[i]);
  if (at < 0) return x.length - y.length;
  return y[at] === undefined ? 1 : x[at].codePointAt(0) - y[at].codePointAt(0);
}

/** The values of a field as they are written: blanks left out, those of a list sorted, each once. */
function valuesOf(params, field) {
  const values = params.getAll(field).filter((value) => value.trim() !== '' && value !== DEFAULTS[field]);
  return dimensionOf(field)?.list ? [...new Set(values)].sort(byCode) : values;
}

/** A whole address: the filter as it is written, and behind it whatever else the page keeps there. */
export function canonical(params) {
  const out = new URLSearchParams();
  for (const field of FIELDS) for (const value of valuesOf(params, field)) out.append(field, value);
  for (const [field, value] of params) if (!FIELDS.includes(field)) out.append(field, value);
  return out;
}

/** Only what belongs to the filter, as it is written. */
export function filterOf(params, { without = [] } = {}) {
  const out = new URLSearchParams();
  for (const field of FIELDS) {
    if (without.includes(field)) continue;
    for (const value of valuesOf(params, field)) out.append(field, value);
  }
  if (!out.get('q')) for (const field of ['mode', 'syntax']) out.delete(field);
  return out;
}

/** Fields that narrow the choice, apart from the query itself. */
export function conditions(params) {
  const out = [];
  for (const [field, value] of filterOf(params)) {
    if (!['q', 'mode', 'syntax'].includes(field)) out.push({ field, value });
  }
  return out;
}

export const hasFilter = (params) => [...filterOf(params).keys()].length > 0;

/** A copy with one value of a list field switched on or off. */
export function toggled(params, field, value) {
  const out = new URLSearchParams(params);
  const values = out.getAll(field);
  out.delete(field);
  const next = values.includes(value) ? values.filter((v) => v !== value) : [...values, value];
  for (const v of next) out.append(field, v);
  return out;
}

/** A copy with fields replaced; `null` removes one. */
export function changed(params, fields) {
  const out = new URLSearchParams(params);
  for (const [field, value] of Object.entries(fields)) {
    out.delete(field);
    if (Array.isArray(value)) for (const v of value) out.append(field, v);
    else if (value != null && value !== '') out.set(field, String(value));
  }
  return out;
}

/** A copy without one value of a list, or without a field that has one value. */
export const without = (params, field, value) => (dimensionOf(field)?.list ? toggled(params, field, value) : changed(params, { [field]: null }));

/** The address of Explore with a filter. */
export function exploreHref(params, fields = {}) {
  const q = filterOf(changed(params ?? new URLSearchParams(), fields)).toString();
  return q ? `/explore?${q}` : '/explore';
}
