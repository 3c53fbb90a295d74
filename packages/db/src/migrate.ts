import { applyMigrations } from '@spillway/queue';
import type { MigrationPlan } from '@spillway/queue';
import { sql } from 'drizzle-orm';
import type { Pool } from 'pg';
import { migrations } from './migrations.ts';

const TABLE = 'app_migrations';
/** Any number that nobody else locks in this database. */
const LOCK_KEY = 7_745_529_126_001n;

/**
 * Brings the application's tables up to date, as the queue's `migrate` does for its own. Safe to call from many processes at once.
 * Rejects with Postgres' own error.
 */
export async function migrate(postgres: string | Pool): Promise<void> {
  await applyMigrations(postgres, { table: TABLE, migrations, lockKey: LOCK_KEY, prepare: findSchema });
}

/**
 * Where the tables are, by the search_path. New ones stay out of a schema that is named after the role: for the role `spillway`,
 * the schema of the queue comes first in the default search_path.
 */
const findSchema: MigrationPlan['prepare'] = async (tx) => {
  const { rows } = await tx.execute<{ schema: string }>(sql`
    SELECT coalesce((SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(${TABLE})),
      (SELECT name FROM unnest(current_schemas(false)) WITH ORDINALITY AS path(name, n) WHERE name <> current_user ORDER BY n LIMIT 1),
      current_schema()) AS schema`);
  const schema = rows[0]?.schema;
  if (!schema)
    throw new Error(
      'The search_path of this role names no schema that exists. Set one: ALTER ROLE ... SET search_path = public',
    );
  return schema;
};
