/** A file on its way in: chosen, uploaded, looked at, started. The reducer is pure; `useImporting` talks to the server. */
import { useEffect, useReducer, useRef } from '../../vendor/preact.js';
import { post, upload } from '../api.js';
import { revision } from './live.js';
import { takeOffered } from './offered.js';

export const START = { phase: 'choose', file: null, sent: 0, size: 0, preview: null, roles: [], chosen: false, options: {}, looking: false, collection: '', error: null };

/** A file's name as a collection's: without its ending, words apart. */
export function nameOf(file) {
  const base = file.replace(/\.[a-z0-9]{1,6}$/i, '').replace(/[_-]+/g, ' ').trim();
  return base ? base[0].toUpperCase() + base.slice(1) : 'Import';
}

export function reduceImporting(state, action) {
  switch (action.type) {
    case 'choose':
      return { ...START, phase: 'uploading', file: action.file, size: action.file.size, collection: nameOf(action.file.name) };
    case 'sent':
      return { ...state, sent: action.sent, size: action.size || state.size };
    case 'preview': {
      // What a person said of the columns holds while they are the same columns.
      const same = state.chosen && sameColumns(state.preview, action.preview);
      const roles = same ? state.roles : action.preview.columns.map((c) => c.role ?? '');
      // An export goes back to where it came from, unless somebody says otherwise.
      const home = !state.preview && action.preview.collections?.length === 1 ? action.preview.collections[0] : state.collection;
      return { ...state, phase: 'preview', looking: false, error: null, preview: action.preview, roles, chosen: same, collection: home };
    }
    case 'role':
      // A role belongs to one column, and giving it to another takes it away from the first; only the text may be several.
      return { ...state, chosen: true, looking: true, roles: state.roles.map((r, i) => (i === action.column ? action.role
        : r === action.role && r !== 'text' ? '' : r)) };
    case 'option': {
      const { [action.name]: _, ...rest } = state.options;
      // Another header or other sheets have other columns.
      const chosen = state.chosen && !['header', 'skip', 'sheet'].includes(action.name);
      return { ...state, chosen, looking: true, options: action.value == null ? rest : { ...rest, [action.name]: action.value } };
    }
    case 'collection':
      return { ...state, collection: action.name };
    case 'starting':
      return { ...state, phase: 'starting', error: null };
    case 'error':
      return { ...state, phase: state.preview ? 'preview' : 'choose', looking: false, error: action.error };
    case 'reset':
      return START;
    default:
      return state;
  }
}

const sameColumns = (a, b) => a?.columns.length === b.columns.length && a.columns.every((c, i) => c.name === b.columns[i].name);

/** The overrides to send: every role that is set, several texts joined by `+`, an empty name for guesses that were switched off. */
export function mappingOf(preview, roles) {
  const map = {};
  preview.columns.forEach((c, i) => {
    if (c.role && !roles.includes(c.role)) map[c.role] = '';
    if (roles[i]) map[roles[i]] = map[roles[i]] ? `${map[roles[i]]}+${c.name}` : c.name;
  });
  return map;
}

/** What a person said about the file, in the words of the API. */
export function optionsOf({ header, split, ...rest }) {
  return { ...rest, ...(header != null && { header: Number(header) }), ...(split && { split: true }) };
}

export function useImporting(onStarted) {
  const [state, dispatch] = useReducer(reduceImporting, START);
  const run = useRef(null);
  const choose = async (file) => {
    run.current?.abort();
    const controller = new AbortController();
    run.current = controller;
    dispatch({ type: 'choose', file });
    try {
      const { data } = await upload('/imports/preview', file, { filename: file.name }, { signal: controller.signal, onProgress: (sent, size) => dispatch({ type: 'sent', sent, size }) });
      if (!controller.signal.aborted) dispatch({ type: 'preview', preview: data });
    } catch (error) {
      if (error.name !== 'AbortError') dispatch({ type: 'error', error });
    }
  };
  const start = async () => {
    dispatch({ type: 'starting' });
    try {
      const { preview, roles, collection, options } = state;
      const { data } = await post('/imports', { upload: preview.upload, file: preview.file, collection: collection.trim() || undefined, map: mappingOf(preview, roles), ...optionsOf(options) });
      dispatch({ type: 'reset' });
      revision.dispatch();
      onStarted(data.id ?? data.import?.id);
    } catch (error) { dispatch({ type: 'error', error }); }
  };
  // Whoever says how a file is to be read sees at once what comes of it; the upload is looked at again, not sent again.
  useEffect(() => {
    if (!state.looking) return undefined;
    const controller = new AbortController();
    const { upload: id, file } = state.preview;
    post('/imports/preview', { upload: id, file, map: state.chosen ? mappingOf(state.preview, state.roles) : {}, ...optionsOf(state.options) }, { signal: controller.signal })
      .then(({ data }) => dispatch({ type: 'preview', preview: data }))
      .catch((error) => { if (error.name !== 'AbortError') dispatch({ type: 'error', error }); });
    return () => controller.abort();
  }, [state.options, state.looking, state.roles]);
  const reset = () => { run.current?.abort(); dispatch({ type: 'reset' }); };
  useEffect(() => {
    const offered = takeOffered();
    if (offered) choose(offered);
    return () => run.current?.abort();
  }, []);
  return { state, dispatch, choose, start, reset };
}
