import type { Content } from '../ledger.ts';
import type { StoreName } from '../verdict.ts';

/** What a peer is opened with, in each of its processes. */
interface Addresses {
  readonly redisUrl: string;
  readonly postgresUrl: string;
}

/** A submission as a peer's handler gets it. */
interface Job {
  readonly id: string;
  readonly content: Content;
}

/** Writes a row; where the peer has a transaction for that, through it. */
type Write = (text: string, values: readonly unknown[]) => Promise<unknown>;

/** `write` is missing where the peer has no transaction to write through. */
export type PeerHandler = (job: Job, write?: Write) => Promise<void>;

/** A peer in one process. */
export interface Peer {
  /** Resolves once the peer has acknowledged it. The same id again is a repetition. */
  submit(id: string, content: Content): Promise<unknown>;
  /** Begins to work; resolves with the way to end. */
  work(handler: PeerHandler): Promise<() => Promise<unknown>>;
  /** What is not done, by its id: `open` if it will be tried again or is being tried, `failed` if it is kept for an operator. */
  kept(): Promise<Map<string, 'open' | 'failed'>>;
  close(): Promise<unknown>;
}

/** A queue beside ours, set up as its documentation recommends for losing nothing. */
export interface Contestant {
  readonly name: string;
  /** The package whose version is told. */
  readonly package: string;
  /** Where it keeps its jobs. Faults of another store do not concern it. */
  readonly uses: readonly StoreName[];
  /** What its documentation promises, and is asked for here. */
  readonly promises: string;
  /** What is set for losing nothing. */
  readonly settings: string;
  /** Makes its tables, once. */
  readonly prepare?: (addresses: Addresses) => Promise<void>;
  open(addresses: Addresses): Promise<Peer>;
}

/** Attempts, where the peer lets them be set. */
export const ATTEMPTS = 10;
/** Between attempts; so that all of them last longer than a fault, ms. */
export const RETRY_MS = 1_000;
/** Where a peer has a lease, it is as long as ours, ms. */
export const PEER_LEASE_MS = 3_000;
/** Where a peer ends handlers that hang, it does so after this long, ms. */
export const PEER_TIMEOUT_MS = 5_000;
export const CONCURRENCY = 20;
export const QUEUE = 'chaos';
