import { startPostgres } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EARLIER_GRANTS, GRANTS, grantedDatabase, play } from './detours/play.ts';
import type { Pool, Role } from './detours/play.ts';
import { callableBy } from './detours/statements.ts';

const MINUTE_MS = 60_000;
const ROLES: readonly Role[] = ['spillway_web', 'spillway_worker'];
const KINDS = [
  'waiting',
  'delayed',
  'held',
  'again',
  'both',
  'running',
  'stalled',
  'clash',
  'done',
  'dead',
  'buried',
  'discarded',
] as const;

// Rights that are each right can be a detour together. Sequences of the statements that the grants allow are played on a submission
// in each state, and taken back. They are about one submission each: statements about two have nothing in common.
describe('rights in Postgres', () => {
  let server: PostgresServer;
  const pools: Pool[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server?.stop();
  });

  async function granted(...grants: string[]): Promise<Pool> {
    const { pool } = await grantedDatabase(server, grants);
    pools.push(pool);
    return pool;
  }

  describe.for(ROLES)('of %s', (role) => {
    it.for(KINDS)('lead to no detour around a %s submission', { timeout: 5 * MINUTE_MS }, async (kind) => {
      const pool = await granted(GRANTS);
      const { detours, states } = await play(pool, role, kind);
      console.log(role, kind, states);
      expect(detours).toEqual([]);
    });
  });
});
void EARLIER_GRANTS; void callableBy;
