import { describe, expect, it } from 'vitest';
import type { Content } from '../src/ledger.ts';
import { isWhole, score } from '../src/peers/score.ts';
import { scoreText } from '../src/peers/table.ts';
import type { Attempt, Result } from '../src/verdict.ts';

function attempt(id: string, result: Result = 'acknowledged', mischief?: Content['mischief']): Attempt {
  return {
    producer: 'producer-1',
    over: 'queue',
    id,
    content: { from: 'producer-1', n: 1, variant: 'a', flaky: false, ...(mischief && { mischief }) },
    why: 'first',
    startedMs: 1_000,
    result,
  };
}

const NOTHING_KEPT = new Map<string, 'open' | 'failed'>();

describe('the score of a queue', () => {
  it('is whole where each acknowledged submission took effect once', () => {
    const found = score([attempt('x'), attempt('y')], [{ id: 'x' }, { id: 'y' }], NOTHING_KEPT);
    expect(isWhole(found)).toBe(true);
    expect(scoreText(found)).toBe('whole');
  });

  it('tells what is gone from what is kept and not done', () => {
    const kept = new Map([
      ['y', 'open'],
      ['z', 'failed'],
    ] as const);
    expect(score([attempt('x'), attempt('y'), attempt('z')], [], kept)).toMatchObject({ lost: 1, undone: 2 });
  });

  it('counts a submission whose sender was told no once, however often it was sent', () => {
    const tries = [attempt('x', 'unknown'), attempt('x', 'unknown'), attempt('x')];
    const found = score(tries, [{ id: 'x' }], NOTHING_KEPT);
    expect(found).toEqual({ submissions: 1, lost: 0, refused: 1, twice: 0, undone: 0 });
  });

  it('does not take the end of a sender for a refusal', () => {
    const { result: _result, ...open } = attempt('x');
    expect(score([open], [{ id: 'x' }], NOTHING_KEPT)).toMatchObject({ refused: 0 });
  });

  it('does not ask for what no queue accepted', () => {
    expect(score([attempt('x', 'unknown')], [], NOTHING_KEPT)).toMatchObject({ lost: 0, undone: 0 });
  });

  it('counts effects that came more than once', () => {
    const effects = [{ id: 'x' }, { id: 'x' }, { id: 'of an earlier fault' }, { id: 'of an earlier fault' }];
    expect(score([attempt('x')], effects, NOTHING_KEPT)).toMatchObject({ twice: 1 });
  });

  it('lets a submission fail that no attempt can finish, and not one that its third attempt can', () => {
    const kept = new Map([
      ['x', 'failed'],
      ['y', 'failed'],
    ] as const);
    const bad = [attempt('x', 'acknowledged', { name: 'fail' })];
    expect(score(bad, [], kept)).toMatchObject({ lost: 0, undone: 0 });
    const healing = [attempt('y', 'acknowledged', { name: 'hang', attempts: 2 })];
    expect(score(healing, [], kept)).toMatchObject({ undone: 1 });
  });

  it('is told in shares', () => {
    expect(scoreText({ submissions: 2_000, lost: 500, refused: 0, twice: 1, undone: 0 })).toBe(
      'lost 25.0 %, twice < 0.1 %',
    );
  });
});
