import { createQueue } from '@spillway/queue';
import { data } from './payload.ts';
import type { Database } from './harness.ts';

const SCHEMA = 'spillway';
const TABLE = 'fallback_submissions';
const QUALIFIED = `${SCHEMA}.${TABLE}`;
/** Rows are a millisecond apart, so that no two fall due together. */
const AGE = "interval '1 hour'";
const DELAY = "interval '1 day'";

export type When = 'due' | 'not due';

/**
 * Inserts this many waiting submissions into Postgres: copies of a submission that was really accepted, with all its
 * columns, but with their own ids and times. To enqueue a million would take longer than to measure them.
 */
export async function seedBacklog(
  database: Database,
  queue: string,
  count: number,
  when: When,
): Promise<void> {
  const id = await acceptOne(database, queue);
  const { rows } = await database.pool.query<{ name: string }>(
    'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position',
    [SCHEMA, TABLE],
  );
  const runAt = when === 'due' ? `now() - ${AGE}` : `now() + ${DELAY}`;
  const values: Record<string, string> = {
    id: 'uuidv7()',
    created_at: `now() - ${AGE} + n * interval '1 ms'`,
    run_at: `${runAt} + n * interval '1 ms'`,
  };
  const names = rows.map((row) => row.name);
  await database.pool.query(
    `INSERT INTO ${QUALIFIED} (${names.join(', ')})
      SELECT ${names.map((name) => values[name] ?? name).join(', ')}
      FROM ${QUALIFIED}, generate_series(1, $2::int) n WHERE id = $1`,
    [id, count],
  );
  await database.pool.query(`DELETE FROM ${QUALIFIED} WHERE id = $1`, [id]);
  await database.pool.query(`VACUUM ANALYZE ${QUALIFIED}`);
}

async function acceptOne(database: Database, queue: string): Promise<string> {
  const accepting = createQueue({
    name: queue,
    postgres: database.url,
    acceptConnections: 1,
    workConnections: 1,
  });
  try {
    return (await accepting.enqueue({ form: 'inbox', data })).id;
  } finally {
    await accepting.close();
  }
}
