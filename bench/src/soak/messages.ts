export interface ChildOptions {
  readonly role: 'producer' | 'worker';
  readonly redisUrl: string;
  readonly postgresUrl: string;
  readonly perSecond: number;
}

/** Asked for by any message to the child. */
export interface Sample {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Accepted, or handled, since it started. */
  readonly done: number;
}
