import { newId } from '@spillway/queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formByName } from '@spillway/forms';
import { ENDPOINTS, post, startWorld } from './world.ts';
import type { House, World } from './world.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

let world: World;
let house: House;
beforeAll(async () => {
  world = await startWorld();
  house = await world.start({ maxBytes: 32 * 1024 });
});
afterAll(async () => {
  await world.stop();
});

/** A UUIDv7 of another time. */
function idAt(timeMs: number): string {
  const hex = timeMs.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
}

describe.each(['rest', 'trpc'] as const)('through %s', (channel) => {
  const submit = (body: unknown, headers?: Record<string, string>) =>
    ENDPOINTS[channel](house.api, body, headers);

  it('an accepted submission is answered with a receipt of exactly this shape', async () => {
    const id = newId();
    const sample = formByName('contact')?.sample;
    const { status, headers, receipt } = await submit({
      id: id.toUpperCase(),
      form: 'contact',
      data: sample,
    });
    expect(status).toBe(channel === 'rest' ? 202 : 200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(receipt).toEqual({
      message: 'Submission received!',
      id,
      via: expect.stringMatching(/^(redis|postgres)$/),
      keeps: 'disk',
      acceptedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      receipt: expect.stringMatching(/^[\w-]{22}$/),
      url: `http://spillway.test/s/${id}?receipt=${receipt.receipt}`,
      reference: expect.stringMatching(/^([0-9A-F]{4}-){4}[0-9A-F]{4}$/),
    });
  });

  it('a retry gets the receipt of the first try', async () => {
    const body = { id: newId(), data: { b: 1, a: [2] } };
    const first = await submit(body);
    const again = await submit({ id: body.id, form: 'inbox', data: { a: [2], b: 1 } });
    expect([again.receipt.id, again.receipt.receipt]).toEqual([first.receipt.id, first.receipt.receipt]);
  });

  it('an id is generated if none is given', async () => {
    const { receipt } = await submit({ data: {} });
    expect(receipt.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it.each([
    ['text', '{"data":', 400, 'not-json'],
    ['nothing readable', '\u0000', 400, 'not-json'],
    ['null', 'null', 422, 'invalid'],
    ['a list', '[{"data":{}}]', 422, 'invalid'],
    ['a string', '"data"', 422, 'invalid'],
    ['no data', '{"form":"inbox"}', 422, 'invalid'],
    ['data that is a list', '{"data":[]}', 422, 'invalid'],
    ['data that is null', '{"data":null}', 422, 'invalid'],
    ['a form that is no string', '{"form":1,"data":{}}', 422, 'invalid'],
    ['an id that is no string', '{"id":7,"data":{}}', 422, 'invalid'],
    ['an unknown key beside data', '{"data":{},"dat":{}}', 422, 'invalid'],
    ['a form that does not exist', '{"form":"nothing","data":{}}', 404, 'unknown-form'],
    ['a form called constructor', '{"form":"constructor","data":{}}', 404, 'unknown-form'],
    ['a number that would change', '{"data":{"n":9007199254740993}}', 422, 'invalid'],
    ['a number beyond all', '{"data":{"n":1e400}}', 422, 'invalid'],
    ['an id that is no UUID', '{"id":"42","data":{}}', 422, 'invalid-id'],
    [
      'an id of another version',
      '{"id":"6f3f9fd8-7a0c-4f5e-9d8e-2b1a0c3d4e5f","data":{}}',
      422,
      'invalid-id',
    ],
  ])('%s is refused', async (_, body, status, code) => {
    const answer = await submit(body);
    expect(answer.status).toBe(status);
    expect(answer.problem).toMatchObject({ type: `/problems/${code}`, status, code });
    expect(answer.problem.title).not.toBe('');
    expect(answer.problem.detail).not.toBe('');
    expect((answer.problem.errors?.length ?? 0) > 0).toBe(status === 422);
  });

  it('answers that do not fit the form are refused field by field', async () => {
    const { status, problem } = await submit({ form: 'contact', data: { name: '', email: 'x', extra: 1 } });
    expect(status).toBe(422);
    expect(problem.errors).toEqual([
      { field: 'name', message: 'Enter your name' },
      { field: 'email', message: 'Enter an email address in the correct format, like name@example.com' },
      { field: 'message', message: 'Enter your message' },
      { field: 'extra', message: '"extra" is not a field of contact: remove it' },
    ]);
  });

  it.each([
    ['answers', (many: object) => ({ form: 'contact', data: { ...formByName('contact')?.sample, ...many } })],
    ['what stands beside them', (many: object) => ({ data: {}, ...many })],
  ])('%s that are not known are listed up to a hundred, and the rest counted', async (_, bodyOf) => {
    const many = Object.fromEntries(Array.from({ length: 8000 }, (__, n) => [`k${n}`, 1]));
    const { status, problem, text } = await submit(bodyOf(many));
    expect([status, problem.detail]).toEqual([422, 'More than 100 things need to be corrected.']);
    expect(problem.errors).toHaveLength(101);
    expect(problem.errors?.at(-1)?.message).toBe('and 7,900 more');
    expect(text.length).toBeLessThan(32_000);
  });

  it.each([
    ['the future', Date.now() + 25 * HOUR_MS],
    ['long ago', Date.now() - 31 * DAY_MS],
  ])('an id from %s is refused with the server’s time to mint another from', async (_, timeMs) => {
    const { status, problem } = await submit({ id: idAt(timeMs), data: {} });
    expect(status).toBe(422);
    expect(problem).toMatchObject({ code: 'invalid-id', errors: [{ field: 'id' }] });
    expect(Math.abs(Date.parse(problem.serverTime ?? '') - Date.now())).toBeLessThan(95_000);
  });

  it('an id that is slightly in the future, as from some phones, is accepted', async () => {
    expect((await submit({ id: idAt(Date.now() + 23 * HOUR_MS), data: {} })).receipt.message).toBe(
      'Submission received!',
    );
  });

  it('an id reused for other content is a conflict, and the first content stands', async () => {
    const id = newId();
    await submit({ id, data: { a: 1 } });
    for (const other of [
      { id, data: { a: 2 } },
      { id, form: 'contact', data: formByName('contact')?.sample },
    ]) {
      const { status, problem } = await submit(other);
      expect(status).toBe(409);
      expect(problem).toMatchObject({ code: 'conflict', id });
    }
    expect((await house.queue.inspect.find(id))?.payload).toBe('{"a":1}');
  });

  it('data beyond the limit is refused by its size as kept, a body far beyond it by its size as sent', async () => {
    const kept = await submit({ data: { a: 'x'.repeat(32 * 1024) } });
    expect([kept.status, kept.problem.code]).toEqual([413, 'too-large']);
    expect(kept.problem.detail).toContain('32768');
    const sent = await submit({ data: { a: 'x'.repeat(200 * 1024) } });
    expect([sent.status, sent.problem.code]).toEqual([413, 'too-large']);
  });

  it('data within the limit is accepted even if its escapes were longer', async () => {
    const escaped = `{"data":{"a":"${'\\u00e9'.repeat(15_000)}"}}`;
    expect((await submit(escaped)).receipt.message).toBe('Submission received!');
  });

  it('another content type is refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status, problem } = await submit('{"data":{}}', { 'content-type': type });
      expect([status, problem.code]).toEqual([415, 'unsupported-media-type']);
    }
  });

  it('very deep data is refused, the deepest allowed is accepted', async () => {
    const nested = (levels: number) => `{"data":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
    for (const levels of [101, 108, 109, 1000, 5000]) {
      const { status, problem } = await submit(nested(levels));
      expect([levels, status, problem.code]).toEqual([levels, 422, 'invalid']);
      expect(problem.errors).toMatchObject([{ field: 'data' }]);
    }
    expect((await submit(nested(100))).receipt.message).toBe('Submission received!');
    const list = `{"data":{"a":${'['.repeat(95_000)}${']'.repeat(95_000)}}}`;
    expect((await submit(list)).status).toBe(422);
  });
});

describe('one problem', () => {
  it('is the same object at both channels', async () => {
    for (const body of ['{', '{"form":"nothing","data":{}}', '{"data":1}', '{"form":"contact","data":{}}']) {
      const [rest, trpc] = await Promise.all([
        ENDPOINTS.rest(house.api, body),
        ENDPOINTS.trpc(house.api, body),
      ]);
      expect(trpc.problem).toEqual(rest.problem);
      expect(trpc.status).toBe(rest.status);
      expect(rest.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it('carries no stack and no inner message, in tRPC’s own fields either', async () => {
    const { text } = await ENDPOINTS.trpc(house.api, '{"form":"nothing","data":{}}');
    const { error }: { error: Record<string, unknown> } = JSON.parse(text);
    expect(error).toEqual({
      message: 'There is no form "nothing". Leave form out to use the open form.',
      code: -32004,
      data: { code: 'NOT_FOUND', httpStatus: 404, path: 'submission.submit', problem: expect.anything() },
    });
  });
});

describe('REST', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'answers %s on the submit address with the method to use',
    async (method) => {
      const response = await house.api.handleSubmit(
        new Request('http://spillway.test/api/submit', { method }),
        { address: undefined },
      );
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    },
  );

  it('answers POST on a status with the methods to use', async () => {
    const response = await house.api.handleStatus(post('/api/submissions/x', {}), 'x');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('tRPC', () => {
  it.each([
    ['GET', '/api/trpc/submission.submit', 405, 'method-not-allowed'],
    ['GET', '/api/trpc/nothing.here', 404, 'not-found'],
    ['GET', '/api/trpc/submission.status?input={', 400, 'bad-request'],
    ['GET', '/api/trpc/submission.status?input={}', 422, 'invalid'],
  ])('%s %s is refused with a problem', async (method, path, status, code) => {
    const response = await house.api.handleTrpc(new Request(`http://spillway.test${path}`, { method }), {
      address: undefined,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { data: { problem: { code } } } });
  });

  it('accepts a batch, and refuses an endless one', async () => {
    const submit = (count: number) =>
      house.api.handleTrpc(
        post(
          `/api/trpc/${Array(count).fill('submission.submit').join(',')}?batch=1`,
          Object.fromEntries(Array.from({ length: count }, (_, index) => [index, { data: { index } }])),
        ),
        { address: undefined },
      );
    const answers: { result: { data: { id: string } } }[] = JSON.parse(await (await submit(3)).text());
    expect(new Set(answers.map((answer) => answer.result.data.id)).size).toBe(3);
    expect((await submit(21)).status).toBe(400);
  });
});

