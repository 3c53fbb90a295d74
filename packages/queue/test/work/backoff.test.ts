import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelayMs, withAttempt } from '../../src/work/backoff.ts';
import { runs } from '../property-runs.ts';

const backoff = fc
  .tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 1, max: 1e9 }))
  .map(([a, b]) => ({ base: Math.min(a, b), max: Math.max(a, b) }));
const attempt = fc.integer({ min: 1, max: 10_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the delay before the next attempt', () => {
  it('is a whole number of ms between 0 and the cap, at any attempt', () => {
    fc.assert(
      fc.property(attempt, backoff, random, (number, limits, drawn) => {
        const delayMs = backoffDelayMs(number, limits, () => drawn);
        expect(Number.isSafeInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(
          Math.min(limits.max, limits.base * 2 ** Math.min(number - 1, 1_000)),
        );
      }),
      runs(500),
    );
  });

  it('reaches from nothing to the whole of its ceiling: full jitter', () => {
    fc.assert(
      fc.property(attempt, backoff, (number, limits) => {
        const ceilingMs = Math.min(limits.max, limits.base * 2 ** Math.min(number - 1, 50));
        expect(backoffDelayMs(number, limits, () => 0)).toBe(0);
        expect(backoffDelayMs(number, limits, () => 1 - Number.EPSILON / 2)).toBe(ceilingMs);
      }),
      runs(500),
    );
  });

  it('doubles its ceiling with each attempt until the cap', () => {
    const ceilings = [1, 2, 3, 4, 5, 6].map((number) =>
      backoffDelayMs(number, { base: 100, max: 1_000 }, () => 0.999_999),
    );
    expect(ceilings).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('is spread evenly by the random numbers of the platform', () => {
    const drawn = Array.from({ length: 4_000 }, () => backoffDelayMs(3, { base: 100, max: 10_000 }));
    const quarters = [0, 100, 200, 300].map(
      (from) => drawn.filter((delayMs) => delayMs >= from && delayMs < from + 100).length,
    );
    for (const count of quarters) expect(count).toBeGreaterThan(800);
  });
});

describe('the history of attempts', () => {
  it('keeps the latest 20 in order, and changes nothing that was handed in', () => {
    fc.assert(
      fc.property(fc.nat(60), (count) => {
        let history: ReturnType<typeof withAttempt> = [];
        for (let number = 1; number <= count; number += 1) {
          const before = [...history];
          const next = withAttempt(history, { attempt: number, at: '', error: 'no' });
          expect(history).toEqual(before);
          history = next;
        }
        const expected = Array.from({ length: count }, (_, index) => index + 1).slice(-20);
        expect(history.map((record) => record.attempt)).toEqual(expected);
      }),
      runs(60),
    );
  });
});
