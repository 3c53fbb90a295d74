import type { SettingRule } from '../../contract/setting-check.ts';
import { WRITE_RULES } from './write-rules.ts';
import type { WriteFacts } from './write-rules.ts';

/** What a Postgres says of itself. */
export type PostgresFacts = Required<WriteFacts> & {
  readonly version: string;
  readonly version_number: number;
  readonly standby: boolean;
  readonly read_only: string;
  readonly migrated: boolean;
  readonly standbys: number;
  readonly synchronous_standbys: number;
  /** Standbys whose state this role may not read. */
  readonly hidden_standbys: number;
  /** Those that a plain role can have. */
  readonly max_connections: number;
  readonly connections: number;
  readonly autovacuum: string;
  readonly track_counts: string;
  readonly statement_timeout_ms: number;
  readonly transaction_timeout_ms: number;
  readonly idle_in_transaction_session_timeout_ms: number;
  readonly oldest_transaction_s: number | null;
  /** Statements of Spillway that wait for a lock or a standby for longer than any call of the queue does. */
  readonly stuck: number;
  readonly prepared: number;
  readonly oldest_prepared_s: number | null;
  /** Without a reader, and with log that is kept for one. */
  readonly idle_slots: string | null;
  /** Postgres has given up keeping log for these. */
  readonly lost_slots: string | null;
  /** What a slot may keep; -1: all. */
  readonly slot_limit_mb: number;
};

/** With the connections that one process of ours may open. */
export type CheckedPostgres = PostgresFacts & { readonly ours: number };

const MIN_VERSION_NUMBER = 150_000;
const MINUTE_S = 60;
/** Older transactions hold back vacuum long enough for a busy queue to feel it. */
const OLD_TRANSACTION_S = 5 * MINUTE_S;
/** A settling batch, handler included, may well take as long. */
const SHORT_TIMEOUT_MS = 30_000;
const BUSY_SHARE = 0.8;

const BRING_STANDBY_BACK =
  'Bring the standby back, check that its application_name is among the names, or empty synchronous_standby_names and reload.';

const minutes = (seconds: number | null) => `${Math.round((seconds ?? 0) / MINUTE_S)} min`;
const isShort = (ms: number) => ms > 0 && ms < SHORT_TIMEOUT_MS;
/** `FIRST 2 (a, b)`, `ANY 2 (…)`, `2 (…)`, or names alone: how many standbys a commit waits for. */
const standbysWanted = (names: string) => (names.includes('(') ? Number(/\d+/.exec(names)?.[0] ?? 1) : 1);
const isOld = (seconds: number | null) => seconds !== null && seconds >= OLD_TRANSACTION_S;

function timeoutRule(
  setting: string,
  read: (facts: CheckedPostgres) => number,
  message = 'A handler that takes longer is cut off; that counts as its failure, and after 10 attempts the submission is dead.',
): SettingRule<CheckedPostgres> {
  return {
    setting,
    value: (facts) => `${read(facts)} ms`,
    cases: [
      {
        applies: (facts) => isShort(read(facts)),
        level: 'warning',
        message,
        remedy: `ALTER ROLE … SET ${setting} = 0 for the role of the workers: the queue has deadlines of its own.`,
      },
    ],
  };
}

