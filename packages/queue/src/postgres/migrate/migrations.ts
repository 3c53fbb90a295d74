// Generated from migrations/ by `pnpm generate` in this package. Do not edit.

export const migrations: readonly { readonly name: string; readonly statements: readonly string[] }[] = [
  {
    name: '0000_init',
    statements: [
      'CREATE TABLE "fallback_submissions" (\n\t"queue" text NOT NULL,\n\t"id" uuid NOT NULL,\n\t"form" text NOT NULL,\n\t"data" text NOT NULL,\n\t"digest" text NOT NULL,\n\t"created_at" timestamp (3) with time zone NOT NULL,\n\t"run_at" timestamp (3) with time zone NOT NULL,\n\t"lease_until" timestamp with time zone DEFAULT \'-infinity\' NOT NULL,\n\t"claimed_by" text,\n\t"claim_token" text,\n\t"pushed_epoch" text,\n\t"generation" integer DEFAULT 1 NOT NULL,\n\t"attempts" integer DEFAULT 0 NOT NULL,\n\t"last_error" text,\n\t"reason" text,\n\t"history" text DEFAULT \'[]\' NOT NULL,\n\tCONSTRAINT "fallback_submissions_queue_id_pk" PRIMARY KEY("queue","id")\n);',
      'CREATE TABLE "submission_outcomes" (\n\t"queue" text NOT NULL,\n\t"id" uuid NOT NULL,\n\t"form" text NOT NULL,\n\t"status" text NOT NULL,\n\t"attempts" integer NOT NULL,\n\t"generation" integer NOT NULL,\n\t"digest" text NOT NULL,\n\t"received_at" timestamp (3) with time zone NOT NULL,\n\t"settled_at" timestamp (3) with time zone DEFAULT now() NOT NULL,\n\t"lease_until" timestamp (3) with time zone,\n\t"claimed_by" text,\n\t"error" text,\n\t"history" text DEFAULT \'[]\' NOT NULL,\n\t"payload" text,\n\t"conflicts_with" uuid,\n\tCONSTRAINT "submission_outcomes_queue_id_pk" PRIMARY KEY("queue","id")\n);',
      'CREATE INDEX "fallback_submissions_due" ON "fallback_submissions" USING btree ("queue","run_at","id");',
      'CREATE INDEX "submission_outcomes_settled" ON "submission_outcomes" USING btree ("queue","status","settled_at","id");',
    ],
  },
  {
    name: '0001_storage',
    statements: [
      '-- Updates of lease, epoch and attempts stay on their page (HOT) while it has room; rows come and go by the thousand.\nALTER TABLE "fallback_submissions" SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);',
    ],
  },
  {
    name: '0002_trace',
    statements: [
      'ALTER TABLE "fallback_submissions" ADD COLUMN "traceparent" text;',
      'ALTER TABLE "submission_outcomes" ADD COLUMN "traceparent" text;',
    ],
  },
  {
    name: '0003_shadow',
    statements: [
      'CREATE TABLE "shadow_groups" (\n\t"queue" text NOT NULL,\n\t"id" uuid NOT NULL,\n\t"epoch" text,\n\t"written_at" timestamp (3) with time zone DEFAULT now() NOT NULL,\n\t"entries" text NOT NULL,\n\tCONSTRAINT "shadow_groups_queue_id_pk" PRIMARY KEY("queue","id")\n);',
      '-- Groups live for seconds: compressing them costs more than it saves.\nALTER TABLE "shadow_groups" ALTER COLUMN "entries" SET STORAGE EXTERNAL, SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000, toast.autovacuum_vacuum_cost_delay = 0);',
    ],
  },
];
