-- SPDX-License-Identifier: Apache-2.0
-- The group roles, and the schema nrc.
--
-- nrc_owner owns everything and nobody logs in as it. The others own nothing: they are granted what
-- they use, and all DDL they may cause stands in functions of nrc_owner that run with its rights
-- (SECURITY DEFINER). nrc_registry serves HTTP; what HTTP does not offer (accounts, opening a halted
-- position, what is in the quarantine) takes nrc_steward, which no server has. A login is made by the
-- administrator and granted one of the groups; the engine's sessions take the group's name.
--
-- Roles belong to the cluster, not to the database: another register beside this one may have made
-- them, perhaps at this very moment, so "it is there already" is no error. Run by the login that
-- migrates; the later files run as nrc_owner.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY
        ARRAY['nrc_owner', 'nrc_ingest', 'nrc_registry', 'nrc_steward', 'nrc_monitor', 'nrc_reader']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;

    -- A login that is no superuser must be a member to make things in nrc_owner's name.
    IF NOT pg_has_role(current_user, 'nrc_owner', 'MEMBER') THEN
        EXECUTE format('GRANT nrc_owner TO %I', current_user);
    END IF;

    -- Each agency has a PostgreSQL schema, made by nrc_owner; each lane has temporary stage tables.
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

GRANT USAGE ON SCHEMA nrc TO nrc_ingest, nrc_registry, nrc_steward, nrc_monitor, nrc_reader;

-- PostgreSQL lets everybody execute a new function; a SECURITY DEFINER function must not be
-- everybody's.
ALTER DEFAULT PRIVILEGES FOR ROLE nrc_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE nrc.migration (
    number     int PRIMARY KEY,
    name       text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON nrc.migration TO nrc_ingest, nrc_registry, nrc_steward, nrc_monitor, nrc_reader;
