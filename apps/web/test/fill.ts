import type { Db } from '@spillway/db';
import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';

/* Rows as the queue would have written them: thousands at once, and in states that take long to come about. */

interface Rows {
  readonly queue: string;
  readonly times: number;
  /** Of their ids; those of one test begin otherwise than those of another. */
  readonly prefix: string;
  readonly form?: string;
}

/** The id of a row: `fill('01a20775', 7)` ends in …0007. */
export function filledId(prefix: string, n: number): string {
  return `${prefix}-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

function idsOf({ prefix }: Rows): SQL {
  return sql`(${`${prefix}-0000-7000-8000-`} || lpad(n::text, 12, '0'))::uuid`;
}

const PAYLOAD = sql`json_build_object('name', 'Person ' || n, 'email', 'person' || n || '@example.com',
  'message', 'Question ' || n || ': <b>is the hall open?</b>', 'order', 9007199254740993)::text`;

/** Rows of `fillSlow` that a search looks through at once, in one stretch. */
const QUICK = 100;
const SLOW_TEXT = 'It takes its time.';

/**
 * As waiting rows, of which a search looks through the first hundred at once, and then takes a tenth of a second for each
 * row, however fast the machine is. Gives the address under which it does so.
 */
export async function fillSlow(db: Db, databaseUrl: string, rows: Rows): Promise<string> {
  await db.execute(sql`CREATE SCHEMA slow`);
  await db.execute(sql`
    CREATE FUNCTION slow.matches(payload text, pattern text) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN
        IF payload LIKE ${sql.raw(`'%${SLOW_TEXT}%'`)} THEN PERFORM pg_sleep(0.1); END IF;
        RETURN payload OPERATOR(pg_catalog.~~*) pattern;
      END $$`);
  // What ILIKE stands for.
  await db.execute(sql`CREATE OPERATOR slow.~~* (LEFTARG = text, RIGHTARG = text, FUNCTION = slow.matches)`);
  await db.execute(sql`
    INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at, reason)
    SELECT ${rows.queue}, ${idsOf(rows)}, ${rows.form},
      json_build_object('text', CASE WHEN n > ${rows.times - QUICK}::int THEN 'quick' ELSE ${SLOW_TEXT}::text END)::text, 'digest',
      now(), now() - n * interval '1 s', 'redis_open'
    FROM generate_series(1, ${rows.times}::int) n`);
  const url = new URL(databaseUrl);
  url.searchParams.set('options', '-c search_path=public,slow,pg_catalog');
  return url.href;
}

const ISO = 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
const ERROR = 'connect ECONNREFUSED 10.0.0.7:25';
/** Two attempts, since the row was received. */
const HISTORY = sql`json_build_array(
  json_build_object('attempt', 1, 'at', to_char(now() AT TIME ZONE 'UTC' - (n - 0.1) * interval '1 s', ${ISO}), 'error', ${ERROR}::text),
  json_build_object('attempt', 2, 'at', to_char(now() AT TIME ZONE 'UTC' - (n - 0.9) * interval '1 s', ${ISO}), 'error', ${ERROR}::text)
)::text`;

/** What waits in Postgres: mostly since Redis was away, each 20th for a later attempt. */
export async function fillWaiting(db: Db, rows: Rows): Promise<void> {
  const { queue, times, form = 'contact' } = rows;
  await db.execute(sql`
    INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at, attempts, last_error, reason, history)
    SELECT ${queue}, ${idsOf(rows)}, ${form}, ${PAYLOAD}, 'digest', now() - n * interval '1 s',
      now() + (CASE WHEN n % 20 = 0 THEN 600 ELSE -n END) * interval '1 s',
      CASE WHEN n % 20 = 0 THEN 2 ELSE 0 END,
      CASE WHEN n % 20 = 0 THEN 'connect ECONNREFUSED 10.0.0.7:25' END,
      CASE WHEN n % 3 = 0 THEN 'redis_open' WHEN n % 3 = 1 THEN 'redis_refused' ELSE 'primary' END,
      CASE WHEN n % 20 = 0 THEN ${HISTORY} ELSE '[]' END
    FROM generate_series(1, ${times}::int) n`);
  // As autovacuum does in a while.
  await db.execute(sql`ANALYZE spillway.fallback_submissions`);
}

/** What is settled, with this status. */
export async function fillSettled(db: Db, status: 'done' | 'dead' | 'discarded', rows: Rows): Promise<void> {
  const { queue, times, form = 'contact' } = rows;
  const isDead = status === 'dead';
  await db.execute(sql`
    INSERT INTO spillway.submission_outcomes
      (queue, id, form, status, attempts, generation, digest, received_at, settled_at, error, history, payload)
    SELECT ${queue}, ${idsOf(rows)}, ${form}, ${status}, ${isDead ? 10 : 1}, 1, 'digest',
      now() - n * interval '1 s', now() - (n - 0.95) * interval '1 s',
      ${isDead ? ERROR : null}::text, ${isDead ? HISTORY : sql`'[]'`}, ${isDead ? PAYLOAD : sql`NULL`}
    FROM generate_series(1, ${times}::int) n`);
  await db.execute(sql`ANALYZE spillway.submission_outcomes`);
}

/** The last hour's flow: an outage of Redis in the middle, and ten minutes in which nobody counted. */
export async function fillFlow(db: Db, queue: string): Promise<void> {
  await db.execute(sql`
    INSERT INTO flow_minutes (queue, minute, redis, postgres, settled, dead)
    SELECT ${queue}, date_trunc('minute', now()) - n * interval '1 min',
      CASE WHEN n BETWEEN 20 AND 30 THEN 0 ELSE 80 + n % 7 * 9 END,
      CASE WHEN n BETWEEN 20 AND 30 THEN 70 + n % 5 * 8 ELSE 0 END,
      CASE WHEN n BETWEEN 20 AND 30 THEN 55 ELSE 85 + n % 6 * 10 END, CASE WHEN n % 13 = 0 THEN 3 ELSE 0 END
    FROM generate_series(1, 60) n WHERE n NOT BETWEEN 40 AND 49
    ON CONFLICT DO NOTHING`);
}
