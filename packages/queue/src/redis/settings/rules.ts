import { ok, readable } from '../../contract/setting-check.ts';
import type { Severity, Verdict } from '../../contract/setting-check.ts';

/** What Redis is to the queue: with `first` it acknowledges whatever its settings are, else only where they keep everything. */
export type RedisPart = 'first' | 'second';

/** What a Redis says of itself. */
export interface RedisFacts {
  /** INFO */
  readonly info: ReadonlyMap<string, string>;
  /** CONFIG GET; `undefined` where it is denied. */
  readonly settings: ReadonlyMap<string, string> | undefined;
}

const MIN_MAJOR = 7;
/** From this share of `maxmemory` on the queue takes Redis for full. */
const FULL_SHARE = 0.9;
const BUSY_SHARE = 0.8;
/** A Redis without a limit that has taken so much of the machine is near the end of it. */
const MACHINE_SHARE = 0.7;

/** The verdicts on one Redis, in the order in which one would read its settings. */
export function judgeRedis(facts: RedisFacts, part: RedisPart): Verdict[] {
  const verdicts = [
    version(facts),
    role(facts),
    config(facts, part),
    ...[appendonly, appendfsync, fsyncOnRewrite, policy].map((judge) => judge(facts, part)),
    memory(facts),
    evicted(facts, part),
    log(facts),
    snapshots(facts),
    replicas(facts, part),
    clients(facts),
  ];
  return verdicts.filter((verdict) => verdict !== undefined);
}

function version({ info }: RedisFacts): Verdict {
  const valkey = info.get('valkey_version');
  const value = valkey === undefined ? `Redis ${info.get('redis_version') ?? '?'}` : `Valkey ${valkey}`;
  // Valkey says in `redis_version` which Redis it stands for: 7.2 and later.
  if (Number.parseInt(info.get('redis_version') ?? '', 10) >= MIN_MAJOR)
    return ok('version', value, 'It has what the queue needs.');
  return {
    setting: 'version',
    value,
    severity: 'danger',
    message: 'The queue’s scripts need Redis 7.0 or Valkey 8, so this one takes no submissions.',
    remedy: 'Run Redis 7.0 or later, or Valkey 8 or later.',
  };
}

function role({ info }: RedisFacts): Verdict {
  const value = info.get('role') ?? 'unknown';
  if (value !== 'slave') return ok('role', value, 'It takes writes.');
  return {
    setting: 'role',
    value: 'replica',
    severity: 'warning',
    message: 'A replica refuses writes, so everything goes through Postgres.',
    remedy: 'Point REDIS_URL at the primary, or promote this one: REPLICAOF NO ONE.',
  };
}

function config({ settings }: RedisFacts, part: RedisPart): Verdict | undefined {
  if (settings !== undefined) return undefined;
  const consequence =
    part === 'first'
      ? 'nobody can say whether a crash loses what it acknowledged'
      : 'it is not trusted to acknowledge, and Postgres does';
  return {
    setting: 'CONFIG',
    value: 'denied',
    severity: 'warning',
    message: `This Redis does not let us read how it writes to disk; ${consequence}.`,
    remedy:
      'Allow it where you can: ACL SETUSER <user> +config|get. On hosted ones, read their settings yourself.',
  };
}

/** What it means that Redis may lose what it holds. */
function loss(part: RedisPart): { readonly severity: Severity; readonly consequence: string } {
  return part === 'first'
    ? { severity: 'danger', consequence: 'Submissions with a receipt would be lost' }
    : {
        severity: 'warning',
        consequence: 'Postgres therefore acknowledges; while that is away, submissions are refused',
      };
}

