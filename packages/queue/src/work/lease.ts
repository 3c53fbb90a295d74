import { HandlerAbortedError } from '../contract/failures.ts';
import type { Claim, Held, Store } from '../contract/store.ts';

/** A lease is extended this many times within its length, so that one failed try does not lose it. */
export const EXTENSIONS_PER_LEASE = 3;

export interface LeaseOptions {
  readonly store: Store;
  readonly claims: readonly Claim[];
  readonly leaseMs: number;
  /** Extends what the work holds in addition to the store's lease. False: that was lost to another worker. */
  readonly alsoExtend: (held: readonly Held[]) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** Keeps claims leased while their handler runs. */
export class Lease {
  /** Aborts when another worker holds the claim, since going on would only repeat its work, and when the worker stops. */
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #held: Held[];
  #counts = false;

  get store(): Store {
    return this.#options.store;
  }

  get leaseMs(): number {
    return this.#options.leaseMs;
  }

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#held = options.claims.map(heldOf);
    this.signal = this.#abort.signal;
    this.#timer = setInterval(() => void this.#extend(), options.leaseMs / EXTENSIONS_PER_LEASE);
  }

  /** The claims that are neither settled nor returned yet. */
  get held(): readonly Held[] {
    return this.#held;
  }

  /** These are settled or returned. They are not extended any more. */
  drop(held: readonly Held[]): void {
    const gone = new Set(held.map((one) => one.id));
    this.#held = this.#held.filter((one) => !gone.has(one.id));
  }

  /** From here on the attempt counts, whatever ends it: an external call begins. */
  count(): void {
    this.#counts = true;
  }

  get counts(): boolean {
    return this.#counts;
  }

  /** Gives back what is left. */
  async release(): Promise<void> {
    const { store, claims } = this.#options;
    if (!this.#counts) return store.release(this.#held);
    const ids = new Set(this.#held.map((one) => one.id));
    const left = claims.filter(({ envelope }) => ids.has(envelope.id));
    await store.retry(left.map((claim) => ({ ...heldOf(claim), delayMs: 0, history: claim.history })));
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** Extends the store's lease and what else is held independently: one may be reachable while the other is not. */
  async #extend(): Promise<void> {
    const held = this.#held;
    if (held.length === 0) return;
    const { store, leaseMs, alsoExtend, onError } = this.#options;
    const [lease, also] = await Promise.allSettled([store.extend(held, leaseMs), alsoExtend(held)]);
    for (const one of [lease, also]) if (one.status === 'rejected') onError(one.reason);
    if (also.status === 'fulfilled' && !also.value)
      this.abort(new HandlerAbortedError('another worker has taken over the call'));
  }
}

export function heldOf(claim: Claim): Held {
  return { id: claim.envelope.id, token: claim.token };
}
