import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';

const SECOND_MS = 1000;
const CONNECTIONS = 5;

/** The application's database. `db.$client` is the pool: the code that created the database from a URL must end it. */
export type Db = NodePgDatabase & { readonly $client: Pool };

/**
 * Opens the application's database from a URL, or over a Pool that stays the caller's. Never throws for a
 * Postgres that is away: each query does, within seconds, so that a page can say so.
 */
export function createDb(postgres: string | Pool): Db {
  return drizzle({ client: typeof postgres === 'string' ? createPool(postgres) : postgres });
}

function createPool(url: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: 3 * SECOND_MS,
    // Counted here and not by the server: a frozen Postgres would never count.
    query_timeout: 5 * SECOND_MS,
    keepAlive: true,
  });
  // Unheard, the loss of a connection, idle or in use, would end the process. The next query reports it.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
