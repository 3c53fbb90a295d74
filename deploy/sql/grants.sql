-- What web and worker may do with the tables. Run it as spillway_migrator when the migrations have run, at the first
-- start and after each update: it takes everything away and gives what is needed, in one transaction.

BEGIN;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM spillway_web, spillway_worker;

-- Both see what the tables are like; neither changes it.
GRANT SELECT ON app_migrations, spillway_migrations TO spillway_web, spillway_worker;

-- Accepting and recovery write waiting submissions, and an operator's retry brings dead ones back. Only settling deletes them.
GRANT SELECT, INSERT, UPDATE ON fallback_submissions TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON fallback_submissions TO spillway_worker;

-- Outcomes are what makes "once" true. An operator's decision is about dead ones alone: web takes them back, or marks
-- them discarded. It cannot see to it that something is processed twice, nor that it never is.
GRANT SELECT, DELETE ON submission_outcomes TO spillway_web;
GRANT UPDATE (status, settled_at) ON submission_outcomes TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON submission_outcomes TO spillway_worker;

ALTER TABLE submission_outcomes ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS seen ON submission_outcomes;
CREATE POLICY seen ON submission_outcomes FOR SELECT TO spillway_web USING (true);
DROP POLICY IF EXISTS retried ON submission_outcomes;
CREATE POLICY retried ON submission_outcomes FOR DELETE TO spillway_web USING (status = 'dead');
DROP POLICY IF EXISTS discarded ON submission_outcomes;
CREATE POLICY discarded ON submission_outcomes FOR UPDATE TO spillway_web
  USING (status = 'dead') WITH CHECK (status = 'discarded');
DROP POLICY IF EXISTS settled ON submission_outcomes;
CREATE POLICY settled ON submission_outcomes TO spillway_worker USING (true) WITH CHECK (true);

-- The effects: written by the worker, once, and changed by nobody.
GRANT SELECT ON submissions TO spillway_web;
GRANT SELECT, INSERT ON submissions TO spillway_worker;

GRANT SELECT ON workers TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO spillway_worker;

-- Operators and their sessions are the web tier's. The worker, which runs the handlers, does not even see them.
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_user, auth_session, auth_account, auth_verification TO spillway_web;

COMMIT;
