import { idTimeMs } from '../contract/id.ts';
import type { OutcomeLedger } from '../contract/ledger.ts';
import type { Claim } from '../contract/store.ts';
import { throwStoreFailure } from './failure-cause.ts';

/**
 * Claims that may have lost their outcome to retention: they are never executed. This process' clock raises the suspicion, and the
 * ledger's clock decides: a wrong clock here must not kill new submissions. Rejects with `StoreFailure`.
 */
export async function expired(
  claims: readonly Claim[],
  ledger: Pick<OutcomeLedger, 'nowMs'>,
  retentionMs: number,
): Promise<readonly Claim[]> {
  const at = (nowMs: number) => (claim: Claim) =>
    claim.envelope.generation === 1 && idTimeMs(claim.envelope.id) < nowMs - retentionMs;
  const suspects = claims.filter(at(Date.now()));
  if (suspects.length === 0) return [];
  return suspects.filter(at(await ledger.nowMs().catch(throwStoreFailure)));
}
