import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Db } from './client.ts';
import { flowMinutes } from './schema.ts';

const KEEP = sql`interval '8 days'`;

/** The counts of one minute. A process that does not count one of these leaves it out, which is not the same as zero. */
export type FlowCount = 'redis' | 'postgres' | 'settled' | 'dead';

export type FlowCounts = Partial<Record<FlowCount, number>>;

export interface FlowMinute extends FlowCounts {
  readonly minute: Date;
}

export interface FlowSum {
  readonly at: Date;
  readonly redis: number | null;
  readonly postgres: number | null;
  readonly settled: number | null;
  readonly dead: number | null;
}

/** Adds one process' counts to those of the others, and deletes minutes that are older than the longest range shown. */
export async function addFlow(db: Db, queue: string, minutes: readonly FlowMinute[]): Promise<void> {
  if (minutes.length === 0) return;
  const plus = (name: FlowCount) => {
    const column = flowMinutes[name];
    const added = sql.raw(`excluded.${name}`);
    return sql`CASE WHEN ${added} IS NULL THEN ${column} ELSE coalesce(${column}, 0) + ${added} END`;
  };
  await db
    .insert(flowMinutes)
    .values(minutes.map((minute) => ({ queue, ...minute })))
    .onConflictDoUpdate({
      target: [flowMinutes.queue, flowMinutes.minute],
      set: { redis: plus('redis'), postgres: plus('postgres'), settled: plus('settled'), dead: plus('dead') },
    });
  await db
    .delete(flowMinutes)
    .where(and(eq(flowMinutes.queue, queue), lt(flowMinutes.minute, sql`now() - ${KEEP}`)));
}

/** Sums over stretches of `everyMs` since a moment, oldest first; a stretch without any minute is left out. */
export async function readFlow(
  db: Pick<Db, 'select'>,
  queue: string,
  { since, everyMs }: { readonly since: Date; readonly everyMs: number },
): Promise<FlowSum[]> {
  const everyS = everyMs / 1000;
  const stretch = sql<number>`floor(extract(epoch FROM ${flowMinutes.minute}) / ${everyS}) * ${everyS}`;
  const sum = (name: FlowCount) => sql<number | null>`sum(${flowMinutes[name]})::float8`;
  const rows = await db
    .select({
      atS: stretch.mapWith(Number).as('at_s'),
      redis: sum('redis'),
      postgres: sum('postgres'),
      settled: sum('settled'),
      dead: sum('dead'),
    })
    .from(flowMinutes)
    .where(and(eq(flowMinutes.queue, queue), gte(flowMinutes.minute, since)))
    .groupBy(sql`at_s`)
    .orderBy(sql`at_s`);
  return rows.map(({ atS, ...sums }) => ({ at: new Date(atS * 1000), ...sums }));
}
