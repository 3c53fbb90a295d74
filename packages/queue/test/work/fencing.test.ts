import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '@spillway/devstack';
import { newId } from '@spillway/queue';
import { heldOf } from '../../src/work/lease.ts';
import type { Transaction } from '../../src/contract/transaction.ts';
import { retryDead } from '../../src/postgres/operator-actions.ts';
import { isLockTimeout } from '../../src/postgres/connection/failures.ts';
import type { Settlement } from '../../src/contract/ledger.ts';
import { HandlerError } from '../../src/contract/failures.ts';
import {
  abandonExternal,
  beginExternal,
  finishExternal,
  settleBatch,
  settleDead,
} from '../../src/postgres/settle/settle.ts';
import type { QueueTables } from '../../src/postgres/statement/tables.ts';
import { PostgresStore } from '../../src/postgres/store.ts';
import { Recovery } from '../../src/maintenance/recovery.ts';
import { createFallbackRows } from '../../src/postgres/fallback-rows.ts';
import { connect } from '../../src/redis/connection.ts';
import type { RedisClient } from '../../src/redis/connection.ts';
import { RedisStore } from '../../src/redis/store.ts';
import type { Claim, Store } from '../../src/contract/store.ts';
import { envelope, freshDatabase, openPool, startStores, tables } from '../support.ts';
import type { Stack } from '../support.ts';

/*
 * What keeps copies, zombies and crashes from doing harm, each guard by itself, on real stores. scripts/mutants.ts takes
 * the guards away one at a time and expects these tests to notice. The effect is a row in a table without any key.
 */

const DEADLINE = { deadlineMs: 60_000 };
const LEASE_MS = 30_000;

let stack: Stack;
let pool: pg.Pool;
let client: RedisClient;

beforeAll(async () => {
  stack = await startStores();
  pool = openPool({ connectionString: await freshDatabase(stack) });
  await pool.query('CREATE TABLE effects (id uuid)');
});

afterAll(async () => {
  client?.disconnect();
  await pool.end();
  await stack[Symbol.asyncDispose]();
});

interface Bench {
  readonly queue: QueueTables;
  readonly postgres: PostgresStore;
  readonly redis: RedisStore;
}

async function open(): Promise<Bench> {
  const queue = tables(`fencing-${newId().slice(-12)}`);
  client?.disconnect();
  const connection = connect(stack.redis.url, queue.name, 'work');
  client = connection.client;
  await new Promise((resolve) => client.once('ready', resolve));
  const redis = new RedisStore(connection.call, { maxDepth: 1_000 });
  return { queue, postgres: new PostgresStore(pool, queue), redis };
}

async function effectsOf(claim: Claim): Promise<number> {
  const { rows } = await pool.query('SELECT FROM effects WHERE id = $1', [claim.envelope.id]);
  return rows.length;
}

async function outcomeOf(
  queue: QueueTables,
  claim: Claim,
): Promise<{ status: string; generation: number } | undefined> {
  const { rows } = await pool.query<{ status: string; generation: number }>(
    'SELECT status, generation FROM spillway.submission_outcomes WHERE queue = $1 AND id = $2',
    [queue.name, claim.envelope.id],
  );
  return rows[0];
}

async function takeEffect(inserted: readonly Claim[], tx: Transaction): Promise<void> {
  for (const { envelope: one } of inserted) await tx.execute(sql`INSERT INTO effects VALUES (${one.id})`);
}

/** One submission, claimed from this store. */
async function claimed(store: Store, leaseMs = LEASE_MS, worker = 'tester'): Promise<Claim> {
  await store.push([{ envelope: envelope() }], DEADLINE);
  return claimAgain(store, leaseMs, worker);
}

function claimAgain(store: Store, leaseMs = LEASE_MS, worker = 'tester'): Promise<Claim> {
  return waitFor(async () => (await store.claim({ limit: 10, leaseMs, worker }))[0]);
}

