import type { SubmissionView } from '@spillway/api';

type State = SubmissionView['state'];

const FINAL = new Set<State>(['processed', 'failed', 'discarded']);

/** Whether the state is final unless an operator acts. */
export function isFinal(status: SubmissionView): boolean {
  return FINAL.has(status.state);
}

const STORES = { redis: 'Redis', postgres: 'Postgres' } as const;

const KEPT = {
  disk: 'written to disk',
  second: 'in memory, written to disk about every second',
  memory: 'in memory only',
  unknown: 'whether it is written to disk is not known',
} as const;

type Held = Pick<SubmissionView, 'state' | 'heldBy' | 'keeps'>;

/** Where a submission is safe now, to operators: "In Redis, written to disk." */
export function whereItIs({ state, heldBy, keeps }: Held): string {
  if (state === 'processed') return 'The result is in Postgres, written to disk.';
  if (state === 'failed') return 'In Postgres, written to disk, with a record of every attempt.';
  if (state === 'discarded') return 'A record of it is in Postgres.';
  if (state === 'missing') return 'Not found in any store.';
  if (heldBy.length === 0) return 'Accepted; its exact place is not known right now.';
  const stores = heldBy.map((store) => STORES[store]).join(' and ');
  return `In ${stores}, ${KEPT[keeps]}.`;
}

// The queue's reasons: which store was asked first, and what became of it.
const REASONS: Record<string, string> = {
  primary: 'Postgres is the primary',
  redis_open: 'Redis was away',
  redis_hedge: 'Redis was slow',
  redis_refused: 'Redis refused it',
  redis_unknown: 'Redis did not answer',
  redis_full: 'Redis was full',
  redis_forced: 'Redis was full, and Postgres too',
  retry: 'Retried by an operator',
  transaction: 'Enqueued in a transaction of the application',
};

/** The reasons as a choice. */
export const REASON_OPTIONS = Object.entries(REASONS).map(([value, label]) => ({ value, label }));

/** Why a submission came to Postgres, in words. */
export function reasonOf(reason: string | undefined): string {
  return reason === undefined ? '' : (REASONS[reason] ?? reason);
}
