import { beeQueue } from './bee-queue.ts';
import { bullmq, bullmqOnPostgres } from './bullmq.ts';
import type { Contestant } from './contestant.ts';
import { graphileWorker } from './graphile-worker.ts';
import { pgBoss } from './pg-boss.ts';

/** The queues that ours is set beside. */
export const PEERS: readonly Contestant[] = [bullmq, bullmqOnPostgres, beeQueue, pgBoss, graphileWorker];

export function peerNamed(name: string): Contestant {
  const found = PEERS.find((peer) => peer.name === name);
  if (!found) throw new RangeError(`No peer is called ${name}.`);
  return found;
}
