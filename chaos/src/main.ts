import { appendFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Primary } from '@spillway/queue';
import { COMBINATIONS, runCampaign } from './campaign.ts';
import type { CampaignOptions } from './campaign.ts';
import { FAULTS } from './faults/index.ts';
import { comparePeers } from './peers/main.ts';
import { ENTRIES, PEER_FAULTS } from './peers/tournament.ts';
import type { Entry } from './peers/tournament.ts';
import { closingText, jsonLine } from './report.ts';

const USAGE = `Breaks everything that can break under a running Spillway, and looks whether it keeps its promises.

  pnpm chaos [--seconds 600] [--seed 1] [--primary auto|redis|postgres] [--fault name,…] [--rate 500]
             [--workers 3] [--producers 3] [--window 10000] [--complete] [--json file]

  pnpm chaos --peers [--queue name,…] [--fault name,…] [--rate 60] [--json file] [--with file,…] [--write document]

  --primary   only this one; without it all three, in turn
  --fault     only these; "${COMBINATIONS}" stands for several at once
  --complete  each fault for each primary at least once, however long that takes
  --window    for so many ms from each fault on, latency is compared with the control run
  --json      appends the closing JSON line to this file as well
  --peers     plays faults on ours and on other queues, and prints what became of their submissions
  --queue     only these of them: ${ENTRIES.map(queueName).join(', ')}
  --with      adds what earlier runs wrote with --json
  --write     puts the table into this document, between its markers

Faults: ${FAULTS.map((fault) => fault.name).join(', ')}

With --peers: ${PEER_FAULTS.map((fault) => fault.name).join(', ')}
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
        rate: { type: 'string' },
        workers: { type: 'string', default: '3' },
        producers: { type: 'string', default: '3' },
        window: { type: 'string', default: '10000' },
        complete: { type: 'boolean', default: false },
        json: { type: 'string' },
        peers: { type: 'boolean', default: false },
        queue: { type: 'string', default: '' },
        with: { type: 'string', default: '' },
        write: { type: 'string' },
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

function namesOf(option: string, list: string, known: readonly string[]): readonly string[] {
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !known.includes(name));
  return unknown === undefined ? names : fail(`--${option} ${unknown}: one of ${known.join(', ')}.`);
}

/** Those that are named; all where none is. */
function chosen<T>(all: readonly T[], names: readonly string[], nameOf: (one: T) => string): readonly T[] {
  return names.length === 0 ? all : all.filter((one) => names.includes(nameOf(one)));
}

/** A comma separates names, and so is left out of them. */
function queueName(entry: Entry): string {
  return entry.name.replaceAll(',', '');
}

const values = readArguments();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
// What it started ends with it; an exit, unlike a signal, also lets go of what it mounted.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (values.peers) {
  await comparePeers({
    command: 'pnpm chaos --peers',
    entries: chosen(ENTRIES, namesOf('queue', values.queue, ENTRIES.map(queueName)), queueName),
    faults: chosen(
      PEER_FAULTS,
      namesOf(
        'fault',
        values.fault,
        PEER_FAULTS.map((one) => one.name),
      ),
      (one) => one.name,
    ),
    seed: wholeNumber('seed', values.seed),
    ratePerSecond: wholeNumber('rate', values.rate ?? '60'),
    json: values.json,
    with: values.with.split(',').filter((file) => file !== ''),
    write: values.write,
  });
  process.exit(0);
}
const options: CampaignOptions = {
  seconds: wholeNumber('seconds', values.seconds),
  seed: wholeNumber('seed', values.seed),
  primaries: primariesOf(values.primary),
  faults: namesOf('fault', values.fault, [...FAULTS.map((fault) => fault.name), COMBINATIONS]),
  ratePerSecond: wholeNumber('rate', values.rate ?? '500'),
  workers: wholeNumber('workers', values.workers),
  producers: wholeNumber('producers', values.producers),
  windowMs: wholeNumber('window', values.window),
  complete: values.complete,
};
const report = await runCampaign(options, (text) => process.stdout.write(`${text}\n`));
process.stdout.write(`${closingText(report)}\n${jsonLine(report)}\n`);
if (values.json !== undefined) await appendFile(values.json, `${jsonLine(report)}\n`);
process.exit(report.held ? 0 : 1);
