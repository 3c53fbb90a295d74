import { parseArgs } from 'node:util';
import { FULL, QUICK } from './profile.ts';
import type { Profile } from './profile.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { growth } from './scenarios/growth.ts';
import { slowDisk } from './scenarios/slow-disk.ts';
import type { Scenario } from './scenarios/scenario.ts';

const USAGE = `Measures Spillway beside what people would use instead, on a Redis and a Postgres that it starts itself.

  pnpm bench [--quick] [--only name,…] [--rounds 5] [--json file] [--write docs/performance.md]
  pnpm bench --growth | --slow-disk | --soak [--minutes 10]

  --quick      fewer and shorter rounds: ends within 90 seconds
  --only       only these scenarios
  --rounds     how often each competitor has its turn
  --growth     what things cost with 1 to 1,000,000 submissions waiting
  --slow-disk  what commits of 3 ms cost
  --soak       steady load for so many minutes: does memory grow? what does a submission take?
  --json       writes all figures to this file
  --write      puts tables between the markers of this document, and charts into images/ beside it

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
`;

export interface Arguments {
  readonly profile: Profile;
  readonly scenarios: readonly Scenario[];
  /** Then nothing else is run. */
  readonly soakMinutes: number | undefined;
  readonly json: string | undefined;
  readonly write: string | undefined;
}

export function readArguments(): Arguments {
  const values = parse();
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const profile = values.quick ? QUICK : FULL;
  if (values.write !== undefined && (values.quick || values.only !== undefined))
    return fail('--write: only the figures of a whole run belong into a document.');
  const rounds = values.rounds === undefined ? undefined : wholeNumber('rounds', values.rounds);
  return {
    profile: rounds === undefined ? profile : { ...profile, rounds, sideRounds: rounds },
    scenarios: values.only === undefined ? scenariosFor(values) : scenariosOf(values.only),
    soakMinutes: values.soak ? wholeNumber('minutes', values.minutes) : undefined,
    json: values.json,
    write: values.write,
  };
}

function parse() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        growth: { type: 'boolean', default: false },
        'slow-disk': { type: 'boolean', default: false },
        soak: { type: 'boolean', default: false },
        minutes: { type: 'string', default: '10' },
        json: { type: 'string' },
        write: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** What a run without `--only` measures. */
export function defaultScenarios(quick: boolean): readonly Scenario[] {
  return SCENARIOS.filter((one) => !quick || !one.aside);
}

function scenariosFor(values: ReturnType<typeof parse>): readonly Scenario[] {
  if (values.growth) return [growth];
  return values['slow-disk'] ? [slowDisk] : defaultScenarios(values.quick);
}

function scenariosOf(list: string): readonly Scenario[] {
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !SCENARIOS.some((one) => one.name === name));
  if (unknown !== undefined) return fail(`--only ${unknown}: there is no such scenario.`);
  return SCENARIOS.filter((one) => names.includes(one.name));
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0
    ? number
    : fail(`--${name} ${text}: a whole number above 0.`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${USAGE}`);
  process.exit(2);
}
