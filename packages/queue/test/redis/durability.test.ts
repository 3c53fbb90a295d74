import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durabilityOf } from '../../src/contract/setting-check.ts';
import { WRITE_RULES } from '../../src/redis/settings/write-rules.ts';
import { runs } from '../property-runs.ts';

const SAFE = {
  appendonly: 'yes',
  appendfsync: 'always',
  'no-appendfsync-on-rewrite': 'no',
  maxmemory: '0',
  'maxmemory-policy': 'noeviction',
};

function durabilityWith(changes: Record<string, string | undefined>, isLogWhole = true) {
  const settings = Object.entries({ ...SAFE, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return durabilityOf(
    WRITE_RULES,
    { info: new Map(), settings: new Map(settings), part: 'second', isLogWhole },
    'nothing',
  );
}

const EVICTING = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'a policy of tomorrow'];
/** They drop only keys that expire, and no submission does (`settings.test.ts`). */
const EVICTING_OTHERS = ['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'];

describe('what the settings of a Redis say it keeps', () => {
  it('is disk for a log that is written before each answer and memory that is never given up', () => {
    expect(durabilityWith({})).toMatchObject({ keeps: 'disk' });
    expect(durabilityWith({ maxmemory: '1000000' })).toMatchObject({ keeps: 'disk' });
  });

  it('is memory without a log, whatever else is set', () => {
    const found = durabilityWith({ appendonly: 'no' });
    expect(found.keeps).toBe('memory');
    expect(found.durability).toContain('appendonly is off');
  });

  it('is second where the log is written each second, and says so', () => {
    const found = durabilityWith({ appendfsync: 'everysec' });
    expect(found.keeps).toBe('second');
    expect(found.durability).toContain('everysec');
  });

  it('is memory where writing the log is left to the operating system', () => {
    expect(durabilityWith({ appendfsync: 'no' })).toMatchObject({ keeps: 'memory' });
  });

  it('is second where a rewrite suspends the log', () => {
    expect(durabilityWith({ 'no-appendfsync-on-rewrite': 'yes' })).toMatchObject({ keeps: 'second' });
  });

  it.each(EVICTING)('is memory where a full Redis may drop what it holds: %s', (policy) => {
    const found = durabilityWith({ maxmemory: '1000000', 'maxmemory-policy': policy });
    expect(found.keeps).toBe('memory');
    expect(found.durability).toContain(policy);
  });

  it.each(EVICTING_OTHERS)('is disk where a full Redis drops only keys that expire: %s', (policy) => {
    expect(durabilityWith({ maxmemory: '1000000', 'maxmemory-policy': policy })).toMatchObject({
      keeps: 'disk',
    });
  });

  it('is memory while the log may not be complete yet', () => {
    const found = durabilityWith({}, false);
    expect(found.keeps).toBe('memory');
    expect(found.durability).toContain('may not be complete');
  });

  it('does not mind the policy of a Redis that has no limit', () => {
    expect(durabilityWith({ 'maxmemory-policy': 'allkeys-lru' })).toMatchObject({ keeps: 'disk' });
  });

  it('is never disk unless every setting that decides it was read and is safe', () => {
    const value = fc.option(
      fc.constantFrom('yes', 'no', 'always', 'everysec', 'noeviction', 'allkeys-lru', '0', '1000000', ''),
      { nil: undefined },
    );
    const settings = fc.record({
      appendonly: value,
      appendfsync: value,
      'no-appendfsync-on-rewrite': value,
      maxmemory: value,
      'maxmemory-policy': value,
    });
    fc.assert(
      fc.property(settings, fc.boolean(), (drawn, isLogWhole) => {
        const safe =
          isLogWhole &&
          drawn.appendonly === 'yes' &&
          drawn.appendfsync === 'always' &&
          drawn['no-appendfsync-on-rewrite'] === 'no' &&
          (drawn.maxmemory === '0' || drawn['maxmemory-policy'] === 'noeviction');
        expect(durabilityWith(drawn, isLogWhole).keeps === 'disk').toBe(safe);
        expect(durabilityWith(drawn, isLogWhole).durability).not.toBe('');
      }),
      runs(2_000),
    );
  });
});
