import { isUuid } from './id.ts';
import type { Action, ListFilter, ListQuery, SubmissionState } from './views.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

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

/** Whether all of the list matches: then there is nothing to look for. */
export function isUnfiltered({ filter = {}, action, receivedBefore }: ListQuery): boolean {
  return Object.keys(filter).length === 0 && action === undefined && receivedBefore === undefined;
}

/** The whole id that is looked for, if it is one. */
export function searchedId({ search }: ListFilter): string | undefined {
  return search !== undefined && isUuid(search) ? search : undefined;
}

/** The text that is looked for within payloads, which are JSON: as it is, and as it stands within a JSON text. */
export function searchedTexts(filter: ListFilter): readonly string[] {
  const { search } = filter;
  if (search === undefined || search === '' || searchedId(filter) !== undefined) return [];
  // Postgres takes no NUL, and no payload has one but escaped.
  return [...new Set([search, JSON.stringify(search).slice(1, -1)])].filter((text) => !text.includes('\0'));
}
