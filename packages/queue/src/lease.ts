import type { Claim, Held, Store } from './store.ts';

/** A lease is prolonged this many times within its length, so that one lost try does not cost it. */
const EXTENSIONS_PER_LEASE = 3;

export interface LeaseOptions {
  readonly store: Store;
  readonly claims: readonly Claim[];
  readonly leaseMs: number;
  /** Prolongs what else the work holds, besides the store's lease. False: it was lost. */
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

  async #extend(): Promise<void> {
    if (this.#held.length === 0) return;
    try {
      const lost = await this.#options.store.extend(this.#held, this.#options.leaseMs);
      const kept = await this.#options.alsoExtend(this.#held);
      if (!kept || (lost.length > 0 && lost.length === this.#held.length)) {
        this.abort(new Error('the lease was lost to another worker'));
      }
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

export function heldOf(claim: Claim): Held {
  return { id: claim.envelope.id, generation: claim.envelope.generation, token: claim.token };
}
