import { busyMs } from '../util/batch-time.ts';
import type { PushAnswer, PushItem, PushOptions, PushResult } from '../contract/store.ts';

/** One flight carries at most this much. More would make the first of it wait for the last. */
const MAX_ITEMS = 500;
const MAX_BYTES = 1024 * 1024;
/** One flight is written while the next is on its way; a third would only split what could travel together. */
const MAX_FLIGHTS = 2;
/**
 * From this many on, what is waiting shares itself out, so that we read one answer while the store works on the other; but not
 * where the store waits for its disk, which would then do so twice.
 */
const WORTH_SPLITTING = 16;

/** An item on its way. */
export interface Ticket {
  /** Whether the store was asked: before that, giving up is certain to leave nothing behind. */
  readonly sent: boolean;
  /** How many travelled together; 0 before take-off. */
  readonly together: number;
  /** On the clock of `performance.now()`, ms. Brought forward, it keeps an item that was not sent yet from being sent. */
  deadlineAtMs: number;
}

interface Waiting extends Ticket {
  sent: boolean;
  together: number;
  readonly item: PushItem;
  readonly force: boolean;
  readonly answer: (answer: PushAnswer, cause?: Error) => void;
}

/**
 * Coalesces concurrent pushes: what is waiting when a flight can start travels in it, so that a store is asked about as
 * seldom under load as it is idle. There is no timer: a lone caller leaves at the end of its own turn.
 */
export class Batcher {
  #waiting: Waiting[] = [];
  #flights = 0;
  #waitsForDisk = false;
  #scheduled = false;
  readonly #push: (items: readonly PushItem[], options: PushOptions) => Promise<PushResult>;

  /** `push` must always settle, and never reject: see `PushStore`. */
  constructor(push: (items: readonly PushItem[], options: PushOptions) => Promise<PushResult>) {
    this.#push = push;
  }

  /** Answers once: as the store does, or `refused` where the deadline passed before the item could be sent. */
  push(item: PushItem, force: boolean, deadlineAtMs: number, answer: Waiting['answer']): Ticket {
    const waiting = { item, force, deadlineAtMs, answer, sent: false, together: 0 };
    this.#waiting.push(waiting);
    this.#schedule();
    return waiting;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Not before all that one answer set off has run: its callers come back for more, and share a flight.
    process.nextTick(() => {
      this.#scheduled = false;
      this.#takeOff();
    });
  }

  #takeOff(): void {
    while (this.#flights < MAX_FLIGHTS && this.#waiting.length > 0) {
      const flight = this.#board(performance.now());
      if (flight.length > 0) this.#fly(flight);
    }
  }

  /**
   * Takes what may travel together from the front of the queue. An id travels once: with two contents under one id
   * in one statement, a store could not say which of them it took.
   */
  #board(nowMs: number): Waiting[] {
    const flight: Waiting[] = [];
    const ids = new Set<string>();
    const most = this.#most();
    let bytes = 0;
    let index = 0;
    for (; index < this.#waiting.length && flight.length < most; index += 1) {
      const next = this.#waiting[index];
      if (next === undefined) break;
      if (next.deadlineAtMs <= nowMs) {
        next.answer('refused');
        continue;
      }
      bytes += Buffer.byteLength(next.item.envelope.payload);
      const first = flight[0];
      if (first && (bytes > MAX_BYTES || first.force !== next.force || ids.has(next.item.envelope.id))) break;
      next.sent = true;
      flight.push(next);
      ids.add(next.item.envelope.id);
    }
    this.#waiting = index === this.#waiting.length ? [] : this.#waiting.slice(index);
    return flight;
  }

  /** How many may board: with no flight on its way, half. */
  #most(): number {
    const { length } = this.#waiting;
    const shares = length < WORTH_SPLITTING || this.#waitsForDisk ? 1 : MAX_FLIGHTS - this.#flights;
    return Math.min(MAX_ITEMS, Math.ceil(length / shares));
  }

  #fly(flight: readonly Waiting[]): void {
    this.#flights += 1;
    for (const one of flight) one.together = flight.length;
    const startedMs = performance.now();
    const deadlineAtMs = Math.max(...flight.map((one) => one.deadlineAtMs));
    const options = {
      deadlineMs: Math.max(1, deadlineAtMs - startedMs),
      force: flight[0]?.force ?? false,
    };
    void this.#push(
      flight.map((one) => one.item),
      options,
    ).then(({ answers, cause }) => {
      this.#flights -= 1;
      this.#waitsForDisk = performance.now() - startedMs > busyMs(flight.length);
      flight.forEach((one, index) => one.answer(answers[index] ?? 'unknown', cause));
      this.#takeOff();
    });
  }
}
