-- What web and worker may do with the tables. Run it as spillway_migrator after the migrations, at the first start and after each
-- update. It takes every right away and then gives what is needed, in one transaction, so that running it again also tightens
-- the grants of an earlier version. Three means, each for one kind of question (docs/adr/0016-rights-close-their-detours.md):
--   grants    which columns a role may write
--   policies  which outcomes a role may write or delete
--   triggers  what one table must say before the other may change. They hold for every role.

BEGIN;

-- Triggers and policies lock their tables. While this waits for a lock, later statements queue behind it: give up early, and run it again.
SET LOCAL lock_timeout = '2s';

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM spillway_web, spillway_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM spillway_web, spillway_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM spillway_web, spillway_worker;
REVOKE ALL ON app_migrations, spillway_migrations, fallback_submissions, shadow_groups, submission_outcomes, submissions, workers, controls, flow_minutes,
  operations, audit_log, auth_user, auth_session, auth_account, auth_verification FROM PUBLIC;

DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public'
    AND tablename IN ('fallback_submissions', 'submission_outcomes')
  LOOP
    EXECUTE format('DROP POLICY %I ON public.%I', found.policyname, found.tablename);
  END LOOP;
END
$$;
ALTER TABLE fallback_submissions DISABLE ROW LEVEL SECURITY;
ALTER TABLE submission_outcomes ENABLE ROW LEVEL SECURITY;

-- Both see which migrations have run.
GRANT SELECT ON app_migrations, spillway_migrations TO spillway_web, spillway_worker;

-- Waiting submissions. What was accepted (queue, id, form, data, digest) has no UPDATE grant. `created_at` has one for the probe's row.
GRANT SELECT, DELETE,
  INSERT (queue, id, form, data, digest, created_at, run_at, generation, attempts, reason, history, traceparent),
  UPDATE (run_at, generation, attempts, lease_until, pushed_epoch, created_at)
  ON fallback_submissions TO spillway_web, spillway_worker;
-- An operator's retry brings the last error along.
GRANT INSERT (last_error) ON fallback_submissions TO spillway_web;
-- The worker makes rows of the copies of what Redis holds.
GRANT INSERT (pushed_epoch) ON fallback_submissions TO spillway_worker;
GRANT INSERT (queue, id, epoch, entries) ON shadow_groups TO spillway_web;
GRANT SELECT, DELETE ON shadow_groups TO spillway_worker;
GRANT UPDATE (claimed_by, claim_token, history, last_error) ON fallback_submissions TO spillway_worker;

-- Outcomes. `settled_at` has no INSERT grant: retention goes by it.
GRANT SELECT, DELETE,
  INSERT (queue, id, form, status, attempts, generation, digest, received_at, lease_until, claimed_by, error, history, payload,
    conflicts_with, traceparent),
  UPDATE (status, attempts, generation, digest, settled_at, lease_until, claimed_by, error, history, payload, traceparent)
  ON submission_outcomes TO spillway_web, spillway_worker;

CREATE POLICY seen ON submission_outcomes FOR SELECT TO spillway_web, spillway_worker USING (true);

-- Web discards what waits, and keeps as dead what waits under a used id. It says nothing about an id that other content waits under.
CREATE POLICY web_discards_waiting ON submission_outcomes FOR INSERT TO spillway_web WITH CHECK (
  payload IS NOT NULL
  AND ((status = 'discarded' AND conflicts_with IS NULL) OR (status = 'dead' AND conflicts_with IS NOT NULL))
  AND NOT EXISTS (SELECT FROM fallback_submissions f WHERE f.queue = submission_outcomes.queue
    AND f.id = submission_outcomes.id AND f.digest <> submission_outcomes.digest));
CREATE POLICY web_discards_dead ON submission_outcomes FOR UPDATE TO spillway_web
  USING (status = 'dead' OR (status = 'running' AND lease_until <= now()))
  WITH CHECK (status = 'discarded' AND settled_at >= now() - interval '1 second');
CREATE POLICY web_retries ON submission_outcomes FOR DELETE TO spillway_web USING (status = 'dead');

-- The worker settles, and gives back a call that failed. It deletes what retention is over for: put a shorter `retentionMs` here, too.
CREATE POLICY worker_settles ON submission_outcomes FOR INSERT TO spillway_worker WITH CHECK (true);
CREATE POLICY worker_resettles ON submission_outcomes FOR UPDATE TO spillway_worker
  USING (status <> 'done') WITH CHECK (status = 'running' OR settled_at >= now() - interval '1 second');
