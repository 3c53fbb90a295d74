import { monotonicMs } from '../clock.ts';
import { LEASE_MS } from '../rig.ts';
import { atLeast, noted } from './bites.ts';
import type { Fault } from './fault.ts';
import { countClaims, freezeWithClaims } from './tools.ts';

const PAST_LEASE_MS = LEASE_MS + 1_500;
const GRACE_MS = 6_000;

/** All workers except one, each with claimed submissions. */
export const workerSigkill: Fault = {
  name: 'worker-sigkill',
  hits: 'worker',
  isAway: false,
  holdMs: [2_000, 3_000],
  inject: async (rig, { notes, strike }) => {
    const victims = rig.fleet.workers.slice(1);
    let claims = 0;
    for (const victim of victims) {
      claims += await freezeWithClaims(rig, victim);
      await rig.fleet.end(victim, 'SIGKILL');
    }
    strike();
    notes.set('claims in the hands of the killed', claims);
    return async () => {
      await Promise.all(victims.map(() => rig.fleet.spawn('worker')));
    };
  },
  bites: (evidence) => noted(evidence, 'claims in the hands of the killed'),
};

/** A worker is frozen until its leases have ended and others have its claims; then it continues unaware of that. */
export const workerFreeze: Fault = {
  name: 'worker-freeze',
  hits: 'worker',
  isAway: false,
  holdMs: [PAST_LEASE_MS, PAST_LEASE_MS + 1_500],
  inject: async (rig, { notes, random, strike }) => {
    const victim = random.pick(rig.fleet.workers);
    const claims = await freezeWithClaims(rig, victim);
    strike();
    notes.set('claims in the hands of the frozen', claims);
    return async () => {
      notes.set('claims taken over', claims - (await countClaims(rig, victim.name)));
      victim.resume();
    };
  },
  bites: (evidence) => [
    ...noted(evidence, 'claims in the hands of the frozen'),
    ...noted(evidence, 'claims taken over'),
  ],
};

export const workerSigterm: Fault = {
  name: 'worker-sigterm',
  hits: 'worker',
  isAway: false,
  holdMs: [2_000, 3_000],
  inject: async (rig, { notes, random }) => {
    const victim = random.pick(rig.fleet.workers);
    const sinceMs = monotonicMs();
    const code = await rig.fleet.end(victim, 'SIGTERM');
    notes.set('exit code', code ?? -1);
    notes.set('ms to its end', monotonicMs() - sinceMs);
    notes.set('claims left behind', await countClaims(rig, victim.name));
    return async () => {
      await rig.fleet.spawn('worker');
    };
  },
  bites: ({ notes }) => [
    ...(notes.get('exit code') === 0 ? [] : [`exit code: ${notes.get('exit code')}, expected 0`]),
    ...atLeast('ms spared of the grace', GRACE_MS - (notes.get('ms to its end') ?? GRACE_MS), 0),
    ...(notes.get('claims left behind') === 0
      ? []
      : [`claims left behind: ${notes.get('claims left behind')}`]),
  ],
};

/** All but one of the producers: their attempts stay without an answer. */
export const producerSigkill: Fault = {
  name: 'producer-sigkill',
  hits: 'producer',
  isAway: false,
  holdMs: [2_000, 3_000],
  inject: async (rig, { notes }) => {
    const victims = rig.fleet.producers.slice(1);
    await Promise.all(victims.map((victim) => rig.fleet.end(victim, 'SIGKILL')));
    notes.set('killed', victims.filter((victim) => !victim.isAlive).length);
    return async () => {
      await Promise.all(victims.map(() => rig.fleet.spawn('producer')));
    };
  },
  bites: (evidence) => noted(evidence, 'killed'),
};

export const producerSigterm: Fault = {
  name: 'producer-sigterm',
  hits: 'producer',
  isAway: false,
  holdMs: [2_000, 3_000],
  inject: async (rig, { notes, random }) => {
    const code = await rig.fleet.end(random.pick(rig.fleet.producers), 'SIGTERM');
    notes.set('exit code', code ?? -1);
    return async () => {
      await rig.fleet.spawn('producer');
    };
  },
  bites: ({ notes }) =>
    notes.get('exit code') === 0 ? [] : [`exit code: ${notes.get('exit code')}, expected 0`],
};
