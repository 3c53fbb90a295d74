import { startPostgres, startRedisCluster, startStandby, waitFor } from '@spillway/devstack';
import { createQueue, migrate, newId } from '@spillway/queue';
import type { SettingCheck, QueueOptions } from '@spillway/queue';
import { Cluster } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { checkSettings } from '../../src/contract/setting-check.ts';
import { POSTGRES_RULES } from '../../src/postgres/settings/rules.ts';
import type { PostgresFacts } from '../../src/postgres/settings/rules.ts';
import { REDIS_RULES } from '../../src/redis/settings/rules.ts';
import { freshDatabase, PATIENT, startStores } from '../support.ts';
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
  onTestFinished(async () => {
    await stack.redis.config(standard);
    await logIsWhole();
  });
}

/** A log that was turned on again is rewritten first. */
async function logIsWhole(): Promise<void> {
  await waitFor(async () => {
    const info = String(await stack.redis.command('INFO', 'persistence'));
    return /aof_rewrite_in_progress:0\r/.test(info) && /aof_rewrite_scheduled:0\r/.test(info);
  });
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
        isLogWhole: true,
      })[0];
    expect(versionOf({ redis_version: '6.2.14' })).toMatchObject({ severity: 'danger' });
    expect(versionOf({ redis_version: '7.2.4', valkey_version: '8.0.1' })).toMatchObject({
      value: 'Valkey 8.0.1',
      severity: 'ok',
    });
  });
});

describe('a check of a Redis with a maxmemory-policy that drops only keys that expire', () => {
  it('finds nothing urgent, and a full Redis loses no submission', async () => {
    await withRedis(
      { 'maxmemory-policy': 'volatile-lru' },
      { 'maxmemory-policy': 'noeviction', maxmemory: '0' },
    );
    const name = `volatile-${newId().slice(-12)}`;
    const queue = createQueue({ ...PATIENT, name, redis: stack.redis.url, postgres: database });
    onTestFinished(() => queue.close());
    await waitFor(() => queue.health().redis.keeps === 'disk');
    const accepted: string[] = [];
    for (let n = 0; n < 20; n += 1)
      accepted.push((await queue.enqueue({ form: 'inbox', data: { n, text: 'x'.repeat(10_000) } })).id);
    for (const key of (await stack.redis.command('KEYS', `*{${name}}*`)) as string[])
      expect(await stack.redis.command('TTL', key), key).toBe(-1);
    await stack.redis.command('SET', 'expires', 'x'.repeat(100_000), 'EX', '600');
    await stack.redis.fill();
    await expect(stack.redis.command('SET', 'more', 'x'.repeat(10_000))).rejects.toThrow('OOM');
    expect(await stack.redis.command('EXISTS', 'expires')).toBe(0);
    expect(
      (await queue.inspect.list({ list: 'redis', limit: 50 })).rows.map(({ id }) => id).toSorted(),
    ).toEqual(accepted.toSorted());
    const checks = await checked();
    expect(about(checks, 'maxmemory-policy')).toMatchObject({ severity: 'ok' });
    expect(about(checks, 'evicted_keys')).toMatchObject({ severity: 'notice' });
  });
});

describe('a check of a Redis whose connections are limited', () => {
  it.each([
    ['maxmemory-clients', '3mb', '0'],
    ['client-output-buffer-limit', 'normal 2mb 1mb 1', 'normal 0 0 0'],
  ])('warns of %s %s, below what an answer may have', async (setting, value, standard) => {
    expect(about(await checked(), setting)).toMatchObject({ value: 'no limit', severity: 'ok' });
    await withRedis({ [setting]: value }, { [setting]: standard });
    expect(about(await checked(), setting)).toMatchObject({
      severity: 'warning',
      remedy: expect.stringContaining('8.0 MiB'),
    });
  });
});

