import type { WorkerView } from '@spillway/queue';

/** What a worker is doing, in words for operators. */
export function doingOf({ workingFrom, paused, recoveryPaused, inFlight }: WorkerView): string {
  const hand = inFlight > 0 ? `${inFlight} in hand` : 'nothing in hand';
  const recovery = recoveryPaused ? '; recovery is paused' : '';
  if (paused !== undefined) return `paused, ${hand}: ${paused}`;
  if (workingFrom === 'none') return `stopping, ${hand}`;
  const from = workingFrom === 'redis' ? 'from Redis' : 'straight from Postgres';
  return `${inFlight > 0 ? 'working' : 'waiting for work'} ${from}, ${hand}${recovery}`;
}
