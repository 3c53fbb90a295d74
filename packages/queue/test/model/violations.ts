import { derivedId } from '../../src/contract/id.ts';
import { DEADLINE_MS } from './model-world.ts';
import type { World } from './model-world.ts';

/** Which invariants (model.test.ts) do not hold at the end; none, one hopes. */
export function findings(world: World, external: boolean): string[] {
  const found = [...world.violations];
  const { effects, digestsDone, postgres } = world;
  const isKept = (key: string): boolean => {
    const [id = '', digest = ''] = key.split(' ');
    if (digestsDone.has(key)) return true;
    const places = [id, derivedId({ id, digest })].map((place) => postgres.outcomes.get(place));
    return (
      places.some((outcome) => outcome?.digest === digest && outcome.status !== 'running') ||
      digestsDone.has(`${derivedId({ id, digest })} ${digest}`)
    );
  };
  for (const key of new Set(world.calls.map((call) => call.key))) {
    const calls = world.calls.filter((call) => call.key === key);
    const acks = calls.filter((call) => call.via !== undefined);
    // What only Redis acknowledged, and Redis then forgot, is lost by that configuration, and by no other. A copy is dropped
    // only if other content stands under the same id.
    const isContested = world.calls.some(
      (call) => call.key.startsWith(key.split(' ')[0] ?? '') && call.key !== key,
    );
    const isCopied = world.copied.has(key) && !isContested;
    const forgotten = world.forgotten.has(key) && !isCopied && acks.every((call) => call.via === 'redis');
    if (acks.length > 0 && !isKept(key) && !forgotten) found.push(`I1: ${key} was acknowledged and is lost`);
    if (calls.every((call) => call.refusal === 'refused') && isKept(key))
      found.push(`I4: ${key} was refused for certain, and happened`);
  }
  for (const call of world.calls) {
    const tookMs = (call.settledMs ?? Number.POSITIVE_INFINITY) - call.startedMs;
    if (tookMs > DEADLINE_MS + 1) found.push(`I5: an enqueue took ${tookMs} ms`);
  }
  if (!external)
    for (const id of new Set(effects))
      if (effects.filter((one) => one === id).length > 1)
        found.push(`I2: the effect of ${id} happened twice`);
  if (world.redis.jobs.size > 0) found.push(`I7: Redis still holds ${[...world.redis.jobs.keys()].join()}`);
  if (postgres.rows.size > 0) found.push(`I7: Postgres still holds ${[...postgres.rows.keys()].join()}`);
  for (const { id, digest, status } of postgres.outcomes.values())
    if (status === 'running' && !world.forgotten.has(`${id} ${digest}`))
      found.push(`I7: ${id} is still running`);
  return found;
}
