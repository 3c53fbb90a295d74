import type { Claim, Held, Store } from '../contract/store.ts';

/** A lease is prolonged this many times within its length, so that one lost try does not cost it. */
const EXTENSIONS_PER_LEASE = 3;

export interface LeaseOptions {
  readonly store: Store;
  readonly claims: readonly Claim[];
  readonly leaseMs: number;
  /** Prolongs what else the work holds, besides the store's lease. False: it was lost, and the work is not ours. */
  readonly alsoExtend: (held: readonly Held[]) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** Keeps claims leased while their handler runs. */
export class Lease {
  /** Aborts when another worker holds the claim by now: going on would only repeat its work. */
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #held: Held[];

  get store(): Store {
    return this.#options.store;
  }

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#held = options.claims.map(heldOf);
    this.signal = this.#abort.signal;
    this.#timer = setInterval(() => void this.#extend(), options.leaseMs / EXTENSIONS_PER_LEASE);
  }

  /** The claims that were neither settled nor returned yet. */
  get held(): readonly Held[] {
    return this.#held;
  }

  /** These went their way; the lease is not theirs any more. */
  drop(held: readonly Held[]): void {
    const gone = new Set(held.map((one) => one.id));
    this.#held = this.#held.filter((one) => !gone.has(one.id));
  }

  abort(reason: Error): void {
    this.#abort.abort(reason);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** The store's lease and what else is held, each for itself: while one cannot be reached, the other still counts. */
  async #extend(): Promise<void> {
    const held = this.#held;
    if (held.length === 0) return;
    const { store, leaseMs, alsoExtend, onError } = this.#options;
    const [lease, also] = await Promise.allSettled([store.extend(held, leaseMs), alsoExtend(held)]);
    for (const one of [lease, also]) if (one.status === 'rejected') onError(one.reason);
    if (also.status === 'fulfilled' && !also.value)
      this.abort(new Error('another worker has taken over the call'));
  }
}

export function heldOf(claim: Claim): Held {
  return { id: claim.envelope.id, token: claim.token };
}
