import { describe, expect, it } from 'vitest';
import { defaultScenarios } from '../src/arguments.ts';
import { SCENARIOS } from '../src/scenarios/index.ts';
import { TARGETS } from '../src/targets.ts';
import { judge } from '../src/verdict.ts';

describe('the targets', () => {
  it.each(TARGETS)(
    '$what: both sides are measured, also by --quick',
    ({ scenario, numerator, denominator }) => {
      const competitors = defaultScenarios(true).find((one) => one.name === scenario)?.competitors;
      expect(competitors).toContain(numerator);
      expect(competitors).toContain(denominator);
    },
  );

  it('no two scenarios share a name', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  });

  it('are judged by the median of the ratios of each round', () => {
    const target = { what: '', scenario: 's', numerator: 'a', denominator: 'b' };
    const measured = new Map([
      [
        's',
        [
          { name: 'a', unit: '1/s' as const, samples: [2, 30, 5] },
          { name: 'b', unit: '1/s' as const, samples: [1, 10, 5] },
        ],
      ],
    ]);
    const [verdict] = judge([{ ...target, bound: { atLeast: 2 } }], measured);
    expect(verdict?.ratio).toEqual({ median: 2, min: 1, max: 3 });
    expect(verdict?.reached).toBe(true);
    expect(judge([{ ...target, bound: { atMost: 1.9 } }], measured)[0]?.reached).toBe(false);
    expect(judge([{ ...target, scenario: 'another', bound: { atMost: 1 } }], measured)).toEqual([]);
  });
});
