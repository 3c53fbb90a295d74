import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { migrate } from '../src/index.ts';
import { migrations } from '../src/migrations.ts';
import { useDatabases } from './database.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const rootDir = fileURLToPath(new URL('../../..', import.meta.url));
const databases = useDatabases();

async function tablesOf(url: string): Promise<string[]> {
  const found = await databases
    .pool(url)
    .query<{ tablename: string }>(`select tablename from pg_tables where schemaname = 'public' order by 1`);
  return found.rows.map((row) => row.tablename);
}

it('creates every table, and a second run changes nothing', async () => {
  const url = await databases.emptyUrl();
  await migrate(url);
  const tables = await tablesOf(url);
  expect(tables).toEqual([
    'app_migrations',
    'audit_log',
    'auth_account',
    'auth_session',
    'auth_user',
    'auth_verification',
    'controls',
    'flow_minutes',
    'operations',
    'receipt_mails',
    'submissions',
    'workers',
  ]);
  await migrate(databases.pool(url));
  expect(await tablesOf(url)).toEqual(tables);
});

it('lets many processes start at once', async () => {
  const url = await databases.emptyUrl();
  await Promise.all(Array.from({ length: 8 }, () => migrate(url)));
  const applied = await databases.pool(url).query('select name from app_migrations');
  expect(applied.rows).toEqual(migrations.map(({ name }) => ({ name })));
});

it('does all of it or nothing', async () => {
  const url = await databases.emptyUrl();
  const pool = databases.pool(url);
  await pool.query('create table workers (other int)');
  await expect(migrate(pool)).rejects.toThrow('already exists');
  expect(await tablesOf(url)).toEqual(['workers']);
  await pool.query('drop table workers');
  await migrate(pool);
  expect(await tablesOf(url)).toContain('submissions');
});

it('needs no right to create if there is nothing to create', async () => {
  const url = await databases.emptyUrl();
  const owner = databases.pool(url);
  await migrate(owner);
  await owner.query(`create role plain login password 'plain'; grant select on app_migrations to plain`);
  const plain = new URL(url);
  plain.username = 'plain';
  plain.password = 'plain';
  await migrate(plain.href);
});

it('generating the migrations again changes nothing: schema, migrations and module agree', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'spillway-db-'));
  try {
    for (const part of ['src', 'migrations', 'drizzle.config.ts', 'package.json', '../../.oxfmtrc.json']) {
      await cp(join(packageDir, part), join(copy, basename(part)), { recursive: true });
    }
    await symlink(join(packageDir, 'node_modules'), join(copy, 'node_modules'));
    const bins = [
      join(packageDir, 'node_modules/.bin'),
      join(rootDir, 'node_modules/.bin'),
      process.env['PATH'],
    ];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(rootDir, 'scripts/generate-migrations.ts'), 'src/migrations.ts'],
      { cwd: copy, env: { ...process.env, PATH: bins.join(delimiter) } },
    );
    expect(stdout).toContain('No schema changes');
    const module = 'src/migrations.ts';
    expect(await readFile(join(copy, module), 'utf8')).toBe(await readFile(join(packageDir, module), 'utf8'));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