describe('settling', () => {
  it('lets one of many copies take effect, however many settle at once', async () => {
    const { queue, postgres } = await open();
    const claim = await claimed(postgres);
    // A copy that waits too long for the lock of another one is postponed, and settles later.
    const settle = (): Promise<Settlement> =>
      settleBatch(pool, queue, [claim], takeEffect).catch((error: unknown) => {
        if (isLockTimeout(error)) return settle();
        throw error;
      });
    const settled = await Promise.all(Array.from({ length: 5 }, settle));
    expect(settled.flatMap((one) => one.inserted)).toHaveLength(1);
    await settleBatch(pool, queue, [claim], takeEffect);
    expect(await effectsOf(claim)).toBe(1);
  });

  it('lets only what is new in a batch take effect', async () => {
    const { queue, postgres } = await open();
    const [before, fresh] = [await claimed(postgres), await claimed(postgres)];
    await settleBatch(pool, queue, [before], takeEffect);
    expect(await settleBatch(pool, queue, [before, fresh], takeEffect)).toMatchObject({
      inserted: [fresh],
      alreadySettled: [before],
    });
    expect([await effectsOf(before), await effectsOf(fresh)]).toEqual([1, 1]);
  });

  it('leaves no effect, no outcome and the row where the handler fails after its effects', async () => {
    const { queue, postgres } = await open();
    const claim = await claimed(postgres);
    const failing = settleBatch(pool, queue, [claim], async (fresh, tx) => {
      await takeEffect(fresh, tx);
      throw new Error('too late');
    });
    await expect(failing).rejects.toThrow(HandlerError);
    expect(await effectsOf(claim)).toBe(0);
    expect(await outcomeOf(queue, claim)).toBeUndefined();
    expect(await postgres.has([claim.envelope.id])).toEqual(new Set([claim.envelope.id]));
  });

  it('takes the row away together with the outcome', async () => {
    const { queue, postgres } = await open();
    const claim = await claimed(postgres);
    await settleBatch(pool, queue, [claim], takeEffect);
    expect(await outcomeOf(queue, claim)).toMatchObject({ status: 'done' });
    expect(await postgres.has([claim.envelope.id])).toEqual(new Set());
  });
});

describe("an operator's retry", () => {
  async function retried(): Promise<Bench & { old: Claim }> {
    const bench = await open();
    const old = await claimed(bench.postgres);
    await settleDead(pool, bench.queue, [{ claim: old, error: 'no', history: [] }]);
    expect(await retryDead(pool, bench.queue, [old.envelope.id], async () => {})).toEqual([old.envelope.id]);
    return { ...bench, old };
  }

  it('makes a new generation, against which an older copy can do nothing', async () => {
    const { queue, postgres, old } = await retried();
    expect(await settleBatch(pool, queue, [old], takeEffect)).toMatchObject({
      inserted: [],
      alreadySettled: [old],
    });
    await settleDead(pool, queue, [{ claim: old, error: 'no', history: [] }]);
    await postgres.ack([old.envelope]);
    expect(await effectsOf(old)).toBe(0);
    expect(await outcomeOf(queue, old)).toBeUndefined();
    expect(await claimAgain(postgres)).toMatchObject({ attempt: 1, envelope: { generation: 2 } });
  });

  it('takes effect once, and the older copy not even then', async () => {
    const { queue, postgres, old } = await retried();
    const again = await claimAgain(postgres);
    await settleBatch(pool, queue, [again], takeEffect);
    await settleBatch(pool, queue, [old], takeEffect);
    expect(await effectsOf(again)).toBe(1);
    expect(await outcomeOf(queue, again)).toEqual({ status: 'done', generation: 2 });
  });

  it('loses no other content that was accepted under the id meanwhile', async () => {
    const { queue, redis, old } = await retried();
    const other = envelope({ other: true }, { id: old.envelope.id });
    await redis.push([{ envelope: other }], DEADLINE);
    const claim = await claimAgain(redis);
    const { inserted, alreadySettled } = await settleBatch(pool, queue, [claim], takeEffect);
    expect([...inserted, ...alreadySettled]).toEqual([claim]);
    const { rows } = await pool.query(
      'SELECT FROM spillway.submission_outcomes WHERE queue = $1 AND digest = $2',
      [queue.name, other.digest],
    );
    expect(rows).toHaveLength(1);
  });

  it('replaces an older copy in Redis, and is not forgotten with it', async () => {
    const { postgres, redis, old } = await retried();
    await redis.push([{ envelope: old.envelope }], DEADLINE);
    const zombie = await claimAgain(redis);
    const again = await claimAgain(postgres);
    expect((await redis.push([{ envelope: again.envelope }], DEADLINE)).answers).toEqual(['stored']);
    await redis.retry([{ ...heldOf(zombie), delayMs: 60_000, history: [] }]);
    await redis.ack([zombie.envelope]);
    expect(await claimAgain(redis)).toMatchObject({ envelope: { generation: 2 } });
  });
});

describe('recovery', () => {
  async function recovered(bench: Bench): Promise<Recovery> {
    const recovery = new Recovery({
      ...bench,
      queue: bench.queue.name,
      rows: createFallbackRows(pool, bench.queue),
      highWater: 100,
    });
    await waitFor(async () => (await recovery.runOnce()).pushed > 0);
    return recovery;
  }

  it('tells Redis of a row and leaves the row where it is', async () => {
    const bench = await open();
    const item = { envelope: envelope() };
    await bench.postgres.push([item], DEADLINE);
    await recovered(bench);
    const ids = [item.envelope.id];
    expect(await bench.redis.has(ids)).toEqual(new Set(ids));
    expect(await bench.postgres.has(ids)).toEqual(new Set(ids));
  });

  it('tells Redis again when Redis has forgotten', async () => {
    const bench = await open();
    const item = { envelope: envelope() };
    await bench.postgres.push([item], DEADLINE);
    const recovery = await recovered(bench);
    await stack.redis.flush();
    await waitFor(async () => (await recovery.runOnce()).pushed > 0);
    expect(await bench.redis.has([item.envelope.id])).toEqual(new Set([item.envelope.id]));
  });
});

