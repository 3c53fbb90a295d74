import { newId } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';
import { Redis } from 'ioredis';
import { openSpillway } from '../competitors/spillway.ts';
import { data } from '../payload.ts';
import type { Series } from '../rounds.ts';
import { median } from '../stats.ts';
import type { Harness } from '../harness.ts';
import type { Bench, Scenario } from './scenario.ts';

const ENQUEUE = 'Spillway enqueue';
const BARE = 'bare push script';
const WARM_UP_CALLS = 200;

/**
 * The cost of group commit for a single caller: `enqueue` and the same script call that it makes, awaited in turn. The
 * queue has its own connection; the plain call uses another one to the same server.
 */
export const loneCaller: Scenario = {
  name: 'lone-caller',
  title: 'One caller, p50',
  competitors: [ENQUEUE, BARE],
  run,
};

async function run({ harness, profile, log }: Bench): Promise<Series[]> {
  await harness.emptyRedis();
  await using spillway = await openSpillway(harness, { primary: 'redis' });
  const enqueue = (id: string) => spillway.queue.enqueue({ id, form: 'inbox', data });
  const template = await capture(harness, enqueue);
  const client = new Redis(harness.redis.url);
  const bare = (id: string) =>
    client.call('EVALSHA', ...template.map((arg) => arg.replaceAll(CAPTURED_ID, id)));
  const samples: { enqueue: number[]; bare: number[] } = { enqueue: [], bare: [] };
  for (let round = 0; round < profile.rounds; round += 1) {
    await takeTurns(WARM_UP_CALLS, enqueue, bare);
    const [first, second] = await takeTurns(profile.calls, enqueue, bare);
    samples.enqueue.push(first);
    samples.bare.push(second);
    log(`round ${round + 1} of ${profile.rounds}`);
  }
  client.disconnect();
  return [
    { name: ENQUEUE, unit: 'ms', samples: samples.enqueue },
    { name: BARE, unit: 'ms', samples: samples.bare },
  ];
}

type Call = (id: string) => Promise<unknown>;

async function takeTurns(calls: number, first: Call, second: Call): Promise<[number, number]> {
  const firstMs: number[] = [];
  const secondMs: number[] = [];
  for (let turn = 0; turn < calls; turn += 1) {
    firstMs.push(await time(first));
    secondMs.push(await time(second));
  }
  return [median(firstMs), median(secondMs)];
}

async function time(call: Call): Promise<number> {
  const id = newId();
  const startedMs = performance.now();
  await call(id);
  return performance.now() - startedMs;
}

/** The id in the captured call. Each later call replaces it by a new id. */
const CAPTURED_ID = newId();

/** The arguments of the EVALSHA that an enqueue sends, as Redis sees them. */
async function capture(harness: Harness, enqueue: Call): Promise<string[]> {
  // The first call sends the script itself.
  await enqueue(newId());
  const monitor = await harness.client.monitor();
  let seen: string[] | undefined;
  monitor.on('monitor', (_time: string, args: string[]) => {
    if (/^evalsha$/i.test(args[0] ?? '') && args.some((arg) => arg.includes(CAPTURED_ID))) seen = args;
  });
  try {
    await enqueue(CAPTURED_ID);
    const [, ...args] = await waitFor(() => seen, { intervalMs: 5, message: 'the push in MONITOR' });
    return args.map((arg) => arg.replaceAll(String.raw`\n`, '\n'));
  } finally {
    monitor.disconnect();
  }
}