CREATE POLICY worker_forgets ON submission_outcomes FOR DELETE TO spillway_worker
  USING (status = 'running' OR (status IN ('done', 'discarded') AND settled_at < now() - interval '30 days'));

-- The effects: the worker writes them, once, and no role changes them.
GRANT SELECT ON submissions TO spillway_web;
GRANT SELECT, INSERT ON submissions TO spillway_worker;

-- What the worker counts before it sends a mail.
GRANT SELECT, INSERT, UPDATE, DELETE ON receipt_mails TO spillway_worker;

GRANT SELECT ON workers TO spillway_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO spillway_worker;

-- Operators switch workers off and on, and workers follow. Both count by the minute.
GRANT SELECT, INSERT, UPDATE (worker_paused, recovery_paused, changed_by, changed_at) ON controls TO spillway_web;
GRANT SELECT ON controls TO spillway_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON flow_minutes TO spillway_web, spillway_worker;

-- What was done, to what and by whom stays as it was written. A trigger of the migrations keeps audit_log append-only.
GRANT SELECT, INSERT, UPDATE (beat_at, ended_at, state, is_cancelled, done, skipped, error) ON operations TO spillway_web;
GRANT SELECT, INSERT ON audit_log TO spillway_web;

-- Operators and their sessions belong to web. The worker, which runs the handlers, cannot read them.
GRANT SELECT, INSERT, UPDATE, DELETE ON auth_user, auth_session, auth_account, auth_verification TO spillway_web;

-- Functions of the triggers. They run as the owner of the tables, since they read and lock rows that the role itself may not. Those
-- that look rows up do it by the key, whatever the table's size was when a connection planned it (docs/adr/0010-plans-do-not-wait-for-statistics.md).

CREATE OR REPLACE FUNCTION spillway_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'insufficient_privilege';
END
$$;

-- In a higher isolation level the checks below would not see what was committed since the transaction began.
CREATE OR REPLACE FUNCTION spillway_need_read_committed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'submissions are settled and retried in READ COMMITTED only' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

-- The id of a dead submission whose own id was used for other content: `derivedId` in packages/queue/src/id.ts.
CREATE OR REPLACE FUNCTION spillway_derived_id(id uuid, digest text) RETURNS uuid LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (left(id::text, 14) || '8' || left(h, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12))::uuid
  FROM encode(sha256(convert_to(id::text || ' ' || digest, 'UTF8')), 'hex') h
$$;

-- A waiting row leaves only where its outcome is on record, under its id or, where that was used, under the derived one. Asked before
-- the row goes: an outcome that is written after it, in the same statement, would not be compared with it.
CREATE OR REPLACE FUNCTION spillway_row_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_incremental_sort = off AS $$
DECLARE
  settled boolean;
  derived uuid;
BEGIN
  PERFORM public.spillway_need_read_committed();
  SELECT o.digest = OLD.digest AND o.status <> 'running' INTO settled FROM public.submission_outcomes o
  WHERE (o.queue, o.id) >= (OLD.queue, OLD.id) AND (o.queue, o.id) <= (OLD.queue, OLD.id) ORDER BY o.queue, o.id LIMIT 1;
  IF settled IS NOT TRUE THEN
    derived := public.spillway_derived_id(OLD.id, OLD.digest);
    SELECT o.digest = OLD.digest AND o.status <> 'running' AND o.conflicts_with = OLD.id INTO settled FROM public.submission_outcomes o
    WHERE (o.queue, o.id) >= (OLD.queue, derived) AND (o.queue, o.id) <= (OLD.queue, derived) ORDER BY o.queue, o.id LIMIT 1;
  END IF;
  IF settled IS NOT TRUE THEN
    RAISE EXCEPTION 'fallback_submissions: a waiting submission is deleted only where its outcome is on record'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END
$$;

-- A dead outcome leaves only where the same submission waits again, due now, as the next generation. The lock makes a deletion of
-- that row, in another transaction, wait for this one and see it.
CREATE OR REPLACE FUNCTION spillway_outcomes_deleted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_incremental_sort = off AS $$
DECLARE
  dead record;
