/**
 * One look for many callers: they share the look that is under way, and for `forMs` after its begin the last answer. How
 * often they ask then costs nothing. A failed look is not kept.
 */
export function share<T>(forMs: number, look: () => Promise<T>): () => Promise<T> {
  let begunMs = Number.NEGATIVE_INFINITY;
  let isUnderWay = false;
  let last: Promise<T> | undefined;
  return () => {
    const nowMs = performance.now();
    if (last !== undefined && (isUnderWay || nowMs - begunMs < forMs)) return last;
    begunMs = nowMs;
    isUnderWay = true;
    const begun = look().finally(() => (isUnderWay = false));
    last = begun;
    begun.catch(() => {
      if (last === begun) last = undefined;
    });
    return begun;
  };
}
