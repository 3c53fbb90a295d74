import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Executor } from '../../contract/transaction.ts';

export const MIGRATIONS_TABLE = 'spillway_migrations';

/** Locked in this order, which is the order of a settlement: in another one, the two would wait for each other. */
const TABLES = ['shadow_groups', 'submission_outcomes', 'fallback_submissions', MIGRATIONS_TABLE] as const;

/** Creates the queue's schema. Tables that an earlier version made elsewhere move to it. Returns the schema. */
export async function prepareSchema(tx: Executor, schema: string): Promise<string> {
  const { rows } = await tx.execute<{ found: boolean }>(sql`
    SELECT to_regnamespace(quote_ident(${schema})) IS NOT NULL AS found`);
  // Checked first: CREATE SCHEMA IF NOT EXISTS needs the right to create, even if the schema exists.
  if (!rows[0]?.found) await tx.execute(sql`CREATE SCHEMA ${sql.identifier(schema)}`);
  const earlier = await earlierSchema(tx, schema);
  if (earlier !== undefined) await moveTables(tx, earlier, schema);
  return schema;
}

/**
 * Where the statements of an earlier version find their tables: by the search_path. Undefined if there are none, or if the schema
 * has its own.
 */
async function earlierSchema(tx: Executor, schema: string): Promise<string | undefined> {
  const { rows } = await tx.execute<{ earlier: string }>(sql`
    SELECT nspname AS earlier FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = to_regclass(${MIGRATIONS_TABLE}) AND c.relkind = 'r' AND nspname <> ${schema}
      AND to_regclass(quote_ident(${schema}) || '.' || ${MIGRATIONS_TABLE}) IS NULL`);
  return rows[0]?.earlier;
}

/**
 * Processes of the earlier version go on with views of the same names, which pass every statement on to the tables. A view asks for
 * the rights of the role that uses it, and for those of the table: so all rights on the view go to each role that has one on the
 * table.
 */
async function moveTables(tx: Executor, from: string, to: string): Promise<void> {
  const old = (table: string) => nameIn(from, table);
  const { rows } = await tx.execute<{ name: string }>(sql`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = ${from}`);
  const tables = TABLES.filter((table) => rows.some(({ name }) => name === table));
  await tx.execute(sql`LOCK TABLE ${sql.join(tables.map(old), sql`, `)} IN ACCESS EXCLUSIVE MODE`);
  for (const table of tables) {
    await tx.execute(sql`ALTER TABLE ${old(table)} SET SCHEMA ${sql.identifier(to)}`);
    await tx.execute(sql`
      CREATE VIEW ${old(table)} WITH (security_invoker = true) AS SELECT * FROM ${nameIn(to, table)}`);
    for (const role of await rolesOf(tx, to, table)) {
      await tx.execute(sql`GRANT USAGE ON SCHEMA ${sql.identifier(to)} TO ${role}`);
      await tx.execute(sql`GRANT SELECT, INSERT, UPDATE, DELETE ON ${old(table)} TO ${role}`);
    }
  }
}

function nameIn(schema: string, table: string): SQL {
  return sql`${sql.identifier(schema)}.${sql.identifier(table)}`;
}

/** The roles with a right on a table or on one of its columns, and its owner's only if it was granted something. */
async function rolesOf(tx: Executor, schema: string, table: string): Promise<SQL[]> {
  const { rows } = await tx.execute<{ role: string | null }>(sql`
    SELECT DISTINCT CASE WHEN grantee <> 0 THEN pg_get_userbyid(grantee) END AS role FROM (
      SELECT (aclexplode(relacl)).grantee FROM pg_class WHERE oid = ${`"${schema}".${table}`}::regclass
      UNION SELECT (aclexplode(attacl)).grantee FROM pg_attribute WHERE attrelid = ${`"${schema}".${table}`}::regclass) granted`);
  return rows.map(({ role }) => (role === null ? sql`PUBLIC` : sql`${sql.identifier(role)}`));
}
