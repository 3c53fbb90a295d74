import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PrometheusUnavailableError, prometheusBinaries } from '@spillway/devstack';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '../..');
const FOLDER = join(REPOSITORY, 'deploy/prometheus');
const RUNBOOKS = join(REPOSITORY, 'docs/operations.md');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly annotations: { readonly runbook_url: string };
    }[];
  }[];
}

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly object[];
    }[];
  }[];
}

const rules: Rules = parse(await readFile(join(FOLDER, 'alerts.yml'), 'utf8'));
const ruleTests: RuleTests = parse(await readFile(join(FOLDER, 'alerts.test.yml'), 'utf8'));
const alerts = rules.groups.flatMap((group) => group.rules);

// Where it can be had at all it is brought: absent means that these rules were not tried, and that is said.
const promtool = await prometheusBinaries().then(
  (binaries) => binaries.promtool,
  (error: unknown) => {
    if (!(error instanceof PrometheusUnavailableError)) throw error;
    console.warn(`The alert rules were not tried: ${error.message}`);
    return undefined;
  },
);

describe.skipIf(promtool === undefined)('checked by promtool, if it is installed', () => {
  const ask = async (...args: string[]) => (await run(promtool ?? '', args, { cwd: FOLDER })).stdout;

  test('Prometheus accepts the rules', async () => {
    expect(await ask('check', 'rules', 'alerts.yml')).toContain(`${alerts.length} rules found`);
  });

  test('each alert fires on its condition, and none fires on a normal day', async () => {
    expect(await ask('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
  });

  test('Prometheus accepts the example configuration', async () => {
    expect(await ask('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });
});

test('each alert is tried twice: that it fires, and that it does not', () => {
  const tried = ruleTests.tests.flatMap((one) => one.alert_rule_test);
  for (const { alert } of alerts) {
    const mine = tried.filter(({ alertname }) => alertname === alert);
    expect(
      mine.map(({ exp_alerts: expected }) => expected.length).toSorted((a, b) => a - b),
      alert,
    ).toEqual([0, 1]);
  }
});

test('each alert names the runbook of its name', () => {
  for (const { alert, annotations } of alerts)
    expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
});

test('each runbook exists', async () => {
  const text = await readFile(RUNBOOKS, 'utf8');
  const headings = new Set([...text.matchAll(/^#+ (\w+)\s*$/gm)].map(([, heading]) => heading));
  expect(alerts.map(({ alert }) => alert).filter((alert) => !headings.has(alert))).toEqual([]);
});
