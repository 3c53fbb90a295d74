import type { Primary } from '@spillway/queue';
import type { Rig } from '../rig.ts';

/** Ours, as the table names it. */
export interface Own {
  readonly name: string;
  readonly primary: Primary;
  readonly shadow: boolean;
  readonly settings: string;
}

export const OWN: readonly Own[] = [
  {
    name: 'Spillway, Redis first',
    primary: 'redis',
    shadow: true,
    settings: 'a shadow, leaseMs of 3 s, timeoutMs of 5 s',
  },
  {
    name: 'Spillway, Postgres first',
    primary: 'postgres',
    shadow: false,
    settings: 'leaseMs of 3 s, timeoutMs of 5 s',
  },
];

/** What is not done, read from the stores themselves. */
export async function keptByUs({ stores, queueName, dead }: Rig): Promise<Map<string, 'open' | 'failed'>> {
  const [jobs, rows, failed] = await Promise.all([
    stores.redis.command('HKEYS', `spillway:{${queueName}}:jobs`),
    stores.admin.query<{ id: string }>('SELECT id FROM spillway.fallback_submissions WHERE queue = $1', [
      queueName,
    ]),
    dead(),
  ]);
  const open = [...(Array.isArray(jobs) ? jobs.map(String) : []), ...rows.rows.map(({ id }) => id)];
  return new Map([
    ...open.map((id) => [id, 'open'] as const),
    ...failed.map(({ id }) => [id, 'failed'] as const),
  ]);
}
