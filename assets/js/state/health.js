/** Why the program is not well, as it says itself: asked now and then, and whenever the connection comes back. */
import { useEffect, useState } from '../../vendor/preact.js';
import { get } from '../api.js';
import { connection } from './live.js';
import { setRights } from './rights.js';

const EVERY_MS = 15_000;

/** @returns {string[]} reasons with their fixes; empty while all is well, or nothing is known */
export function useHealth() {
  const [reasons, setReasons] = useState([]);
  useEffect(() => {
    const control = new AbortController();
    const look = async () => {
      try {
        const { data } = await get('/health', undefined, { signal: control.signal });
        if (control.signal.aborted) return;
        setReasons(data.status === 'healthy' ? [] : data.reasons);
        setRights(data.rights);
      } catch { /* the bar of the connection says it */ }
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    const unwatch = connection.watch(() => { if (connection.get() === 'live') look(); });
    return () => { clearInterval(timer); unwatch(); control.abort(); };
  }, []);
  return reasons;
}
