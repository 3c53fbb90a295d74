import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postWebhook } from '../src/notify/webhook.ts';
import { startHook } from './receivers.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MESSAGE = { type: 'submission.processed', timestamp: new Date(), data: {} };
const never = new AbortController().signal;

let hook: Awaited<ReturnType<typeof startHook>>;
beforeAll(async () => {
  hook = await startHook(() => 302);
});
afterAll(() => hook.close());

test('a redirect fails and is not followed, because its target was not checked', async () => {
  const target = { url: hook.url, secret: SECRET, allowPrivateNetwork: true };
  await expect(postWebhook(target, 'id', MESSAGE, never)).rejects.toThrow('answered 302');
  expect(hook.calls).toHaveLength(1);
});

test('a private target is refused in every spelling, before anything is sent', async () => {
  const before = hook.calls.length;
  for (const host of ['127.0.0.1', '127.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost']) {
    const target = { url: `http://${host}:${hook.port}/hook`, secret: SECRET, allowPrivateNetwork: false };
    await expect(postWebhook(target, 'id', MESSAGE, never)).rejects.toThrow('inside the network');
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
  const target = { url: `http://127.0.0.1:${port}/`, secret: SECRET, allowPrivateNetwork: true };
  await postWebhook(target, 'id', MESSAGE, never);
  await left;
  endless.close();
});
