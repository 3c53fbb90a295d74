import { readable } from '../../contract/setting-check.ts';
import type { SettingRule } from '../../contract/setting-check.ts';
import { isFull, numberOf } from './facts.ts';
import type { RedisFacts } from './facts.ts';
import { BUFFER_RULES } from './buffer-rules.ts';
import { lossLevel, dropsOnlyExpiring, setting, WRITE_RULES } from './write-rules.ts';

const MIN_MAJOR = 7;
const BUSY_SHARE = 0.8;
/** A Redis without a limit that uses this share of the machine's memory is near the end of it. */
const MACHINE_SHARE = 0.7;

const LOOK_AT_DISK = 'Look at its disk (space, permissions) and at its log.';

const used = ({ info }: RedisFacts) => numberOf(info, 'used_memory');
const limit = ({ info }: RedisFacts) => numberOf(info, 'maxmemory');
const machine = ({ info }: RedisFacts) => numberOf(info, 'total_system_memory');
const replicas = ({ info }: RedisFacts) => numberOf(info, 'connected_slaves');
const replicasWanted = (facts: RedisFacts) => Number(setting(facts, 'min-replicas-to-write') ?? 0);
const lostAtFailover = ({ part }: RedisFacts) =>
  part === 'first' ? 'what only Redis had acknowledged is lost' : 'recovery pushes again what Postgres holds';

