// `npm run serve`: web and worker, built for production, on stores that are given. Nothing of the development stack.
import { chmod, mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Applications, USUAL_PORTS, buildApplications, hidePassword } from './lib/applications.ts';
import { choosePort } from './lib/ports.ts';
import { describeOperator } from './lib/operator.ts';
import { readServeEnv } from './lib/serve-env.ts';
import { duration, line, report, step, stopCommands } from './lib/steps.mjs';

/** Serves what an earlier run built: for a supervisor that restarts it. */
const BUILT = '--built';
/** More than the time that web (8 s) and worker (WORKER_GRACE_MS, 8 s by default) take to stop. */
const MARGIN_MS = 4_000;
const USUAL_GRACE_MS = 8_000;

const repository = join(import.meta.dirname, '..');
const startedAt = performance.now();
const startedOn = new Date();
const interrupted = Promise.withResolvers<void>();
let applications: Applications | undefined;

async function serve(): Promise<never> {
  const given = readServeEnv(process.env);
  const host = process.env['HOST'] || '127.0.0.1';
  const root = resolve(process.env['SPILLWAY_ROOT'] || join(repository, '.spillway'));
  const logs = join(root, 'logs');
  // Not with the mode of its folder: a Postgres that root starts has to pass through that one.
  await mkdir(root, { recursive: true });
  await mkdir(logs, { recursive: true, mode: 0o700 });
  await chmod(logs, 0o700);
  const operatorFile = given['SPILLWAY_FIRST_OPERATOR_FILE'] || join(root, 'first-operator.json');
  const env: NodeJS.ProcessEnv = { ...given, SPILLWAY_FIRST_OPERATOR_FILE: operatorFile };
  const webPort = await choosePort('PORT', USUAL_PORTS.web, []);
  const healthPort = await choosePort('HEALTH_PORT', USUAL_PORTS.health, [webPort]);
  if (!process.argv.includes(BUILT)) await step('Build', 'ready', buildApplications());
  applications = new Applications({ host, webPort, healthPort, env, logs });
  await applications.start();
  const { site, worker } = applications.addresses;
  console.log(`\nSpillway serves (${duration(performance.now() - startedAt)})\n`);
  line('  Forms', site);
  line('  Admin', `${site}/admin`);
  line('  Sign-in', await signIn(env, operatorFile));
  line('  Worker', worker);
  line('  Postgres', hidePassword(String(env['DATABASE_URL'])));
  line(
    '  Redis',
    env['REDIS_URL'] ? hidePassword(env['REDIS_URL']) : 'none: everything runs on Postgres alone',
  );
  line('  Logs', relative(repository, logs));
  console.log('\n  To stop: Ctrl-C, or SIGTERM\n');
  return applications.gaveUp;
}

/** Prints the password itself on a terminal only, because a supervisor stores the output. */
async function signIn(env: NodeJS.ProcessEnv, file: string): Promise<string> {
  if (env['SPILLWAY_ADMIN_PASSWORD']) return env['SPILLWAY_ADMIN_EMAIL'] || 'with SPILLWAY_ADMIN_PASSWORD';
  const told = process.stdout.isTTY ? await describeOperator(file, startedOn) : undefined;
  return told ?? `as set up before; at the first start in ${relative(repository, file)}`;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.resolve());
process.once('disconnect', () => interrupted.resolve());

await Promise.race([serve(), interrupted.promise]).catch(report);
stopCommands();
const stoppedAt = performance.now();
const graceMs = Number(process.env['WORKER_GRACE_MS']) || USUAL_GRACE_MS;
await applications?.stop(Math.max(graceMs, USUAL_GRACE_MS) + MARGIN_MS);
if (applications) line('Stopped', `in ${duration(performance.now() - stoppedAt)}`);
process.exit();
