import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';

/** The tables of a queue, by names that do not depend on the search_path of a connection. */
export interface QueueTables {
  /** The queue's name: a column of both tables. */
  readonly name: string;
  readonly schema: string;
  readonly fallback: SQL;
  readonly outcomes: SQL;
  readonly shadow: SQL;
}

export function tablesOf(name: string, schema: string): QueueTables {
  const table = (of: string) => sql`${sql.identifier(schema)}.${sql.identifier(of)}`;
  return {
    name,
    schema,
    fallback: table('fallback_submissions'),
    outcomes: table('submission_outcomes'),
    shadow: table('shadow_groups'),
  };
}
