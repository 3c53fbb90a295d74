import { Command } from 'commander';
import { stripControl } from '@spillway/terminal';
import type { Cli } from '../cli.ts';
import { EXIT, UsageError } from '../errors.ts';
import { LoadGauge } from '../load/gauge.ts';
import type { LoadReport } from '../load/gauge.ts';
import { toQueue, toUrl } from '../load/target.ts';
import type { Send } from '../load/target.ts';
import { runLoad } from '../load/run.ts';
import { examples, whole, withJson } from '../options.ts';
import { count, duration } from '../words.ts';

const KIB = 1024;
const SHOW_EVERY_MS = 500;
const STANDARD_SECONDS = 10;

interface Options {
  readonly url?: string;
  readonly count?: number;
  readonly seconds?: number;
  readonly concurrency: number;
  readonly rate?: number;
  readonly bytes: number;
  readonly form: string;
  readonly json?: boolean;
}

export function loadCommand(cli: Cli): Command {
  const command = new Command('load')
    .description('send real submissions and measure how fast they are accepted')
    .option('--url <url>', 'send over HTTP to this site, not directly to the stores')
    .option('-n, --count <n>', 'stop after this number', whole(1))
    .option(
      '-s, --seconds <n>',
      `stop after this many seconds (without --count: ${STANDARD_SECONDS})`,
      whole(1, 86_400),
    )
    .option('-c, --concurrency <n>', 'number of concurrent senders', whole(1, 10_000), 16)
    .option(
      '-r, --rate <n>',
      'submissions per second; without it as fast as they are accepted',
      whole(1, 1_000_000),
    )
    .option('--bytes <n>', 'size of the data of each submission', whole(16, 200 * KIB), 300)
    .option('--form <form>', 'the form; validated forms accept only their own fields', 'inbox');
  return withJson(command)
    .addHelpText(
      'after',
      examples(
        ['load --seconds 30', 'directly to the stores'],
        ['load --url http://localhost:3000 --rate 50', 'over HTTP, 50 a second'],
        ['load --count 100000 -c 64', '100,000, with 64 senders'],
      ),
    )
    .addHelpText(
      'after',
      '\nThese are real submissions, and workers process them. Over HTTP the site limits submissions per address (RATE_LIMIT).',
    )
    .action((options: Options) => load(cli, options));
}

async function load(cli: Cli, options: Options): Promise<void> {
  const { out, signal } = cli;
  const send = await targetOf(cli, options);
  const gauge = new LoadGauge();
  const timer = setInterval(
    () => out.live.show(liveLine(gauge.report(), gauge.perSecondLately())),
    SHOW_EVERY_MS,
  );
  try {
    await runLoad(send, gauge, {
      ...options,
      seconds: options.seconds ?? (options.count ? undefined : STANDARD_SECONDS),
      signal,
    });
  } finally {
    clearInterval(timer);
    out.live.clear();
  }
  const report = gauge.report();
  if (options.json) out.json(report);
  else out.print(describe(report));
  cli.exitCode = signal.aborted ? EXIT.interrupted : report.refused > 0 ? EXIT.failed : EXIT.fine;
}

async function targetOf(cli: Cli, { url, bytes, form }: Options): Promise<Send> {
  if (url === undefined) {
    const { queue } = await cli.house();
    cli.out.note(`Sending to the queue ${queue.name}, directly to its stores.`);
    return toQueue(queue, { form, bytes });
  }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new UsageError(`--url ${url}: use a URL like http://host:3000.`);
  // Below where it is served: `new URL('/api/…', url)` would drop the path.
  const address = new URL(url);
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/api/submit`;
  cli.out.note(`Sending to ${address.href}.`);
  return toUrl(address, { form, bytes });
}

function liveLine({ accepted, refused, ms, seconds }: LoadReport, lately: number): string {
  const no = refused > 0 ? `, ${count(refused)} refused` : '';
  return `${duration(seconds * 1_000)}  ${count(accepted)} accepted${no}, ${count(lately)} a second now   p50 ${ms.p50} ms  p95 ${ms.p95} ms  p99 ${ms.p99} ms`;
}

function describe({ accepted, refused, via, refusals, seconds, perSecond, ms }: LoadReport): string {
  const ways = Object.entries(via).map(
    ([name, value]) => `${count(value)} by ${name === 'redis' ? 'Redis' : 'Postgres'}`,
  );
  return [
    `${count(accepted)} accepted in ${duration(seconds * 1_000)}: ${count(perSecond)} a second${ways.length > 0 ? ` (${ways.join(', ')})` : ''}.`,
    ...(accepted > 0 ? [`p50 ${ms.p50} ms, p95 ${ms.p95} ms, p99 ${ms.p99} ms, slowest ${ms.max} ms.`] : []),
    ...(refused > 0 ? [`${count(refused)} refused:`] : []),
    ...Object.entries(refusals).map(([reason, value]) => `  ${count(value)}  ${stripControl(reason)}`),
  ].join('\n');
}
