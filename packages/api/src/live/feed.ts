import { setTimeout as sleep } from 'node:timers/promises';

/** What many watch and one asks for. */
interface Feed<Value> {
  watchers: number;
  /** Rises with each change. 0: nothing was loaded yet. */
  version: number;
  latest: Value | undefined;
  /** Why it ended. Everyone who watches gets it, and whoever comes next starts anew. */
  failure: { readonly error: unknown } | undefined;
  /** Settles at the next change, and is then replaced. */
  changed: PromiseWithResolvers<void>;
  readonly closed: AbortController;
}

export interface FeedOptions<Key, Value> {
  readonly load: (key: Key) => Promise<Value>;
  /** The pause after a load; `quiet`: how many loads in a row have found nothing new. */
  readonly everyMs: (quiet: number) => number;
  /** Equal fingerprints: nothing changed, nobody is told. */
  readonly fingerprint: (value: Value) => string;
}

/**
 * Watches a key: yields the present value, then each change. Ends only by an error: `AbortError` when the signal
 * aborts, else what `load` threw.
 */
export type Watch<Key, Value> = (key: Key, signal: AbortSignal) => AsyncGenerator<Value, never>;

/** One poller for each distinct key, however many watch it: ten operators cost one query. Stops with the last. */
export function createFeed<Key, Value>(options: FeedOptions<Key, Value>): Watch<Key, Value> {
  const feeds = new Map<string, Feed<Value>>();

  function join(key: Key, name: string): Feed<Value> {
    const open = feeds.get(name);
    if (open) {
      open.watchers += 1;
      return open;
    }
    const feed: Feed<Value> = {
      watchers: 1,
      version: 0,
      latest: undefined,
      failure: undefined,
      changed: Promise.withResolvers(),
      closed: new AbortController(),
    };
    feeds.set(name, feed);
    void poll(feed, key, options).catch((error: unknown) => {
      close(feed, name);
      feed.failure = { error };
      feed.changed.resolve();
    });
    return feed;
  }

  function leave(feed: Feed<Value>, name: string): void {
    feed.watchers -= 1;
    if (feed.watchers === 0) close(feed, name);
  }

  function close(feed: Feed<Value>, name: string): void {
    if (feeds.get(name) === feed) feeds.delete(name);
    feed.closed.abort();
  }

  return async function* watch(key, signal) {
    const name = JSON.stringify(key);
    const feed = join(key, name);
    let seen = 0;
    try {
      for (;;) {
        if (feed.failure) throw feed.failure.error;
        const next = feed.changed.promise;
        if (feed.version > seen && feed.latest !== undefined) {
          seen = feed.version;
          yield feed.latest;
        } else {
          await orAborted(next, signal);
        }
      }
    } finally {
      leave(feed, name);
    }
  };
}

async function poll<Key, Value>(
  feed: Feed<Value>,
  key: Key,
  options: FeedOptions<Key, Value>,
): Promise<void> {
  let last: string | undefined;
  let quiet = 0;
  while (!feed.closed.signal.aborted) {
    const value = await options.load(key);
    const print = options.fingerprint(value);
    quiet += 1;
    if (print !== last) {
      last = print;
      quiet = 0;
      feed.latest = value;
      feed.version += 1;
      feed.changed.resolve();
      feed.changed = Promise.withResolvers();
    }
    await pause(options.everyMs(quiet), feed.closed.signal);
  }
}

/** Waits, or returns at once when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}

/** The end of a stream that is not its completion: the client reconnects, to another process if need be. */
function throwIfEnded(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException('The stream was ended.', 'AbortError');
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  throwIfEnded(signal);
  const ended = Promise.withResolvers<void>();
  const end = () => ended.resolve();
  signal.addEventListener('abort', end, { once: true });
  await Promise.race([promise, ended.promise]);
  signal.removeEventListener('abort', end);
  throwIfEnded(signal);
}
