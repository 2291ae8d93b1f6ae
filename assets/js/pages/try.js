/** Paste a text and see the reading. Nothing is stored. */
import { html, useEffect, useRef, useState } from '../../vendor/preact.js';
import { post } from '../api.js';
import { SentimentMark } from '../charts/mark.js';
import { EmotionScores, SentimentScores } from '../components/marks.js';
import { SentenceText } from '../components/sentences.js';
import { Failure, Skeleton } from '../components/states.js';
import { languageName, percent } from '../format.js';
import { usable, useModels } from '../state/models.js';
import { emotionName, sentimentName, stateName } from '../words.js';

const PAUSE_MS = 450;
const EXAMPLES = [
  'The update broke the login again and support has not answered for three days.',
  'Honestly did not expect this, but it saved me an hour every morning.',
  'It arrived on Tuesday. The box contains a cable and a manual.',
];

/** The reading in one sentence. */
function fact({ sentiment, emotion }) {
  const p = sentiment.scores[sentiment.label];
  const sure = p >= 0.85 ? 'Clearly' : p >= 0.6 ? 'Probably' : 'Leaning';
  const feeling = emotion && emotion.label !== 'neutral' ? `, with ${emotionName(emotion.label).toLowerCase()}` : '';
  return `${sure} ${sentimentName(sentiment.label).toLowerCase()}${feeling}`;
}

function Sentences({ reading }) {
  if (!reading.sentences) return null;
  return html`<section><h3>By sentence</h3>${reading.sentences.length > 1
    ? html`<${SentenceText} text=${reading.text} sentences=${reading.sentences} testid="try-text" />`
    : html`<p class="small quiet">It is one sentence.</p>`}</section>`;
}

function Reading({ reading }) {
  const { sentiment, emotion } = reading;
  if (!sentiment && !emotion) {
    return html`<div class="state" data-testid="try-result"><p class="state-title">${stateName(reading.state)}</p>
      <p class="state-text">
      ${reading.state === 'unsupported_language'
        ? `This looks like ${languageName(reading.language)}. The model was not trained for it, so it gives no score rather than a wrong one.`
        : reading.state === 'removed' ? 'It stands where a text was taken away; nobody said that.' : 'After removing what carries no words, nothing is left.'}</p></div>`;
  }
  const main = sentiment ?? emotion;
  return html`<div class="reading" data-testid="try-result"><p class=${`reading-fact ${sentiment?.label ?? ''}`}>
    ${sentiment ? html`<${SentimentMark} id=${sentiment.label} />${fact(reading)}` : emotionName(emotion.label)}</p>
    <p class="small quiet break">
      ${percent(main.scores[main.label])} sure${reading.language
        ? ` · ${languageName(reading.language)}` : ''} · ${reading.model}</p>
    <${Sentences} reading=${reading} />
    ${sentiment && html`<section><h3>Sentiment</h3><${SentimentScores} reading=${sentiment} testid="try-sentiment" /></section>`}
    ${emotion && html`<section><h3>Emotion</h3><${EmotionScores} reading=${emotion} testid="try-emotion" /></section>`}</div>`;
}

/** Which model reads, and whether every sentence is read by itself as well. */
function Choices({ choices, onChange }) {
  const models = usable(useModels().data).filter((m) => !m.error);
  return html`<div class="try-choices">${models.length > 1 && html`<label class="select"><span class="sr">Model</span><select data-testid="try-model"
    value=${choices.model ?? models.find((m) => m.default)?.name} onChange=${(e) => onChange({ ...choices, model: e.target.value })}>
    ${models.map((m) => html`<option key=${m.name} value=${m.name}>${m.name}${m.default ? ' (default)' : ''}</option>`)}</select></label>`}
    <label class="check small"><input type="checkbox" checked=${choices.sentences} onChange=${(e) => onChange({ ...choices, sentences: e.target.checked })}
      data-testid="try-sentences" />By sentence</label></div>`;
}

export function Try() {
  const [text, setText] = useState('');
  const [state, setState] = useState({ reading: null, error: null, busy: false });
  const [choices, setChoices] = useState({ model: null, sentences: false });
  const run = useRef(null);
  const analyze = async (value) => {
    run.current?.abort();
    if (!value.trim()) { setState({ reading: null, error: null, busy: false }); return; }
    const controller = new AbortController();
    run.current = controller;
    setState((s) => ({ ...s, busy: true, error: null }));
    try {
      const { data } = await post('/analyze', { texts: [value], ...(choices.sentences ? { sentences: true } : {}), ...(choices.model ? { model: choices.model } : {}) }, { signal: controller.signal });
      if (!controller.signal.aborted) setState({ reading: { text: value, ...data[0] }, error: null, busy: false });
    } catch (error) {
      if (!controller.signal.aborted) setState((s) => ({ ...s, error, busy: false }));
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => analyze(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, choices]);
  const { reading, error, busy } = state;
  return html`<div class="page try"><div class="page-head"><h1>Try a text</h1></div>
    <p class="lead">The same reading that your imports get. Nothing is stored, nothing leaves this machine.</p>
    <div class="try-grid"><form onSubmit=${(e) => { e.preventDefault(); analyze(text); }}>
      <label class="sr" for="try-text">Text</label>
        <textarea id="try-text"
          class="input try-input" rows="8" dir="auto" placeholder="Paste a review, a comment, a message" value=${text}
          onInput=${(e) => setText(e.target.value)}
          onKeyDown=${(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) analyze(text); }}
          data-testid="try-input"></textarea>
      <div class="between wrap try-acts"><p class="row"><button class="button primary" type="submit" disabled=${!text.trim()} data-testid="try-button">Read it</button>
        ${text && html`<button class="button" type="button" onClick=${() => setText('')}>Clear</button>`}</p>
        <${Choices} choices=${choices} onChange=${setChoices} /></div>
      <section class="examples"><h2>Or one of these</h2><ul>${EXAMPLES.map((e) => html`<li key=${e}>
        <button type="button" class="example" onClick=${() => setText(e)}>${e}</button></li>`)}</ul></section></form>
    <section class=${busy && reading ? 'try-result stale' : 'try-result'} aria-live="polite" aria-label="Reading">
      ${error ? html`<${Failure} error=${error} onRetry=${() => analyze(text)} />` : reading
        ? html`<${Reading} reading=${reading} />` : busy ? html`<${Skeleton} lines=${8} />` : html`<div class="state"
        data-testid="empty"><p class="state-title">The reading appears here</p><p
        class="state-text">Three sentiment scores and seven emotion scores, as probabilities.</p></div>`}</section></div></div>`;
}