BEGIN
  FOR dead IN SELECT * FROM deleted WHERE status = 'dead' LOOP
    PERFORM public.spillway_need_read_committed();
    PERFORM FROM public.fallback_submissions f
    WHERE (f.queue, f.id) >= (dead.queue, dead.id) AND (f.queue, f.id) <= (dead.queue, dead.id)
      AND f.form = dead.form AND f.data = dead.payload AND f.digest = dead.digest
      AND f.created_at = dead.received_at AND f.generation = dead.generation + 1 AND f.history = dead.history
      AND f.attempts = 0 AND f.run_at <= now() + interval '1 millisecond' AND f.lease_until <= now()
    ORDER BY f.queue, f.id LIMIT 1 FOR KEY SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'submission_outcomes: a dead submission is deleted only where it waits again'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END LOOP;
  RETURN NULL;
END
$$;

-- A dead or discarded outcome keeps what was accepted: it is written as the waiting row has it, and does not change afterwards, except
-- that a dead one is discarded, or replaced where its next generation waits. (A worker may also find it done after all.)
CREATE OR REPLACE FUNCTION spillway_outcome_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_incremental_sort = off AS $$
DECLARE
  waiting public.fallback_submissions;
  kept public.submission_outcomes := NEW;
BEGIN
  PERFORM public.spillway_need_read_committed();
  SELECT * INTO waiting FROM public.fallback_submissions f
  WHERE (f.queue, f.id) >= (NEW.queue, NEW.id) AND (f.queue, f.id) <= (NEW.queue, NEW.id) AND f.digest = NEW.digest
  ORDER BY f.queue, f.id LIMIT 1;

  IF TG_OP = 'INSERT' AND NEW.conflicts_with IS NOT NULL THEN
    PERFORM FROM public.submission_outcomes o
    WHERE (o.queue, o.id) >= (NEW.queue, NEW.conflicts_with) AND (o.queue, o.id) <= (NEW.queue, NEW.conflicts_with)
      AND o.digest <> NEW.digest ORDER BY o.queue, o.id LIMIT 1;
    IF NOT FOUND OR NEW.status <> 'dead' OR NEW.id <> public.spillway_derived_id(NEW.conflicts_with, NEW.digest) THEN
      RAISE EXCEPTION 'submission_outcomes: conflicts_with names no other content' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF waiting.id IS NULL THEN
      SELECT * INTO waiting FROM public.fallback_submissions f
      WHERE (f.queue, f.id) >= (NEW.queue, NEW.conflicts_with) AND (f.queue, f.id) <= (NEW.queue, NEW.conflicts_with)
        AND f.digest = NEW.digest ORDER BY f.queue, f.id LIMIT 1;
    END IF;
  END IF;

  IF TG_OP = 'UPDATE' AND OLD.status IN ('dead', 'discarded') AND NEW.status <> 'done' THEN
    kept.status := OLD.status;
    kept.settled_at := OLD.settled_at;
    IF kept IS NOT DISTINCT FROM OLD AND (NEW.status = OLD.status OR NEW.status = 'discarded') THEN
      RETURN NEW;
    END IF;
    -- Locked after the outcome, as settling does it; the other order would deadlock with a worker.
    PERFORM FROM public.fallback_submissions f
    WHERE (f.queue, f.id) >= (NEW.queue, NEW.id) AND (f.queue, f.id) <= (NEW.queue, NEW.id) AND f.digest = NEW.digest
      AND f.generation = NEW.generation ORDER BY f.queue, f.id LIMIT 1 FOR KEY SHARE;
    IF NOT FOUND OR OLD.status <> 'dead' OR NEW.generation <= OLD.generation THEN
      RAISE EXCEPTION 'submission_outcomes: a dead or discarded submission is kept as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;

  IF waiting.id IS NOT NULL AND NEW.status IN ('dead', 'discarded') THEN
    NEW.form := waiting.form;
    NEW.payload := waiting.data;
    NEW.received_at := waiting.created_at;
    IF NEW.status = 'discarded' THEN
      NEW.generation := waiting.generation;
      NEW.attempts := waiting.attempts;
      NEW.history := waiting.history;
    ELSE
      -- An older copy may die; it must not outrank the row.
      NEW.generation := least(NEW.generation, waiting.generation);
    END IF;
    IF TG_OP = 'UPDATE' THEN
      NEW.generation := greatest(NEW.generation, OLD.generation);
    END IF;
  END IF;
  RETURN NEW;
