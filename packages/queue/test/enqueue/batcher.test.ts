import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher } from '../../src/enqueue/batcher.ts';
import type { PushAnswer, PushItem, PushOptions, PushResult } from '../../src/contract/store.ts';
import { runs } from '../property-runs.ts';

const MIB = 1024 * 1024;
const FAR_MS = 60_000;

function item(id: string, payload = ''): PushItem {
  return { envelope: { id, form: 'inbox', payload, digest: id, receivedAtMs: 0, generation: 1 } };
}

interface Flight {
  readonly items: readonly PushItem[];
  readonly options: PushOptions;
}

const ANSWERS: readonly PushAnswer[] = ['stored', 'duplicate', 'conflict', 'full', 'refused', 'unknown'];

/** A batcher whose flights land when `land` says so, and what was seen of them. */
function bench(land: (flight: Flight) => Promise<PushResult>) {
  const flights: Flight[] = [];
  const aloft = new Set<Flight>();
  let mostAloft = 0;
  const batcher = new Batcher(async (items, options) => {
    const flight = { items, options };
    flights.push(flight);
    aloft.add(flight);
    mostAloft = Math.max(mostAloft, aloft.size);
    const result = await land(flight);
    aloft.delete(flight);
    return result;
  });
  return { batcher, flights, mostAloft: () => mostAloft };
}

const bytesOf = (flight: Flight) =>
  flight.items.reduce((sum, one) => sum + Buffer.byteLength(one.envelope.payload), 0);

