-- The id under which a submission is kept as dead where its own was used.
CREATE FUNCTION harness.other_id(id uuid, digest text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (left(id::text, 14) || '8' || left(h, 3) || '-8' || substr(h, 4, 3) || '-' || substr(h, 7, 12))::uuid
  FROM encode(sha256(convert_to(id::text || ' ' || digest, 'UTF8')), 'hex') h
$$;

-- Which promise about the submission `target` the statements of `actor` break; null where they keep all of them.
CREATE FUNCTION harness.broken(actor text, target uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  a harness.accepted;
  by_web boolean := actor = 'spillway_web';
  -- What has become of it. A worker drops a row of this content, or of an older generation than a dead one.
  settled_generation int;
BEGIN
  SELECT * INTO STRICT a FROM harness.accepted WHERE id = target;
  SELECT max(CASE WHEN o.id = a.id AND o.status = 'dead' THEN o.generation ELSE 1000 END) INTO settled_generation
  FROM spillway.submission_outcomes o
  WHERE (o.queue, o.digest) = (a.queue, a.digest) AND o.status <> 'running'
    AND (o.id = a.id OR (o.id = harness.other_id(a.id, a.digest) AND o.conflicts_with = a.id))
    AND CASE WHEN o.status = 'done' THEN a.kind = 'done' OR NOT by_web
      ELSE (o.form, o.payload, o.received_at) = (a.form, a.data, a.received_at) END;

  IF settled_generation IS NULL AND NOT EXISTS (SELECT FROM spillway.fallback_submissions f
    WHERE (f.queue, f.id, f.form, f.data, f.digest, f.created_at) = (a.queue, a.id, a.form, a.data, a.digest, a.received_at))
  THEN RETURN 'lost or changed'; END IF;

  IF EXISTS (SELECT FROM spillway.submission_outcomes o WHERE (o.queue, o.id, o.digest) = (a.queue, a.id, a.digest)
    AND o.status IN ('dead', 'discarded') AND (o.form, o.payload, o.received_at) IS DISTINCT FROM (a.form, a.data, a.received_at))
  THEN RETURN 'on record with other content'; END IF;

  IF EXISTS (SELECT FROM spillway.fallback_submissions f WHERE (f.queue, f.id, f.digest) = (a.queue, a.id, a.digest)
    AND (f.form, f.data, f.created_at) IS DISTINCT FROM (a.form, a.data, a.received_at)
    AND f.generation > coalesce(settled_generation, 0))
  THEN RETURN 'waits with other content'; END IF;

  IF EXISTS (SELECT FROM harness.outcome_before b WHERE b.id = target AND b.status = 'done'
    AND NOT EXISTS (SELECT FROM spillway.submission_outcomes o WHERE o = b))
  THEN RETURN 'a done outcome vanished or changed'; END IF;

  IF EXISTS (SELECT FROM harness.outcome_before b JOIN spillway.submission_outcomes o USING (queue, id)
    WHERE b.id = target AND b.status IN ('dead', 'discarded') AND o.status IN ('dead', 'discarded') AND (o.digest, o.generation) = (b.digest, b.generation)
      AND (o.payload, o.history, o.error, o.attempts) IS DISTINCT FROM (b.payload, b.history, b.error, b.attempts)
      -- Its next generation, which waits with the history, replaces it.
      AND NOT EXISTS (SELECT FROM spillway.fallback_submissions f WHERE (f.queue, f.id, f.digest, f.history) = (b.queue, b.id, b.digest, b.history)
        AND f.generation > b.generation))
  THEN RETURN 'a dead one without its payload or history'; END IF;

  IF EXISTS (SELECT FROM spillway.submission_outcomes o WHERE o.status <> 'running' AND o.settled_at < now() - interval '1 second'
    AND NOT EXISTS (SELECT FROM harness.outcome_before b WHERE (b.queue, b.id, b.status, b.settled_at) = (o.queue, o.id, o.status, o.settled_at)))
  THEN RETURN 'dated back, for retention to delete it'; END IF;

  IF by_web THEN
    IF EXISTS (SELECT FROM spillway.submission_outcomes o WHERE o.queue = a.queue AND o.id = a.id AND o.digest <> a.digest
      AND NOT EXISTS (SELECT FROM harness.outcome_before b WHERE b.id = target))
    THEN RETURN 'its id is taken by other content'; END IF;

    IF EXISTS (SELECT FROM spillway.fallback_submissions f LEFT JOIN harness.row_before b USING (queue, id)
      WHERE (f.queue, f.id, f.digest, f.data) = (a.queue, a.id, a.digest, a.data) AND f.generation > coalesce(settled_generation, 0)
        AND (f.run_at > greatest(b.run_at, now() + interval '1 ms') OR f.attempts NOT IN (b.attempts, 0)
          OR f.lease_until NOT IN (coalesce(b.lease_until, '-infinity'), '-infinity')))
    THEN RETURN 'postponed'; END IF;

    IF EXISTS (SELECT FROM harness.outcome_before b WHERE b.id = target AND b.status = 'running' AND b.lease_until > now()
      AND NOT EXISTS (SELECT FROM spillway.submission_outcomes o WHERE o = b))
    THEN RETURN 'a running call was touched'; END IF;
  END IF;

  IF EXISTS (SELECT FROM harness.entry_before b WHERE NOT EXISTS (SELECT FROM audit_log e
      WHERE (e.id, e.by, e.action, e.result, e.at) = (b.id, b.by, b.action, b.result, b.at)))
    OR EXISTS (SELECT FROM audit_log e WHERE e.at <> now() AND NOT EXISTS (SELECT FROM harness.entry_before b WHERE b.id = e.id))
    OR (SELECT max(id) FROM audit_log) > (SELECT last_value FROM audit_log_id_seq)
  THEN RETURN 'the audit log did not only grow'; END IF;
  IF EXISTS (SELECT FROM harness.effect_before b WHERE NOT EXISTS (SELECT FROM submissions s
    WHERE (s.id, s.form, s.data::text, s.received_at, s.processed_at, s.attempts) = (b.id, b.form, b.data, b.received_at, b.processed_at, b.attempts)))
  THEN RETURN 'an effect vanished or changed'; END IF;
  RETURN NULL;
END
$$;

-- What the promises about `target` depend on, as one text: two sequences of statements that lead to the same are one. What a worker
-- has settled as done is at its end, and is played as `done`; how long it lets others wait is its own affair.
CREATE FUNCTION harness.state(actor text, target uuid) RETURNS text LANGUAGE sql AS $$
  WITH places AS (
    SELECT queue, id FROM harness.accepted WHERE id = target
    UNION ALL SELECT queue, harness.other_id(id, digest) FROM harness.accepted WHERE id = target
  )
  SELECT CASE WHEN EXISTS (SELECT FROM spillway.submission_outcomes JOIN harness.accepted a USING (queue, id, digest)
    WHERE id = target AND status = 'done' AND kind <> 'done') THEN 'settled' ELSE md5(concat(
    (SELECT string_agg(concat_ws(' ', id, form, data, digest, created_at, generation,
        CASE WHEN actor = 'spillway_web' THEN concat_ws(' ', run_at, attempts, lease_until, history) END), '|' ORDER BY id)
      FROM spillway.fallback_submissions JOIN places USING (queue, id)),
    (SELECT string_agg(concat_ws(' ', id, status, digest, form, generation, received_at, conflicts_with, lease_until > now(),
        CASE WHEN status <> 'running' THEN concat_ws(' ', settled_at, coalesce(payload, '-'), history, coalesce(error, '-')) END), '|' ORDER BY id)
      FROM spillway.submission_outcomes JOIN places USING (queue, id)),
    (SELECT string_agg(concat_ws(' ', by, at, id > 999), '|' ORDER BY id) FROM audit_log), (SELECT count(*) FROM submissions))) END
$$;

-- Carries out `so_far` as `actor`, then tries each statement behind it, and takes all of it back. Returns the statements that lead to
-- a state that is not known yet, with the promise that is broken there. All others change nothing or are refused.
CREATE FUNCTION harness.try_each(actor text, target uuid, so_far text[], statements text[], known text[])
RETURNS TABLE (statement text, state text, broken text) LANGUAGE plpgsql AS $$
DECLARE
  one text;
  changed bigint;
  found text[];
BEGIN
  PERFORM set_config('role', actor, true);
  FOREACH one IN ARRAY so_far LOOP EXECUTE one; END LOOP;
  FOREACH one IN ARRAY statements LOOP
    found := NULL;
    BEGIN
      EXECUTE one;
      GET DIAGNOSTICS changed = ROW_COUNT;
      IF changed > 0 THEN
        PERFORM set_config('role', 'none', true);
        state := harness.state(actor, target);
        IF state <> ALL (known) THEN
          known := known || state;
          found := ARRAY[one, state, harness.broken(actor, target)];
        END IF;
      END IF;
      RAISE EXCEPTION SQLSTATE 'UNDO0';
    EXCEPTION
      WHEN SQLSTATE 'UNDO0' OR insufficient_privilege OR integrity_constraint_violation OR generated_always THEN NULL;
    END;
    IF found IS NOT NULL THEN
      statement := found[1];
      state := found[2];
      broken := found[3];
      RETURN NEXT;
    END IF;
  END LOOP;
  PERFORM set_config('role', 'none', true);
END
$$;

GRANT USAGE ON SCHEMA harness TO spillway_web, spillway_worker;
GRANT SELECT ON harness.accepted TO spillway_web, spillway_worker;
