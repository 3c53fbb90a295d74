import { formByName, fromFormData, localeOf, validate } from '@spillway/forms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, startWorld } from './world.ts';
import type { House, World } from './world.ts';

/** Eight times the text may take ten times as long, which is n log n; a square takes 64 times. What lies between is noise. */
const TIMES = 8;
const MAX_GROWTH = 24;
/** What some systems count processor time in. Below it, nothing can be told apart. */
const FLOOR_MS = 4;
const RUNS = 3;
const TRIES = 4;
const SMALL_CHARS = 120_000;

let world: World;
let house: House;
beforeAll(async () => {
  world = await startWorld();
  house = await world.start();
});
afterAll(() => world?.stop());

/** `piece` for each number, joined, about so many characters long. */
function pieces(chars: number, piece: (n: number) => string, between = ','): string {
  const parts: string[] = [];
  for (let n = 0, length = 0; length < chars; n += 1) {
    const part = piece(n);
    parts.push(part);
    length += part.length + between.length;
  }
  return parts.join(between);
}

const inData = (text: string, form = 'inbox') => `{"form":"${form}","data":${text}}`;
const contact = (fields: string) =>
  inData(`{"name":"A","email":"a@example.com","message":"x",${fields}}`, 'contact');

const BODIES: Readonly<Record<string, (chars: number) => string>> = {
  'digits behind the point': (chars) => inData(`{"n":0.${'1'.repeat(chars)}}`),
  'zeros behind the point': (chars) => inData(`{"n":0.${'0'.repeat(chars)}1}`),
  'zeros and a one, over and over': (chars) => inData(`{"n":1${'00001'.repeat(chars / 5)}}`),
  'long numbers': (chars) => inData(`{"n":[${pieces(chars, () => '1.2345678901234567')}]}`),
  'short numbers': (chars) => inData(`{"n":[${pieces(chars, () => '1')}]}`),
  keys: (chars) => inData(`{${pieces(chars, (n) => `"k${n}":1`)}}`),
  'a key that is long': (chars) => inData(`{"${'k'.repeat(chars)}":1}`),
  'unknown fields': (chars) => contact(pieces(chars, (n) => `"k${n}":1`)),
  'unknown names beside data': (chars) => `{"data":{},${pieces(chars, (n) => `"k${n}":1`)}}`,
  'values of one field': (chars) => inData(`{"workshops":[${pieces(chars, () => '"x"')}]}`, 'registration'),
  lists: (chars) => inData(`{"n":[${pieces(chars, () => '[]')}]}`),
  'objects in a list': (chars) => inData(`{"n":[${pieces(chars, () => '{"a":1}')}]}`),
  nesting: (chars) => inData('[{"a":'.repeat(chars / 6)),
  'a text': (chars) => inData(`{"a":"${'x'.repeat(chars)}"}`),
  'a text of escapes': (chars) => inData(`{"a":"${'\\u00e9'.repeat(chars / 6)}"}`),
  'a text of quotes': (chars) => inData(`{"a":"${'\\"'.repeat(chars / 2)}"}`),
  'a text of backslashes without an end': (chars) => inData(`{"a":"${'\\\\'.repeat(chars / 2)}`),
  'an address of points': (chars) =>
    contact(`"topic":"x"`).replace('a@example.com', `a@${'a.'.repeat(chars / 2)}`),
  'an address of ats': (chars) => contact(`"topic":"x"`).replace('a@example.com', '@'.repeat(chars)),
  'spaces in a field': (chars) => contact(`"topic":"${' '.repeat(chars)}x"`),
  'spaces around nothing': (chars) => `${' '.repeat(chars)}1`,
  'openings that never end': (chars) => '{"a"'.repeat(chars / 4),
  commas: (chars) => ','.repeat(chars),
};

describe.each(['rest', 'trpc'] as const)('at %s', (channel) => {
  it.each(Object.keys(BODIES))('what a request costs grows with it and no faster: %s', async (name) => {
    await expectLinear((chars) => {
      const body = BODIES[name]?.(chars) ?? '';
      return () => ENDPOINTS[channel](house.api, body);
    });
  });
});

const FIELDS: Readonly<Record<string, (chars: number) => string>> = {
  'names, each another': (chars) => pieces(chars, (n) => `n${n}=x`, '&'),
  'one name': (chars) => pieces(chars, () => 'workshops=x', '&'),
  'names of the page': (chars) => pieces(chars, (n) => `_${n}=x`, '&'),
  'line breaks': (chars) => `notes=${'%0D%0A'.repeat(chars / 6)}`,
};

it.each(Object.keys(FIELDS))('so it is with a form’s post: %s', async (name) => {
  const form = formByName('registration');
  if (!form) throw new Error('There is no such form.');
  await expectLinear((chars) => {
    // Far more fields than the endpoint lets through.
    const body = FIELDS[name]?.(chars / TIMES) ?? '';
    return async () => validate(form, fromFormData(form, new URLSearchParams(body)));
  });
});

it.each([
  ['cookie', (chars: number) => '; '.repeat(chars / 2)],
  ['cookie', (chars: number) => ';lang'.repeat(chars / 5)],
  ['accept-language', (chars: number) => pieces(chars, (n) => `x${n};q=0.${n}`)],
] as const)('so it is with a header: %s', async (name, value) => {
  await expectLinear((chars) => {
    const headers = new Headers({ [name]: value(chars) });
    return async () => localeOf(headers);
  });
});

/** The best of some tries: a thread that was interrupted at a bad time says nothing of the code. */
async function expectLinear(make: (chars: number) => () => Promise<unknown>): Promise<void> {
  const [small, large] = [make(SMALL_CHARS), make(SMALL_CHARS * TIMES)];
  const growths: number[] = [];
  while (growths.length < TRIES) {
    growths.push((await costMs(large)) / Math.max(await costMs(small), FLOOR_MS));
    if ((growths.at(-1) ?? 0) < MAX_GROWTH) return;
  }
  expect(Math.min(...growths)).toBeLessThan(MAX_GROWTH);
}

/** Processor time of this thread, the least of some runs: what else the machine does counts for little. */
async function costMs(run: () => Promise<unknown>): Promise<number> {
  const costs: number[] = [];
  for (let n = 0; n < RUNS; n += 1) {
    const before = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(before);
    costs.push((user + system) / 1000);
  }
  return Math.min(...costs);
}
