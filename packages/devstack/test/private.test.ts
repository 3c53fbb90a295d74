import { chmod, readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { serveControl, startPostgres, startStack, startStandby } from '../src/index.ts';
import { redisClient, sqlClient, temporaryFolder } from './helpers.ts';

const READ_OR_WRITE_BY_OTHERS = 0o066;

// As permissive as it can be: nothing may depend on the user who runs this.
beforeEach(() => {
  const mask = process.umask(0);
  return () => void process.umask(mask);
});

async function readableByOthers(root: string): Promise<string[]> {
  const paths = [root, ...(await readdir(root, { recursive: true })).map((name) => join(root, name))];
  const modes = await Promise.all(
    // A server may remove a file meanwhile: there is nothing left to protect.
    paths.map(async (path) => [path, (await stat(path).catch(() => undefined))?.mode ?? 0] as const),
  );
  // Within a folder that others cannot enter, its files' own rights do not count.
  const closed = modes
    .filter(([path, mode]) => path !== root && (mode & 0o077) === 0)
    .map(([path]) => `${path}/`);
  return modes
    .filter(
      ([path, mode]) => (mode & READ_OR_WRITE_BY_OTHERS) !== 0 && !closed.some((one) => path.startsWith(one)),
    )
    .map(([path]) => path);
}

async function commandLines(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.join('\n');
}

test('other users cannot read or write anything of a stack, and both stores need a password', async () => {
  const root = join(await temporaryFolder(), 'root');
  const stack = await startStack({ root });
  onTestFinished(() => stack.stop());
  const control = await serveControl(root, stack);
  onTestFinished(() => control.close());
  await (await redisClient(stack.redisUrl ?? '')).set('note', 'kept');
  expect(await readableByOthers(root)).toEqual([]);
  expect((await stat(join(root, 'control.sock'))).mode & 0o777).toBe(0o600);

  const open = new URL(stack.redisUrl ?? '');
  expect(open.password).toMatch(/^[0-9a-f]{48}$/);
  open.password = '';
  await expect(redisClient(open.href).then((client) => client.get('note'))).rejects.toThrow();
  const database = new URL(stack.databaseUrl);
  database.password = '';
  await expect(sqlClient(database.href)).rejects.toThrow();
});

test('files that an older version left readable are closed at the next start', async () => {
  const root = join(await temporaryFolder(), 'root');
  await (await startStack({ root })).stop();
  for (const path of ['', 'redis', 'redis/data', 'redis/redis.conf', 'redis/redis.log', 'postgres'])
    await chmod(join(root, path), 0o777);
  const stack = await startStack({ root });
  onTestFinished(() => stack.stop());
  expect(await readableByOthers(root)).toEqual([]);
});

test.runIf(process.platform === 'linux')('no command line contains a password', async () => {
  const root = await temporaryFolder();
  const stack = await startStack({ root });
  onTestFinished(() => stack.stop());
  const primary = await startPostgres();
  onTestFinished(() => primary.stop());
  const standby = await startStandby(primary);
  onTestFinished(() => standby.stop());
  const passwords = [stack.databaseUrl, stack.redisUrl ?? '', primary.url].map(
    (url) => new URL(url).password,
  );
  const lines = await commandLines();
  expect(lines).toContain('redis-server');
  for (const password of passwords) {
    expect(password).not.toBe('');
    expect(lines).not.toContain(password);
  }
});
