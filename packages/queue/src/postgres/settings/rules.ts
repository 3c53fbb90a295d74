import { ok } from '../../contract/setting-check.ts';
import type { Verdict } from '../../contract/setting-check.ts';

/** What a Postgres says of itself. */
export type PostgresFacts = {
  readonly version: string;
  readonly version_number: number;
  readonly standby: boolean;
  readonly read_only: string;
  readonly migrated: boolean;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  readonly synchronous_standby_names: string;
  readonly standbys: number;
  readonly synchronous_standbys: number;
  /** Those that a plain role can have. */
  readonly max_connections: number;
  readonly connections: number;
  readonly autovacuum: string;
  readonly track_counts: string;
  readonly statement_timeout_ms: number;
  readonly transaction_timeout_ms: number;
  readonly oldest_transaction_s: number | null;
  readonly prepared: number;
  readonly oldest_prepared_s: number | null;
  readonly idle_slots: string | null;
};

const MIN_VERSION_NUMBER = 150_000;
const MINUTE_S = 60;
/** Older transactions hold back vacuum long enough for a busy queue to feel it. */
const OLD_TRANSACTION_S = 5 * MINUTE_S;
/** A settling batch, handler included, may well take as long. */
const SHORT_TIMEOUT_MS = 30_000;
const BUSY_SHARE = 0.8;

/** The verdicts on a Postgres, in the order in which one would read its settings. */
export function judgePostgres(facts: PostgresFacts, connections: number): Verdict[] {
  const verdicts = [
    version(facts),
    writes(facts),
    tables(facts),
    fsync(facts),
    fullPageWrites(facts),
    synchronousCommit(facts),
    standbys(facts),
    maxConnections(facts, connections),
    autovacuum(facts),
    timeouts(facts),
    oldTransaction(facts),
    preparedTransactions(facts),
    idleSlots(facts),
  ];
  return verdicts.filter((verdict) => verdict !== undefined);
}

function version({ version: value, version_number }: PostgresFacts): Verdict {
  if (version_number >= MIN_VERSION_NUMBER) return ok('version', value, 'It has what the queue needs.');
  return {
    setting: 'version',
    value,
    severity: 'danger',
    message: 'The queue is made for Postgres 15 and later, and tried on nothing older.',
    remedy: 'Upgrade to Postgres 15 or later.',
  };
}

function writes({ standby, read_only }: PostgresFacts): Verdict {
  if (standby) {
    return {
      setting: 'pg_is_in_recovery',
      value: 'true',
      severity: 'danger',
      message: 'This is a standby: it takes no writes, so nothing is processed, and Redis alone can accept.',
      remedy: 'Point DATABASE_URL at the primary, or promote this one: SELECT pg_promote().',
    };
  }
  if (read_only === 'off') return ok('default_transaction_read_only', 'off', 'It takes writes.');
  return {
    setting: 'default_transaction_read_only',
    value: read_only,
    severity: 'danger',
    message: 'It takes no writes, so nothing is processed, and Redis alone can accept.',
    remedy:
      'Find out who made it so (a full disk, a maintenance), then ALTER SYSTEM or ALTER ROLE … SET it off.',
  };
}

function tables({ migrated }: PostgresFacts): Verdict {
  if (migrated) return ok('tables', 'there', 'The queue’s tables are there.');
  return {
    setting: 'tables',
    value: 'missing',
    severity: 'danger',
    message: 'The queue’s tables are not there: nothing is processed, and Redis alone can accept.',
    remedy: 'Run `spillway migrate`, or start a web or worker process, which does it too.',
  };
}

function fsync({ fsync: value }: PostgresFacts): Verdict {
  if (value === 'on') return ok('fsync', value, 'Commits reach the disk.');
  return {
    setting: 'fsync',
    value,
    severity: 'danger',
    message: 'A crash of the machine may destroy the whole database.',
    remedy:
      'ALTER SYSTEM SET fsync = on, then SELECT pg_reload_conf(). Never turn it off where data matters.',
  };
}

function fullPageWrites({ full_page_writes: value }: PostgresFacts): Verdict {
  if (value === 'on') return ok('full_page_writes', value, 'A page torn by a crash is mended.');
  return {
    setting: 'full_page_writes',
    value,
    severity: 'danger',
    message: 'A crash of the machine may leave torn pages that nothing mends.',
    remedy:
      'ALTER SYSTEM SET full_page_writes = on, then SELECT pg_reload_conf(); off is safe only where the file system writes pages whole.',
  };
}

