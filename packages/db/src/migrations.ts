// Generated from migrations/ by `pnpm generate` in this package. Do not edit.

export const migrations: readonly { readonly name: string; readonly statements: readonly string[] }[] = [
  {
    name: '0000_init',
    statements: [
      'CREATE TABLE "auth_account" (\n\t"id" text PRIMARY KEY NOT NULL,\n\t"account_id" text NOT NULL,\n\t"provider_id" text NOT NULL,\n\t"user_id" text NOT NULL,\n\t"access_token" text,\n\t"refresh_token" text,\n\t"id_token" text,\n\t"access_token_expires_at" timestamp with time zone,\n\t"refresh_token_expires_at" timestamp with time zone,\n\t"scope" text,\n\t"password" text,\n\t"created_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"updated_at" timestamp with time zone DEFAULT now() NOT NULL\n);',
      'CREATE TABLE "auth_session" (\n\t"id" text PRIMARY KEY NOT NULL,\n\t"token" text NOT NULL,\n\t"user_id" text NOT NULL,\n\t"expires_at" timestamp with time zone NOT NULL,\n\t"ip_address" text,\n\t"user_agent" text,\n\t"impersonated_by" text,\n\t"created_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"updated_at" timestamp with time zone DEFAULT now() NOT NULL,\n\tCONSTRAINT "auth_session_token_unique" UNIQUE("token")\n);',
      'CREATE TABLE "submissions" (\n\t"id" uuid PRIMARY KEY NOT NULL,\n\t"form" text NOT NULL,\n\t"data" json NOT NULL,\n\t"received_at" timestamp with time zone NOT NULL,\n\t"processed_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"attempts" integer NOT NULL\n);',
      'CREATE TABLE "auth_user" (\n\t"id" text PRIMARY KEY NOT NULL,\n\t"name" text NOT NULL,\n\t"email" text NOT NULL,\n\t"email_verified" boolean DEFAULT false NOT NULL,\n\t"image" text,\n\t"role" text,\n\t"banned" boolean DEFAULT false,\n\t"ban_reason" text,\n\t"ban_expires" timestamp with time zone,\n\t"created_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"updated_at" timestamp with time zone DEFAULT now() NOT NULL,\n\tCONSTRAINT "auth_user_email_unique" UNIQUE("email")\n);',
      'CREATE TABLE "auth_verification" (\n\t"id" text PRIMARY KEY NOT NULL,\n\t"identifier" text NOT NULL,\n\t"value" text NOT NULL,\n\t"expires_at" timestamp with time zone NOT NULL,\n\t"created_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"updated_at" timestamp with time zone DEFAULT now() NOT NULL\n);',
      'CREATE TABLE "workers" (\n\t"name" text PRIMARY KEY NOT NULL,\n\t"started_at" timestamp with time zone NOT NULL,\n\t"seen_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"working_from" text NOT NULL,\n\t"in_flight" integer NOT NULL,\n\t"settled" bigint NOT NULL,\n\t"version" text NOT NULL\n);',
      'ALTER TABLE "auth_account" ADD CONSTRAINT "auth_account_user_id_auth_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."auth_user"("id") ON DELETE cascade ON UPDATE no action;',
      'ALTER TABLE "auth_session" ADD CONSTRAINT "auth_session_user_id_auth_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."auth_user"("id") ON DELETE cascade ON UPDATE no action;',
      'CREATE INDEX "auth_account_user_id" ON "auth_account" USING btree ("user_id");',
      'CREATE INDEX "auth_session_user_id" ON "auth_session" USING btree ("user_id");',
      'CREATE INDEX "auth_verification_identifier" ON "auth_verification" USING btree ("identifier");',
    ],
  },
  {
    name: '0001_operators',
    statements: [
      'CREATE TABLE "audit_log" (\n\t"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),\n\t"queue" text NOT NULL,\n\t"at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"by" text NOT NULL,\n\t"action" text NOT NULL,\n\t"operation_id" uuid,\n\t"submission_id" uuid,\n\t"filter" json,\n\t"result" text NOT NULL\n);',
      'CREATE TABLE "controls" (\n\t"queue" text PRIMARY KEY NOT NULL,\n\t"worker_paused" boolean DEFAULT false NOT NULL,\n\t"recovery_paused" boolean DEFAULT false NOT NULL,\n\t"changed_by" text NOT NULL,\n\t"changed_at" timestamp with time zone DEFAULT now() NOT NULL\n);',
      'CREATE TABLE "flow_minutes" (\n\t"queue" text NOT NULL,\n\t"minute" timestamp with time zone NOT NULL,\n\t"redis" integer,\n\t"postgres" integer,\n\t"settled" integer,\n\t"dead" integer,\n\tCONSTRAINT "flow_minutes_queue_minute_pk" PRIMARY KEY("queue","minute")\n);',
      'CREATE TABLE "operations" (\n\t"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,\n\t"queue" text NOT NULL,\n\t"action" text NOT NULL,\n\t"target" json NOT NULL,\n\t"by" text NOT NULL,\n\t"started_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"beat_at" timestamp with time zone DEFAULT now() NOT NULL,\n\t"ended_at" timestamp with time zone,\n\t"state" text DEFAULT \'running\' NOT NULL,\n\t"is_cancelled" boolean DEFAULT false NOT NULL,\n\t"total" integer,\n\t"done" integer DEFAULT 0 NOT NULL,\n\t"skipped" integer DEFAULT 0 NOT NULL,\n\t"error" text\n);',
      'ALTER TABLE "workers" ADD COLUMN "doing" text DEFAULT \'\' NOT NULL;',
      'CREATE INDEX "audit_log_submission" ON "audit_log" USING btree ("submission_id","id");',
      'CREATE INDEX "operations_started" ON "operations" USING btree ("queue","started_at");',
    ],
  },
  {
    name: '0002_audit_append_only',
    statements: [
      "-- What was done was done: entries are added, and nothing else, by whomever.\nCREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n  RAISE EXCEPTION 'audit_log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';\nEND $$;",
      'CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_log"\n  FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only();',
    ],
  },
  {
    name: '0003_receipt_mails',
    statements: [
      'CREATE TABLE "receipt_mails" (\n\t"notice_id" uuid PRIMARY KEY NOT NULL,\n\t"recipient" text NOT NULL,\n\t"at" timestamp with time zone DEFAULT now() NOT NULL\n);',
      'CREATE INDEX "receipt_mails_recipient" ON "receipt_mails" USING btree ("recipient","at");',
      'CREATE INDEX "receipt_mails_at" ON "receipt_mails" USING btree ("at");',
    ],
  },
];
