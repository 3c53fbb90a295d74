import { MODEL, EXPLORE } from './tests.ts';
import type { Mutant } from './tests.ts';

export const MODEL_MUTANTS: readonly Mutant[] = [
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
];
