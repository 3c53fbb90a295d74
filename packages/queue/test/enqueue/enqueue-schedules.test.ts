import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ConflictError, NotAcceptedError } from '@spillway/queue';
import type { PushAnswer } from '../../src/contract/store.ts';
import { acceptBench, DEADLINE_MS, enqueue, simulateTime, stopBreakers, HEDGE_MS } from './scripted-store.ts';
import type { Push, Reply, ScriptedStore } from './scripted-store.ts';
import { runs } from '../property-runs.ts';
import { envelope } from '../support.ts';

/* The accept path under drawn answers, latencies and orders of arrival. */

simulateTime();

const down = new Error('it is down');

const ANSWERS: readonly PushAnswer[] = ['stored', 'duplicate', 'conflict', 'full', 'refused', 'unknown'];
const reply: fc.Arbitrary<Reply> = fc.record({
  answer: fc.constantFrom(...ANSWERS),
  afterMs: fc.oneof(
    fc.nat(60),
    fc.integer({ min: 60, max: 400 }),
    fc.nat(2 * DEADLINE_MS),
    fc.constant('never' as const),
  ),
});
const forcedReply = reply.map((drawn): Reply => ({
  ...drawn,
  answer: drawn.answer === 'full' ? 'refused' : drawn.answer,
}));
const storeScript = fc.record({ open: fc.boolean(), first: reply, forced: forcedReply });
const primaries = fc.constantFrom('auto' as const, 'redis' as const, 'postgres' as const);

describe('whatever the stores do', () => {
  it('enqueue settles in time, acknowledges only what a store holds, and tells refused from unknown', async () => {
    await fc.assert(
      fc.asyncProperty(primaries, storeScript, storeScript, async (primary, redisDoes, postgresDoes) => {
        const bench = acceptBench(primary);
        const stores = [bench.redis, bench.postgres];
        for (const [store, path, script] of [
          [bench.redis, bench.redisPath, redisDoes],
          [bench.postgres, bench.postgresPath, postgresDoes],
        ] as const) {
          store.reply = (_, force) => (force ? script.forced : script.first);
          if (script.open) path.health.breaker.trip(down);
        }
        const startedMs = performance.now();
        const settled = await enqueue(bench.enqueuer);
        // Timers count whole milliseconds, and up to three follow each other. Who is asked at the very end gets his chance.
        const isLate = ({ reason, atMs }: Push) =>
          reason !== undefined && atMs - startedMs >= DEADLINE_MS - 1;
        const lateMs = stores.some((store) => store.pushes.some(isLate)) ? HEDGE_MS.max : 0;
        expect(settled.tookMs).toBeLessThanOrEqual(DEADLINE_MS + 3 + lateMs);
        const asked = stores.flatMap((store) => store.pushes.filter((push) => push.reason !== undefined));
        if ('accepted' in settled) {
          const by = stores.find((store) => store.name === settled.accepted.via);
          const said = by?.pushes.map((push) => push.answer) ?? [];
          expect(said).toContain(settled.accepted.duplicate ? 'duplicate' : 'stored');
        } else if (settled.refused instanceof ConflictError) {
          expect(asked.map((push) => push.answer)).toContain('conflict');
        } else {
          expect(settled.refused).toBeInstanceOf(NotAcceptedError);
          const silent = asked.some((push) => push.answer === undefined || push.answer === 'unknown');
          expect(settled.refused).toMatchObject({ indeterminate: silent });
          expect(asked.some((push) => push.answer === 'stored' || push.answer === 'duplicate')).toBe(false);
        }
        // `full` is overridden only when nothing is left to ask, and nobody about to answer.
        for (const [store, other] of [
          [bench.redis, bench.postgres],
          [bench.postgres, bench.redis],
        ] as const) {
          const forcedPush = store.pushes.find((push) => push.force);
          if (forcedPush === undefined) continue;
          expect(store.pushes[0]?.answer).toBe('full');
          const { answeredAtMs = Number.POSITIVE_INFINITY, atMs = 0 } = other.pushes[0] ?? {};
          const silentMs = forcedPush.atMs - atMs;
          expect(answeredAtMs <= forcedPush.atMs || silentMs >= HEDGE_MS.min).toBe(true);
        }
        stopBreakers(bench);
      }),
      runs(250),
    );
  });

  it('a crowd settles in time, under any order of answers and of time passing', async () => {
    const step = fc.oneof(fc.nat(30), fc.nat(300));
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        primaries,
        fc.array(fc.constantFrom(...ANSWERS), { minLength: 1, maxLength: 8 }),
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        async (s, primary, answers, steps, crowd) => {
          const bench = acceptBench(primary);
          for (const store of [bench.redis, bench.postgres]) replyOnSchedule(s, store, answers);
          const startedMs = performance.now();
          const settledMs: number[] = [];
          const note = () => settledMs.push(performance.now() - startedMs);
          const waits = [...steps, 2 * DEADLINE_MS];
          s.scheduleSequence(
            waits.map((ms, n) => async () => {
              if (n < crowd) void bench.enqueuer.enqueue({ envelope: envelope() }).then(note, note);
              await vi.advanceTimersByTimeAsync(ms);
            }),
          );
          await s.waitIdle();
          await vi.advanceTimersByTimeAsync(2 * DEADLINE_MS);
          const begun = waits
            .map((_, n) => waits.slice(0, n).reduce((sum, ms) => sum + ms, 0))
            .slice(0, crowd);
          expect(settledMs).toHaveLength(begun.length);
          const latest = Math.max(...begun) + DEADLINE_MS + 1;
          for (const ms of settledMs) expect(ms).toBeLessThanOrEqual(latest);
          stopBreakers(bench);
        },
      ),
      runs(120),
    );
  });
});

/** Answers come when the scheduler says so; like any store, the push gives up by its deadline. */
function replyOnSchedule(s: fc.Scheduler, store: ScriptedStore, answers: readonly PushAnswer[]): void {
  let call = 0;
  store.push = async (items, { deadlineMs }) => {
    const answer = answers[call % answers.length] ?? 'unknown';
    call += 1;
    const timer = Promise.withResolvers<PushAnswer>();
    setTimeout(() => timer.resolve('unknown'), deadlineMs);
    const said = await Promise.race([
      s.schedule(Promise.resolve(answer), `${store.name}: ${answer}`),
      timer.promise,
    ]);
    return { answers: items.map(() => said), ...(said === 'unknown' && { cause: down }) };
  };
}

describe('a crowd of callers', () => {
  it('each get the answer to their own submission', async () => {
    const bench = acceptBench('redis');
    bench.redis.push = async (items) => ({
      answers: items.map((item) => (item.envelope.payload.includes('odd') ? 'conflict' : 'stored')),
    });
    const settled = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        enqueue(bench.enqueuer, { envelope: envelope({ kind: n % 2 === 1 ? 'odd' : 'even' }) }),
      ),
    );
    settled.forEach((one, n) => {
      expect('refused' in one && one.refused instanceof ConflictError).toBe(n % 2 === 1);
    });
  });

  it('are spread over few calls', async () => {
    const bench = acceptBench('redis');
    bench.redis.reply = () => ({ answer: 'stored', afterMs: 5 });
    await Promise.all(Array.from({ length: 300 }, () => enqueue(bench.enqueuer)));
    expect(bench.redis.pushes).toHaveLength(2);
  });
});