function appendonly({ info, settings }: RedisFacts, part: RedisPart): Verdict | undefined {
  const value = settings?.get('appendonly') ?? { 0: 'no', 1: 'yes' }[info.get('aof_enabled') ?? ''];
  if (value === undefined) return undefined;
  if (value === 'yes') return ok('appendonly', value, 'Writes go to a log on disk.');
  const { severity, consequence } = loss(part);
  const since = settings?.get('save') ? 'what came since its last snapshot' : 'all that it holds';
  return {
    setting: 'appendonly',
    value,
    severity,
    message: `A crash of Redis loses ${since}. ${consequence}.`,
    remedy: 'CONFIG SET appendonly yes, then CONFIG REWRITE, so that it stays.',
  };
}

function appendfsync({ settings }: RedisFacts, part: RedisPart): Verdict | undefined {
  const value = settings?.get('appendfsync');
  if (value === undefined) return undefined;
  if (value === 'always') return ok('appendfsync', value, 'Each write is on disk before it is answered.');
  const idle = settings?.get('appendonly') !== 'yes';
  const { severity, consequence } = loss(part);
  const lost = value === 'everysec' ? 'about the last second' : 'what the system has not written yet';
  return {
    setting: 'appendfsync',
    value,
    severity: idle ? 'notice' : severity,
    message: idle
      ? `Once there is a log, a crash of the machine would lose ${lost}.`
      : `A crash of the machine loses ${lost}. ${consequence}.`,
    remedy: 'CONFIG SET appendfsync always, then CONFIG REWRITE. Redis then writes at the pace of its disk.',
  };
}

function fsyncOnRewrite({ settings }: RedisFacts, part: RedisPart): Verdict | undefined {
  const value = settings?.get('no-appendfsync-on-rewrite');
  if (value === undefined) return undefined;
  if (value === 'no')
    return ok('no-appendfsync-on-rewrite', value, 'It goes on writing while the log is rewritten.');
  const { severity, consequence } = loss(part);
  return {
    setting: 'no-appendfsync-on-rewrite',
    value,
    severity,
    message: `A crash while the log is rewritten loses what came since the rewrite began. ${consequence}.`,
    remedy: 'CONFIG SET no-appendfsync-on-rewrite no, then CONFIG REWRITE.',
  };
}

function policy({ info, settings }: RedisFacts, part: RedisPart): Verdict | undefined {
  const value = settings?.get('maxmemory-policy') ?? info.get('maxmemory_policy');
  if (value === undefined) return undefined;
  if (value === 'noeviction')
    return ok('maxmemory-policy', value, 'A full Redis refuses, and Postgres takes over; it drops nothing.');
  const unlimited = number(info, 'maxmemory') === 0;
  const { severity, consequence } = loss(part);
  return {
    setting: 'maxmemory-policy',
    value,
    severity: unlimited ? 'notice' : severity,
    message: unlimited
      ? 'Once a limit is set, a full Redis would drop what it holds.'
      : `A full Redis drops what it holds. ${consequence}.`,
    remedy: 'CONFIG SET maxmemory-policy noeviction, then CONFIG REWRITE. Give a cache a Redis of its own.',
  };
}

function memory({ info }: RedisFacts): Verdict {
  const used = number(info, 'used_memory');
  const limit = number(info, 'maxmemory');
  const machine = number(info, 'total_system_memory');
  const of = limit === 0 ? machine : limit;
  const value = `${readable(used)} used, ${limit === 0 ? 'no limit' : `limit ${readable(limit)}`}`;
  const severity: Severity =
    of > 0 && used > of * (limit === 0 ? MACHINE_SHARE : FULL_SHARE)
      ? 'warning'
      : limit === 0
        ? 'notice'
        : 'ok';
  if (severity === 'ok') return ok('maxmemory', value, 'There is room.');
  return {
    setting: 'maxmemory',
    value,
    severity,
    message:
      limit > 0
        ? 'Redis counts as full: new submissions go to Postgres while it drains.'
        : `A backlog could take all memory of the machine${machine > 0 ? ` (${readable(machine)})` : ''}, and the system would end Redis.`,
    remedy:
      limit > 0
        ? 'Give it more memory (CONFIG SET maxmemory), or see why workers do not keep up.'
        : 'CONFIG SET maxmemory to what Redis may take: full, it refuses, and Postgres takes over.',
  };
}

