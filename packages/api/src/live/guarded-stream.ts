import { setTimeout as sleep } from 'node:timers/promises';

const SECOND_MS = 1000;
/** How long a listener who has lost the right to listen may stay connected while nothing happens. */
const CHECK_EVERY_MS = 10 * SECOND_MS;

interface GuardOptions {
  /** Rejects once the listener may no longer listen. */
  readonly check: () => Promise<unknown>;
  /** Ends the source: called when the stream is over, for whatever reason. */
  readonly end: () => void;
  /** ms. Default 10 s. */
  readonly everyMs?: number;
}

/**
 * A stream whose listener is checked again before each event, and every 10 s without one. Throws what the check
 * throws: an event that comes after it is not shown.
 */
export async function* guardedStream<T>(
  stream: AsyncIterable<T>,
  { check, end, everyMs = CHECK_EVERY_MS }: GuardOptions,
): AsyncGenerator<T, void> {
  const events = stream[Symbol.asyncIterator]();
  try {
    for (let next = events.next(); ;) {
      const event = await within(next, everyMs);
      await check();
      if (event === undefined) continue;
      if (event.done) return;
      yield event.value;
      next = events.next();
    }
  } finally {
    end();
    // A source that waits for its next event ends at its signal, not here: its own end is awaited by no one.
    Promise.resolve(events.return?.()).catch(() => {});
  }
}

/** `undefined`: not settled within this time. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const timer = new AbortController();
  promise.catch(() => {});
  try {
    return await Promise.race([promise, sleep(ms, undefined, { signal: timer.signal, ref: false })]);
  } finally {
    timer.abort();
  }
}
