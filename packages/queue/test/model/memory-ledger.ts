import { HandlerError, StoreFailure } from '../../src/contract/failures.ts';
import { derivedId } from '../../src/contract/id.ts';
import type { Transaction } from '../../src/contract/transaction.ts';
import type { DeadLetter, Effects, OutcomeLedger, Settlement } from '../../src/contract/ledger.ts';
import type { Claim } from '../../src/contract/store.ts';
import type { Envelope } from '../../src/contract/submission.ts';
import type { Locks } from './memory-locks.ts';
import type { MemoryPostgres, Outcome } from './memory-postgres.ts';

/*
 * A ledger in memory: the conditions of src/postgres/settle/ over two tables in memory, in the same order. Transactions are modelled
 * as far as settling relies on them: an inserted or conflicting outcome is locked until the transaction ends, so that a second settler
 * waits for the first, and so does an operator's retry; `NOT EXISTS (newer generation)` is decided on the snapshot from before that
 * wait (READ COMMITTED); outcomes, effects and deletions appear together at the commit, or not at all. The model test runs the real
 * worker on it.
 */

/** One worker's connections to the modelled Postgres. */
export interface Session {
  readonly memory: MemoryPostgres;
  readonly locks: Locks;
  /** Resolves when a statement has reached the server and its answer has come back; rejects where it did not. */
  step(label: string): Promise<void>;
  /** As `step`, for what changes something: `apply` takes effect on the way, even where its answer is lost. */
  commit(apply: () => void, onLost?: () => void): Promise<void>;
  /** The transactions that are open, so that the end of a connection ends them. */
  readonly open: Set<MemoryTransaction>;
  /** The effect of a submission, kept with the transaction that settles it. */
  readonly onEffects: (effects: readonly Envelope[]) => void;
}

type Insert = Pick<Outcome, 'status'> & Partial<Pick<Outcome, 'leaseUntilMs' | 'claimedBy'>>;

export class MemoryTransaction {
  readonly #session: Session;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #deleted: Claim[] = [];
  readonly #removed: string[] = [];
  readonly #effects: Envelope[] = [];
  readonly #lost = new AbortController();
  /** COMMIT was sent. */
  isSent = false;
  ended = false;

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  constructor(session: Session) {
    this.#session = session;
    session.open.add(this);
  }

  /** `insertOutcomes`: ids of the claims whose outcome is new. */
  async insertOutcomes(claims: readonly Claim[], insert: Insert): Promise<ReadonlySet<string>> {
    const { memory, locks } = this.#session;
    // Only of the same content: other content under the id is passed over by nothing (fencing.test.ts).
    const isNewest = ({ envelope: { id, digest, generation } }: Claim) => {
      const row = memory.rows.get(id)?.envelope;
      return row === undefined || row.digest !== digest || row.generation <= generation;
    };
    const candidates = claims.filter(isNewest).toSorted((a, b) => (a.envelope.id < b.envelope.id ? -1 : 1));
    const inserted = new Set<string>();
    for (const claim of candidates) {
      const { id, generation, digest } = claim.envelope;
      await locks.acquire(id, this);
      const held = memory.outcomes.get(id);
      const replaceable =
        held?.digest === digest &&
        ((held.status === 'running' && (held.leaseUntilMs ?? 0) <= Date.now()) ||
          (held.status === 'dead' && held.generation < generation));
      if (held !== undefined && !replaceable) continue;
      const { attempt: attempts, history, envelope } = claim;
      this.#outcomes.set(id, { id, generation, digest, attempts, history, envelope, ...insert });
      inserted.add(id);
    }
    return inserted;
  }

