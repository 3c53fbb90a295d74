import { listAudit, readSubmission } from '@spillway/db';
import type { AuditRow, Db } from '@spillway/db';
import type { Queue, SubmissionDetail } from '@spillway/queue';
import { readReference } from '@spillway/receipt';
import { ApiError } from '../errors.ts';
import { toWire } from '../wire.ts';
import type { DetailView, ReferencePage, TimelineEvent } from '../wire.ts';

const MAX_OPERATOR_ACTIONS = 200;
const REFERENCED_AT_ONCE = 50;
const OPERATOR_EVENTS = {
  retry: 'operator-retry',
  discard: 'operator-discard',
  requeue: 'operator-requeue',
} as const;

/**
 * Everything known of one submission, and what happened to it. `name`: its id, or the reference that people read out.
 * Throws `not-found`.
 */
export async function readDetail(queue: Queue, db: Db, name: string): Promise<DetailView> {
  const id = await idOf(queue, name);
  const [found, entries] = await Promise.all([
    queue.inspect.find(id),
    listAudit(db, { queue: queue.name, submissionId: id, limit: MAX_OPERATOR_ACTIONS }).catch(
      (): AuditRow[] => [],
    ),
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
    timeline: timelineOf(detail, entries),
  };
}

async function idOf(queue: Queue, name: string): Promise<string> {
  const reference = readReference(name);
  if (reference?.kind !== 'ends') return name;
  const { found } = await queue.inspect.findIdsByReference(reference.begins, reference.ends, { limit: 2 });
  const [first] = found;
  if (first === undefined) throw unknownReference();
  // Senders choose their ids, and one may have copied another's ends.
  if (found.length > 1) {
    throw new ApiError(
      'invalid',
      `Several submissions carry this reference; the first received is ${first.id}. Look all of them up with admin.reference, and use the whole id.`,
    );
  }
  return first.id;
}

/** All that carry a reference, page by page, the first received first. Throws `not-found`, and `invalid` for a text that is not a reference. */
export async function readReferenced(
  queue: Queue,
  { reference: text, cursor }: { readonly reference: string; readonly cursor?: string },
): Promise<ReferencePage> {
  const reference = readReference(text);
  if (reference?.kind !== 'ends')
    throw new ApiError('invalid', 'Enter a reference like 01A2-0775-7CDB-AB06-30DF.');
  const page = await queue.inspect.findIdsByReference(reference.begins, reference.ends, {
    limit: REFERENCED_AT_ONCE,
    ...(cursor !== undefined && { cursor }),
  });
  if (page.found.length === 0 && cursor === undefined) throw unknownReference();
  const { found: locations } = await queue.inspect.locate(page.found.map(({ id }) => id));
  const rows = page.found.map(({ id, receivedAt }) => {
    const location = locations.get(id);
    return { id, receivedAt: receivedAt.toISOString(), ...(location !== undefined && { location }) };
  });
  return { rows, ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }) };
}

function unknownReference(): ApiError {
  return new ApiError(
    'not-found',
    'Postgres knows nothing by this reference. What only Redis holds is found by its whole id.',
  );
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
function timelineOf(detail: SubmissionDetail, entries: readonly AuditRow[]): TimelineEvent[] {
  const { acceptedAt, settledAt, state, attempts, history, error, worker, runAt, heldBy } = detail;
  const past: TimelineEvent[] = [
    ...(acceptedAt ? [{ at: acceptedAt.toISOString(), what: 'received' as const }] : []),
    ...history.map((one) => ({
      at: one.at,
      what: 'attempt-failed' as const,
      attempt: one.attempt,
      error: one.error,
    })),
    ...entries.map(toOperatorEvent).filter((event) => event !== undefined),
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
      // By an operator, whose action is in the list already; or before actions were recorded.
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

function toOperatorEvent({ at: atTime, action, by }: AuditRow): TimelineEvent | undefined {
  const what =
    action in OPERATOR_EVENTS ? OPERATOR_EVENTS[action as keyof typeof OPERATOR_EVENTS] : undefined;
  return what && { at: atTime.toISOString(), what, by };
}

function at(time: Date | undefined): { readonly at?: string } {
  return time ? { at: time.toISOString() } : {};
}
