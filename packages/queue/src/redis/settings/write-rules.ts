import type { SettingRule, Severity } from '../../contract/setting-check.ts';
import type { RedisFacts } from './facts.ts';

/** What is said of a Redis in which no rule finds a loss. */
export const SOUND = 'a crash loses nothing acknowledged: every write is on disk before it is answered';

const FSYNC_ALWAYS =
  'CONFIG SET appendfsync always, then CONFIG REWRITE. Redis then writes at the pace of its disk.';
const NO_EVICTION =
  'CONFIG SET maxmemory-policy noeviction, then CONFIG REWRITE. Give a cache a Redis of its own.';

export const setting = ({ settings }: RedisFacts, name: string) => settings?.get(name);
const appendonly = (facts: RedisFacts) =>
  setting(facts, 'appendonly') ?? { 0: 'no', 1: 'yes' }[facts.info.get('aof_enabled') ?? ''];
const appendfsync = (facts: RedisFacts) => setting(facts, 'appendfsync');
const fsyncOnRewrite = (facts: RedisFacts) => setting(facts, 'no-appendfsync-on-rewrite');
const policy = (facts: RedisFacts) =>
  setting(facts, 'maxmemory-policy') ?? facts.info.get('maxmemory_policy');
/** The `volatile-*` policies drop only keys that expire, and no submission does. */
export const dropsOnlyExpiring = (facts: RedisFacts) => policy(facts)?.startsWith('volatile-') ?? false;
const mayDropSubmissions = (facts: RedisFacts) => policy(facts) !== 'noeviction' && !dropsOnlyExpiring(facts);
const isUnlimited = (facts: RedisFacts) =>
  (setting(facts, 'maxmemory') ?? facts.info.get('maxmemory')) === '0';

/** How bad it is that Redis may lose what it holds, and what follows from it. */
export const lossLevel = ({ part }: RedisFacts): Severity => (part === 'first' ? 'danger' : 'warning');
const lossMeans = ({ part }: RedisFacts) =>
  part === 'first'
    ? 'Submissions with a receipt would be lost'
    : 'Postgres therefore acknowledges; while it is away, submissions are refused';

const lostByFsync = (facts: RedisFacts) =>
  appendfsync(facts) === 'everysec' ? 'about the last second' : 'what the system has not written yet';

/** The rules from which durability is derived. */
export const WRITE_RULES: readonly SettingRule<RedisFacts>[] = [
  {
    setting: 'CONFIG',
    value: ({ settings }) => (settings === undefined ? 'denied' : undefined),
    cases: [
      {
        applies: ({ settings }) => settings === undefined,
        level: 'warning',
        message: ({ part }) =>
          `This Redis does not let the queue read how it writes to disk; ${
            part === 'first'
              ? 'whether a crash loses what it acknowledged is unknown'
              : 'Postgres therefore acknowledges'
          }.`,
        remedy:
          'Allow it where you can: ACL SETUSER <user> +config|get. For a hosted Redis, read its settings yourself.',
        crash: {
          keeps: 'unknown',
          loses: 'what a crash of Redis would lose is unknown: it does not let the queue read its settings',
        },
      },
    ],
  },
  {
    setting: 'appendonly',
    value: appendonly,
    cases: [
      {
        applies: (facts) => appendonly(facts) !== 'yes',
        level: lossLevel,
        message: (facts) =>
          `A crash of Redis loses ${
            setting(facts, 'save') ? 'what came since its last snapshot' : 'everything that it holds'
          }. ${lossMeans(facts)}.`,
        remedy: 'CONFIG SET appendonly yes, then CONFIG REWRITE, so that it stays.',
        crash: {
          keeps: 'memory',
          loses: 'a crash of Redis now would lose what it holds: appendonly is off',
        },
      },
      {
        applies: ({ isLogWhole }) => !isLogWhole,
        level: lossLevel,
        message: (facts) =>
          `Redis is writing its log from scratch, and this process has not seen the log complete. If it is new, a crash loses what Redis holds. ${lossMeans(facts)}.`,
        remedy:
          'Wait until INFO persistence shows aof_rewrite_in_progress:0 and aof_rewrite_scheduled:0. See aof_last_bgrewrite_status if it does not.',
        crash: {
          keeps: 'memory',
          loses: 'a crash of Redis now may lose what it holds: its log on disk may not be complete yet',
        },
      },
    ],
    ok: 'Writes go to a log on disk.',
  },
  {
    setting: 'appendfsync',
    value: appendfsync,
    cases: [
      {
        applies: (facts) => appendfsync(facts) !== 'always' && setting(facts, 'appendonly') !== 'yes',
        level: 'notice',
        message: (facts) => `Once there is a log, a crash of the machine would lose ${lostByFsync(facts)}.`,
        remedy: FSYNC_ALWAYS,
      },
      {
        applies: (facts) => appendfsync(facts) === 'everysec',
        level: lossLevel,
        message: (facts) => `A crash of the machine loses ${lostByFsync(facts)}. ${lossMeans(facts)}.`,
        remedy: FSYNC_ALWAYS,
        crash: {
          keeps: 'second',
          loses: 'a crash of the machine now would lose about the last second: appendfsync is everysec',
        },
      },
      {
        applies: (facts) => appendfsync(facts) !== 'always',
        level: lossLevel,
        message: (facts) => `A crash of the machine loses ${lostByFsync(facts)}. ${lossMeans(facts)}.`,
        remedy: FSYNC_ALWAYS,
        crash: {
          keeps: 'memory',
          loses: (facts) =>
            `a crash of the machine now would lose what was not yet written to disk: appendfsync is ${appendfsync(facts) ?? 'unknown'}`,
        },
      },
    ],
    ok: 'Each write is on disk before it is answered.',
  },
  {
    setting: 'no-appendfsync-on-rewrite',
    value: fsyncOnRewrite,
    cases: [
      {
        applies: (facts) => fsyncOnRewrite(facts) !== 'no',
        level: lossLevel,
        message: (facts) =>
          `A crash while the log is rewritten loses what came since the rewrite began. ${lossMeans(facts)}.`,
        remedy: 'CONFIG SET no-appendfsync-on-rewrite no, then CONFIG REWRITE.',
        crash: {
          keeps: 'second',
          loses:
            'a crash during a rewrite of the log would lose what came since: no-appendfsync-on-rewrite is not off',
        },
      },
    ],
    ok: 'Redis goes on writing to disk while it rewrites the log.',
  },
  {
    setting: 'maxmemory-policy',
    value: policy,
    cases: [
      {
        applies: (facts) => mayDropSubmissions(facts) && isUnlimited(facts),
        level: 'notice',
        message: 'Once a limit is set, a full Redis would drop what it holds.',
        remedy: NO_EVICTION,
      },
      {
        applies: mayDropSubmissions,
        level: lossLevel,
        message: (facts) => `A full Redis drops what it holds. ${lossMeans(facts)}.`,
        remedy: NO_EVICTION,
        crash: {
          keeps: 'memory',
          loses: (facts) =>
            `Redis may drop what it holds when its memory is full: maxmemory-policy is ${policy(facts) ?? 'unknown'}`,
        },
      },
    ],
    ok: (facts) =>
      policy(facts) === 'noeviction'
        ? 'A full Redis refuses, and Postgres takes over; Redis drops nothing.'
        : 'A full Redis drops only keys that expire, and no submission does. Then it refuses, and Postgres takes over.',
  },
];
