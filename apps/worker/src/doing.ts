import type { WorkerView } from '@spillway/queue';

/** What a worker is doing, in words for operators. */
export function doingOf({ workingFrom, paused, recoveryPaused, inFlight }: WorkerView): string {
  const claimed = inFlight > 0 ? `${inFlight} claimed` : 'nothing claimed';
  const recovery = recoveryPaused ? '; recovery is paused' : '';
  if (paused !== undefined) return `paused, ${claimed}: ${paused}`;
  if (workingFrom === 'none') return `stopping, ${claimed}`;
  const from = workingFrom === 'redis' ? 'from Redis' : 'directly from Postgres';
  return `${inFlight > 0 ? 'working' : 'waiting for work'} ${from}, ${claimed}${recovery}`;
}
