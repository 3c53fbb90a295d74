import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { readStackState, serveControl, startStack } from '@spillway/devstack';
import { describeOperator } from './lib/operator.ts';
import { choosePort } from './lib/ports.ts';
import { keepSecret } from './lib/secret.ts';
import { Service } from './lib/service.ts';
import { Failure, duration, line, report, run, step, stopCommands } from './lib/steps.mjs';

const WEB_PORT = 3000;
const HEALTH_PORT = 3001;
/** What web and worker get to finish; with the stores' own 5 s it stays well within the 10 s that `npm start` promises. */
const SERVICE_GRACE_MS = 6_000;
/**
 * Less than that, so that the worker gives back what it could not finish. The environment may say otherwise; a longer
 * one is cut short.
 */
const WORKER_GRACE_MS = 4_000;
const STOP_DEADLINE_MS = 9_500;

const repository = join(import.meta.dirname, '..');
// Another folder, for a second one beside the usual one.
const root = resolve(process.env['SPILLWAY_ROOT'] || join(repository, '.spillway'));
const logs = join(root, 'logs');
const operatorFile = join(root, 'first-operator.json');
const host = process.env['HOST'] ?? '127.0.0.1';
const everywhere = ['0.0.0.0', '::'].includes(host);
const reachableHost = everywhere ? '127.0.0.1' : host;
const shownHost = everywhere || host === '127.0.0.1' ? 'localhost' : host;
const startedAt = new Date();

const services: Service[] = [];
const interrupted = Promise.withResolvers<void>();
let stopping = false;
let stores: ReturnType<typeof startStores> | undefined;

async function start(): Promise<void> {
  const running = await readStackState(root);
  if (running) {
    throw new Failure(
      `Spillway, or \`pnpm turbo dev\`, runs here already: process ${running.pid}.`,
      `Use that one, or stop it first: Ctrl-C there, or kill ${running.pid}`,
    );
  }
  await mkdir(logs, { recursive: true });
  const webPort = await choosePort('PORT', WEB_PORT, []);
  const healthPort = await choosePort('HEALTH_PORT', HEALTH_PORT, [webPort]);
  const secret = await keepSecret(root);
  stores = startStores();
  const [{ databaseUrl, redisUrl }] = await Promise.all([
    step('Stores', 'ready', stores),
    step('Build', 'ready', build()),
  ]);
  const env: NodeJS.ProcessEnv = {
    SPILLWAY_SECRET: secret,
    SPILLWAY_FIRST_OPERATOR_FILE: operatorFile,
    WORKER_GRACE_MS: String(WORKER_GRACE_MS),
    NEXT_TELEMETRY_DISABLED: '1',
    ...process.env,
    NODE_ENV: 'production',
    HOST: host,
    DATABASE_URL: databaseUrl,
    ...(redisUrl && { REDIS_URL: redisUrl }),
  };
  await Promise.all([
    step('Web', 'ready', startWeb(webPort, env)),
    step('Worker', 'ready', startWorker(healthPort, env)),
  ]);
  const operator = await describeOperator(operatorFile, startedAt);
  announce([
    ['Forms', `http://${shownHost}:${webPort}`],
    ['Admin', `http://${shownHost}:${webPort}/admin`],
    ['Sign-in', operator ?? 'as set up before'],
    ['Worker', `http://${shownHost}:${healthPort}/api/health/ready`],
    ['Postgres', process.env['DATABASE_URL'] ? hidePassword(databaseUrl) : databaseUrl],
    ['Redis', redisUrl === undefined ? 'none: everything runs on Postgres alone' : hidePassword(redisUrl)],
    ['Logs', relative(repository, logs)],
  ]);
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

function build(): Promise<void> {
  const packages = ['--filter=@spillway/web', '--filter=@spillway/worker'];
  return run('node_modules/.bin/turbo', ['run', 'build', ...packages, '--output-logs=errors-only'], {
    cwd: repository,
  });
}

function startWeb(port: number, env: NodeJS.ProcessEnv): Promise<void> {
  const args = ['node_modules/next/dist/bin/next', 'start', '--hostname', host, '--port', String(port)];
  return startService('web', args, port, { ...env, PORT: String(port) });
}

function startWorker(port: number, env: NodeJS.ProcessEnv): Promise<void> {
  return startService('worker', ['dist/main.js'], port, { ...env, HEALTH_PORT: String(port) });
}

function startService(name: string, args: string[], port: number, env: NodeJS.ProcessEnv): Promise<void> {
  if (stopping) return Promise.reject(new Failure('Interrupted.'));
  const service = new Service({
    name,
    args,
    env,
    cwd: join(repository, 'apps', name),
    logFile: join(logs, `${name}.log`),
    readyUrl: `http://${reachableHost}:${port}/api/health/ready`,
  });
  services.push(service);
  service.start();
  return Promise.race([service.whenReady(), service.gaveUp]);
}

function hidePassword(url: string): string {
  return url.replace(/(?<=:\/\/[^/]*:)[^@/]*(?=@)/, '***');
}

function announce(rows: [name: string, value: string][]): void {
  const took = duration(Date.now() - startedAt.getTime());
  console.log(`\nSpillway runs (${took})\n`);
  for (const [name, value] of rows) line(`  ${name}`, value);
  console.log('\n  To try an outage:  npm run outage -- redis kill   (and: redis start)');
  console.log('  To stop:           Ctrl-C\n');
}

async function stop(): Promise<void> {
  stopping = true;
  stopCommands();
  // What has not ended by then is left to the watchdog of the stores and to boot.mjs: both see this process end.
  const deadline = setTimeout(() => process.exit(1), STOP_DEADLINE_MS);
  const stoppedAt = performance.now();
  await Promise.all(services.map((service) => service.stop(SERVICE_GRACE_MS)));
  await (await stores?.catch(() => undefined))?.stop();
  clearTimeout(deadline);
  if (services.length > 0) line('Stopped', `in ${duration(performance.now() - stoppedAt)}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.resolve());
process.once('disconnect', () => interrupted.resolve());

const ended = start().then(() => Promise.race(services.map((service) => service.gaveUp)));
await Promise.race([ended, interrupted.promise]).catch(report);
await stop();
process.exit();
