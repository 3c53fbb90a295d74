import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { InvalidSubmissionError } from '@spillway/queue';
import { canonicalize } from '../../src/contract/canonical.ts';

class Fields {
  readonly sku = 'A1';
  readonly count = 2;
}

class Private {
  readonly #sku: string = 'A1';
  readonly id = 1;
  get sku() {
    return this.#sku;
  }
}

/** What another library gives for data of its own, which no key shows. */
const opaque: object = Object.create(Fields.prototype);

const thenable = Object.fromEntries(['then'].map((name) => [name, () => 1]));
/** As query builders are: what a forgotten await hands over. */
const query = Object.assign(Object.create(thenable), { sql: 'SELECT 1' });

const form = new FormData();
form.set('name', 'Ada');

/** By what they are: what JSON would empty or change, and a word of what to do instead. */
const UNFAITHFUL: Readonly<Record<string, readonly [value: unknown, remedy: string]>> = {
  'a promise': [Promise.resolve({ name: 'Ada' }), 'await'],
  'a query that is not awaited': [query, 'await'],
  'an object that is a promise': [{ a: 1, ...thenable }, 'await'],
  'a Request': [new Request('http://localhost/'), 'await request.json()'],
  'a Response': [new Response('{}'), 'await'],
  FormData: [form, 'Object.fromEntries'],
  URLSearchParams: [new URLSearchParams('name=Ada'), 'Object.fromEntries'],
  Headers: [new Headers({ a: 'b' }), 'Object.fromEntries'],
  'a Map': [new Map([['name', 'Ada']]), 'Object.fromEntries'],
  'a Set': [new Set(['a']), '[...value]'],
  'a WeakMap': [new WeakMap(), 'plain object'],
  'a WeakSet': [new WeakSet(), 'plain object'],
  'a generator': [[1, 2].values(), '[...value]'],
  'an Error': [new Error('boom'), 'error.message'],
  'an Error with fields': [Object.assign(new Error('boom'), { code: 'ENOENT' }), 'error.message'],
  'a RegExp': [/a/, 'plain object'],
  'a Blob': [new Blob(['file']), 'base64'],
  'a Uint8Array': [new Uint8Array([1, 2]), 'base64'],
  'a Float64Array': [new Float64Array([1, 2]), 'base64'],
  'a DataView': [new DataView(new ArrayBuffer(4)), 'base64'],
  'an ArrayBuffer': [new ArrayBuffer(4), 'base64'],
  'an invalid Date': [new Date('x'), 'a valid one'],
  'an object whose toJSON gives null': [{ toJSON: () => null }, 'a valid one'],
  'an instance with private fields': [new Private(), 'toJSON()'],
  'an instance without fields': [opaque, 'toJSON()'],
  'a function': [() => 1, 'Leave it out'],
  'a class': [Fields, 'Leave it out'],
  'a symbol': [Symbol('s'), 'Leave it out'],
  NaN: [Number.NaN, 'string'],
  Infinity: [Number.POSITIVE_INFINITY, 'string'],
  '-Infinity': [Number.NEGATIVE_INFINITY, 'string'],
  'a boxed NaN': [Object(Number.NaN), 'string'],
  'a big integer': [10n, 'string'],
  'a boxed big integer': [Object(10n), 'string'],
};

function refusalOf(data: unknown): InvalidSubmissionError {
  try {
    canonicalize(data);
  } catch (error) {
    if (error instanceof InvalidSubmissionError) return error;
    throw error;
  }
  return expect.fail('it was taken');
}

describe.each(Object.entries(UNFAITHFUL))('%s', (_, [value, remedy]) => {
  it('is refused wherever it stands, by its path and with a remedy', () => {
    for (const [data, path] of [
      [value, 'data'],
      [{ answers: value }, 'data.answers'],
      [[0, value], 'data[1]'],
      [{ deep: [{ 'a b': value }] }, 'data.deep[0]["a b"]'],
      [{ toJSON: () => ({ inner: value }) }, 'data.inner'],
      [
        new (class {
          readonly field = value;
        })(),
        'data.field',
      ],
    ] as const) {
      const { reason, message } = refusalOf(data);
      expect(reason).toBe('data');
      expect(message.startsWith(`${path} is `), message).toBe(true);
      expect(message).toContain(remedy);
    }
  });
});

describe('undefined', () => {
  it('is refused as the data, and inside arrays, where JSON makes null of it', () => {
    expect(refusalOf(undefined).message).toContain('data is undefined');
    expect(refusalOf({ list: [1, undefined] }).message).toContain('data.list[1] is undefined');
    expect(refusalOf(Object.assign([], { 0: 1, 2: 3 })).message).toContain('data[1] is undefined');
    expect(refusalOf([{ toJSON: () => undefined }]).message).toContain('data[0] is undefined');
  });

  it('is an absent field, as JSON has it', () => {
    expect(canonicalize({ a: undefined, b: 1 })).toBe('{"b":1}');
  });
});

describe('what JSON carries', () => {
  it.each([
    ['a plain object', { a: [1, 'x', null, true] }, '{"a":[1,"x",null,true]}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['a plain object of another realm', runInContext('({ a: [1] })', createContext()), '{"a":[1]}'],
    ['an instance whose data are its fields', new Fields(), '{"count":2,"sku":"A1"}'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['a URL', new URL('http://localhost/'), '"http://localhost/"'],
    ['a Buffer, by its own toJSON', Buffer.from('hi'), '{"data":[104,105],"type":"Buffer"}'],
    ['an instance with a toJSON', Object.assign(new Private(), { toJSON: () => 'A1' }), '"A1"'],
    [
      'a toJSON that gives its own object',
      Object.assign(new Fields(), {
        toJSON() {
          return this;
        },
      }),
      '{"count":2,"sku":"A1"}',
    ],
    ['boxed values', [Object(1), Object('x'), Object(false)], '[1,"x",false]'],
    ['a proxy of a plain object', new Proxy({ a: 1 }, {}), '{"a":1}'],
    [
      'fields called then and constructor',
      JSON.parse('{"then":1,"constructor":2}'),
      '{"constructor":2,"then":1}',
    ],
  ])('is taken: %s', (_, data, text) => {
    expect(canonicalize(data)).toBe(text);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
  });

  it('is named by a path that stays short, however long its keys are', () => {
    expect(refusalOf({ ['k'.repeat(5_000)]: { ['x'.repeat(5_000)]: () => 1 } }).message.length).toBeLessThan(
      400,
    );
  });
});
