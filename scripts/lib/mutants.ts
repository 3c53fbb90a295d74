/* What scripts/mutants.ts takes away, and the test that must notice. */

const CONTRACT = { redis: 'redis/redis-store.test.ts', postgres: 'postgres/postgres-store.test.ts' } as const;
const LARGE_CLAIMS = 'work/large-claims.test.ts';
const RECOVERY = 'maintenance/recovery.test.ts';
const FIRST_LOG = 'redis/first-log.test.ts';
const FENCING = 'work/fencing.test.ts';
const SETTLE = 'postgres/settle.test.ts';
const BLAME = 'work/blame.test.ts';
const SCOPED = 'postgres/scoped-transaction.test.ts';
const ENQUEUE = 'enqueue/enqueue.test.ts';
const LIMITS = 'work/time-limits.test.ts';
const VERDICTS = 'work/verdicts.test.ts';
const STOPPING = 'create/stopping.test.ts';
const SCHEMA = 'postgres/schema.test.ts';
const TOOLS = 'postgres/schema-tools.test.ts';
const ABANDONED = 'postgres/abandoned.test.ts';
const MODEL = 'model/model.test.ts';
const UNFAITHFUL = 'contract/unfaithful.test.ts';
const OPTIONS = 'contract/options.test.ts';
const NEIGHBOURS = 'enqueue/neighbours.test.ts';
const ENQUEUE_IN = 'postgres/enqueue-in.test.ts';
const PARSERS = 'postgres/type-parsers.test.ts';
const REDIS_OPTIONS = 'redis/redis-options.test.ts';
const SHADOW = 'create/shadow.test.ts';
const EXPLORE = 'whatever happens in whatever order > nothing';
/** What must still pass with a mutant, so that a source that no longer runs at all is not taken for a catch. */
export const ALIVE: Readonly<Record<string, string>> = {
  [CONTRACT.redis]: 'Redis as a store > hands out what was pushed, unchanged and in order',
  [CONTRACT.postgres]: 'Postgres as a store > hands out what was pushed, unchanged and in order',
  [LARGE_CLAIMS]: 'a claim within the limit of Redis arrives',
  [RECOVERY]: 'reports a mark that fails',
  [FIRST_LOG]: 'a rewrite that fails is a finding',
  [FENCING]: 'settling > takes the row away together with the outcome',
  [SETTLE]: 'commits to disk whatever the default, and leaves the handler its own settings',
  [SHADOW]: 'what Redis alone has acknowledged, with a shadow > is copied before the queue is closed',
  [BLAME]: 'an external call > that throws a symbol',
  [SCOPED]: 'what a handler has changed > costs no connection where it ends with the transaction',
  [ENQUEUE]: 'a healthy primary > acknowledges alone',
  [LIMITS]: 'a handler (external) that never ends > has the time of its form',
  [VERDICTS]: 'a form has attempts and a backoff of its own',
  [STOPPING]: 'a worker > does not start again once it was stopped',
  [SCHEMA]: 'the schema of a queue > is refused where it is "1st"',
  [TOOLS]: 'the option > names the schema',
  [ABANDONED]: 'a pool of ours > works while nothing is locked',
  [MODEL]: 'on a quiet day > each submission happens once',
  [UNFAITHFUL]: 'undefined > is an absent field, as JSON has it',
  [OPTIONS]: 'the options of a queue > need nothing but Postgres',
  [NEIGHBOURS]: 'callers that share a batch of redis > are all accepted beside one whose input is { id: 7 }',
  [ENQUEUE_IN]: 'a submission in the caller’s own transaction > is gone with a rollback',
  [PARSERS]: 'the parsers of this file > are odd',
  [REDIS_OPTIONS]: 'credentials that change > may be an address',
};

