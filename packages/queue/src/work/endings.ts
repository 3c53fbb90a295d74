import { verdictOf } from '../contract/errors.ts';
import type { StoreName } from '../contract/errors.ts';
import type { EventLevel, QueueEvents, Report } from '../contract/events.ts';
import { LockTimeout, StoreFailure } from '../contract/failures.ts';
import type { DeadLetter, OutcomeLedger, Settlement } from '../contract/ledger.ts';
import { optionsOf } from '../contract/options.ts';
import type { ResolvedWorkerOptions } from '../contract/options.ts';
import type { AttemptRecord, Claim, Retry } from '../contract/store.ts';
import { errorText } from '../util/error-text.ts';
import { backoffDelayMs, isSnoozedOut, msUntil, withAttempt } from './backoff.ts';
import type { HeldClaims } from './held-claims.ts';
import { heldOf } from './lease.ts';
import type { Lease } from './lease.ts';
import type { WorkSpans } from './spans.ts';

/** Claims that another worker is settling are looked at again after this long, in ms. */
const POSTPONE_MS = 5_000;

export interface EndingsOptions {
  readonly ledger: OutcomeLedger;
  readonly worker: ResolvedWorkerOptions;
  readonly held: HeldClaims;
  readonly spans: WorkSpans;
  readonly report: Report;
}

type AttemptEvent =
  | 'attempt_failed'
  | 'snoozed'
  | 'dead'
  | 'unreadable'
  | 'lease_not_extended'
  | 'retry_not_stored';

/** Counts since the worker started. */
export interface Tally {
  readonly claimed: Record<StoreName, number>;
  settled: number;
  failed: number;
  retried: number;
  snoozed: number;
  dead: number;
  lastSettledAt?: Date;
}

/** How attempts end: complete, to be retried, dead, or postponed. Each ending drops its claims from their lease. */
export class Endings {
  readonly tally: Tally = {
    claimed: { redis: 0, postgres: 0 },
    settled: 0,
    failed: 0,
    retried: 0,
    snoozed: 0,
    dead: 0,
  };
  readonly #options: EndingsOptions;

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  async complete(lease: Lease, { inserted, alreadySettled, inProgress }: Settlement): Promise<void> {
    if (inserted.length > 0) {
      this.tally.settled += inserted.length;
      this.tally.lastSettledAt = new Date();
    }
    const settled = [...inserted, ...alreadySettled];
    lease.drop(settled.map(heldOf));
    this.#options.spans.ended(inserted, 'done');
    this.#options.spans.ended(alreadySettled, 'late');
    await this.#options.held.ack(settled.map((claim) => claim.envelope));
    await this.postpone(lease, inProgress);
  }

  /**
   * Another attempt follows after a delay, which is at least `minDelayMs`. After the last one the submission is dead. The verdict
   * that the error carries comes first.
   */
  async fail(lease: Lease, claim: Claim, cause: Error, minDelayMs = 0): Promise<void> {
    const { worker, spans } = this.#options;
    const error = errorText(cause);
    const verdict = verdictOf(cause);
    if (verdict?.kind === 'snooze' && !isSnoozedOut(claim.history))
      return this.#snooze(lease, claim, error, verdict.atMs);
    this.tally.failed += 1;
    this.report('warn', 'attempt_failed', { id: claim.envelope.id, attempt: claim.attempt, error });
    const { maxAttempts, backoffMs } = optionsOf(worker, claim.envelope.form);
    if (verdict?.kind === 'permanent' || claim.attempt >= maxAttempts)
      return this.deadLetter(lease, claim, error);
    const wantedMs = verdict ? msUntil(verdict.atMs) : backoffDelayMs(claim.attempt, backoffMs);
    const delayMs = Math.max(wantedMs, minDelayMs);
    await this.#delay(lease, { ...heldOf(claim), delayMs, history: historyOf(claim, error) });
    this.tally.retried += 1;
    spans.ended([claim], 'retried', error);
  }

  /**
   * Several claims failed together by running out of time. Which of them took it is unknown, and their handler may still run: they
   * are left to the end of their lease, after which each is claimed alone. The attempt counts.
   */
  lapse(lease: Lease, claims: readonly Claim[], cause: unknown): void {
    this.tally.failed += claims.length;
    this.#options.held.lapse(lease, claims);
    this.#options.spans.ended(claims, 'retried', errorText(cause));
  }

  async deadLetter(lease: Lease, claim: Claim, error: string): Promise<void> {
    const settlement = await this.#settleDead(lease, { claim, error, history: historyOf(claim, error) });
    if (settlement === undefined) return;
    const { inserted, alreadySettled, inProgress } = settlement;
    if (inserted.length > 0) {
      this.report('error', 'dead', { id: claim.envelope.id, attempt: claim.attempt, error });
      this.tally.dead += 1;
      this.#options.spans.ended([claim], 'dead', error);
    }
    // It counts as dead, and not as settled.
    await this.complete(lease, {
      inserted: [],
      alreadySettled: [...inserted, ...alreadySettled],
      inProgress,
    });
  }

  async #snooze(lease: Lease, claim: Claim, error: string, atMs: number): Promise<void> {
    const { attempt, history, envelope } = claim;
    const delayMs = msUntil(atMs);
    this.report('info', 'snoozed', { id: envelope.id, attempt, delayMs, error });
    const record = { attempt, at: new Date().toISOString(), error, snoozed: true } as const;
    const retry = { ...heldOf(claim), delayMs, history: withAttempt(history, record), uncounted: true };
    await this.#delay(lease, retry);
    this.tally.snoozed += 1;
    this.#options.spans.ended([claim], 'snoozed', error);
  }

  /** Another worker holds these. They are looked at again later, without counting an attempt. */
  async postpone(lease: Lease, claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) {
      const { history } = claim;
      await this.#delay(lease, { ...heldOf(claim), delayMs: POSTPONE_MS, history, uncounted: true });
    }
    this.#options.spans.ended(claims, 'stood_back');
  }

  report<Name extends AttemptEvent>(level: EventLevel, event: Name, fields: QueueEvents[Name]): void {
    const id = 'id' in fields ? ` ${fields.id}` : '';
    this.#options.report(level, event, `${event.replaceAll('_', ' ')}${id}`, fields);
  }

  /** A submission that Postgres does not even keep as dead stays where it is, leased and reported. It holds up no other. */
  async #settleDead(lease: Lease, dead: DeadLetter): Promise<Settlement | undefined> {
    try {
      return await this.#options.ledger.settleDead([dead]);
    } catch (error) {
      // The attempt stays counted: the next claim of it is beyond the last one, and does not run the handler again.
      if (error instanceof LockTimeout)
        await this.#delay(lease, { ...heldOf(dead.claim), delayMs: POSTPONE_MS, history: dead.history });
      else if (error instanceof StoreFailure) throw error;
      else this.report('error', 'unreadable', { id: dead.claim.envelope.id, error: errorText(error) });
      lease.drop([heldOf(dead.claim)]);
      return undefined;
    }
  }

  async #delay(lease: Lease, retry: Retry): Promise<void> {
    await lease.store.retry([retry]).catch((error: unknown) => {
      // Its lease runs out instead, and another attempt follows then.
      this.report('warn', 'retry_not_stored', { id: retry.id, error: errorText(error) });
    });
    lease.drop([retry]);
  }
}

function historyOf({ attempt, history }: Claim, error: string): readonly AttemptRecord[] {
  return withAttempt(history, { attempt, at: new Date().toISOString(), error });
}
