import type { Report } from '../contract/events.ts';
import { HandlerError, LockTimeout, StoreFailure, TimeLimitError } from '../contract/failures.ts';
import type { BatchHandler, ExternalHandler, Handler } from '../contract/handler.ts';
import type {
  Effects,
  FallbackRows,
  OnLateStatement,
  OutcomeLedger,
  Settlement,
} from '../contract/ledger.ts';
import { optionsOf } from '../contract/worker-options.ts';
import type { ResolvedWorkerOptions } from '../contract/worker-options.ts';
import type { Claim, Held, Store } from '../contract/store.ts';
import type { HandlersView } from '../contract/views.ts';
import { errorText, toError } from '../util/error-text.ts';
import { Endings } from './endings.ts';
import type { Tally } from './endings.ts';
import { expired } from './expired-id.ts';
import { asStoreFailure, failureUnlessLocked, findCause } from './failure-cause.ts';
import { HandlerRuns } from './handler-run.ts';
import type { HandlerRun } from './handler-run.ts';
import type { HeldClaims } from './held-claims.ts';
import type { Lease } from './lease.ts';
import type { Payloads } from './payloads.ts';
import { WorkSpans } from './spans.ts';

export interface ExecutorOptions {
  readonly queue: string;
  readonly ledger: OutcomeLedger;
  readonly rows: FallbackRows;
  readonly handler: Handler;
  readonly payloads: Payloads;
  readonly worker: ResolvedWorkerOptions;
  /** Ids older than this may have lost their outcome to retention: they are never executed, ms. */
  readonly retentionMs: number;
  readonly held: HeldClaims;
  /** A real write to Postgres: whether a failure that looks like the store's is. */
  readonly probe: () => Promise<void>;
  /** Waits until Postgres takes writes again, or the worker's grace is over. */
  readonly storeFailed: (error: Error) => Promise<void>;
  readonly report: Report;
}

/** Claims that are settled together. `isRepeated`: they have failed before, as a store might fail them. */
interface Part {
  readonly claims: readonly Claim[];
  readonly isRepeated: boolean;
}

function once(claims: readonly Claim[]): Part {
  return { claims, isRepeated: false };
}

