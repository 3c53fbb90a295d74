import type {
  AttemptRecord,
  Claim,
  ClaimOptions,
  Depth,
  Held,
  PushAnswer,
  PushItem,
  PushOptions,
  PushResult,
  Retry,
  Settled,
  Store,
} from '../../src/contract/store.ts';
import { newToken } from '../../src/contract/id.ts';
import type { Envelope } from '../../src/contract/submission.ts';
import { withTimeout } from '../../src/util/deadline.ts';

/*
 * The two tables in memory, and the statements of src/postgres/store.ts and operate.ts over them, with the same
 * conditions in the same order. What a statement of SQL does at once, a method here does at once. It passes the
 * contract of the stores (memory-store.test.ts); the model test runs on it.
 */

export interface Row {
  envelope: Envelope;
  runAtMs: number;
  /** `-Infinity`: free. Past: a worker died with it. */
  leaseUntilMs: number;
  claimedBy: string | undefined;
  claimToken: string | undefined;
  pushedEpoch: string | undefined;
  attempts: number;
  history: readonly AttemptRecord[];
}

export interface Outcome {
  readonly id: string;
  readonly status: 'running' | 'done' | 'dead' | 'discarded';
  readonly generation: number;
  readonly digest: string;
  readonly attempts: number;
  readonly history: readonly AttemptRecord[];
  readonly envelope: Envelope;
  readonly leaseUntilMs?: number;
  readonly claimedBy?: string;
  readonly conflictsWith?: string;
}

/** Copies of what Redis has acknowledged. */
interface Group {
  readonly items: readonly PushItem[];
  readonly epoch: string | undefined;
  readonly writtenMs: number;
}

const FREE = Number.NEGATIVE_INFINITY;

export class MemoryPostgres {
  readonly rows = new Map<string, Row>();
  readonly outcomes = new Map<string, Outcome>();
  groups: readonly Group[] = [];
  /** Told of each row that goes. */
  onRowDeleted: (row: Row) => void = () => {};
  /** Told when a retry, release or extension took effect: for whom, and who held the lease. */
  onLeaseChanged: (caller: string, holder: string, id: string) => void = () => {};

  push(items: readonly PushItem[]): PushAnswer[] {
    // A plain INSERT: one row that is there already, and none is written.
    const isGenerated = items.every((item) => item.generatedId);
    if (isGenerated && items.some(({ envelope }) => this.rows.has(envelope.id))) throw new RefusedError();
    const stored = new Set<string>();
    for (const item of items) if (this.#insert(item, isGenerated)) stored.add(item.envelope.id);
    return items.map(({ envelope }) => (stored.has(envelope.id) ? 'stored' : this.#explain(envelope)));
  }

  #insert(item: PushItem, isGenerated: boolean): boolean {
    const { envelope } = item;
    const outcome = isGenerated ? undefined : this.#settled(envelope.id);
    if (outcome && outcome.generation >= envelope.generation) return false;
    const held = this.rows.get(envelope.id);
    // Whatever its generation, other content replaces nothing (fencing.test.ts).
    if (held && (held.envelope.generation >= envelope.generation || held.envelope.digest !== envelope.digest))
      return false;
    this.rows.set(envelope.id, {
      envelope,
      runAtMs: item.runAtMs ?? Date.now(),
      leaseUntilMs: FREE,
      claimedBy: undefined,
      claimToken: undefined,
      pushedEpoch: undefined,
      attempts: item.attempts ?? 0,
      history: item.history ?? [],
    });
    return true;
  }

  #explain({ id, digest }: Envelope): PushAnswer {
    const known = [this.rows.get(id)?.envelope.digest, this.#settled(id)?.digest].filter(
      (one) => one !== undefined,
    );
    if (known.length === 0) return 'unknown';
    return known.includes(digest) ? 'duplicate' : 'conflict';
  }

  /** A call that is under way has settled nothing yet, and its copy may be gone: fencing.test.ts asks this of Postgres. */
  #settled(id: string): Outcome | undefined {
    const outcome = this.outcomes.get(id);
    return outcome?.status === 'running' ? undefined : outcome;
  }