describe('a check of a Postgres', () => {
  it.each([
    ['fsync', 'off', 'danger'],
    ['full_page_writes', 'off', 'danger'],
    ['synchronous_commit', 'off', 'danger'],
    ['synchronous_standby_names', "'no_such_standby'", 'danger'],
    ['autovacuum', 'off', 'warning'],
    ['statement_timeout', '5000', 'warning'],
    ['idle_in_transaction_session_timeout', '5000', 'warning'],
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
      stuck: 2,
      prepared: 1,
      oldest_prepared_s: 600,
      idle_slots: 'gone',
    };
    const found = checkPostgres(facts).filter(({ severity }) => severity === 'warning');
    expect(found.map(({ setting }) => setting)).toEqual([
      'oldest transaction',
      'waiting statements',
      'prepared transactions',
      'replication slots',
    ]);
  });

  it('says of a log that nobody reads what Postgres does with it', () => {
    const slots = (facts: Partial<PostgresFacts>) =>
      checkPostgres({ ...SOUND, ...facts }).find(({ setting }) => setting === 'replication slots');
    expect(slots({ idle_slots: 'gone', slot_limit_mb: 1_024 })).toMatchObject({
      severity: 'notice',
      message: expect.stringContaining('up to max_slot_wal_keep_size'),
    });
    expect(slots({ lost_slots: 'gone' })).toMatchObject({
      severity: 'notice',
      message: expect.stringContaining('keeps nothing'),
    });
  });

  it.each([
    ['one', 1, 'ok'],
    ['FIRST 2 (a, b)', 1, 'danger'],
    ['ANY 2 (a, b, c)', 2, 'ok'],
    ['2 (a, b)', 1, 'danger'],
    ['a, b', 0, 'danger'],
  ])('counts the standbys that a commit waits for: %s with %i in step is %s', (names, inStep, severity) => {
    const facts = { ...SOUND, synchronous_standby_names: names, standbys: 2, synchronous_standbys: inStep };
    expect(about(checkPostgres(facts), 'synchronous_standby_names')).toMatchObject({ severity });
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
  hidden_standbys: 0,
  max_connections: 97,
  connections: 3,
  autovacuum: 'on',
  track_counts: 'on',
  statement_timeout_ms: 0,
  transaction_timeout_ms: 0,
  idle_in_transaction_session_timeout_ms: 0,
  oldest_transaction_s: 0,
  stuck: 0,
  prepared: 0,
  oldest_prepared_s: null,
  idle_slots: null,
  lost_slots: null,
  slot_limit_mb: -1,
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

describe('a check of a Postgres with a standby', () => {
  it('tells whether it follows in step, of slots that lost their log, and on the standby that it takes no writes', async () => {
    const settings = { wal_level: 'replica', hot_standby: 'on' };
    const primary = await startPostgres({ settings });
    onTestFinished(() => primary.stop());
    const standby = await startStandby(primary);
    onTestFinished(() => standby.stop());
    await migrate(primary.url);
    const client = new pg.Client({ connectionString: primary.url });
    await client.connect();
    onTestFinished(() => client.end());
    const set = async (setting: string, value: string) => {
      await client.query(`ALTER SYSTEM SET ${setting} = ${value}`);
      await client.query('SELECT pg_reload_conf()');
    };
    const name = 'synchronous_standby_names';
    await client.query("CREATE ROLE plain LOGIN PASSWORD 'plain'");
    const severityOf = async () => about(await checked({ postgres: primary.url }), name).severity;

    await set(name, "'*'");
    await waitFor(async () => (await severityOf()) === 'ok');
    await set(name, "'another'");
    await waitFor(async () => (await severityOf()) === 'danger');
    const asPlain = new URL(primary.url);
    [asPlain.username, asPlain.password] = ['plain', 'plain'];
    expect(about(await checked({ postgres: asPlain.href }), name)).toMatchObject({
      severity: 'notice',
      message: expect.stringContaining('may not read'),
    });
    await set(name, "''");
    await waitFor(async () => (await severityOf()) === 'notice');

    await waitFor(
      async () => about(await checked({ postgres: standby.url }), 'pg_is_in_recovery').severity === 'danger',
    );
    expect(about(await checked({ postgres: standby.url }), 'connection')).toEqual({});

    await client.query("SELECT pg_create_physical_replication_slot('gone', true)");
    expect(about(await checked({ postgres: primary.url }), 'replication slots')).toMatchObject({
      value: 'gone',
      severity: 'warning',
    });
    await set('max_slot_wal_keep_size', '1');
    await waitFor(async () => {
      await client.query('SELECT pg_switch_wal(), pg_logical_emit_message(true, $1, $1)', ['x']);
      await client.query('CHECKPOINT');
      const { rows } = await client.query(
        "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'gone'",
      );
      return rows[0]?.wal_status === 'lost';
    });
    expect(about(await checked({ postgres: primary.url }), 'replication slots')).toMatchObject({
      value: 'gone',
      severity: 'notice',
    });
  });
});