/** What is checked of one Redis, in the order in which one would read its settings. */
export const REDIS_RULES: readonly SettingRule<RedisFacts>[] = [
  {
    setting: 'version',
    value: ({ info }) => {
      const valkey = info.get('valkey_version');
      return valkey === undefined ? `Redis ${info.get('redis_version') ?? '?'}` : `Valkey ${valkey}`;
    },
    cases: [
      {
        // Valkey says in `redis_version` which Redis it is compatible with: 7.2 and later.
        applies: ({ info }) => !(Number.parseInt(info.get('redis_version') ?? '', 10) >= MIN_MAJOR),
        level: 'danger',
        message: 'The queue’s scripts need Redis 7.0 or Valkey 8, so this one accepts no submissions.',
        remedy: 'Run Redis 7.0 or later, or Valkey 8 or later.',
      },
    ],
    ok: 'It has what the queue needs.',
  },
  {
    setting: 'role',
    value: ({ info }) => (info.get('role') === 'slave' ? 'replica' : (info.get('role') ?? 'unknown')),
    cases: [
      {
        applies: ({ info }) => info.get('role') === 'slave',
        level: 'warning',
        message: 'A replica refuses writes, so everything goes through Postgres.',
        remedy: 'Point REDIS_URL at the primary, or promote this one: REPLICAOF NO ONE.',
      },
    ],
    ok: 'It accepts writes.',
  },
  ...WRITE_RULES,
  {
    setting: 'maxmemory',
    value: (facts) =>
      `${readable(used(facts))} used, ${limit(facts) === 0 ? 'no limit' : `limit ${readable(limit(facts))}`}`,
    cases: [
      {
        applies: isFull,
        level: 'warning',
        message: 'Redis counts as full: new submissions go to Postgres while it drains.',
        remedy: 'Give it more memory (CONFIG SET maxmemory), or find out why the workers do not keep up.',
      },
      {
        applies: (facts) => limit(facts) === 0,
        level: (facts) =>
          machine(facts) > 0 && used(facts) > machine(facts) * MACHINE_SHARE ? 'warning' : 'notice',
        message: (facts) =>
          `A backlog could use all memory of the machine${
            machine(facts) > 0 ? ` (${readable(machine(facts))})` : ''
          }, and the system would end Redis.`,
        remedy: 'CONFIG SET maxmemory to what Redis may use: full, it refuses, and Postgres takes over.',
      },
    ],
    ok: 'There is room.',
  },
  {
    setting: 'evicted_keys',
    value: ({ info }) => String(numberOf(info, 'evicted_keys')),
    cases: [
      {
        applies: (facts) => numberOf(facts.info, 'evicted_keys') > 0 && dropsOnlyExpiring(facts),
        level: 'notice',
        message:
          'Since it started, this Redis has dropped keys to free memory: none of the queue’s, unless maxmemory-policy was another one before.',
        remedy: '',
      },
      {
        applies: ({ info }) => numberOf(info, 'evicted_keys') > 0,
        level: lossLevel,
        message:
          'Since it started, this Redis has dropped keys to free memory; the queue’s keys may have been among them.',
        remedy: 'See maxmemory-policy. Recovery pushes again what Postgres holds too.',
      },
    ],
  },
  // Redis refuses writes when its log or its snapshots fail.
  {
    setting: 'aof_last_write_status',
    value: ({ info }) => info.get('aof_last_write_status'),
    cases: [
      {
        applies: ({ info }) => info.get('aof_last_write_status') === 'err',
        level: 'warning',
        message: 'Redis could not write to its disk and refuses writes, so everything goes through Postgres.',
        remedy: LOOK_AT_DISK,
      },
    ],
  },
  {
    setting: 'aof_last_bgrewrite_status',
    value: ({ info }) => info.get('aof_last_bgrewrite_status'),
    cases: [
      {
        applies: ({ info }) => info.get('aof_last_bgrewrite_status') === 'err',
        level: 'warning',
        message: ({ isLogWhole }) =>
          isLogWhole
            ? 'Redis could not rewrite its log, which grows until the disk is full; then Redis refuses writes or ends.'
            : 'Redis could not write its log from scratch: it has none that a restart would read.',
        remedy: LOOK_AT_DISK,
      },
    ],
  },
  {
    setting: 'rdb_last_bgsave_status',
    value: ({ info }) => info.get('rdb_last_bgsave_status'),
    cases: [
      {
        applies: (facts) =>
          setting(facts, 'stop-writes-on-bgsave-error') === 'yes' &&
          facts.info.get('rdb_last_bgsave_status') === 'err',
        level: 'warning',
        message: 'Redis could not write a snapshot and refuses writes, so everything goes through Postgres.',
        remedy: LOOK_AT_DISK,
      },
    ],
  },
  {
    setting: 'save',
    value: (facts) => setting(facts, 'save'),
    cases: [
      {
        applies: (facts) => Boolean(setting(facts, 'save')) && setting(facts, 'appendonly') === 'yes',
        level: 'notice',
        message:
          'Snapshots are written in addition to the log. Each forks the process, which delays writes, and protects nothing more.',
        remedy: 'CONFIG SET save "", unless the snapshots are your backup.',
      },
    ],
  },
  {
    setting: 'replicas',
    value: (facts) =>
      facts.info.get('role') === 'master'
        ? `${replicas(facts)}, min-replicas-to-write ${replicasWanted(facts)}`
        : undefined,
    cases: [
      {
        applies: (facts) => replicas(facts) < replicasWanted(facts),
        level: 'warning',
        message:
          'Redis has fewer replicas than min-replicas-to-write and refuses writes; everything goes through Postgres.',
        remedy: 'Bring the replicas back, or lower min-replicas-to-write.',
      },
      {
        applies: (facts) => replicas(facts) === 0 || replicasWanted(facts) === 0,
        level: ({ part }) => (part === 'first' ? 'warning' : 'notice'),
        message: (facts) =>
          replicas(facts) === 0
            ? `Without a replica, a lost disk is a lost Redis: ${lostAtFailover(facts)}.`
            : `A replica that lags may be promoted: ${lostAtFailover(facts)}.`,
        remedy: ({ part }) =>
          part === 'first'
            ? 'Let Postgres acknowledge (SPILLWAY_PRIMARY=postgres): a failover of Redis then loses nothing.'
            : '',
      },
    ],
    ok: 'Writes stop where no replica follows.',
  },
  {
    setting: 'maxclients',
    value: ({ info }) =>
      numberOf(info, 'maxclients') === 0
        ? undefined
        : `${numberOf(info, 'connected_clients')} of ${numberOf(info, 'maxclients')}`,
    cases: [
      {
        applies: ({ info }) =>
          numberOf(info, 'connected_clients') >= numberOf(info, 'maxclients') * BUSY_SHARE,
        level: 'warning',
        message: 'Few connections are left; a new process would be refused, and would use Postgres.',
        remedy: 'CONFIG SET maxclients higher, or see who holds them: CLIENT LIST.',
      },
    ],
    ok: 'There are connections left.',
  },
  ...BUFFER_RULES,
];
