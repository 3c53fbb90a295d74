import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis, waitFor } from '@spillway/devstack';
import type { PostgresServer, RedisServer } from '@spillway/devstack';
import { formByName } from '@spillway/forms';
import { createQueue } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { createReceipts, referenceOf } from '@spillway/receipt';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorkerProcess } from './process.ts';
import type { WorkerProcess } from './process.ts';
import { startHook, startSmtp } from './receivers.ts';

const SECRET = 'a secret for tests, long enough to be taken';
const HOOK_SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const FAILS_FIRST = (nth: number) => (nth === 1 ? 500 : 204);

let postgres: PostgresServer;
let redis: RedisServer;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let hook: Awaited<ReturnType<typeof startHook>>;
let folder: string;
let worker: WorkerProcess;
let queue: Queue;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-notices-'));
  [postgres, redis, smtp, hook] = await Promise.all([
    startPostgres(),
    startRedis(),
    startSmtp(),
    startHook(FAILS_FIRST),
  ]);
  worker = await startWorker({
    contact: { receipt: true, webhook: { url: hook.url, secret: HOOK_SECRET, allowPrivateNetwork: true } },
    registration: { receipt: true, language: 'de' },
  });
  queue = createQueue({ postgres: postgres.url, redis: redis.url });
  await waitFor(worker.isReady);
});

afterAll(async () => {
  await worker?.end('SIGKILL');
  await queue?.close();
  await Promise.all([postgres?.stop(), redis?.stop(), smtp?.close(), hook?.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function startWorker(settings: object, env: Record<string, string> = {}): Promise<WorkerProcess> {
  const path = join(folder, `${Math.random()}.json`);
  await writeFile(path, JSON.stringify(settings));
  return startWorkerProcess({
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SPILLWAY_NOTIFY_FILE: path,
    SPILLWAY_SMTP_URL: smtp.url,
    SPILLWAY_MAIL_FROM: 'Forms <forms@example.org>',
    SPILLWAY_SECRET: SECRET,
    SPILLWAY_BASE_URL: 'https://forms.example.org',
    ...env,
  });
}

function submit(form: string, change: object = {}) {
  return queue.enqueue({ form, data: { ...formByName(form)?.sample, ...change } });
}

const mailsTo = (address: string) => smtp.mails.filter(({ to }) => to.includes(address));

test('the sender gets one mail, with the reference and the address of the receipt, and nothing that they wrote', async () => {
  const { id } = await submit('contact', { email: 'ada@example.com', message: 'Buy at spam.example' });
  await waitFor(() => mailsTo('ada@example.com').length > 0);
  const [mail] = mailsTo('ada@example.com');
  expect(mail?.source).toContain(`Subject: Received: Contact us (${referenceOf(id)})`);
  expect(mail?.source).toContain('Auto-Submitted: auto-generated');
  const code = createReceipts(SECRET).codeFor(id);
  expect(mail?.source).toContain(`https://forms.example.org/s/${id}?receipt=${code}`);
  expect(mail?.source).not.toContain('spam.example');
});

test('the owner’s call is signed, carries the answers, and is repeated under the same id until it is accepted', async () => {
  await waitFor(() => hook.calls.length >= 2);
  const [failed, taken] = hook.calls;
  expect(taken?.headers['webhook-id']).toBe(failed?.headers['webhook-id']);
  const headers = Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(taken?.headers[name]),
    ]),
  );
  const message = new Webhook(HOOK_SECRET).verify(taken?.body ?? '', headers);
  expect(message).toMatchObject({
    type: 'submission.processed',
    data: { form: 'contact', answers: { email: 'ada@example.com', message: 'Buy at spam.example' } },
  });
  expect(() => new Webhook(HOOK_SECRET).verify(`${taken?.body} `, headers)).toThrow();
});

test('each form has its own settings: this one sends German mails and makes no calls', async () => {
  const before = hook.calls.length;
  await submit('registration', { email: 'grace@example.com' });
  await waitFor(() => mailsTo('grace@example.com').length > 0);
  expect(mailsTo('grace@example.com')[0]?.source).toContain('Ihre Referenz:');
  await queue.enqueue({ form: 'inbox', data: { email: 'nobody@example.com' } });
  await submit('registration', { email: 'later@example.com' });
  await waitFor(() => mailsTo('later@example.com').length > 0);
  expect(mailsTo('nobody@example.com')).toEqual([]);
  expect(hook.calls.length).toBe(before);
});

test('with the mail server away nothing is lost, and with Redis away nothing waits', async () => {
  const port = new URL(smtp.url).port;
  await smtp.close();
  await redis.kill();
  await submit('registration', { email: 'patient@example.com' });
  await waitFor(() => worker.output().includes('"event":"working_from"'));
  smtp = await startSmtp(Number(port));
  await waitFor(() => mailsTo('patient@example.com').length > 0);
  expect(mailsTo('patient@example.com')).toHaveLength(1);
  await redis.start();
});

test('a target inside the network is not called, though its name does not show it', async () => {
  const inside = await startHook();
  const url = `https://localhost:${inside.port}/`;
  const careful = await startWorker(
    { contact: { webhook: { url, secret: HOOK_SECRET } } },
    { SPILLWAY_QUEUE: 'careful', LOG_LEVEL: 'debug' },
  );
  const own = createQueue({ postgres: postgres.url, name: 'careful' });
  const notices = createQueue({ postgres: postgres.url, name: 'careful-notices' });
  try {
    await waitFor(careful.isReady);
    await own.enqueue({ form: 'contact', data: formByName('contact')?.sample });
    const [row] = await waitFor(async () => {
      const { rows } = await notices.inspect.list({ list: 'postgres' });
      return rows.some(({ lastError }) => lastError) ? rows : undefined;
    });
    expect(row?.lastError).toContain('localhost is inside the network');
    expect(inside.calls).toEqual([]);
  } finally {
    await careful.end('SIGTERM');
    await Promise.all([own.close(), notices.close(), inside.close()]);
  }
});

test.each([
  [{ nothing: { receipt: true } }, /there is no form called nothing/],
  [{ inbox: { receipt: true } }, /asks for no email address/],
  [{ contact: { receipts: true } }, /contact: Unrecognized key/],
  [{ contact: { webhook: { url: 'http://example.com', secret: HOOK_SECRET } } }, /must begin with https/],
  [{ contact: { webhook: { url: 'https://example.com', secret: 'hush-hush' } } }, /must be whsec_/],
])('settings that do not fit end the start, and say why: %j', async (settings, expected) => {
  const wrong = await startWorker(settings);
  expect(await wrong.exited).toBe(1);
  expect(wrong.output()).toMatch(expected);
  expect(wrong.output()).not.toContain('hush-hush');
});

test('mails without a mail server end the start, and say what is missing', async () => {
  const wrong = await startWorker({ contact: { receipt: true } }, { SPILLWAY_SMTP_URL: '' });
  expect(await wrong.exited).toBe(1);
  expect(wrong.output()).toContain('Mails to senders need SPILLWAY_SMTP_URL');
});
