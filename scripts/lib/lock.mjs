import { closeSync, openSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const BEAT_MS = 1_000;
const STALE_MS = 10_000;
const POLL_MS = 200;

/**
 * Runs `work` while no other process does so under the same path. The holder touches the file every second; one
 * that was not touched for ten seconds belongs to a process that was killed, and is taken over. Pids would not do:
 * in containers they come again, and a shared folder is seen from several.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  let waited = false;
  while (!take(path)) {
    if (!waited) console.error('Waiting for another process that is installing or building here …');
    waited = true;
    if (ageMs(path) > STALE_MS) discard(path);
    await sleep(POLL_MS);
  }
  const release = () => rmSync(path, { force: true });
  const beat = setInterval(() => touch(path), BEAT_MS);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/** @param {string} path */
function take(path) {
  try {
    closeSync(openSync(path, 'wx'));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** @param {string} path */
function ageMs(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Another process took the lock while this one slept (a suspended laptop). That is safe: an installation is stamped only when complete.
  }
}

/**
 * Moved aside before it is removed: of two that find the same stale lock, the second would remove the first one's new one.
 *
 * @param {string} path
 */
function discard(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (ageMs(aside) > STALE_MS) rmSync(aside, { force: true });
    else renameSync(aside, path);
  } catch {
    // Another process was faster.
  }
}
