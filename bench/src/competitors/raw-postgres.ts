import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { text } from '../payload.ts';
import type { Database, Harness } from '../harness.ts';
import type { Entrant, Producer } from './competitor.ts';

const ROWS = 200;
const CLAIM = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

async function open(harness: Harness): Promise<Database> {
  const database = await harness.database();
  await database.pool.query(
    'CREATE TABLE jobs (id uuid PRIMARY KEY, data text NOT NULL, run_at timestamptz NOT NULL DEFAULT now(), attempts int NOT NULL DEFAULT 0)',
  );
  return database;
}

/** A row at a time, through a pool of 16. */
export const insertOne: Entrant<Producer> = {
  name: 'pg INSERT',
  open: async (harness) => {
    const statement = { name: 'insert', text: 'INSERT INTO jobs (id, data) VALUES ($1, $2)' };
    return produce(await open(harness), (pool) => pool.query({ ...statement, values: [randomUUID(), text] }));
  },
};

/** The limit: 200 rows in one statement. */
export const insertMany: Entrant<Producer> = {
  name: `pg INSERT of ${ROWS}`,
  open: async (harness) => {
    const statement = {
      name: 'insert-many',
      text: 'INSERT INTO jobs (id, data) SELECT * FROM unnest($1::uuid[], $2::text[])',
    };
    const texts = Array.from({ length: ROWS }, () => text);
    const ids = () => Array.from({ length: ROWS }, () => randomUUID());
    const submit = (pool: Pool) => pool.query({ ...statement, values: [ids(), texts] });
    return { ...produce(await open(harness), submit), perCall: ROWS };
  },
};

function produce({ pool, ...rest }: Database, submit: (pool: Pool) => Promise<unknown>): Producer {
  return {
    submit: () => submit(pool),
    clear: async () => void (await pool.query('TRUNCATE jobs')),
    [Symbol.asyncDispose]: () => rest[Symbol.asyncDispose](),
  };
}

/** Claims rows of a bare table, 500 at a time, going on behind the last: what `SKIP LOCKED` gives at best. */
export async function openClaim(harness: Harness) {
  const database = await open(harness);
  await database.pool.query('ALTER TABLE jobs SET (fillfactor = 70)');
  const statement = {
    name: 'claim',
    text: `UPDATE jobs SET attempts = attempts + 1 WHERE id IN (
      SELECT id FROM jobs WHERE id > $1 AND run_at <= now() ORDER BY id LIMIT ${CLAIM} FOR UPDATE SKIP LOCKED)
      RETURNING id, data`,
  };
  let last = FIRST_ID;
  return {
    fill: async (count: number) => {
      last = FIRST_ID;
      await database.pool.query('TRUNCATE jobs');
      await database.pool.query(
        'INSERT INTO jobs (id, data) SELECT uuidv7(), $1 FROM generate_series(1, $2::int)',
        [text, count],
      );
      await database.pool.query('VACUUM ANALYZE jobs');
    },
    move: async () => {
      const { rows } = await database.pool.query<{ id: string }>({ ...statement, values: [last] });
      for (const { id } of rows) if (id > last) last = id;
      return rows.length;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
