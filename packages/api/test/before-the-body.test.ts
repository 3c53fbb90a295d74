import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

const SUBMIT = 'submission.submit';

/** A request whose body says whether it was asked for. */
function watched(path: string, headers: Record<string, string> = {}, text = '{"data":{}}') {
  let isRead = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        isRead = true;
        controller.enqueue(Buffer.from(text));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'spillway.test', ...headers },
    body,
    duplex: 'half',
  };
  return { request: new Request(`http://spillway.test${path}`, init), isRead: () => isRead };
}

const batchOf = (count: number) => `/api/trpc/${Array(count).fill(SUBMIT).join(',')}?batch=1`;
const batchText = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [n, { data: { n } }])));

it('a limited sender’s body is not read, at REST and at tRPC, alone and in a batch', async () => {
  const { api } = await world.start({ rateLimit: { perMinute: 20 } });
  const peer = { address: '192.0.2.1' };
  expect((await api.handleTrpc(watched(batchOf(20), {}, batchText(20)).request, peer)).status).toBe(207);
  for (const path of ['/api/submit', `/api/trpc/${SUBMIT}`, batchOf(20)]) {
    const { request, isRead } = watched(path);
    const response = await (path === '/api/submit'
      ? api.handleSubmit(request, peer)
      : api.handleTrpc(request, peer));
    expect([path, response.status, isRead()]).toEqual([path, 429, false]);
  }
});

it('each call of a batch counts once: calls over the limit are refused, the others accepted', async () => {
  const { api } = await world.start({ rateLimit: { perMinute: 400 } });
  const statusesOf = async () => {
    const { request } = watched(batchOf(20), {}, batchText(20));
    const response = await api.handleTrpc(request, { address: '192.0.2.2' });
    const answers: { error?: { data: { httpStatus: number } } }[] = JSON.parse(await response.text());
    return answers.map(({ error }) => error?.data.httpStatus ?? 200);
  };
  const all: number[] = [];
  for (let n = 0; n < 6; n += 1) all.push(...(await statusesOf()));
  // From the 101st on, a page is asked for its work.
  expect(all.slice(0, 100).every((status) => status === 200)).toBe(true);
  expect(all.slice(100).every((status) => status === 403)).toBe(true);
});

it.each([
  ['sec-fetch-site', 'cross-site'],
  ['origin', 'https://evil.example'],
])('another site’s body is not read: %s %s', async (name, value) => {
  const { api } = await world.start();
  for (const path of [`/api/trpc/${SUBMIT}`, batchOf(3), '/api/trpc/admin.discard']) {
    const { request, isRead } = watched(path, { [name]: value, cookie: 'operator' });
    const response = await api.handleTrpc(request, { address: '192.0.2.3' });
    expect([path, response.status, isRead()]).toEqual([path, 403, false]);
  }
});

it('the body of an operators’ call is read only if the caller may make it', async () => {
  const { api } = await world.start();
  for (const [cookie, status] of [
    ['', 401],
    ['role=viewer', 403],
    ['role=operator', 422],
  ] as const) {
    const { request, isRead } = watched('/api/trpc/admin.start', { cookie });
    const response = await api.handleTrpc(request, { address: undefined });
    expect([cookie, response.status, isRead()]).toEqual([cookie, status, status === 422]);
  }
});

it('a body is not read if its type is wrong, or its procedure is unknown or only reads', async () => {
  const { api } = await world.start();
  for (const [path, type, status] of [
    [SUBMIT, 'multipart/form-data; boundary=x', 415],
    [SUBMIT, 'application/octet-stream', 415],
    ['nothing.here', 'application/json', 404],
    ['submission.status', 'application/json', 405],
  ] as const) {
    const { request, isRead } = watched(`/api/trpc/${path}`, { 'content-type': type });
    const response = await api.handleTrpc(request, { address: undefined });
    expect([path, response.status, isRead()]).toEqual([path, status, false]);
  }
});

it('guesses at the lookup are counted before they are read', async () => {
  const { api } = await world.start({ rateLimit: { perMinute: 100 } });
  let reads = 0;
  const guess = () =>
    api.service.find(() => {
      reads += 1;
      return { reference: '', proof: '' };
    }, '192.0.2.4');
  for (let n = 0; n < 12; n += 1) await guess().catch(() => {});
  expect(reads).toBe(10);
});

it('simultaneous requests for the status share one query of the stores', async () => {
  const { api, queue } = await world.start();
  let looks = 0;
  const { overview } = queue.inspect;
  Object.defineProperty(queue.inspect, 'overview', {
    value: () => {
      looks += 1;
      return overview.call(queue.inspect);
    },
  });
  const answers = await Promise.all(Array.from({ length: 200 }, () => api.handleHealthStatus()));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await Promise.all(Array.from({ length: 200 }, () => api.handleMetrics()));
  // One for the status, one for the gauges.
  expect(looks).toBe(2);
});
