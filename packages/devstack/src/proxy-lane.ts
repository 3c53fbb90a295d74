import type { Socket } from 'node:net';

/** What the network does now; shared by all connections of a proxy. */
export interface Faults {
  delayMs: number;
  /** Nothing passes. */
  hold: boolean;
  dropReplies: boolean;
  /** Resets the connection at the next reply, and is then switched off. */
  resetOnReply: boolean;
}

type Arrival = { kind: 'bytes'; bytes: Buffer } | { kind: 'end' } | { kind: 'break' };

/** One direction of one connection: what arrives from one side leaves to the other, as the faults allow. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #faults: Faults;
  readonly #carriesReplies: boolean;
  #waiting: { dueAt: number; arrival: Arrival }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(from: Socket, to: Socket, faults: Faults, carriesReplies: boolean) {
    this.#from = from;
    this.#to = to;
    this.#faults = faults;
    this.#carriesReplies = carriesReplies;
    from.on('data', (bytes: Buffer) => this.#arrive({ kind: 'bytes', bytes }));
    from.on('end', () => this.#arrive({ kind: 'end' }));
    from.on('error', () => this.#arrive({ kind: 'break' }));
    to.on('drain', () => from.resume());
  }

  /** Delivers all waiting bytes at once. */
  flush(): void {
    for (const entry of this.#waiting) entry.dueAt = 0;
    this.#deliverDue();
  }

  /** Drops all waiting bytes. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  #arrive(arrival: Arrival): void {
    if (this.#closed) return;
    // Never before its predecessor, also when the delay was shortened in between.
    const earliest = this.#waiting.at(-1)?.dueAt ?? 0;
    this.#waiting.push({ dueAt: Math.max(earliest, performance.now() + this.#faults.delayMs), arrival });
    this.#deliverDue();
  }

  #deliverDue(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const next = this.#waiting[0];
      if (!next || this.#faults.hold) return;
      const waitMs = next.dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#deliverDue(), Math.ceil(waitMs));
        return;
      }
      this.#waiting.shift();
      this.#deliver(next.arrival);
    }
  }

  #deliver(arrival: Arrival): void {
    if (this.#to.destroyed) return;
    if (arrival.kind === 'end') this.#to.end();
    else if (arrival.kind === 'break') breakOff(this.#to);
    else if (!this.#carriesReplies) this.#pass(arrival.bytes);
    else if (this.#faults.resetOnReply) this.#breakOff(arrival.bytes);
    else if (!this.#faults.dropReplies) this.#pass(arrival.bytes);
  }

  #pass(bytes: Buffer): void {
    if (!this.#to.write(bytes)) this.#from.pause();
  }

  #breakOff(bytes: Buffer): void {
    this.#faults.resetOnReply = false;
    this.close();
    this.#to.write(bytes.subarray(0, bytes.length >> 1), () => breakOff(this.#to));
    breakOff(this.#from);
  }
}

/**
 * Breaks a connection (RST). A connection that is just ending is closed instead: Node fails to reset it (EINVAL),
 * never reports that it is closed, and spins when the process exits.
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
