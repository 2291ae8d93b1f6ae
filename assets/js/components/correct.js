/** The label of an item as a button: what counts, whether a person set it, and a small menu to set it right. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../../vendor/preact.js';
import { SentimentMark } from '../charts/mark.js';
import { date, percent } from '../format.js';
import { correct, ownReading, undoCorrection, useShown } from '../state/corrections.js';
import { person, setPerson } from '../state/person.js';
import { useMay } from '../state/rights.js';
import { useStore } from '../state/store.js';
import { EMOTIONS, SENTIMENTS, emotionColour, emotionName, sentimentName } from '../words.js';
import { Icon } from './icon.js';
import { SentimentTag } from './marks.js';

const MARGIN = 8;

/** Who corrected; without a name it was whoever sits at this machine. */
export const authorOf = ({ author }) => (author && author !== 'local' ? author : null);

/** "corrected by Anna, 3 May 2026"; where the model reads the same (it may have learned it), the label is set. */
export function correctedBy(item) {
  const { correction } = item;
  const own = ownReading(item);
  const same = (!correction.sentiment || correction.sentiment === own.sentiment) && (!correction.emotion || correction.emotion === own.emotion);
  return `${same ? 'set' : 'corrected'} ${authorOf(correction) ? `by ${authorOf(correction)}` : 'by hand'}, ${date(correction.at)}`;
}

/** What the model had read, in words. */
export function modelRead(item) {
  const own = ownReading(item);
  if (!own.sentiment) return 'the model has not read it';
  const feeling = own.emotion && own.emotion !== 'neutral' ? `, ${emotionName(own.emotion)}` : '';
  return `the model read ${sentimentName(own.sentiment)} (${percent(item.sentiment_scores[own.sentiment])})${feeling}`;
}

function Option({ kind, id, item, name, mark, onChoose }) {
  const current = item[kind] === id;
  const score = item[`${kind}_scores`]?.[id];
  return html`<button type="button" role="menuitemradio" tabindex="-1" aria-checked=${current ? 'true' : 'false'} class="option"
    data-testid=${`correct-${kind}-${id}`} onClick=${() => onChoose(kind, id)}>${mark}<span class="grow">${name}</span>
    ${current && html`<${Icon} name="check" size=${14} />`}${score != null && html`<span class="tiny quiet option-score">
    <span class="sr">model: </span>${percent(score)}</span>`}</button>`;
}

function Signature() {
  const name = useStore(person);
  const [editing, edit] = useState(false);
  if (!editing) return html`<button type="button" class="text-button tiny" data-testid="correct-name" onClick=${() => edit(true)}>
    ${name ? html`Signed ${name}` : 'Sign with your name'}</button>`;
  const save = (e) => { e.preventDefault(); setPerson(new FormData(e.currentTarget).get('name')); edit(false); };
  return html`<form class="row signature" onSubmit=${save}><label class="grow"><span class="sr">Your name, kept with your corrections</span>
    <input class="input" name="name" maxlength="80" autocomplete="name" placeholder="Your name" value=${name} ref=${(el) => el?.focus()}
      data-testid="correct-name-input" /></label><button class="button small-button" type="submit">Keep</button></form>`;
}

/** Under its button, or above it where there is no room below. */
function place(menu, anchor) {
  const a = anchor.getBoundingClientRect();
  const { offsetWidth: w, offsetHeight: h } = menu;
  const below = a.bottom + 4;
  const top = below + h <= innerHeight - MARGIN ? below : Math.max(MARGIN, a.top - h - 4);
  menu.style.left = `${Math.max(MARGIN, Math.min(a.left - 8, document.documentElement.clientWidth - w - MARGIN))}px`;
  menu.style.top = `${Math.min(top, Math.max(MARGIN, innerHeight - h - MARGIN))}px`;
}

