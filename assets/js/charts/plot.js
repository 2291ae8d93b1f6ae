/** A chart over time on the page: the engine's drawing, and over it a slider for the moment; pointer or arrow keys move it. */
import { html, useEffect, useRef, useState } from '../../vendor/preact.js';
import { colour, font, loadEngine } from './engine.js';
import { heightOf } from './frame.js';

/** The colours of the page as it looks now, by the chart's names for them. */
const lookOf = (colours) => Object.fromEntries([
  ...Object.entries({ quiet: 'ink-3', line: 'line', axis: 'line-2', count: 'line-2', ...colours }).map(([name, of]) => [name, colour(of)]), ['font', font()],
]);

/** Draws what `option` makes of the colours; again when one of `inputs` changes. */
function useDrawing(option, colours, inputs) {
  const ref = useRef(null);
  const chart = useRef(null);
  useEffect(() => {
    let gone = false;
    let watcher = null;
    loadEngine().then(({ init }) => {
      if (gone || !ref.current) return;
      chart.current ??= init(ref.current, null, { renderer: 'svg' });
      chart.current.setOption(option(lookOf(colours)), { notMerge: true });
      watcher = new ResizeObserver(() => chart.current?.resize());
      watcher.observe(ref.current);
    });
    return () => { gone = true; watcher?.disconnect(); };
  }, inputs);
  useEffect(() => () => { chart.current?.dispose(); chart.current = null; }, []);
  return ref;
}

/** Which of `n` moments is looked at: the newest one, until pointer or keys choose another. */
export function useMoment(n) {
  const [at, set] = useState(null);
  const last = n - 1;
  return { at, last, index: at == null ? last : Math.min(at, last), set };
}

/**
 * @param {{place: import('./frame.js').Plot, moment: ReturnType<typeof useMoment>, option: (look: any) => any, colours: any, inputs: any[],
 *   name: string, value: string, testid: string, hidden: boolean, onOpen?: (index: number) => void, children?: any}} props
 *   `name` and `value` are the slider's words; `onOpen` is what a click or Enter does
 */
export function Plot({ place, moment, option, colours, inputs, name, value, testid, hidden, onOpen, children }) {
  const canvas = useDrawing(option, colours, inputs);
  const overlay = useRef(null);
  const { at, last, index, set } = moment;
  const n = last + 1;
  const indexAt = (event) => {
    const box = overlay.current.getBoundingClientRect();
    const share = (event.clientX - box.left - place.left) / (box.width - place.left - place.right);
    return Math.max(0, Math.min(last, Math.floor(share * n)));
  };
  const keys = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -n, End: n }[event.key];
    if (step) { event.preventDefault(); set(Math.max(0, Math.min(last, index + step))); }
    if (event.key === 'Enter') onOpen?.(index);
  };
  return html`<div class="plot" hidden=${hidden}>
    <div ref=${canvas} class="plot-canvas" style=${{ height: `${heightOf(place)}px` }} aria-hidden="true"></div>
    <div ref=${overlay} class=${onOpen ? 'plot-overlay' : 'plot-overlay plain'} role="slider" tabindex="0" aria-label=${name} aria-valuemin="0"
      aria-valuemax=${last} aria-valuenow=${index} aria-valuetext=${value} data-testid=${testid} onKeyDown=${keys}
      onPointerMove=${(e) => set(indexAt(e))} onPointerLeave=${() => set(null)} onClick=${(e) => onOpen?.(indexAt(e))}>${children}
      ${at != null && html`<span class="plot-rule" style=${{ left: `calc(${place.left}px + (100% - ${place.left + place.right}px) * ${(index + 0.5) / n})` }}></span>`}
    </div></div>`;
}
