import { createDb, migrate } from '@spillway/db';
import { pino } from 'pino';
import { createLog, createMeters, queueLogger, startTracing } from '@spillway/observe';
import type { Log } from '@spillway/observe';
import { createQueue, createWorker, migrate as migrateQueue } from '@spillway/queue';
import { guardOutput } from '@spillway/terminal';
import manifest from '../package.json' with { type: 'json' };
import { followControls } from './controls.ts';
import { type Env, EnvError, readEnv } from './env.ts';
import { startFlow } from './flow.ts';
import { storeSubmissions } from './handlers/submissions.ts';
import { serveHealth } from './health.ts';
import { startHeartbeat } from './heartbeat.ts';
import { countHeldMails, createStopwatch, observeDestinations, observeWorkers } from './metrics.ts';
import { migrateUntilDone } from './migrations.ts';
import { createNotifier } from './notify/start.ts';

/** What a stop takes beyond the handlers' grace: connections that are closed, answers that are awaited. */
const CLOSE_MARGIN_MS = 1_500;

async function run(env: Env, log: Log): Promise<void> {
  const stopTracing = await startTracing('spillway-worker', env);
  const queue = createQueue({
    name: env.SPILLWAY_QUEUE,
    postgres: env.DATABASE_URL,
    ...(env.REDIS_URL !== undefined && { redis: env.REDIS_URL }),
    schema: env.SPILLWAY_SCHEMA,
    primary: env.SPILLWAY_PRIMARY,
    onEvent: queueLogger(log),
  });
  const db = createDb(env.DATABASE_URL);
  const meters = createMeters();
  const stopwatch = createStopwatch(meters);
  const countHeld = countHeldMails(meters);
  const notePause = observeDestinations(meters);
  const notifier = createNotifier({
    env,
    db,
    stopwatch,
    onEvent: queueLogger(log),
    onPause: (destination, until) => {
      notePause(destination, until);
      if (until)
        log.warn(
          { event: 'destination_paused', destination, until },
          `${destination} fails or asks for a pause.`,
        );
      else log.info({ event: 'destination_resumed', destination }, `${destination} answers again.`);
    },
    onHeld: ({ id, recipient }) => {
      countHeld();
      log.warn({ event: 'mail_held', id, recipient }, 'A receipt was not sent: its recipient had enough.');
    },
  });
  const store = stopwatch.batch(queue.name, storeSubmissions);
  const worker = createWorker(
    queue,
    { batch: notifier ? notifier.wrap(store) : store },
    {
      graceMs: env.WORKER_GRACE_MS,
      ...(env.WORKER_NAME !== undefined && { name: env.WORKER_NAME }),
      ...(env.WORKER_CONCURRENCY !== undefined && { concurrency: env.WORKER_CONCURRENCY }),
      ...(env.WORKER_BATCH_SIZE !== undefined && { batchSize: env.WORKER_BATCH_SIZE }),
    },
  );
  observeWorkers(meters, [{ queue, worker }, ...(notifier ? [notifier] : [])]);
  const stopping = stopSignal();
  let started = false;
  const health = await serveHealth(
    { queue, worker, meters, isStarted: () => started },
    { host: env.HOST, port: env.HEALTH_PORT },
  );
  log.info({ event: 'started', worker: worker.name, healthPort: health.port }, 'The worker runs.');

  const migrateBoth = async () => {
    const url = env.SPILLWAY_MIGRATION_URL;
    await (url === undefined ? queue.migrate() : migrateQueue(url, { schema: env.SPILLWAY_SCHEMA }));
    await migrate(url ?? db.$client);
  };
  let stopTelling = async () => {};
  if (await migrateUntilDone(migrateBoth, log, stopping)) {
    const unfollow = await followControls(db, queue.name, worker, log);
    worker.start();
    notifier?.worker.start();
    started = true;
    const flow = startFlow(db, queue.name, worker);
    const stopHeartbeat = startHeartbeat(db, worker, manifest.version, log);
    stopTelling = async () => {
      await Promise.all([flow.stop(), stopHeartbeat()]);
    };
    await aborted(stopping);
    unfollow();
  }

  log.info(
    { event: 'stopping', worker: worker.name },
    'Stopping: what runs is finished, the rest is released.',
  );
  setTimeout(() => exit(log, 'The stop took too long.'), env.WORKER_GRACE_MS + CLOSE_MARGIN_MS).unref();
  await Promise.all([worker.stop(), notifier?.worker.stop()]);
  await stopTelling();
  await Promise.all([health.close(), queue.close(), notifier?.close()]);
  await db.$client.end();
  await stopTracing();
  log.info({ event: 'stopped', worker: worker.name, settled: worker.view().settled }, 'Stopped.');
}

/** Aborts at the first request to stop. Later ones change nothing: a terminal and a supervisor may both send one. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => controller.abort());
  return controller.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

function exit(log: Log, message: string, error?: unknown): never {
  log.fatal({ event: 'crashed', err: error }, message);
  process.exit(1);
}

for (const stream of [process.stdout, process.stderr]) guardOutput(stream);
try {
  const env = readEnv();
  // Written at once: the last words before a crash are the ones that matter.
  const log = createLog({
    service: 'worker',
    level: env.LOG_LEVEL,
    to: pino.destination({ dest: 1, sync: true }),
  });
  process.on('unhandledRejection', (error) => exit(log, 'Unhandled promise rejection.', error));
  process.on('uncaughtException', (error) => exit(log, 'Uncaught exception.', error));
  await run(env, log).catch((error: unknown) => {
    if (error instanceof EnvError) throw error;
    exit(log, 'The worker cannot continue.', error);
  });
  process.exit(0);
} catch (error) {
  if (!(error instanceof EnvError)) throw error;
  console.error(error.message);
  process.exit(1);
}
