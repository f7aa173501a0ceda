-- SPDX-License-Identifier: Apache-2.0
-- The monthly leaves of ledger, quarantine and every dataset's history: `births_history_y2026m11`.

SET LOCAL ROLE nrc_owner;

-- A leaf is made as a table of its own and attached: ATTACH takes SHARE UPDATE EXCLUSIVE on the
-- parent, beside which writers go on; CREATE TABLE … PARTITION OF takes ACCESS EXCLUSIVE. Bounds
-- have +00, or they would be in the session's time zone. The leaf is empty, so no CHECK is needed to save
-- ATTACH a scan (and one that stays would be evaluated for every row). False: it existed already. is_new: the parent was made
-- in this transaction, so that nobody else knows it.
CREATE FUNCTION nrc.make_leaf(schema_name text, parent text, month date, is_new boolean)
    RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leaf text := parent || to_char(month, '"_y"YYYY"m"MM');
    bounds text := format(' FOR VALUES FROM (%L) TO (%L)', to_char(month, 'YYYY-MM-DD" 00:00:00+00"'),
                          to_char(month + interval '1 month', 'YYYY-MM-DD" 00:00:00+00"'));
BEGIN
    IF is_new THEN
        EXECUTE format('CREATE TABLE %1$I.%2$I PARTITION OF %1$I.%3$I', schema_name, leaf, parent) || bounds;
        RETURN true;
    END IF;
    IF to_regclass(format('%I.%I', schema_name, leaf)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One session at a time makes leaves; a second one finds the leaf. It looks with a query: to_regclass
    -- would answer from the session's cache, which is stale after the wait for an advisory lock.
    PERFORM pg_advisory_xact_lock(hashtextextended('nrc.make_leaf', 0));
    IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = schema_name AND c.relname = leaf) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %1$I.%2$I (LIKE %1$I.%3$I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
                   schema_name, leaf, parent);
    EXECUTE format('ALTER TABLE %1$I.%3$I ATTACH PARTITION %1$I.%2$I', schema_name, leaf, parent) || bounds;
    RETURN true;
END
$$;

-- This month's leaf and `months` ahead, of one table. One ahead is there for a month before it is needed; each is four
-- relations, and a tenth of the time that a new dataset takes.
CREATE FUNCTION nrc.make_leaves_of(schema_name text, parent text, months int, is_new boolean DEFAULT false)
    RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    this_month date := date_trunc('month', now())::date;
    made int := 0;
BEGIN
    FOR i IN 0 .. least(greatest(months, 0), 120) LOOP
        IF nrc.make_leaf(schema_name, parent, (this_month + i * interval '1 month')::date, is_new) THEN
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END
$$;

-- The same for one dataset's history; for_dataset NULL: for the ledger and the quarantine. One dataset at
-- a time, because each new table holds a few locks until the transaction ends. It waits for no lock longer
-- than lock_timeout: the queue behind a waiting lock would stop all sessions. The caller tries again.
CREATE FUNCTION nrc.make_leaves(months int, for_dataset int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms'
AS $$
DECLARE
    agency text;
    parent text;
BEGIN
    IF for_dataset IS NULL THEN
        RETURN nrc.make_leaves_of('nrc', 'ledger', months) + nrc.make_leaves_of('nrc', 'quarantine', months);
    END IF;
    -- Waits for a removal of the dataset.
    SELECT a.code, s.name || '_history' INTO agency, parent
    FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id
    WHERE s.id = for_dataset AND s.column_version > 0 FOR KEY SHARE OF s;
    -- A dataset that is removed, or whose table was dropped, needs no leaves.
    IF NOT FOUND OR to_regclass(format('%I.%I', agency, parent)) IS NULL THEN
        RETURN 0;
    END IF;
    RETURN nrc.make_leaves_of(agency, parent, months);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.make_leaves(int, int) TO nrc_ingest, nrc_registry;

SELECT nrc.make_leaves(1, NULL);
