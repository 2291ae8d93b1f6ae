/** What a click sets going, where more than one page can start it. */
import { download as fetchFile, post, token } from '../api.js';
import { navigate } from '../router.js';
import { revision } from './live.js';
import { notify, told } from './notices.js';

/** Imports the bundled reviews and goes where they can be seen coming in. */
export async function startDemo() {
  try {
    const { data } = await post('/demo');
    revision.dispatch();
    navigate('/');
    notify(data.every((i) => i.state === 'done') ? 'The demo data is here already' : 'Demo data is being imported');
    return true;
  } catch (error) {
    notify(`The demo could not be started: ${error.message}`, { tone: 'bad', ms: 8000 });
    return false;
  }
}

/** Asks for a change and says so when it fails. Answers whether it went well. */
export async function attempt(doing, failure) {
  try {
    const answer = await doing();
    revision.dispatch();
    return answer;
  } catch (error) {
    notify(told(failure, error), { tone: 'bad', ms: 8000 });
    return null;
  }
}

/** For plain links to files: only a page with a token has to fetch them itself. */
export function onDownload(name) {
  return (event) => {
    if (!token()) return;
    event.preventDefault();
    fetchFile(event.currentTarget.href, name).catch((error) => notify(`Not downloaded: ${error.message}`, { tone: 'bad', ms: 8000 }));
  };
}
