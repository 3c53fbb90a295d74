#!/usr/bin/env node
import { CommanderError } from 'commander';
import type { Cli } from './cli.ts';
import { readEnv } from './env.ts';
import { describeError, EXIT, InterruptedError, UsageError } from './errors.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { createOut } from './out.ts';
import { createProgram } from './program.ts';

const out = createOut(process.stdout, process.stderr);
const interrupt = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever says it twice means now.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  });
}
// `spillway backlog | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.fine);
});

let opening: Promise<House> | undefined;

async function run(args: readonly string[]): Promise<number> {
  try {
    const env = readEnv();
    const cli: Cli = {
      env,
      out,
      signal: interrupt.signal,
      house: () => (opening ??= openHouse(env, interrupt.signal)),
      exitCode: EXIT.fine,
    };
    await createProgram(cli).parseAsync(args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    return report(error);
  } finally {
    await opening?.then((house) => house.close()).catch(() => {});
  }
}

function report(error: unknown): number {
  out.live.clear();
  // It has said itself what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
  if (error instanceof InterruptedError || interrupt.signal.aborted) {
    out.note(error instanceof InterruptedError ? error.message : 'Interrupted.');
    return EXIT.interrupted;
  }
  out.note(`spillway: ${describeError(error)}`);
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}

// A store that hangs leaves a connection behind that would hold up the end.
process.exit(await run(process.argv.slice(2)));
