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

CREATE TABLE nrc.audit (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    what        text NOT NULL CHECK (what ~ '^[a-z_]+[.][a-z_]+$'), -- 'notice.filed'
    object      text NOT NULL CHECK (object ~ '^[a-z_]+/'),         -- 'notice/12'
    agency_id   int REFERENCES nrc.agency,
    before      jsonb, -- NULL: it was not there
    after       jsonb, -- NULL: it is not there any more
    why         text CHECK (why ~ '\S'),
    by_name     text NOT NULL CHECK (by_name ~ '\S'), -- as the caller gives it
    by_db_login text NOT NULL DEFAULT session_user    -- as PostgreSQL knows it
);
CREATE INDEX audit_object ON nrc.audit (object, id);

CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.audit
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON nrc.audit FROM nrc_owner;
GRANT SELECT ON nrc.audit TO nrc_monitor, nrc_registry;
