import { verdictOf } from '../contract/errors.ts';
import type { StoreName } from '../contract/errors.ts';
import type { EventLevel, QueueEvents, Report } from '../contract/events.ts';
import { LockTimeout } from '../contract/failures.ts';
import type { DeadLetter, OutcomeLedger, Settlement } from '../contract/ledger.ts';
import { optionsOf } from '../contract/worker-options.ts';
import type { ResolvedWorkerOptions } from '../contract/worker-options.ts';
import type { AttemptRecord, Claim, Retry } from '../contract/store.ts';
import { errorText } from '../util/error-text.ts';
import { backoffDelayMs, isSnoozedOut, msUntil, withAttempt } from './backoff.ts';
import { findCause } from './failure-cause.ts';
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
  /** A real write to Postgres: whether a failure that looks like the store's is. */
  readonly probe: () => Promise<void>;
  readonly report: Report;
}

type AttemptEvent =
  | 'attempt_failed'
  | 'late_statement'
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
    const isPermanent = verdict?.kind === 'permanent';
    const wantedMs =
      verdict && !isPermanent ? msUntil(verdict.atMs) : backoffDelayMs(claim.attempt, backoffMs);
    const delayMs = Math.max(wantedMs, minDelayMs);
    const retry = { ...heldOf(claim), delayMs, history: historyOf(claim, error) };
    if (isPermanent || claim.attempt >= maxAttempts) {
      return this.deadLetter(lease, claim, error).catch(async (failure: unknown) => {
        // The attempt counts all the same: it must not be made again because Postgres failed after it.
        await this.#delay(lease, retry);
        throw failure;
      });
    }
    await this.#delay(lease, retry);
    this.tally.retried += 1;
    spans.ended([claim], 'retried', error);
  }

  /**
   * Several claims failed together by running out of time. Which of them took it is unknown, and their handler may still run: they
   * are left to the end of their lease, after which each is claimed alone. The attempt counts.
   */
  lapse(lease: Lease, claims: readonly Claim[], cause: unknown): void {
    this.tally.failed += claims.length;
    const held = claims.map(heldOf);
    this.#options.held.leave(lease, held);
    lease.drop(held);
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

  /** Another worker holds these. They are looked at again later, without counting an attempt unless a call has begun. */
  async postpone(lease: Lease, claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) {
      const { history } = claim;
      const uncounted = !lease.counts;
      await this.#delay(lease, { ...heldOf(claim), delayMs: POSTPONE_MS, history, uncounted });
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
      else {
        const { cause } = await findCause(error, this.#options.probe);
        this.#options.held.leave(lease, [heldOf(dead.claim)]);
        this.report('error', 'unreadable', { id: dead.claim.envelope.id, error: errorText(cause) });
      }
      lease.drop([heldOf(dead.claim)]);
      return undefined;
    }
  }

  async #delay(lease: Lease, retry: Retry): Promise<void> {
    await lease.store.retry([retry]).catch((error: unknown) => {
      // Its lease runs out instead, and another attempt follows then.
      this.#options.held.leave(lease, [retry]);
      this.report('warn', 'retry_not_stored', { id: retry.id, error: errorText(error) });
    });
    lease.drop([retry]);
  }
}

function historyOf({ attempt, history }: Claim, error: string): readonly AttemptRecord[] {
  return withAttempt(history, { attempt, at: new Date().toISOString(), error });
}
