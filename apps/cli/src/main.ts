#!/usr/bin/env node
import { CommanderError } from 'commander';
import { StoreUnavailableError } from '@spillway/queue';
import type { Cli } from './cli.ts';
import { readEnv } from './env.ts';
import type { Env } from './env.ts';
import { causeOf, checkNode, describeError, EXIT, InterruptedError, isUsage } from './errors.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { createOut } from './out.ts';
import { createProgram } from './program.ts';

/** Two signals within this time are one key press: the terminal sends one, and npm forwards another. */
const SAME_KEY_MS = 300;

const out = createOut(process.stdout, process.stderr);
const interrupt = new AbortController();
let interruptedAtMs = 0;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second Ctrl-C means: stop at once.
    if (!interrupt.signal.aborted) {
      interruptedAtMs = performance.now();
      interrupt.abort();
    } else if (performance.now() - interruptedAtMs > SAME_KEY_MS) process.exit(EXIT.interrupted);
  });
}
// `spillway backlog | head`: the reader closed the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.fine);
});

let env: Env | undefined;
let opening: Promise<House> | undefined;

const cli: Cli = {
  // Not before a command needs it: help is wanted most where the environment is wrong.
  get env() {
    return (env ??= readEnv());
  },
  out,
  signal: interrupt.signal,
  house: () => (opening ??= openHouse(cli.env, interrupt.signal)),
  exitCode: EXIT.fine,
};

async function run(args: readonly string[]): Promise<number> {
  try {
    checkNode(process.versions.node);
    await createProgram(cli).parseAsync(args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    return report(error, { reason: await lastErrorOf(error), json: args.includes('--json') });
  } finally {
    await opening?.then((house) => house.close()).catch(() => {});
  }
}

/** Why a store is away. The failed call itself knows only that there is no connection. */
async function lastErrorOf(error: unknown): Promise<string | undefined> {
  const away = causeOf(error, StoreUnavailableError);
  const house = await opening?.catch(() => undefined);
  return away && house?.queue.health()[away.store].lastError;
}

function report(error: unknown, { reason, json }: { reason: string | undefined; json: boolean }): number {
  out.live.clear();
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.fine;
    // The command has already printed the error.
    if (json) out.json({ error: error.message.replace(/^error: /, '') }, { line: true });
    return EXIT.usage;
  }
  if (error instanceof InterruptedError || interrupt.signal.aborted) {
    out.note(error instanceof InterruptedError ? error.message : 'Interrupted.');
    return EXIT.interrupted;
  }
  const description = describeError(error, reason);
  out.note(`spillway: ${description}`);
  if (json) out.json({ error: description }, { line: true });
  return isUsage(error) ? EXIT.usage : EXIT.failed;
}

// A store that hangs leaves a connection behind that would hold up the end.
process.exit(await run(process.argv.slice(2)));
