/** A second model reads a share of the new texts along; its record says whether it would be the better one. */
import { html, useState } from '../../vendor/preact.js';
import { percent } from '../format.js';
import { startChallenger, stopChallenger } from '../state/models.js';

const SHARES = [0.01, 0.05, 0.1, 0.25, 0.5, 1];

export function Challenger({ models }) {
  const running = models.find((m) => m.challenger);
  const standard = models.find((m) => m.default);
  const able = models.filter((m) => m.state === 'ready' && !m.error && !m.default);
  const [name, setName] = useState('');
  const [share, setShare] = useState('0.1');
  const [busy, setBusy] = useState(false);
  const chosen = able.find((m) => m.name === name) ?? able[0];
  const run = (doing) => async () => { setBusy(true); await doing(); setBusy(false); };
  const compare = running && standard && `/models/compare?${new URLSearchParams({ a: standard.name, b: running.name })}`;
  return html`<section class="section panel" data-right=${running ? undefined : 'administer'} aria-labelledby="challenger-title" data-testid="challenger" data-running=${running ? 'true' : 'false'}>
    <h2 id="challenger-title">${running ? html`<span class="break">${running.name}</span> reads ${percent(running.challenger.share)} of new texts along`
      : 'Challenger'}</h2>
    ${running ? html`<p class="lead-line small">What counts does not change. Its record against ${standard?.name ?? 'the default'} grows with every text.</p>
      <p class="row wrap"><a class="button" href=${compare} data-testid="challenger-record">See its record</a>
      <button class="button" type="button" data-right="administer" disabled=${busy} onClick=${run(() => stopChallenger(running))} data-testid="challenger-stop">Stop</button></p>`
    : html`<p class="lead-line small">Let another model read a share of the new texts along, and see how often the two agree before you trust it.
      What counts does not change.</p>
      ${chosen ? html`<form class="filters tight" onSubmit=${(e) => { e.preventDefault(); run(() => startChallenger(chosen.name, Number(share)))(); }}>
        <label class="select"><span class="sr">Model</span><select value=${chosen.name} onChange=${(e) => setName(e.target.value)} data-testid="challenger-model">
          ${able.map((m) => html`<option key=${m.name} value=${m.name}>${m.name}</option>`)}</select></label>
        <label class="select"><span class="sr">Share of new texts</span><select value=${share} onChange=${(e) => setShare(e.target.value)} data-testid="challenger-share">
          ${SHARES.map((s) => html`<option key=${s} value=${String(s)}>${percent(s)} of new texts</option>`)}</select></label>
        <button class="button" type="submit" disabled=${busy} data-testid="challenger-start">Start</button></form>`
      : html`<p class="small quiet">It takes a second model: add one from a folder, or tune this one.</p>`}`}</section>`;
}
