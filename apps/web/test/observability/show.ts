import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@spillway/devstack';
import { startEnvironment } from '../environment.ts';
import type { Environment } from '../environment.ts';
import { readDashboard } from './dashboard.ts';
import { startReceiver } from './otlp.ts';
import { ONE_BY_ONE, newTraceId, playOutage, submit } from './outage.ts';
import { startPrometheus } from './prometheus.ts';
import type { Prometheus } from './prometheus.ts';
import { drawTrace } from './waterfall.ts';

/*
 * The system seen from outside: `pnpm --filter @spillway/web observe`. Starts all of it, a receiver of spans and a real
 * Prometheus, sends submissions, plays an outage of Redis, draws the trace of one submission through it, and asks Prometheus
 * every query of the dashboard. Writes docs/images/trace.svg and the figures of docs/observability.md; ends with 1 where a
 * query has no answer.
 */

const DOCS = join(import.meta.dirname, '../../../../docs');
const BEGIN = '<!-- observe:queries -->';
const END = '<!-- /observe:queries -->';
/** Some of it before and after the outage, so that rates have something to stand on, ms. */
const CALM_MS = 8_000;
const EVERY_MS = 100;

interface Answered {
  readonly panel: string;
  readonly expression: string;
  readonly series: number;
  readonly highest: number | undefined;
}

const startedMs = Date.now();
const receiver = await startReceiver();
const environment = await startEnvironment(receiver.env);
await environment.startWorker({ ...receiver.env, ...ONE_BY_ONE });
const prometheus = await startPrometheus({
  'spillway-web': environment.web.url,
  'spillway-worker': environment.workerUrl(),
});
try {
  const stopSending = sendAllTheTime(environment);
  await sleep(CALM_MS);
  const { traceId, moments } = await playOutage(environment);
  await waitFor(() => receiver.trace(traceId).some(({ name }) => name === 'process default'), {
    timeoutMs: 30_000,
  });
  await sleep(CALM_MS);
  await stopSending();
  const spans = receiver.trace(traceId);
  await writeFile(
    join(DOCS, 'images/trace.svg'),
    drawTrace('One submission through an outage of Redis', spans, moments),
  );
  console.log(`docs/images/trace.svg: ${spans.length} spans of one trace`);
  const answered = await askAll(prometheus);
  const rules = await prometheus.rules();
  await writeFigures(answered, rules.length);
  const silent = answered.filter(({ series }) => series === 0);
  const broken = rules.filter(({ health }) => health !== 'ok');
  for (const { panel, expression } of silent) console.error(`No data: ${panel}: ${expression}`);
  for (const { name, health } of broken) console.error(`Rule ${name}: ${health}`);
  console.log(
    `${answered.length - silent.length} of ${answered.length} queries return data, ${rules.length} rules evaluated`,
  );
  if (silent.length + broken.length > 0) process.exitCode = 1;
} finally {
  await prometheus.stop();
  await environment.stop();
  await receiver.close();
}

/** New ones, and now and then one again and one that does not fit. */
function sendAllTheTime({ web }: Environment): () => Promise<void> {
  let stopped = false;
  const sending = (async () => {
    for (let n = 0; !stopped; n += 1) {
      await submit(web.url, `Question ${n}`, newTraceId()).catch(() => {});
      if (n % 10 === 0) await fetch(`${web.url}/api/submit`, { method: 'POST', body: '{}' });
      await sleep(EVERY_MS);
    }
  })();
  return async () => {
    stopped = true;
    await sending;
  };
}

async function askAll({ query }: Prometheus): Promise<Answered[]> {
  const nowMs = Date.now();
  const asked = await readDashboard();
  return Promise.all(
    asked.map(async ({ panel, expression }) => {
      const series = (await query(expression, startedMs, nowMs)).filter(({ values }) => values.length > 0);
      const values = series.flatMap((one) => one.values);
      const highest = values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b));
      return { panel, expression, series: series.length, highest };
    }),
  );
}

async function writeFigures(answered: readonly Answered[], rules: number): Promise<void> {
  const file = join(DOCS, 'observability.md');
  const text = await readFile(file, 'utf8');
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  const answers = answered.filter(({ series }) => series > 0).length;
  const rows = answered.map(
    ({ panel, series, highest }) =>
      `| ${panel} | ${series} | ${highest === undefined ? '-' : short(highest)} |`,
  );
  const lines = [
    `${answers} of ${answered.length} queries of the dashboard returned data, and all ${rules} alert rules could be evaluated, in one`,
    `run of ${seconds} s with one outage of Redis, by a Prometheus that scraped both processes each second:`,
    '',
    '| panel | series | highest value |',
    '| --- | ---: | ---: |',
    ...rows,
  ];
  const from = text.indexOf(BEGIN) + BEGIN.length;
  await writeFile(file, `${text.slice(0, from)}\n\n${lines.join('\n')}\n\n${text.slice(text.indexOf(END))}`);
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}
