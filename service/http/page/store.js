// The memory of this browser: settings, and the recent articles unless that is off.

const SETTINGS = 'kabar-settings';
const RECENT = 'kabar-recent';
const MAX_RECENT = 30;

function read(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise; // no storage, or not ours
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false; // no storage, or no room
  }
}

export const settings = {
  language: navigator.language?.toLowerCase().startsWith('id') ? 'id' : 'en',
  theme: 'auto', keep: true, lane: '', author: '', view: 'both', keys: true,
  ...read(SETTINGS, {}),
};

export function set(changes) {
  Object.assign(settings, changes);
  write(SETTINGS, settings);
}

// In memory only while `settings.keep` is off.
let recent = settings.keep ? read(RECENT, []) : [];
if (!Array.isArray(recent)) recent = [];

/** The recent articles, newest first: `{id, headline, body, opened, flagged, read}`. */
export const recentArticles = () => recent;

/** Return the entry of an article, or undefined. */
export const find = (id) => recent.find((entry) => entry.id === id);

/** Put an article first in the list, with its read sentences. */
export function remember(entry) {
  const known = find(entry.id);
  recent = [{ read: [], ...known, ...entry }, ...recent.filter((other) => other.id !== entry.id)];
  recent.length = Math.min(recent.length, MAX_RECENT);
  save();
}

/** Change an entry in its place. */
export function update(id, changes) {
  const entry = find(id);
  if (entry) Object.assign(entry, changes);
  save();
}

export function forget(id) {
  recent = id === undefined ? [] : recent.filter((entry) => entry.id !== id);
  save();
}

/** Remember articles, or forget them all. */
export function keepRecent(keep) {
  set({ keep });
  if (keep) return save();
  recent = [];
  try {
    localStorage.removeItem(RECENT);
  } catch {
    // No storage: nothing to remove.
  }
}

function save() {
  if (!settings.keep) return;
  // Without room, the oldest articles go first.
  for (let kept = recent; kept.length && !write(RECENT, kept); kept = kept.slice(0, -1));
  if (!recent.length) write(RECENT, []);
}
