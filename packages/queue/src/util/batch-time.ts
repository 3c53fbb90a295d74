/**
 * What a flight of so many takes where nobody waits for a disk, in ms: one that was busy all the time took no longer
 * (docs/performance.md).
 */
export function quickBatchMs(items: number): number {
  return 1 + 0.025 * items;
}