function evicted({ info }: RedisFacts, part: RedisPart): Verdict | undefined {
  const count = number(info, 'evicted_keys');
  if (count === 0) return undefined;
  return {
    setting: 'evicted_keys',
    value: String(count),
    severity: loss(part).severity,
    message:
      'Since it started, this Redis has dropped keys for want of memory; the queue’s may have been among them.',
    remedy: 'See maxmemory-policy. What Postgres holds too is pushed again by recovery.',
  };
}

/** Redis refuses writes when its log or its snapshots fail. */
function log({ info, settings }: RedisFacts): Verdict | undefined {
  const failed = [
    info.get('aof_last_write_status') === 'err' && 'aof_last_write_status',
    settings?.get('stop-writes-on-bgsave-error') === 'yes' &&
      info.get('rdb_last_bgsave_status') === 'err' &&
      'rdb_last_bgsave_status',
  ].find((name) => name !== false);
  if (failed === undefined) return undefined;
  return {
    setting: failed,
    value: 'err',
    severity: 'warning',
    message: 'Redis could not write to its disk and refuses writes, so everything goes through Postgres.',
    remedy: 'Look at its disk (space, permissions) and at its log.',
  };
}

function snapshots({ settings }: RedisFacts): Verdict | undefined {
  const value = settings?.get('save');
  if (!value || settings?.get('appendonly') !== 'yes') return undefined;
  return {
    setting: 'save',
    value,
    severity: 'notice',
    message:
      'Snapshots are written beside the log: each forks the process, which holds up writes, and protects no more.',
    remedy: 'CONFIG SET save "", unless they are your backup.',
  };
}

function replicas({ info, settings }: RedisFacts, part: RedisPart): Verdict | undefined {
  if (info.get('role') !== 'master') return undefined;
  const count = number(info, 'connected_slaves');
  const wanted = Number(settings?.get('min-replicas-to-write') ?? 0);
  const value = `${count}, min-replicas-to-write ${wanted}`;
  const setting = 'replicas';
  if (count < wanted) {
    return {
      setting,
      value,
      severity: 'warning',
      message: 'With fewer replicas than it wants, Redis refuses writes; everything goes through Postgres.',
      remedy: 'Bring the replicas back, or lower min-replicas-to-write.',
    };
  }
  if (count > 0 && wanted > 0) return ok(setting, value, 'Writes stop where no replica follows.');
  const first = part === 'first';
  const hurts = first
    ? 'what it alone had acknowledged is lost'
    : 'recovery pushes again what Postgres holds';
  return {
    setting,
    value,
    severity: first ? 'warning' : 'notice',
    message:
      count === 0
        ? `Without a replica, a lost disk is a lost Redis: ${hurts}.`
        : `A replica that lags may be promoted: ${hurts}.`,
    ...(first && {
      remedy: 'Let Postgres acknowledge (SPILLWAY_PRIMARY=postgres): no failover of Redis hurts it.',
    }),
  };
}

function clients({ info }: RedisFacts): Verdict | undefined {
  const limit = number(info, 'maxclients');
  const count = number(info, 'connected_clients');
  if (limit === 0) return undefined;
  const value = `${count} of ${limit}`;
  if (count < limit * BUSY_SHARE) return ok('maxclients', value, 'There are connections left.');
  return {
    setting: 'maxclients',
    value,
    severity: 'warning',
    message: 'Few connections are left; a new process would be refused, and would go through Postgres.',
    remedy: 'CONFIG SET maxclients higher, or see who holds them: CLIENT LIST.',
  };
}

function number(info: ReadonlyMap<string, string>, name: string): number {
  return Number(info.get(name) ?? 0);
}
