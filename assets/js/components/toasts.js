/** Short messages at the bottom, and the polite voice for screen readers. */
import { html } from '../../vendor/preact.js';
import { announcement, dismiss, notices } from '../state/notices.js';
import { useStore } from '../state/store.js';
import { CloseButton } from './dialog.js';

export function Toasts() {
  const list = useStore(notices);
  const said = useStore(announcement);
  return html`<div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${list.map((n) => html`<div key=${n.id} class=${`toast ${n.tone}`} data-testid="toast"><span class="grow break">${n.text}</span>
      ${n.action && html`<button class="toast-action" type="button" data-testid="undo"
        onClick=${() => { n.action(); dismiss(n.id); }}>${n.actionName}</button>`}
      <${CloseButton} onClose=${() => dismiss(n.id)} label="Dismiss" /></div>`)}
  </div><p class="sr" role="status" aria-live="polite" data-testid="announcer">${said}</p>`;
}
