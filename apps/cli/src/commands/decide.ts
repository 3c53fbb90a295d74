import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { ListName } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { confirmOrStop } from '../cli.ts';
import { EXIT, InterruptedError, UsageError } from '../errors.ts';
import { carryOut } from '../operation.ts';
import type { Listed } from '../operation.ts';
import { choice, examples, filterOf, withFilters, withJson } from '../options.ts';
import type { FilterOptions } from '../options.ts';
import { count, counted } from '../words.ts';

/** The most that one call decides about. */
const CALL_IDS = 500;

type Decision = 'retry' | 'discard';

const WORDS = {
  retry: {
    done: (n: number) => (n === 1 ? 'waits again' : 'wait again'),
    all: 'Let them wait again, with their attempts anew?',
  },
  discard: { done: () => 'discarded', all: 'Give them up for good? They are not processed any more.' },
} as const;

interface Options extends FilterOptions {
  readonly all?: boolean;
  readonly in?: ListName;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function retryCommand(cli: Cli): Command {
  return decideCommand(cli, 'retry', 'let dead submissions wait again, with their attempts anew').addHelpText(
    'after',
    examples(
      ['retry ID ID', 'these'],
      ['retry --all --reason timeout', 'all whose error says so, with a progress bar'],
      ['retry --all --dry-run', 'how many that would be'],
    ),
  );
}

export function discardCommand(cli: Cli): Command {
  return decideCommand(cli, 'discard', 'give submissions up that are dead, or that wait')
    .addOption(choice('--in <list>', 'with --all: of which list', ['dead', 'postgres', 'redis'], 'dead'))
    .addHelpText(
      'after',
      examples(
        ['discard ID', 'this one'],
        ['discard --all --form contact --older-than 30d', 'dead ones, by a filter'],
        ['discard - --yes < ids.txt', 'from a script'],
      ),
    );
}

function decideCommand(cli: Cli, decision: Decision, description: string): Command {
  const command = withFilters(new Command(decision).description(description))
    .argument('[id...]', 'which ones; - reads them from standard input')
    .option('--all', 'all that match the filters')
    .option('--dry-run', 'with --all: only say how many')
    .option('-y, --yes', 'do not ask');
  return withJson(command).action((ids: string[], options: Options) =>
    options.all ? decideAll(cli, decision, ids, options) : decideThese(cli, decision, ids, options),
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
  if (ids.length === 0) throw new UsageError('Say which ones: ids, or --all with filters.');
  if (options.dryRun || Object.keys(filterOf(options)).length > 0)
    throw new UsageError('Filters and --dry-run go with --all, not with ids.');
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
      `${counted(decided.length, 'submission')} ${WORDS[decision].done(decided.length)}${rest(ids.length - decided.length)}.`,
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

async function decideAll(
  cli: Cli,
  action: Decision,
  ids: readonly string[],
  options: Options,
): Promise<void> {
  if (ids.length > 0) throw new UsageError('Say ids, or --all, and not both.');
  const target: Listed = { list: options.in ?? 'dead', filter: filterOf(options) };
  const { admin } = await cli.house();
  const found = await admin.count({ action, target });
  if (options.dryRun || found.count === 0) {
    if (options.json) return cli.out.json(found);
    const matches = found.count === 1 && !found.capped ? 'matches' : 'match';
    return cli.out.print(`${counted(found.count, 'submission', found.capped)} ${matches}; nothing was done.`);
  }
  const question = `${counted(found.count, 'submission', found.capped)}. ${WORDS[action].all}`;
  await confirmOrStop(cli, question, options.yes ?? false);
  const operation = await carryOut(cli, { action, target });
  if (options.json) {
    // It says itself how it ended.
    cli.out.json(operation);
    cli.exitCode = operation.state === 'done' ? EXIT.fine : EXIT.failed;
  } else {
    cli.out.print(
      `${counted(operation.done, 'submission')} ${WORDS[action].done(operation.done)}${rest(operation.skipped)}.`,
    );
  }
  if (cli.signal.aborted) throw new InterruptedError();
  if (!options.json && operation.state !== 'done')
    throw new Error(operation.error ?? `It ended ${operation.state}.`);
}
