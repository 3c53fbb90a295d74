CREATE TABLE "shadow_groups" (
	"queue" text NOT NULL,
	"id" uuid NOT NULL,
	"epoch" text,
	"written_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"entries" text NOT NULL,
	CONSTRAINT "shadow_groups_queue_id_pk" PRIMARY KEY("queue","id")
);
--> statement-breakpoint
-- Groups live for seconds: compressing them costs more than it saves.
ALTER TABLE "shadow_groups" ALTER COLUMN "entries" SET STORAGE EXTERNAL, SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000, toast.autovacuum_vacuum_cost_delay = 0);
