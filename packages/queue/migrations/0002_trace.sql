ALTER TABLE "fallback_submissions" ADD COLUMN "traceparent" text;--> statement-breakpoint
ALTER TABLE "submission_outcomes" ADD COLUMN "traceparent" text;