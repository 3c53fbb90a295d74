import { expect, it } from 'vitest';
import type { SubmissionView } from '../src/index.ts';
import { createStatusWatch } from '../src/live/status-watch.ts';

const RIGHT = { id: 'A', code: 'right' };

/** A status that the test sets, and how often it was asked for. */
function source() {
  const state = { view: { id: 'a', state: 'waiting' } as SubmissionView, asked: 0 };
  const watch = createStatusWatch({
    async status(_, code) {
      state.asked += 1;
      if (code !== 'right') throw new Error('not found');
      return state.view;
    },
  });
  return { state, watch };
}

it('ten watchers of one submission cost as much as one, and all see its end', async () => {
  const { state, watch } = source();
  const { signal } = new AbortController();
  const watches = Array.from({ length: 10 }, () => watch(RIGHT, signal));
  for (const one of watches) expect((await one.next()).value?.view.state).toBe('waiting');
  expect(state.asked).toBeLessThan(10);
  state.view = { ...state.view, state: 'processed' };
  const ends = await Promise.all(watches.map((one) => one.next()));
  expect(new Set(ends.map(({ value }) => value?.view.state))).toEqual(new Set(['processed']));
  for (const one of watches) expect((await one.next()).done).toBe(true);
});

it('a watcher with a wrong code is refused, also while others watch', async () => {
  const { watch } = source();
  const stop = new AbortController();
  const right = watch(RIGHT, stop.signal);
  await right.next();
  await expect(watch({ ...RIGHT, code: 'wrong' }, stop.signal).next()).rejects.toThrow('not found');
  const next = right.next();
  stop.abort();
  await expect(next).rejects.toMatchObject({ name: 'AbortError' });
});

it('a client that connects again gets only what it has not seen', async () => {
  const { state, watch } = source();
  const { signal } = new AbortController();
  const seen = await watch(RIGHT, signal).next();
  const again = watch({ ...RIGHT, seenMark: seen.value?.mark }, signal);
  const next = again.next();
  state.view = { ...state.view, state: 'processed' };
  expect((await next).value?.view.state).toBe('processed');
});
