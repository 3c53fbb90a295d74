import type { Series } from '../rounds.ts';
import { GROWTH_COSTS, GROWTH_SIZES, growthName } from '../scenarios/growth.ts';
import { median } from '../stats.ts';
import { barChart } from './bars.ts';
import type { BarGroup } from './bars.ts';
import { figure } from './format.ts';
import { lineChart, logTicks } from './lines.ts';
import type { Curve } from './lines.ts';
import type { Report } from './report.ts';
import type { Row } from './table.ts';

const IN_CHART = [
  { scenario: 'enqueue', title: 'Submissions accepted per second, 64 callers, each waiting for the answer' },
  { scenario: 'work', title: 'Jobs done per second by one worker, from Redis; handler: nothing' },
  { scenario: 'drain', title: 'Jobs done per second by one worker, from Postgres; handler: nothing' },
] as const;

/** Everybody's rates, ours among them. */
export function ratesChart({ scenarios, environment }: Report): string {
  const groups = IN_CHART.flatMap(({ scenario, title }): BarGroup[] => {
    const series = scenarios[scenario];
    if (series === undefined) return [];
    const bars = series.map(({ name, samples }) => ({
      name,
      value: median(samples),
      ours: name.startsWith('Spillway'),
    }));
    return [{ title, unit: '/s', bars }];
  });
  return barChart('Rates of Spillway and of what people would use instead', groups, footer(environment));
}

/** One line a cost, from 1 to 1,000,000 waiting. */
export function growthChart({ scenarios, environment }: Report): string {
  const curves = GROWTH_COSTS.map((cost): Curve => ({
    name: cost,
    points: GROWTH_SIZES.map((size) => ({ x: size, y: costOf(scenarios['growth'], cost, size) })),
  }));
  return lineChart({
    title: 'Cost by the number of submissions waiting (enqueue, claim, recover: of 1,000)',
    description: 'Cost of each operation with 1 to 1,000,000 submissions waiting',
    x: { title: 'waiting', kind: 'log', ticks: logTicks(GROWTH_SIZES), label: figure },
    y: {
      title: 'ms',
      kind: 'log',
      ticks: logTicks(curves.flatMap(({ points }) => points.map(({ y }) => y))),
      label: figure,
    },
    curves,
    footer: footer(environment),
  });
}

/** The same as a table: a line for each size. */
export function growthRows(series: readonly Series[] | undefined): Row[] {
  return [
    ['waiting', ...GROWTH_COSTS.map((cost) => `${cost}, ms`)],
    ...GROWTH_SIZES.map((size) => [
      figure(size),
      ...GROWTH_COSTS.map((cost) => figure(costOf(series, cost, size))),
    ]),
  ];
}

function costOf(series: readonly Series[] | undefined, cost: string, size: number): number {
  return median(series?.find(({ name }) => name === growthName(cost, size))?.samples ?? []);
}

/** The beginning of the line: the whole of it is too long for a picture. */
export function footer(environment: string): string {
  return environment.replaceAll(/ \([^)]*\)/g, '');
}
