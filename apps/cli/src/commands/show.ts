import { Command } from 'commander';
import type { DetailView, TimelineEvent } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { examples, withJson } from '../options.ts';
import { tame } from '../words.ts';

export function showCommand(cli: Cli): Command {
  const command = new Command('show')
    .description('show one submission: state, attempts, history and content')
    .argument('<id>', 'the id');
  return withJson(command)
    .addHelpText(
      'after',
      examples(
        ['show 01938e5c-7a2b-7c3d-9e4f-5a6b7c8d9e0f', 'everything'],
        ['show ID --json | jq -r .payload', 'its content'],
      ),
    )
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      const { admin } = await cli.house();
      const found = await admin.submission({ id });
      if (json) cli.out.json(found);
      else cli.out.print(describe(found));
    });
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
    value === undefined ? [] : [`${name.padEnd(15)}${tame(value)}`],
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
  return tame(parts.filter((part) => part !== undefined).join('  '));
}

/** JSON, line by line; escaped again where a terminal would obey it. */
function content(payload: string | undefined): string {
  if (payload === undefined) return 'The queue no longer holds the content: the submission is settled.';
  return JSON.stringify(JSON.parse(payload), null, 2).split('\n').map(tame).join('\n');
}
