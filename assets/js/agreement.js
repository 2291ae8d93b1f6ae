/** What two readers' agreement says beyond chance, in words. The figures and their names come from the server. */
import { count, hundredths, percent } from './format.js';

/** "They say the same of 83 in 100 texts…" */
export function explain({ n, agreement, chance, kappa, kappa_words: word }, what) {
  const same = n < 100 ? `${count(Math.round(agreement * n))} of ${count(n)} texts` : `${Math.round(agreement * 100)} in 100 texts`;
  const first = `They give the same ${what} to ${same}.`;
  if (kappa == null) return `${first} Both always say the same, so kappa is not defined: chance alone would bring as much.`;
  if (kappa <= 0.005) return `${first} Two readers who guessed with the same habits would agree as often: kappa ${hundredths(kappa)} means ${word}.`;
  if (kappa >= 0.995) return `${first} Kappa ${hundredths(kappa)} means full agreement.`;
  return `${first} Guessing with the same habits would agree on ${percent(chance)}; of the way from there to full agreement they cover ${percent(kappa)}. Kappa ${hundredths(kappa)} is called ${word}.`;
}

/** Rows of the record without holes in time: a day that nobody was read on is a gap. */
export function daysOf(record) {
  const DAY = 86400e3;
  const known = new Map((record ?? []).map((r) => [Date.parse(`${r.day}T00:00:00Z`), r]));
  const times = [...known.keys()].sort((a, b) => a - b);
  const rows = [];
  for (let t = Math.max(times[0], times.at(-1) - 400 * DAY); t <= times.at(-1); t += DAY) {
    rows.push(known.has(t) ? { ...known.get(t), at: t } : { day: new Date(t).toISOString().slice(0, 10), n: 0, agreement: null, low: null, high: null, kappa: null, at: t });
  }
  return rows;
}
