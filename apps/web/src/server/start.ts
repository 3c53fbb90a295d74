import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@spillway/db';
import { describeError, startTracing } from '@spillway/observe';
import { migrate as migrateQueue } from '@spillway/queue';
import { guardOutput } from '@spillway/terminal';
import { isDevelopment } from '#env.ts';
import type { Env } from '#env.ts';
import { server } from '#server.ts';
import type { Server } from '#server.ts';
import { createFirstOperator } from './first-operator.ts';
import { watchRequests } from './requests.ts';

const SECOND_MS = 1000;
const FIRST_PAUSE_MS = SECOND_MS / 4;
const MAX_PAUSE_MS = 5 * SECOND_MS;
/** What is still open then is given up: one half-sent request would hold the process for as long as it likes. */
const STOP_DEADLINE_MS = 8 * SECOND_MS;
/** What a shell calls the end by each of them, and Next too. */
const EXIT_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/** Starts what the web process does beside answering. An environment that does not fit ends the process. */
export async function start(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) guardOutput(stream);
  const parts = serverOrExit();
  const stopTracing = await startTracing('spillway-web', parts.config);
  const stopping = new AbortController();
  const { SPILLWAY_TRUST_PROXY, SPILLWAY_BASE_URL } = parts.config;
  const requestsEnd = watchRequests({
    trustProxy: SPILLWAY_TRUST_PROXY === '1',
    httpsOnly: SPILLWAY_BASE_URL?.startsWith('https:') ?? false,
    upgrades: isDevelopment,
    stopping: stopping.signal,
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stopping.abort();
      setTimeout(() => process.exit(EXIT_CODES[signal]), STOP_DEADLINE_MS).unref();
      // Next waits for open responses and then exits; ending the streams is what lets it.
      parts
        .close(requestsEnd)
        .catch((error: unknown) => parts.log.error({ err: error }, 'Closing failed.'))
        .finally(() => void stopTracing());
    });
  }
  if (isDevelopment) printAddresses(parts.config);
  // In the background: without Postgres the site accepts into Redis all the same.
  void prepare(parts, stopping.signal);
}

function printAddresses({ PORT, HEALTH_PORT }: Env): void {
  const site = `http://localhost:${PORT}`;
  const worker = `http://localhost:${HEALTH_PORT}/api/health/ready`;
  process.stdout.write(`\n  Forms   ${site}\n  Admin   ${site}/admin\n  Worker  ${worker}\n\n`);
}

/** Next would go on and answer every request with an error. */
function serverOrExit(): Server {
  try {
    return server();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** Migrates both sets of tables and creates the first operator, trying until Postgres is there. */
async function prepare(parts: Server, signal: AbortSignal): Promise<void> {
  const { log, queue, db, config } = parts;
  const migrationUrl = config.SPILLWAY_MIGRATION_URL;
  let told: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      await (migrationUrl === undefined
        ? queue.migrate()
        : migrateQueue(migrationUrl, { schema: config.SPILLWAY_SCHEMA }));
      await migrate(migrationUrl ?? db.$client);
      await createFirstOperator(firstOperatorOptions(parts));
      return log.info({ event: 'prepared' }, 'The tables are ready.');
    } catch (error) {
      const reason = JSON.stringify(describeError(error), ['code', 'message']);
      if (reason !== told) {
        log.warn(
          { event: 'not_prepared', err: error },
          'The tables are not ready yet; trying until they are.',
        );
      }
      told = reason;
    }
    await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

function firstOperatorOptions({ db, auth, log, config }: Server) {
  const base = config.SPILLWAY_BASE_URL ?? `http://localhost:${config.PORT}`;
  return {
    db,
    auth,
    log,
    email: config.SPILLWAY_ADMIN_EMAIL,
    password: config.SPILLWAY_ADMIN_PASSWORD,
    file: config.SPILLWAY_FIRST_OPERATOR_FILE,
    url: new URL('/admin', base).href,
  };
}
