/* What scripts/mutants.ts takes away, and the test that must notice. */

const CONTRACT = { redis: 'redis/redis-store.test.ts', postgres: 'postgres/postgres-store.test.ts' } as const;
const LARGE_CLAIMS = 'work/large-claims.test.ts';
const RECOVERY = 'maintenance/recovery.test.ts';
const FIRST_LOG = 'redis/first-log.test.ts';
const FENCING = 'work/fencing.test.ts';
const SETTLE = 'postgres/settle.test.ts';
const ENQUEUE = 'enqueue/enqueue.test.ts';
const MODEL = 'model/model.test.ts';
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
  [ENQUEUE]: 'a healthy primary > acknowledges alone',
  [MODEL]: 'on a quiet day > each submission happens once',
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
    name: 'the row is deleted at requeue',
    file: 'src/postgres/fallback-rows.ts',
    edits: [
      ['UPDATE fallback_submissions SET pushed_epoch = ${to.epoch}', 'DELETE FROM fallback_submissions'],
    ],
    test: [FENCING, 'recovery > tells Redis of a row and leaves the row where it is'],
  },
  {
    name: 'no unique outcome: effects run for all',
    file: 'src/postgres/settle/settle.ts',
    edits: [
      ['if (inserted.length === 0) return;', 'if (claims.length === 0) return;'],
      ['await effects(inserted, tx)', 'await effects(claims, tx)'],
    ],
    test: [FENCING, 'settling > lets'],
  },
  {
    name: 'effects outside the settling transaction',
    file: 'src/postgres/settle/settle.ts',
    edits: [
      ['await effects(inserted, tx)', 'await effects(inserted, drizzle(pool))'],
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
];
