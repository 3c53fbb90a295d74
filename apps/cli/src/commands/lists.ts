import { Command } from 'commander';
import type { ListName, ListPage, ListQuery, ListRow } from '@spillway/api';
import type { Cli } from '../cli.ts';
import type { House } from '../house.ts';
import { choice, examples, filterOf, parseCursor, whole, withFilters, withJson } from '../options.ts';
import type { FilterOptions } from '../options.ts';
import type { Column } from '../table.ts';
import { table } from '../table.ts';
import { ago, count, counted } from '../words.ts';

/** The most that one page of the API has. */
const PAGE_ROWS = 200;
const STANDARD_ROWS = 50;

interface Options extends FilterOptions {
  readonly in?: ListName;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

export function backlogCommand(cli: Cli): Command {
  return listCommand('backlog', 'list the submissions that wait in Postgres, oldest first')
    .addOption(choice('--in <store>', 'the store', ['postgres', 'redis'], 'postgres'))
    .addHelpText(
      'after',
      examples(
        ['backlog', 'the oldest 50'],
        ['backlog --form contact --older-than 5m', 'filtered'],
        ['backlog --in redis', 'those in Redis'],
      ),
    )
    .action((options: Options) => list(cli, 'backlog', options.in ?? 'postgres', options));
}

export function deadCommand(cli: Cli): Command {
  return listCommand('dead', 'list the dead submissions, latest first')
    .addHelpText(
      'after',
      examples(
        ['dead', 'the latest 50'],
        ['dead --reason timeout', 'whose error contains "timeout"'],
        ['dead --json | jq -r .rows[].id', 'their ids'],
      ),
    )
    .action((options: Options) => list(cli, 'dead', 'dead', options));
}

function listCommand(name: string, description: string): Command {
  const command = withFilters(new Command(name).description(description))
    .option('-n, --limit <n>', 'maximum number', whole(1, 10_000), STANDARD_ROWS)
    .option('--cursor <cursor>', 'continue where another page ended', parseCursor);
  return withJson(command);
}

async function list(cli: Cli, name: string, of: ListName, options: Options): Promise<void> {
  const { out } = cli;
  const house = await cli.house();
  const page = await readRows(house, { list: of, filter: filterOf(options) }, options);
  if (options.json) return out.json(page);
  if (page.rows.length > 0) for (const line of table(columnsOf(of), page.rows, out.width)) out.print(line);
  out.print(summary(page, name));
  if (page.timedOut) out.note('The search timed out, so this list may be incomplete. Narrow the filters.');
}

/** As many pages as it takes. */
async function readRows(
  { admin }: House,
  query: ListQuery,
  { limit, cursor: first }: Pick<Options, 'limit' | 'cursor'>,
): Promise<ListPage> {
  const rows: ListRow[] = [];
  let cursor = first;
  for (;;) {
    const rest = Math.min(PAGE_ROWS, limit - rows.length);
    const page = await admin.list({ ...query, limit: rest, ...(cursor !== undefined && { cursor }) });
    rows.push(...page.rows);
    cursor = page.nextCursor;
    if (cursor === undefined || rows.length >= limit || page.timedOut) return { ...page, rows };
  }
}

function columnsOf(of: ListName): Column<ListRow>[] {
  const dead = of === 'dead';
  return [
    { title: 'id', value: ({ id }) => id },
    { title: 'form', value: ({ form }) => form },
    { title: 'state', value: ({ state }) => (dead ? '' : state) },
    {
      title: dead ? 'died' : 'age',
      value: (row) => ago((dead && row.settledAt) || row.receivedAt),
      right: true,
    },
    { title: 'attempts', value: ({ attempts }) => count(attempts), right: true },
    { title: 'reason', value: ({ reason = '' }) => reason },
    { title: 'error', value: ({ lastError = '' }) => lastError, shrinks: true },
  ];
}

function summary({ rows, matching, capped, nextCursor }: ListPage, name: string): string {
  if (rows.length === 0) return 'None.';
  const of = matching === undefined || matching <= rows.length ? '' : ` of ${count(matching, capped)}`;
  const shown = of === '' ? counted(rows.length, 'submission') : `${count(rows.length)}${of} submissions`;
  return nextCursor === undefined ? `${shown}.` : `${shown}. More: spillway ${name} … --cursor ${nextCursor}`;
}
