import { noted, redisWasMissed, workersDrained } from './bites.ts';
import type { Fault } from './fault.ts';
import { repeatedly } from './tools.ts';

/** In each direction. */
const SLOW_MS = 150;
const RESET_EVERY_MS = 20;

export const redisSlow: Fault = {
  name: 'redis-slow',
  hits: 'redis',
  isAway: true,
  holdMs: [3_000, 5_000],
  inject: async ({ stores: { proxy } }) => {
    proxy.delay(SLOW_MS);
    return async () => proxy.heal();
  },
  bites: redisWasMissed,
};

export const redisBlackhole: Fault = {
  name: 'redis-blackhole',
  hits: 'redis',
  isAway: true,
  // Workers take 2 s to give a silent Redis up.
  holdMs: [4_000, 5_000],
  inject: async ({ stores: { proxy } }) => {
    proxy.blackhole();
    return async () => proxy.heal();
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};

/** Redis executes each command, and its answers break off in the middle. */
export const redisReset: Fault = {
  name: 'redis-reset',
  hits: 'redis',
  isAway: true,
  holdMs: [2_000, 4_000],
  inject: async ({ stores: { proxy } }, { notes }) => {
    let resets = 0;
    const stop = repeatedly(RESET_EVERY_MS, () => {
      proxy.resetOnReply();
      resets += 1;
    });
    return async () => {
      await stop();
      proxy.heal();
      notes.set('resets', resets);
    };
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...noted(evidence, 'resets', 10)],
};

/** Redis executes each command, and no answer arrives. */
export const redisHalfOpen: Fault = {
  name: 'redis-halfopen',
  hits: 'redis',
  isAway: true,
  holdMs: [4_000, 5_000],
  inject: async ({ stores: { proxy } }) => {
    proxy.dropReplies();
    return async () => proxy.heal();
  },
  bites: (evidence) => [...redisWasMissed(evidence), ...workersDrained(evidence)],
};
