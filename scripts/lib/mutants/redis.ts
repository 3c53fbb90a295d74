import { CONTRACT, LARGE_CLAIMS, FIRST_LOG, FENCING, MODEL, REDIS_OPTIONS, EXPLORE } from './tests.ts';
import type { Mutant } from './tests.ts';

export const REDIS_MUTANTS: readonly Mutant[] = [
  {
    name: 'token not checked, in Redis',
    file: 'src/redis/scripts/prelude.ts',
    edits: [['current == token and ', '']],
    test: [CONTRACT.redis, 'Redis as a store > lets a stale token change nothing'],
  },
  {
    name: 'generation ignored at forgetting, in Redis',
    file: 'src/redis/scripts/work-scripts.ts',
    edits: [['if generation and tonumber(generation) <= tonumber(ARGV[i + 1]) and', 'if generation and']],
    test: [CONTRACT.redis, 'Redis as a store > does not forget other content, or a newer generation'],
  },
  {
    name: 'expired batch claimed together, in Redis',
    file: 'src/redis/scripts/work-scripts.ts',
    edits: [['  if alone then break end\n', '']],
    test: [FENCING, 'a lease in redis > that ran out with others hands each of them out alone'],
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
];
