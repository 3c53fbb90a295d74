import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDb, receiptMails } from '@spillway/db';
import type { Db } from '@spillway/db';
import { startPostgres, waitFor } from '@spillway/devstack';
import type { PostgresServer } from '@spillway/devstack';
import { formByName } from '@spillway/forms';
import { createQueue } from '@spillway/queue';
import type { Queue } from '@spillway/queue';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecipientHash, mailboxOf } from '../src/notify/recipient.ts';
import { startWorkerProcess } from './process.ts';
import type { WorkerProcess } from './process.ts';
import { startSmtp } from './receivers.ts';

const PATIENCE = { timeoutMs: 40_000 };
const SECRET = 'a secret for tests, long enough to be taken';
const LIMIT = 3;
/** The server asks to be tried again later. */
const BUSY = 'busy@example.com';
/** It has no such mailbox. */
const UNKNOWN = 'unknown@example.com';

let postgres: PostgresServer;
let smtp: Awaited<ReturnType<typeof startSmtp>>;
let folder: string;
let db: Db;
let queue: Queue;
let notices: Queue;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-mail-limit-'));
  [postgres, smtp] = await Promise.all([startPostgres(), startSmtp(0, { [BUSY]: 450, [UNKNOWN]: 550 })]);
  db = createDb(postgres.url);
  queue = createQueue({ postgres: postgres.url });
  notices = createQueue({ postgres: postgres.url, name: 'default-notices' });
  const settings = { receipt: true };
  await writeFile(join(folder, 'notify.json'), JSON.stringify({ contact: settings, registration: settings }));
  await startWorkers(2);
}, 60_000);

