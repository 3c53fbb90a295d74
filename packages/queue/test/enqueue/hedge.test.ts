import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { afterSilence, HedgeDelay } from '../../src/enqueue/hedge.ts';
import { ManualClock, turn } from '../util/manual-clock.ts';
import { runs } from '../property-runs.ts';

/** Answers a message, then says so where a thread can wait for it. */
const ANSWERING = `
  const { parentPort, workerData } = require('node:worker_threads');
  parentPort.once('message', () => {
    parentPort.postMessage('answer');
    Atomics.store(workerData, 0, 1);
    Atomics.notify(workerData, 0);
  });`;

/** Keeps our own loop busy for at least so long. */
function stall(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

const bounds = fc
  .tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 500, noNaN: true }))
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

describe('the hedge delay', () => {
  it('stays within its bounds, whatever was measured', () => {
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { maxLength: 700 }),
        (limits, samples) => {
          const hedge = new HedgeDelay(limits);
          expect(hedge.ms).toBe(limits.max);
          for (const sample of samples) {
            hedge.record(sample);
            expect(hedge.ms).toBeGreaterThanOrEqual(limits.min);
            expect(hedge.ms).toBeLessThanOrEqual(limits.max);
          }
        },
      ),
      runs(50),
    );
  });

  it('is three times the p99 of the latest 256 samples, renewed every 32', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 32, maxLength: 800 }),
        (samples) => {
          const hedge = new HedgeDelay({ min: 0, max: 1_000 });
          for (const sample of samples) hedge.record(sample);
          const seen = samples.slice(0, samples.length - (samples.length % 32)).slice(-256);
          const within = (share: number) =>
            seen.toSorted((a, b) => a - b)[Math.min(seen.length - 1, Math.floor(seen.length * share))] ?? 0;
          expect(hedge.ms).toBeGreaterThanOrEqual(3 * within(0.98));
          expect(hedge.ms).toBeLessThanOrEqual(3 * within(1));
        },
      ),
      runs(100),
    );
  });

  it('forgets a slow past', () => {
    const hedge = new HedgeDelay({ min: 1, max: 1_000 });
    for (let n = 0; n < 256; n += 1) hedge.record(300);
    expect(hedge.ms).toBe(900);
    for (let n = 0; n < 256; n += 1) hedge.record(2);
    expect(hedge.ms).toBe(6);
  });
});

describe('afterSilence', () => {
  it('runs once after the silence, and never once cancelled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(400), async (silenceMs, answerMs) => {
        const clock = new ManualClock();
        let ran = 0;
        const cancel = afterSilence(silenceMs, () => (ran += 1), clock);
        await clock.advance(answerMs);
        cancel();
        await clock.advance(1_000);
        expect(ran).toBe(answerMs >= silenceMs ? 1 : 0);
        expect(clock.pendingMs).toEqual([]);
      }),
      runs(100),
    );
  });

  it('does not run when the answer came while our own loop was stalled', async () => {
    let ran = false;
    const answered = new Int32Array(new SharedArrayBuffer(4));
    const other = new Worker(ANSWERING, { eval: true, workerData: answered });
    onTestFinished(async () => void (await other.terminate()));
    await once(other, 'online');
    const cancel = afterSilence(5, () => {
      ran = true;
    });
    other.once('message', cancel);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    other.postMessage('asked');
    // Our loop stands still until the other thread has answered and the silence is over.
    Atomics.wait(answered, 0, 0);
    stall(10);
    await turn();
    await turn();
    await turn();
    expect(ran).toBe(false);
  });

  it('runs after a stall in which no answer came', async () => {
    const { promise: ran, resolve } = Promise.withResolvers<void>();
    afterSilence(5, resolve);
    stall(20);
    await ran;
  });
});
