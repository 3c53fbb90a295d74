import { describe, expect, it } from 'vitest';
import { seedOf } from '../src/commit-seed.ts';
import { FAULTS } from '../src/faults/index.ts';
import { seeded } from '../src/random.ts';
import { nameOf, schedule } from '../src/schedule.ts';
import type { ScheduleOptions } from '../src/schedule.ts';

const OPTIONS: ScheduleOptions = {
  seed: 7,
  seconds: 600,
  windowMs: 10_000,
  faults: FAULTS,
  primaries: ['auto', 'redis', 'postgres'],
  combinations: true,
  complete: false,
};

function plain(options: Partial<ScheduleOptions> = {}) {
  return schedule({ ...OPTIONS, ...options }).map(({ episodes, ...session }) => ({
    ...session,
    episodes: episodes.map((episode) => ({ ...episode, faults: nameOf(episode) })),
  }));
}

describe('a schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(plain()).toEqual(plain());
    expect(plain()).not.toEqual(plain({ seed: 8 }));
  });

  it('of ten minutes has room for nearly every fault, and no fault comes twice before all came once', () => {
    const singles = plain()
      .flatMap((session) => session.episodes.map((episode) => episode.faults))
      .filter((name) => !name.includes('+'));
    expect(new Set(singles).size).toBe(singles.length);
    expect(singles.length).toBeGreaterThan(20);
  });

  it('that is complete has every fault under every primary', () => {
    const pairs = plain({ complete: true }).flatMap((session) =>
      session.episodes.map((episode) => `${session.primary} ${episode.faults}`),
    );
    for (const primary of OPTIONS.primaries) {
      for (const { name } of FAULTS) expect(pairs).toContain(`${primary} ${name}`);
    }
  });

  it('combines only faults that hit different things', () => {
    for (const session of schedule({ ...OPTIONS, complete: true })) {
      for (const { faults } of session.episodes) {
        expect(new Set(faults.map((fault) => fault.hits)).size).toBe(faults.length);
      }
    }
  });

  it('of a minute stays with one primary', () => {
    expect(new Set(plain({ seconds: 60 }).map((session) => session.primary)).size).toBe(1);
  });

  it("of a minute has each primary in turn, as commits' seeds come", () => {
    const commits = ['c6b8807', '63f56a5', '497d606', 'dc3e461', 'bd051a4', '0000000', 'fffffff', '1234567'];
    const primaries = commits.flatMap((commit) =>
      plain({ seconds: 60, seed: seedOf(commit) }).map((session) => session.primary),
    );
    expect(new Set(primaries)).toEqual(new Set(OPTIONS.primaries));
  });

  it('has at least one fault, however short the time', () => {
    expect(plain({ seconds: 1 }).flatMap((session) => session.episodes)).toHaveLength(1);
  });
});

describe('the seeded generator', () => {
  it('shuffles without losing or inventing anything', () => {
    const shuffled = seeded(3).shuffle([1, 2, 3, 4, 5, 6, 7]);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(shuffled).not.toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('stays within its bounds and reaches both of them', () => {
    const random = seeded(3);
    const drawn = new Set(Array.from({ length: 200 }, () => random.between(2, 4)));
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
  });
});
