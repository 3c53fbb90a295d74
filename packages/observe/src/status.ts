import type { Depth, Queue, StoreView } from '@spillway/queue';

/** One look at the stores serves all who ask for the status within this time. */
export const STATUS_EVERY_MS = 1000;

/** A store's state without the text of errors, which names hosts, so that everyone may see it. */
export function publicView({ state, since, keeps }: StoreView) {
  return { state, since: since.toISOString(), keeps };
}

/** One process' view of the whole system, for the person on call. It holds no host, no submission and no part of a payload. */
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

/** Never rejects: a value that a store cannot give now is null. */
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