function Menu({ item, anchor, onClose }) {
  const ref = useRef(null);
  const close = (back = true) => { if (back) anchor.current?.focus({ preventScroll: true }); onClose(); };
  useLayoutEffect(() => {
    const menu = ref.current;
    menu.showPopover();
    place(menu, anchor.current);
    (menu.querySelector('[aria-checked="true"]') ?? menu.querySelector('[role^="menuitem"]'))?.focus({ preventScroll: true });
    const follow = () => { if (anchor.current?.isConnected) place(menu, anchor.current); };
    addEventListener('scroll', follow, { capture: true, passive: true });
    addEventListener('resize', follow);
    return () => { removeEventListener('scroll', follow, { capture: true }); removeEventListener('resize', follow); };
  }, []);
  const choose = (kind, label) => { close(); if (item[kind] !== label || !item.correction?.[kind]) correct(item, kind, label); };
  const keys = (event) => {
    event.stopPropagation();
    const rows = [...ref.current.querySelectorAll('[role^="menuitem"]')];
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    // The two groups stand side by side: left and right go across, to the row beside.
    const here = rows[at].getBoundingClientRect();
    const beside = rows.filter((r) => Math.abs(r.getBoundingClientRect().left - here.left) > 8)
      .sort((a, b) => Math.abs(a.getBoundingClientRect().top - here.top) - Math.abs(b.getBoundingClientRect().top - here.top))[0];
    const next = {
      ArrowDown: rows[(at + 1) % rows.length], ArrowUp: rows[(at - 1 + rows.length) % rows.length], Home: rows[0], End: rows.at(-1), ArrowRight: beside, ArrowLeft: beside,
    }[event.key] ?? (/^[a-z]$/i.test(event.key) && !event.ctrlKey && !event.metaKey
      ? [...rows.slice(at + 1), ...rows.slice(0, at)].find((r) => r.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase())) : null);
    if (next) { event.preventDefault(); next.focus(); }
    if (event.key === 'Tab' && !item.correction && event.shiftKey) { event.preventDefault(); close(); }
  };
  const dot = (id) => html`<span class="option-dot" style=${{ background: emotionColour(id) }} aria-hidden="true"></span>`;
  return html`<div ref=${ref} popover="auto" class="correct-menu" data-testid="correct-menu" onKeyDown=${keys}
    onToggle=${(e) => { if (e.newState === 'closed') onClose(); }}>
    <div role="menu" aria-label="What is right?" class="correct-groups">
      <div role="group" aria-label="Sentiment"><p class="option-head" aria-hidden="true">Sentiment</p>
        ${SENTIMENTS.map((id) => html`<${Option} key=${id} kind="sentiment" id=${id} item=${item} name=${sentimentName(id)}
          mark=${html`<${SentimentMark} id=${id} />`} onChoose=${choose} />`)}</div>
      <div role="group" aria-label="Emotion"><p class="option-head" aria-hidden="true">Emotion</p>
        ${EMOTIONS.map((id) => html`<${Option} key=${id} kind="emotion" id=${id} item=${item} name=${emotionName(id)} mark=${dot(id)}
          onChoose=${choose} />`)}</div></div>
    <div class="correct-foot">${item.correction ? html`<p class="tiny quiet grow break">${sentenceOf(item)}</p>
      <button type="button" class="button small-button" data-testid="correct-undo"
        onClick=${() => { close(); undoCorrection(item); }}><${Icon} name="undo" size=${14} />Undo</button>`
      : html`<p class="tiny quiet grow">Percentages are the model’s. What you set counts instead.</p><${Signature} />`}</div></div>`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
export const sentenceOf = (item) => `${capital(correctedBy(item))}; ${modelRead(item)}.`;

/** A small sign that a person has spoken. */
export function CorrectedMark({ item }) {
  if (!item.correction) return null;
  const words = correctedBy(item);
  return html`<span class="corrected-mark" title=${capital(words)} data-testid="corrected-mark"><${Icon} name="person" size=${13} />
    <span class="sr">, ${words}</span></span>`;
}

/** The labels that count; a click opens the menu, for whoever may correct. `full` names an absent emotion too. */
export function Labels({ item: read, full = false }) {
  const item = useShown(read);
  const may = useMay('write');
  const [open, setOpen] = useState(false);
  const anchor = useRef(null);
  const emotion = item.emotion && (full || !item.sentiment || item.emotion !== 'neutral');
  // A press on the button while the menu is open has already closed it: the click must not open it again.
  const wasOpen = useRef(false);
  useEffect(() => { wasOpen.current = open; });
  const marks = html`<${SentimentTag} item=${item} />${emotion && html`<span class="label-emotion"><span class="sr">, </span>${emotionName(item.emotion)}</span>`}
    <${CorrectedMark} item=${item} />`;
  if (!may) return html`<span class="labels"><span class="label-button still" data-testid="labels">${marks}</span></span>`;
  return html`<span class="labels"><button ref=${anchor} type="button" class="label-button" aria-haspopup="menu" data-correct
    aria-expanded=${open ? 'true' : 'false'} title="Correct this reading (c)" data-testid="correct" data-id=${item.id}
    onPointerDown=${(e) => { e.currentTarget.dataset.open = String(wasOpen.current); }}
    onClick=${(e) => { const was = e.currentTarget.dataset.open === 'true'; delete e.currentTarget.dataset.open; if (!was) setOpen(true); }}>
    ${marks}<${Icon} name="more" size=${12} /><span class="sr">: correct</span></button>
    ${open && html`<${Menu} item=${item} anchor=${anchor} onClose=${() => setOpen(false)} />`}</span>`;
}
