import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { sandboxEnv } from './control.ts';
import { guardProcess } from './guard.ts';
import { identify, send } from './process.ts';
import { readStackState } from './stack.ts';
import { waitFor } from './wait.ts';

const STACK_TIMEOUT_MS = 120_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Waits for the stack in this root, then runs the command with its URLs. What the environment names already stays as
 * it is. Returns the exit code.
 */
export async function runWithStack(
  root: string,
  [file = '', ...args]: string[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  const stack = await waitFor(() => readStackState(root), {
    timeoutMs: STACK_TIMEOUT_MS,
    intervalMs: 100,
    message: `the local services in ${root}; start them with \`pnpm turbo dev\` or \`npm start\``,
  });
  const env = { ...environment };
  env['DATABASE_URL'] ||= stack.databaseUrl;
  if (stack.redisUrl) env['REDIS_URL'] ||= stack.redisUrl;
  // What this prints may be kept by what runs it: a password goes to a file of this user alone.
  env['SPILLWAY_FIRST_OPERATOR_FILE'] ||= resolve(join(root, 'first-operator.json'));
  const usesBoth = env['DATABASE_URL'] === stack.databaseUrl && env['REDIS_URL'] === stack.redisUrl;
  if (stack.ownsBoth && usesBoth) Object.assign(env, sandboxEnv(root));
  // In a separate group, so that Ctrl-C in the terminal reaches it once, from here, and not twice.
  const child = spawn(file, args, { stdio: 'inherit', env, detached: true });
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (id) guardProcess(id, 'SIGTERM');
  for (const signal of SIGNALS) process.on(signal, () => id && send(id.pid, signal));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
