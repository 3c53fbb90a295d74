import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../../../..');
const DASHBOARD = join(REPOSITORY, 'deploy/grafana/spillway.json');
const ALERTS = join(REPOSITORY, 'deploy/prometheus/alerts.yml');
/** As Grafana would fill them in for all queues and a step of some seconds. */
const VARIABLES = { $__rate_interval: '15s', $queue: '.*' } as const;

export interface DashboardQuery {
  readonly panel: string;
  readonly expression: string;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** The queries of the dashboard, as Prometheus would get them. */
export async function readDashboard(): Promise<DashboardQuery[]> {
  const { panels }: { panels: readonly Panel[] } = JSON.parse(await readFile(DASHBOARD, 'utf8'));
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ panel: title, expression: filledIn(expr) })),
  );
}

export function readAlerts(): Promise<string> {
  return readFile(ALERTS, 'utf8');
}

/** The metrics that a text names: those of ours, and those of Node and of the process. */
export function metricsIn(text: string): Set<string> {
  return new Set([...text.matchAll(/\b(?:spillway|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name));
}

/** Names that an export has: of a histogram, those of its parts too. */
export function exportedNames(text: string): Set<string> {
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, ...['bucket', 'count', 'sum'].map((part) => `${name}_${part}`)] : [name],
  );
  return new Set(names);
}

function filledIn(expression: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expression);
}

/** The table of docs/observability.md. */
export async function readMetricTable(): Promise<
  readonly { readonly name: string; readonly apps: string }[]
> {
  const text = await readFile(join(REPOSITORY, 'docs/observability.md'), 'utf8');
  const rows = text.matchAll(/^\| `(spillway_\w+)` \| \w+ \| [^|]* \| ([^|]*) \|/gm);
  return [...rows].map(([, name = '', apps = '']) => ({ name, apps }));
}
