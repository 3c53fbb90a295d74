import type { Pool } from 'pg';
import type { EventLevel, QueueEvents, Report } from '../contract/events.ts';
import type { ResolvedWorkerOptions } from '../contract/options.ts';
import type { Handler } from '../contract/handler.ts';
import { heldOf, Lease } from './lease.ts';
import { errorText, toError } from '../util/error-text.ts';
import type { StoreName } from '../contract/errors.ts';
import { asTrouble, isStoresOwn, judge, StoreTrouble, throwTrouble } from './store-failure.ts';
import {
  abandonExternal,
  beginExternal,
  extendExternal,
  finishExternal,
  isRivalled,
  settleBatch,
  settleDead,
} from '../postgres/settle/settle.ts';
import type { Settlement } from '../postgres/settle/outcome.ts';
import type { Death } from '../postgres/settle/settle.ts';
import type { Payloads } from './payloads.ts';
import { backoffDelayMs, withAttempt } from './backoff.ts';
import type { Claim, Held, Retry, Settled, Store } from '../contract/store.ts';
import { tooOld } from './expired-id.ts';
import { WorkSpans } from './spans.ts';

/** A submission whose external call is made by another worker is looked at again after this long, in ms. */
const BUSY_DELAY_MS = 5_000;

export interface AttemptsOptions {
  readonly queue: string;
  readonly pool: Pool;
  readonly handler: Handler;
  readonly payloads: Payloads;
  readonly worker: ResolvedWorkerOptions;
  /** Ids older than this may have lost their outcome to retention: they are never executed, ms. */
  readonly retentionMs: number;
  /** Keeps the rows of what was claimed from Redis from being drained. */
  readonly holdRows: (ids: readonly string[]) => Promise<void>;
  /** Tells Redis to drop copies of what is settled. Best effort. */
  readonly forget: (items: readonly Settled[]) => Promise<void>;
  /** A real write to Postgres: whether a failure that looks like the store's is. */
  readonly probe: () => Promise<void>;
  /** Waits until Postgres takes writes again, or the worker's grace is over. */
  readonly storeFailed: (error: Error) => Promise<void>;
  readonly report: Report;
}

type AttemptEvent = 'attempt_failed' | 'dead' | 'unreadable' | 'lease_not_extended' | 'retry_not_stored';

/** Counts since the worker started. */
export interface Tally {
  readonly claimed: Record<StoreName, number>;
  settled: number;
  failed: number;
  retried: number;
  dead: number;
  lastSettledAt?: Date;
}