afterAll(async () => {
  await stopWorkers('SIGKILL');
  await Promise.all([queue?.close(), notices?.close(), db?.$client.end()]);
  await Promise.all([postgres?.stop(), smtp?.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function startWorkers(count: number): Promise<void> {
  const env = {
    DATABASE_URL: postgres.url,
    SPILLWAY_NOTIFY_FILE: join(folder, 'notify.json'),
    SPILLWAY_SMTP_URL: smtp.url,
    SPILLWAY_MAIL_FROM: 'Forms <forms@example.org>',
    SPILLWAY_MAIL_LIMIT: String(LIMIT),
    SPILLWAY_SECRET: SECRET,
    SPILLWAY_BASE_URL: 'https://forms.example.org',
  };
  workers = await Promise.all(Array.from({ length: count }, () => startWorkerProcess(env)));
  for (const worker of workers) await waitFor(worker.isReady, PATIENCE);
}

async function stopWorkers(signal: NodeJS.Signals): Promise<void> {
  await Promise.all(workers.map((worker) => worker.end(signal)));
}

const output = () => workers.map((worker) => worker.output()).join('\n');
const mailsTo = (name: string) => smtp.mails.filter(({ to }) => to.some((one) => one.startsWith(name)));

async function submit(email: string, form = 'contact'): Promise<string> {
  const { id } = await queue.enqueue({ form, data: { ...formByName(form)?.sample, email } });
  return id;
}

/** Until no notice waits or is being sent. A notice is there as soon as its submission is processed. */
async function settled(ids: readonly string[]): Promise<void> {
  await waitFor(async () => {
    const states = await Promise.all(ids.map(async (id) => (await queue.status(id)).state));
    if (states.some((state) => state !== 'processed')) return false;
    const { postgres: held } = await notices.inspect.overview();
    return held.depth?.ready === 0 && held.depth.active === 0;
  }, PATIENCE);
}

async function heldNotices() {
  const { rows } = await notices.inspect.list({ list: 'dead', limit: 100 });
  return rows.map(({ id, lastError, attempts }) => ({ id, lastError, attempts }));
}

async function hourPasses(): Promise<void> {
  await db.$client.query(`UPDATE receipt_mails SET at = at - interval '1 hour'`);
}

test('a recipient gets a limited number of mails an hour, over all workers, forms and spellings; the rest is held', async () => {
  const spellings = [
    'victim@example.com',
    'VICTIM@Example.COM',
    'victim+1@example.com',
    'Victim+two@example.com',
  ];
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, n) => submit(spellings[n % 4] ?? '', n % 3 ? 'contact' : 'registration')),
  );
  const other = await submit('other@example.com');
  await settled([...ids, other]);
  const victims = smtp.mails.filter(({ to }) => to.some((one) => /^victim/i.test(one)));
  expect(victims).toHaveLength(LIMIT);
  expect(mailsTo('other')).toHaveLength(1);

  const hash = createRecipientHash(SECRET)('victim@example.com');
  const held = await heldNotices();
  expect(held).toHaveLength(20 - LIMIT);
  for (const one of held) {
    expect(one).toMatchObject({
      attempts: 1,
      lastError: `PermanentError: held: recipient ${hash} had ${LIMIT} mails within an hour`,
    });
  }
}, 60_000);

test('the operator sees a hash, and no address', async () => {
  const lines = output()
    .split('\n')
    .filter((line) => line.includes('"event":"mail_held"'));
  expect(lines).toHaveLength(20 - LIMIT);
  expect(lines[0]).toContain(createRecipientHash(SECRET)('victim@example.com'));
  expect(output()).not.toMatch(/victim/i);
  const metrics = await Promise.all(workers.map((worker) => worker.get('/api/metrics')));
  const counts = metrics.map(({ body }) => Number(/^spillway_mails_held_total (\d+)$/m.exec(body)?.[1] ?? 0));
  expect(counts.reduce((sum, count) => sum + count)).toBe(20 - LIMIT);
  expect(metrics[0]?.body).toContain('spillway_dead_waiting{queue="default-notices"}');
});

test('the count survives a restart of the workers', async () => {
  await stopWorkers('SIGKILL');
  await startWorkers(2);
  const before = smtp.mails.length;
  await settled([await submit('victim@example.com')]);
  expect(smtp.mails.length).toBe(before);
}, 60_000);

test('a held mail is sent when an operator retries it after the hour, and not before', async () => {
  const [first] = await heldNotices();
  const before = smtp.mails.length;
  await notices.retry([first?.id ?? '']);
  await waitFor(async () => (await notices.status(first?.id ?? '')).state === 'failed', PATIENCE);
  expect(smtp.mails.length).toBe(before);
  await hourPasses();
  await notices.retry([first?.id ?? '']);
  await waitFor(async () => (await notices.status(first?.id ?? '')).state === 'processed', PATIENCE);
  expect(smtp.mails.length).toBe(before + 1);
  expect(await db.$count(receiptMails)).toBe(1);
}, 60_000);

test('a mail that is tried again counts once, and its errors hold no address', async () => {
  await submit(BUSY);
  const failures = () => output().match(/"event":"attempt_failed"[^\n]*/g) ?? [];
  const refused = () => failures().filter((line) => line.includes('not for'));
  await waitFor(() => refused().length >= 2, PATIENCE);
  expect(refused()[0]).toContain('not for <<address>> now');
  expect(output()).not.toContain(BUSY);
  const { rows } = await notices.inspect.list({ list: 'postgres' });
  expect(JSON.stringify(rows)).not.toContain(BUSY);
  const hash = createRecipientHash(SECRET)(BUSY);
  const { rowCount } = await db.$client.query('SELECT FROM receipt_mails WHERE recipient = $1', [hash]);
  expect(rowCount).toBe(1);
}, 60_000);

test('a mail that its recipient’s server refuses for good is dead at once, and its error holds no address', async () => {
  await submit(UNKNOWN);
  const dead = () => (output().match(/"event":"dead"[^\n]*/g) ?? []).find((line) => line.includes('not for'));
  await waitFor(() => dead() !== undefined, PATIENCE);
  expect(dead()).toContain('not for <<address>> now');
  expect(output()).not.toContain(UNKNOWN);
}, 60_000);

test.each([
  ['A.B@Example.com', 'a.b@example.com'],
  [' ada+news+more@example.com ', 'ada@example.com'],
  ['ada@EXAMPLE.com.', 'ada@example.com'],
  ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
  ['a.d.a+x@googlemail.com', 'ada@gmail.com'],
  ['+tag@example.com', '+tag@example.com'],
  ['ａｄａ@example.com', 'ada@example.com'],
  ['no address', '@no address'],
])('%j is counted as %j', (address, mailbox) => {
  expect(mailboxOf(address)).toBe(mailbox);
});
