import { describe, expect, it } from 'vitest';
import { median, quantile, ratios, slope, summarize } from '../src/stats.ts';

describe('statistics', () => {
  it('the median is the middle value, whatever the order', () => {
    expect(median([30, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('a quantile lies between its neighbours', () => {
    expect(quantile([10, 20, 30], 0.25)).toBe(15);
    expect(quantile([10, 20, 30], 1)).toBe(30);
  });

  it('no measurement gives NaN', () => {
    expect(summarize([])).toEqual({ median: Number.NaN, min: Number.NaN, max: Number.NaN });
  });

  it('ratios pair the rounds, and leave out a round without a counterpart', () => {
    expect(ratios([10, 20, 30], [5, 40])).toEqual([2, 0.5]);
  });

  it('the slope is that of the best line', () => {
    expect(slope([0, 1, 2, 3].map((x) => ({ x, y: 5 + 2 * x })))).toBeCloseTo(2);
    expect(slope([{ x: 1, y: 9 }])).toBe(0);
    expect(
      slope([
        { x: 1, y: 9 },
        { x: 1, y: 3 },
      ]),
    ).toBe(0);
  });
});
