import { randomUUID } from 'node:crypto';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { waitFor } from './wait.ts';

const CONNECT_TIMEOUT_MS = 30_000;
const QUERY_TIMEOUT_MS = 60_000;
const CONNECTIONS_AT_ONCE = 10;
const TOO_MANY_CONNECTIONS = '53300';

/** Something kept from others until it is released. */
export interface Hold {
  release(): Promise<void>;
}

/** A connection for this package's own queries; with time limits, so that a frozen server causes an error and not a hang. */
async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'spillway-devstack',
  });
  // A server that is killed breaks idle connections as well; without a listener that would end this process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(url);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

export async function createDatabase(
  url: string,
  name = `test_${randomUUID().replaceAll('-', '')}`,
): Promise<string> {
  await withClient(url, (client) => client.query(`CREATE DATABASE ${escapeIdentifier(name)}`));
  return Object.assign(new URL(url), { pathname: `/${encodeURIComponent(name)}` }).href;
}

export async function terminateBackends(url: string): Promise<void> {
  await withClient(url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    ),
  );
}

export async function setReadOnly(url: string, on: boolean): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${on ? 'on' : 'off'}`);
    await client.query('SELECT pg_reload_conf()');
  });
  // When a new session has the setting, the older sessions have at least got the signal, and read it before their next statement.
  await waitFor(() => withClient(url, async (client) => (await isReadOnly(client)) === on), {
    message: `Postgres to become ${on ? 'read-only' : 'writable'}`,
  });
  // It holds from the next transaction on: those under way would still write.
  await withClient(url, (client) =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND $1
         AND state IN ('active', 'idle in transaction', 'idle in transaction (aborted)')`,
      [on],
    ),
  );
}

/** Opens connections until Postgres has no more; they are its superuser's, so the reserved ones go as well. */
export async function fillConnections(url: string): Promise<Hold> {
  const held: Client[] = [];
  const release = async () => {
    await Promise.all(held.splice(0).map((client) => client.end().catch(() => {})));
  };
  try {
    while (await takeConnections(url, held));
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

export async function lockTable(url: string, table: string): Promise<Hold> {
  const client = await connect(url);
  try {
    const name = table.split('.').map(escapeIdentifier).join('.');
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
  return { release: () => client.end().catch(() => {}) };
}

// True while there may be more to take.
async function takeConnections(url: string, held: Client[]): Promise<boolean> {
  const attempts = Array.from({ length: CONNECTIONS_AT_ONCE }, () => connect(url));
  const results = await Promise.allSettled(attempts);
  for (const result of results) if (result.status === 'fulfilled') held.push(result.value);
  const refusals = results
    .filter((result) => result.status === 'rejected')
    .map((result): unknown => result.reason);
  const unexpected = refusals.find(
    (reason) => !(reason instanceof DatabaseError && reason.code === TOO_MANY_CONNECTIONS),
  );
  if (unexpected !== undefined) throw unexpected;
  return refusals.length === 0;
}

async function isReadOnly(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ on: boolean }>(
    `SELECT current_setting('default_transaction_read_only') = 'on' AS on`,
  );
  return rows[0]?.on === true;
}
