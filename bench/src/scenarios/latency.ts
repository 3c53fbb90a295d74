import { setTimeout as pause } from 'node:timers/promises';
import { bullmqCourier } from '../competitors/bullmq.ts';
import { courier } from '../competitors/spillway.ts';
import { median } from '../stats.ts';
import { compete } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const ENTRANTS = [courier, bullmqCourier];
const WARM_UP_CALLS = 20;
/** Between two jobs, so that each meets workers that wait. */
const IDLE_MS = 5;

export const latency: Scenario = {
  name: 'latency',
  title: 'From the call to the handler, idle system, one process, p50',
  competitors: ENTRANTS.map((one) => one.name),
  run: (bench) =>
    compete(bench, ENTRANTS, bench.profile.rounds, ({ send }) => ({
      unit: 'ms',
      prepare: async () => {
        for (let call = 0; call < WARM_UP_CALLS; call += 1) await send();
      },
      measure: async () => {
        const tookMs: number[] = [];
        for (let call = 0; call < bench.profile.calls; call += 1) {
          await pause(IDLE_MS);
          tookMs.push(await send());
        }
        return median(tookMs);
      },
    })),
};
