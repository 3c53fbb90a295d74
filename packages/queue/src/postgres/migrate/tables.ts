import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/*
 * The queue's two tables. Payloads are `text`: jsonb refuses \u0000 and lone surrogates and rewrites numbers, but stored JSON text
 * must not change.
 */

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });

/**
 * Submissions that Postgres holds: as fallback while Redis is down, as the record if Postgres is primary. A row is deleted only in
 * the transaction that records its outcome.
 */
export const fallbackSubmissions = pgTable(
  'fallback_submissions',
  {
    queue: text('queue').notNull(),
    id: uuid('id').notNull(),
    form: text('form').notNull(),
    /** The data as JSON text. */
    data: text('data').notNull(),
    digest: text('digest').notNull(),
    /** When the submission was received, by either store. */
    createdAt: moment('created_at').notNull(),
    /** Not to be claimed before: a schedule, or a retry's backoff. */
    runAt: moment('run_at').notNull(),
    /** `-infinity`: free. Past: a worker died with it. Unindexed, so that claiming stays a HOT update. */
    leaseUntil: timestamp('lease_until', { withTimezone: true, mode: 'string' })
      .notNull()
      .default(sql`'-infinity'`),
    claimedBy: text('claimed_by'),
    /** Each claim draws a new one: a worker that does not know it does not hold the row. */
    claimToken: text('claim_token'),
    /** The Redis epoch in which recovery pushed this row. Another epoch means that Redis has lost it. */
    pushedEpoch: text('pushed_epoch'),
    generation: integer('generation').notNull().default(1),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    /** Why the submission was stored in Postgres: `primary`, `redis_refused`, `redis_down`, `hedge`, … */
    reason: text('reason'),
    /** Failed attempts as a JSON array. */
    history: text('history').notNull().default('[]'),
    /** W3C Trace Context of its accept. */
    traceparent: text('traceparent'),
  },
  (table) => [
    primaryKey({ columns: [table.queue, table.id] }),
    index('fallback_submissions_due').on(table.queue, table.runAt, table.id),
  ],
);

/** The one record of what became of a submission. Its primary key is what makes every effect happen once. */
export const submissionOutcomes = pgTable(
  'submission_outcomes',
  {
    queue: text('queue').notNull(),
    id: uuid('id').notNull(),
    form: text('form').notNull(),
    /** `running` (an external call is under way), `done`, `dead` or `discarded`. */
    status: text('status', { enum: ['running', 'done', 'dead', 'discarded'] }).notNull(),
    attempts: integer('attempts').notNull(),
    generation: integer('generation').notNull(),
    digest: text('digest').notNull(),
    receivedAt: moment('received_at').notNull(),
    settledAt: moment('settled_at').notNull().defaultNow(),
    /** While `running`: until when no other worker may make the call. */
    leaseUntil: moment('lease_until'),
    /** While `running`: worker and attempt that make the call. */
    claimedBy: text('claimed_by'),
    error: text('error'),
    history: text('history').notNull().default('[]'),
    /** Kept for dead ones only: an operator decides about them. */
    payload: text('payload'),
    /** Set if another submission had used this one's id: that id. */
    conflictsWith: uuid('conflicts_with'),
    /** Kept for dead ones only: a retry goes on in the same trace. */
    traceparent: text('traceparent'),
  },
  (table) => [
    primaryKey({ columns: [table.queue, table.id] }),
    index('submission_outcomes_settled').on(table.queue, table.status, table.settledAt, table.id),
  ],
);

/** Copies of what Redis has acknowledged, until they are settled or become rows of `fallback_submissions` (`shadow-log.ts`). */
export const shadowGroups = pgTable(
  'shadow_groups',
  {
    queue: text('queue').notNull(),
    /** UUIDv7: groups are taken in the order in which they were written. */
    id: uuid('id').notNull(),
    /** Of the Redis that acknowledged them. */
    epoch: text('epoch'),
    writtenAt: moment('written_at').notNull().defaultNow(),
    /** A JSON array of submissions. Stored uncompressed: it lives for seconds. */
    entries: text('entries').notNull(),
  },
  (table) => [primaryKey({ columns: [table.queue, table.id] })],
);
