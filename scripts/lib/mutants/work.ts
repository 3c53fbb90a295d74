import { BLAME, LIMITS, VERDICTS, STOPPING, MODEL, EXPLORE } from './tests.ts';
import type { Mutant } from './tests.ts';

export const WORK_MUTANTS: readonly Mutant[] = [
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
    name: 'a handler has no time limit',
    file: 'src/work/handler-run.ts',
    edits: [['giveUp(signal.reason), ABORT_GRACE_MS', 'void giveUp, ABORT_GRACE_MS']],
    test: [LIMITS, 'a handler (external) that never ends > fails its attempts, frees its slot'],
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
    test: [LIMITS, 'a batch that runs out of time is not handled again'],
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
    name: 'explored: a handler that was given up keeps its submissions',
    file: 'src/work/handler-run.ts',
    edits: [['if (this.#open.has(this)) this.#abandonedMs = Date.now();', '']],
    test: [MODEL, EXPLORE],
  },
];
