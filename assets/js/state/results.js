/**
 * What Explore lists. While a person types, word matches come at once and stay where they are; what was found by
 * meaning is added below them when the typing pauses. Enter, a filter or a mode asks for the one true order.
 */
import { useCallback, useEffect, useReducer, useRef } from '../../vendor/preact.js';
import { get, lastAnswer, url } from '../api.js';
import { changed, filterOf } from '../filter.js';
import { settled } from './corrections.js';
import { revision } from './live.js';

const LIMIT = 20;

/** @typedef {{rows: any[], below: any[], metadata: any, error: any, busy: boolean, more: boolean, key: string|null}} Results */
export const NOTHING = { rows: [], below: [], metadata: {}, error: null, busy: true, more: false, key: null };

export function reduceResults(state, action) {
  switch (action.type) {
    case 'ask':
      return { ...state, busy: true, error: null };
    case 'answer':
      return { rows: action.data, below: [], metadata: action.metadata, error: null, busy: false, more: false, key: action.key };
    case 'add': {
      // Shown hits keep their place; only new ones come, underneath.
      const seen = new Set(state.rows.map((r) => r.id));
      return { ...state, below: action.data.filter((r) => !seen.has(r.id)), metadata: action.metadata, busy: false, key: action.key };
    }
    case 'more':
      return { ...state, more: true };
    case 'page': {
      const seen = new Set([...state.rows, ...state.below].map((r) => r.id));
      const fresh = action.data.filter((r) => !seen.has(r.id));
      const metadata = { ...state.metadata, next_cursor: action.metadata.next_cursor ?? null };
      return state.below.length ? { ...state, below: [...state.below, ...fresh], metadata, more: false } : { ...state, rows: [...state.rows, ...fresh], metadata, more: false };
    }
    case 'replace': {
      const put = (r) => (r.id === action.item.id ? { ...r, ...action.item } : r);
      return { ...state, rows: state.rows.map(put), below: state.below.map(put) };
    }
    case 'error':
      return { ...state, error: action.error, busy: false, more: false };
    default:
      return state;
  }
}

const isSearch = (filter) => Boolean(filter.get('q'));
const pathOf = (filter) => (isSearch(filter) ? '/search' : '/items');

/** @param {URLSearchParams} params @param {boolean} typing  true while keys are being pressed */
export function useResults(params, typing) {
  const filter = filterOf(params);
  const key = filter.toString();
  const [state, dispatch] = useReducer(reduceResults, NOTHING, (s) => {
    const kept = lastAnswer(url(pathOf(filter), changed(filter, { limit: LIMIT })));
    return kept ? { ...s, rows: kept.data, metadata: kept.metadata, key } : s;
  });
  const run = useRef(null);
  const shown = useRef(state);
  shown.current = state;

  const ask = useCallback(async (type, query) => {
    run.current?.abort();
    const controller = new AbortController();
    run.current = controller;
    dispatch({ type: 'ask' });
    try {
      const { data, metadata } = await get(pathOf(query), changed(query, { limit: LIMIT }), { signal: controller.signal });
      if (!controller.signal.aborted) dispatch({ type, data, metadata, key: query.toString() });
    } catch (error) {
      if (!controller.signal.aborted) dispatch({ type: 'error', error });
    }
  }, []);

  const wordsFirst = useRef(false);
  useEffect(() => {
    const mode = filter.get('mode') ?? 'hybrid';
    if (typing === true && isSearch(filter) && mode === 'hybrid') {
      wordsFirst.current = true;
      ask('answer', changed(filter, { mode: 'text' }));
    } else if (wordsFirst.current && typing === false && shown.current.rows.length && shown.current.key === changed(filter, { mode: 'text' }).toString()) {
      wordsFirst.current = false;
      ask('add', filter);
    } else {
      wordsFirst.current = false;
      ask('answer', filter);
    }
    return () => run.current?.abort();
  }, [key, typing]);

  // New data: the list is asked again only while its first page is all there is, so that nothing a person reads moves away.
  useEffect(() => {
    let timer = null;
    const stop = revision.watch(() => {
      timer ??= setTimeout(() => {
        timer = null;
        if (shown.current.rows.length <= LIMIT && !shown.current.below.length && !shown.current.busy) ask('answer', filter);
      }, 1200);
    });
    return () => { clearTimeout(timer); stop(); };
  }, [key]);

  useEffect(() => settled.watch(() => dispatch({ type: 'replace', item: settled.get() })), []);

  const more = useCallback(async () => {
    const cursor = shown.current.metadata.next_cursor;
    if (!cursor || shown.current.more) return;
    dispatch({ type: 'more' });
    try {
      const { data, metadata } = await get(pathOf(filter), changed(filter, { limit: LIMIT, cursor }));
      dispatch({ type: 'page', data, metadata });
    } catch (error) { dispatch({ type: 'error', error }); }
  }, [key]);

  return { ...state, loadingMore: state.more, more, settled: state.key === key, retry: () => ask('answer', filter) };
}
