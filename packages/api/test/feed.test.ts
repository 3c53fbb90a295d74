import { expect, it } from 'vitest';
import { createFeed } from '../src/live/feed.ts';

/** A value that the test sets, and how often it was asked for. */
function source() {
  const state = { value: 1, loads: 0, failing: false, asked: new Map<string, number>() };
  const feed = createFeed({
    load: async (key: string) => {
      state.loads += 1;
      state.asked.set(key, (state.asked.get(key) ?? 0) + 1);
      if (state.failing) throw new Error('out of order');
      return { key, value: state.value, at: state.loads };
    },
    everyMs: () => 5,
    fingerprint: ({ key, value }) => `${key} ${value}`,
  });
  return { state, feed };
}

async function loadsBeyond(state: { readonly loads: number }, count: number): Promise<void> {
  await expect.poll(() => state.loads).toBeGreaterThan(count);
}

it('gives the current value at once to each new watcher, and each change to all', async () => {
  const { state, feed } = source();
  const stop = new AbortController();
  const first = feed('a', stop.signal);
  expect((await first.next()).value).toMatchObject({ value: 1 });
  const second = feed('a', stop.signal);
  expect((await second.next()).value).toMatchObject({ value: 1 });
  const changes = Promise.all([first.next(), second.next()]);
  await loadsBeyond(state, 5);
  state.value = 2;
  for (const { value } of await changes) expect(value).toMatchObject({ value: 2 });
  stop.abort();
  await expect(first.next()).rejects.toMatchObject({ name: 'AbortError' });
  await expect(second.next()).rejects.toMatchObject({ name: 'AbortError' });
});

it('queries once for ten watchers, and stops when all have left', async () => {
  const { state, feed } = source();
  const stops = Array.from({ length: 10 }, () => new AbortController());
  const watches = stops.map((stop) => feed('a', stop.signal));
  const values = await Promise.all(watches.map((watch) => watch.next()));
  expect(new Set(values.map(({ value }) => value.at)).size).toBe(1);
  const pending = watches.map((watch) => watch.next().catch((error: Error) => error.name));
  for (const stop of stops) stop.abort();
  expect(new Set(await Promise.all(pending))).toEqual(new Set(['AbortError']));
  const asked = state.asked.get('a');
  const left = state.loads;
  // Another key polls on, which shows that time passed.
  const stop = new AbortController();
  const other = feed('b', stop.signal);
  await other.next();
  await loadsBeyond(state, left + 5);
  stop.abort();
  expect(state.asked.get('a')).toBe(asked);
});

it('reports to all watchers why it ended, and starts again for the next one', async () => {
  const { state, feed } = source();
  const { signal } = new AbortController();
  const watches = [feed('a', signal), feed('a', signal)];
  await Promise.all(watches.map((watch) => watch.next()));
  state.failing = true;
  const ends = await Promise.all(watches.map((watch) => watch.next().catch((error: Error) => error.message)));
  expect(ends).toEqual(['out of order', 'out of order']);
  state.failing = false;
  const again = feed('a', signal);
  expect((await again.next()).value).toMatchObject({ value: 1 });
  const next = again.next();
  state.value = 7;
  expect((await next).value).toMatchObject({ value: 7 });
});