/** What is checked of a Postgres, in the order in which one would read its settings. */
export const POSTGRES_RULES: readonly SettingRule<CheckedPostgres>[] = [
  {
    setting: 'version',
    value: ({ version }) => version,
    cases: [
      {
        applies: ({ version_number }) => version_number < MIN_VERSION_NUMBER,
        level: 'danger',
        message: 'The queue needs Postgres 15 or later, and is not tested with anything older.',
        remedy: 'Upgrade to Postgres 15 or later.',
      },
    ],
    ok: 'It has what the queue needs.',
  },
  {
    setting: 'pg_is_in_recovery',
    value: ({ standby }) => String(standby),
    cases: [
      {
        applies: ({ standby }) => standby,
        level: 'danger',
        message: 'A standby refuses writes, so nothing is processed, and only Redis can accept.',
        remedy: 'Point DATABASE_URL at the primary, or promote this one: SELECT pg_promote().',
      },
    ],
  },
  {
    setting: 'default_transaction_read_only',
    value: ({ standby, read_only }) => (standby ? undefined : read_only),
    cases: [
      {
        applies: ({ read_only }) => read_only !== 'off',
        level: 'danger',
        message: 'Postgres refuses writes, so nothing is processed, and only Redis can accept.',
        remedy:
          'Find out why it is read-only (a full disk, a maintenance), then ALTER SYSTEM or ALTER ROLE … SET it off.',
      },
    ],
    ok: 'It accepts writes.',
  },
  {
    setting: 'tables',
    value: ({ migrated }) => (migrated ? 'there' : 'missing'),
    cases: [
      {
        applies: ({ migrated }) => !migrated,
        level: 'danger',
        message: 'The queue’s tables are missing, so nothing is processed, and only Redis can accept.',
        remedy: 'Run `spillway migrate`, or start a web or worker process, which does it too.',
      },
    ],
    ok: 'The queue’s tables are there.',
  },
  ...WRITE_RULES,
  {
    setting: 'synchronous_standby_names',
    value: ({ synchronous_standby_names: names, standbys }) => {
      if (names !== '') return names;
      return standbys === 0 ? 'none, no standby' : `none, ${standbys} following`;
    },
    cases: [
      {
        applies: ({ synchronous_standby_names: names, standbys }) => names !== '' && standbys === 0,
        level: 'danger',
        message: 'No standby is connected, but commits wait for one: writes hang.',
        remedy: BRING_STANDBY_BACK,
      },
      {
        applies: ({ synchronous_standby_names: names, hidden_standbys }) =>
          names !== '' && hidden_standbys > 0,
        level: 'notice',
        message: 'Whether standbys follow in step is unknown: this role may not read their state.',
        remedy: 'GRANT pg_read_all_stats TO the role of the queue.',
      },
      {
        applies: ({ synchronous_standby_names: names, synchronous_standbys }) =>
          names !== '' && synchronous_standbys < standbysWanted(names),
        level: 'danger',
        message: ({ synchronous_standby_names: names, synchronous_standbys, standbys }) =>
          `Of ${standbys} connected, ${synchronous_standbys} in step, but commits wait for ${standbysWanted(names)}: writes hang.`,
        remedy: BRING_STANDBY_BACK,
      },
      {
        applies: ({ synchronous_standby_names: names }) => names === '',
        level: 'notice',
        message: ({ standbys }) =>
          standbys === 0
            ? 'There is one copy: a lost disk loses everything since the last backup.'
            : 'Commits do not wait for a standby, so a failover may lose the last ones, among them submissions with a receipt.',
        remedy: 'Set up a standby, and name it in synchronous_standby_names; each commit then waits for it.',
      },
    ],
    ok: ({ synchronous_standbys }) => `A failover loses nothing: ${synchronous_standbys} follow in step.`,
  },
  {
    setting: 'max_connections',
    value: ({ connections, max_connections }) => `${connections} of ${max_connections}`,
    cases: [
      {
        applies: ({ connections, max_connections, ours }) =>
          max_connections - connections < ours || connections >= max_connections * BUSY_SHARE,
        level: 'warning',
        message: ({ ours }) =>
          `One process of Spillway opens up to ${ours} connections; another process may be refused.`,
        remedy:
          'Raise max_connections (needs a restart), put PgBouncer in front, or lower acceptConnections and workConnections.',
      },
    ],
    ok: ({ ours }) => `There is room; one process of Spillway opens up to ${ours}.`,
  },
  {
    setting: 'autovacuum',
    value: ({ autovacuum }) => autovacuum,
    cases: [
      {
        applies: ({ autovacuum }) => autovacuum !== 'on',
        level: 'warning',
        message:
          'Space of settled rows is never freed: the tables grow, and processing gets slower and slower.',
        remedy: 'ALTER SYSTEM SET autovacuum = on, then SELECT pg_reload_conf().',
      },
    ],
    ok: 'Space of deleted rows is freed.',
  },
  {
    setting: 'track_counts',
    value: ({ track_counts }) => track_counts,
    cases: [
      {
        applies: ({ track_counts }) => track_counts !== 'on',
        level: 'warning',
        message:
          'Autovacuum does not run without it: the tables grow, and processing gets slower and slower.',
        remedy: 'ALTER SYSTEM SET track_counts = on, then SELECT pg_reload_conf().',
      },
    ],
  },
  timeoutRule('statement_timeout', (facts) => facts.statement_timeout_ms),
  timeoutRule('transaction_timeout', (facts) => facts.transaction_timeout_ms),
  timeoutRule(
    'idle_in_transaction_session_timeout',
    (facts) => facts.idle_in_transaction_session_timeout_ms,
    'A handler that takes longer between two of its statements loses its connection.',
  ),
  {
    setting: 'oldest transaction',
    value: ({ oldest_transaction_s }) => minutes(oldest_transaction_s),
    cases: [
      {
        applies: ({ oldest_transaction_s }) => isOld(oldest_transaction_s),
        level: 'warning',
        message: 'While it is open, no space is freed: processing a backlog gets several times slower.',
        remedy:
          'Find it: SELECT pid, query FROM pg_stat_activity ORDER BY xact_start. End it: pg_terminate_backend(pid).',
      },
    ],
  },
  {
    setting: 'waiting statements',
    value: ({ stuck }) => String(stuck),
    cases: [
      {
        applies: ({ stuck }) => stuck > 0,
        level: 'warning',
        message:
          'Statements of Spillway wait in Postgres for a lock or a standby for more than 15 s. Their callers may have given up; each holds a connection.',
        remedy:
          "SELECT pid, pg_blocking_pids(pid), wait_event, query FROM pg_stat_activity WHERE application_name LIKE 'spillway %' shows what they wait for. End the transaction that holds the lock, or bring the standby back. Do not cancel one that waits for a standby (SyncRep): it would count as done without it.",
      },
    ],
    ok: 'None waits for long.',
  },
  {
    setting: 'prepared transactions',
    value: ({ prepared, oldest_prepared_s }) => `${prepared}, oldest ${minutes(oldest_prepared_s)}`,
    cases: [
      {
        applies: ({ oldest_prepared_s }) => isOld(oldest_prepared_s),
        level: 'warning',
        message:
          'A prepared transaction that is never ended keeps its locks and holds back vacuum, also over restarts.',
        remedy: 'See pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED.',
      },
    ],
  },
  {
    setting: 'replication slots',
    value: ({ idle_slots, lost_slots }) => idle_slots ?? lost_slots ?? undefined,
    cases: [
      {
        applies: ({ idle_slots, slot_limit_mb }) => idle_slots !== null && slot_limit_mb >= 0,
        level: 'notice',
        message:
          'No reader is connected to them. Postgres keeps its log for them up to max_slot_wal_keep_size.',
        remedy: 'Bring the reader back in time, or SELECT pg_drop_replication_slot(…).',
      },
      {
        applies: ({ idle_slots }) => idle_slots !== null,
        level: 'warning',
        message:
          'No reader is connected to them, so Postgres keeps its log for them until the disk is full, and stops.',
        remedy:
          'Bring the reader back, or SELECT pg_drop_replication_slot(…); limit it with max_slot_wal_keep_size.',
      },
      {
        applies: ({ lost_slots }) => lost_slots !== null,
        level: 'notice',
        message: 'Postgres has given them up: it keeps nothing for them, and their readers cannot go on.',
        remedy: 'SELECT pg_drop_replication_slot(…), and set the reader up again.',
      },
    ],
  },
];
