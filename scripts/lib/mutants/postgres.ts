import {
  CONTRACT,
  FENCING,
  SETTLE,
  BLAME,
  SCOPED,
  LIMITS,
  SCHEMA,
  ABANDONED,
  ENQUEUE_IN,
  PARSERS,
  SHADOW,
} from './tests.ts';
import type { Mutant } from './tests.ts';

export const POSTGRES_MUTANTS: readonly Mutant[] = [
  {
    name: 'blame: a connection that ends while the handler runs is the store’s',
    file: 'src/postgres/settle/effect-run.ts',
    edits: [
      [
        'if (this.#running === undefined) return error;',
        'if (this.#running === undefined || !this.#isOver) return error;',
      ],
    ],
    test: [BLAME, 'a connection that Postgres ends while a handler runs > aborts'],
  },
  {
    name: 'blame: a handler whose connection has ended is not waited for',
    file: 'src/postgres/settle/effect-run.ts',
    edits: [['await this.#running.catch(() => {});', 'this.#running.catch(() => {});']],
    test: [SCOPED, 'a handler whose connection has ended > is waited for'],
  },
  {
    name: 'scope: late statements are sent',
    file: 'src/postgres/connection/scoped-client.ts',
    edits: [['this.#closed = true;', 'this.#closed = false;']],
    test: [SCOPED, 'what comes after the promise of the handler has settled > is refused, in words'],
  },
  {
    name: 'scope: a statement that still runs is committed',
    file: 'src/postgres/connection/scoped-client.ts',
    edits: [['if (this.#running > 0) throw', 'if (this.#running > 1_000) throw']],
    test: [
      SCOPED,
      'what still runs when the promise of the handler settles > fails the attempt where the handler has resolved',
    ],
  },
  {
    name: 'scope: a nested transaction counts only while a statement of it runs',
    file: 'src/postgres/connection/scoped-client.ts',
    edits: [['return this.#scope.during(() => super.transaction(work));', 'return super.transaction(work);']],
    test: [
      SCOPED,
      'what still runs when the promise of the handler settles > fails the attempt where it is a nested',
    ],
  },
  {
    name: 'scope: what a handler has set holds for the rows that are cleared',
    file: 'src/postgres/settle/transaction.ts',
    edits: [['effect ? restoreSettings', '!effect ? restoreSettings']],
    test: [
      SCOPED,
      'what a handler has changed > does not reach the queue’s statements, nor the next user of the connection: SET LOCAL ROLE',
    ],
  },
  {
    name: 'scope: a connection on which something is left is used again',
    file: 'src/postgres/settle/transaction.ts',
    edits: [['if (scope.leftTraces) hold.retire();', '']],
    test: [SCOPED, 'what a handler has changed > is gone for the next user of the connection: a channel'],
  },
  {
    name: 'scope: a connection on which a handler has failed is used again',
    file: 'src/postgres/settle/transaction.ts',
    edits: [['      hold.retire();\n      // It waits', '      // It waits']],
    test: [
      SCOPED,
      'what a handler has changed > is gone for the next user of the connection: a prepared statement',
    ],
  },
  {
    name: 'tables are found by the search_path',
    file: 'src/postgres/statement/tables.ts',
    edits: [['sql`${sql.identifier(schema)}.${sql.identifier(of)}`', 'sql`${sql.identifier(of)}`']],
    test: [SCHEMA, 'the schema of a queue > is named in each statement'],
  },
  {
    name: 'the views of the old names give their own rights',
    file: 'src/postgres/migrate/schema.ts',
    edits: [['security_invoker = true', 'security_invoker = false']],
    test: [SCHEMA, 'tables that an earlier version made in public > move with the rights on them'],
  },
  {
    name: 'a migration does not give way',
    file: 'src/postgres/migrate/apply-migrations.ts',
    edits: [['{ first: 100, max: 500 }', '{ first: 60_000, max: 60_000 }']],
    test: [SCHEMA, 'tables that an earlier version made in public > move as soon as'],
  },
  {
    name: 'abandoned statements are not counted',
    file: 'src/postgres/connection/held-connection.ts',
    edits: [['this.#abandoned?.add(this.client)', 'void this.#abandoned']],
    test: [ABANDONED, 'while somebody holds the table > no submission is sent beyond the limit'],
  },
  {
    name: 'a second probe beside one that waits',
    file: 'src/postgres/store.ts',
    edits: [['if (abandoned.has(this.#probedBy)) throw', 'if (abandoned.has(undefined)) throw']],
    test: [ABANDONED, 'while somebody holds the table > no second probe'],
  },
  {
    name: 'Postgres does not look for its client',
    file: 'src/postgres/connection/server-options.ts',
    edits: [['interval=${LOOK_FOR_CLIENT_MS}', 'interval=0']],
    test: [ABANDONED, 'a pool of ours > leaves no statement behind'],
  },
  {
    name: 'Postgres waits for a lock for longer than the caller',
    file: 'src/postgres/connection/server-options.ts',
    edits: [['` -c lock_timeout=${Math.round(lockTimeoutMs)}`', "''"]],
    test: [ABANDONED, 'while somebody holds the table > Postgres itself ends'],
  },
  {
    name: 'the row is deleted at requeue',
    file: 'src/postgres/fallback-rows.ts',
    edits: [['UPDATE ${to.fallback} SET pushed_epoch = ${to.epoch}', 'DELETE FROM ${to.fallback}']],
    test: [FENCING, 'recovery > tells Redis of a row and leaves the row where it is'],
  },
  {
    name: 'no unique outcome: effects run for all',
    file: 'src/postgres/settle/settle.ts',
    edits: [
      ['if (inserted.length === 0) return;', 'if (claims.length === 0) return;'],
      ['effects(inserted, tx, lost)', 'effects(claims, tx, lost)'],
    ],
    test: [FENCING, 'settling > lets'],
  },
  {
    name: 'effects outside the settling transaction',
    file: 'src/postgres/settle/settle.ts',
    edits: [
      ['effects(inserted, tx, lost)', 'effects(inserted, drizzle(pool), lost)'],
      [
        "import type { Pool, PoolClient } from 'pg';",
        "import type { Pool, PoolClient } from 'pg';\nimport { drizzle } from 'drizzle-orm/node-postgres';",
      ],
    ],
    test: [
      FENCING,
      'settling > leaves no effect, no outcome and the row where the handler fails after its effects',
    ],
  },
  {
    name: 'token not checked, in Postgres',
    file: 'src/postgres/store.ts',
    edits: [[' AND f.claim_token = h.token', '']],
    test: [CONTRACT.postgres, 'Postgres as a store > lets a stale token change nothing'],
  },
  {
    name: 'an outcome is written although its transaction has not begun',
    file: 'src/postgres/settle/guard.ts',
    edits: [[' WHERE ${IS_BEGUN}', '']],
    test: [SETTLE, 'writes no outcome where its transaction has not begun'],
  },
  {
    name: 'generation ignored at settling',
    file: 'src/postgres/settle/outcome.ts',
    edits: [[' AND f.generation > i.generation OFFSET', ' AND false OFFSET']],
    test: [FENCING, "an operator's retry > makes a new generation"],
  },
  {
    name: 'generation ignored at deleting, in Postgres',
    file: 'src/postgres/settle/delete-rows.ts',
    edits: [[' AND f.generation <= i.generation', '']],
    test: [CONTRACT.postgres, 'Postgres as a store > does not forget other content, or a newer generation'],
  },
  {
    name: 'expired batch claimed together, in Postgres',
    file: 'src/postgres/claim.ts',
    edits: [['(p.n = 1 OR (p.expired_so_far = 0', '(p.n = 1 OR (p.expired_so_far >= 0']],
    test: [FENCING, 'a lease in postgres > that ran out with others hands each of them out alone'],
  },
  {
    name: 'a running call is taken over before its lease ends',
    file: 'src/postgres/settle/outcome.ts',
    edits: [["(o.status = 'running' AND o.lease_until <= now())", "(o.status = 'running')"]],
    test: [FENCING, 'an external call > is one worker’s to make while its lease lasts'],
  },
  {
    name: 'other content under a settled id is deleted with it',
    file: 'src/postgres/settle/delete-rows.ts',
    edits: [['\n    AND f.digest = i.digest', '']],
    test: [CONTRACT.postgres, 'Postgres as a store > does not forget other content, or a newer generation'],
  },
  {
    name: 'who may wait for a row shares the connection',
    file: 'src/postgres/store.ts',
    edits: [['items.every((item) => item.generatedId)', 'items.length > 0']],
    test: [CONTRACT.postgres, 'ids that were minted for their push > do not wait behind'],
  },
  {
    name: 'a submission is written outside of a transaction',
    file: 'src/postgres/enqueue-in.ts',
    edits: [["client?.getTransactionStatus() === 'I'", "client?.getTransactionStatus() === 'none'"]],
    test: [
      ENQUEUE_IN,
      'a submission in the caller’s own transaction > is refused outside of an open transaction',
    ],
  },
  {
    name: 'type parsers of the application reach the statements of the queue',
    file: 'src/postgres/statement/statement.ts',
    edits: [[', types: OWN_TYPES }', ' }']],
    test: [PARSERS, 'type parsers of the application, for all connections'],
  },
  {
    name: 'groups of the shadow go without becoming rows',
    file: 'src/postgres/shadow-log.ts',
    edits: [
      [
        'FROM taken t, json_to_recordset',
        'FROM taken t JOIN (SELECT 1 WHERE false) AS no(rows) ON true, json_to_recordset',
      ],
    ],
    test: [SHADOW, 'what Redis alone has acknowledged, with a shadow > takes effect once after FLUSHALL'],
  },
  {
    name: 'a handler that was given up keeps its connection',
    file: 'src/postgres/settle/transaction.ts',
    edits: [['if (cause instanceof HandlerAbortedError) hold.breakOff(cause);', '']],
    test: [LIMITS, 'what a handler does after its time > is no further attempt'],
  },
  {
    name: 'a lost connection is not told to the handler',
    file: 'src/postgres/settle/effect-run.ts',
    edits: [['this.#lost.abort(ended);', '']],
    test: [LIMITS, 'a connection that is lost while its handler runs > aborts the signal'],
  },
  {
    name: 'every settlement waits for locks',
    file: 'src/postgres/settle/patience.ts',
    edits: [
      ['const SHORT_WAIT_MS = 50;', 'const SHORT_WAIT_MS = 5_000;'],
      ['const LONG_WAIT_MS = 1_000;', 'const LONG_WAIT_MS = 5_000;'],
    ],
    test: [LIMITS, 'submissions that a frozen worker holds in its transactions > hold up none'],
  },
];
