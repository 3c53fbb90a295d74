/* The tests that must notice a mutant, and what a mutant is. */

export const CONTRACT = {
  redis: 'redis/redis-store.test.ts',
  postgres: 'postgres/postgres-store.test.ts',
} as const;
export const LARGE_CLAIMS = 'work/large-claims.test.ts';
export const RECOVERY = 'maintenance/recovery.test.ts';
export const FIRST_LOG = 'redis/first-log.test.ts';
export const FENCING = 'work/fencing.test.ts';
export const SETTLE = 'postgres/settle.test.ts';
export const BLAME = 'work/blame.test.ts';
export const SCOPED = 'postgres/scoped-transaction.test.ts';
export const ENQUEUE = 'enqueue/enqueue.test.ts';
export const LIMITS = 'work/time-limits.test.ts';
export const VERDICTS = 'work/verdicts.test.ts';
export const STOPPING = 'create/stopping.test.ts';
export const SCHEMA = 'postgres/schema.test.ts';
export const TOOLS = 'postgres/schema-tools.test.ts';
export const ABANDONED = 'postgres/abandoned.test.ts';
export const MODEL = 'model/model.test.ts';
export const UNFAITHFUL = 'contract/unfaithful.test.ts';
export const OPTIONS = 'contract/options.test.ts';
export const NEIGHBOURS = 'enqueue/neighbours.test.ts';
export const ENQUEUE_IN = 'postgres/enqueue-in.test.ts';
export const PARSERS = 'postgres/type-parsers.test.ts';
export const REDIS_OPTIONS = 'redis/redis-options.test.ts';
export const SHADOW = 'create/shadow.test.ts';
export const EXPLORE = 'whatever happens in whatever order > nothing';
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
