import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker } from '../../src/util/breaker.ts';
import { ManualClock, turn } from './manual-clock.ts';
import { runs } from '../property-runs.ts';

const SLOW_MS = 100;

interface Bench {
  readonly breaker: Breaker;
  readonly clock: ManualClock;
  readonly changes: boolean[];
  /** Probes under way, each to be ended by the test. */
  readonly probes: PromiseWithResolvers<void>[];
  started: number;
}

function bench(random: () => number = () => 0.5): Bench {
  const clock = new ManualClock();
  const changes: boolean[] = [];
  const probes: PromiseWithResolvers<void>[] = [];
  const breaker = new Breaker({
    slowMs: SLOW_MS,
    clock,
    random,
    onChange: (open) => changes.push(open),
    probe: () => {
      bed.started += 1;
      const probe = Promise.withResolvers<void>();
      probes.push(probe);
      return probe.promise;
    },
  });
  const bed: Bench = { breaker, clock, changes, probes, started: 0 };
  return bed;
}

type Ending = 'fast' | 'slow' | 'failed';

async function endProbe(bed: Bench, ending: Ending): Promise<void> {
  const probe = bed.probes.shift();
  if (ending === 'slow') await bed.clock.advance(SLOW_MS + 1);
  if (ending === 'failed') probe?.reject(new Error('down'));
  else probe?.resolve();
  await turn();
}

const call = fc.oneof(
  fc.record({ kind: fc.constant('call' as const), durationMs: fc.integer({ min: 0, max: 2 * SLOW_MS }) }),
  fc.record({ kind: fc.constant('failure' as const) }),
  fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 4_000 }) }),
);

