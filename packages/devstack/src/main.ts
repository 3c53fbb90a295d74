#!/usr/bin/env node
import { join } from 'node:path';
import { guardOutput } from '@spillway/terminal';
import { sendControl, serveControl } from './control.ts';
import { runWithStack } from './run.ts';
import { startStack } from './stack.ts';

// Another folder, for a second stack beside the usual one.
const ROOT = process.env['SPILLWAY_ROOT'] || join(import.meta.dirname, '..', '..', '..', '.spillway');
// The last one is what a closed terminal sends, and turbo after Ctrl-C.
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const USAGE = `Usage:
  spillway-devstack dev                         run the local Postgres and Redis until Ctrl-C
  spillway-devstack run -- <command...>         run a command with their DATABASE_URL and REDIS_URL
  spillway-devstack control <service> <action>  for example: control redis kill`;

for (const stream of [process.stdout, process.stderr]) guardOutput(stream);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main([command, ...args]: string[]): Promise<number> {
  const [first, ...rest] = args;
  if (command === 'dev' && args.length === 0) return dev();
  if (command === 'run' && first === '--' && rest.length > 0) return runWithStack(ROOT, rest, process.env);
  if (command === 'control' && first !== undefined && rest.length === 1) return control(first, rest[0] ?? '');
  console.error(USAGE);
  return 2;
}

async function dev(): Promise<number> {
  const stopped = Promise.withResolvers<void>();
  // For good: turbo and terminals repeat themselves, and a second signal must not end an orderly stop.
  for (const signal of STOP_SIGNALS) process.on(signal, () => stopped.resolve());
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl } = process.env;
  const stack = await startStack({ root: ROOT, databaseUrl, redisUrl });
  const socket = await serveControl(ROOT, stack);
  // Do not print the addresses, which hold passwords: a supervisor may store this output.
  console.log(`Postgres and Redis run. Their addresses, with passwords: ${join(ROOT, 'stack.json')}`);
  // Waiting for a signal alone keeps no process alive.
  const alive = setInterval(() => {}, 2 ** 30);
  await stopped.promise;
  clearInterval(alive);
  await socket.close();
  await stack.stop();
  return 0;
}

async function control(service: string, action: string): Promise<number> {
  const answer = await sendControl(ROOT, { service, action });
  console.log(answer.ok ? 'ok' : answer.error);
  return answer.ok ? 0 : 1;
}
