import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { monotonicMs } from './clock.ts';
import type { Mischief } from './mischief.ts';
import type { Keeps } from '@spillway/queue';
import type { Attempt, Result, StoreName, Why } from './verdict.ts';

const CHUNK_BYTES = 1024 * 1024;

/** The content of a submission. `variant` b is the other content that a conflict sends under the id of an a. */
export interface Content {
  readonly from: string;
  readonly n: number;
  readonly variant: 'a' | 'b';
  /** The handler fails on its first attempt. */
  readonly flaky: boolean;
  /** What the handler does wrong in its first `attempts`; without a number, in all of them. */
  readonly mischief?: { readonly name: Mischief; readonly attempts?: number };
  /** What the ledger calls it, where its sender gave no id and so knows that of the queue only from an answer. */
  readonly alias?: string;
}

interface Begin {
  readonly begin: number;
  readonly id: string;
  readonly content: Content;
  readonly why: Why;
  readonly atMs: number;
}

/** The answer that the sender got. */
export interface Answer {
  readonly result: Result;
  readonly via?: StoreName;
  readonly keeps?: Keeps;
  readonly error?: string;
  /** The queue's id of the submission, if the answer had one. */
  readonly queueId?: string;
}

interface End extends Answer {
  readonly end: number;
  readonly atMs: number;
}

/**
 * The attempts of one producer and their answers, a line each. A line is passed to the operating system before the
 * submission is sent, so that a killed producer leaves no effect that its ledger does not list.
 */
export class LedgerWriter {
  readonly #file: number;
  #count = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  begin(id: string, content: Content, why: Why): number {
    const begin = this.#count;
    this.#count += 1;
    this.#write({ begin, id, content, why, atMs: monotonicMs() });
    return begin;
  }

  end(attempt: number, answer: Answer): void {
    this.#write({ end: attempt, atMs: monotonicMs(), ...answer });
  }

  #write(line: Begin | End): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}

/** Follows the ledger of one producer. */
export class LedgerReader {
  readonly #path: string;
  readonly #producer: string;
  readonly #over: Attempt['over'];
  readonly #attempts = new Map<number, Attempt>();
  #offset = 0;
  #rest = '';

  constructor(path: string, producer: string, over: Attempt['over']) {
    this.#path = path;
    this.#producer = producer;
    this.#over = over;
  }

  /** All attempts so far. Later readings complete the same objects. */
  read(): readonly Attempt[] {
    const lines = (this.#rest + this.#readNew()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#note(JSON.parse(line));
    return [...this.#attempts.values()];
  }

  #note(line: Begin | End): void {
    if ('begin' in line) {
      const { begin, id, content, why, atMs } = line;
      const [producer, over] = [this.#producer, this.#over];
      this.#attempts.set(begin, { producer, over, id, content, why, startedMs: atMs });
      return;
    }
    const attempt = this.#attempts.get(line.end);
    if (!attempt) throw new Error(`The ledger ${this.#path} ends an attempt that it never began.`);
    const { end: _, atMs: settledMs, ...answer } = line;
    Object.assign(attempt, { settledMs, ...answer });
  }

  #readNew(): string {
    const file = openSync(this.#path, 'a+');
    try {
      const parts: Buffer[] = [];
      for (;;) {
        const chunk = Buffer.alloc(CHUNK_BYTES);
        const bytes = readSync(file, chunk, 0, CHUNK_BYTES, this.#offset);
        if (bytes === 0) return Buffer.concat(parts).toString('utf8');
        this.#offset += bytes;
        parts.push(chunk.subarray(0, bytes));
      }
    } finally {
      closeSync(file);
    }
  }
}
