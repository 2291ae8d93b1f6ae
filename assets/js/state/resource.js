/** Reads that stay true: the last answer at once, a new one when the address or the data changes. */
import { useCallback, useEffect, useRef, useState } from '../../vendor/preact.js';
import { lastAnswer, read, url } from '../api.js';
import { connection, revision } from './live.js';

const CALM_MS = 900;

/**
 * @param {string|null} path  API path, or `null` for nothing to read
 * @param {URLSearchParams|Object} [params]
 * @param {{watch?: {watch: Function}[], keep?: boolean, once?: boolean, again?: (data: any) => number|null}} [options]  further stores that make it stale;
 *   `keep` shows the answer to the earlier question, marked stale, until the new one is there; `once` is for answers that
 *   follow from their address alone and are dear to compute; `again` says after how many milliseconds to ask once more,
 *   for what changes without an event
 * @returns {{data: any, metadata: any, error: any, loading: boolean, stale: boolean, refresh: () => void}}
 */
export function useResource(path, params, { watch = [], keep = true, once = false, again: later = null } = {}) {
  const address = path ? url(path, params) : null;
  const [state, setState] = useState(() => ({ address, answer: address ? lastAnswer(address) : null, error: null }));
  const run = useRef(null);
  const poll = useRef(null);
  const soon = useRef(later);
  soon.current = later;

  const load = useCallback(async () => {
    if (!address) return;
    run.current?.abort();
    const controller = new AbortController();
    run.current = controller;
    try {
      const answer = await read(address, { signal: controller.signal });
      if (controller.signal.aborted) return;
      setState({ address, answer, error: null });
      const ms = soon.current?.(answer.data);
      clearTimeout(poll.current);
      if (ms) poll.current = setTimeout(load, ms);
    } catch (error) {
      if (controller.signal.aborted) return;
      setState((s) => ({ address, answer: s.address === address ? s.answer : lastAnswer(address), error }));
    } finally {
      if (run.current === controller) run.current = null;
    }
  }, [address]);

  useEffect(() => {
    let timer = null;
    let last = Date.now();
    const again = () => {
      if (timer) return;
      timer = setTimeout(() => { timer = null; last = Date.now(); load(); }, Math.max(60, CALM_MS - (Date.now() - last)));
    };
    load();
    if (once) return () => { clearTimeout(poll.current); run.current?.abort(); };
    const stops = [revision, ...watch].map((store) => store.watch(again));
    stops.push(connection.watch(() => { if (connection.get() === 'live') again(); }));
    return () => {
      clearTimeout(timer);
      clearTimeout(poll.current);
      for (const stop of stops) stop();
      run.current?.abort();
    };
  }, [load]);

  const current = state.address === address;
  const answer = current ? state.answer : (address && lastAnswer(address)) || (keep ? state.answer : null);
  const stale = !current && Boolean(answer) && !lastAnswer(address);
  const error = current ? state.error : null;
  return {
    data: address ? answer?.data ?? null : null, metadata: answer?.metadata ?? {}, error, stale,
    loading: Boolean(address) && !answer && !error, refresh: load,
  };
}
