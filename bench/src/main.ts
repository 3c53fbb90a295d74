import { writeFile } from 'node:fs/promises';
import { readArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { FULL } from './profile.ts';
import { describeEnvironment } from './environment.ts';
import { figure } from './report/format.ts';
import { growthRows } from './report/charts.ts';
import type { Report } from './report/report.ts';
import { seriesRows, verdictRows } from './report/rows.ts';
import { writeReport } from './report/sections.ts';
import { soakTables, writeSoak } from './report/soak.ts';
import { textTable } from './report/table.ts';
import type { Series } from './rounds.ts';
import { soak } from './soak/soak.ts';
import type { SoakReport } from './soak/soak.ts';
import { startHarness } from './harness.ts';
import { TARGETS } from './targets.ts';
import { judge } from './verdict.ts';

const args = readArguments();
// The processes that it started end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const report = args.soakMinutes === undefined ? await measure(args) : await runSoak(args.soakMinutes);
if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
process.exit(0);

async function measure({ profile, scenarios, write }: Arguments): Promise<Report> {
  await using harness = await startHarness();
  const environment = await describeEnvironment(harness);
  print([environment, '']);
  const measured = new Map<string, readonly Series[]>();
  for (const { name, title, run } of scenarios) {
    const isLate = performance.now() > profile.hurryAfterMs;
    const series = await run({
      harness,
      profile: isLate ? { ...profile, rounds: 1 } : profile,
      log: (text) => progress(`${name}: ${text}`),
    });
    progress('');
    measured.set(name, series);
    print([
      `${name}: ${title}`,
      ...textTable(name === 'growth' ? growthRows(series) : seriesRows('', series)),
      '',
    ]);
  }
  const verdicts = judge(TARGETS, measured);
  if (verdicts.length > 0) print(textTable(verdictRows(verdicts)));
  if (profile.backlog.many < FULL.backlog.many)
    print(['', `--quick: ${figure(profile.backlog.many)} waiting harness for ${figure(FULL.backlog.many)}.`]);
  const found = { environment, profile, scenarios: Object.fromEntries(measured), verdicts };
  if (write !== undefined) await writeReport(write, found);
  return found;
}

async function runSoak(minutes: number): Promise<SoakReport> {
  const found = await soak(minutes, (text) => print([text]));
  for (const rows of soakTables(found)) print(['', ...textTable(rows)]);
  if (args.write !== undefined) await writeSoak(args.write, found);
  return found;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** One progress line that is overwritten; only on a terminal. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}
