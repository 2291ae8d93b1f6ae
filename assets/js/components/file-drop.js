/** Where a file goes in. */
import { html, useState } from '../../vendor/preact.js';
import { Icon } from './icon.js';

export function FileDrop({ onFile }) {
  const [over, setOver] = useState(false);
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return html`<label class=${over ? 'drop over' : 'drop'} data-testid="import-drop" data-right="write"
    onDragOver=${(e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <${Icon} name="file" size=${28} /><span class="drop-title">Drop a file here, or <span class="accent">choose one</span></span>
    <span class="small quiet">CSV, TSV, Excel, JSON Lines or JSON. Any encoding; dates as people write them.</span>
    <input class="sr" type="file" accept=".csv,.tsv,.txt,.xlsx,.json,.jsonl,.ndjson,text/csv,application/json"
      data-testid="import-file"
      onChange=${(e) => { if (e.target.files[0]) onFile(e.target.files[0]); e.target.value = ''; }} /></label>`;
}
