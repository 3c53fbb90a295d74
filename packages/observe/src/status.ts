import type { Depth, Queue, StoreView } from '@spillway/queue';

/** One look at the stores serves all who ask for the status within this time. */
export const STATUS_EVERY_MS = 1000;

/** A store's state for everyone: without the text of errors, which names hosts. */
export function publicView({ state, since, keeps }: StoreView) {
  return { state, since: since.toISOString(), keeps };
}

/** One process' view of all there is, for whoever is on call. Names no host, no submission and nothing of a payload. */
export interface Status {
  readonly queue: string;
  readonly at: string;
  readonly accepts: boolean;
  readonly accepting: string;
  readonly stores: Readonly<Record<'redis' | 'postgres', object>>;
  readonly unpushed: number | null;
  readonly dead: number | null;
  readonly uptimeSeconds: number;
}

/** Never rejects: what a store cannot tell now is null. */
export async function readStatus(queue: Queue): Promise<Status> {
  const overview = await queue.inspect.overview();
  const { pools, ...stats } = queue.stats();
  const nowMs = overview.at.getTime();
  const storeOf = (store: 'redis' | 'postgres') => {
    const { depth, ...view } = overview[store];
    return {
      ...publicView(view),
      durability: view.durability,
      breaker: view.breaker ?? null,
      breakerOpened: stats[store]?.opened ?? 0,
      depth: depth ? depthOf(depth, nowMs) : null,
    };
  };
  return {
    queue: overview.queue,
    at: overview.at.toISOString(),
    accepts: queue.health().accepts,
    accepting: overview.accepting,
    stores: { redis: storeOf('redis'), postgres: { ...storeOf('postgres'), pools } },
    unpushed: overview.unpushed ?? null,
    dead: overview.outcomes?.dead ?? null,
    uptimeSeconds: Math.round(process.uptime()),
  };
}

function depthOf({ ready, delayed, active, capped, oldestAt }: Depth, nowMs: number) {
  const oldestSeconds = oldestAt ? Math.max(0, Math.round((nowMs - oldestAt.getTime()) / 1_000)) : 0;
  return { ready, delayed, active, capped, oldestSeconds };
}
