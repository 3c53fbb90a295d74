import { startRedisCluster } from '@spillway/devstack';
import { createQueue } from '@spillway/queue';
import type { SettingCheck, QueueOptions } from '@spillway/queue';
import { Cluster } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkSettings } from '../../src/contract/setting-check.ts';
import { POSTGRES_RULES } from '../../src/postgres/settings/rules.ts';
import type { PostgresFacts } from '../../src/postgres/settings/rules.ts';
import { REDIS_RULES } from '../../src/redis/settings/rules.ts';
import { freshDatabase, startStores } from '../support.ts';
import type { Stack } from '../support.ts';

let stack: Stack;
let database: string;

beforeAll(async () => {
  stack = await startStores();
  database = await freshDatabase(stack);
});
afterAll(() => stack[Symbol.asyncDispose]());

/** What a process that has just begun finds. */
async function checked(options: Partial<QueueOptions> = {}): Promise<readonly SettingCheck[]> {
  const queue = createQueue({ redis: stack.redis.url, postgres: database, ...options });
  try {
    return await queue.inspect.checkSettings();
  } finally {
    await queue.close();
  }
}

function about(checks: readonly SettingCheck[], setting: string): Partial<SettingCheck> {
  return checks.find((check) => check.setting === setting) ?? {};
}

const urgent = (checks: readonly SettingCheck[]) =>
  checks.filter(({ severity }) => severity === 'warning' || severity === 'danger');

/** CONFIG SET for this test alone. */
async function withRedis(settings: Record<string, string>, standard: Record<string, string>): Promise<void> {
  await stack.redis.config(settings);
  onTestFinished(() => stack.redis.config(standard));
}

async function onServer(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** ALTER SYSTEM for this test alone. */
async function withPostgres(setting: string, value: string): Promise<void> {
  await onServer(`ALTER SYSTEM SET ${setting} = ${value}`, 'SELECT pg_reload_conf()');
  onTestFinished(() => onServer(`ALTER SYSTEM RESET ${setting}`, 'SELECT pg_reload_conf()'));
}

describe('a check of the stores of npm start', () => {
  it('finds nothing urgent, and says what it checked', async () => {
    const checks = await checked();
    expect(urgent(checks)).toEqual([]);
    expect(new Set(checks.map(({ store }) => store))).toEqual(new Set(['redis', 'postgres']));
    for (const setting of ['appendonly', 'appendfsync', 'maxmemory-policy', 'fsync', 'synchronous_commit'])
      expect(about(checks, setting)).toMatchObject({ severity: 'ok' });
  });

  it('lists the worst first, with a remedy for everything urgent', async () => {
    await withRedis({ appendfsync: 'everysec' }, { appendfsync: 'always' });
    await withPostgres('fsync', 'off');
    const checks = await checked();
    expect(checks.slice(0, 2).map(({ setting, severity }) => [setting, severity])).toEqual([
      ['fsync', 'danger'],
      ['appendfsync', 'warning'],
    ]);
    for (const check of urgent(checks)) expect(check.remedy).toBeTruthy();
  });
});

describe('a check of a Redis that may lose its data', () => {
  const cases: [Record<string, string>, Record<string, string>, string][] = [
    [{ appendonly: 'no' }, { appendonly: 'yes' }, 'appendonly'],
    [{ appendfsync: 'everysec' }, { appendfsync: 'always' }, 'appendfsync'],
    [
      { 'no-appendfsync-on-rewrite': 'yes' },
      { 'no-appendfsync-on-rewrite': 'no' },
      'no-appendfsync-on-rewrite',
    ],
    [
      { 'maxmemory-policy': 'allkeys-lru', maxmemory: '1gb' },
      { 'maxmemory-policy': 'noeviction', maxmemory: '0' },
      'maxmemory-policy',
    ],
  ];
  it.each(cases)('warns if Postgres acknowledges: %o', async (changed, standard, setting) => {
    await withRedis(changed, standard);
    expect(about(await checked(), setting)).toMatchObject({
      store: 'redis',
      severity: 'warning',
      message: expect.stringContaining('Postgres therefore acknowledges'),
    });
  });

  it.each(cases)(
    'reports a danger if Redis acknowledges nevertheless: %o',
    async (changed, standard, setting) => {
      await withRedis(changed, standard);
      expect(about(await checked({ primary: 'redis' }), setting)).toMatchObject({
        severity: 'danger',
        message: expect.stringContaining('would be lost'),
      });
    },
  );
});

describe('a check of a Redis', () => {
  it('says that it is nearly full', async () => {
    await stack.redis.fill();
    onTestFinished(() => stack.redis.unfill());
    expect(about(await checked(), 'maxmemory')).toMatchObject({ severity: 'warning' });
  });

  it('says that it refuses writes because it has too few replicas', async () => {
    await withRedis({ 'min-replicas-to-write': '1' }, { 'min-replicas-to-write': '0' });
    expect(about(await checked(), 'replicas')).toMatchObject({ severity: 'warning' });
  });

  it('says that it is a replica', async () => {
    await stack.redis.setReadOnly(true);
    onTestFinished(() => stack.redis.setReadOnly(false));
    expect(about(await checked(), 'role')).toMatchObject({ value: 'replica', severity: 'warning' });
  });

  it('says that its settings may not be read, and still checks its other data', async () => {
    await stack.redis.command('ACL', 'SETUSER', 'plain', 'on', '>word', '~*', '&*', '+@all', '-config');
    const url = stack.redis.url.replace('redis://', 'redis://plain:word@');
    const checks = await checked({ redis: url });
    expect(about(checks, 'CONFIG')).toMatchObject({ value: 'denied', severity: 'warning' });
    expect(about(checks, 'appendonly')).toMatchObject({ severity: 'ok' });
    expect(about(checks, 'appendfsync')).toEqual({});
  });

  it('judges a Cluster by its worst master, and names it', async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.stop());
    const [, second] = cluster.nodes;
    await second?.config({ appendfsync: 'everysec' });
    const redis = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    onTestFinished(() => redis.disconnect());
    const checks = (await checked({ redis })).filter(({ setting }) => setting === 'appendfsync');
    expect(checks).toHaveLength(1);
    expect(checks[0]?.message).toContain(`On 127.0.0.1:${second?.port}: `);
  });

  it('recognises a version that is too old, and Valkey by its name', () => {
    const versionOf = (info: Record<string, string>) =>
      checkSettings('redis', REDIS_RULES, {
        info: new Map(Object.entries(info)),
        settings: new Map(),
        part: 'second',
      })[0];
    expect(versionOf({ redis_version: '6.2.14' })).toMatchObject({ severity: 'danger' });
    expect(versionOf({ redis_version: '7.2.4', valkey_version: '8.0.1' })).toMatchObject({
      value: 'Valkey 8.0.1',
      severity: 'ok',
    });
  });
});

