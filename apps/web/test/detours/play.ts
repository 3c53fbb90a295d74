import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDb, migrate } from '@spillway/db';
import type { Db } from '@spillway/db';
import type { PostgresServer } from '@spillway/devstack';
import { migrate as migrateQueue } from '@spillway/queue';
import { plainOnesOf, readRights, statementsFor } from './statements.ts';

export type Pool = Db['$client'];
export type Role = 'spillway_web' | 'spillway_worker';

const HERE = import.meta.dirname;
const SQL = join(HERE, '../../../../deploy/sql');
export const GRANTS = join(SQL, 'grants.sql');
export const EARLIER_GRANTS = join(HERE, 'earlier-grants.sql');

/** Of every role here. */
const PASSWORD = 'of-the-roles-for-the-tests';

export function asRole(url: string, role: Role | 'spillway_migrator'): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = PASSWORD;
  return changed.href;
}

/** A database with a submission in each state, the roles, and these grants, one after the other. The caller ends the pool. */
export async function grantedDatabase(
  server: PostgresServer,
  grants: readonly string[],
): Promise<{ pool: Pool; url: string }> {
  const url = await server.createDatabase();
  const pool = createDb(url).$client;
  await runFile(pool, join(SQL, 'roles.sql'));
  for (const role of ['spillway_migrator', 'spillway_web', 'spillway_worker'])
    await pool.query(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
  const owner = createDb(asRole(url, 'spillway_migrator')).$client;
  try {
    await migrateQueue(owner);
    await migrate(owner);
    await runFile(pool, join(HERE, 'seed.sql'));
    for (const file of grants) await runFile(owner, file);
    await runFile(pool, join(HERE, 'harness.sql'));
  } finally {
    await owner.end();
  }
  return { pool, url };
}

async function runFile(pool: Pool, file: string): Promise<void> {
  await pool.query(await readFile(file, 'utf8'));
}

interface Found {
  readonly statement: string;
  readonly state: string;
  readonly broken: string | null;
}

/** What was played on one submission. */
interface Played {
  /** Sequences that break a promise, with the promise. */
  readonly detours: readonly string[];
  /** How many states were reached that keep them. */
  readonly states: number;
}

/**
 * Plays on the submission of this kind whatever the role may do: every sequence of two statements, and of three where the third is one
 * of the plain ones. A state is gone on from once, however it is reached.
 */
export async function play(pool: Pool, role: Role, kind: string, depth = 3): Promise<Played> {
  const { rows } = await pool.query<{ id: string; form: string; data: string; digest: string }>(
    'SELECT id, form, data, digest FROM harness.accepted WHERE kind = $1',
    [kind],
  );
  const [row] = rows;
  if (!row) throw new Error(`No submission is ${kind}.`);
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const target = {
    id: literal(row.id),
    form: literal(row.form),
    data: literal(row.data),
    digest: literal(row.digest),
  };
  const statements = statementsFor(await readRights(pool, role), target);
  const known: string[] = [];
  const detours: string[] = [];
  let paths: string[][] = [[]];
  for (let length = 1; length <= depth; length += 1) {
    const next: string[][] = [];
    for (const path of paths) {
      for (const { statement, state, broken } of await tryEach(
        pool,
        role,
        row.id,
        path,
        length < 3 ? statements : plainOnesOf(statements),
        known,
      )) {
        known.push(state);
        if (broken === null) next.push([...path, statement]);
        else detours.push(`${[...path, statement].join(';\n')}\n--> ${broken}`);
      }
    }
    paths = next;
  }
  return { detours, states: known.length - detours.length };
}

/** In a transaction of its own, which is rolled back. */
async function tryEach(
  pool: Pool,
  role: Role,
  id: string,
  path: readonly string[],
  statements: readonly string[],
  known: readonly string[],
): Promise<Found[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<Found>('SELECT * FROM harness.try_each($1, $2, $3, $4, $5)', [
      role,
      id,
      path,
      statements,
      known,
    ]);
    return rows;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
