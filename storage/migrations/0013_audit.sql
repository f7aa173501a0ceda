-- SPDX-License-Identifier: Apache-2.0
-- The audit trail (NRL-18): who changed what, when and why, with before and after. Rows are only added: no role may alter or
-- delete one, not even the owner of the table. Functions of nrc_owner add them, in the transaction of what they record.

SET LOCAL ROLE nrc_owner;

CREATE OR REPLACE FUNCTION nrc.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'NRC04',
        MESSAGE = format('%s of nrc.%s is not allowed: what is recorded there stays', TG_OP, TG_TABLE_NAME);
END
$$;

-- Who does what this session does, as its program has said (storage/conn/conn.h, sto_conn_act_as); else the login.
CREATE FUNCTION nrc.actor() RETURNS text
    LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('nrc.actor', true), ''), session_user::text);

CREATE TABLE nrc.audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    what        text NOT NULL CHECK (what ~ '^[a-z_]+[.][a-z_]+$'), -- 'notice.filed'
    object      text NOT NULL CHECK (object ~ '^[a-z_]+/'),         -- 'notice/12'
    agency_id   int REFERENCES nrc.agency,
    before      jsonb, -- NULL: it was not there
    after       jsonb, -- NULL: it is not there any more
    why         text CHECK (why ~ '\S'),
    by_name     text NOT NULL DEFAULT nrc.actor() CHECK (by_name ~ '\S'), -- as the program says
    by_db_login text NOT NULL DEFAULT session_user                        -- as PostgreSQL knows it
);
CREATE INDEX audit_object ON nrc.audit (object, id);
CREATE INDEX audit_agency ON nrc.audit (agency_id, id); -- an agency reads its own rows alone
CREATE INDEX audit_at ON nrc.audit USING brin (at);

CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.audit
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON nrc.audit FROM nrc_owner;
GRANT SELECT ON nrc.audit TO nrc_monitor, nrc_registry;

-- ---- changes of the catalogue ----

-- By triggers, so that no way of changing a row leaves it out. 'agency.added', 'agency.changed', 'agency.removed'.
-- Accounts have a trail of their own (nrc.account_event).
-- was NULL: the row is new; is_now NULL: it was removed.
CREATE FUNCTION nrc.audit_row(kind text, of_table name, was jsonb, is_now jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    here CONSTANT jsonb := coalesce(is_now, was);
    name text;
    of_agency int;
BEGIN
    CASE of_table
        WHEN 'agency' THEN
            of_agency := (here->>'id')::int;
            name := here->>'code';
        WHEN 'agency_head' THEN
            of_agency := (here->>'agency_id')::int;
            SELECT a.code INTO name FROM nrc.agency a WHERE a.id = of_agency;
        WHEN 'dataset' THEN
            of_agency := (here->>'agency_id')::int;
            SELECT a.code || '.' || (here->>'name') INTO name FROM nrc.agency a WHERE a.id = of_agency;
        WHEN 'subject_version' THEN
            name := concat(here->>'subject', '/', here->>'version');
            SELECT d.agency_id INTO of_agency FROM nrc.dataset d WHERE d.id = (here->>'dataset_id')::int;
        ELSE
            name := here->>'subject'; -- '': the registry's own
    END CASE;
    INSERT INTO nrc.audit (what, object, agency_id, before, after)
    VALUES (kind || CASE WHEN was IS NULL THEN '.added' WHEN is_now IS NULL THEN '.removed' ELSE '.changed' END,
            kind || '/' || name, of_agency, was, is_now);
END
$$;

-- A function of its own: PostgreSQL compiles that of a trigger for each table anew.
CREATE FUNCTION nrc.on_audited_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
BEGIN
    -- An update of these alone follows from a structure, which has a row of its own.
    IF was - '{column_version,shown}'::text[] = is_now - '{column_version,shown}'::text[] THEN
        RETURN NULL;
    END IF;
    PERFORM nrc.audit_row(TG_ARGV[0], TG_TABLE_NAME, was, is_now);
    RETURN NULL;
END
$$;

DO $$
DECLARE
    audited record;
BEGIN
    FOR audited IN VALUES ('agency', 'agency'), ('agency_head', 'agency_head'), ('dataset', 'dataset'),
                          ('subject_version', 'structure'), ('registry_config', 'config'), ('registry_mode', 'mode')
    LOOP
        EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON nrc.%I'
                       ' FOR EACH ROW EXECUTE FUNCTION nrc.on_audited_change(%L)', audited.column1, audited.column2);
    END LOOP;
END
$$;
