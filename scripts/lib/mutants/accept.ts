import { RECOVERY, ENQUEUE, STOPPING, MODEL, NEIGHBOURS, EXPLORE } from './tests.ts';
import type { Mutant } from './tests.ts';

export const ACCEPT_MUTANTS: readonly Mutant[] = [
  {
    name: 'recovery pushes without a bound',
    file: 'src/maintenance/recovery.ts',
    edits: [[' || bytes + size > PUSH_BYTES', '']],
    test: [RECOVERY, 'sends Redis pushes of at most a mebibyte'],
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
    name: 'a queue closes under its workers',
    file: 'src/create/submission-queue.ts',
    edits: [['...[...this.#workers].map((worker) => worker.stop())', '']],
    test: [STOPPING, 'a queue > stops the workers'],
  },
];
