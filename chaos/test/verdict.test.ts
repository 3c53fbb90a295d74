import { describe, expect, it } from 'vitest';
import { difference, latencyOf } from '../src/latency.ts';
import { sortOut, violations } from '../src/verdict.ts';
import type { Attempt, Dead, Effect, Rules } from '../src/verdict.ts';

const STRICT: Rules = {
  mayLose: () => false,
  mayRefuse: () => false,
  ended: new Set(),
  deadlineMs: 3_000,
};

function attempt(id: string, overrides: Partial<Attempt> & { variant?: 'a' | 'b' } = {}): Attempt {
  const { variant = 'a', ...rest } = overrides;
  return {
    producer: 'producer-1',
    over: 'queue',
    id,
    content: { from: 'producer-1', n: 1, variant, flaky: false },
    why: 'first',
    startedMs: 1_000,
    settledMs: 1_005,
    result: 'acknowledged',
    via: 'redis',
    ...rest,
  };
}

function unanswered(id: string): Attempt {
  const { settledMs: _settledMs, result: _result, via: _via, ...open } = attempt(id);
  return open;
}

const effect = (id: string, variant: 'a' | 'b' = 'a'): Effect => ({ id, variant, atMs: 1_010 });
const deadConflict = (id: string, variant: 'a' | 'b'): Dead => ({
  id: `derived-${id}`,
  variant,
  conflictsWith: id,
  error: 'conflict',
});

function judge(attempts: Attempt[], effects: Effect[], dead: Dead[] = [], rules: Partial<Rules> = {}) {
  const sets = sortOut(attempts, effects, dead);
  return { sets, complaints: violations(sets, attempts, { ...STRICT, ...rules }) };
}

