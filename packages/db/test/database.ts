import { startPostgres } from '@spillway/devstack';
import { Pool } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { createDb, migrate } from '../src/index.ts';
import type { Db } from '../src/index.ts';

/** One Postgres for a test file; each call of `fresh` is a database of its own in it. */
export function useDatabases() {
  const pools: Pool[] = [];
  let server: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server?.stop();
  });
  return {
    emptyUrl: () => server.createDatabase(),
    pool(url: string): Pool {
      const pool = new Pool({ connectionString: url });
      pool.on('error', () => {});
      pools.push(pool);
      return pool;
    },
    async migrated(): Promise<Db> {
      const url = await server.createDatabase();
      await migrate(url);
      const db = createDb(url);
      pools.push(db.$client);
      return db;
    },
    server: () => server,
  };
}