describe('the rate limit', () => {
  it('counts all channels together by address, and says when to come back', async () => {
    const limited = await world.start({ rateLimit: { perMinute: 3 } });
    const body = { data: {} };
    const caller = { channel: 'form', address: '192.0.2.1', origin: 'http://a.test', locale: 'en' } as const;
    expect((await ENDPOINTS.rest(limited.api, body, {}, '192.0.2.1')).status).toBe(202);
    expect((await ENDPOINTS.trpc(limited.api, body, {}, '192.0.2.1')).status).toBe(200);
    await limited.api.service.submit(() => body, caller);
    for (const channel of ['rest', 'trpc'] as const) {
      const { status, headers, problem } = await ENDPOINTS[channel](limited.api, body, {}, '192.0.2.1');
      expect(status).toBe(429);
      expect(problem).toMatchObject({ code: 'rate-limited', indeterminate: false });
      expect(headers.get('retry-after')).toBe(String(problem.retryAfterSeconds));
    }
    let read = false;
    await expect(limited.api.service.submit(() => (read = true), caller)).rejects.toMatchObject({
      problem: { status: 429 },
    });
    expect(read).toBe(false);
    expect((await ENDPOINTS.rest(limited.api, body, {}, '192.0.2.2')).status).toBe(202);
  });
});

