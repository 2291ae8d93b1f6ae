/** What tuning changed: before and after, on corrections that it never saw and on the bundled sample. */
import { html } from '../../vendor/preact.js';
import { count, duration, percent, plural, points } from '../format.js';

const FEW = 100;

const MEASURES = [['macro_f1', 'Macro-F1'], ['accuracy', 'Accuracy']];

/** `byChance`: by how much the two may differ by chance alone, as the server says. */
function Line({ before, after, byChance, name }) {
  const delta = after - before;
  const sure = Math.abs(delta) > byChance;
  const tone = Math.abs(delta) < 0.0005 ? '' : sure ? (delta > 0 ? 'good' : 'bad') : 'unsure';
  const low = Math.min(before, after);
  return html`<tr><th scope="row">${name}</th><td class="num">${percent(before)}</td>
    <td class="dumbbell-cell"><span class="dumbbell" aria-hidden="true"><span class=${`dumbbell-line ${tone}`}
      style=${{ left: `${100 * low}%`, width: `${100 * Math.abs(delta)}%` }}></span><span class="dumbbell-from" style=${{ left: `${100 * before}%` }}></span>
      <span class=${`dumbbell-to ${tone}`} style=${{ left: `${100 * after}%` }}></span></span></td>
    <td class="num strong">${percent(after)}</td><td class="num"><span class=${`change ${tone}`}>${points(delta)}</span></td></tr>`;
}

function Part({ part, name, note }) {
  if (!part?.n || !part.before || !part.after) return null;
  return html`<tbody><tr class="report-part"><th scope="rowgroup" colspan="5">${name} <span class="quiet">${note}, <span class="nowrap">n = ${count(part.n)}</span></span></th></tr>
    ${MEASURES.filter(([key]) => part.before[key] != null && part.after[key] != null).map(([key, label]) => html`<${Line} key=${key} name=${label} before=${part.before[key]} after=${part.after[key]} byChance=${part.by_chance[key]} />`)}</tbody>`;
}

function Kind({ name, figures }) {
  if (!figures) return html`<p class="small quiet"><strong>${name}</strong>: too few corrections say one, so this part stays as it is.</p>`;
  const n = figures.corrections?.n ?? 0;
  return html`<div class="report-kind"><table class="data report-table" data-testid=${`report-${name.toLowerCase()}`}><caption class="sr">${name}</caption>
    <thead><tr><th scope="col" class="report-name">${name}</th><th scope="col" class="num">before</th><td></td>
      <th scope="col" class="num">after</th><th scope="col" class="num">change</th></tr></thead>
    <${Part} part=${figures.corrections} name="Your corrections" note="held out, never trained on" />
    <${Part} part=${figures.replay} name="Bundled sample" note="what it must not forget" /></table>
    ${n > 0 && n < FEW && figures.corrections.by_chance.accuracy != null && html`<p class="tiny quiet">With ${plural(n, 'correction')} held out, a difference under about
      ${' '}${count(Math.round(100 * figures.corrections.by_chance.accuracy))} points may be chance. More corrections make it surer.</p>`}
    ${n === 0 && html`<p class="tiny quiet">No correction of it could be held out, so there is nothing to say about it.</p>`}</div>`;
}

/** The outcome in one sentence: corrections first, then what was forgotten. */
export function verdict(report) {
  const main = report.sentiment?.corrections?.n ? report.sentiment : report.emotion;
  if (!main?.corrections?.n) return 'Trained, but nothing was held out to measure it';
  if (main.corrections.before?.macro_f1 == null || main.corrections.after?.macro_f1 == null) return 'Trained, but nothing was held out to measure it';
  const gain = main.corrections.after.macro_f1 - main.corrections.before.macro_f1;
  const sure = Math.abs(gain) > main.corrections.by_chance.macro_f1;
  const loss = main.replay?.after?.macro_f1 != null && main.replay.before?.macro_f1 != null ? main.replay.after.macro_f1 - main.replay.before.macro_f1 : 0;
  const first = !sure ? 'No clear difference on your corrections' : gain > 0 ? 'Better on your corrections' : 'Worse on your corrections';
  const rest = loss < -0.02 ? 'worse on the bundled sample' : loss > 0.02 ? 'better on the bundled sample' : 'level on the bundled sample';
  return `${first}, ${rest}`;
}

export function Report({ report }) {
  return html`<div class="report" data-testid="tune-report"><p class="small quiet lead-line">Trained on ${plural(report.trained_on, 'correction')} and
    ${' '}${plural(report.replay, 'bundled text')}, measured on ${plural(report.held_out, 'correction')} that were held out; took ${duration(report.took_ms)}.${report.compared_with
      ? html` <span class="break">“Before” is ${report.compared_with}.</span>` : ''}</p>
    <${Kind} name="Sentiment" figures=${report.sentiment} /><${Kind} name="Emotion" figures=${report.emotion} /></div>`;
}
