import { describe, expect, it } from 'vitest';
import { toProblem } from '../src/errors.ts';
import { parseJson, readBody, readJson } from '../src/http/json.ts';

function problemOf(action: () => unknown) {
  try {
    action();
  } catch (error) {
    return toProblem(error);
  }
  return undefined;
}

function post(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
): Request {
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    duplex: 'half',
  };
  return new Request('http://localhost/', init);
}

describe('numbers', () => {
  it.each([
    '9007199254740993',
    '12345678901234567890',
    '-9007199254740993',
    '1e400',
    '-1e400',
    '1e-400',
    '0.1234567890123456789',
    '1234567890.12345678901',
  ])('%s, which parsing would change, is refused by name', (number) => {
    const problem = problemOf(() => parseJson(`{"amount": ${number}}`));
    expect(problem).toMatchObject({ code: 'invalid', status: 422, errors: [{ field: 'amount' }] });
    expect(problem?.detail).toContain(number);
    expect(problem?.detail).toContain('as a string');
  });

  it.each([
    '9007199254740991',
    '9007199254740992',
    '1000000000000000000000000',
    '1.50000000000000000000',
    '0.00000000000000000000000000015',
    '1e300',
    '15e-101',
    '-0',
    '0e999',
    '0.1',
    '123456789012345.6',
    '5e-324',
    '19.989999999999998',
    // As languages that print 17 digits write 0.1, 1/3 and a double that lies halfway.
    '0.10000000000000001',
    '0.33333333333333331',
    '1755831200046468.2',
    '1755831200046468.3',
    `1${'0'.repeat(300)}`,
  ])('%s, which keeps its value, is taken', (number) => {
    expect(parseJson(`{"n":[${number}]}`)).toEqual({ n: [Number(number)] });
  });

  it('are left alone inside strings', () => {
    const data = { card: '12345678901234567890', text: 'so 1e400 \\" 9007199254740993' };
    expect(parseJson(JSON.stringify(data))).toEqual(data);
  });
});

describe('limits', () => {
  it.each([
    ['a long number', '0.' + '0'.repeat(399), 'invalid', 'longer than 400 characters'],
    [
      'many keys',
      `{${Array.from({ length: 10_001 }, (_, n) => `"k${n}":0`).join(',')}}`,
      'too-large',
      '10,000 keys',
    ],
    ['many items', `[${'0,'.repeat(100_000)}0]`, 'too-large', '100,000 list items'],
    ['many lists', `[${'[],'.repeat(100_000)}[]]`, 'too-large', '100,000 list items'],
  ])('%s: refused by name', (_, text, code, says) => {
    const problem = problemOf(() => parseJson(`{"data":${text}}`));
    expect(problem?.code).toBe(code);
    expect(problem?.detail).toContain(says);
    expect(JSON.stringify(problem).length).toBeLessThan(1000);
  });

  it.each([
    ['keys', `{${Array.from({ length: 9000 }, (_, n) => `"k${n}":0`).join(',')}}`],
    ['items', `[${'0,'.repeat(99_000)}0]`],
    ['nothing but strings', JSON.stringify(['\\', '"', '\\"', '{[', 'k'.repeat(100_000)])],
  ])('a large body within them is taken: %s', (_, text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

describe('a key that occurs twice', () => {
  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"x":{"b":1,"\\u0062":2}}', 'b'],
    ['[{"a":{"a":[{"c":1,"d":2,"c":3}]}}]', 'c'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1,"":2}', ''],
  ])('in one object is refused by name: %s', (text, field) => {
    expect(problemOf(() => parseJson(text))).toMatchObject({ code: 'invalid', errors: [{ field }] });
  });

  it.each([
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}},"b":{"a":"a"}}',
    '{"a":"a","b":["a","a"]}',
    '{"a\\"":1,"a":2}',
  ])('in several is taken: %s', (text) => expect(parseJson(text)).toEqual(JSON.parse(text)));
});

describe('depth', () => {
  it.each([111, 1000, 100_000])('%i levels are refused without a crash', (levels) => {
    for (const text of [
      '['.repeat(levels) + ']'.repeat(levels),
      '{"a":'.repeat(levels) + '1' + '}'.repeat(levels),
    ]) {
      expect(problemOf(() => parseJson(text))).toMatchObject({
        code: 'invalid',
        errors: [{ field: 'data' }],
      });
    }
  });
});

describe('text that is not JSON', () => {
  it.each(['', '{', "{'a':1}", '{"a":1,}', 'NaN', '[1] [2]', '\u0000', '{"a":"\u0001"}'])(
    '%j is refused',
    (text) => {
      expect(problemOf(() => parseJson(text))).toMatchObject({ code: 'not-json', status: 400 });
    },
  );

  it('is refused if its bytes are not UTF-8', async () => {
    const bytes = new Uint8Array([...Buffer.from('{"a":"'), 0xff, 0xfe, ...Buffer.from('"}')]);
    await expect(readJson(post(bytes), 100)).rejects.toMatchObject({ problem: { code: 'not-json' } });
  });
});

describe('the body', () => {
  it('is read up to the limit, and not beyond it', async () => {
    expect(await readBody(post('"12345678"'), 10)).toBe('"12345678"');
    await expect(readBody(post('"123456789"'), 10)).rejects.toMatchObject({
      problem: { code: 'too-large', status: 413 },
    });
  });

  it('is refused by its length alone, before a byte of it is read', async () => {
    let pulled = 0;
    const body = new ReadableStream({ pull: () => void (pulled += 1) }, { highWaterMark: 0 });
    const request = post(body, { 'content-length': '1000' });
    await expect(readBody(request, 10)).rejects.toMatchObject({ problem: { code: 'too-large' } });
    expect(pulled).toBe(0);
  });

  it('without a length is refused as soon as it is too long, and the rest is not received', async () => {
    let sent = 0;
    let cancelled = false;
    const body = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(100));
      },
      cancel() {
        cancelled = true;
      },
    });
    await expect(readBody(post(body), 1000)).rejects.toMatchObject({ problem: { code: 'too-large' } });
    expect(sent).toBeLessThan(20);
    expect(cancelled).toBe(true);
  });

  it('that breaks off gets an answer that lets the sender send it again', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('reset')) });
    await expect(readBody(post(body), 1000)).rejects.toMatchObject({
      problem: { code: 'bad-request', status: 400 },
    });
  });

  it.each([
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'multipart/form-data; boundary=x' }],
    [{ 'content-type': 'application/json; charset=latin1' }],
    [{ 'content-type': 'application/jsonl' }],
    [{ 'content-encoding': 'gzip' }],
  ])('is refused as %j', async (headers) => {
    await expect(readBody(post('{}', headers), 100)).rejects.toMatchObject({
      problem: { code: 'unsupported-media-type', status: 415 },
    });
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('is taken as %s', async (type) =>
    expect(await readJson(post('{}', { 'content-type': type }), 100)).toEqual({}),
  );
});
