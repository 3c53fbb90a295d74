/* What scripts/mutants.ts takes away, by the room that the guard is in, and the test that must notice. */

import { ACCEPT_MUTANTS } from './mutants/accept.ts';
import { CONTRACT_MUTANTS } from './mutants/contract.ts';
import { WORK_MUTANTS } from './mutants/work.ts';
import { POSTGRES_MUTANTS } from './mutants/postgres.ts';
import { REDIS_MUTANTS } from './mutants/redis.ts';
import { MODEL_MUTANTS } from './mutants/model.ts';
import type { Mutant } from './mutants/tests.ts';

export { ALIVE } from './mutants/tests.ts';
export type { Mutant } from './mutants/tests.ts';

export const MUTANTS: readonly Mutant[] = [
  ...ACCEPT_MUTANTS,
  ...CONTRACT_MUTANTS,
  ...WORK_MUTANTS,
  ...POSTGRES_MUTANTS,
  ...REDIS_MUTANTS,
  ...MODEL_MUTANTS,
];
