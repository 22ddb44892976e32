// Kabar's HTTP interface: requests, problems, and the events of a translation.

import { t } from './texts.js';

const KEY = 'kabar-key';

/** The key of this tab; it is kept for the session only. */
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? '',
  set: (value) => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

/** An error of the service: `type`, `status` and `detail` of its problem details. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.detail);
    Object.assign(this, problem);
  }
}

// Set by the application: asks for a key, and resolves to whether there is a new one.
let askForKey = async () => false;
export const onKeyNeeded = (ask) => (askForKey = ask);

/** Return the address of a path, also below the prefix of a reverse proxy. */
export const address = (path) => new URL(path, document.baseURI.split(/[?#]/)[0]);

async function send(method, path, body, { signal, accept = 'application/json', type } = {}) {
  const headers = { Accept: accept };
  if (key.get()) headers.Authorization = `Bearer ${key.get()}`;
  if (body !== undefined) headers['Content-Type'] = type ?? 'application/json';
  let response;
  try {
    response = await fetch(address(path), {
      method, headers, signal, cache: 'no-store',
      body: body === undefined || type ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ type: 'offline', status: 0, detail: t('offline') });
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 401 && (await askForKey(problem))) {
    return send(method, path, body, { signal, accept, type });
  }
  throw problem;
}

async function problemOf(response) {
  try {
    const problem = await response.json();
    if (problem.detail) return new Problem(problem);
  } catch {
    // A proxy answered in its own words.
  }
  return new Problem({ type: 'http-error', status: response.status, detail: `${response.status} ${t('offline')}` });
}

/** Send a request and return the JSON of the answer. Throws `Problem`. */
export const call = async (method, path, body, options) => (await send(method, path, body, options)).json();

/** Send a request and return the text of the answer. Throws `Problem`. */
export const text = async (path, options) => (await send('GET', path, undefined, { accept: '*/*', ...options })).text();

/**
 * Translate an article and call `on[event](data)` for each event; return the result.
 * Throws `Problem`, or `AbortError` after `signal`.
 */
export async function translate(body, on, signal) {
  const response = await send('POST', 'v1/translations', body, { signal, accept: 'text/event-stream' });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(lost);
      if (done) return lost();
      const events = (rest + value).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const { name, data } = parse(event);
        if (name === 'result') return data;
        if (name === 'error') throw new Problem(data);
        on[name]?.(data);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function lost(error) {
  if (error?.name === 'AbortError') throw error;
  throw new Problem({ type: 'offline', status: 0, detail: t('offline') });
}

function parse(event) {
  let name = '';
  let data = '';
  for (const line of event.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
  }
  return { name, data: data ? JSON.parse(data) : null };
}
