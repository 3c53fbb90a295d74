import { confirm, isCancel } from '@clack/prompts';
import { stripControl } from '@spillway/terminal';
import type { Env } from './env.ts';
import { InterruptedError, UsageError } from './errors.ts';
import type { House } from './house.ts';
import type { Out } from './out.ts';

/** What every command gets. */
export interface Cli {
  readonly env: Env;
  readonly out: Out;
  /** Aborts at Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Opens the stores at first use. */
  house(): Promise<House>;
  /** The exit code, unless a command throws. */
  exitCode: number;
}

/** Asks before something that cannot be taken back. Without a terminal it takes `--yes`. Throws where the answer is no. */
export async function confirmOrStop(cli: Cli, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError(
      `${question}\n  This is not a terminal, so nothing can be asked: add --yes to confirm.`,
    );
  }
  const answer = await confirm({
    message: stripControl(question),
    initialValue: false,
    output: process.stderr,
    signal: cli.signal,
  });
  if (isCancel(answer) || !answer) throw new InterruptedError('Nothing was done.');
}
