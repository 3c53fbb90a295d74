import type { SettingRule } from '../../contract/setting-check.ts';

/** What decides what a crash loses. */
export type WriteFacts = {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  readonly synchronous_standby_names?: string;
};

/** What is said of a Postgres in which no rule finds a loss. */
export const SOUND = 'a crash loses nothing acknowledged: every commit is on disk before it is answered';
const DESTROYED = 'a crash of the machine may destroy what Postgres holds: fsync or full_page_writes is off';

/** The rules from which durability is derived. */
export const WRITE_RULES: readonly SettingRule<WriteFacts>[] = [
  {
    setting: 'fsync',
    value: ({ fsync }) => fsync,
    cases: [
      {
        applies: ({ fsync }) => fsync !== 'on',
        level: 'danger',
        message: 'A crash of the machine may destroy the whole database.',
        remedy:
          'ALTER SYSTEM SET fsync = on, then SELECT pg_reload_conf(). Never turn it off where data matters.',
        crash: { keeps: 'memory', loses: DESTROYED },
      },
    ],
    ok: 'Commits reach the disk.',
  },
  {
    setting: 'full_page_writes',
    value: ({ full_page_writes }) => full_page_writes,
    cases: [
      {
        applies: ({ full_page_writes }) => full_page_writes !== 'on',
        level: 'danger',
        message: 'A crash of the machine may leave pages half written, and Postgres cannot repair them.',
        remedy:
          'ALTER SYSTEM SET full_page_writes = on, then SELECT pg_reload_conf(); off is safe only where the file system writes pages whole.',
        crash: { keeps: 'memory', loses: DESTROYED },
      },
    ],
    ok: 'Postgres repairs a page that a crash left half written.',
  },
  {
    setting: 'synchronous_commit',
    value: ({ synchronous_commit }) => synchronous_commit,
    cases: [
      {
        applies: ({ synchronous_commit }) => synchronous_commit === 'off',
        level: 'danger',
        message: 'A crash loses the last moments of what Postgres acknowledged; what was settled is safe.',
        remedy:
          'ALTER SYSTEM SET synchronous_commit = on, then SELECT pg_reload_conf(); or ALTER ROLE for the queue’s role alone.',
        crash: {
          keeps: 'second',
          loses: 'a crash of Postgres would lose the last moments: synchronous_commit is off',
        },
      },
      {
        applies: ({ synchronous_commit, synchronous_standby_names = '' }) =>
          synchronous_commit === 'local' && synchronous_standby_names !== '',
        level: 'warning',
        message: 'Commits do not wait for the synchronous standby, so a failover may lose the last ones.',
        remedy: 'ALTER SYSTEM SET synchronous_commit = on, then SELECT pg_reload_conf().',
      },
    ],
    ok: 'Each commit is on disk before it is answered.',
  },
];
