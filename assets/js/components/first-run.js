/** Three doors, and nothing else. */
import { html, useState } from '../../vendor/preact.js';
import { navigate } from '../router.js';
import { startDemo } from '../state/actions.js';
import { offerFile } from '../state/offered.js';
import { Icon } from './icon.js';

const COMMAND = 'soundings import reviews.csv';

function FileDoor() {
  const [over, setOver] = useState(false);
  const take = (file) => { if (file) { offerFile(file); navigate('/import'); } };
  return html`<label class=${over ? 'door over' : 'door'} data-testid="door-file"
    onDragOver=${(e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
    onDrop=${(e) => { e.preventDefault(); setOver(false); take(e.dataTransfer.files[0]); }}>
    <${Icon} name="file" size=${28} /><span class="door-title">Drop a file</span>
      <span class="door-text">Reviews, posts or comments as CSV, Excel or JSON. The columns are found by themselves.</span>
    <span class="door-act">Choose a file</span><input class="sr" type="file" onChange=${(e) => take(e.target.files[0])} /></label>`;
}

export function FirstRun() {
  const [busy, setBusy] = useState(false);
  const [copied, setCopied] = useState(false);
  const demo = async () => { setBusy(true); await startDemo(); setBusy(false); };
  const copy = async () => { try { await navigator.clipboard.writeText(COMMAND); setCopied(true); } catch { /* it can be selected */ } };
  return html`<div class="page first" data-testid="first-run"><h1>What are people saying?</h1>
    <p class="lead">Soundings reads every text on this machine and shows how people feel. Nothing leaves it.</p>
    <p class="state-title" data-without="write">Nothing has been imported yet. The token that you sent may look; whoever has the one for everything can import.</p>
    <div class="doors" data-right="write">
      <button class="door" type="button" onClick=${demo} disabled=${busy} data-testid="door-demo"><${Icon} name="demo" size=${28} />
        <span class="door-title">Look at the demo</span>
        <span class="door-text">Nearly 7,000 real reviews and comments, read while you watch. Undo takes them away again.</span>
          <span class="door-act">${busy ? 'Starting…' : 'Load the demo'}</span></button>
      <${FileDoor} />
      <div class="door plain"><${Icon} name="terminal" size=${28} /><span class="door-title">From the terminal</span>
        <span class="door-text">The same import with a progress bar, for scripts and large files.</span>
        <span class="door-command"><code>${COMMAND}</code><button class="text-button" type="button" onClick=${copy}>
          ${copied ? 'Copied' : 'Copy'}</button></span></div>
    </div></div>`;
}
