-- SPDX-License-Identifier: Apache-2.0
-- The group roles, and the schema nrc.
--
-- nrc_owner owns everything, and nobody logs in as it. The other groups own nothing: they have grants
-- for what they use, and all their DDL is in functions of nrc_owner that run with its rights (SECURITY
-- DEFINER). nrc_registry serves HTTP; nrc_desk works the quarantine for the people who are signed in at the monitor's page, by
-- functions that look at the rights of the account they are given. What neither offers (accounts, resuming a halted position)
-- needs nrc_steward, which no server has. The administrator creates a login and grants it one of the groups; the engine's
-- sessions take that group as their role.
--
-- Roles belong to the cluster, not to the database: another register beside this one may create them,
-- even at the same moment, so "already exists" is no error. The login that migrates runs this file; the
-- later files run as nrc_owner.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY
        ARRAY['nrc_owner', 'nrc_ingest', 'nrc_registry', 'nrc_steward', 'nrc_monitor', 'nrc_reader', 'nrc_relay', 'nrc_watch', 'nrc_desk']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;

    -- A login that is no superuser must be a member to create objects that nrc_owner owns.
    IF NOT pg_has_role(current_user, 'nrc_owner', 'MEMBER') THEN
        EXECUTE format('GRANT nrc_owner TO %I', current_user);
    END IF;

    -- nrc_owner creates a PostgreSQL schema for each agency; each lane has temporary stage tables.
    IF NOT has_database_privilege('nrc_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO nrc_owner', current_database());
    END IF;
    IF NOT has_database_privilege('nrc_ingest', current_database(), 'TEMPORARY') THEN
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO nrc_ingest', current_database());
    END IF;
END
$$;

CREATE SCHEMA nrc AUTHORIZATION nrc_owner;

SET LOCAL ROLE nrc_owner;

GRANT USAGE ON SCHEMA nrc TO nrc_ingest, nrc_registry, nrc_steward, nrc_monitor, nrc_reader, nrc_watch, nrc_desk;

-- By default everybody may execute a new function; nobody may execute a SECURITY DEFINER function without
-- a grant.
ALTER DEFAULT PRIVILEGES FOR ROLE nrc_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE nrc.migration (
    number     int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON nrc.migration TO nrc_ingest, nrc_registry, nrc_steward, nrc_monitor, nrc_reader, nrc_watch, nrc_desk;
