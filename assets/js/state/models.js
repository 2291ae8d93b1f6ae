/** The models that there are, and what is asked of them. */
import { post, put, remove } from '../api.js';
import { attempt } from './actions.js';
import { jobs, revision } from './live.js';
import { notify } from './notices.js';
import { isFinal } from '../words.js';
import { useResource } from './resource.js';

export const useModels = () => useResource('/models', null, { watch: [jobs] });

export const pathOf = (name, verb = '') => `/models/${encodeURIComponent(name)}${verb}`;

/** A bundled model of an earlier version of the program: its readings are there, it is not. */
const outdated = (m) => m.kind === 'bundled' && !m.default && Boolean(m.error);

/** Models whose readings can be looked at: neither thrown away nor of an earlier version. */
export const usable = (models) => (models ?? []).filter((m) => m.state !== 'discarded' && m.state !== 'removed' && !outdated(m));

export async function setDefault(model, before) {
  const answer = await attempt(() => put('/models/default', { name: model.name }), 'The default was not changed');
  if (!answer) return;
  const rest = before && model.items < before.items ? '; what it has not read yet follows' : '';
  notify(`${model.name} counts from now on${rest}`, { ms: 8000, action: before && (() => attempt(() => put('/models/default', { name: before.name }), 'The default was not changed')) });
}

export async function removeModel(model) {
  const answer = await attempt(() => remove(pathOf(model.name)), 'Not removed');
  if (answer) notify(`${model.name} is removed from Soundings. Its folder is untouched.`, { ms: 6000 });
  return answer;
}

/** Gives a model another table of labels; the readings it made with the old one go. */
export async function relabel(model, labels) {
  const { data } = await put(pathOf(model.name, '/labels'), { labels });
  notify('Labels saved', { ms: 3000 });
  revision.dispatch();
  return data;
}

export async function startChallenger(name, share) {
  const answer = await attempt(() => put('/models/challenger', { name, share }), 'The challenger was not started');
  if (answer) notify(`${name} reads along from now on`, { ms: 4000 });
}

export async function stopChallenger(challenger) {
  const answer = await attempt(() => remove('/models/challenger'), 'The challenger was not stopped');
  if (!answer) return;
  notify('The challenger is stopped; its record is kept', { ms: 8000, action: () => startChallenger(challenger.name, challenger.challenger.share) });
}

/** Sets a job going that reads the texts of a filter again with a model. */
export async function readAgain(name, filter) {
  const answer = await attempt(() => post(pathOf(name, '/analyze'), undefined, { params: filter }), 'Not started');
  if (answer?.data?.id) jobs.dispatch(answer.data);
  return answer?.data ?? null;
}

export async function startTuning() {
  const answer = await attempt(() => post('/tune'), 'Not tuned');
  const job = answer?.data?.job ?? answer?.data;
  if (job?.id) jobs.dispatch(job);
  return Boolean(answer);
}

/** Answers the job that lets it read everything first, where that is still going on. */
export async function promote(model) {
  const answer = await attempt(() => post(pathOf(model.name, '/promote')), 'Not promoted');
  const job = answer?.metadata?.job;
  if (job && !isFinal(job.state)) { jobs.dispatch(job); return job; }
  if (answer) notify(`${model.name} counts from now on`, { ms: 8000, action: rollBack, actionName: 'Roll back' });
  return null;
}

export async function discard(model) {
  const answer = await attempt(() => post(pathOf(model.name, '/discard')), 'Not discarded');
  if (answer) notify('Discarded. Your corrections are kept.', { ms: 4000 });
}

export async function rollBack() {
  const answer = await attempt(() => post('/models/rollback'), 'Not rolled back');
  if (answer) notify(`${answer.data?.name ?? 'The model before it'} counts again, with exactly the readings it had`, { ms: 6000 });
}
