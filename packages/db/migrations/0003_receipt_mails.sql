CREATE TABLE "receipt_mails" (
	"notice_id" uuid PRIMARY KEY NOT NULL,
	"recipient" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "receipt_mails_recipient" ON "receipt_mails" USING btree ("recipient","at");--> statement-breakpoint
CREATE INDEX "receipt_mails_at" ON "receipt_mails" USING btree ("at");