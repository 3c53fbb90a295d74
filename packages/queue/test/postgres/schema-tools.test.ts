import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createQueue, createWorker, migrate } from '@spillway/queue';
import { waitFor } from '@spillway/devstack';
import { openPool, PATIENT, startStores } from '../support.ts';
import type { Stack } from '../support.ts';

/* Tools that make a database like the schema of an application, and drop what that does not name. */

const PACKAGE = join(import.meta.dirname, '../..');
const MINUTE_MS = 60_000;
const PRISMA = 'node_modules/prisma/build/index.js';
const run = promisify(execFile);

let stack: Stack;

beforeAll(async () => {
  stack = await startStores();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** A database with a submission that is settled and one that waits. `moved`: an earlier version made its tables in `public`. */
async function databaseInUse(
  moved: boolean,
): Promise<{ url: string; pool: Pool; expectWhole: () => Promise<void> }> {
  const url = await stack.postgres.createDatabase();
  if (moved) await migrate(url, { schema: 'public' });
  await migrate(url);
  const queue = createQueue({ postgres: url, ...PATIENT });
  const worker = createWorker(queue, { batch: async () => {} });
  const settled = await queue.enqueue({ form: 'inbox', data: 'settled' });
  worker.start();
  await waitFor(async () => (await queue.status(settled.id)).state === 'processed');
  await worker.stop();
  const waiting = await queue.enqueue({ form: 'inbox', data: 'waiting' });
  const pool = openPool({ connectionString: url });
  onTestFinished(() => Promise.all([queue.close(), pool.end()]).then(() => {}));
  const expectWhole = async () => {
    expect((await queue.status(settled.id)).state).toBe('processed');
    expect((await queue.status(waiting.id)).state).toBe('waiting');
    // The tool has done its work.
    expect((await pool.query('SELECT FROM own')).rowCount).toBe(0);
  };
  return { url, pool, expectWhole };
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'spillway-tools-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

describe.each([{ moved: false }, { moved: true }])(
  'tables in their own schema (moved: $moved)',
  ({ moved }) => {
    it.each([[[]], [['--force']]])('stay where `drizzle-kit push` runs with %j', async (options) => {
      const { url, expectWhole } = await databaseInUse(moved);
      const cwd = await folder();
      await symlink(join(PACKAGE, 'node_modules'), join(cwd, 'node_modules'));
      await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
      await writeFile(
        join(cwd, 'schema.ts'),
        `import { integer, pgTable } from 'drizzle-orm/pg-core';\nexport const own = pgTable('own', { id: integer().primaryKey() });\n`,
      );
      await writeFile(
        join(cwd, 'drizzle.config.ts'),
        `export default { dialect: 'postgresql', schema: './schema.ts', dbCredentials: { url: '${url}' } };\n`,
      );
      const { stdout } = await run(
        join(PACKAGE, 'node_modules/.bin/drizzle-kit'),
        ['push', '--verbose', ...options],
        {
          cwd,
          timeout: MINUTE_MS,
        },
      );
      expect(stdout).not.toContain('DROP TABLE');
      await expectWhole();
    });

    it('stay where Prisma’s `db push` runs', async (context) => {
      const { url, expectWhole } = await databaseInUse(moved);
      const cwd = await folder();
      await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
      const missing = await installPrisma(cwd);
      if (missing !== undefined) return context.skip(missing);
      await mkdir(join(cwd, 'prisma'));
      await writeFile(
        join(cwd, 'prisma/schema.prisma'),
        'datasource db {\n  provider = "postgresql"\n  url = env("DATABASE_URL")\n}\n\nmodel own {\n  id Int @id\n}\n',
      );
      const options = ['db', 'push', '--skip-generate', '--accept-data-loss'];
      const env = { ...process.env, DATABASE_URL: url };
      await run(process.execPath, [PRISMA, ...options], { cwd, env, timeout: MINUTE_MS });
      await expectWhole();
    });
  },
);

describe('the option', () => {
  it('names the schema', async () => {
    const url = await stack.postgres.createDatabase();
    await migrate(url, { schema: 'named' });
    const pool = openPool({ connectionString: url });
    onTestFinished(() => pool.end());
    expect((await pool.query('SELECT FROM named.fallback_submissions')).rowCount).toBe(0);
  });
});

/** Resolves to the reason if it cannot be had: the registry, or the server that it loads its engine from, is out of reach. */
async function installPrisma(cwd: string): Promise<string | undefined> {
  const path = [join(PACKAGE, '../../.toolchain/node_modules/.bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH: path };
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', 'prisma@6.19.3'];
  try {
    await run('npm', args, { cwd, env, timeout: 2 * MINUTE_MS });
    await run(process.execPath, ['node_modules/@prisma/engines/scripts/postinstall.js'], {
      cwd,
      timeout: 2 * MINUTE_MS,
    });
    await run(process.execPath, [PRISMA, 'version'], { cwd, env, timeout: MINUTE_MS });
    return undefined;
  } catch (error) {
    return `Prisma cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
