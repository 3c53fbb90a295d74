import { expect, it } from 'vitest';
import { faultTable } from '../src/peers/table.ts';
import { ENTRIES, PEER_FAULTS, playAll } from '../src/peers/tournament.ts';

it('the same fault, played on ours and on a peer, leaves the same kind of score', async () => {
  const entries = ENTRIES.filter(({ name }) => ['Spillway, Postgres first', 'pg-boss'].includes(name));
  const faults = PEER_FAULTS.filter(({ name }) => name === 'handler-fails' || name === 'redis-flushall');
  const cells = await playAll({ entries, faults, seed: 1, ratePerSecond: 30 }, () => {});
  const [head, flushed, failing] = faultTable(entries, cells);
  expect(head).toEqual(['fault', 'Spillway, Postgres first', 'pg-boss']);
  expect(flushed).toEqual(['`redis-flushall`', 'whole', 'not used']);
  expect(failing).toEqual(['`handler-fails`', 'whole', 'whole']);
});
