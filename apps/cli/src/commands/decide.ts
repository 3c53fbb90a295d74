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
    all: 'Retry them? Their attempts are counted from 0 again.',
  },
  discard: { done: () => 'discarded', all: 'Discard them? This cannot be undone.' },
} as const;

interface Options extends FilterOptions {
  readonly all?: boolean;
  readonly in?: ListName;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function retryCommand(cli: Cli): Command {
  return decideCommand(
    cli,
    'retry',
    'retry dead submissions; their attempts are counted from 0 again',
  ).addHelpText(
    'after',
    examples(
      ['retry ID ID', 'these two'],
      ['retry --all --reason timeout', 'all whose error contains "timeout", with a progress bar'],
      ['retry --all --dry-run', 'count them only'],
    ),
  );
}

export function discardCommand(cli: Cli): Command {
  return decideCommand(cli, 'discard', 'discard submissions that are dead or waiting')
    .addOption(choice('--in <list>', 'with --all: the list', ['dead', 'postgres', 'redis'], 'dead'))
    .addHelpText(
      'after',
      examples(
        ['discard ID', 'this one'],
        ['discard --all --form contact --older-than 30d', 'dead submissions, filtered'],
        ['discard - --yes < ids.txt', 'from a script'],
      ),
    );
}

function decideCommand(cli: Cli, decision: Decision, description: string): Command {
  const command = withFilters(new Command(decision).description(description))
    .argument('[id...]', 'ids; - reads them from standard input')
    .option('--all', 'all that match the filters')
    .option('--dry-run', 'with --all: only count them')
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
  if (ids.length === 0) throw new UsageError('Give ids, or --all with filters.');
  if (options.dryRun || Object.keys(filterOf(options)).length > 0)
    throw new UsageError('Use filters and --dry-run with --all, not with ids.');
  if (decision === 'discard')
    await confirmOrStop(
      cli,
      `Discard ${counted(ids.length, 'submission')}? This cannot be undone.`,
      options.yes ?? false,
    );
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
  return others === 0 ? '' : `; ${count(others)} skipped: their state does not allow it`;
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
  if (ids.length > 0) throw new UsageError('Give ids or --all, not both.');
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
    // The operation prints its own result.
    cli.out.json(operation);
    cli.exitCode = operation.state === 'done' ? EXIT.fine : EXIT.failed;
  } else {
    cli.out.print(
      `${counted(operation.done, 'submission')} ${WORDS[action].done(operation.done)}${rest(operation.skipped)}.`,
    );
  }
  if (cli.signal.aborted) throw new InterruptedError();
  if (!options.json && operation.state !== 'done')
    throw new Error(operation.error ?? `The operation ended as ${operation.state}.`);
}
