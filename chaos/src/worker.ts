// A process that works submissions off. Its effects go into a table without any key: a second one would show.
import { setTimeout as pause } from 'node:timers/promises';
import { createQueue, createWorker } from '@spillway/queue';
import type { BatchHandler, ClaimedSubmission, Transaction } from '@spillway/queue';
import { sql } from 'drizzle-orm';
import { isHealthy, onOrder, onTerminate, optionsText, reportEvent, tell } from './child.ts';
import type { Content } from './ledger.ts';
import type { WorkerProcessOptions } from './messages.ts';
import { misbehave } from './mischief.ts';
import { RunWriter } from './runs.ts';

const GRACE_MS = 4_000;
/** A handler that hangs is ended within an episode. */
const HANDLER_TIMEOUT_MS = 5_000;
// Retries must fit into a drain.
const BACKOFF_MS = { base: 100, max: 2_000 };

const options: WorkerProcessOptions = JSON.parse(optionsText);
const runs = new RunWriter(options.runs);
const queue = createQueue({
  name: options.queue,
  redis: options.redisUrl,
  postgres: options.postgresUrl,
  primary: options.primary,
  shadow: options.shadow,
  onEvent: reportEvent,
});

type Called = Pick<ClaimedSubmission, 'id' | 'attempt'>;

const recordEffects: BatchHandler = async (submissions, tx) => {
  const contents = submissions.map((one) => one.data as Content);
  const called = submissions.map(({ id, attempt }, index) => ({ id: contents[index]?.alias ?? id, attempt }));
  await runs.note(called, () => record(called, contents, tx));
};

async function record(
  called: readonly Called[],
  contents: readonly Content[],
  tx: Transaction,
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO effects (id, variant, worker)
    SELECT id, variant, ${options.name} FROM unnest(${sql.param(called.map((one) => one.id))}::uuid[],
      ${sql.param(contents.map((one) => one.variant))}::text[]) AS i(id, variant)`);
  await pause(options.workMs);
  const failing = called.find((one, index) => contents[index]?.flaky && one.attempt === 1);
  if (failing) throw new Error(`The first attempt on ${failing.id} fails on purpose.`);
  for (const [index, content] of contents.entries()) {
    const { id = '', attempt = 1 } = called[index] ?? {};
    await misbehave({ id, content, attempt, leaseMs: options.leaseMs, tx });
  }
}

const worker = createWorker(
  queue,
  { batch: recordEffects },
  {
    name: options.name,
    leaseMs: options.leaseMs,
    timeoutMs: HANDLER_TIMEOUT_MS,
    backoffMs: BACKOFF_MS,
    graceMs: GRACE_MS,
  },
);

onTerminate(async () => {
  await worker.stop();
  await queue.close();
});
onOrder((order) => {
  if (order.kind !== 'look') return;
  const { inFlight, paused, workingFrom } = worker.view();
  const healthy = isHealthy(queue) && paused === undefined && workingFrom === 'redis';
  tell({ kind: 'seen', healthy, inFlight, wallMs: Date.now() });
});
worker.start();