END
$$;

-- A row of a later generation comes from a retry, which deletes the dead outcome in the same statement. Beside a dead outcome it
-- would be processed in its place.
CREATE OR REPLACE FUNCTION spillway_row_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off
  SET enable_incremental_sort = off AS $$
BEGIN
  PERFORM public.spillway_need_read_committed();
  PERFORM FROM public.submission_outcomes o
  WHERE (o.queue, o.id) >= (NEW.queue, NEW.id) AND (o.queue, o.id) <= (NEW.queue, NEW.id) AND o.status = 'dead'
  ORDER BY o.queue, o.id LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'fallback_submissions: a dead submission waits again only where its outcome is deleted with it'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;

-- An entry is written at its time and under the next number. A number taken ahead would make later entries fail.
CREATE OR REPLACE FUNCTION spillway_entry_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.at <> now() OR NEW.id <> currval('public.audit_log_id_seq') THEN
    RAISE EXCEPTION 'audit_log: number and time of an entry are given by the database' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;

-- A trigger runs its function without asking for the right to.
REVOKE ALL ON FUNCTION spillway_refuse, spillway_need_read_committed, spillway_derived_id, spillway_row_deleted,
  spillway_outcomes_deleted, spillway_outcome_written, spillway_row_inserted, spillway_entry_inserted, audit_log_is_append_only
  FROM PUBLIC;

CREATE OR REPLACE TRIGGER spillway_row_deleted BEFORE DELETE ON fallback_submissions
  FOR EACH ROW EXECUTE FUNCTION spillway_row_deleted();
CREATE OR REPLACE TRIGGER spillway_row_inserted AFTER INSERT ON fallback_submissions
  FOR EACH ROW WHEN (NEW.generation > 1) EXECUTE FUNCTION spillway_row_inserted();
-- After and not before: a trigger before an update would lock each row once more. `$probe` is the row that health checks write.
CREATE OR REPLACE TRIGGER spillway_row_kept AFTER UPDATE ON fallback_submissions
  FOR EACH ROW WHEN (OLD.queue <> '$probe' AND (NEW.created_at, NEW.generation) IS DISTINCT FROM (OLD.created_at, OLD.generation))
  EXECUTE FUNCTION spillway_refuse('what was accepted does not change');
CREATE OR REPLACE TRIGGER spillway_row_on_time AFTER UPDATE ON fallback_submissions
  FOR EACH ROW WHEN (OLD.queue <> '$probe'
    AND (NEW.run_at > OLD.run_at OR (NEW.attempts, NEW.lease_until) IS DISTINCT FROM (OLD.attempts, OLD.lease_until))
    AND NOT pg_has_role(current_user, 'spillway_worker', 'USAGE'))
  EXECUTE FUNCTION spillway_refuse('only a worker claims, counts attempts and postpones');

CREATE OR REPLACE TRIGGER spillway_outcomes_deleted AFTER DELETE ON submission_outcomes REFERENCING OLD TABLE AS deleted
  FOR EACH STATEMENT EXECUTE FUNCTION spillway_outcomes_deleted();
CREATE OR REPLACE TRIGGER spillway_outcome_inserted BEFORE INSERT ON submission_outcomes
  FOR EACH ROW WHEN (NEW.status IN ('dead', 'discarded') OR NEW.conflicts_with IS NOT NULL)
  EXECUTE FUNCTION spillway_outcome_written();
CREATE OR REPLACE TRIGGER spillway_outcome_updated BEFORE UPDATE ON submission_outcomes
  FOR EACH ROW WHEN (OLD.status IN ('dead', 'discarded') OR NEW.status IN ('dead', 'discarded'))
  EXECUTE FUNCTION spillway_outcome_written();
CREATE OR REPLACE TRIGGER spillway_outcome_kept AFTER UPDATE ON submission_outcomes
  FOR EACH ROW WHEN (NEW.digest <> OLD.digest) EXECUTE FUNCTION spillway_refuse('an outcome is about the same content for good');

CREATE OR REPLACE TRIGGER spillway_entry_inserted BEFORE INSERT ON audit_log
  FOR EACH ROW EXECUTE FUNCTION spillway_entry_inserted();

COMMIT;
