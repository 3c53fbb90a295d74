import { Command } from 'commander';
import { stripControl } from '@spillway/terminal';
import type { DetailView, ReferencePage, TimelineEvent } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { examples, parseCursor, withJson } from '../options.ts';
import { table } from '../table.ts';
import { ago, counted } from '../words.ts';

const REFERENCE_CHARS = 20;

export function showCommand(cli: Cli): Command {
  const command = new Command('show')
    .description('show one submission: state, attempts, history and content')
    .argument('<id>', 'the id, or the reference')
    .option('--cursor <cursor>', 'of many with one reference: go on where another page ended', parseCursor);
  return withJson(command)
    .addHelpText(
      'after',
      examples(
        ['show 01938e5c-7a2b-7c3d-9e4f-5a6b7c8d9e0f', 'everything'],
        ['show 0193-8E5C-5A6B-7C8D-9E0F', 'the same by its reference; a list where several carry it'],
        ['show ID --json | jq -r .payload', 'its content'],
      ),
    )
    .action(async (name: string, { json, cursor }: { readonly json?: boolean; readonly cursor?: string }) => {
      const { admin } = await cli.house();
      let id = name;
      if (isReference(name)) {
        const page = await admin.reference({ reference: name, ...(cursor !== undefined && { cursor }) });
        const [only, ...others] = page.rows;
        if (only === undefined || others.length > 0 || cursor !== undefined) {
          if (json) cli.out.json(page);
          else cli.out.print(several(page, name, cli.out.width));
          return;
        }
        id = only.id;
      }
      const found = await admin.submission({ id });
      if (json) cli.out.json(found);
      else cli.out.print(describe(found));
    });
}

function isReference(name: string): boolean {
  return name.replaceAll(/[\s-]/g, '').length === REFERENCE_CHARS;
}

/** Senders choose their ids, so any number may carry one reference. The first received comes first. */
function several({ rows, nextCursor }: ReferencePage, name: string, width: number): string {
  const lines = table(
    [
      { title: 'id', value: (row) => row.id },
      { title: 'received', value: (row) => row.receivedAt },
      { title: 'age', value: (row) => ago(row.receivedAt), right: true },
      { title: 'state', value: ({ location = '' }) => location },
    ],
    rows,
    width,
  );
  const more = nextCursor === undefined ? '' : ` More: spillway show ${name} --cursor ${nextCursor}`;
  return [
    ...lines,
    `${counted(rows.length, 'submission')} with this reference, the first received on top.${more}`,
  ].join('\n');
}

function describe(found: DetailView): string {
  const facts: [name: string, value: string | undefined][] = [
    ['id', found.id],
    ['form', found.form],
    [
      'state',
      found.state === 'received' ? 'received; a store that may know more cannot be queried' : found.state,
    ],
    ['held by', found.heldBy.length > 0 ? `${found.heldBy.join(' and ')} (keeps ${found.keeps})` : undefined],
    ['received', found.acceptedAt],
    ['due', found.runAt],
    ['settled', found.settledAt],
    ['attempts', String(found.attempts)],
    ['generation', found.generation > 1 ? String(found.generation) : undefined],
    ['reason', found.reason],
    ['error', found.error],
    ['conflicts with', found.conflictsWith],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name.padEnd(15)}${stripControl(value)}`],
  );
  if (found.timeline.length > 0) lines.push('', ...found.timeline.map(eventLine));
  return [...lines, '', content(found.payload)].join('\n');
}

function eventLine({ at = '', what, attempt, store, worker, by, error }: TimelineEvent): string {
  const parts = [
    at.padEnd(24),
    attempt === undefined ? what : `${what} (attempt ${attempt})`,
    store && `in ${store === 'redis' ? 'Redis' : 'Postgres'}`,
    worker && `by ${worker}`,
    by && `by ${by}`,
    error,
  ];
  return stripControl(parts.filter((part) => part !== undefined).join('  '));
}

/** JSON, line by line; escaped again where a terminal would obey it. */
function content(payload: string | undefined): string {
  if (payload === undefined) return 'The queue no longer holds the content: the submission is settled.';
  return JSON.stringify(JSON.parse(payload), null, 2)
    .split('\n')
    .map((line) => stripControl(line))
    .join('\n');
}
