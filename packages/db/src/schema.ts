import {
  bigint,
  boolean,
  index,
  integer,
  json,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** What the default handler makes of a submission: one row each, written in the settling transaction. */
export const submissions = pgTable('submissions', {
  id: uuid().primaryKey(),
  form: text().notNull(),
  // Never jsonb: it rejects \u0000 and lone surrogates, and rewrites numbers and the order of keys.
  data: json().notNull(),
  receivedAt: timestamp('received_at', { withTimezone: true }).notNull(),
  processedAt: timestamp('processed_at', { withTimezone: true }).notNull().defaultNow(),
  attempts: integer().notNull(),
});

/** One row for each worker process that was seen lately. */
export const workers = pgTable('workers', {
  name: text().primaryKey(),
  startedAt: timestamp('started_at', { withTimezone: true }).notNull(),
  seenAt: timestamp('seen_at', { withTimezone: true }).notNull().defaultNow(),
  workingFrom: text('working_from').notNull(),
  inFlight: integer('in_flight').notNull(),
  settled: bigint({ mode: 'number' }).notNull(),
  version: text().notNull(),
  /** The worker's current activity, as a text for operators. */
  doing: text().notNull().default(''),
});

const moment = (name: string) => timestamp(name, { withTimezone: true });

/** What operators have switched off, for each queue. No row: nothing. */
export const controls = pgTable('controls', {
  queue: text().primaryKey(),
  workerPaused: boolean('worker_paused').notNull().default(false),
  recoveryPaused: boolean('recovery_paused').notNull().default(false),
  changedBy: text('changed_by').notNull(),
  changedAt: moment('changed_at').notNull().defaultNow(),
});

/** Accepted and settled submissions by the minute. null, or no row: no process counted. */
export const flowMinutes = pgTable(
  'flow_minutes',
  {
    queue: text().notNull(),
    minute: moment('minute').notNull(),
    redis: integer(),
    postgres: integer(),
    settled: integer(),
    dead: integer(),
  },
  (table) => [primaryKey({ columns: [table.queue, table.minute] })],
);

/** Actions of operators over many submissions, and how far they are. */
export const operations = pgTable(
  'operations',
  {
    id: uuid().primaryKey().defaultRandom(),
    queue: text().notNull(),
    action: text().notNull(),
    target: json().notNull(),
    by: text().notNull(),
    startedAt: moment('started_at').notNull().defaultNow(),
    /** When the process of the operation last reported. */
    beatAt: moment('beat_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
    state: text({ enum: ['running', 'done', 'cancelled', 'failed', 'interrupted'] })
      .notNull()
      .default('running'),
    isCancelled: boolean('is_cancelled').notNull().default(false),
    total: integer(),
    done: integer().notNull().default(0),
    skipped: integer().notNull().default(0),
    error: text(),
  },
  (table) => [index('operations_started').on(table.queue, table.startedAt)],
);

/** The audit log. Append-only: a trigger refuses changes and deletions. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    queue: text().notNull(),
    at: moment('at').notNull().defaultNow(),
    by: text().notNull(),
    action: text().notNull(),
    operationId: uuid('operation_id'),
    submissionId: uuid('submission_id'),
    filter: json(),
    result: text().notNull(),
  },
  (table) => [index('audit_log_submission').on(table.submissionId, table.id)],
);

/**
 * One row for each receipt mail of the last hour, also while it is being tried. `recipient` is a keyed hash, so that the
 * table holds no address.
 */
export const receiptMails = pgTable(
  'receipt_mails',
  {
    noticeId: uuid('notice_id').primaryKey(),
    recipient: text().notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  (table) => [
    index('receipt_mails_recipient').on(table.recipient, table.at),
    index('receipt_mails_at').on(table.at),
  ],
);

const createdAt = () => timestamp('created_at', { withTimezone: true }).notNull().defaultNow();
const updatedAt = () =>
  timestamp('updated_at', { withTimezone: true })
    .notNull()
    .defaultNow()
    .$onUpdate(() => new Date());
const userId = () =>
  text('user_id')
    .notNull()
    .references(() => user.id, { onDelete: 'cascade' });

// The four tables of the sign-in library, with the columns of its admin plugin. The exported names and the
// keys are the ones its drizzle adapter looks for; `user` alone would be a reserved word in SQL.

export const user = pgTable('auth_user', {
  id: text().primaryKey(),
  name: text().notNull(),
  email: text().notNull().unique(),
  emailVerified: boolean('email_verified').notNull().default(false),
  image: text(),
  role: text(),
  banned: boolean().default(false),
  banReason: text('ban_reason'),
  banExpires: timestamp('ban_expires', { withTimezone: true }),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const session = pgTable(
  'auth_session',
  {
    id: text().primaryKey(),
    token: text().notNull().unique(),
    userId: userId(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    impersonatedBy: text('impersonated_by'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('auth_session_user_id').on(table.userId)],
);

export const account = pgTable(
  'auth_account',
  {
    id: text().primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: userId(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: timestamp('access_token_expires_at', { withTimezone: true }),
    refreshTokenExpiresAt: timestamp('refresh_token_expires_at', { withTimezone: true }),
    scope: text(),
    password: text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('auth_account_user_id').on(table.userId)],
);

export const verification = pgTable(
  'auth_verification',
  {
    id: text().primaryKey(),
    identifier: text().notNull(),
    value: text().notNull(),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index('auth_verification_identifier').on(table.identifier)],
);
