/** How long a batch of this many items takes at most if nothing waits for a disk, in ms (docs/performance.md). */
export function quickBatchMs(items: number): number {
  return 1 + 0.025 * items;
}
