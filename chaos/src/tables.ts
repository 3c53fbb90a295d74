import type pg from 'pg';
import type { Content } from './ledger.ts';
import type { Dead, Effect } from './verdict.ts';

/** Everything that took effect, once for each time. */
export async function readEffects(admin: pg.Pool): Promise<Effect[]> {
  const { rows } = await admin.query<{ id: string; variant: 'a' | 'b'; at_ms: number }>(
    'SELECT id, variant, extract(epoch FROM at)::float8 * 1000 AS at_ms FROM effects ORDER BY seq',
  );
  return rows.map(({ id, variant, at_ms: atMs }) => ({ id, variant, atMs }));
}

export async function readDead(admin: pg.Pool, queue: string): Promise<Dead[]> {
  const { rows } = await admin.query<{
    id: string;
    payload: string;
    conflicts_with: string | null;
    error: string | null;
  }>(
    `SELECT id, payload, conflicts_with, error FROM spillway.submission_outcomes WHERE queue = $1 AND status = 'dead'`,
    [queue],
  );
  return rows.map((row) => {
    const { variant, alias }: Content = JSON.parse(row.payload);
    const conflictsWith = row.conflicts_with ?? undefined;
    return {
      id: alias ?? row.id,
      variant,
      conflictsWith: conflictsWith && (alias ?? conflictsWith),
      error: row.error ?? '',
    };
  });
}

/** How many rows wait in Postgres. */
export async function countRows(admin: pg.Pool, queue: string): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM spillway.fallback_submissions WHERE queue = $1',
    [queue],
  );
  return rows[0]?.count ?? 0;
}
