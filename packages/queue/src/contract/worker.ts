import type { WorkerView } from './views.ts';

/** What can be paused: a worker altogether, or only its recovery. */
export type Pausable = 'worker' | 'recovery';

/** Processes a queue's submissions and runs recovery, until stopped. */
export interface Worker extends AsyncDisposable {
  readonly name: string;
  /** Begins. Stores may be absent: it picks up as they appear. Throws `QueueClosedError` after `stop`. */
  start(): void;
  /**
   * Claims nothing more, lets handlers finish within `graceMs`, and gives the rest back. A handler that runs on then does not keep
   * the process alive. `await using` stops it, too.
   */
  stop(): Promise<void>;
  /** `worker`: claims nothing more until it is resumed, and finishes the claims that it holds. `recovery`: pushes nothing to Redis. */
  pause(what: Pausable): void;
  resume(what: Pausable): void;
  view(): WorkerView;
}
