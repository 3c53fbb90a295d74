-- One submission for each state, and what was accepted under it. `content` is what must not be lost or changed.
CREATE SCHEMA harness;
CREATE TABLE harness.accepted (
  kind text, queue text, id uuid, form text, data text, digest text, received_at timestamptz, generation int);
INSERT INTO harness.accepted
SELECT kind, 'inbox', ('01930000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'contact', '{"said":"' || kind || '"}', 'digest of ' || kind,
  date_trunc('milliseconds', now()) - interval '1 hour', CASE WHEN kind IN ('again', 'both') THEN 2 ELSE 1 END
FROM unnest(ARRAY['waiting', 'delayed', 'held', 'again', 'both', 'running', 'stalled', 'clash', 'done', 'dead', 'buried', 'discarded'])
  WITH ORDINALITY AS kinds(kind, n);

INSERT INTO spillway.fallback_submissions (queue, id, form, data, digest, created_at, run_at, generation, attempts, reason, history, lease_until, claimed_by, claim_token)
SELECT queue, id, form, data, digest, received_at, now() + CASE kind WHEN 'delayed' THEN interval '1 hour' ELSE '-1 minute' END, generation,
  CASE kind WHEN 'again' THEN 0 WHEN 'both' THEN 0 ELSE 1 END, 'primary',
  '[{"attempt":1}]', CASE WHEN kind IN ('held', 'running') THEN now() + interval '1 hour' ELSE '-infinity' END,
  CASE WHEN kind IN ('held', 'running') THEN 'worker' END, CASE WHEN kind IN ('held', 'running') THEN 'token' END
FROM harness.accepted WHERE kind IN ('waiting', 'delayed', 'held', 'again', 'both', 'running', 'stalled', 'clash');

INSERT INTO spillway.submission_outcomes (queue, id, form, status, attempts, generation, digest, received_at, settled_at, error, history, payload, lease_until, claimed_by)
SELECT queue, id, form, CASE WHEN kind IN ('running', 'stalled') THEN 'running' WHEN kind IN ('both', 'buried') THEN 'dead' WHEN kind = 'clash' THEN 'done' ELSE kind END,
  10, 1, CASE kind WHEN 'clash' THEN 'digest of other content' ELSE digest END, received_at, now() - interval '1 minute', 'it failed', '[{"attempt":1}]',
  CASE WHEN kind IN ('both', 'dead', 'buried', 'discarded') THEN data END,
  CASE kind WHEN 'running' THEN now() + interval '1 hour' WHEN 'stalled' THEN now() - interval '1 minute' END,
  CASE WHEN kind IN ('running', 'stalled') THEN 'worker' END
FROM harness.accepted WHERE kind IN ('both', 'running', 'stalled', 'clash', 'done', 'dead', 'buried', 'discarded');
-- `buried`: kept as dead under an id of its own, since its own had been used.
UPDATE spillway.submission_outcomes SET conflicts_with = '01930000-0000-7000-8000-000000000009' WHERE id = '01930000-0000-7000-8000-000000000011';

INSERT INTO submissions (id, form, data, received_at, attempts)
SELECT id, form, data::json, received_at, 1 FROM harness.accepted WHERE kind = 'done';
INSERT INTO audit_log (queue, by, action, result) VALUES ('inbox', 'operator@example.com', 'discard', 'given up');
INSERT INTO controls (queue, changed_by) VALUES ('inbox', 'operator@example.com');
INSERT INTO operations (queue, action, target, by) VALUES ('inbox', 'discard', '{}', 'operator@example.com');
INSERT INTO auth_user (id, name, email) VALUES ('1', 'Operator', 'operator@example.com');

CREATE TABLE harness.row_before AS SELECT * FROM spillway.fallback_submissions;
CREATE TABLE harness.outcome_before AS SELECT * FROM spillway.submission_outcomes;
CREATE TABLE harness.entry_before AS SELECT * FROM audit_log;
CREATE TABLE harness.effect_before AS SELECT id, form, data::text AS data, received_at, processed_at, attempts FROM submissions;
