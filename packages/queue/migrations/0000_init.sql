CREATE TABLE "fallback_submissions" (
	"queue" text NOT NULL,
	"id" uuid NOT NULL,
	"form" text NOT NULL,
	"data" text NOT NULL,
	"digest" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"run_at" timestamp (3) with time zone NOT NULL,
	"lease_until" timestamp with time zone DEFAULT '-infinity' NOT NULL,
	"claimed_by" text,
	"claim_token" text,
	"pushed_epoch" text,
	"generation" integer DEFAULT 1 NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"reason" text,
	"history" text DEFAULT '[]' NOT NULL,
	CONSTRAINT "fallback_submissions_queue_id_pk" PRIMARY KEY("queue","id")
);
--> statement-breakpoint
CREATE TABLE "submission_outcomes" (
	"queue" text NOT NULL,
	"id" uuid NOT NULL,
	"form" text NOT NULL,
	"status" text NOT NULL,
	"attempts" integer NOT NULL,
	"generation" integer NOT NULL,
	"digest" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"claimed_by" text,
	"error" text,
	"history" text DEFAULT '[]' NOT NULL,
	"payload" text,
	"conflicts_with" uuid,
	CONSTRAINT "submission_outcomes_queue_id_pk" PRIMARY KEY("queue","id")
);
--> statement-breakpoint
CREATE INDEX "fallback_submissions_due" ON "fallback_submissions" USING btree ("queue","run_at","id");--> statement-breakpoint
CREATE INDEX "submission_outcomes_settled" ON "submission_outcomes" USING btree ("queue","status","settled_at","id");