  claim({ limit, leaseMs, worker }: ClaimOptions): Claim[] {
    const nowMs = Date.now();
    const due = this.#inOrder().filter((row) => row.runAtMs <= nowMs && row.leaseUntilMs <= nowMs);
    const seen = due.slice(0, limit);
    const firstExpired = seen.findIndex((row) => row.leaseUntilMs > FREE);
    const alone = firstExpired === -1 ? seen : seen.slice(0, Math.max(1, firstExpired));
    const token = newToken();
    return alone.map((row) => {
      row.attempts += 1;
      row.leaseUntilMs = nowMs + leaseMs;
      row.claimedBy = worker;
      row.claimToken = token;
      return { envelope: row.envelope, token, attempt: row.attempts, history: row.history };
    });
  }

  extend(caller: string, held: readonly Held[], leaseMs: number): string[] {
    return held
      .filter((one) => {
        const row = this.#held(caller, one);
        if (row) row.leaseUntilMs = Date.now() + leaseMs;
        return row === undefined;
      })
      .map((one) => one.id);
  }

  retry(caller: string, retries: readonly Retry[]): void {
    for (const one of retries) {
      const row = this.#held(caller, one);
      if (!row) continue;
      row.runAtMs = Date.now() + one.delayMs;
      row.attempts -= one.uncounted ? 1 : 0;
      row.history = one.history;
      this.#free(row);
    }
  }

  release(caller: string, held: readonly Held[]): void {
    for (const one of held) {
      const row = this.#held(caller, one);
      if (!row) continue;
      row.attempts -= 1;
      this.#free(row);
    }
  }

  hold(ids: readonly string[], leaseMs: number): void {
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row) row.leaseUntilMs = Date.now() + leaseMs;
    }
  }

  deleteRows(items: readonly Settled[]): void {
    for (const { id, generation, digest } of items) {
      const row = this.rows.get(id);
      if (!row || row.envelope.generation > generation || row.envelope.digest !== digest) continue;
      this.rows.delete(id);
      this.onRowDeleted(row);
    }
  }

  writeGroup(items: readonly PushItem[], epoch: string | undefined): void {
    this.groups = [...this.groups, { items, epoch, writtenMs: Date.now() }];
  }

  unfold(ageMs: number): number {
    const isDue = ({ writtenMs }: Group) => writtenMs < Date.now() - ageMs;
    const due = this.groups.filter(isDue);
    this.groups = this.groups.filter((group) => !isDue(group));
    for (const { items, epoch } of due)
      for (const item of items) {
        const { id } = item.envelope;
        if (this.rows.has(id) || !this.#insert(item, false)) continue;
        this.markPushed([id], epoch);
      }
    return due.length;
  }

  /** Whether it is kept here, in whichever table. */
  holds(id: string, digest: string): boolean {
    const groups = this.groups.flatMap(({ items }) => items.map(({ envelope }) => envelope));
    const places = [...groups, this.rows.get(id)?.envelope, this.#settled(id)];
    return places.some((one) => one?.id === id && one.digest === digest);
  }

  /** Rows that recovery reads: due, nobody's, past the grace. */
  waiting(graceMs: number): Row[] {
    const nowMs = Date.now();
    return this.#inOrder().filter((row) => row.runAtMs <= nowMs - graceMs && row.leaseUntilMs <= nowMs);
  }

  markPushed(ids: readonly string[], epoch: string | undefined): void {
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row) row.pushedEpoch = epoch;
    }
  }

  /** An operator's retry of whatever is dead; `isFree`: no transaction has its outcome locked. */
  retryDead(isFree: (id: string) => boolean): string[] {
    const dead = [...this.outcomes.values()].filter(
      (one) => one.status === 'dead' && !this.rows.has(one.id) && isFree(one.id),
    );
    for (const { id, envelope, generation, history } of dead) {
      this.outcomes.delete(id);
      this.rows.set(id, {
        envelope: { ...envelope, id, generation: generation + 1 },
        runAtMs: Date.now(),
        leaseUntilMs: FREE,
        claimedBy: undefined,
        claimToken: undefined,
        pushedEpoch: undefined,
        attempts: 0,
        history,
      });
    }
    return dead.map((one) => one.id);
  }

  depth(): Depth {
    const nowMs = Date.now();
    const rows = [...this.rows.values()];
    const delayed = rows.filter((row) => row.runAtMs > nowMs).length;
    const active = rows.filter((row) => row.runAtMs <= nowMs && row.leaseUntilMs > nowMs).length;
    return { ready: rows.length - delayed - active, delayed, active, capped: false };
  }

  #inOrder(): Row[] {
    return [...this.rows.values()].toSorted(
      (a, b) => a.runAtMs - b.runAtMs || (a.envelope.id < b.envelope.id ? -1 : 1),
    );
  }

  #held(caller: string, { id, token }: Held): Row | undefined {
    const row = this.rows.get(id);
    const held = row?.claimToken === token && row.leaseUntilMs > FREE;
    if (!held) return undefined;
    this.onLeaseChanged(caller, row.claimedBy ?? '', id);
    return row;
  }

  #free(row: Row): void {
    row.leaseUntilMs = FREE;
    row.claimedBy = undefined;
    row.claimToken = undefined;
  }
}

