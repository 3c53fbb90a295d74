import type { Primary, QueueOptions } from '@spillway/queue';

/** How a child process reaches the queue; its only argument, as JSON. */
interface ChildOptions {
  readonly name: string;
  readonly seed: number;
  readonly queue: string;
  readonly redisUrl: string;
  readonly postgresUrl: string;
  readonly primary: Primary;
  readonly shadow: NonNullable<QueueOptions['shadow']>;
  /** Plays this peer instead of Spillway. */
  readonly peer?: string;
}

export interface ProducerOptions extends ChildOptions {
  readonly ledger: string;
  /** Of the web application; without it, the producer submits to the queue itself. */
  readonly url?: string;
  /** Each submission once, with an id of its sender's: what every queue can be asked for. */
  readonly isPlain: boolean;
}

export interface WorkerProcessOptions extends ChildOptions {
  readonly leaseMs: number;
  /** Where it notes the calls of its handler. */
  readonly runs: string;
  /** How long the handler holds its transaction, so that faults find claims in hand. */
  readonly workMs: number;
}

/** From the campaign to a child. */
export type Order =
  | { readonly kind: 'load'; readonly ratePerSecond: number }
  | { readonly kind: 'rest' }
  | { readonly kind: 'look' };

/** From a child to the campaign. */
export type Message =
  | { readonly kind: 'started' }
  /** Every attempt has been answered, and no retry is pending. */
  | { readonly kind: 'rested' }
  /** Something that the queue reported. */
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  /** The state that the process sees: whether both stores are up and keep what they acknowledge, and the time. */
  | { readonly kind: 'seen'; readonly healthy: boolean; readonly inFlight: number; readonly wallMs: number };