const caller = fc.record({
  id: fc.nat(20),
  bytes: fc.oneof(
    { weight: 8, arbitrary: fc.nat(50) },
    { weight: 1, arbitrary: fc.integer({ min: 300_000, max: MIB + 10 }) },
  ),
  force: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  expired: fc.oneof(
    { weight: 6, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

describe('the coalescer', () => {
  it('answers everybody exactly once with their own answer, keeps the order, and never flies more than two', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.array(caller, { maxLength: 12 }), { maxLength: 12 }),
        async (s, turns) => {
          const answerOf = (n: number) => ANSWERS[n % ANSWERS.length] ?? 'unknown';
          const { batcher, flights, mostAloft } = bench(async (flight) => {
            await s.schedule(Promise.resolve(), `land ${flight.items.length}`);
            return { answers: flight.items.map((one) => answerOf(Number(one.envelope.digest))) };
          });
          const callers: ((typeof turns)[number][number] & { answers: PushAnswer[] })[] = [];
          const sequence = turns.map((turn) => async () => {
            for (const drawn of turn) {
              const n = callers.push({ ...drawn, answers: [] }) - 1;
              const pushed = item(`id${drawn.id}`, 'x'.repeat(drawn.bytes));
              const deadlineAtMs = performance.now() + (drawn.expired ? -1 : FAR_MS);
              const envelope = { ...pushed.envelope, digest: String(n) };
              batcher.push({ envelope }, drawn.force, deadlineAtMs, (answer) =>
                callers[n]?.answers.push(answer),
              );
            }
          });
          s.scheduleSequence(sequence);
          // A flight takes off when its turn has run out, which the scheduler does not see.
          do {
            await s.waitIdle();
            await nextTurn();
          } while (s.count() > 0);

          const sent = flights.flatMap((flight) => flight.items.map((one) => Number(one.envelope.digest)));
          const due = [...callers.keys()].filter((n) => !callers[n]?.expired);
          expect(sent).toEqual(due);
          for (const [n, one] of callers.entries()) {
            expect(one.answers).toEqual([one.expired ? 'refused' : answerOf(n)]);
          }
          expect(mostAloft()).toBeLessThanOrEqual(2);
          for (const flight of flights) {
            const ids = flight.items.map((one) => one.envelope.id);
            expect(new Set(ids).size).toBe(ids.length);
            const forced = new Set(flight.items.map((one) => callers[Number(one.envelope.digest)]?.force));
            expect([...forced]).toEqual([flight.options.force]);
            expect(flight.items.length).toBeGreaterThan(0);
            if (flight.items.length > 1) expect(bytesOf(flight)).toBeLessThanOrEqual(MIB);
            expect(flight.options.deadlineMs).toBeGreaterThan(0);
            expect(flight.options.deadlineMs).toBeLessThanOrEqual(FAR_MS);
          }
        },
      ),
      runs(150),
    );
  });

  it('sends at most 500 items a flight, and a crowd in as few flights as that allows', async () => {
    const { batcher, flights } = bench(async ({ items }) => ({ answers: items.map(() => 'stored') }));
    const answers: PushAnswer[] = [];
    for (let n = 0; n < 1_700; n += 1) {
      batcher.push(item(`id${n}`), false, performance.now() + FAR_MS, (answer) => answers.push(answer));
    }
    while (answers.length < 1_700) await nextTurn();
    expect(flights.map((flight) => flight.items.length)).toEqual([500, 500, 500, 200]);
  });

  it('shares a crowd out between two flights, so that the store and we work at the same time', async () => {
    const { promise: landing, resolve: land } = Promise.withResolvers<void>();
    const { batcher, flights } = bench(async ({ items }) => {
      await landing;
      return { answers: items.map(() => 'stored') };
    });
    for (let n = 0; n < 64; n += 1) batcher.push(item(`id${n}`), false, performance.now() + FAR_MS, () => {});
    await nextTurn();
    expect(flights.map((flight) => flight.items.length)).toEqual([32, 32]);
    land();
  });

  it('lets a few share one flight', async () => {
    const { batcher, flights } = bench(async ({ items }) => ({ answers: items.map(() => 'stored') }));
    for (let n = 0; n < 15; n += 1) batcher.push(item(`id${n}`), false, performance.now() + FAR_MS, () => {});
    await nextTurn();
    expect(flights.map((flight) => flight.items.length)).toEqual([15]);
  });

  it('counts a flight in bytes, not in characters', async () => {
    const { batcher, flights } = bench(async ({ items }) => ({ answers: items.map(() => 'stored') }));
    const answers: PushAnswer[] = [];
    for (let n = 0; n < 6; n += 1) {
      const payload = '€'.repeat(100_000);
      batcher.push(item(`id${n}`, payload), false, performance.now() + FAR_MS, (answer) =>
        answers.push(answer),
      );
    }
    while (answers.length < 6) await nextTurn();
    for (const flight of flights) expect(bytesOf(flight)).toBeLessThanOrEqual(MIB);
  });

  it('sends a lone caller at the end of its own turn: no timer, no turn of the event loop', async () => {
    const { batcher, flights } = bench(async ({ items }) => ({ answers: items.map(() => 'stored') }));
    batcher.push(item('id'), false, performance.now() + FAR_MS, () => {});
    expect(flights).toHaveLength(0);
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(flights).toHaveLength(1);
  });

  it('answers unknown where a store named fewer answers than items, and passes on the cause', async () => {
    const cause = new Error('half an answer');
    const { batcher } = bench(async () => ({ answers: ['stored'], cause }));
    const seen: [PushAnswer, Error | undefined][] = [];
    for (const id of ['a', 'b']) {
      batcher.push(item(id), false, performance.now() + FAR_MS, (answer, error) =>
        seen.push([answer, error]),
      );
    }
    while (seen.length < 2) await nextTurn();
    expect(seen).toEqual([
      ['stored', cause],
      ['unknown', cause],
    ]);
  });

  it('gives a flight the time of its most patient passenger', async () => {
    const { batcher, flights } = bench(async ({ items }) => ({ answers: items.map(() => 'stored') }));
    const nowMs = performance.now();
    for (const [id, ms] of [
      ['a', 50],
      ['b', 900],
      ['c', 300],
    ] as const) {
      batcher.push(item(id), false, nowMs + ms, () => {});
    }
    await nextTurn();
    expect(flights[0]?.options.deadlineMs).toBeGreaterThan(800);
  });
});
