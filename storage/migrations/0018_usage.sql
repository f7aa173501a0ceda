-- SPDX-License-Identifier: Apache-2.0
-- Who asks the registry for which structure: a row for each account and day. Whoever would change a structure sees whom
-- it concerns. The count is of requests that were answered; it is no evidence, and rows go after 90 days.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.schema_use (
    schema_id int NOT NULL REFERENCES nrc.schema ON DELETE CASCADE,
    account   text NOT NULL, -- 'anonymous': of a registry that lets clients of its machine in without one
    day       date NOT NULL, -- in UTC
    count     bigint NOT NULL CHECK (count > 0),
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (schema_id, account, day)
);
CREATE INDEX schema_use_day ON nrc.schema_use (day);

CREATE FUNCTION nrc.schema_use_kept_from() RETURNS date
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (now() AT TIME ZONE 'UTC')::date - 90
$$;

-- What a registry process has counted since its last call: [{"schema_id", "account", "count", "age_us"}]; age_us: how long
-- ago the last request was. Rows are taken in one order, as other processes count the same. A structure that was deleted
-- meanwhile is left out.
CREATE FUNCTION nrc.add_schema_uses(uses jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.schema_use AS u (schema_id, account, day, count, last_at)
    SELECT n.schema_id, n.account, (n.at AT TIME ZONE 'UTC')::date, sum(n.count), max(n.at)
    FROM (SELECT r.schema_id, r.account, r.count, now() - r.age_us * interval '1 microsecond' AS at
          FROM jsonb_to_recordset(uses) r(schema_id int, account text, count bigint, age_us bigint)) n
    JOIN nrc.schema s ON s.id = n.schema_id
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (schema_id, account, day)
        DO UPDATE SET count = u.count + excluded.count, last_at = greatest(u.last_at, excluded.last_at);
    DELETE FROM nrc.schema_use u
    WHERE u.ctid = ANY (ARRAY(SELECT o.ctid FROM nrc.schema_use o WHERE o.day < nrc.schema_use_kept_from()
                              ORDER BY o.day LIMIT 1000 FOR UPDATE SKIP LOCKED));
$$;
GRANT EXECUTE ON FUNCTION nrc.add_schema_uses(jsonb) TO nrc_registry;

-- Nobody reads the table but through this.
CREATE FUNCTION nrc.schema_users(of_schema int)
    RETURNS TABLE (account text, agency text, days bigint, count bigint, last_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT u.account, max(a.code), count(*), sum(u.count)::bigint, max(u.last_at)
    FROM nrc.schema_use u LEFT JOIN nrc.account c ON c.name = u.account LEFT JOIN nrc.agency a ON a.id = c.agency_id
    WHERE u.schema_id = of_schema AND u.day >= nrc.schema_use_kept_from()
    GROUP BY u.account ORDER BY max(u.last_at) DESC, u.account
$$;
GRANT EXECUTE ON FUNCTION nrc.schema_users(int) TO nrc_monitor, nrc_registry;

-- What others made from a dataset's view or tables: views, materialized views, functions whose body PostgreSQL keeps parsed
-- (BEGIN ATOMIC), triggers, policies, publications; and what was made from those. field: that it uses, NULL: the table as a
-- whole; through: what it was made from, NULL: ours. A function whose body is a string is not known to use anything.
CREATE FUNCTION nrc.field_dependents(of_dataset text)
    RETURNS TABLE (field text, kind text, name text, through text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE ours AS (
        SELECT d.id AS dataset_id, coalesce(t.relid, c.oid)::oid AS oid, v.columns
        FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
        CROSS JOIN LATERAL (
            SELECT d.name || s.suffix AS name, NULL::jsonb AS columns FROM (VALUES ('_state'), ('_history')) AS s (suffix)
            UNION ALL
            SELECT d.name || CASE WHEN g.until IS NULL THEN '' ELSE '_g' || g.number END, g.columns
            FROM nrc.dataset_generation g WHERE g.dataset_id = d.id) v
        JOIN pg_namespace n ON n.nspname = a.code JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = v.name
        LEFT JOIN LATERAL pg_partition_tree(c.oid) t ON true
        WHERE a.code || '.' || d.name = of_dataset
    ), named AS ( -- the columns of all of them
        SELECT o.oid, c.name, c.field FROM ours o JOIN nrc.dataset_column c ON c.dataset_id = o.dataset_id
        WHERE o.columns IS NULL
        UNION ALL
        SELECT o.oid, k.name, c.field FROM ours o CROSS JOIN jsonb_to_recordset(o.columns) AS k (name text, ordinal int)
        JOIN nrc.dataset_column c ON c.dataset_id = o.dataset_id AND c.ordinal = k.ordinal
    ), uses AS (
        SELECT x.classid, x.objid, r.ev_class, x.refobjid, x.refobjsubid
        FROM pg_depend x LEFT JOIN pg_rewrite r ON x.classid = 'pg_rewrite'::regclass AND r.oid = x.objid
        WHERE x.refclassid = 'pg_class'::regclass
          AND x.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
                            'pg_publication_rel'::regclass)
          AND r.ev_class IS DISTINCT FROM x.refobjid
          AND NOT EXISTS (SELECT FROM pg_trigger g WHERE x.classid = 'pg_trigger'::regclass AND g.oid = x.objid
                          AND g.tgisinternal)
    ), direct AS (
        SELECT u.*, c.field FROM ours o JOIN uses u ON u.refobjid = o.oid
        LEFT JOIN pg_attribute b ON b.attrelid = o.oid AND b.attnum = u.refobjsubid AND u.refobjsubid > 0
        LEFT JOIN named c ON c.oid = o.oid AND c.name = b.attname
        WHERE u.ev_class IS NULL OR u.ev_class NOT IN (SELECT oid FROM ours)
    ), found AS (
        SELECT d.classid, d.objid, d.ev_class, d.field, NULL::oid AS through FROM direct d
        WHERE d.field IS NOT NULL
           OR NOT EXISTS (SELECT FROM direct e WHERE e.classid = d.classid AND e.objid = d.objid AND e.refobjsubid > 0)
        UNION
        SELECT u.classid, u.objid, u.ev_class, f.field, coalesce(f.through, f.ev_class)
        FROM found f JOIN uses u ON u.refobjid = f.ev_class
    )
    SELECT DISTINCT f.field,
           CASE WHEN k.relkind = 'm' THEN 'materialized view' WHEN k.relkind IS NOT NULL THEN 'view'
                WHEN o.type = 'publication relation' THEN 'publication' ELSE o.type END,
           CASE WHEN k.oid IS NOT NULL THEN format('%I.%I', n.nspname, k.relname) ELSE o.identity END, f.through::regclass::text
    FROM found f CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, 0) o
    LEFT JOIN pg_class k ON k.oid = f.ev_class LEFT JOIN pg_namespace n ON n.oid = k.relnamespace
    ORDER BY 1 NULLS FIRST, 2, 3, 4
$$;
GRANT EXECUTE ON FUNCTION nrc.field_dependents(text) TO nrc_monitor, nrc_registry;

-- ---- a dataset's history, as a steward reads it ----

-- To see what a newer structure would make of the rows. They are read some pages at a time, each in a transaction of its own:
-- a long one would hold a registration's lock off, and keep dead rows of the state. That someone read is in the audit trail.
CREATE FUNCTION nrc.history_table(of_dataset text, OUT dataset_id int, OUT agency_id int, OUT agency text, OUT parent text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT d.id, a.id, a.code, d.name || '_history' INTO dataset_id, agency_id, agency, parent
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
    WHERE a.code || '.' || d.name = of_dataset AND d.column_version > 0;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('no dataset %s has a history', of_dataset);
    END IF;
END
$$;

-- The leaves that are not empty and may have rows since then (NULL: all), with their pages, and rows as far as they are known.
CREATE FUNCTION nrc.begin_history(of_dataset text, columns jsonb, since timestamptz)
    RETURNS TABLE (leaf text, pages bigint, known_rows bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    h record := nrc.history_table(of_dataset);
BEGIN
    INSERT INTO nrc.audit (what, object, agency_id, after)
    VALUES ('history.read', 'dataset/' || of_dataset, h.agency_id,
            jsonb_strip_nulls(jsonb_build_object('columns', columns, 'since', since)));
    RETURN QUERY
        SELECT c.relname::text, pg_relation_size(c.oid) / current_setting('block_size')::bigint,
               greatest(c.reltuples, 0)::bigint
        FROM pg_partition_tree(format('%I.%I', h.agency, h.parent)::regclass) t JOIN pg_class c ON c.oid = t.relid
        WHERE t.isleaf AND pg_relation_size(c.oid) > 0
          AND (since IS NULL
               OR to_date(substring(c.relname FROM '_y([0-9]{4}m[0-9]{2})$'), 'YYYY"m"MM') + interval '1 month' > since)
        ORDER BY c.relname;
END
$$;

-- A cursor of _schema_id and the columns, as text, of what upserts those pages of the leaf hold.
CREATE FUNCTION nrc.open_history(of_dataset text, of_leaf text, columns jsonb, since timestamptz, from_page bigint,
                                 until_page bigint) RETURNS refcursor
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    h record := nrc.history_table(of_dataset);
    shown text;
    found bigint;
    rows_of refcursor;
BEGIN
    SELECT coalesce(string_agg(format(', %I::text', c.name), '' ORDER BY w.n), ''), count(c.name) INTO shown, found
    FROM jsonb_array_elements_text(columns) WITH ORDINALITY AS w (name, n)
    JOIN nrc.dataset_column c ON c.dataset_id = h.dataset_id AND c.name = w.name;
    IF found < jsonb_array_length(columns) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('the columns of %s were changed meanwhile', of_dataset);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_partition_tree(format('%I.%I', h.agency, h.parent)::regclass) t
                   JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf AND c.relname = of_leaf) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('%s has no leaf %s', of_dataset, of_leaf);
    END IF;
    OPEN rows_of NO SCROLL FOR EXECUTE
        format('SELECT _schema_id%s FROM %I.%I WHERE ctid >= %L::tid AND ctid < %L::tid AND _op <> %L'
               ' AND ($1 IS NULL OR _recorded_at >= $1)', shown, h.agency, of_leaf, format('(%s,0)', from_page),
               format('(%s,0)', until_page), 'd')
        USING since;
    RETURN rows_of;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.begin_history(text, jsonb, timestamptz),
    nrc.open_history(text, text, jsonb, timestamptz, bigint, bigint) TO nrc_steward;
