import { appendFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Primary } from '@spillway/queue';
import { COMBINATIONS, runCampaign } from './campaign.ts';
import type { CampaignOptions } from './campaign.ts';
import { FAULTS } from './faults/index.ts';
import { closingText, jsonLine } from './report.ts';

const USAGE = `Breaks everything that can break under a running Spillway, and looks whether it keeps its promises.

  pnpm chaos [--seconds 600] [--seed 1] [--primary auto|redis|postgres] [--fault name,…] [--rate 500]
             [--workers 3] [--producers 3] [--window 10000] [--complete] [--json file]

  --primary   only this one; without it all three, in turn
  --fault     only these; "${COMBINATIONS}" stands for several at once
  --complete  each fault for each primary at least once, however long that takes
  --window    for so many ms from each fault on, latency is compared with the control run
  --json      appends the closing JSON line to this file as well

Faults: ${FAULTS.map((fault) => fault.name).join(', ')}
`;

const PRIMARIES: readonly Primary[] = ['auto', 'redis', 'postgres'];

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        seconds: { type: 'string', default: '600' },
        seed: { type: 'string', default: '1' },
        primary: { type: 'string' },
        fault: { type: 'string', default: '' },
        rate: { type: 'string', default: '500' },
        workers: { type: 'string', default: '3' },
        producers: { type: 'string', default: '3' },
        window: { type: 'string', default: '10000' },
        complete: { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0
    ? number
    : fail(`--${name} ${text}: a whole number above 0.`);
}

function primariesOf(name: string | undefined): readonly Primary[] {
  if (name === undefined) return PRIMARIES;
  const found = PRIMARIES.filter((one) => name.split(',').includes(one));
  return found.length > 0 ? found : fail(`--primary ${name}: one of ${PRIMARIES.join(', ')}.`);
}

function faultsOf(list: string): readonly string[] {
  const names = list.split(',').filter((name) => name !== '');
  const known = new Set([...FAULTS.map((fault) => fault.name), COMBINATIONS]);
  const unknown = names.find((name) => !known.has(name));
  return unknown === undefined ? names : fail(`--fault ${unknown}: there is no such fault.`);
}

const values = readArguments();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const options: CampaignOptions = {
  seconds: wholeNumber('seconds', values.seconds),
  seed: wholeNumber('seed', values.seed),
  primaries: primariesOf(values.primary),
  faults: faultsOf(values.fault),
  ratePerSecond: wholeNumber('rate', values.rate),
  workers: wholeNumber('workers', values.workers),
  producers: wholeNumber('producers', values.producers),
  windowMs: wholeNumber('window', values.window),
  complete: values.complete,
};
// The processes that it started end with it. Call exit: unlike a signal, it also unmounts the disks.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const report = await runCampaign(options, (text) => process.stdout.write(`${text}\n`));
process.stdout.write(`${closingText(report)}\n${jsonLine(report)}\n`);
if (values.json !== undefined) await appendFile(values.json, `${jsonLine(report)}\n`);
process.exit(report.held ? 0 : 1);
