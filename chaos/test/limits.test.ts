import { describe, expect, it } from 'vitest';
import type { Content } from '../src/ledger.ts';
import { tooOften } from '../src/limits.ts';
import type { Run } from '../src/runs.ts';
import type { Attempt } from '../src/verdict.ts';

const BAD: Pick<Content, 'mischief'> = { mischief: { name: 'fail' } };

function attempt(id: string, content: Partial<Content> = {}): Attempt {
  return {
    producer: 'producer-1',
    over: 'queue',
    id,
    content: { from: 'producer-1', n: 1, variant: 'a', flaky: false, ...content },
    why: 'first',
    startedMs: 1_000,
    result: 'acknowledged',
  };
}

/** So many calls of the handler with this submission, in this attempt at it. */
function calls(id: string, count: number, number = 1): Run[] {
  const run = {
    worker: 'worker-1',
    startedMs: 1_000,
    endedMs: 1_010,
    submissions: [{ id, attempt: number }],
  };
  return Array.from({ length: count }, () => run);
}

function judge(runs: Run[], attempts: Attempt[], isHandlers = true) {
  const measured = new Map<string, number>();
  return { complaints: tooOften(runs, attempts, { isHandlers, measured }), measured };
}

describe('how often a submission may be tried', () => {
  it('is as often as its attempts, and the halving of a batch in each of them', () => {
    const runs = [...calls('x', 9, 1), ...calls('x', 9, 2)];
    const { complaints, measured } = judge(runs, [attempt('x', BAD)]);
    expect(complaints).toEqual([]);
    expect(measured.get('most runs of a bad one')).toBe(18);
  });

  it('is not without bound in an attempt that is never counted', () => {
    expect(judge(calls('x', 69), [attempt('x', BAD)]).complaints).toEqual(['x ran 69 times in 1 attempts']);
  });

  it('is not more than the allowed attempts, whatever fails', () => {
    expect(judge(calls('x', 1, 11), [attempt('x')], false).complaints).toEqual([
      'x was tried 11 times of 10',
    ]);
  });

  it('is a few claims for the neighbour of a bad one, and one more if it fails by itself', () => {
    const attempts = [attempt('x'), attempt('y', { flaky: true })];
    const { complaints } = judge([...calls('x', 1, 6), ...calls('y', 1, 6)], attempts);
    expect(complaints).toEqual(['x, beside a bad one, took 6 claims']);
  });

  it('is not bound to attempts where a store failed, which costs none', () => {
    expect(judge(calls('x', 69), [attempt('x')], false).complaints).toEqual([]);
  });

  it('is told with three examples', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const { complaints } = judge(
      ids.flatMap((id) => calls(id, 20)),
      ids.map((id) => attempt(id)),
    );
    expect(complaints).toHaveLength(4);
    expect(complaints.at(-1)).toBe('and 2 more like these');
  });
});
