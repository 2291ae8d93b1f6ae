/** Why the program is not well, as it says itself: asked now and then, and whenever the connection comes back. */
import { useEffect, useState } from '../../vendor/preact.js';
import { get, onTokenChanged } from '../api.js';
import { connection } from './live.js';
import { setRights } from './rights.js';

const EVERY_MS = 15_000;

/** What a look has found: also a refusal says why, with data where the database does not answer (503). */
export function reasonsOf(data, error) {
  if (!error) return data.status === 'healthy' ? [] : data.reasons;
  if (error.data?.reasons) return error.data.reasons;
  // Without a status nobody answered, which the bar of the connection says.
  return error.status ? [error.message] : [];
}

/** @returns {string[]} reasons with their fixes; empty while all is well, or nothing is known */
export function useHealth() {
  const [reasons, setReasons] = useState([]);
  useEffect(() => {
    const control = new AbortController();
    let looking = false;
    const look = async () => {
      // One at a time: a look may wait for a token for hours.
      if (looking) return;
      looking = true;
      try {
        const { data } = await get('/health', undefined, { signal: control.signal });
        if (control.signal.aborted) return;
        setReasons(reasonsOf(data, null));
        setRights(data.rights);
      } catch (error) {
        if (!control.signal.aborted) setReasons(reasonsOf(null, error));
      } finally { looking = false; }
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    const unwatch = connection.watch(() => { if (connection.get() === 'live') look(); });
    const unwatchToken = onTokenChanged(look);
    return () => { clearInterval(timer); unwatch(); unwatchToken(); control.abort(); };
  }, []);
  return reasons;
}
