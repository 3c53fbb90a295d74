import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { ListName } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { choice, examples, filterOf, withFilters, withJson } from '../options.ts';
import type { FilterOptions } from '../options.ts';

interface Options extends FilterOptions {
  readonly in: ListName;
  readonly format: 'csv' | 'ndjson';
  readonly output?: string;
  readonly json?: boolean;
}

export function exportCommand(cli: Cli): Command {
  const command = withFilters(
    new Command('export').description(
      'write a list with payloads, of any size, as CSV or one JSON document a line',
    ),
  )
    .addOption(choice('--in <list>', 'which list', ['postgres', 'redis', 'dead', 'processed'], 'processed'))
    .addOption(choice('--format <format>', 'CSV is safe for spreadsheets', ['csv', 'ndjson'], 'csv'))
    .option('-o, --output <file>', 'a new file that only you can read; without it, standard output');
  return withJson(command, 'the same as --format ndjson')
    .addHelpText(
      'after',
      examples(
        ['export > processed.csv', 'all settled submissions'],
        ['export --in dead --form contact -o dead.csv', 'filtered, into a file'],
        ['export --json | jq -r .data.email', 'for scripts'],
      ),
    )
    .action((options: Options) => exportList(cli, options));
}

async function exportList(cli: Cli, options: Options): Promise<void> {
  const format = options.json ? 'ndjson' : options.format;
  const wanted = new URLSearchParams({ list: options.in, format });
  for (const [name, value] of Object.entries(filterOf(options))) wanted.set(name, String(value));
  const { exportList: start } = await cli.house();
  const { body } = await start(wanted);
  if (body === null) return;
  const rows = Readable.fromWeb(body);
  const { signal } = cli;
  if (options.output === undefined) return cli.out.copy(rows, signal);
  // Not over a file that is there: it may hold what cannot be had again.
  const file = await open(options.output, 'wx', 0o600);
  try {
    await pipeline(rows, file.createWriteStream(), { signal });
  } catch (error) {
    // A part of a list would pass for the whole.
    await rm(options.output, { force: true });
    throw error;
  }
}
