import type { Keeps } from './store.ts';

/** What a store keeps when it crashes, by its settings. */
export interface StoreDurability {
  readonly keeps: Keeps;
  /** What a crash of the store would lose now, in words. */
  readonly durability: string;
  /** Nearly all of its memory is used: the other store is preferred while it is there. */
  readonly full?: boolean;
  /** It has a replica, to which a failover may lead. */
  readonly isReplicated?: boolean;
}
