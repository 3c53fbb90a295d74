CREATE TABLE "audit_log" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"queue" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"by" text NOT NULL,
	"action" text NOT NULL,
	"operation_id" uuid,
	"submission_id" uuid,
	"filter" json,
	"result" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "controls" (
	"queue" text PRIMARY KEY NOT NULL,
	"worker_paused" boolean DEFAULT false NOT NULL,
	"recovery_paused" boolean DEFAULT false NOT NULL,
	"changed_by" text NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "flow_minutes" (
	"queue" text NOT NULL,
	"minute" timestamp with time zone NOT NULL,
	"redis" integer,
	"postgres" integer,
	"settled" integer,
	"dead" integer,
	CONSTRAINT "flow_minutes_queue_minute_pk" PRIMARY KEY("queue","minute")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"queue" text NOT NULL,
	"action" text NOT NULL,
	"target" json NOT NULL,
	"by" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"beat_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"state" text DEFAULT 'running' NOT NULL,
	"is_cancelled" boolean DEFAULT false NOT NULL,
	"total" integer,
	"done" integer DEFAULT 0 NOT NULL,
	"skipped" integer DEFAULT 0 NOT NULL,
	"error" text
);
--> statement-breakpoint
ALTER TABLE "workers" ADD COLUMN "doing" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "audit_log_submission" ON "audit_log" USING btree ("submission_id","id");--> statement-breakpoint
CREATE INDEX "operations_started" ON "operations" USING btree ("queue","started_at");