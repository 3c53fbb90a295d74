import type { PushAnswer, PushItem, PushOptions, PushResult } from '../contract/store.ts';
import { quickBatchMs } from '../util/batch-time.ts';

/** A batch holds at most this much. More would make its first item wait for its last. */
const MAX_ITEMS = 500;
const MAX_BYTES = 1024 * 1024;
/** One batch is written while the next is on its way. A third would only split what fits into one. */
const MAX_BATCHES = 2;
/**
 * From this many waiting items on, two batches are made of them: one answer is read while the store works on the other. Not where the
 * store waits for its disk, which it would then do twice.
 */
const WORTH_SPLITTING = 16;

/** An item that was pushed. */
export interface Ticket {
  /** Whether the store was asked. Before that, giving up leaves nothing behind for certain. */
  readonly sent: boolean;
  /** How many items its batch had; 0 before it is dispatched. */
  readonly batchSize: number;
  /** On the clock of `performance.now()`, ms. Moved to the past, it keeps an item from being sent. */
  deadlineAtMs: number;
}

interface Waiting extends Ticket {
  sent: boolean;
  batchSize: number;
  readonly item: PushItem;
  readonly force: boolean;
  readonly answer: (answer: PushAnswer, cause?: Error) => void;
}

/**
 * Batches concurrent pushes: each batch takes what is waiting when it can be dispatched, so that a store is called about as often under
 * load as when idle. There is no timer: a single item is dispatched at the end of its own turn.
 */
export class Batcher {
  #waiting: Waiting[] = [];
  #underWay = 0;
  #waitsForDisk = false;
  #scheduled = false;
  readonly #push: (items: readonly PushItem[], options: PushOptions) => Promise<PushResult>;

  /** `push` must always settle, and never reject: see `PushStore`. */
  constructor(push: (items: readonly PushItem[], options: PushOptions) => Promise<PushResult>) {
    this.#push = push;
  }

  /** Answers once: as the store does, or `refused` where the deadline passed before the item could be sent. */
  push(item: PushItem, force: boolean, deadlineAtMs: number, answer: Waiting['answer']): Ticket {
    const waiting = { item, force, deadlineAtMs, answer, sent: false, batchSize: 0 };
    this.#waiting.push(waiting);
    this.#schedule();
    return waiting;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After everything that one answer set off has run: those callers push again, and share a batch.
    process.nextTick(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#underWay < MAX_BATCHES && this.#waiting.length > 0) {
      const batch = this.#takeBatch(performance.now());
      if (batch.length > 0) this.#send(batch);
    }
  }

  /**
   * Takes a batch from the front of the queue. An id is in it once: with two contents under one id in one statement, a store could not
   * say which of them it took.
   */
  #takeBatch(nowMs: number): Waiting[] {
    const batch: Waiting[] = [];
    const ids = new Set<string>();
    const most = this.#maxItems();
    let bytes = 0;
    let index = 0;
    for (; index < this.#waiting.length && batch.length < most; index += 1) {
      const next = this.#waiting[index];
      if (next === undefined) break;
      if (next.deadlineAtMs <= nowMs) {
        next.answer('refused');
        continue;
      }
      bytes += Buffer.byteLength(next.item.envelope.payload);
      const first = batch[0];
      if (first && (bytes > MAX_BYTES || first.force !== next.force || ids.has(next.item.envelope.id))) break;
      next.sent = true;
      batch.push(next);
      ids.add(next.item.envelope.id);
    }
    this.#waiting = index === this.#waiting.length ? [] : this.#waiting.slice(index);
    return batch;
  }

  /** How many the next batch may take: half of them while no batch is under way. */
  #maxItems(): number {
    const { length } = this.#waiting;
    const shares = length < WORTH_SPLITTING || this.#waitsForDisk ? 1 : MAX_BATCHES - this.#underWay;
    return Math.min(MAX_ITEMS, Math.ceil(length / shares));
  }

  #send(batch: readonly Waiting[]): void {
    this.#underWay += 1;
    for (const one of batch) one.batchSize = batch.length;
    const startedMs = performance.now();
    const deadlineAtMs = Math.max(...batch.map((one) => one.deadlineAtMs));
    const options = {
      deadlineMs: Math.max(1, deadlineAtMs - startedMs),
      force: batch[0]?.force ?? false,
    };
    void this.#push(
      batch.map((one) => one.item),
      options,
    ).then(({ answers, cause }) => {
      this.#underWay -= 1;
      this.#waitsForDisk = performance.now() - startedMs > quickBatchMs(batch.length);
      batch.forEach((one, index) => one.answer(answers[index] ?? 'unknown', cause));
      this.#dispatch();
    });
  }
}
