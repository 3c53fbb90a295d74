import type { WorkerView } from './views.ts';

/** What can be paused: a worker altogether, or only its recovery. */
export type Pausable = 'worker' | 'recovery';

/** Processes a queue's submissions and runs recovery, until stopped. */
export interface Worker {
  readonly name: string;
  /** Begins. Stores may be absent: it picks up as they appear. */
  start(): void;
  /** Claims nothing more, lets handlers finish within `graceMs`, gives the rest back. */
  stop(): Promise<void>;
  /** `worker`: claims nothing more until it is resumed, and finishes the claims that it holds. `recovery`: pushes nothing to Redis. */
  pause(what: Pausable): void;
  resume(what: Pausable): void;
  view(): WorkerView;
}
