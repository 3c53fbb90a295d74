import { wasRefused } from './connection.ts';
import type { CallScript } from './connection.ts';

/** One answer's envelopes and histories take at most this much, so that it stays quick. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Each connection of Redis has a buffer for this much anyway. */
const MIN_ANSWER_BYTES = 8 * 1024;
/** After a lost answer, a quarter of it is asked for. */
const SHRINK = 4;
/** After this many answers that arrived, twice as much is asked for. */
const GROW_AFTER = 100;

/**
 * How large an answer of Redis may be. Redis closes a connection whose answer exceeds `client-output-buffer-limit` or
 * `maxmemory-clients`, and sends no error. So each answer that is lost makes the next ones smaller, whatever it was lost by.
 */
export class AnswerSize {
  #bytes = MAX_ANSWER_BYTES;
  #arrived = 0;

  get bytes(): number {
    return this.#bytes;
  }

  arrived(): void {
    this.#arrived += 1;
    if (this.#arrived < GROW_AFTER) return;
    this.#arrived = 0;
    this.#bytes = Math.min(MAX_ANSWER_BYTES, 2 * this.#bytes);
  }

  /** Several answers may be lost with one connection: they count once. */
  lost(bytes: number): void {
    this.#arrived = 0;
    this.#bytes = Math.max(MIN_ANSWER_BYTES, Math.min(this.#bytes, Math.floor(bytes / SHRINK)));
  }
}

/** Calls scripts that answer lists. */
export class Answers {
  readonly #call: CallScript;
  readonly #size: AnswerSize;

  constructor(call: CallScript, size: AnswerSize) {
    this.#call = call;
    this.#size = size;
  }

  async list(...call: Parameters<CallScript>): Promise<unknown[]> {
    const reply = await this.#call(...call);
    if (!Array.isArray(reply)) throw new TypeError(`${call[0]} answered ${typeof reply}, not a list`);
    return reply;
  }

  /** A script that answers with envelopes, up to a number of bytes that comes before its other arguments. */
  async sized(...[name, args]: Parameters<CallScript>): Promise<unknown[]> {
    const { bytes } = this.#size;
    try {
      const reply = await this.list(name, [bytes, ...args]);
      this.#size.arrived();
      return reply;
    } catch (error) {
      if (!wasRefused(error)) this.#size.lost(bytes);
      throw error;
    }
  }

  /** A text that is too large for one answer, read in pieces. `undefined`: it is gone. */
  async whole(kind: 'envelope' | 'history', id: string): Promise<string | undefined> {
    let text = '';
    for (let from = 1; from > 0;) {
      const [next, piece] = await this.sized('spillwayPiece', [kind, id, from]);
      if (typeof piece !== 'string') return undefined;
      text += piece;
      from = Number(next);
    }
    return text;
  }
}
