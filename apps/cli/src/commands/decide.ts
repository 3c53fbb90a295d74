import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { confirmOrStop } from '../cli.ts';
import { EXIT, InterruptedError, UsageError } from '../errors.ts';
import { examples, withJson } from '../options.ts';
import { count, counted } from '../words.ts';

/** The most that one call decides about. */
const CALL_IDS = 500;

type Decision = 'retry' | 'discard';

const DONE = { retry: 'wait again', discard: 'discarded' } as const;

interface Options {
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function retryCommand(cli: Cli): Command {
  return decideCommand(cli, 'retry', 'let dead submissions wait again, with their attempts anew').addHelpText(
    'after',
    examples(
      ['retry ID ID', 'these'],
      ['dead --json | jq -r .rows[].id | spillway retry -', 'the latest 50 dead ones'],
    ),
  );
}

export function discardCommand(cli: Cli): Command {
  return decideCommand(cli, 'discard', 'give submissions up that are dead, or that wait').addHelpText(
    'after',
    examples(['discard ID', 'this one'], ['discard - --yes < ids.txt', 'from a script']),
  );
}

function decideCommand(cli: Cli, decision: Decision, description: string): Command {
  const command = new Command(decision)
    .description(description)
    .argument('[id...]', 'which ones; - reads them from standard input')
    .option('-y, --yes', 'do not ask');
  return withJson(command).action((ids: string[], options: Options) =>
    decideThese(cli, decision, ids, options),
  );
}

async function decideThese(
  cli: Cli,
  decision: Decision,
  named: readonly string[],
  options: Options,
): Promise<void> {
  const { out, signal } = cli;
  const ids = named.includes('-') ? words(await text(process.stdin)) : named;
  if (ids.length === 0) throw new UsageError('Say which ones.');
  if (decision === 'discard')
    await confirmOrStop(cli, `Give ${counted(ids.length, 'submission')} up for good?`, options.yes ?? false);
  const { admin } = await cli.house();
  const decided: string[] = [];
  for (let from = 0; from < ids.length && !signal.aborted; from += CALL_IDS) {
    const answer = await admin[decision]({ ids: ids.slice(from, from + CALL_IDS) });
    decided.push(...answer.ids);
  }
  if (options.json) out.json({ asked: ids.length, ids: decided });
  else
    out.print(
      `${counted(decided.length, 'submission')} ${DONE[decision]}${rest(ids.length - decided.length)}.`,
    );
  if (signal.aborted) throw new InterruptedError();
  if (decided.length < ids.length) cli.exitCode = EXIT.failed;
}

function rest(others: number): string {
  return others === 0 ? '' : `; ${count(others)} could not, in the state they are in`;
}

function words(input: string): string[] {
  return input.split(/\s+/).filter((word) => word !== '');
}
