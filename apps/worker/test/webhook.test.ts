import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PermanentError, RetryAfterError } from '@spillway/queue';
import { postWebhook } from '../src/notify/webhook.ts';
import { startHook } from './receivers.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MESSAGE = { type: 'submission.processed', timestamp: new Date(), data: {} };
const call = (attempt = 1) => ({
  idempotencyKey: 'id',
  attempt,
  signal: new AbortController().signal,
});

let hook: Awaited<ReturnType<typeof startHook>>;
beforeAll(async () => {
  hook = await startHook(() => 302);
});
afterAll(() => hook.close());

test('a redirect is a refusal, and leads nowhere: what it names was not looked at', async () => {
  const target = { url: hook.url, secret: SECRET, allowPrivateNetwork: true, perSecond: 20 };
  await expect(postWebhook(target, MESSAGE, call())).rejects.toThrow('answered 302');
  expect(hook.calls).toHaveLength(1);
});

test('a private target is refused in every spelling, before anything is sent', async () => {
  const before = hook.calls.length;
  for (const host of ['127.0.0.1', '127.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost']) {
    const target = {
      url: `http://${host}:${hook.port}/hook`,
      secret: SECRET,
      allowPrivateNetwork: false,
      perSecond: 20,
    };
    await expect(postWebhook(target, MESSAGE, call())).rejects.toThrow('inside the network');
  }
  expect(hook.calls).toHaveLength(before);
});

test('an endless answer is not read', async () => {
  const endless = createServer((_, response) => void response.writeHead(200).write('and so on'));
  endless.listen(0, '127.0.0.1');
  await once(endless, 'listening');
  const address = endless.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const left = once(endless, 'connection').then(([socket]) => once(socket, 'close'));
  const target = {
    url: `http://127.0.0.1:${port}/`,
    secret: SECRET,
    allowPrivateNetwork: true,
    perSecond: 20,
  };
  await postWebhook(target, MESSAGE, call());
  await left;
  endless.close();
});

/** What a call rejects with that is answered like this. */
async function refusedWith(
  status: number,
  headers: Record<string, string> = {},
  attempt = 1,
): Promise<unknown> {
  const server = createServer((_, response) => void response.writeHead(status, headers).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const target = {
    url: `http://127.0.0.1:${port}/`,
    secret: SECRET,
    allowPrivateNetwork: true,
    perSecond: 20,
  };
  const error = await postWebhook(target, MESSAGE, call(attempt)).catch((cause: unknown) => cause);
  server.close();
  return error;
}

test.each([429, 503])('an answer %i says when to call again, in seconds or as a date', async (status) => {
  const inSeconds = await refusedWith(status, { 'retry-after': '120' });
  expect(inSeconds).toBeInstanceOf(RetryAfterError);
  expect(inSeconds).toHaveProperty('at', expect.any(Date));
  const at = new Date('2099-01-01T00:00:00Z');
  expect(await refusedWith(status, { 'retry-after': at.toUTCString() })).toMatchObject({ at });
});

test.each(['soon', '-5', ''])(
  'a Retry-After of "%s" leaves the next attempt to the backoff',
  async (value) => {
    const error = await refusedWith(503, { 'retry-after': value });
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(RetryAfterError);
  },
);

test('an answer that will not change is tried three times, and 410 once', async () => {
  expect(await refusedWith(410)).toBeInstanceOf(PermanentError);
  for (const status of [400, 401, 404, 413, 422]) {
    expect(await refusedWith(status, {}, 2)).not.toBeInstanceOf(PermanentError);
    expect(await refusedWith(status, {}, 3)).toBeInstanceOf(PermanentError);
  }
  for (const status of [408, 409, 423, 425, 429, 500, 502])
    expect(await refusedWith(status, {}, 19)).not.toBeInstanceOf(PermanentError);
});
