import type { AuditEntry } from '@spillway/api';
import { countOf, duration } from '#lib/words.ts';

/** The actions by their name in the log, each with a label. */
export const DEEDS = {
  retry: 'Retry',
  discard: 'Discard',
  requeue: 'Requeue',
  recover: 'Recover now',
  pause: 'Pause',
  resume: 'Resume',
  export: 'Export',
  'user.create': 'New user',
  'user.role': 'Role',
  'user.password': 'Password set',
  'user.disable': 'User disabled',
  'user.enable': 'User enabled',
  'user.remove': 'User removed',
  'password.change': 'Own password',
} as const;

/** An action without a label is shown by its name. */
export function labelOf(action: string): string {
  return new Map<string, string>(Object.entries(DEEDS)).get(action) ?? action;
}

const LISTS = {
  postgres: 'waiting in Postgres',
  redis: 'waiting in Redis',
  dead: 'dead',
  processed: 'processed',
} as const;

/** "all dead, form contact, older than 10 min" */
export function filterInWords(target: NonNullable<AuditEntry['filter']>): string {
  if ('ids' in target) return countOf(target.ids.length, 'submission');
  const { form, minAgeMs, maxAgeMs, reason, minAttempts, search } = target.filter ?? {};
  const parts = [
    `all ${LISTS[target.list]}`,
    form && `form ${form}`,
    minAgeMs !== undefined && `older than ${duration(minAgeMs)}`,
    maxAgeMs !== undefined && `younger than ${duration(maxAgeMs)}`,
    reason && `reason ${reason}`,
    minAttempts !== undefined && `${countOf(minAttempts, 'attempt')} or more`,
    search && `with “${search}”`,
  ];
  return parts.filter(Boolean).join(', ');
}
