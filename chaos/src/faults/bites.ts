import type { Evidence } from './fault.ts';
import type { StoreName } from '../verdict.ts';

/** A path counts as used if it acknowledged at least this share of the attempts. */
const FALLBACK_SHARE = 0.2;
const STALL_SHARE = 0.5;

export function atLeast(what: string, found: number, least: number): string[] {
  return found >= least ? [] : [`${what}: ${Math.round(found)}, expected at least ${Math.round(least)}`];
}

/** The store that answers as long as nothing is wrong. */
export function primaryStore({ primary }: Pick<Evidence, 'primary'>): StoreName {
  return primary === 'postgres' ? 'postgres' : 'redis';
}

function countEvents({ events }: Evidence, name: string, message = /./): number {
  return events.filter((one) => one.event === name && message.test(one.message)).length;
}

/** Redis was hit: if it acknowledges, Postgres took over; if it is only signalled, at least one process noticed. */
export function redisWasMissed(evidence: Evidence): string[] {
  if (primaryStore(evidence) === 'redis') return postgresTookOver(evidence);
  const noticed =
    countEvents(evidence, 'store_down', /^redis/) + countEvents(evidence, 'working_from', /straight/);
  return atLeast('processes that noticed that Redis was away', noticed, 1);
}

function postgresTookOver(evidence: Evidence): string[] {
  return atLeast('acknowledgements by Postgres', evidence.acks.postgres, evidence.tried * FALLBACK_SHARE);
}

/** Redis was gone for workers as well: they went on from Postgres. */
export function workersDrained(evidence: Evidence): string[] {
  return atLeast('drained from Postgres', evidence.drained, evidence.tried * FALLBACK_SHARE * 0.5);
}

/** Submissions that Postgres accepted were processed from there, or pushed to Redis when it had room again. */
export function cameBack(evidence: Evidence): string[] {
  const { drained, recovered, tried } = evidence;
  return atLeast(
    'drained from Postgres or pushed to Redis',
    drained + recovered,
    tried * FALLBACK_SHARE * 0.5,
  );
}

/** Postgres was hit: where it acknowledges, Redis took over; in any case nothing could take effect. */
export function postgresWasMissed(evidence: Evidence): string[] {
  return [
    ...(primaryStore(evidence) === 'postgres'
      ? atLeast('acknowledgements by Redis', evidence.acks.redis, evidence.tried * FALLBACK_SHARE)
      : []),
    ...atLeast('ms without any effect', evidence.stallMs, evidence.holdMs * STALL_SHARE),
  ];
}

/** Redis forgot: what only it had acknowledged is lost, and what Postgres held was pushed to it again. */
export function redisForgot(evidence: Evidence): string[] {
  return primaryStore(evidence) === 'redis'
    ? atLeast('submissions that Redis forgot', evidence.lost, 1)
    : // Where it is away for a while, workers may be through with all of it before it is back.
      atLeast('submissions pushed to Redis again, or drained', evidence.recovered + evidence.drained, 1);
}

export function noted(evidence: Evidence, what: string, least = 1): string[] {
  return atLeast(what, evidence.notes.get(what) ?? 0, least);
}
