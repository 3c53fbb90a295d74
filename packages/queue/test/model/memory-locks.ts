import type { MemoryTransaction } from './memory-ledger.ts';

/** Row locks on outcomes: held to the end of a transaction. */
export class Locks {
  readonly #holders = new Map<string, MemoryTransaction>();
  readonly #waiters = new Map<string, (() => void)[]>();

  async acquire(id: string, tx: MemoryTransaction): Promise<void> {
    while (this.#holders.has(id) && this.#holders.get(id) !== tx) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiters.set(id, [...(this.#waiters.get(id) ?? []), resolve]);
      await promise;
    }
    if (!tx.ended) this.#holders.set(id, tx);
  }

  isFree(id: string): boolean {
    return !this.#holders.has(id);
  }

  releaseAll(tx: MemoryTransaction): void {
    for (const [id, holder] of this.#holders) {
      if (holder !== tx) continue;
      this.#holders.delete(id);
      const waiters = this.#waiters.get(id) ?? [];
      this.#waiters.delete(id);
      for (const wake of waiters) wake();
    }
  }
}
