import { errorText } from '../util/error-text.ts';
import type { Report } from '../contract/events.ts';
import { Lease } from './lease.ts';
import type { LeaseOptions } from './lease.ts';
import type { FastStore, Held, Settled, Store } from '../contract/store.ts';

export interface HeldClaimsOptions {
  readonly worker: string;
  readonly postgres: Store;
  /** Redis, while it is used. */
  readonly redis: () => FastStore | undefined;
  readonly report: Report;
}

/**
 * The register of a worker's claims: which it holds, under which leases, and how they go back to their stores. Best effort: what
 * does not arrive comes back when its lease ends.
 */
export class HeldClaims {
  readonly #options: HeldClaimsOptions;
  readonly #leases = new Set<Lease>();
  #unreleased: Held[] = [];
  /** Ids that are left to their lease, and when that has ended at the latest. */
  readonly #left = new Map<string, number>();

  constructor(options: HeldClaimsOptions) {
    this.#options = options;
  }

  get count(): number {
    let count = 0;
    for (const lease of this.#leases) count += lease.held.length;
    return count;
  }

  hold(options: LeaseOptions): Lease {
    const lease = new Lease(options);
    this.#leases.add(lease);
    return lease;
  }

  /** The work under this lease has ended. */
  end(lease: Lease): void {
    lease.end();
    this.#leases.delete(lease);
  }

  /** Aborts all handlers that still run, and releases their claims. */
  async abort(reason: Error): Promise<void> {
    for (const lease of this.#leases) lease.abort(reason);
    await Promise.all([...this.#leases].map((lease) => this.release(lease)));
  }

  /** Releases what is left under a lease. What Postgres does not take back now is kept for `releaseRest`. */
  async release(lease: Lease): Promise<void> {
    const held = lease.held;
    if (held.length === 0) return;
    try {
      await lease.release();
    } catch (error) {
      const text = errorText(error);
      this.#options.report('debug', 'not_released', text, { count: held.length, error: text });
      if (lease.counts) this.leave(lease, held);
      else if (lease.store.name === 'postgres') this.#unreleased.push(...held);
    }
  }

  /** These could not be given back with their attempt counted: their lease ends instead. Released as lost, it would not count. */
  leave({ leaseMs }: Lease, held: readonly Held[]): void {
    const nowMs = performance.now();
    for (const { id } of held) this.#left.set(id, nowMs + leaseMs);
  }

  /** Tries again what Postgres did not take back. */
  async releaseRest(): Promise<void> {
    const held = this.#unreleased.splice(0);
    if (held.length === 0) return;
    await this.#options.postgres.release(held).catch(() => this.#unreleased.push(...held));
  }

  /** Releases claims whose reply was lost: Redis leases them to this worker, and the register does not know them. */
  async releaseLost(): Promise<void> {
    const { redis, worker, report } = this.#options;
    const nowMs = performance.now();
    for (const [id, endsMs] of this.#left) if (endsMs <= nowMs) this.#left.delete(id);
    const held = [...this.#leases].flatMap((lease) => lease.held.map((one) => one.id));
    const ids = [...held, ...this.#left.keys()];
    try {
      const released = (await redis()?.releaseLost(worker, ids)) ?? 0;
      if (released > 0)
        report('info', 'lost_claims_released', `${released} claims whose reply was lost`, { released });
    } catch (error) {
      const text = errorText(error);
      report('warn', 'lost_claims_kept', text, { error: text });
    }
  }

  /** Tells Redis to drop copies of what is settled. */
  async ack(items: readonly Settled[]): Promise<void> {
    const { redis, report } = this.#options;
    if (items.length === 0) return;
    // A copy that stays comes back when its lease ends; its worker finds the outcome, and drops it then.
    await redis()
      ?.ack(items)
      .catch((error: unknown) => {
        const text = errorText(error);
        report('debug', 'not_forgotten', text, { count: items.length, error: text });
      });
  }
}
