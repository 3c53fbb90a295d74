import { InvalidOptionsError } from './errors.ts';
import { isUuid } from './id.ts';
import type { Action, ListFilter, ListQuery, SubmissionState } from './views.ts';

/** Counting stops here: a larger number is not worth the scan. */
export const COUNT_CAP = 10_000;
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Longer than any submission can have waited, and short enough to subtract from today, ms. */
const MAX_AGE_MS = 100 * 365 * 24 * 60 * 60 * 1_000;
/** The largest integer of Postgres. */
const MAX_ATTEMPTS = 2 ** 31 - 1;

/** Throws `InvalidOptionsError` for values that a store would answer with an error of its own. */
export function checkFilter({ filter = {} }: Pick<ListQuery, 'filter'>): void {
  for (const name of ['form', 'reason'] as const)
    if (filter[name]?.includes('\0')) throw new InvalidOptionsError(`filter.${name} must not contain NUL.`);
  const most = { minAgeMs: MAX_AGE_MS, maxAgeMs: MAX_AGE_MS, minAttempts: MAX_ATTEMPTS };
  for (const name of ['minAgeMs', 'maxAgeMs', 'minAttempts'] as const) {
    const value = filter[name];
    if (value !== undefined && !(value >= 0 && value <= most[name]))
      throw new InvalidOptionsError(`filter.${name} (${value}) must lie between 0 and ${most[name]}.`);
  }
}

/** The states in which an action is possible. */
const STATES_FOR: Record<Action, readonly SubmissionState[]> = {
  retry: ['failed'],
  requeue: ['scheduled'],
  discard: ['failed', 'waiting', 'scheduled'],
};

const ACTIONS = ['retry', 'requeue', 'discard'] as const satisfies readonly Action[];

/** What can be done with a submission in this state. */
export function actionsOf(state: SubmissionState): readonly Action[] {
  return ACTIONS.filter((action) => STATES_FOR[action].includes(state));
}

export function pageSize({ limit }: Pick<ListQuery, 'limit'>): number {
  return Math.min(MAX_LIMIT, Math.max(1, Math.trunc(limit ?? DEFAULT_LIMIT)));
}

/** Whether all of the list matches: then nothing is searched. */
export function isUnfiltered({ filter = {}, action, receivedBefore }: ListQuery): boolean {
  return (
    Object.values(filter).every((value) => value === undefined) &&
    action === undefined &&
    receivedBefore === undefined
  );
}

/** The id that is searched for, if the search is a whole id. */
export function searchedId({ search }: ListFilter): string | undefined {
  return search !== undefined && isUuid(search) ? search : undefined;
}

/** The texts that are searched for in payloads: the search as it is, and as JSON writes it. */
export function searchedTexts(filter: ListFilter): readonly string[] {
  const { search } = filter;
  if (search === undefined || search === '' || searchedId(filter) !== undefined) return [];
  // Postgres refuses NUL, and payloads hold it only escaped.
  return [...new Set([search, JSON.stringify(search).slice(1, -1)])].filter((text) => !text.includes('\0'));
}