  /** `sortOut` and `keepConflicting`. */
  sortOut(claims: readonly Claim[], insertedIds: ReadonlySet<string>): Settlement {
    const { memory } = this.#session;
    const rest = claims.filter((claim) => !insertedIds.has(claim.envelope.id));
    const found = (claim: Claim) =>
      this.#outcomes.get(claim.envelope.id) ?? memory.outcomes.get(claim.envelope.id);
    const isConflict = (claim: Claim) => {
      const outcome = found(claim);
      return outcome !== undefined && outcome.digest !== claim.envelope.digest;
    };
    for (const claim of rest.filter(isConflict)) {
      const { envelope, attempt: attempts, history } = claim;
      const id = derivedId(envelope);
      // ON CONFLICT DO NOTHING: this transaction may have settled an operator's retry of it just now.
      if (memory.outcomes.has(id) || this.#outcomes.has(id)) continue;
      const { generation, digest } = envelope;
      const conflictsWith = envelope.id;
      this.#outcomes.set(id, {
        id,
        status: 'dead',
        generation,
        digest,
        attempts,
        history,
        envelope,
        conflictsWith,
      });
    }
    const isInProgress = (claim: Claim) => found(claim)?.status === 'running' && !isConflict(claim);
    return {
      inserted: claims.filter((claim) => insertedIds.has(claim.envelope.id)),
      alreadySettled: rest.filter((claim) => !isInProgress(claim)),
      inProgress: rest.filter(isInProgress),
    };
  }

  /** What a handler does for a submission here happens when its outcome does. */
  effectOf(id: string): void {
    const outcome = this.#outcomes.get(id);
    if (this.ended || outcome === undefined) throw new Error(`${id} is not this transaction's to settle`);
    this.#effects.push(outcome.envelope);
  }

  /** The outcome of a claim, under the lock that a statement takes on what it changes. */
  async lock({ envelope }: Claim): Promise<Outcome | undefined> {
    await this.#session.locks.acquire(envelope.id, this);
    return this.#session.memory.outcomes.get(envelope.id);
  }

  /** `isRunning`. */
  async lockRunning(claim: Claim): Promise<Outcome | undefined> {
    const outcome = await this.lock(claim);
    return outcome?.status === 'running' && outcome.digest === claim.envelope.digest ? outcome : undefined;
  }

  replace(outcome: Outcome): void {
    this.#outcomes.set(outcome.id, outcome);
  }

  remove(id: string): void {
    this.#removed.push(id);
  }

  delete(claims: readonly Claim[]): void {
    this.#deleted.push(...claims);
  }

  async commit(): Promise<void> {
    const { memory, onEffects } = this.#session;
    this.isSent = true;
    const apply = () => {
      if (this.ended) throw new Error('Connection terminated unexpectedly');
      for (const outcome of this.#outcomes.values()) memory.outcomes.set(outcome.id, outcome);
      for (const id of this.#removed) memory.outcomes.delete(id);
      onEffects(this.#effects);
      memory.deleteRows(this.#deleted.map((claim) => claim.envelope));
      this.end();
    };
    await this.#session.commit(apply, () => this.end());
  }

  /** Its connection broke. A COMMIT that was sent before that is still carried out. */
  abandon(): void {
    if (!this.isSent) this.end();
  }

  /** The end of it, committed or not. */
  end(): void {
    this.ended = true;
    this.#lost.abort(new Error('Connection terminated unexpectedly'));
    this.#session.open.delete(this);
    this.#session.locks.releaseAll(this);
  }
}

/** What a handler throws that looks like a failure of the store. */
export class StoreLikeError extends Error {}

const transactions = new WeakMap<Transaction, MemoryTransaction>();

/** The modelled transaction behind the handle that a handler was given. */
export function transactionOf(tx: Transaction): MemoryTransaction {
  const found = transactions.get(tx);
  if (found === undefined) throw new Error('this handle belongs to no transaction in memory');
  return found;
}

/** What settles over one worker's connections. */
export class MemoryLedger implements OutcomeLedger {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  settleBatch(claims: readonly Claim[], effects: Effects): Promise<Settlement> {
    return this.#inTransaction(async (tx) => {
      const settlement = await this.#insert(tx, claims, { status: 'done' });
      const { inserted, alreadySettled } = settlement;
      // Never used as one: it names the modelled transaction (`transactionOf`).
      const handle: Transaction = JSON.parse('{}');
      transactions.set(handle, tx);
      if (inserted.length > 0) {
        await effects(inserted, handle, tx.lost).catch((error: unknown) => {
          throw new HandlerError(error, tx.ended || error instanceof StoreLikeError);
        });
      }
      try {
        await this.#session.step('delete');
        tx.delete([...inserted, ...alreadySettled]);
        await tx.commit();
        return settlement;
      } catch (error) {
        throw new HandlerError(error, true);
      }
    });
  }

  settleDead(dead: readonly DeadLetter[]): Promise<Settlement> {
    return this.#inTransaction(async (tx) => {
      const claims = dead.map(({ claim, history }) => ({ ...claim, history }));
      const settlement = await this.#insert(tx, claims, { status: 'dead' });
      tx.delete([...settlement.inserted, ...settlement.alreadySettled]);
      return settlement;
    });
  }

  beginExternal(claim: Claim, holder: string, leaseMs: number): Promise<Settlement> {
    return this.#inTransaction(async (tx) => {
      const running = { status: 'running' as const, claimedBy: holder, leaseUntilMs: Date.now() + leaseMs };
      const settlement = await this.#insert(tx, [claim], running);
      tx.delete(settlement.alreadySettled);
      return settlement;
    });
  }

  extendExternal(claim: Claim, holder: string, leaseMs: number): Promise<boolean> {
    return this.#inTransaction(async (tx) => {
      const running = await tx.lockRunning(claim);
      if (running?.claimedBy !== holder) return false;
      tx.replace({ ...running, leaseUntilMs: Date.now() + leaseMs });
      return true;
    });
  }

  finishExternal(claim: Claim): Promise<void> {
    return this.#inTransaction(async (tx) => {
      const outcome = await tx.lock(claim);
      const { id, generation, digest } = claim.envelope;
      // Nothing there, or dead: another worker had taken the call over and given it up (fencing.test.ts).
      const isOpen = outcome?.status === 'running' || outcome?.status === 'dead';
      if (outcome === undefined || (isOpen && outcome.digest === digest)) {
        const { attempt: attempts, history, envelope } = claim;
        tx.replace({ id, status: 'done', generation, digest, attempts, history, envelope });
      }
      tx.delete([claim]);
    });
  }

  abandonExternal(claim: Claim, holder: string): Promise<void> {
    return this.#inTransaction(async (tx) => {
      const running = await tx.lockRunning(claim);
      if (running?.claimedBy === holder) tx.remove(running.id);
    });
  }

  probe(): Promise<void> {
    return this.#session.step('probe');
  }

  async nowMs(): Promise<number> {
    await this.#session.step('clock');
    return Date.now();
  }

  /** Nothing grows old in a run. */
  async deleteExpired(): Promise<number> {
    return 0;
  }

  async #insert(tx: MemoryTransaction, claims: readonly Claim[], columns: Insert): Promise<Settlement> {
    const inserted = await tx.insertOutcomes(claims, columns);
    await this.#session.step('outcomes');
    return tx.sortOut(claims, inserted);
  }

  async #inTransaction<T>(work: (tx: MemoryTransaction) => Promise<T>): Promise<T> {
    let tx: MemoryTransaction | undefined;
    try {
      await this.#session.step('begin');
      tx = new MemoryTransaction(this.#session);
      const result = await work(tx);
      if (!tx.isSent) await tx.commit();
      return result;
    } catch (error) {
      throw error instanceof HandlerError ? error : new StoreFailure(String(error), error);
    } finally {
      tx?.abandon();
    }
  }
}