/** Makes attempts: runs the handler on claims and sees each of them settled, retried, or dead. */
export class Attempts {
  readonly tally: Tally = { claimed: { redis: 0, postgres: 0 }, settled: 0, failed: 0, retried: 0, dead: 0 };
  readonly #options: AttemptsOptions;
  readonly #leases = new Set<Lease>();
  readonly #begun = new WeakSet<Claim>();
  readonly #spans: WorkSpans;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#spans = new WorkSpans(options.queue, options.worker.name);
  }

  /** How many submissions are in hand. */
  get inFlight(): number {
    let count = 0;
    for (const lease of this.#leases) count += lease.held.length;
    return count;
  }

  /** The ids in hand. */
  get heldIds(): string[] {
    return [...this.#leases].flatMap((lease) => lease.held.map((one) => one.id));
  }

  /** One intake, to its end. Rejects with `StoreTrouble`; `release` has then been called on what was left. */
  async run(store: Store, claims: readonly Claim[], release: (lease: Lease) => Promise<void>): Promise<void> {
    const holder = `${this.#options.worker.name} ${claims[0]?.token}`;
    const external = 'external' in this.#options.handler ? claims[0] : undefined;
    const alsoExtend = async (held: readonly Held[]) => {
      const kept = external === undefined || (await this.#extendExternal(external, holder));
      if (store.name === 'redis') await this.#options.holdRows(held.map((one) => one.id));
      return kept;
    };
    const lease = new Lease({
      store,
      claims,
      leaseMs: this.#options.worker.leaseMs,
      alsoExtend,
      onError: (error) => this.#report('warn', 'lease_not_extended', { error: errorText(error) }),
    });
    this.#leases.add(lease);
    this.tally.claimed[store.name] += claims.length;
    this.#spans.claimed(store, claims);
    try {
      const live = await this.#sortOut(lease, await this.#buryHopeless(lease, claims));
      if (external && live.length > 0) await this.#callExternal(lease, external, holder);
      else if (live.length > 0) await this.#runBatch(lease, live);
    } catch (error) {
      await release(lease);
      throw error;
    } finally {
      lease.end();
      this.#leases.delete(lease);
      this.#spans.ended(claims, 'released');
    }
  }

  /** Aborts what still runs: the grace is over. */
  abort(reason: Error): readonly Lease[] {
    for (const lease of this.#leases) lease.abort(reason);
    return [...this.#leases];
  }

  /** A payload that does not fit is an attempt that failed before its handler was called. */
  async #sortOut(lease: Lease, claims: readonly Claim[]): Promise<readonly Claim[]> {
    const { fits, misfits } = await this.#options.payloads.sort(claims);
    for (const { claim, cause } of misfits) await this.#attemptFailed(lease, claim, cause);
    return fits;
  }

  /** A claim beyond the last attempt means that the last attempt killed its worker; it must not kill another. */
  async #buryHopeless(lease: Lease, claims: readonly Claim[]): Promise<readonly Claim[]> {
    const { worker, pool, retentionMs } = this.#options;
    const beyond = claims.filter((claim) => claim.attempt > worker.maxAttempts);
    for (const claim of beyond) {
      await this.#bury(
        lease,
        claim,
        `The worker did not survive attempt ${claim.attempt - 1}, the last one.`,
      );
    }
    const forgotten = await tooOld(
      claims.filter((claim) => !beyond.includes(claim)),
      pool,
      retentionMs,
    );
    for (const claim of forgotten) {
      await this.#bury(
        lease,
        claim,
        'Older than the outcomes that are kept: it may have been processed before.',
      );
    }
    return claims.filter((claim) => !beyond.includes(claim) && !forgotten.includes(claim));
  }

  /**
   * Settles a batch; where its handler fails, halves it until the culprit stands alone. `again`: it failed alone in a
   * way that a store might have caused, and is looked at a second time.
   */
  async #runBatch(lease: Lease, claims: readonly Claim[], again = false): Promise<void> {
    const { pool, queue, handler, payloads, probe } = this.#options;
    if (!('batch' in handler)) return;
    try {
      const settlement = await settleBatch(pool, queue, claims, (fresh, tx) =>
        this.#spans.handling(fresh, async () =>
          handler.batch(await payloads.readAll(fresh), tx, { signal: lease.signal }),
        ),
      );
      await this.#conclude(lease, settlement);
    } catch (error) {
      if (isRivalled(error)) return this.#standBack(lease, claims);
      const { cause, storeLike } = await judge(error, probe);
      const [only, ...others] = claims;
      if (only && others.length === 0) {
        return storeLike && !again
          ? this.#runBatch(lease, claims, true)
          : this.#attemptFailed(lease, only, cause);
      }
      const half = Math.ceil(claims.length / 2);
      await this.#runBatch(lease, claims.slice(0, half));
      await this.#runBatch(lease, claims.slice(half));
    }
  }

  async #callExternal(lease: Lease, claim: Claim, holder: string): Promise<void> {
    const { pool, queue, handler, payloads, worker } = this.#options;
    if (!('external' in handler)) return;
    const begun = await beginExternal(pool, queue, claim, holder, worker.leaseMs).catch((error: unknown) => {
      if (isRivalled(error)) return { fresh: [], late: [], busy: [claim] };
      throw asTrouble(error);
    });
    if (begun.fresh.length === 0) return this.#conclude(lease, begun);
    this.#begun.add(claim);
    try {
      await this.#spans.handling([claim], async () =>
        handler.external(await payloads.read(claim), {
          idempotencyKey: `${queue}:${claim.envelope.id}`,
          attempt: claim.attempt,
          signal: lease.signal,
        }),
      );
    } catch (error) {
      await abandonExternal(pool, queue, claim, holder).catch(throwTrouble);
      return this.#attemptFailed(lease, claim, toError(error));
    }
    await this.#finishExternal(lease, claim);
    await this.#conclude(lease, begun);
  }

  /** The call was made; from here on only its settling is repeated, for as long as the worker lives. */
  async #finishExternal(lease: Lease, claim: Claim): Promise<void> {
    const { pool, queue, storeFailed } = this.#options;
    for (;;) {
      try {
        return await finishExternal(pool, queue, claim);
      } catch (error) {
        if (lease.signal.aborted) throw new StoreTrouble(error);
        await storeFailed(toError(error));
      }
    }
  }

  /** Before the call has begun there is no right to it that could be lost. */
  async #extendExternal(claim: Claim, holder: string): Promise<boolean> {
    const { pool, queue, worker } = this.#options;
    return !this.#begun.has(claim) || extendExternal(pool, queue, claim, holder, worker.leaseMs);
  }

  async #attemptFailed(lease: Lease, claim: Claim, cause: Error): Promise<void> {
    const { worker } = this.#options;
    const error = errorText(cause);
    this.tally.failed += 1;
    this.#report('warn', 'attempt_failed', { id: claim.envelope.id, attempt: claim.attempt, error });
    if (claim.attempt >= worker.maxAttempts) return this.#bury(lease, claim, error);
    const history = withAttempt(claim.history, {
      attempt: claim.attempt,
      at: new Date().toISOString(),
      error,
    });
    await this.#delay(lease, {
      ...heldOf(claim),
      delayMs: backoffDelayMs(claim.attempt, worker.backoffMs),
      history,
    });
    this.tally.retried += 1;
    this.#spans.ended([claim], 'retried', error);
  }

  async #bury(lease: Lease, claim: Claim, error: string): Promise<void> {
    const history = withAttempt(claim.history, {
      attempt: claim.attempt,
      at: new Date().toISOString(),
      error,
    });
    const settlement = await this.#settleDead(lease, { claim, error, history });
    if (settlement === undefined) return;
    if (settlement.fresh.length > 0) {
      this.#report('error', 'dead', { id: claim.envelope.id, attempt: claim.attempt, error });
      this.tally.dead += 1;
      this.#spans.ended([claim], 'dead', error);
    }
    await this.#conclude(lease, {
      ...settlement,
      fresh: [],
      late: [...settlement.fresh, ...settlement.late],
    });
  }

  /** What Postgres will not even keep as dead stays where it is, leased and reported, and holds up nobody else. */
  async #settleDead(lease: Lease, death: Death): Promise<Settlement | undefined> {
    const { pool, queue } = this.#options;
    try {
      return await settleDead(pool, queue, [death]);
    } catch (error) {
      if (isRivalled(error)) await this.#standBack(lease, [death.claim]);
      else if (isStoresOwn(error)) throw asTrouble(error);
      else this.#report('error', 'unreadable', { id: death.claim.envelope.id, error: errorText(error) });
      lease.drop([heldOf(death.claim)]);
      return undefined;
    }
  }

  /** Another worker is at it: looked at again later, and no attempt of ours. */
  async #standBack(lease: Lease, claims: readonly Claim[]): Promise<void> {
    for (const claim of claims) {
      await this.#delay(lease, {
        ...heldOf(claim),
        delayMs: BUSY_DELAY_MS,
        history: claim.history,
        uncounted: true,
      });
    }
    this.#spans.ended(claims, 'stood_back');
  }

  async #conclude(lease: Lease, { fresh, late, busy }: Settlement): Promise<void> {
    if (fresh.length > 0) {
      this.tally.settled += fresh.length;
      this.tally.lastSettledAt = new Date();
    }
    lease.drop([...fresh, ...late].map(heldOf));
    this.#spans.ended(fresh, 'done');
    this.#spans.ended(late, 'late');
    await this.#options.forget([...fresh, ...late].map((claim) => claim.envelope));
    await this.#standBack(lease, busy);
  }

  async #delay(lease: Lease, retry: Retry): Promise<void> {
    await lease.store.retry([retry]).catch((error: unknown) => {
      // Its lease runs out instead, and another attempt follows then.
      this.#report('warn', 'retry_not_stored', { id: retry.id, error: errorText(error) });
    });
    lease.drop([retry]);
  }

  #report<Name extends AttemptEvent>(level: EventLevel, event: Name, fields: QueueEvents[Name]): void {
    const id = 'id' in fields ? ` ${fields.id}` : '';
    this.#options.report(level, event, `${event.replaceAll('_', ' ')}${id}`, fields);
  }
}