describe('a breaker', () => {
  it('opens at 5 consecutive failed or slow calls, or at half of 20 or more in 10 s, and not before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 120 }), async (events) => {
        const { breaker, clock } = bench();
        const seen: { readonly second: number; readonly bad: boolean }[] = [];
        for (const event of events) {
          if (event.kind === 'pause') {
            await clock.advance(event.ms);
            continue;
          }
          if (event.kind === 'call') breaker.succeeded(event.durationMs);
          else breaker.failed(new Error('down'));
          const second = Math.floor(clock.now() / 1_000);
          seen.push({ second, bad: event.kind === 'failure' || event.durationMs > SLOW_MS });
          const lastFive = seen.slice(-5);
          const recent = seen.filter((one) => one.second > second - 10);
          const bad = recent.filter((one) => one.bad).length;
          const expected =
            seen.at(-1)?.bad === true &&
            ((lastFive.length === 5 && lastFive.every((one) => one.bad)) ||
              (recent.length >= 20 && bad >= recent.length / 2));
          expect(breaker.open).toBe(expected);
          if (expected) return;
        }
      }),
      runs(200),
    );
  });

  it('opens at once when tripped, reports it once, and probes in the background', async () => {
    const { breaker, changes, clock } = bench();
    breaker.trip(new Error('READONLY'));
    breaker.trip(new Error('READONLY'));
    expect(breaker.open).toBe(true);
    expect(changes).toEqual([true]);
    expect(clock.pendingMs).toHaveLength(1);
  });

  it('never uses a caller as the probe, and does not close after any number of late successes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 50 }), async (events) => {
        const bed = bench();
        bed.breaker.trip(new Error('down'));
        for (const event of events) {
          if (event.kind === 'call') bed.breaker.succeeded(event.durationMs);
          if (event.kind === 'failure') bed.breaker.failed(new Error('down'));
        }
        await turn();
        expect(bed.started).toBe(0);
        expect(bed.breaker.open).toBe(true);
        expect(bed.clock.pendingMs).toHaveLength(1);
      }),
      runs(100),
    );
  });

  it('closes after exactly three fast probes in a row, and then stops probing', async () => {
    const ending = fc.constantFrom<Ending>('fast', 'fast', 'slow', 'failed');
    await fc.assert(
      fc.asyncProperty(fc.array(ending, { maxLength: 20 }), async (endings) => {
        const bed = bench();
        bed.breaker.trip(new Error('down'));
        let inARow = 0;
        for (const next of endings) {
          await bed.clock.advance(bed.clock.pendingMs[0] ?? 0);
          expect(bed.probes).toHaveLength(1);
          await endProbe(bed, next);
          inARow = next === 'fast' ? inARow + 1 : 0;
          expect(bed.breaker.open).toBe(inARow < 3);
          if (inARow === 3) break;
        }
        const started = bed.started;
        if (!bed.breaker.open) await bed.clock.advance(60_000);
        expect(bed.started).toBe(started);
        expect(bed.changes).toEqual(bed.breaker.open ? [true] : [true, false]);
      }),
      runs(100),
    );
  });

  it('waits at most 200 ms for the first probe and 5 s for any, and 50 ms between good ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<Ending>('fast', 'slow', 'failed'), { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        async (endings, random) => {
          const bed = bench(() => random);
          bed.breaker.trip(new Error('down'));
          expect(bed.clock.pendingMs[0]).toBeLessThan(200);
          for (const next of endings) {
            await bed.clock.advance(bed.clock.pendingMs[0] ?? 0);
            await endProbe(bed, next);
            if (!bed.breaker.open) return;
            const [waitMs = Number.NaN] = bed.clock.pendingMs;
            if (next === 'fast') expect(waitMs).toBeCloseTo(50, 6);
            else expect(waitMs).toBeLessThan(5_000);
          }
        },
      ),
      runs(100),
    );
  });

  it('starts counting from zero when it closes', async () => {
    const bed = bench();
    for (let n = 0; n < 5; n += 1) bed.breaker.failed(new Error('down'));
    for (let n = 0; n < 3; n += 1) {
      await bed.clock.advance(bed.clock.pendingMs[0] ?? 0);
      await endProbe(bed, 'fast');
    }
    expect(bed.breaker.open).toBe(false);
    for (let n = 0; n < 4; n += 1) bed.breaker.failed(new Error('down'));
    expect(bed.breaker.open).toBe(false);
  });

  it('never runs two probes at once, however often it is asked to probe now', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'now' as const }),
      fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 6_000 }) }),
      fc.record({
        kind: fc.constant('end' as const),
        ending: fc.constantFrom<Ending>('fast', 'slow', 'failed'),
      }),
      fc.constant({ kind: 'trip' as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const bed = bench();
        bed.breaker.trip(new Error('down'));
        for (const next of steps) {
          if (next.kind === 'now') bed.breaker.probeNow();
          if (next.kind === 'pause') await bed.clock.advance(next.ms);
          if (next.kind === 'end') await endProbe(bed, next.ending);
          if (next.kind === 'trip') bed.breaker.trip(new Error('down'));
          expect(bed.probes.length).toBeLessThanOrEqual(1);
          // Open, there is always one to come or one under way; closed, none.
          expect(bed.probes.length + bed.clock.pendingMs.length).toBe(bed.breaker.open ? 1 : 0);
        }
      }),
      runs(200),
    );
  });

  it('leaves no timer and begins no probe after stop, at any time', async () => {
    const step = fc.constantFrom('trip', 'now', 'pause', 'fast', 'failed', 'fail');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.array(step, { maxLength: 12 }),
        async (before, after) => {
          const bed = bench();
          const act = async (name: string) => {
            if (name === 'trip') bed.breaker.trip(new Error('down'));
            if (name === 'now') bed.breaker.probeNow();
            if (name === 'pause') await bed.clock.advance(250);
            if (name === 'fast' || name === 'failed') await endProbe(bed, name);
            if (name === 'fail') bed.breaker.failed(new Error('down'));
          };
          for (const name of before) await act(name);
          bed.breaker.stop();
          const { started } = bed;
          for (const name of after) await act(name);
          expect(bed.clock.pendingMs).toEqual([]);
          expect(bed.started).toBe(started);
        },
      ),
      runs(200),
    );
  });
});
