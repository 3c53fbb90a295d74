import { chmod, mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { readStackState, sandboxEnv, serveControl, startStack } from '@spillway/devstack';
import { Applications, USUAL_PORTS, buildApplications, hidePassword } from './lib/applications.ts';
import { describeOperator } from './lib/operator.ts';
import { choosePort } from './lib/ports.ts';
import { keepSecret } from './lib/secret.ts';
import { Failure, duration, line, report, step, stopCommands } from './lib/steps.mjs';

/** What web and worker get to finish; with the stores' own 5 s it stays well within the 10 s that `npm start` promises. */
const SERVICE_GRACE_MS = 6_000;
/**
 * Less than that, so that the worker releases the submissions that it could not finish. The environment may set another
 * time; a longer one is cut off.
 */
const WORKER_GRACE_MS = 4_000;
const STOP_DEADLINE_MS = 9_500;

const repository = join(import.meta.dirname, '..');
// Another folder, for a second one beside the usual one.
const root = resolve(process.env['SPILLWAY_ROOT'] || join(repository, '.spillway'));
const logs = join(root, 'logs');
const operatorFile = join(root, 'first-operator.json');
const host = process.env['HOST'] ?? '127.0.0.1';
const startedAt = new Date();

const interrupted = Promise.withResolvers<void>();
let stopping = false;
let applications: Applications | undefined;
let stores: ReturnType<typeof startStores> | undefined;

async function start(): Promise<never> {
  const running = await readStackState(root);
  if (running) {
    throw new Failure(
      `Spillway, or \`pnpm turbo dev\`, runs here already: process ${running.pid}.`,
      `Use that one, or stop it first: Ctrl-C there, or kill ${running.pid}`,
    );
  }
  // Not with the mode of its folder: a Postgres that root starts has to pass through that one.
  await mkdir(root, { recursive: true });
  await mkdir(logs, { recursive: true, mode: 0o700 });
  await chmod(logs, 0o700);
  const webPort = await choosePort('PORT', USUAL_PORTS.web, []);
  const healthPort = await choosePort('HEALTH_PORT', USUAL_PORTS.health, [webPort]);
  const secret = await keepSecret(root);
  stores = startStores();
  const [{ databaseUrl, redisUrl, postgres, redis }] = await Promise.all([
    step('Stores', 'ready', stores),
    step('Build', 'ready', buildApplications()),
  ]);
  const env: NodeJS.ProcessEnv = {
    SPILLWAY_SECRET: secret,
    SPILLWAY_FIRST_OPERATOR_FILE: operatorFile,
    WORKER_GRACE_MS: String(WORKER_GRACE_MS),
    ...process.env,
    DATABASE_URL: databaseUrl,
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...(postgres && redis && sandboxEnv(root)),
  };
  if (stopping) throw new Failure('Interrupted.');
  applications = new Applications({ host, webPort, healthPort, env, logs });
  await applications.start();
  const { site, worker } = applications.addresses;
  const operator = await describeOperator(operatorFile, startedAt);
  announce([
    ['Forms', site],
    ['Admin', `${site}/admin`],
    ['Sign-in', operator ?? 'as set up before'],
    ['Worker', worker],
    ['Postgres', process.env['DATABASE_URL'] ? hidePassword(databaseUrl) : databaseUrl],
    ['Redis', shownRedis(redisUrl)],
    ['Logs', relative(repository, logs)],
  ]);
  return applications.gaveUp;
}

function shownRedis(url: string | undefined): string {
  if (url === undefined) return 'none: everything runs on Postgres alone';
  return process.env['REDIS_URL'] ? hidePassword(url) : url;
}

async function startStores() {
  const databaseUrl = process.env['DATABASE_URL'] || undefined;
  const stack = await startStack({ root, databaseUrl, redisUrl: process.env['REDIS_URL'] || undefined });
  const control = await serveControl(root, stack);
  const end = async () => {
    await control.close();
    await stack.stop();
  };
  return { ...stack, stop: end };
}

function announce(rows: [name: string, value: string][]): void {
  const took = duration(Date.now() - startedAt.getTime());
  console.log(`\nSpillway runs (${took})\n`);
  for (const [name, value] of rows) line(`  ${name}`, value);
  console.log('\n  To try an outage:  npm run outage -- redis kill   (and: redis start), or /admin/sandbox');
  console.log('  To stop:           Ctrl-C\n');
}

async function stop(): Promise<void> {
  stopping = true;
  stopCommands();
  // What has not ended by then is left to the watchdog of the stores and to boot.mjs: both see this process end.
  const deadline = setTimeout(() => process.exit(1), STOP_DEADLINE_MS);
  const stoppedAt = performance.now();
  await applications?.stop(SERVICE_GRACE_MS);
  await (await stores?.catch(() => undefined))?.stop();
  clearTimeout(deadline);
  if (applications) line('Stopped', `in ${duration(performance.now() - stoppedAt)}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.resolve());
process.once('disconnect', () => interrupted.resolve());

await Promise.race([start(), interrupted.promise]).catch(report);
await stop();
process.exit();
