import { describe, expect, it } from 'vitest';
import { toProblem } from '../src/errors.ts';
import { parseJson, readBody, readJson } from '../src/json.ts';

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
  ])('%s, which keeps its value, is taken', (number) => {
    expect(parseJson(`{"n":[${number}]}`)).toEqual({ n: [Number(number)] });
  });

  it('are left alone inside strings', () => {
    const data = { card: '12345678901234567890', text: 'so 1e400 \\" 9007199254740993' };
    expect(parseJson(JSON.stringify(data))).toEqual(data);
  });
});

describe('depth', () => {
  it.each([111, 1000, 100_000])('%i levels are refused without falling over', (levels) => {
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

  it('is refused where its bytes are no UTF-8', async () => {
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

  it('without a length is given up as soon as it is too long, and the rest is not received', async () => {
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

  it('that breaks off is the sender’s to send again', async () => {
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
