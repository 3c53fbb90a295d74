import { Command } from 'commander';
import { stripControl } from '@spillway/terminal';
import type { AdminOverview, WorkerView } from '@spillway/api';
import type { Cli } from '../cli.ts';
import { examples, withJson } from '../options.ts';
import type { Out } from '../out.ts';
import { sentenceOf } from '../sentence.ts';
import { table } from '../table.ts';
import { ago, count } from '../words.ts';

const TICK_MS = 1_000;

interface Options {
  readonly watch?: boolean;
  readonly json?: boolean;
}

export function statusCommand(cli: Cli): Command {
  const command = new Command('status')
    .description('show the state of both stores, the backlog and the workers')
    .option('-w, --watch', 'keep running and show each change, until Ctrl-C; with --json one line for each');
  return withJson(command)
    .addHelpText(
      'after',
      examples(
        ['status', 'once'],
        ['status --watch', 'live'],
        ['status --json | jq .postgres.depth', 'for scripts'],
      ),
    )
    .action((options: Options) => (options.watch ? watch(cli, options) : once(cli, options)));
}

async function once(cli: Cli, { json }: Options): Promise<void> {
  const { admin } = await cli.house();
  const overview = await admin.overview();
  if (json) cli.out.json(overview);
  else cli.out.print(pageOf(overview, cli.out));
}

async function watch(cli: Cli, { json }: Options): Promise<void> {
  const { out, signal } = cli;
  const { admin } = await cli.house();
  const isLive = out.isTerminal && !json;
  let latest: AdminOverview | undefined;
  // Ages grow even while nothing else changes, so the page is drawn again at each tick.
  const show = () => latest && out.live.show(pageOf({ ...latest, at: new Date().toISOString() }, out));
  const timer = setInterval(() => isLive && show(), TICK_MS);
  try {
    for await (const { overview } of await admin.watch({})) {
      latest = overview;
      if (isLive) show();
      else if (json) out.json(overview, { line: true });
      else out.print(`${overview.at} ${sentenceOf(overview)}`);
    }
  } catch (error) {
    // The only way in which it ends: the last page stays on the screen.
    if (!signal.aborted) throw error;
    if (isLive) process.stderr.write('\n');
  } finally {
    clearInterval(timer);
  }
}

function pageOf(overview: AdminOverview, out: Out): string {
  const lines = [out.paint('bold', sentenceOf(overview)), '', ...stores(overview, out)];
  for (const store of [overview.redis, overview.postgres])
    if (store.state === 'down' && store.lastError)
      lines.push(out.paint('red', `${nameOf(store)}: ${stripControl(store.lastError)}`));
  lines.push('', flowOf(overview));
  if (overview.outcomes) {
    const { done, dead, discarded, capped } = overview.outcomes;
    const [a, b, c] = [done, dead, discarded].map((value) => count(value, capped && value >= 10_000));
    lines.push(`Settled: ${a} processed, ${b} dead, ${c} discarded.`);
  }
  if (overview.workers?.length) lines.push('', ...workers(overview.workers, out));
  return lines.join('\n');
}

function stores({ redis, postgres }: AdminOverview, out: Out): string[] {
  const depth = (store: typeof redis, kind: 'ready' | 'delayed' | 'active') =>
    store.depth === undefined ? '' : count(store.depth[kind], store.depth.capped && store.depth[kind] > 0);
  return table(
    [
      { title: 'store', value: nameOf },
      { title: 'state', value: ({ state }) => state },
      { title: 'keeps', value: ({ keeps }) => keeps },
      { title: 'waiting', value: (store) => depth(store, 'ready'), right: true },
      { title: 'scheduled', value: (store) => depth(store, 'delayed'), right: true },
      { title: 'claimed', value: (store) => depth(store, 'active'), right: true },
      { title: 'durability', value: ({ durability }) => durability, shrinks: true },
    ],
    [redis, postgres],
    out.width,
  );
}

function flowOf({ accepting, workingFrom, inflow }: AdminOverview): string {
  const accepts =
    accepting === 'none'
      ? 'No store accepts submissions.'
      : `${nameOf({ name: accepting })} accepts submissions`;
  const works =
    workingFrom === 'none'
      ? 'nothing can be processed'
      : `workers claim from ${nameOf({ name: workingFrom })}`;
  const rates = [
    ['accepted by Redis', inflow?.redis],
    ['accepted by Postgres', inflow?.postgres],
    ['settled', inflow?.settled],
  ].flatMap(([what, value]) => (typeof value === 'number' ? [`${count(Math.round(value))} ${what}`] : []));
  const perMinute = rates.length > 0 ? ` Per minute: ${rates.join(', ')}.` : '';
  return accepting === 'none' ? `${accepts}${perMinute}` : `${accepts}; ${works}.${perMinute}`;
}

function workers(rows: readonly WorkerView[], out: Out): string[] {
  return table(
    [
      { title: 'worker', value: ({ name }) => name, shrinks: true },
      { title: 'claims from', value: ({ workingFrom }) => workingFrom },
      { title: 'claimed', value: ({ inFlight }) => count(inFlight), right: true },
      { title: 'settled', value: ({ settled }) => count(settled), right: true },
      { title: 'running for', value: ({ startedAt }) => ago(startedAt), right: true },
    ],
    rows,
    out.width,
  );
}

function nameOf({ name }: { readonly name: 'redis' | 'postgres' }): string {
  return name === 'redis' ? 'Redis' : 'Postgres';
}
