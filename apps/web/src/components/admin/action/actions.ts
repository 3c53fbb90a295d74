import type { Action, ListFilter, Operation, Target } from '@spillway/api';
import { LISTS } from '#components/admin/list/lists.ts';
import { reasonOf } from '#lib/states.ts';
import { count, countOf, duration } from '#lib/words.ts';

interface ActionText {
  readonly verb: string;
  readonly running: string;
  readonly past: string;
  /** What will happen to those concerned. */
  readonly effect: string;
  readonly isDestructive: boolean;
}

export const ACTIONS: Record<Action, ActionText> = {
  retry: {
    verb: 'Retry',
    running: 'Retrying',
    past: 'retried',
    effect:
      'Each waits in Postgres again, with all its attempts available and its history kept. If it uses them up again, it returns to this list.',
    isDestructive: false,
  },
  discard: {
    verb: 'Discard',
    running: 'Discarding',
    past: 'discarded',
    effect:
      'They will not be processed; their senders see them as closed. The record and the payload are kept for the retention. This cannot be undone.',
    isDestructive: true,
  },
  requeue: {
    verb: 'Requeue now',
    running: 'Requeuing',
    past: 'requeued',
    effect: 'Submissions that wait for a later attempt are due at once. Attempts already made still count.',
    isDestructive: false,
  },
};

/** What a target is about: "3 chosen submissions", "All of Dead: form contact, error contains “refused”". */
export function targetOf(target: Target): string {
  if ('ids' in target)
    return target.ids.length === 1 ? 'One submission' : `${count(target.ids.length)} chosen submissions`;
  const filter = filterOf(target.filter ?? {});
  return `All of “${LISTS[target.list].title}”${filter === '' ? '' : `: ${filter}`}`;
}

/** A filter in words. Empty: nothing is filtered. */
function filterOf({ form, minAgeMs, maxAgeMs, reason, minAttempts, search }: ListFilter): string {
  return [
    form !== undefined && `form ${form}`,
    minAgeMs !== undefined && `received more than ${duration(minAgeMs)} before the start`,
    maxAgeMs !== undefined && `received at most ${duration(maxAgeMs)} before the start`,
    minAttempts !== undefined && `at least ${countOf(minAttempts, 'attempt')}`,
    reason !== undefined && `reason “${reasonOf(reason)}”`,
    search !== undefined && `with “${search}”`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}

/** What came of it: "1,480 discarded, 2 skipped". */
export function resultOf({ action, done, skipped }: Operation): string {
  const rest = skipped > 0 ? `, ${count(skipped)} skipped` : '';
  return `${count(done)} ${ACTIONS[action].past}${rest}`;
}
