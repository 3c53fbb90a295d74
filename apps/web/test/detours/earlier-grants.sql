-- The grants as they were before their detours were closed: what an update finds, and what the search for detours must find detours in.

-- What web and worker may do with the tables. Run it as spillway_migrator when the migrations have run, at the first
-- start and after each update: it takes everything away and gives what is needed, in one transaction.

BEGIN;

-- It waits for whoever uses the tables, and those who come later wait behind it: not for long. Run it again where it gives up.
SET LOCAL lock_timeout = '2s';

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM spillway_web, spillway_worker;

-- Both see what the tables are like; neither changes it.
GRANT SELECT ON app_migrations, spillway.spillway_migrations TO spillway_web, spillway_worker;

-- Accepting and recovery write waiting submissions, and an operator's retry brings dead ones back. Settling deletes them; so does
-- an operator who discards them, but only where their outcome is on record.
GRANT SELECT, INSERT, UPDATE, DELETE ON spillway.fallback_submissions TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON spillway.fallback_submissions TO spillway_worker;

ALTER TABLE spillway.fallback_submissions ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON spillway.fallback_submissions;
CREATE POLICY seen ON spillway.fallback_submissions FOR SELECT TO spillway_web USING (true);
DROP POLICY IF EXISTS accepted ON spillway.fallback_submissions;
CREATE POLICY accepted ON spillway.fallback_submissions FOR INSERT TO spillway_web WITH CHECK (true);
DROP POLICY IF EXISTS changed ON spillway.fallback_submissions;
CREATE POLICY changed ON spillway.fallback_submissions FOR UPDATE TO spillway_web USING (true) WITH CHECK (true);
DROP POLICY IF EXISTS given_up ON spillway.fallback_submissions;
CREATE POLICY given_up ON spillway.fallback_submissions FOR DELETE TO spillway_web USING (EXISTS (
  SELECT FROM spillway.submission_outcomes o
  WHERE o.queue = fallback_submissions.queue AND o.id = fallback_submissions.id AND o.status <> 'running'));
DROP POLICY IF EXISTS worked_off ON spillway.fallback_submissions;
CREATE POLICY worked_off ON spillway.fallback_submissions TO spillway_worker USING (true) WITH CHECK (true);

-- Outcomes are what makes "once" true. An operator's decision is about dead and waiting ones: web takes the dead back, and
-- puts on record, with their payload, what is given up. It cannot see to it that something is processed twice, nor that it
-- goes without a record.
GRANT SELECT, INSERT, UPDATE, DELETE ON spillway.submission_outcomes TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON spillway.submission_outcomes TO spillway_worker;

ALTER TABLE spillway.submission_outcomes ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON spillway.submission_outcomes;
CREATE POLICY seen ON spillway.submission_outcomes FOR SELECT TO spillway_web USING (true);
DROP POLICY IF EXISTS retried ON spillway.submission_outcomes;
CREATE POLICY retried ON spillway.submission_outcomes FOR DELETE TO spillway_web USING (status = 'dead');
DROP POLICY IF EXISTS discarded ON spillway.submission_outcomes;
CREATE POLICY discarded ON spillway.submission_outcomes FOR UPDATE TO spillway_web
  USING (status = 'dead' OR (status = 'running' AND lease_until <= now())) WITH CHECK (status = 'discarded');
DROP POLICY IF EXISTS given_up ON spillway.submission_outcomes;
-- The dead one is other content under a used id, which is found when it is to be given up.
CREATE POLICY given_up ON spillway.submission_outcomes FOR INSERT TO spillway_web
  WITH CHECK (payload IS NOT NULL AND (status = 'discarded' OR (status = 'dead' AND conflicts_with IS NOT NULL)));
DROP POLICY IF EXISTS settled ON spillway.submission_outcomes;
CREATE POLICY settled ON spillway.submission_outcomes TO spillway_worker USING (true) WITH CHECK (true);

-- The effects: written by the worker, once, and changed by nobody.
GRANT SELECT ON submissions TO spillway_web;
GRANT SELECT, INSERT ON submissions TO spillway_worker;

GRANT SELECT ON workers TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO spillway_worker;

-- Operators switch workers off and on, and workers follow. Both count, by the minute.
GRANT SELECT, INSERT, UPDATE ON controls TO spillway_web;
GRANT SELECT ON controls TO spillway_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON flow_minutes TO spillway_web, spillway_worker;

-- Who did what is added to, and never changed: by a trigger for everyone, and here besides.
GRANT SELECT, INSERT, UPDATE ON operations TO spillway_web;
GRANT SELECT, INSERT ON audit_log TO spillway_web;

-- Operators and their sessions are the web tier's. The worker, which runs the handlers, does not even see them.
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_user, auth_session, auth_account, auth_verification TO spillway_web;

COMMIT;