function synchronousCommit({ synchronous_commit: value, synchronous_standby_names }: PostgresFacts): Verdict {
  if (value === 'off') {
    return {
      setting: 'synchronous_commit',
      value,
      severity: 'danger',
      message: 'A crash loses the last moments of what Postgres acknowledged; what was settled is safe.',
      remedy:
        'ALTER SYSTEM SET synchronous_commit = on, then SELECT pg_reload_conf(); or ALTER ROLE for ours alone.',
    };
  }
  if (value === 'local' && synchronous_standby_names !== '') {
    return {
      setting: 'synchronous_commit',
      value,
      severity: 'warning',
      message: 'Commits do not wait for the synchronous standby, so a failover may lose the last ones.',
      remedy: 'ALTER SYSTEM SET synchronous_commit = on, then SELECT pg_reload_conf().',
    };
  }
  return ok('synchronous_commit', value, 'Each commit is on disk before it is answered.');
}

function standbys(facts: PostgresFacts): Verdict {
  const { standbys: count, synchronous_standby_names: names, synchronous_standbys } = facts;
  const setting = 'synchronous_standby_names';
  if (names !== '' && count === 0) {
    return {
      setting,
      value: names,
      severity: 'danger',
      message: 'No standby is connected, but commits wait for one: writes hang.',
      remedy: 'Bring the standby back, or empty synchronous_standby_names and reload.',
    };
  }
  if (names !== '')
    return ok(setting, names, `A failover loses nothing: ${synchronous_standbys} follow in step.`);
  return {
    setting,
    value: count === 0 ? 'none, no standby' : `none, ${count} following`,
    severity: 'notice',
    message:
      count === 0
        ? 'There is one copy: a lost disk loses all since the last backup.'
        : 'A failover may lose the last commits, receipts among them, since no standby is waited for.',
    remedy: 'Let a standby follow, and name it in synchronous_standby_names; each commit then waits for it.',
  };
}

function maxConnections({ max_connections, connections }: PostgresFacts, ours: number): Verdict {
  const value = `${connections} of ${max_connections}`;
  const setting = 'max_connections';
  const left = max_connections - connections;
  if (left >= ours && connections < max_connections * BUSY_SHARE)
    return ok(setting, value, `There is room; one process of Spillway opens up to ${ours}.`);
  return {
    setting,
    value,
    severity: 'warning',
    message: `One process of Spillway opens up to ${ours} connections; another one may be refused.`,
    remedy:
      'Raise max_connections (needs a restart), put PgBouncer in front, or lower acceptConnections and workConnections.',
  };
}

function autovacuum({ autovacuum: value, track_counts }: PostgresFacts): Verdict {
  if (value === 'on' && track_counts === 'on')
    return ok('autovacuum', value, 'What was deleted is cleared away.');
  const name = value === 'on' ? 'track_counts' : 'autovacuum';
  return {
    setting: name,
    value: 'off',
    severity: 'warning',
    message: 'Settled rows are never cleared away: the tables grow, and working gets slower and slower.',
    remedy: `ALTER SYSTEM SET ${name} = on, then SELECT pg_reload_conf().`,
  };
}

function timeouts({ statement_timeout_ms, transaction_timeout_ms }: PostgresFacts): Verdict | undefined {
  const [setting, valueMs] =
    statement_timeout_ms > 0
      ? ['statement_timeout', statement_timeout_ms]
      : ['transaction_timeout', transaction_timeout_ms];
  if (valueMs === 0 || valueMs >= SHORT_TIMEOUT_MS) return undefined;
  return {
    setting,
    value: `${valueMs} ms`,
    severity: 'warning',
    message:
      'A handler that takes longer is cut off; that counts as its failure, and after 10 attempts it is dead.',
    remedy: `ALTER ROLE … SET ${setting} = 0 for the role of the workers: the queue has deadlines of its own.`,
  };
}

function oldTransaction({ oldest_transaction_s: ageS }: PostgresFacts): Verdict | undefined {
  if (ageS === null || ageS < OLD_TRANSACTION_S) return undefined;
  return {
    setting: 'oldest transaction',
    value: `${Math.round(ageS / MINUTE_S)} min`,
    severity: 'warning',
    message: 'While it is open nothing is cleared away: working off a backlog gets several times slower.',
    remedy:
      'Find it: SELECT pid, query FROM pg_stat_activity ORDER BY xact_start. End it: pg_terminate_backend(pid).',
  };
}

function preparedTransactions({ prepared, oldest_prepared_s: ageS }: PostgresFacts): Verdict | undefined {
  if (ageS === null || ageS < OLD_TRANSACTION_S) return undefined;
  return {
    setting: 'prepared transactions',
    value: `${prepared}, oldest ${Math.round(ageS / MINUTE_S)} min`,
    severity: 'warning',
    message:
      'A prepared transaction that nobody ends keeps its locks and holds back vacuum, also over restarts.',
    remedy: 'See pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED.',
  };
}

function idleSlots({ idle_slots: value }: PostgresFacts): Verdict | undefined {
  if (value === null) return undefined;
  return {
    setting: 'replication slots',
    value,
    severity: 'warning',
    message:
      'Nobody reads from them, so the log is kept for them until the disk is full, and Postgres stops.',
    remedy:
      'Bring the reader back, or SELECT pg_drop_replication_slot(…); bound it with max_slot_wal_keep_size.',
  };
}
