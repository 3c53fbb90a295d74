import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { growthChart, growthRows, ratesChart } from './charts.ts';
import { writeSections } from './document.ts';
import type { Report } from './report.ts';
import { seriesRows, verdictRows } from './rows.ts';
import { markdownTable } from './table.ts';

/** Puts a report's tables into the document, and its charts into `images/` beside it. */
export async function writeReport(file: string, report: Report): Promise<void> {
  const { scenarios, environment, verdicts } = report;
  const slowDisk = scenarios['slow-disk'];
  if (scenarios['growth']) {
    await writeSections(file, {
      growth: [environment, '', ...markdownTable(growthRows(scenarios['growth']))],
    });
    await writeImage(file, 'bench-growth.svg', growthChart(report));
  } else if (slowDisk) {
    await writeSections(file, { 'slow-disk': [environment, '', ...markdownTable(seriesRows('', slowDisk))] });
  } else {
    const rates = Object.entries(scenarios).flatMap(([name, series]) => [
      ...markdownTable(seriesRows(name, series)),
      '',
    ]);
    await writeSections(file, {
      ratios: [environment, '', ...markdownTable(verdictRows(verdicts))],
      rates: rates.slice(0, -1),
    });
    await writeImage(file, 'bench.svg', ratesChart(report));
  }
}

export async function writeImage(document: string, name: string, svg: string): Promise<void> {
  const folder = join(dirname(document), 'images');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), svg);
}
