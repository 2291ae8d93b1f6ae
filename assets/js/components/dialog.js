/** The browser's own dialog: as a panel at the side, or in the middle. Esc and a click beside it close it. */
import { html, useEffect, useRef } from '../../vendor/preact.js';
import { layers } from '../state/notices.js';
import { useStore } from '../state/store.js';
import { Icon } from './icon.js';
import { Toasts } from './toasts.js';

export function Dialog({ kind = 'modal', label, labelledby, onClose, children, testid, wide = false }) {
  const ref = useRef(null);
  const mine = useRef({}).current;
  const onTop = useStore(layers).at(-1) === mine;
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector('[data-first]')?.focus({ preventScroll: true });
    layers.dispatch({ open: mine });
    return () => {
      layers.dispatch({ close: mine });
      if (dialog.open) dialog.close();
      if (before?.isConnected) before.focus?.({ preventScroll: true });
    };
  }, []);
  const beside = (event) => {
    if (event.target !== ref.current) return;
    const box = ref.current.getBoundingClientRect();
    if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) onClose();
  };
  return html`<dialog ref=${ref} class=${`${kind} ${wide ? 'wide' : ''}`} aria-label=${label} aria-labelledby=${labelledby}
    data-testid=${testid}
    onCancel=${(e) => { e.preventDefault(); onClose(); }} onMouseDown=${beside}>${children}${onTop && html`<${Toasts} />`}</dialog>`;
}

/** `first` where something stands before it that must not be pressed by accident: the dialog opens with the focus here. */
export function CloseButton({ onClose, label = 'Close', first = false }) {
  return html`<button class="icon-button" type="button" data-first=${first ? true : undefined} onClick=${onClose} aria-label=${label} title="Close (Esc)"
    data-testid="close"><${Icon} name="close" /></button>`;
}
