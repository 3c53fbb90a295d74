import { StoreUnavailableError } from '../contract/errors.ts';
import type { StoreName } from '../contract/errors.ts';
import { orUndefined } from './sources.ts';
import type { ViewSources } from './sources.ts';
import { actionsOf } from '../contract/list-query.ts';
import { parseHistory } from '../postgres/row.ts';
import { readOutcome, readRow } from '../postgres/views/find.ts';
import type { OutcomeRow, HeldRow } from '../postgres/views/find.ts';
import { runQuery } from '../postgres/views/query.ts';
import type { Health, SubmissionDetail, SubmissionState, SubmissionStatus } from '../contract/views.ts';
import type { RedisEntry } from '../redis/entry.ts';
import type { Keeps } from '../contract/store.ts';
import { SETTLED_STATES } from '../contract/views.ts';

const BEST_FIRST: readonly Keeps[] = ['disk', 'second', 'memory', 'unknown'];

/** What each place knows. `undefined`: it could not be reached; `null`: it does not have the submission. */
export interface Found {
  readonly outcome: OutcomeRow | null | undefined;
  readonly row: HeldRow | null | undefined;
  readonly entry: RedisEntry | null | undefined;
}

type Sources = Pick<ViewSources, 'pool' | 'tables' | 'redis'>;

/** Asks a second time if no store knows the id: a submission that was settled between two of the reads has its outcome by now. */
export async function lookUp(sources: Sources, id: string): Promise<Found> {
  const found = await lookOnce(sources, id);
  const isNowhere = found.outcome === null && found.row === null && found.entry === null;
  return isNowhere ? lookOnce(sources, id) : found;
}

/** Outcome, then row, then Redis: a settled submission needs no further read. */
async function lookOnce(sources: Sources, id: string): Promise<Found> {
  const { tables, redis } = sources;
  const postgres = await orUndefined(
    runQuery(sources, async (db) => ({
      outcome: await readOutcome(db, tables, id),
      row: await readRow(db, tables, id),
    })),
  );
  if (postgres?.outcome && postgres.outcome.status !== 'running') return { ...postgres, entry: null };
  const entry = redis === undefined ? null : await orUndefined(redis.peek(id).then((found) => found ?? null));
  return { outcome: postgres?.outcome, row: postgres?.row, entry };
}

/** Where the submission stands, without its payload. */
export function toStatus({ outcome, row, entry }: Found, id: string, health: Health): SubmissionStatus {
  if (outcome && outcome.status !== 'running') {
    return {
      id,
      state: SETTLED_STATES[outcome.status],
      form: outcome.form,
      heldBy: [],
      keeps: health.postgres.keeps,
      acceptedAt: new Date(outcome.received_ms),
      settledAt: new Date(outcome.settled_ms),
      attempts: outcome.attempts,
    };
  }
  const heldBy: StoreName[] = [...(entry ? ['redis' as const] : []), ...(row ? ['postgres' as const] : [])];
  const form = row?.form ?? entry?.envelope.form ?? outcome?.form;
  const receivedMs = row?.created_ms ?? entry?.envelope.receivedAtMs ?? outcome?.received_ms;
  const runAtMs = row?.state === 'scheduled' ? row.run_ms : entry?.runAtMs;
  const state = stateOf({ outcome, row, entry });
  return {
    id,
    state,
    ...(form !== undefined && { form }),
    heldBy,
    keeps: BEST_FIRST.find((keeps) => heldBy.some((name) => health[name].keeps === keeps)) ?? 'unknown',
    ...(receivedMs !== undefined && { acceptedAt: new Date(receivedMs) }),
    ...(state === 'scheduled' && runAtMs !== undefined && { runAt: new Date(runAtMs) }),
    attempts: Math.max(row?.attempts ?? 0, entry?.attempts ?? 0, outcome?.attempts ?? 0),
  };
}

function stateOf({ outcome, row, entry }: Found): SubmissionState {
  // An external call whose lease has ended counts as not running: the copies show where the submission is, or that it is missing.
  const states = [outcome?.is_running ? 'processing' : undefined, row?.state, entry?.state];
  for (const state of ['processing', 'waiting', 'scheduled'] as const)
    if (states.includes(state)) return state;
  const allAsked = outcome !== undefined && row !== undefined && entry !== undefined;
  return allAsked ? 'missing' : 'received';
}

/** The worker that holds it. An external call is noted as worker and token. */
function workerOf({ outcome, row, entry }: Found): string | undefined {
  if (outcome?.is_running) return outcome.claimed_by?.split(' ')[0];
  return entry?.worker ?? (row?.state === 'processing' ? (row.claimed_by ?? undefined) : undefined);
}

/** Everything that is known, or `undefined` if every store was asked and none knows the id. */
export function toDetail(found: Found, id: string, health: Health): SubmissionDetail | undefined {
  const { outcome, row, entry } = found;
  if (!outcome && !row && !entry) {
    if (outcome === undefined) throw new StoreUnavailableError('postgres');
    return undefined;
  }
  const payload = outcome?.payload ?? row?.data ?? entry?.envelope.payload;
  const reason = row?.reason;
  const error = outcome?.error ?? row?.last_error;
  const worker = workerOf(found);
  const status = toStatus(found, id, health);
  return {
    ...status,
    actions: actionsOf(status.state),
    generation: outcome?.generation ?? row?.generation ?? entry?.envelope.generation ?? 1,
    ...(payload !== undefined && { payload }),
    history: outcome
      ? parseHistory(outcome.history)
      : row
        ? parseHistory(row.history)
        : (entry?.history ?? []),
    ...(reason && { reason }),
    ...(error && { error }),
    ...(worker && { worker }),
    ...(outcome?.conflicts_with && { conflictsWith: outcome.conflicts_with }),
  };
}
