/** Short messages at the bottom: in the open dialog where there is one, because all else is out of reach then; and the polite voice for screen readers. */
import { html } from '../../vendor/preact.js';
import { announcement, dismiss, notices } from '../state/notices.js';
import { useStore } from '../state/store.js';
import { Icon } from './icon.js';

export function Toasts() {
  const list = useStore(notices);
  return html`<div class="toasts" role="status" aria-live="polite" data-testid="toasts">
    ${list.map((n) => html`<div key=${n.id} class=${`toast ${n.tone}`} data-testid="toast"><span class="grow break">${n.text}</span>
      ${n.action && html`<button class="toast-action" type="button" data-testid="undo"
        onClick=${() => { n.action(); dismiss(n.id); }}>${n.actionName}</button>`}
      <button class="icon-button" type="button" onClick=${() => dismiss(n.id)} aria-label="Dismiss" title="Dismiss" data-testid="close"><${Icon} name="close" />
      </button></div>`)}
  </div>`;
}

/** For screen readers: what happened without anything being shown. */
export function Announcer() {
  const said = useStore(announcement);
  return html`<p class="sr" role="status" aria-live="polite" data-testid="announcer">${said}</p>`;
}
