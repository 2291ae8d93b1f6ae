/** Asks for the token when the server wants one. */
import { html, useEffect, useState } from '../../vendor/preact.js';
import { onTokenNeeded, provideToken } from '../api.js';
import { Dialog } from './dialog.js';

export function TokenDialog() {
  const [need, setNeed] = useState(null);
  const [value, setValue] = useState('');
  useEffect(() => onTokenNeeded((refused) => setNeed({ refused })), []);
  if (!need) return null;
  const submit = (event) => {
    event.preventDefault();
    if (!value.trim()) return;
    setNeed(null);
    provideToken(value.trim());
    setValue('');
  };
  return html`<${Dialog} label="Access token" onClose=${() => {}} testid="token-dialog">
    <form class="dialog-body stack" onSubmit=${submit}>
    <h2 class="dialog-title">This server asks for its token</h2>
    <p class="quiet small">It is the value given to <code>--token</code> or <code>SOUNDINGS_TOKEN</code> when the server was started. It is kept until this tab is closed.</p>
    ${need.refused && html`<p class="note bad" role="alert">That token was not accepted.</p>`}
    <label class="field"><span class="field-name">Token</span>
      <input class="input" type="password" autocomplete="current-password" autofocus value=${value}
        onInput=${(e) => setValue(e.target.value)} data-testid="token-input" /></label>
    <p><button class="button primary" type="submit">Continue</button></p></form></${Dialog}>`;
}
