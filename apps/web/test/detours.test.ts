import { startPostgres, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EARLIER_GRANTS, GRANTS, grantedDatabase, play } from './detours/play.ts';
import type { Pool, Role } from './detours/play.ts';
import { callableBy, readRights } from './detours/statements.ts';

const MINUTE_MS = 60_000;
const ROLES: readonly Role[] = ['spillway_web', 'spillway_worker'];
const KINDS = {
  spillway_web: [
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
  ],
  // To a worker, delayed, held and retried ones are waiting ones, and a stalled call is a running one.
  spillway_worker: ['waiting', 'both', 'running', 'clash', 'done', 'dead', 'buried', 'discarded'],
} as const;

// Rights that are each right can be a detour together. Sequences of the statements that the grants allow are played on a submission
// in each state, and taken back. They are about one submission each: statements about two have nothing in common.
describe('rights in Postgres', () => {
  let server: PostgresServer;
  let granted: Pool;
  const pools: Pool[] = [];
  beforeAll(async () => {
    server = await startPostgres();
    granted = await database(GRANTS);
  });
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await server?.stop();
  });

  async function database(...grants: string[]): Promise<Pool> {
    const { pool } = await grantedDatabase(server, grants);
    pools.push(pool);
    return pool;
  }

  describe.for(ROLES)('of %s', (role) => {
    it.for(KINDS[role])(
      'allow no sequence of statements that loses a submission that is %s',
      { timeout: 5 * MINUTE_MS },
      async (kind) => {
        const { detours, states } = await play(granted, role, kind);
        expect(detours).toEqual([]);
        // It was no empty search.
        expect(states).toBeGreaterThan(5);
      },
    );

    it('include no function, and for a worker no table of the sign-in', async () => {
      expect(await callableBy(granted, role)).toEqual([]);
      const rights = await readRights(granted, role);
      const writable = rights.filter(
        (one) => one.deletes || one.truncates || one.inserts.length + one.updates.length > 0,
      );
      expect(writable.map(({ table }) => table)).toEqual(
        role === 'spillway_web'
          ? [
              'audit_log',
              'auth_account',
              'auth_session',
              'auth_user',
              'auth_verification',
              'controls',
              'spillway.fallback_submissions',
              'flow_minutes',
              'operations',
              'spillway.shadow_groups',
              'spillway.submission_outcomes',
            ]
          : [
              'spillway.fallback_submissions',
              'flow_minutes',
              'receipt_mails',
              'spillway.shadow_groups',
              'spillway.submission_outcomes',
              'submissions',
              'workers',
            ],
      );
      expect(rights.filter(({ truncates }) => truncates)).toEqual([]);
      const hidden = rights.filter(({ reads }) => !reads).map(({ table }) => table);
      expect(hidden).toEqual(
        role === 'spillway_web'
          ? ['receipt_mails', 'spillway.shadow_groups']
          : ['audit_log', 'auth_account', 'auth_session', 'auth_user', 'auth_verification', 'operations'],
      );
    });
  });

  it('are tested by a search that finds the gaps of the earlier grants', async () => {
    const earlier = await database(EARLIER_GRANTS);
    const { detours } = await play(earlier, 'spillway_web', 'waiting', 2);
    const promises = new Set(detours.map((detour) => detour.split('--> ')[1]));
    expect(promises).toEqual(
      new Set([
        'dated back, for retention to delete it',
        'its id is taken by other content',
        'lost or changed',
        'on record with other content',
        'postponed',
        'the audit log did not only grow',
      ]),
    );
    const around = (kind: string, role: Role) => play(earlier, role, kind, 1);
    expect((await around('dead', 'spillway_web')).detours.length).toBeGreaterThan(0);
    expect((await around('done', 'spillway_worker')).detours.length).toBeGreaterThan(0);
  });

  it('do not let web record a waiting submission as dead, delete it, and delete that record', async () => {
    const sequence = [
      `INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, payload, conflicts_with)
       SELECT queue, id, form, 'dead', 0, generation, digest, created_at, data, id FROM spillway.fallback_submissions
       WHERE id = (SELECT id FROM harness.accepted WHERE kind = 'waiting')`,
      `DELETE FROM spillway.fallback_submissions WHERE id = (SELECT id FROM harness.accepted WHERE kind = 'waiting')`,
      `DELETE FROM spillway.submission_outcomes WHERE id = (SELECT id FROM harness.accepted WHERE kind = 'waiting')`,
    ];
    const earlier = await asWeb(await database(EARLIER_GRANTS));
    for (const statement of sequence) expect((await earlier.query(statement)).rowCount).toBe(1);
    earlier.release(true);
    const now = await asWeb(granted);
    for (const statement of sequence.slice(0, 2))
      await expect(now.query(statement)).rejects.toMatchObject({ code: '42501' });
    // The third deletes nothing: there is nothing.
    expect((await now.query(String(sequence[2]))).rowCount).toBe(0);
    now.release(true);
  });

  it('are tightened where the earlier grants are in place, and stay as they are when granted again', async () => {
    const fresh = await rightsIn(granted);
    expect(await rightsIn(await database(EARLIER_GRANTS, GRANTS))).toEqual(fresh);
    expect(await rightsIn(await database(GRANTS, GRANTS))).toEqual(fresh);
    expect(await rightsIn(await database(EARLIER_GRANTS))).not.toEqual(fresh);
  });

  it('do not let two transactions together delete a row and the outcome that it relies on', async () => {
    const id = `(SELECT id FROM harness.accepted WHERE kind = 'both')`;
    const deleteRow = `DELETE FROM spillway.fallback_submissions WHERE id = ${id}`;
    const deleteOutcome = `DELETE FROM spillway.submission_outcomes WHERE id = ${id}`;
    for (const [first, second] of [
      [deleteRow, deleteOutcome],
      [deleteOutcome, deleteRow],
    ] as const) {
      const pool = await database(GRANTS);
      const [one, other] = await Promise.all([pool.connect(), pool.connect()]);
      for (const client of [one, other]) await client.query('BEGIN; SET LOCAL ROLE spillway_web');
      await one.query(first);
      const blocked = other.query(second).then(
        () => 'deleted',
        (error: unknown) => error,
      );
      const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      await waitFor(async () => (await pool.query(waiting)).rowCount === 1);
      await one.query('COMMIT');
      expect(await blocked).toMatchObject({ code: '42501' });
      await other.query('ROLLBACK');
      one.release();
      other.release();
    }
  });

  it('are not widened by an old snapshot', async () => {
    const client = await granted.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL ROLE spillway_web');
    await expect(client.query('DELETE FROM spillway.fallback_submissions')).rejects.toMatchObject({
      code: '42501',
    });
    await client.query('ROLLBACK');
    client.release();
  });

  it('let a worker delete outcomes whose retention is over, and no younger ones', async () => {
    const pool = await database(GRANTS);
    await pool.query(`SET session_replication_role = replica; UPDATE spillway.submission_outcomes SET settled_at = now() - interval '32 days'
      WHERE id IN (SELECT id FROM harness.accepted WHERE kind IN ('discarded', 'dead')); RESET session_replication_role`);
    const client = await pool.connect();
    await client.query('SET ROLE spillway_worker');
    const { rows } = await client.query<{ id: string }>(
      `DELETE FROM spillway.submission_outcomes WHERE status <> 'running' RETURNING id`,
    );
    await client.query('RESET ROLE');
    client.release();
    const kinds = await pool.query<{ kind: string }>('SELECT kind FROM harness.accepted WHERE id = ANY($1)', [
      rows.map((row) => row.id),
    ]);
    expect(kinds.rows).toEqual([{ kind: 'discarded' }]);
  });
});

async function asWeb(pool: Pool) {
  const client = await pool.connect();
  await client.query('SET ROLE spillway_web');
  return client;
}

/** All that the catalog says of rights, policies and triggers. */
async function rightsIn(pool: Pool): Promise<unknown> {
  const { rows } = await pool.query(`
    SELECT relname AS name, relrowsecurity::text AS what, relacl::text AS acl FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')
    UNION ALL SELECT attrelid::regclass::text, attname, attacl::text FROM pg_attribute
      WHERE attacl IS NOT NULL AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT tablename, policyname, concat_ws(' ', roles, cmd, qual, with_check) FROM pg_policies
    UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT proname, prosecdef::text, concat_ws(' ', proacl, proconfig) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3`);
  return rows;
}
