/** How far two models agree, as two figures and in plain words. */
import { html } from '../../vendor/preact.js';
import { explain } from '../agreement.js';
import { count, hundredths, percent, plural } from '../format.js';

function Figure({ name, value, note, testid }) {
  return html`<div><dt class="figure-name">${name}</dt><dd><span class="figure-value" data-testid=${testid}>${value}</span>${note && html` <span class="figure-note">${note}</span>`}</dd></div>`;
}

/** Who is right where people have said what is right. */
function Corrected({ corrected, a, b }) {
  if (!corrected?.n) return null;
  return html`<p data-testid="compare-corrected">Of ${plural(corrected.n, 'text')} that people corrected, <strong>A</strong> is right about ${percent(corrected.a)},
    ${' '}<strong>B</strong> about ${percent(corrected.b)}. <span class="quiet">${[a, b].some((m) => m.kind === 'tuned')
      ? 'A tuned model may have learned from these very corrections: they are no test of it.'
      : `Corrections are mostly made where ${a.default ? 'A' : b.default ? 'B' : 'the default'} was wrong, so they are no fair sample.`}</span></p>`;
}

export function Figures({ figures, kind, a, b }) {
  return html`<div data-testid="compare-figures"><dl class="figures">
      <${Figure} name="Agreement" value=${percent(figures.agreement)} note=${`likely ${percent(figures.low)} to ${percent(figures.high)}`} testid="compare-agreement" />
      <${Figure} name="Cohen’s kappa" value=${figures.kappa == null ? '–' : hundredths(figures.kappa)} note=${figures.kappa_words ?? 'not defined'} testid="compare-kappa" />
      <${Figure} name="Texts read by both" value=${count(figures.n)} note="" testid="compare-n" /></dl>
    <div class="compare-words small"><p data-testid="compare-words">${explain(figures, kind)}</p><${Corrected} corrected=${figures.corrected} a=${a} b=${b} /></div></div>`;
}
