import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@spillway/devstack';
import { expect, it, onTestFinished } from 'vitest';
import { postSignIn } from '../native.ts';
import type { World } from '../world.ts';

// oxlint-disable-next-line no-control-regex -- it is these that must not arrive
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/;
const CONTROLS = '\u009b31m\u0085';

/** People who read what the processes write, with a program that obeys some of it: a terminal, a spreadsheet, a log collector. */
export function readerThreats(world: () => World): void {
  it('control characters in headers and bodies have no effect on a terminal that shows the log', async () => {
    // Its own, so that what it logs is only this.
    const web = await world().startWeb({ RATE_LIMIT: 'off', LOG_LEVEL: 'debug' });
    try {
      const headers = {
        'content-type': 'application/json',
        'sec-fetch-site': 'same-origin',
        origin: `https://evil.example/${CONTROLS}`,
        'user-agent': CONTROLS,
        cookie: 'a=b',
      };
      const email = `a${CONTROLS}\u001b[31m\u202e@b.example`;
      const body = JSON.stringify({ email, password: 'a wrong password' });
      const before = web.output().length;
      await fetch(`${web.url}/api/auth/sign-in/email`, { method: 'POST', headers, body });
      await waitFor(() => web.output().length > before, { message: 'the library to complain' });
      expect(web.output()).not.toMatch(OBEYED);
    } finally {
      await web.stop();
    }
  });

  it('a random password is in its file, and in nothing that the process prints', async () => {
    const { operator, operatorFile, web } = world();
    expect((await stat(operatorFile)).mode & 0o777).toBe(0o600);
    expect(web.output()).toContain('The first operator was created.');
    expect(web.output()).not.toContain(operator.password);
  });

  it.each([
    ['without a file, on no terminal', {}, 'SPILLWAY_FIRST_OPERATOR_FILE, and start again'],
    [
      'with a file that cannot be written',
      { SPILLWAY_FIRST_OPERATOR_FILE: '/nowhere/first-operator.json' },
      'cannot be written',
    ],
    [
      'with a password that is easy to guess',
      { SPILLWAY_ADMIN_EMAIL: 'op@example.org', SPILLWAY_ADMIN_PASSWORD: 'aaaaaaaaaaaa' },
      'SPILLWAY_ADMIN_PASSWORD is not taken',
    ],
  ])('%s there is no first operator, and the log says what to do', async (_, env, words) => {
    const DATABASE_URL = await world().postgres.createDatabase();
    const web = await world().startWeb({ DATABASE_URL, ...env });
    try {
      await waitFor(() => web.output().includes('"event":"prepared"'), { timeoutMs: 15_000 });
      expect(web.output()).toContain(words);
      expect((await postSignIn(web.url, 'op@example.org', 'aaaaaaaaaaaa')).status).toBe(401);
    } finally {
      await web.stop();
    }
    // After the cause is gone, the next start makes one.
    const folder = await mkdtemp(join(tmpdir(), 'spillway-operator-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'first-operator.json');
    const next = await world().startWeb({ DATABASE_URL, SPILLWAY_FIRST_OPERATOR_FILE: file });
    try {
      await waitFor(() => existsSync(file), { timeoutMs: 15_000 });
      const { email, password } = JSON.parse(await readFile(file, 'utf8'));
      expect((await postSignIn(next.url, email, password)).status).toBe(200);
    } finally {
      await next.stop();
    }
  });
}
