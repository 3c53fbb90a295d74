-- Three roles instead of one: docs/security.md says what each of them may do, and why.
-- Run once for each database, as a superuser or as its owner with CREATEROLE; running it again changes nothing.
-- Then give each role a password of its own: ALTER ROLE spillway_web PASSWORD '…'

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['spillway_migrator', 'spillway_web', 'spillway_worker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
  END LOOP;
  -- Temporary tables fill the disk as well as others do.
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO spillway_web, spillway_worker;
-- The tables belong to it: SPILLWAY_MIGRATION_URL. Tables that another role made before: REASSIGN OWNED BY that_role TO spillway_migrator
GRANT USAGE, CREATE ON SCHEMA public TO spillway_migrator;

-- The queue's own schema (SPILLWAY_SCHEMA). Put another name here and in grants.sql if yours has one.
CREATE SCHEMA IF NOT EXISTS spillway;
GRANT USAGE ON SCHEMA spillway TO spillway_web, spillway_worker;
GRANT USAGE, CREATE ON SCHEMA spillway TO spillway_migrator;
