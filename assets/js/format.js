/** Numbers, dates and sizes as people read them, through Intl and the browser's language. */

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const month = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' });
const year = new Intl.DateTimeFormat(undefined, { year: 'numeric', timeZone: 'UTC' });
const dayHour = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const languages = (() => {
  try { return new Intl.DisplayNames(undefined, { type: 'language' }); } catch { return null; }
})();

export const count = (n) => whole.format(n ?? 0);
export const shortCount = (n) => (Math.abs(n) < 10000 ? whole.format(n) : compact.format(n));
export const decimal = (n) => oneDigit.format(n);
export const hundredths = (n) => twoDigits.format(n);
export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

/** A share 0..1 as a whole percentage; "under 1%" and "over 99%" rather than a rounded lie. */
export function percent(share) {
  if (share == null || Number.isNaN(share)) return '–';
  if (share > 0 && share < 0.01) return '<1%';
  if (share < 1 && share > 0.99) return '>99%';
  return `${Math.round(share * 100)}%`;
}

/** A difference of shares in percentage points, with its sign. */
export function points(delta) {
  const p = delta * 100;
  const sign = p > 0 ? '+' : p < 0 ? '−' : '';
  return `${sign}${oneDigit.format(Math.abs(p))} pts`;
}

export function signedPercent(change) {
  const sign = change > 0 ? '+' : change < 0 ? '−' : '';
  return `${sign}${whole.format(Math.round(Math.abs(change) * 100))}%`;
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const ENDINGS = { one: 'st', two: 'nd', few: 'rd', other: 'th' };

/** "1st", "22nd": the page speaks English, whatever the browser's numbers look like. */
export const nth = (n) => `${whole.format(n)}${ENDINGS[ordinals.select(n)]}`;

const asDate = (value) => (value instanceof Date ? value : new Date(value));

/** Days of items are UTC days, as the charts count them. */
export const date = (value) => (value ? day.format(asDate(value)) : 'undated');
export const dateTime = (value) => (value ? moment.format(asDate(value)) : '–');

/** First moment of a bucket, named by its period. */
export function bucketName(value, period) {
  const d = asDate(value);
  if (period === 'hour') return `${dayHour.format(d)} UTC`;
  if (period === 'year') return year.format(d);
  if (period === 'month') return month.format(d);
  if (period === 'week') return `Week of ${day.format(d)}`;
  return day.format(d);
}

export function axisName(value, period) {
  const d = asDate(value);
  if (period === 'hour') return dayHour.format(d);
  if (period === 'year') return year.format(d);
  return period === 'month' ? month.format(d) : shortDay.format(d);
}

/** "12 May – 3 Jun 2026"; `to` is exclusive, so the last whole day is named. */
export function range(from, to) {
  if (!from || !to) return '';
  const last = new Date(asDate(to).getTime() - 1);
  const a = day.format(asDate(from));
  const b = day.format(last);
  return a === b ? a : `${a} – ${b}`;
}

export function ago(value, now = Date.now()) {
  const s = (asDate(value).getTime() - now) / 1000;
  const size = Math.abs(s);
  if (size < 45) return 'just now';
  if (size < 3600) return relative.format(Math.round(s / 60), 'minute');
  if (size < 86400) return relative.format(Math.round(s / 3600), 'hour');
  if (size < 86400 * 30) return relative.format(Math.round(s / 86400), 'day');
  return day.format(asDate(value));
}

/** A length of time in the largest two sensible units. */
export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 1) return 'under a second';
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

/** Time left with its uncertainty, or nothing where it is not known. */
export function eta(ms, errorMs) {
  if (ms == null) return '';
  if (ms < 1500) return 'almost done';
  const spread = errorMs != null && errorMs >= 1000 && errorMs < ms ? ` ± ${duration(errorMs)}` : '';
  return `about ${duration(ms)}${spread} left`;
}

export function bytes(n) {
  if (n == null) return '–';
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  let value = n;
  while (value >= 1000 && i < units.length - 1) { value /= 1000; i += 1; }
  return i === 0 ? plural(n, 'byte') : `${oneDigit.format(value)} ${units[i]}`;
}

export function milliseconds(ms) {
  if (ms == null) return '';
  return ms < 10 ? `${oneDigit.format(ms)} ms` : `${whole.format(Math.round(ms))} ms`;
}

export function languageName(code) {
  if (!code || code === 'und') return 'Unknown language';
  try { return languages?.of(code) ?? code; } catch { return code; }
}
