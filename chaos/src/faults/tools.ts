import { setTimeout as pause } from 'node:timers/promises';
import type { RedisServer } from '@spillway/devstack';
import { Redis } from 'ioredis';
import type { Member } from '../fleet.ts';
import type { Rig } from '../rig.ts';

/** Below the lease, so that the workers find their claims again. */
const BACKLOG_MS = 1_000;
const RECOVER_MS = 500;
const HOLDER_TRIES = 100;
const TRY_AGAIN_MS = 20;

/**
 * Freezes the workers for a second before the act, so that the store holds submissions when it is hit. The workers
 * continue right after it.
 */
export async function withBacklog(rig: Rig, act: () => Promise<void>): Promise<void> {
  const { workers } = rig.fleet;
  for (const worker of workers) worker.freeze();
  try {
    await pause(BACKLOG_MS);
    // Recovery runs during the act: if it deleted rows at the push, they would be lost. It may have to wait for
    // rows that the frozen workers have locked.
    await Promise.race([rig.queue.recover().catch(() => {}), pause(RECOVER_MS)]);
    await act();
  } finally {
    for (const worker of workers) worker.resume();
  }
}

/** Does it again and again until the returned function is called; that waits for the last time to be over. */
export function repeatedly(everyMs: number, act: () => Promise<void> | void): () => Promise<void> {
  let stopped = false;
  const loop = async () => {
    while (!stopped) {
      await act();
      await pause(everyMs);
    }
  };
  // An act that fails ends the repetition, and `stop` then rejects with the reason.
  const running = loop();
  running.catch(() => {});
  return async () => {
    stopped = true;
    await running;
  };
}

/** A connection to Redis past the proxy, for faults that shut out every new one. */
export async function holdRedisConnection(rig: Rig): Promise<Redis> {
  const client = new Redis(rig.stores.redis.url, {
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disconnectTimeout: 100,
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Freezes a worker while it has claimed submissions. Returns the number of its claims. */
export async function freezeWithClaims(rig: Rig, worker: Member): Promise<number> {
  for (let tries = 0; tries < HOLDER_TRIES; tries += 1) {
    worker.freeze();
    const claims = await countClaims(rig, worker.name);
    if (claims > 0) return claims;
    worker.resume();
    await pause(TRY_AGAIN_MS);
  }
  worker.freeze();
  return 0;
}

/** How many claims stand in this worker's name, in both stores. */
export async function countClaims(rig: Rig, worker: string): Promise<number> {
  // What a peer's handlers have begun and not ended.
  if (rig.peer) return rig.runs().filter((run) => run.worker === worker && run.endedMs === undefined).length;
  const { stores, queueName } = rig;
  const [tokens, rows] = await Promise.all([
    stores.redis.command('HVALS', `spillway:{${queueName}}:tokens`).catch(() => []),
    stores.admin
      .query<{ count: number }>(
        'SELECT count(*)::int AS count FROM spillway.fallback_submissions WHERE claimed_by = $1 AND lease_until > now()',
        [worker],
      )
      .then(
        (result) => result.rows[0]?.count ?? 0,
        () => 0,
      ),
  ]);
  const inRedis = Array.isArray(tokens)
    ? tokens.filter((token) => String(token).endsWith(` ${worker}`)).length
    : 0;
  return inRedis + rows;
}

/** Ends every session of the system under test. Returns how many there were. */
export async function terminateClients({ stores: { admin, role } }: Rig): Promise<number> {
  const { rowCount } = await admin.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1',
    [role],
  );
  return rowCount ?? 0;
}

/** A figure that Redis tells of itself. */
export async function readInfo(redis: RedisServer, section: string, name: string): Promise<number> {
  const info = String(await redis.command('INFO', section));
  return Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? Number.NaN);
}
