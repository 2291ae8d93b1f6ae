/**
 * The filter: which items. One value behind the page's address, every request and every export.
 * It is kept as URLSearchParams with exactly the API's names, so nothing is ever translated.
 */

import { DIMENSIONS, dimensionOf } from './dimensions.js';

/** What else belongs to a filter: what is looked for and how, and whose labels count. */
const ASKED = ['q', 'mode', 'syntax', 'model'];
const FIELDS = [...ASKED, ...DIMENSIONS.flatMap((d) => d.params)];

/** Only what belongs to the filter, in a fixed order, blanks left out. */
export function filterOf(params, { without = [] } = {}) {
  const out = new URLSearchParams();
  for (const field of FIELDS) {
    if (without.includes(field)) continue;
    for (const value of params.getAll(field)) if (value.trim() !== '') out.append(field, value);
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
