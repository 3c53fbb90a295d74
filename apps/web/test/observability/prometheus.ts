import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, prometheusBinaries, waitFor } from '@spillway/devstack';
import { startProcess } from '../process.ts';

const RULES = join(import.meta.dirname, '../../../../deploy/prometheus/alerts.yml');

/** What a query gave over a time. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** A real Prometheus that scrapes both processes every second and evaluates our rules. */
export interface Prometheus {
  /** Rejects with what Prometheus has against the query. */
  query(expression: string, fromMs: number, toMs: number): Promise<Series[]>;
  /** Names of rules and whether they could be evaluated. */
  rules(): Promise<readonly { readonly name: string; readonly health: string }[]>;
  stop(): Promise<void>;
}

export async function startPrometheus(targets: Readonly<Record<string, string>>): Promise<Prometheus> {
  const { prometheus } = await prometheusBinaries();
  const folder = await mkdtemp(join(tmpdir(), 'spillway-prometheus-'));
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [RULES],
    scrape_configs: Object.entries(targets).map(([job, url]) => ({
      job_name: job,
      metrics_path: '/api/metrics',
      static_configs: [{ targets: [new URL(url).host] }],
    })),
  };
  // JSON is YAML.
  await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=data',
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const started = startProcess(args, folder, {}, prometheus);
  await waitFor(async () => (await fetch(`${url}/-/ready`)).ok, { message: 'Prometheus' });

  async function ask(path: string, parameters: Record<string, string> = {}) {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = JSON.parse(await response.text());
    if (answer.status !== 'success') throw new Error(`${answer.error}`);
    return answer.data;
  }

  return {
    async query(expression, fromMs, toMs) {
      const data: { result: { metric: Record<string, string>; values: [number, string][] }[] } = await ask(
        'query_range',
        { query: expression, start: String(fromMs / 1_000), end: String(toMs / 1_000), step: '1' },
      );
      return data.result.map(({ metric, values }) => ({
        labels: metric,
        values: values.map(([, value]) => Number(value)).filter((value) => Number.isFinite(value)),
      }));
    },
    async rules() {
      const data: { groups: { rules: { name: string; health: string }[] }[] } = await ask('rules');
      return data.groups.flatMap((group) => group.rules);
    },
    async stop() {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
