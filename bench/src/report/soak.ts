import type { SoakReport } from '../soak/soak.ts';
import { footer } from './charts.ts';
import { writeSections } from './document.ts';
import { figure } from './format.ts';
import { lineChart, linearTicks } from './lines.ts';
import { writeImage } from './sections.ts';
import { markdownTable } from './table.ts';
import type { Row } from './table.ts';

const MIB = 1_024 ** 2;

export function soakTables({ curves, footprint, web, worker, done, minutes }: SoakReport): Row[][] {
  const sizes = curves.map(({ name, points, trend }): Row => [
    name,
    mib(points[Math.floor(points.length / 4)]?.y),
    mib(points.at(-1)?.y),
    `${figure(trend.bytesPerMinute / 1_024)} KiB`,
    trend.grows ? 'GROWS' : 'steady',
  ]);
  return [
    [
      [`${figure(done)} submissions in ${minutes} min`, 'after a quarter', 'at the end', 'a minute', ''],
      ...sizes,
    ],
    [
      ['one submission of 300 bytes', 'bytes'],
      ['waiting in Redis', figure(footprint.inRedis)],
      ['waiting in Postgres, with indexes', figure(footprint.inPostgres)],
      ['its outcome, with indexes', figure(footprint.outcome)],
    ],
    [
      ['resident, as built for production', 'idle', 'under load'],
      ['web: 20 s of 64 connections', mib(web.idle), mib(web.loaded)],
      ['worker: 100,000 submissions', mib(worker.idle), mib(worker.loaded)],
    ],
  ];
}

export async function writeSoak(file: string, report: SoakReport): Promise<void> {
  const tables = soakTables(report).flatMap((rows) => [...markdownTable(rows), '']);
  await writeSections(file, { soak: [report.environment, '', ...tables.slice(0, -1)] });
  await writeImage(file, 'bench-soak.svg', soakChart(report));
}

function soakChart({ curves, minutes, perSecond, environment }: SoakReport): string {
  const inMib = curves.map(({ name, points }) => ({
    name,
    points: points.map(({ x, y }) => ({ x, y: y / MIB })),
  }));
  return lineChart({
    title: `Memory at ${figure(perSecond)} submissions a second`,
    description: `Memory of producer, worker and Redis over ${minutes} minutes of steady load`,
    x: { title: 'minutes', kind: 'linear', ticks: linearTicks(minutes), label: figure },
    y: {
      title: 'MiB',
      kind: 'linear',
      ticks: linearTicks(Math.max(...inMib.flatMap(({ points }) => points.map(({ y }) => y)))),
      label: figure,
    },
    curves: inMib,
    footer: footer(environment),
  });
}

function mib(bytes: number | undefined): string {
  return bytes === undefined ? '-' : `${figure(bytes / MIB)} MiB`;
}
