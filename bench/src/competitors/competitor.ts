import type { Harness } from '../harness.ts';

/** A competitor of a scenario. */
export interface Entrant<T> {
  readonly name: string;
  open(harness: Harness): Promise<T>;
}

/** Accepts submissions. */
export interface Producer extends AsyncDisposable {
  /** Submissions that one call carries. Default 1. */
  readonly perCall?: number;
  submit(): Promise<unknown>;
  /** Deletes waiting jobs outside of Redis. The benchmark itself empties Redis between competitors. */
  clear?(): Promise<void>;
  /** What a reader of the figures should know. */
  note?(): string | undefined;
}

/** Works jobs off that do nothing. */
export interface Consumer extends AsyncDisposable {
  /** Leaves exactly `count` jobs waiting. Redis has been emptied. */
  fill(count: number): Promise<void>;
  /** Works them off; resolves to the time from the first call of the handler to the last recorded result, in ms. */
  drain(count: number): Promise<number>;
}

/** Sends a job to an idle worker in the same process. */
export interface Courier extends AsyncDisposable {
  /** Resolves to the time from the call to the handler, in ms, once all is idle again. */
  send(): Promise<number>;
}
