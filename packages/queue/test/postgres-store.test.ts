import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import pg from 'pg';
import { migrate, newId } from '@spillway/queue';
import { heldOf } from '../src/lease.ts';
import { PostgresStore } from '../src/postgres/store.ts';
import { describeStore } from './store-contract.ts';
import { envelope, openPool } from './support.ts';

let postgres: PostgresServer;
let pool: pg.Pool;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase();
  // Many at once, as the processes of a deployment do.
  await Promise.all([migrate(url), migrate(url), migrate(url)]);
  pool = openPool({ connectionString: url });
});

afterAll(async () => {
  await pool.end();
  await postgres.stop();
});

const open = async () => new PostgresStore(pool, newId());
const DEADLINE = { deadlineMs: 2_000 };

describeStore('Postgres', open);

describe('the Postgres store', () => {
  it('answers refused while Postgres is read-only, and stores when it is not', async () => {
    const store = await open();
    const items = [{ envelope: envelope() }];
    await postgres.setReadOnly(true);
    try {
      expect(await store.push(items, DEADLINE)).toMatchObject({ answers: ['refused'] });
      await expect(store.probe(1_000)).rejects.toThrow();
    } finally {
      await postgres.setReadOnly(false);
    }
    await store.probe(1_000);
    expect(await store.push(items, DEADLINE)).toMatchObject({ answers: ['stored'] });
  });

  it('answers unknown by its deadline while Postgres is frozen', async () => {
    const store = await open();
    await store.depth();
    await postgres.freeze();
    try {
      const result = await store.push([{ envelope: envelope() }], { deadlineMs: 200 });
      expect(result.answers).toEqual(['unknown']);
    } finally {
      await postgres.resume();
    }
  });

  it('walks on behind rows that others hold, and comes back to what was released', async () => {
    const store = await open();
    await store.push(
      Array.from({ length: 6 }, (_, n) => ({ envelope: envelope({ n }) })),
      DEADLINE,
    );
    const take = (limit: number) => store.claim({ limit, leaseMs: 30_000, worker: 'tester' });
    const first = await take(2);
    await take(2);
    await store.release(first.map(heldOf));
    const rest = [...(await take(2)), ...(await take(2))];
    expect(rest.map((claim) => claim.envelope.id)).toEqual(
      expect.arrayContaining(first.map((claim) => claim.envelope.id)),
    );
  });
});