describe('the verdict', () => {
  it('is clean if each acknowledged submission took effect once, however often it was sent', () => {
    const { sets, complaints } = judge(
      [attempt('x'), attempt('x', { why: 'double', via: 'postgres' }), attempt('y')],
      [effect('x'), effect('y')],
    );
    expect(complaints).toEqual([]);
    expect(sets).toMatchObject({ attempts: 3, attempted: 2, acknowledged: { redis: 2, postgres: 1 } });
  });

  it('finds an acknowledged submission that never took effect', () => {
    const { sets, complaints } = judge([attempt('x'), attempt('y')], [effect('y')]);
    expect(sets.lost).toEqual(['x a']);
    expect(complaints).toEqual(['1 lost: x a']);
  });

  it('finds a submission that took effect twice', () => {
    expect(judge([attempt('x')], [effect('x'), effect('x')]).sets.twice).toEqual(['x']);
  });

  it('finds two contents in effect under one id', () => {
    const both = [attempt('x'), attempt('x', { variant: 'b', why: 'conflict' })];
    expect(judge(both, [effect('x', 'a'), effect('x', 'b')]).sets.twice).toEqual(['x']);
  });

  it('finds an effect without an attempt, also under an id that was attempted with other content', () => {
    expect(judge([attempt('x')], [effect('x'), effect('z'), effect('x', 'b')]).sets.unexpected).toEqual([
      'z a',
      'x b',
    ]);
  });

  it('finds a refused submission that took effect', () => {
    const { complaints } = judge([attempt('x', { result: 'refused' })], [effect('x')], [], {
      mayRefuse: () => true,
    });
    expect(complaints).toEqual(['1 certainly refused, yet in effect: x a']);
  });

  it('allows an unknown submission to take effect or not', () => {
    const unknown = [attempt('x', { result: 'unknown' }), attempt('y', { result: 'unknown' })];
    const { sets, complaints } = judge(unknown, [effect('x')], [], { mayRefuse: () => true });
    expect(sets).toMatchObject({ recovered: ['x a'], lost: [], unknown: 2 });
    expect(complaints).toEqual([]);
  });

  it('does not count a refusal as certain if another attempt with the same id was unknown', () => {
    const tries = [attempt('x', { result: 'unknown' }), attempt('x', { result: 'refused', why: 'again' })];
    expect(judge(tries, [effect('x')]).sets.refusedYetDone).toEqual([]);
  });

  it('complains of a refusal while a store worked', () => {
    const { complaints } = judge([attempt('x', { result: 'refused', error: 'ECONNREFUSED' })], []);
    expect(complaints).toEqual(['1 not accepted although a store worked: x a (ECONNREFUSED)']);
  });

  it('counts a conflict as kept if it is dead under a separate id', () => {
    const both = [attempt('x'), attempt('x', { variant: 'b', why: 'conflict', via: 'postgres' })];
    const { sets, complaints } = judge(both, [effect('x')], [deadConflict('x', 'b')]);
    expect(complaints).toEqual([]);
    expect(sets).toMatchObject({ deadConflicts: 1, dead: [] });
  });

  it('finds a conflict that was accepted and silently dropped', () => {
    const both = [attempt('x'), attempt('x', { variant: 'b', why: 'conflict', via: 'postgres' })];
    expect(judge(both, [effect('x')]).sets.lost).toEqual(['x b']);
  });

  it('complains of a dead submission that nothing should have killed', () => {
    const dead: Dead = { id: 'x', variant: 'a', conflictsWith: undefined, error: 'gave up' };
    const { sets, complaints } = judge([attempt('x')], [], [dead]);
    expect(sets.lost).toEqual([]);
    expect(complaints).toEqual(['1 dead although no handler failed for good: x (gave up)']);
  });

  it('lets one die that its handler can do nothing with, and no effect remain of it', () => {
    const bad = attempt('x', { content: { ...attempt('x').content, mischief: { name: 'fail' } } });
    const dead: Dead = { id: 'x', variant: 'a', conflictsWith: undefined, error: 'on purpose' };
    expect(judge([bad], [], [dead]).complaints).toEqual([]);
    expect(judge([bad], [effect('x')], [dead]).complaints).toEqual(['1 dead, yet in effect: x a']);
  });

  it('tells a producer that was killed from an attempt that hangs', () => {
    expect(judge([unanswered('x')], []).complaints).toEqual(['1 never answered: x a']);
    expect(judge([unanswered('x')], [], [], { ended: new Set(['producer-1']) }).complaints).toEqual([]);
  });

  it('allows a sender to get no answer, as long as its next try is answered', () => {
    const gone = attempt('x', { result: 'unanswered', over: 'http' });
    const { sets, complaints } = judge([gone, attempt('x', { why: 'again', over: 'http' })], [effect('x')]);
    expect(complaints).toEqual([]);
    expect(sets).toMatchObject({ unknown: 1, lost: [], recovered: [] });
  });

  it('complains of a sender that never got an answer', () => {
    const gone = [1, 2].map(() =>
      attempt('x', { result: 'unanswered', over: 'http', error: 'ECONNREFUSED' }),
    );
    expect(judge(gone, [effect('x')]).complaints).toEqual([
      '1 never answered, however often it was sent: x a (ECONNREFUSED)',
    ]);
  });

  it('complains of an answer that came after the deadline', () => {
    const { complaints } = judge([attempt('x', { settledMs: 9_000 })], [effect('x')]);
    expect(complaints).toEqual(['1 answered later than 3000 ms: x a']);
  });

  it('forgives only the losses that the rules allow', () => {
    const tries = [attempt('x'), attempt('y', { via: 'postgres' })];
    const { complaints } = judge(tries, [], [], { mayLose: (key) => key === 'x a' });
    expect(complaints).toEqual(['1 lost: y a']);
  });
});

describe('the latency of a fault', () => {
  it('counts accepted submissions sent within the span, and nothing else', () => {
    const attempts = [
      ...Array.from({ length: 100 }, (_, n) =>
        attempt(`in-${n}`, { startedMs: 1_000, settledMs: 1_001 + n }),
      ),
      attempt('refused', { result: 'refused', settledMs: 9_000 }),
      attempt('before', { startedMs: 0, settledMs: 9_000 }),
      attempt('over http', { over: 'http', settledMs: 9_000 }),
    ];
    expect(latencyOf(attempts, 1_000, 2_000)).toEqual({ accepts: 100, p50: 50, p99: 99, slowest: 100 });
  });

  it('is set beside the control run', () => {
    const control = { accepts: 10, p50: 1, p99: 5, slowest: 20 };
    expect(difference({ accepts: 9, p50: 2, p99: 9.1, slowest: 50 }, control)).toEqual({
      p50: 1,
      p99: 4.1,
      slowest: 30,
    });
  });
});