describe('a check of a Postgres', () => {
  it.each([
    ['fsync', 'off', 'danger'],
    ['full_page_writes', 'off', 'danger'],
    ['synchronous_commit', 'off', 'danger'],
    ['synchronous_standby_names', "'nobody'", 'danger'],
    ['autovacuum', 'off', 'warning'],
    ['statement_timeout', '5000', 'warning'],
    ['default_transaction_read_only', 'on', 'danger'],
  ])('speaks of %s = %s: %s', async (setting, value, severity) => {
    await withPostgres(setting, value);
    expect(about(await checked(), setting)).toMatchObject({ store: 'postgres', severity });
  });

  it('says that the tables are missing', async () => {
    const checks = await checked({ postgres: await stack.postgres.createDatabase() });
    expect(about(checks, 'tables')).toMatchObject({
      severity: 'danger',
      remedy: expect.stringContaining('migrate'),
    });
  });

  it('says that another process would get no connection', async () => {
    const checks = await checked({ acceptConnections: 100, workConnections: 100 });
    expect(about(checks, 'max_connections')).toMatchObject({ severity: 'warning' });
  });

  it('reports what holds back its vacuum or fills its disk', () => {
    const facts = {
      ...SOUND,
      oldest_transaction_s: 600,
      prepared: 1,
      oldest_prepared_s: 600,
      idle_slots: 'gone',
    };
    const found = checkPostgres(facts).filter(({ severity }) => severity === 'warning');
    expect(found.map(({ setting }) => setting)).toEqual([
      'oldest transaction',
      'prepared transactions',
      'replication slots',
    ]);
  });

  it('recognises a standby, and a version that is too old', () => {
    const found = checkPostgres({ ...SOUND, standby: true, version: '14.9', version_number: 140_009 });
    expect(found.filter(({ severity }) => severity === 'danger').map(({ setting }) => setting)).toEqual([
      'version',
      'pg_is_in_recovery',
    ]);
  });
});

const SOUND: PostgresFacts = {
  version: '18.4',
  version_number: 180_004,
  standby: false,
  read_only: 'off',
  migrated: true,
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  synchronous_standby_names: '',
  standbys: 0,
  synchronous_standbys: 0,
  max_connections: 97,
  connections: 3,
  autovacuum: 'on',
  track_counts: 'on',
  statement_timeout_ms: 0,
  transaction_timeout_ms: 0,
  oldest_transaction_s: 0,
  prepared: 0,
  oldest_prepared_s: null,
  idle_slots: null,
};

const checkPostgres = (facts: PostgresFacts) =>
  checkSettings('postgres', POSTGRES_RULES, { ...facts, ours: 12 });

describe('a check while a store is away', () => {
  it('says why Redis cannot be checked, and still checks Postgres', async () => {
    await stack.redis.kill();
    onTestFinished(() => stack.redis.start());
    const checks = await checked();
    expect(checks.filter(({ store }) => store === 'redis')).toMatchObject([
      { setting: 'connection', value: expect.stringContaining('ECONNREFUSED'), severity: 'warning' },
    ]);
    expect(about(checks, 'fsync')).toMatchObject({ severity: 'ok' });
  });

  it('reports within seconds a Postgres that is away or hangs, and still checks Redis', async () => {
    await stack.postgres.freeze();
    onTestFinished(() => stack.postgres.resume());
    const checks = await checked();
    expect(checks[0]).toMatchObject({ store: 'postgres', setting: 'connection', severity: 'danger' });
    expect(about(checks, 'appendonly')).toMatchObject({ severity: 'ok' });
  });

  it('reports a missing configuration of Redis as a notice', async () => {
    const queue = createQueue({ postgres: database });
    onTestFinished(() => queue.close());
    expect(about(await queue.inspect.checkSettings(), 'connection')).toMatchObject({
      store: 'redis',
      value: 'not configured',
      severity: 'notice',
    });
  });
});