/** A guard of the queue, taken away. */
export interface Mutant {
  /** Which guard is gone. */
  readonly name: string;
  readonly file: string;
  /** Text of the source that occurs once, and what stands there instead. */
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** The test that must fail: its file, and its full name or the beginning of that. */
  readonly test: readonly [file: string, name: string];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'blame: a store-like failure of a batch is the store’s, though the store takes writes',
    file: 'src/work/failure-cause.ts',
    edits: [
      [
        'if (isStoreLike) await probe().catch(() => throwStoreFailure(cause));',
        'if (isStoreLike) throwStoreFailure(cause);',
      ],
    ],
    test: [BLAME, 'one bad submission among a hundred > that fails in a way that looks like a store'],
  },
  {
    name: 'blame: thrown values are read as they come',
    file: 'src/util/error-text.ts',
    edits: [
      [
        'return isReadableError(thrown) ? thrown : new Error(attempt(() => textOf(thrown)) ?? UNREADABLE);',
        'return thrown instanceof Error ? thrown : new Error(String(thrown));',
      ],
    ],
    test: [BLAME, 'one bad submission among a hundred > that throws a value without a prototype'],
  },
  {
    name: 'blame: a connection that ends while the handler runs is the store’s',
    file: 'src/postgres/settle/handler-run.ts',
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
    file: 'src/postgres/settle/handler-run.ts',
    edits: [['await this.#running.catch(() => {});', 'this.#running.catch(() => {});']],
    test: [SCOPED, 'a handler whose connection has ended > is waited for'],
  },
  {
    name: 'blame: an external call counts only where its failure is stored',
    file: 'src/work/executor.ts',
    edits: [['    lease.count();\n    const run', '    const run']],
    test: [BLAME, 'an external call > counts as an attempt where its worker stops before it has ended'],
  },
  {
    name: 'blame: an external call whose right cannot be given back is not counted',
    file: 'src/work/executor.ts',
    edits: [
      [
        '.then(() => undefined, failureUnlessLocked);',
        '.then(() => undefined, (failure) => { throw asStoreFailure(failure); });',
      ],
      ['    lease.count();\n    const run', '    const run'],
    ],
    test: [BLAME, 'an external call > is made as often as attempts are allowed, also where Postgres fails'],
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
    name: 'the tables are in public',
    file: 'src/contract/schema-name.ts',
    edits: [["DEFAULT_SCHEMA = 'spillway'", "DEFAULT_SCHEMA = 'public'"]],
    test: [
      TOOLS,
      'tables in their own schema (moved: false) > stay where `drizzle-kit push` runs with ["--force"]',
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
    name: 'token not checked, in Redis',
    file: 'src/redis/scripts/prelude.ts',
    edits: [['current == token and ', '']],
    test: [CONTRACT.redis, 'Redis as a store > lets a stale token change nothing'],
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
    name: 'generation ignored at forgetting, in Redis',
    file: 'src/redis/scripts/work-scripts.ts',
    edits: [['if generation and tonumber(generation) <= tonumber(ARGV[i + 1]) and', 'if generation and']],
    test: [CONTRACT.redis, 'Redis as a store > does not forget other content, or a newer generation'],
  },
  {
    name: 'generation ignored at deleting, in Postgres',
    file: 'src/postgres/settle/delete-rows.ts',
    edits: [[' AND f.generation <= i.generation', '']],
    test: [CONTRACT.postgres, 'Postgres as a store > does not forget other content, or a newer generation'],
  },
  {
    name: 'expired batch claimed together, in Redis',
    file: 'src/redis/scripts/work-scripts.ts',
    edits: [['  if alone then break end\n', '']],
    test: [FENCING, 'a lease in redis > that ran out with others hands each of them out alone'],
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
    name: 'after a lost answer as much is claimed as before',
    file: 'src/redis/answers.ts',
    edits: [
      ['if (!wasRefused(error)) this.#size.lost(bytes);', 'if (wasRefused(error)) this.#size.lost(bytes);'],
    ],
    test: [LARGE_CLAIMS, 'a claim larger than client-output-buffer-limit normal 2mb'],
  },
  {
    name: 'a submission larger than an answer is not read in pieces',
    file: 'src/redis/scripts/work-scripts.ts',
    edits: [['local fits = size <= most', 'local fits = size > 0']],
    test: [
      CONTRACT.redis,
      'an answer of Redis that is larger than its limits > is asked for in smaller parts',
    ],
  },
  {
    name: 'recovery pushes without a bound',
    file: 'src/maintenance/recovery.ts',
    edits: [[' || bytes + size > PUSH_BYTES', '']],
    test: [RECOVERY, 'sends Redis pushes of at most a mebibyte'],
  },
  {
    name: 'a log that is only beginning counts as one',
    file: 'src/redis/settings/facts.ts',
    edits: [
      ['return isOn && wholeIn.get(client) === state;', 'return isOn || wholeIn.get(client) === state;'],
    ],
    test: [FIRST_LOG, 'a log that is only beginning does not count'],
  },
  {
    name: 'a log that was turned off and on counts as whole',
    file: 'src/redis/settings/facts.ts',
    edits: [["'run_id', 'master_replid', 'cmdstat_config|set'", "'run_id', 'master_replid'"]],
    test: [FIRST_LOG, 'a log that was turned off and on between two looks'],
  },
  {
    name: 'the log of a promoted replica counts as whole',
    file: 'src/redis/settings/facts.ts',
    edits: [["'run_id', 'master_replid', 'cmdstat_config|set'", "'run_id', 'cmdstat_config|set'"]],
    test: [FIRST_LOG, 'the log of a replica that copied its primary'],
  },
  {
    name: 'explored: an answer that was lost counts as a refusal',
    file: 'src/redis/connection.ts',
    edits: [
      [
        "return error.name === 'ReplyError' ||",
        "return error.message !== '' || error.name === 'ReplyError' ||",
      ],
    ],
    test: [MODEL, EXPLORE],
  },
  {
    name: 'explored: an answer that was lost counts as stored',
    file: 'src/enqueue/enqueuer.ts',
    edits: [
      ["if (answer === 'stored' || answer", "if (answer === 'stored' || answer === 'unknown' || answer"],
    ],
    test: [MODEL, EXPLORE],
  },
  {
    name: 'a minted id is unknown to the second store, too',
    file: 'src/enqueue/enqueuer.ts',
    edits: [[' && this.#answers.size === 0', '']],
    test: [ENQUEUE, 'an id that was minted for its push > is known to nobody'],
  },
  {
    name: 'a minted id is unknown to Redis after Postgres',
    file: 'src/enqueue/enqueuer.ts',
    edits: [['redis.push({ ...item, generatedId: false }', 'redis.push(item']],
    test: [ENQUEUE, 'an id that was minted for its push > may be known to Redis'],
  },
  {
    name: 'who may wait for a row shares the connection',
    file: 'src/postgres/store.ts',
    edits: [['items.every((item) => item.generatedId)', 'items.length > 0']],
    test: [CONTRACT.postgres, 'ids that were minted for their push > do not wait behind'],
  },
  {
    name: 'explored: the row is deleted at requeue',
    file: 'test/model/memory-rows.ts',
    edits: [
      [
        'this.#memory.markPushed(ids, epoch)',
        'ids.forEach((id) => this.#memory.deleteRows([this.#memory.rows.get(id)?.envelope ?? []].flat()))',
      ],
    ],
    test: [MODEL, EXPLORE],
  },
  {
    name: 'explored: no unique outcome',
    file: 'test/model/memory-ledger.ts',
    edits: [
      [
        'if (held !== undefined && !replaceable) continue;',
        'if (held === undefined && replaceable) continue;',
      ],
    ],
    test: [MODEL, EXPLORE],
  },
  {
    name: 'explored: effects outside the settling transaction',
    file: 'test/model/memory-ledger.ts',
    edits: [['this.#effects.push(outcome.envelope);', 'this.#session.onEffects([outcome.envelope]);']],
    test: [MODEL, EXPLORE],
  },
  {
    name: 'data that JSON empties is taken',
    file: 'src/contract/canonical.ts',
    edits: [['    if (!isPlain(value)) refuseUnfaithful(value, key, parent);\n', '']],
    test: [UNFAITHFUL, 'a Map > is refused wherever it stands'],
  },
  {
    name: 'undefined in an array becomes null',
    file: 'src/contract/canonical.ts',
    edits: [['    if (text === undefined) {\n      throw', "    if (text === '') {\n      throw"]],
    test: [UNFAITHFUL, 'undefined > is refused as the data, and inside arrays'],
  },
  {
    name: 'the type of a form is not checked',
    file: 'src/contract/submission.ts',
    edits: [
      [
        "if (typeof form === 'string' && FORM_NAME.test(form)) return form;",
        'if (FORM_NAME.test(String(form))) return form as string;',
      ],
    ],
    test: [
      NEIGHBOURS,
      'callers that share a batch of postgres > are all accepted beside one whose input is { form: null }',
    ],
  },
  {
    name: 'a batch is refused with the one item that a store refuses',
    file: 'src/enqueue/guarded-store.ts',
    edits: [
      [
        'if (items.length === 1 || !this.#blamesData(result)) return result;',
        'if (items.length > 0) return result;',
      ],
    ],
    test: [
      NEIGHBOURS,
      'a batch that a store refuses for the data of one item > is stored without it, in Postgres',
    ],
  },
  {
    name: 'an unknown option is taken',
    file: 'src/contract/option-check.ts',
    edits: [['if (known.includes(name)) continue;', "if (name !== '') continue;"]],
    test: [OPTIONS, 'an unknown option > of a queue, maxByte'],
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
    name: 'a blocking wait inherits the limits of the application',
    file: 'src/redis/connection.ts',
    edits: [['    ...limits,\n', '']],
    test: [REDIS_OPTIONS, 'limits of the application’s own connection > are not inherited'],
  },
  {
    name: 'the options of Redis are read once',
    file: 'src/redis/refreshed-client.ts',
    edits: [
      [
        'Object.assign(this.options, await',
        'Object.assign(this.retryAttempts === 0 ? this.options : {}, await',
      ],
    ],
    test: [REDIS_OPTIONS, 'credentials that change > are taken from an instance'],
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
    name: 'explored: a shadow that is not written',
    file: 'src/enqueue/shadow.ts',
    edits: [['await this.#log.write(group.items, group.epoch);', '']],
    test: [MODEL, `${EXPLORE} is lost but what a Redis alone had acknowledged`],
  },
  {
    name: 'a Redis that does not keep is asked as early as any other',
    file: 'src/enqueue/enqueuer.ts',
    edits: [['(areAway && this.#askLastResort())', 'this.#askLastResort()']],
    test: [
      ENQUEUE,
      'a Redis that does not keep, as the last resort > is not asked while Postgres may still answer',
    ],
  },
  {
    name: 'a handler has no time limit',
    file: 'src/work/handler-run.ts',
    edits: [['giveUp(signal.reason), ABORT_GRACE_MS', 'void giveUp, ABORT_GRACE_MS']],
    test: [LIMITS, 'a handler (external) that never ends > fails its attempts, frees its slot'],
  },
  {
    name: 'a handler that was given up keeps its connection',
    file: 'src/postgres/settle/transaction.ts',
    edits: [['if (cause instanceof HandlerAbortedError) hold.breakOff(cause);', '']],
    test: [LIMITS, 'what a handler does after its time > is no further attempt'],
  },
  {
    name: 'a lost connection is not told to the handler',
    file: 'src/postgres/settle/handler-run.ts',
    edits: [['this.#lost.abort(ended);', '']],
    test: [LIMITS, 'a connection that is lost while its handler runs > aborts the signal'],
  },
  {
    name: 'a handler that is given up is run again at once',
    file: 'src/work/executor.ts',
    edits: [
      [
        'this.#endings.fail(lease, claim, cause, hasSettled ? 0 : worker.leaseMs)',
        'this.#endings.fail(lease, claim, cause, 0)',
      ],
      ['running.has(claim.envelope.id)', 'running.has("")'],
    ],
    test: [LIMITS, 'a handler (batch) that never ends > does not run beside itself'],
  },
  {
    name: 'a batch that is out of time is not left to its lease',
    file: 'src/work/executor.ts',
    edits: [['if (!isAlone && (isTimeLimit || !hasSettled))', 'if (isAlone && !hasSettled && isRepeated)']],
    test: [LIMITS, 'a handler (batch) that never ends > fails its attempts, frees its slot'],
  },
  {
    name: 'a dead letter that waits for a lock gives its attempt back',
    file: 'src/work/endings.ts',
    edits: [
      [
        'delayMs: POSTPONE_MS, history: dead.history }',
        'delayMs: POSTPONE_MS, history: dead.history, uncounted: true }',
      ],
    ],
    test: [LIMITS, 'what a handler does after its time > is no further attempt'],
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
  {
    name: 'a gate that waits longer and longer',
    file: 'src/work/write-gate.ts',
    edits: [['maxPauseMs: MAX_PAUSE_MS,', '']],
    test: [LIMITS, 'a spell in which Postgres takes no writes > is over for all slots'],
  },
  {
    name: 'snoozes without a bound',
    file: 'src/work/backoff.ts',
    edits: [['history.length >= HISTORY_LENGTH &&', 'history.length > HISTORY_LENGTH &&']],
    test: [VERDICTS, 'a handler (external) > that snoozes without end is heard'],
  },
  {
    name: 'a snooze counts',
    file: 'src/work/endings.ts',
    edits: [
      ['history: withAttempt(history, record), uncounted: true', 'history: withAttempt(history, record)'],
    ],
    test: [VERDICTS, 'a handler (external) > that snoozes burns no attempt'],
  },
  {
    name: 'a verdict is known by its class',
    file: 'src/contract/errors.ts',
    edits: [['return VERDICT in error ?', 'return error instanceof PermanentError ?']],
    test: [VERDICTS, 'a verdict > is recognised from another copy'],
  },
  {
    name: 'an aborted handler is judged although its worker stops',
    file: 'src/work/executor.ts',
    edits: [
      [
        '      if (lease.signal.aborted) throw error;\n      return this.#partFailed',
        '      return this.#partFailed',
      ],
    ],
    test: [STOPPING, 'a worker > releases what a handler holds that runs on after the grace'],
  },
  {
    name: 'a queue closes under its workers',
    file: 'src/create/submission-queue.ts',
    edits: [['...[...this.#workers].map((worker) => worker.stop())', '']],
    test: [STOPPING, 'a queue > stops the workers'],
  },
  {
    name: 'explored: a handler that was given up keeps its submissions',
    file: 'src/work/handler-run.ts',
    edits: [['if (this.#open.has(this)) this.#abandonedMs = Date.now();', '']],
    test: [MODEL, EXPLORE],
  },
];