describe.each(['redis', 'postgres'] as const)('what %s holds', (name) => {
  it('is replaced by no other content under its id, of whatever generation', async () => {
    const { [name]: store } = await open();
    const first = envelope({ n: 1 });
    await store.push([{ envelope: first }], DEADLINE);
    const other = envelope({ n: 2 }, { id: first.id, generation: 2 });
    expect((await store.push([{ envelope: other }], DEADLINE)).answers).toEqual(['conflict']);
    expect((await claimAgain(store)).envelope.payload).toBe(first.payload);
  });
});

describe.each(['redis', 'postgres'] as const)('a lease in %s', (name) => {
  it('that ran out with others hands each of them out alone', async () => {
    const { [name]: store } = await open();
    await store.push(
      Array.from({ length: 3 }, (_, n) => ({ envelope: envelope({ n }) })),
      DEADLINE,
    );
    expect(await store.claim({ limit: 10, leaseMs: 1, worker: 'crashes' })).toHaveLength(3);
    const sizes: number[] = [];
    await waitFor(async () => {
      const claims = await store.claim({ limit: 10, leaseMs: LEASE_MS, worker: 'tester' });
      if (claims.length > 0) sizes.push(claims.length);
      return sizes.length === 3;
    });
    expect(sizes).toEqual([1, 1, 1]);
  });

  it('is not taken from another by a release that is repeated because its answer was lost', async () => {
    const { [name]: store } = await open();
    const first = await claimed(store, LEASE_MS, 'first');
    await store.release([heldOf(first)]);
    const second = await claimAgain(store, LEASE_MS, 'second');
    await store.release([heldOf(first)]);
    expect(await store.claim({ limit: 1, leaseMs: LEASE_MS, worker: 'third' })).toEqual([]);
    expect(await store.extend([heldOf(second)], LEASE_MS)).toEqual([]);
  });
});

describe('an external call', () => {
  /** Long enough that its call is under way, short enough to wait for its end. */
  const SHORT_MS = 50;

  it('is one worker’s to make while its lease lasts', async () => {
    const { queue, redis } = await open();
    const claim = await claimed(redis);
    expect(await beginExternal(pool, queue, claim, 'one', LEASE_MS)).toMatchObject({ inserted: [claim] });
    expect(await beginExternal(pool, queue, claim, 'other', LEASE_MS)).toMatchObject({
      inserted: [],
      inProgress: [claim],
    });
  });

  it('is another’s to make once that lease has run out, and not once it is done', async () => {
    const { queue, redis } = await open();
    const claim = await claimed(redis);
    await beginExternal(pool, queue, claim, 'one', SHORT_MS);
    await waitFor(
      async () => (await beginExternal(pool, queue, claim, 'other', SHORT_MS)).inserted.length === 1,
    );
    await finishExternal(pool, queue, claim);
    expect(await beginExternal(pool, queue, claim, 'third', LEASE_MS)).toMatchObject({
      inserted: [],
      alreadySettled: [claim],
    });
  });

  it('that succeeded leaves an outcome, though another worker had taken it over and failed', async () => {
    const { queue, postgres } = await open();
    const claim = await claimed(postgres);
    await beginExternal(pool, queue, claim, 'slow', SHORT_MS);
    await waitFor(
      async () => (await beginExternal(pool, queue, claim, 'other', LEASE_MS)).inserted.length === 1,
    );
    await abandonExternal(pool, queue, claim, 'other');
    await finishExternal(pool, queue, claim);
    expect(await outcomeOf(queue, claim)).toMatchObject({ status: 'done' });
  });

  it('that is under way does not make a push a duplicate of nothing', async () => {
    const { queue, postgres, redis } = await open();
    const claim = await claimed(redis);
    await beginExternal(pool, queue, claim, 'crashes', SHORT_MS);
    await stack.redis.flush();
    const { answers } = await postgres.push([{ envelope: claim.envelope }], DEADLINE);
    expect(['stored', 'duplicate']).toContain(answers[0]);
    // Acknowledged, so somebody must be able to work on it.
    expect(await postgres.has([claim.envelope.id])).toEqual(new Set([claim.envelope.id]));
  });
});
