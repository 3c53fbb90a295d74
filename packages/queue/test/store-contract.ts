import { describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import type { Claim, PushItem, Store } from '../src/contract/store.ts';
import { heldOf } from '../src/work/lease.ts';
import { envelope } from './support.ts';

const DEADLINE = { deadlineMs: 60_000 };
const LEASE_MS = 30_000;
/** Short enough to run out within a test, long enough not to run out between two calls. */
const SHORT_LEASE_MS = 100;

/** What every store promises. `open` gives an empty store each time. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`${name} as a store`, () => {
    it('hands out what was pushed, unchanged and in order', async () => {
      const store = await open();
      const items = pushItems(3, { text: 'a\u0000b\ud800c', big: 1e300, nested: [null, { é: '\u2028' }] });
      expect((await store.push(items, DEADLINE)).answers).toEqual(['stored', 'stored', 'stored']);
      const claims = await claim(store);
      expect(claims.map((one) => one.envelope)).toEqual(items.map((item) => item.envelope));
      expect(claims.map((one) => one.attempt)).toEqual([1, 1, 1]);
    });

    it('answers duplicate for the same content under the same id, and holds it once', async () => {
      const store = await open();
      const items = pushItems(1);
      await store.push(items, DEADLINE);
      expect((await store.push(items, DEADLINE)).answers).toEqual(['duplicate']);
      expect(await claim(store)).toHaveLength(1);
      expect((await store.push(items, DEADLINE)).answers).toEqual(['duplicate']);
    });

    it('answers conflict for other content under the same id, and keeps the first', async () => {
      const store = await open();
      const [first] = pushItems(1);
      const other = { envelope: envelope({ other: true }, { id: first.envelope.id }) };
      await store.push([first], DEADLINE);
      expect((await store.push([other], DEADLINE)).answers).toEqual(['conflict']);
      expect((await claim(store)).map((one) => one.envelope.payload)).toEqual([first.envelope.payload]);
    });

    it('answers each item of a push for itself', async () => {
      const store = await open();
      const [old, fresh] = pushItems(2);
      await store.push([old], DEADLINE);
      expect((await store.push([fresh, old], DEADLINE)).answers).toEqual(['stored', 'duplicate']);
    });

    it('hands out a submission as it was pushed, with its trace where it has one', async () => {
      const store = await open();
      const [plain, { envelope: other }] = pushItems(2);
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const items = [plain, { envelope: { ...other, traceparent } }];
      await store.push(items, DEADLINE);
      const claimed = (await claim(store)).map((one) => one.envelope);
      expect(claimed).toEqual(expect.arrayContaining(items.map((item) => item.envelope)));
    });

    it('hands a leased submission to nobody else', async () => {
      const store = await open();
      await store.push(pushItems(5), DEADLINE);
      const claims = (
        await Promise.all([claim(store, { limit: 2 }), claim(store, { limit: 2 }), claim(store)])
      ).flat();
      const rest = await claim(store);
      expect(new Set([...claims, ...rest].map((one) => one.envelope.id)).size).toBe(5);
      expect([...claims, ...rest]).toHaveLength(5);
    });

    it('does not hand out before its time what is scheduled', async () => {
      const store = await open();
      const [item] = pushItems(1);
      await store.push([{ ...item, runAtMs: Date.now() + 60_000 }], DEADLINE);
      expect(await claim(store)).toEqual([]);
      expect(await store.depth()).toMatchObject({ ready: 0, delayed: 1, active: 0 });
    });

    it('hands out a retried submission after its delay, as the next attempt, with its history', async () => {
      const store = await open();
      await store.push(pushItems(1), DEADLINE);
      const [first] = await claim(store);
      const history = [{ attempt: 1, at: new Date().toISOString(), error: 'no' }];
      await store.retry([{ ...heldOf(need(first)), delayMs: 50, history }]);
      const [second] = await waitFor(async () => {
        const claims = await claim(store);
        return claims.length > 0 ? claims : undefined;
      });
      expect(second).toMatchObject({ attempt: 2, history });
    });

    it('does not count an attempt that was none', async () => {
      const store = await open();
      await store.push(pushItems(1), DEADLINE);
      const [first] = await claim(store);
      const history = [
        { attempt: 1, at: new Date().toISOString(), error: 'not yet', snoozed: true as const },
      ];
      await store.retry([{ ...heldOf(need(first)), delayMs: 0, history, uncounted: true }]);
      const [second] = await waitFor(async () => {
        const claims = await claim(store);
        return claims.length > 0 ? claims : undefined;
      });
      expect(second).toMatchObject({ attempt: 1, history });
    });

    it('keeps count and history of attempts that were made elsewhere', async () => {
      const store = await open();
      const [item] = pushItems(1);
      const history = [{ attempt: 3, at: new Date().toISOString(), error: 'no' }];
      await store.push([{ ...item, attempts: 3, history }], DEADLINE);
      expect(await claim(store)).toMatchObject([{ attempt: 4, history }]);
    });

    it('keeps the history of what was only snoozed elsewhere', async () => {
      const store = await open();
      const [item] = pushItems(1);
      const history = [
        { attempt: 1, at: new Date().toISOString(), error: 'not yet', snoozed: true as const },
      ];
      await store.push([{ ...item, attempts: 0, history }], DEADLINE);
      expect(await claim(store)).toMatchObject([{ attempt: 1, history }]);
    });

    it('gives the attempt back at a release, and hands the submission out again at once', async () => {
      const store = await open();
      await store.push(pushItems(2), DEADLINE);
      const claims = await claim(store);
      await store.release(claims.map(heldOf));
      expect((await claim(store)).map((one) => one.attempt)).toEqual([1, 1]);
    });

    it('hands out an expired lease alone, so that it cannot take neighbours along', async () => {
      const store = await open();
      await store.push(pushItems(1), DEADLINE);
      const [lost] = await claim(store, { leaseMs: 1 });
      await store.push(pushItems(3), DEADLINE);
      const expiredAtMs = Date.now() + 5;
      await waitFor(() => Date.now() > expiredAtMs);
      const claims = await claim(store);
      expect(claims.map((one) => one.envelope.id)).toEqual([need(lost).envelope.id]);
      expect(claims[0]?.attempt).toBe(2);
      expect(await claim(store)).toHaveLength(3);
    });

    it('lets a stale token change nothing', async () => {
      const store = await open();
      await store.push(pushItems(1), DEADLINE);
      const [stale] = await claim(store, { leaseMs: SHORT_LEASE_MS });
      const [current] = await waitFor(async () => {
        const claims = await claim(store);
        return claims.length > 0 ? claims : undefined;
      });
      const held = heldOf(need(stale));
      expect(await store.extend([held], LEASE_MS)).toEqual([held.id]);
      await store.retry([{ ...held, delayMs: 0, history: [] }]);
      await store.release([held]);
      expect(await claim(store)).toEqual([]);
      expect(await store.extend([heldOf(need(current))], LEASE_MS)).toEqual([]);
    });

    it('keeps an extended lease from running out', async () => {
      const store = await open();
      await store.push(pushItems(2), DEADLINE);
      const [extended, left] = await claim(store, { leaseMs: SHORT_LEASE_MS });
      await store.extend([heldOf(need(extended))], LEASE_MS);
      const [back] = await waitFor(async () => {
        const claims = await claim(store);
        return claims.length > 0 ? claims : undefined;
      });
      expect(back?.envelope.id).toBe(need(left).envelope.id);
      expect(await claim(store)).toEqual([]);
    });

    it('forgets what is settled', async () => {
      const store = await open();
      const items = pushItems(2);
      await store.push(items, DEADLINE);
      const [settled] = await claim(store, { limit: 1 });
      await store.ack([need(settled).envelope]);
      expect(await store.has(items.map((item) => item.envelope.id))).toEqual(new Set([items[1].envelope.id]));
      expect(await store.depth()).toMatchObject({ ready: 1, active: 0 });
    });

    it('does not forget other content, or a newer generation, under the same id', async () => {
      const store = await open();
      const [item] = pushItems(1);
      const { id, digest, generation } = item.envelope;
      await store.push([{ envelope: { ...item.envelope, generation: 2 } }], DEADLINE);
      await store.ack([{ id, digest, generation }]);
      await store.ack([{ id, digest: 'other', generation: 2 }]);
      expect(await store.has([id])).toEqual(new Set([id]));
    });

    it('lets a newer generation replace an older one, and then ignores the older one', async () => {
      const store = await open();
      const [item] = pushItems(1);
      await store.push([item], DEADLINE);
      const [old] = await claim(store);
      const retried = { envelope: { ...item.envelope, generation: 2 } };
      expect((await store.push([retried], DEADLINE)).answers).toEqual(['stored']);
      expect((await store.push([item], DEADLINE)).answers).toEqual(['duplicate']);
      await store.retry([{ ...heldOf(need(old)), delayMs: 0, history: [] }]);
      const claims = await claim(store);
      expect(claims).toMatchObject([{ attempt: 1, envelope: { generation: 2 } }]);
      expect(await claim(store)).toEqual([]);
    });

    it('counts what it holds by state', async () => {
      const store = await open();
      const items = pushItems(4);
      await store.push(items.slice(0, 3), DEADLINE);
      await store.push([{ envelope: items[3].envelope, runAtMs: Date.now() + 60_000 }], DEADLINE);
      await claim(store, { limit: 1 });
      expect(await store.depth()).toMatchObject({ ready: 2, delayed: 1, active: 1, capped: false });
    });

    it('answers for each item also where the deadline is over at once', async () => {
      const store = await open();
      expect((await store.push(pushItems(2), { deadlineMs: 1 })).answers).toHaveLength(2);
    });
  });
}

function claim(store: Store, options: { limit?: number; leaseMs?: number } = {}): Promise<Claim[]> {
  return store.claim({ limit: 100, leaseMs: LEASE_MS, worker: 'tester', ...options });
}

/** `count` items; the type lets tests name the first four without asking whether they are there. */
function pushItems(count: number, data?: unknown): PushItem[] & [PushItem, PushItem, PushItem, PushItem] {
  const item = (index: number): PushItem => ({ envelope: envelope(data ?? { index }) });
  return Array.from({ length: count }, (_, index) => item(index)) as PushItem[] &
    [PushItem, PushItem, PushItem, PushItem];
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}
