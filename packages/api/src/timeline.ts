import { listAudit, readSubmission } from '@spillway/db';
import type { AuditRow, Db } from '@spillway/db';
import type { Queue, SubmissionDetail } from '@spillway/queue';
import { readReference } from '@spillway/receipt';
import { ApiError } from './errors.ts';
import { toWire } from './wire.ts';
import type { DetailView, TimelineEvent } from './wire.ts';

const MAX_DEEDS = 200;
const DEEDS = { retry: 'operator-retry', discard: 'operator-discard', requeue: 'operator-requeue' } as const;

/**
 * Everything known of one submission, and what happened to it. `name`: its id, or the reference that people read out.
 * Throws `not-found`.
 */
export async function readDetail(queue: Queue, db: Db, name: string): Promise<DetailView> {
  const id = await idOf(queue, name);
  const [found, deeds] = await Promise.all([
    queue.inspect.find(id),
    listAudit(db, { queue: queue.name, submissionId: id, limit: MAX_DEEDS }).catch((): AuditRow[] => []),
  ]);
  const processed =
    found === undefined || found.state === 'processed' ? await readProcessed(db, id) : undefined;
  const detail = found ?? processed?.detail;
  if (!detail) throw new ApiError('not-found', `No store that could be asked knows ${id}.`);
  // What was processed is not the queue's any more: its effect holds it.
  const payload = detail.payload ?? processed?.payload;
  return {
    ...toWire(detail),
    ...(payload !== undefined && { payload }),
    timeline: timelineOf(detail, deeds),
  };
}

async function idOf(queue: Queue, name: string): Promise<string> {
  const reference = readReference(name);
  if (reference?.kind !== 'ends') return name;
  const ids = await queue.inspect.idsLike(reference.begins, reference.ends);
  const [id] = ids;
  if (id === undefined) {
    throw new ApiError(
      'not-found',
      'Postgres knows nothing by this reference. What only Redis holds is found by its whole id.',
    );
  }
  // Not by chance: senders make their ids, and one may have copied another's ends.
  if (ids.length > 1) throw new ApiError('invalid', `This reference is that of several: ${ids.join(', ')}.`);
  return id;
}

/** The effect outlives the queue's memory of the submission. */
async function readProcessed(
  db: Db,
  id: string,
): Promise<{ readonly detail: SubmissionDetail; readonly payload: string } | undefined> {
  const row = await readSubmission(db, id).catch(() => undefined);
  if (!row) return undefined;
  const detail: SubmissionDetail = {
    id,
    state: 'processed',
    form: row.form,
    heldBy: [],
    keeps: 'unknown',
    acceptedAt: row.receivedAt,
    settledAt: row.processedAt,
    attempts: row.attempts,
    generation: 1,
    history: [],
    actions: [],
  };
  return { detail, payload: JSON.stringify(row.data) };
}

/** Oldest first; what is going on now comes last. */
function timelineOf(detail: SubmissionDetail, deeds: readonly AuditRow[]): TimelineEvent[] {
  const { acceptedAt, settledAt, state, attempts, history, error, worker, runAt, heldBy } = detail;
  const past: TimelineEvent[] = [
    ...(acceptedAt ? [{ at: acceptedAt.toISOString(), what: 'received' as const }] : []),
    ...history.map((one) => ({
      at: one.at,
      what: 'attempt-failed' as const,
      attempt: one.attempt,
      error: one.error,
    })),
    ...deeds.map(toDeed).filter((deed) => deed !== undefined),
  ];
  past.sort((a, b) => Date.parse(a.at ?? '') - Date.parse(b.at ?? ''));
  const [store] = heldBy;
  const held = store === undefined ? {} : { store };
  switch (state) {
    case 'processed':
      return [...past, { ...at(settledAt), what: 'processed', attempt: attempts }];
    case 'failed':
      return [
        ...past,
        { ...at(settledAt), what: 'died', attempt: attempts, ...(error !== undefined && { error }) },
      ];
    case 'discarded':
      // By an operator, whose deed is there already; or before deeds were recorded.
      return past.some(({ what }) => what === 'operator-discard')
        ? past
        : [...past, { ...at(settledAt), what: 'discarded' }];
    case 'processing':
      return [
        ...past,
        { ...held, what: 'processing', attempt: attempts, ...(worker !== undefined && { worker }) },
      ];
    case 'scheduled':
      return [...past, { ...held, ...at(runAt), what: 'scheduled' }];
    case 'waiting':
      return [...past, { ...held, what: 'waiting' }];
    case 'received':
    case 'missing':
      return past;
  }
}

function toDeed({ at: atTime, action, by }: AuditRow): TimelineEvent | undefined {
  const what = action in DEEDS ? DEEDS[action as keyof typeof DEEDS] : undefined;
  return what && { at: atTime.toISOString(), what, by };
}

function at(time: Date | undefined): { readonly at?: string } {
  return time ? { at: time.toISOString() } : {};
}