/** Runs the handler on claims, and sees each of them completed, retried, or dead. */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #begun = new WeakSet<Claim>();
  readonly #spans: WorkSpans;
  readonly #endings: Endings;
  readonly #runs: HandlerRuns;

  constructor(options: ExecutorOptions) {
    const { queue, ledger, worker, held, probe, report } = options;
    this.#options = options;
    this.#spans = new WorkSpans(queue, worker.name);
    this.#endings = new Endings({ ledger, worker, held, probe, spans: this.#spans, report });
    this.#runs = new HandlerRuns({ leaseMs: worker.leaseMs, report });
  }

  get handlers(): HandlersView {
    return this.#runs.view();
  }

  get tally(): Tally {
    return this.#endings.tally;
  }

  /** One claimed batch, to its end. Rejects with `StoreFailure`, once what was left of it is released. */
  async run(store: Store, claims: readonly Claim[]): Promise<void> {
    const { held, worker, handler } = this.#options;
    const holder = `${worker.name} ${claims[0]?.token}`;
    const external = 'external' in handler ? claims[0] : undefined;
    const lease = held.hold({
      store,
      claims,
      leaseMs: worker.leaseMs,
      alsoExtend: (some) => this.#alsoExtend(store, some, external, holder),
      onError: (error) => this.#endings.report('warn', 'lease_not_extended', { error: errorText(error) }),
    });
    this.tally.claimed[store.name] += claims.length;
    this.#spans.claimed(store, claims);
    try {
      const ours = await this.#withoutRunning(lease, claims);
      const live = await this.#withPayload(lease, await this.#withoutHopeless(lease, ours));
      if (live.length === 0) return;
      if ('batch' in handler) await this.#runBatch(lease, handler.batch, live);
      else for (const claim of live) await this.#callExternal(lease, handler.external, claim, holder);
    } catch (error) {
      // Only the store's failures cost no attempt: what else may end up here must not be repeated without end.
      if (!(error instanceof StoreFailure) && !lease.signal.aborted) lease.count();
      await held.release(lease);
      // The worker stops, or another one has taken over: that is no failure of the store.
      if (!lease.signal.aborted) throw error;
    } finally {
      held.end(lease);
      this.#spans.ended(claims, 'released');
    }
  }

  /** Prolongs the right to an external call, and keeps the rows of what was claimed from Redis from being claimed from Postgres. */
  async #alsoExtend(
    store: Store,
    held: readonly Held[],
    external: Claim | undefined,
    holder: string,
  ): Promise<boolean> {
    const { ledger, rows, worker } = this.#options;
    // Before the call has begun there is no right to it that could be lost.
    const kept =
      external === undefined ||
      !this.#begun.has(external) ||
      (await ledger.extendExternal(external, holder, worker.leaseMs));
    if (store.name === 'redis')
      await rows.extendLeases(
        held.map((one) => one.id),
        worker.leaseMs,
      );
    return kept;
  }

  /** Copies of what a handler of this process still works on are postponed: it must not run beside itself. */
  async #withoutRunning(lease: Lease, claims: readonly Claim[]): Promise<readonly Claim[]> {
    const running = this.#runs.idsRunning();
    const copies = claims.filter((claim) => running.has(claim.envelope.id));
    await this.#endings.postpone(lease, copies);
    return claims.filter((claim) => !copies.includes(claim));
  }

  /** A claim beyond the last attempt means that the last attempt killed its worker; it must not kill another. */
  async #withoutHopeless(lease: Lease, claims: readonly Claim[]): Promise<readonly Claim[]> {
    const { worker, ledger, retentionMs } = this.#options;
    const beyond = claims.filter(
      ({ attempt, envelope }) => attempt > optionsOf(worker, envelope.form).maxAttempts,
    );
    for (const claim of beyond) {
      const last = claim.history.findLast((one) => one.attempt === claim.attempt - 1 && !one.snoozed);
      const error = last?.error ?? `The worker did not survive attempt ${claim.attempt - 1}, the last one.`;
      await this.#endings.deadLetter(lease, claim, error);
    }
    const rest = claims.filter((claim) => !beyond.includes(claim));
    const tooOld = await expired(rest, ledger, retentionMs);
    for (const claim of tooOld) {
      const error = 'Older than the outcomes that are kept: it may have been processed before.';
      await this.#endings.deadLetter(lease, claim, error);
    }
    return rest.filter((claim) => !tooOld.includes(claim));
  }

  /** A payload that does not fit its schema is an attempt that failed before the handler was called. */
  async #withPayload(lease: Lease, claims: readonly Claim[]): Promise<readonly Claim[]> {
    const { payloads, worker } = this.#options;
    const timeoutMsOf = (form: string) => optionsOf(worker, form).timeoutMs;
    const { valid, invalid } = await payloads.sort(claims, timeoutMsOf, lease.signal);
    for (const { claim, cause } of invalid) await this.#endings.fail(lease, claim, cause);
    return valid;
  }

  /**
   * Settles a batch. Where it fails, it is halved until the claim that fails is alone, so that each of its neighbours is settled within
   * this one claim. The parts take turns: those that do not fail need not wait until the culprit is found.
   */
  async #runBatch(lease: Lease, handler: BatchHandler, claims: readonly Claim[]): Promise<void> {
    const parts = [once(claims)];
    for (const part of parts) parts.push(...(await this.#runPart(lease, handler, part)));
  }

  /** Returns what is to be run instead, where it fails. A claim that fails alone as a store might fail it is repeated once. */
  async #runPart(lease: Lease, handler: BatchHandler, part: Part): Promise<readonly Part[]> {
    const { ledger, payloads } = this.#options;
    const { claims } = part;
    const run = this.#prepare(lease, claims);
    const handle: Effects = (inserted, tx, lost) => {
      const call = async (signal: AbortSignal) => handler(await payloads.readAll(inserted), tx, { signal });
      return run.call((signal) => this.#spans.handling(inserted, () => call(signal)), lost);
    };
    try {
      const settlement = await ledger.settleBatch(claims, handle, this.#reportLate(claims));
      await this.#endings.complete(lease, settlement);
      return [];
    } catch (error) {
      if (lease.signal.aborted) throw error;
      return this.#partFailed(lease, part, run, error);
    }
  }

  async #partFailed(
    lease: Lease,
    { claims, isRepeated }: Part,
    run: HandlerRun,
    error: unknown,
  ): Promise<readonly Part[]> {
    const { probe, worker } = this.#options;
    const isTimeLimit = error instanceof HandlerError && toError(error.cause) instanceof TimeLimitError;
    // A handler that has lost its connection may run on. It must not run beside itself: its slot waits for it, as long as a lease.
    const hasSettled = await run.settled(isTimeLimit ? 0 : worker.leaseMs);
    const half = Math.ceil(claims.length / 2);
    const halves = [claims.slice(0, half), claims.slice(half)].map(once);
    const isAlone = claims.length === 1;
    if (error instanceof LockTimeout) {
      if (!isAlone) return halves;
      await this.#endings.postpone(lease, claims);
      return [];
    }
    if (!isAlone && (isTimeLimit || !hasSettled)) {
      this.#endings.lapse(lease, claims, error);
      return [];
    }
    const { cause, isStoreLike } = await findCause(error, probe);
    if (!isAlone) return halves;
    // It must not run beside itself.
    if (isStoreLike && !isRepeated && hasSettled) return [{ claims, isRepeated: true }];
    for (const claim of claims)
      await this.#endings.fail(lease, claim, cause, hasSettled ? 0 : worker.leaseMs);
    return [];
  }

  /** Reports the first late statement of a batch. */
  #reportLate(claims: readonly Claim[]): OnLateStatement {
    let isReported = false;
    return (late) => {
      if (isReported) return;
      isReported = true;
      const id = claims[0]?.envelope.id ?? '';
      this.#endings.report('error', 'late_statement', { id, count: claims.length, error: errorText(late) });
    };
  }

  async #callExternal(lease: Lease, handler: ExternalHandler, claim: Claim, holder: string): Promise<void> {
    const { queue, ledger, payloads, worker } = this.#options;
    const begun = await this.#beginExternal(lease, claim, holder);
    if (begun === undefined) return;
    if (begun.inserted.length === 0) return this.#endings.complete(lease, begun);
    this.#begun.add(claim);
    lease.count();
    const run = this.#prepare(lease, [claim]);
    const idempotencyKey = `${queue}:${claim.envelope.id}`;
    const handle = async (signal: AbortSignal) =>
      handler(await payloads.read(claim), { idempotencyKey, attempt: claim.attempt, signal });
    try {
      await run.call((signal) => this.#spans.handling([claim], () => handle(signal)));
    } catch (error) {
      // The attempt counts, also where the right to the call cannot be given back now.
      const kept = await ledger.abandonExternal(claim, holder).then(() => undefined, failureUnlessLocked);
      if (lease.signal.aborted) throw error;
      const hasSettled = await run.settled(0);
      await this.#endings.fail(lease, claim, toError(error), hasSettled ? 0 : worker.leaseMs);
      if (kept) throw kept;
      return;
    }
    await this.#finishExternal(lease, claim);
    await this.#endings.complete(lease, begun);
  }

  /** `undefined`: it failed twice while the store takes writes, and the attempt has failed. */
  async #beginExternal(lease: Lease, claim: Claim, holder: string): Promise<Settlement | undefined> {
    const { ledger, worker, probe } = this.#options;
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        return await ledger.beginExternal(claim, holder, worker.leaseMs);
      } catch (error) {
        if (error instanceof LockTimeout) return { inserted: [], alreadySettled: [], inProgress: [claim] };
        const { cause, isStoreLike } = await findCause(error, probe);
        if (isStoreLike && !isRepeated) continue;
        await this.#endings.fail(lease, claim, cause);
        return undefined;
      }
    }
  }

  #prepare(lease: Lease, claims: readonly Claim[]): HandlerRun {
    const timeoutMs = Math.max(
      ...claims.map(({ envelope }) => optionsOf(this.#options.worker, envelope.form).timeoutMs),
    );
    return this.#runs.prepare(claims, timeoutMs, lease.signal);
  }

  /** The call was made; from here on only its settling is repeated, for as long as the worker lives. */
  async #finishExternal(lease: Lease, claim: Claim): Promise<void> {
    const { ledger, storeFailed } = this.#options;
    for (;;) {
      try {
        return await ledger.finishExternal(claim);
      } catch (error) {
        if (lease.signal.aborted) throw asStoreFailure(error);
        // Another transaction holds its outcome for a moment, for which this one has waited: Postgres is there.
        if (!(error instanceof LockTimeout)) await storeFailed(toError(error));
      }
    }
  }
}