describe('the receipt’s address', () => {
  it('is the configured one, whatever the request says', async () => {
    const named = await world.start({ baseUrl: 'https://forms.example.com/' });
    const { receipt } = await ENDPOINTS.rest(named.api, { data: {} }, { host: 'evil.example' });
    expect(receipt.url).toMatch(/^https:\/\/forms\.example\.com\/s\//);
  });

  it('is the one the browser used, behind a proxy too', async () => {
    const { receipt } = await ENDPOINTS.trpc(
      house.api,
      { data: {} },
      { 'x-forwarded-host': 'forms.example.org', 'x-forwarded-proto': 'https' },
    );
    expect(receipt.url).toMatch(/^https:\/\/forms\.example\.org\/s\//);
  });
});

describe('an unexpected error', () => {
  it('says nothing to the sender and everything to the log', async () => {
    const broken = await world.start();
    const secret = new Error('password=hunter2 at 10.0.0.7');
    Object.defineProperty(broken.queue, 'enqueue', { value: () => Promise.reject(secret) });
    for (const channel of ['rest', 'trpc'] as const) {
      const { status, text, problem } = await ENDPOINTS[channel](broken.api, { data: {} });
      expect(status).toBe(500);
      expect(problem.code).toBe('internal');
      expect(text).not.toContain('hunter2');
    }
    expect(broken.surprises).toContain(secret);
  });
});

it('all of this caused no unexpected error', () => expect(house.surprises).toEqual([]));
