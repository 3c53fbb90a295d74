import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { DEFAULT_SCHEMA, checkSchema } from '../../contract/schema-name.ts';
import { checkPostgres } from '../../contract/store-target.ts';
import { applyMigrations } from './apply-migrations.ts';
import { migrations } from './migrations.ts';
import { MIGRATIONS_TABLE, prepareSchema } from './schema.ts';

/** The queue's own 63-bit number among the advisory locks of the database. */
const LOCK_KEY = createHash('sha256').update('spillway queue migrations').digest().readBigInt64BE() >> 1n;

/**
 * Creates or updates the queue's tables: all or nothing, and as often as you like. Tables that an earlier version made outside of
 * `schema` move there, while submissions go on. Rejects with Postgres' own error; call it again when Postgres is there.
 */
export async function migrate(
  postgres: string | Pool,
  { schema = DEFAULT_SCHEMA }: { readonly schema?: string } = {},
): Promise<void> {
  checkPostgres(postgres);
  checkSchema(schema);
  await applyMigrations(postgres, {
    table: MIGRATIONS_TABLE,
    migrations,
    lockKey: LOCK_KEY,
    prepare: (tx) => prepareSchema(tx, schema),
  });
}
