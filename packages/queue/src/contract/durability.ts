import type { Keeps } from './store.ts';

/** What an audit of a store's settings found. */
export interface Audit {
  readonly keeps: Keeps;
  /** What a crash of the store would lose now, in words. */
  readonly durability: string;
  /** Nearly all of its memory is used: other stores are preferred, while they are there. */
  readonly full?: boolean;
}
