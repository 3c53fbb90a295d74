import type { Pool } from 'pg';
import { sqlState } from './failures.ts';

/**
 * How often Postgres looks, while a statement runs or waits for a lock, whether its client is still there, in ms. Without it, a
 * statement that was given up holds its connection until the lock is free.
 */
const LOOK_FOR_CLIENT_MS = 1_000;
/** A pooler or a server that knows no such setting refuses the connection with one of these. */
const REFUSALS = new Set(['08P01', '0A000', '22023', '42704']);

/** Pools whose connections ask for settings of ours, with the URL that does not. */
const plainUrls = new WeakMap<Pool, string>();

/** The URL with the server's half of our deadlines. The URL's own options come later, and win. */
export function withServerOptions(url: string, lockTimeoutMs: number | undefined): string {
  if (!URL.canParse(url)) return url;
  const asking = new URL(url);
  const lockTimeout = lockTimeoutMs === undefined ? '' : ` -c lock_timeout=${Math.round(lockTimeoutMs)}`;
  const own = asking.searchParams.get('options') ?? '';
  const ours = `-c client_connection_check_interval=${LOOK_FOR_CLIENT_MS}${lockTimeout}`;
  asking.searchParams.set('options', `${ours} ${own}`.trim());
  return asking.href;
}

export function rememberPlainUrl(pool: Pool, url: string): void {
  plainUrls.set(pool, url);
}

/** If the other side refused the settings: from now on the pool connects without them. False: it was something else. */
export function dropServerOptions(pool: Pool, error: unknown): boolean {
  const url = plainUrls.get(pool);
  if (url === undefined || !REFUSALS.has(sqlState(error) ?? '')) return false;
  pool.options.connectionString = url;
  return true;
}
