import type { Pool } from 'pg';
import { idTimeMs } from '../contract/id.ts';
import { serverTimeMs } from '../postgres/connection/connection.ts';
import type { Claim } from '../contract/store.ts';
import { throwTrouble } from './store-failure.ts';

const CLOCK_DEADLINE_MS = 2_000;

/**
 * Claims that may have lost their outcome to retention: they are never executed. Our own clock raises the suspicion;
 * Postgres' decides, lest a wrong clock kill what is fresh. Rejects with `StoreTrouble`.
 */
export async function tooOld(
  claims: readonly Claim[],
  pool: Pool,
  retentionMs: number,
): Promise<readonly Claim[]> {
  const at = (nowMs: number) => (claim: Claim) =>
    claim.envelope.generation === 1 && idTimeMs(claim.envelope.id) < nowMs - retentionMs;
  const suspects = claims.filter(at(Date.now()));
  if (suspects.length === 0) return [];
  return suspects.filter(at(await serverTimeMs(pool, CLOCK_DEADLINE_MS).catch(throwTrouble)));
}
