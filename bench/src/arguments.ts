import { parseArgs } from 'node:util';
import { FULL, QUICK } from './effort.ts';
import type { Effort } from './effort.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { Scenario } from './scenarios/scenario.ts';

const USAGE = `Measures Spillway beside what people would use instead, on a Redis and a Postgres that it starts itself.

  pnpm bench [--quick] [--only name,…] [--rounds 5] [--json file]

  --quick    fewer and shorter rounds: ends within 90 seconds
  --only     only these scenarios
  --rounds   how often each contender has its turn
  --json     writes all figures to this file

Scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}
`;

export interface Arguments {
  readonly effort: Effort;
  readonly scenarios: readonly Scenario[];
  readonly json: string | undefined;
}

export function readArguments(): Arguments {
  const values = parse();
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const effort = values.quick ? QUICK : FULL;
  const rounds = values.rounds === undefined ? undefined : wholeNumber('rounds', values.rounds);
  return {
    effort: rounds === undefined ? effort : { ...effort, rounds, sideRounds: rounds },
    scenarios: values.only === undefined ? defaultScenarios(values.quick) : scenariosOf(values.only),
    json: values.json,
  };
}

function parse() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
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