/**
 * How a call reaches a server, and its answer the caller: at once in a test of the memory itself. `onLost` is called
 * where the request will never arrive.
 */
export type Carry = <T>(label: string, act: () => T, onLost?: () => void) => Promise<T>;

/** Postgres as one caller sees it. */
export class MemoryPostgresStore implements Store {
  readonly name = 'postgres';
  readonly #memory: MemoryPostgres;
  readonly #caller: string;
  readonly #carry: Carry;

  constructor(memory: MemoryPostgres, caller: string, carry: Carry = async (_, act) => act()) {
    this.#memory = memory;
    this.#caller = caller;
    this.#carry = carry;
  }

  async push(items: readonly PushItem[], { deadlineMs }: PushOptions): Promise<PushResult> {
    try {
      const pushing = this.#carry('push', () => this.#memory.push(items));
      return { answers: await withTimeout(deadlineMs, pushing) };
    } catch (error) {
      const refused = error instanceof RefusedError;
      const cause = error instanceof Error ? error : new Error(String(error));
      return { answers: items.map(() => (refused ? 'refused' : 'unknown')), cause };
    }
  }

  probe(): Promise<void> {
    return this.#carry('probe', () => {});
  }

  claim(options: ClaimOptions): Promise<Claim[]> {
    return this.#carry('claim', () => this.#memory.claim(options));
  }

  extend(held: readonly Held[], leaseMs: number): Promise<string[]> {
    return this.#carry('extend', () => this.#memory.extend(this.#caller, held, leaseMs));
  }

  retry(retries: readonly Retry[]): Promise<void> {
    return this.#carry('retry', () => this.#memory.retry(this.#caller, retries));
  }

  release(held: readonly Held[]): Promise<void> {
    return this.#carry('release', () => this.#memory.release(this.#caller, held));
  }

  ack(items: readonly Settled[]): Promise<void> {
    return this.#carry('ack', () => this.#memory.deleteRows(items));
  }

  has(ids: readonly string[]): Promise<Set<string>> {
    return this.#carry('has', () => new Set(ids.filter((id) => this.#memory.rows.has(id))));
  }

  depth(): Promise<Depth> {
    return this.#carry('depth', () => this.#memory.depth());
  }
}

/** The server was not reached: the call certainly did nothing. */
export class RefusedError extends Error {}
