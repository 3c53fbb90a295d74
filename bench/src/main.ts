import { writeFile } from 'node:fs/promises';
import { readArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { describeEnvironment } from './environment.ts';
import type { Report } from './report/report.ts';
import { seriesRows, verdictRows } from './report/rows.ts';
import { textTable } from './report/table.ts';
import type { Series } from './rounds.ts';
import { startStand } from './stand.ts';
import { TARGETS } from './targets.ts';
import { judge } from './verdict.ts';

const args = readArguments();
// What it started ends with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const report = await measure(args);
if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.exit(0);

async function measure({ effort, scenarios }: Arguments): Promise<Report> {
  await using stand = await startStand();
  const environment = await describeEnvironment(stand);
  print([environment, '']);
  const measured = new Map<string, readonly Series[]>();
  for (const { name, title, run } of scenarios) {
    const series = await run({ stand, effort, log: (text) => progress(`${name}: ${text}`) });
    progress('');
    measured.set(name, series);
    print([...textTable(seriesRows(`${name}: ${title}`, series)), '']);
  }
  const verdicts = judge(TARGETS, measured);
  print(textTable(verdictRows(verdicts)));
  return { environment, effort, scenarios: Object.fromEntries(measured), verdicts };
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** One line that is written over; only where somebody watches. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}
