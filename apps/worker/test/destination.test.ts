import { PermanentError, RetryAfterError, SnoozeError } from '@spillway/queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Destination } from '../src/notify/destination.ts';

const SECOND_MS = 1000;
const pauses: (Date | undefined)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  pauses.length = 0;
});
afterEach(() => vi.useRealTimers());

function destination(perSecond = 1000): Destination {
  return new Destination({ name: 'example.org', perSecond, onPause: (_, until) => pauses.push(until) });
}

const outcome = async (call: Promise<void>): Promise<unknown> =>
  call.then(
    () => 'taken',
    (error: unknown) => error,
  );
const fails = () => Promise.reject(new Error('example.org answered 500'));
const works = () => Promise.resolve();

describe('a destination that fails five times in a row', () => {
  async function broken(): Promise<Destination> {
    const one = destination();
    for (let n = 0; n < 5; n += 1) expect(await outcome(one.call(fails))).not.toBeInstanceOf(SnoozeError);
    return one;
  }

  it('is paused: its notices are snoozed, and it is not called', async () => {
    const one = await broken();
    const send = vi.fn<() => Promise<void>>(works);
    expect(await outcome(one.call(send))).toBeInstanceOf(SnoozeError);
    expect(send).not.toHaveBeenCalled();
    expect(pauses).toEqual([new Date(Date.now() + 5 * SECOND_MS)]);
  });

  it('is called once after the pause, and goes on if that works', async () => {
    const one = await broken();
    vi.advanceTimersByTime(5 * SECOND_MS);
    expect(await outcome(one.call(works))).toBe('taken');
    expect(await outcome(one.call(works))).toBe('taken');
    expect(pauses.at(-1)).toBeUndefined();
  });

  it('is paused for twice as long if that fails, up to half an hour', async () => {
    const one = await broken();
    const lengths: number[] = [];
    for (let n = 0; n < 12; n += 1) {
      vi.setSystemTime(pauses.at(-1) ?? 0);
      await outcome(one.call(fails));
      lengths.push(Number(pauses.at(-1)) - Date.now());
    }
    expect(lengths.slice(0, 3)).toEqual([10, 20, 40].map((seconds) => seconds * SECOND_MS));
    expect(lengths.at(-1)).toBe(30 * 60 * SECOND_MS);
  });

  it('is called by one notice alone while it is being tried again', async () => {
    const one = await broken();
    vi.advanceTimersByTime(5 * SECOND_MS);
    const trying = outcome(one.call(fails));
    const others = Promise.all([outcome(one.call(fails)), outcome(one.call(fails))]);
    expect(await trying).not.toBeInstanceOf(SnoozeError);
    for (const other of await others) expect(other).toBeInstanceOf(SnoozeError);
  });
});

it('a destination that asks for a pause gets it, from all its notices', async () => {
  const one = destination();
  const at = new Date(Date.now() + 60 * SECOND_MS);
  expect(await outcome(one.call(() => Promise.reject(new RetryAfterError(at))))).toBeInstanceOf(
    RetryAfterError,
  );
  const send = vi.fn<() => Promise<void>>(works);
  expect(await outcome(one.call(send))).toBeInstanceOf(SnoozeError);
  vi.setSystemTime(at);
  expect(await outcome(one.call(send))).toBe('taken');
});

it('messages that are refused for good do not pause their destination', async () => {
  const one = destination();
  for (let n = 0; n < 20; n += 1)
    expect(await outcome(one.call(() => Promise.reject(new PermanentError('no mailbox'))))).toBeInstanceOf(
      PermanentError,
    );
  expect(pauses).toEqual([]);
});

it('a destination gets no more calls a second than its rate', async () => {
  const one = destination(10);
  let calls = 0;
  const all = Promise.all(
    Array.from({ length: 25 }, () =>
      one.call(async () => {
        calls += 1;
      }),
    ),
  );
  await vi.advanceTimersByTimeAsync(500);
  expect(calls).toBe(10);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(calls).toBe(20);
  await vi.advanceTimersByTimeAsync(1_000);
  await all;
  expect(calls).toBe(25);
});
