-- SPDX-License-Identifier: Apache-2.0
-- A dataset's tables, made and extended from its columns.
--
--   <agency>.<name>_state    the newest version of each key; with more than one leaf, hash-partitioned by key
--   <agency>.<name>_history  every version received, a leaf a month
--   <agency>.<name>          the view that people read: live keys, business columns (0019_views.sql)
--
-- Business columns are always nullable but for the key of state: the decoder enforces what is
-- required, and a tombstone has nothing but its key.

SET LOCAL ROLE nrc_owner;

-- The columns of a call, checked as far as the tables need it.
CREATE FUNCTION nrc.read_columns(columns jsonb) RETURNS TABLE (
    ordinal int, field text, name text, type text, "precision" int, scale int)
    LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT c.ordinality::int, coalesce(c.value->>'field', c.value->>'name'), c.value->>'name', c.value->>'type', (c.value->>'precision')::int,
           (c.value->>'scale')::int
    FROM jsonb_array_elements(columns) WITH ORDINALITY AS c
    ORDER BY c.ordinality;
END;

-- `name type` as DDL wants it. The type is one of a short list (the CHECK of nrc.dataset_column),
-- so %s is safe.
CREATE FUNCTION nrc.column_ddl(c nrc.dataset_column) RETURNS text
    LANGUAGE sql STABLE
RETURN format('%I %s', c.name, CASE
    WHEN c.type = 'numeric' THEN format('numeric(%s,%s)', c.precision, c.scale)
    -- Byte order is index order: batches arrive sorted, and equal means equal bytes.
    WHEN c.type = 'text' AND c.key_ordinal IS NOT NULL THEN 'text COLLATE "C"'
    ELSE c.type END);

-- The table that holds the state's rows of leaf `number`, from 0.
CREATE FUNCTION nrc.state_leaf(d nrc.dataset, number int) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN d.name || '_state' || CASE WHEN d.leaves = 1 THEN '' ELSE '_p' || number END;

CREATE FUNCTION nrc.make_tables(agency text, d nrc.dataset) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys text;
    business text;
    provenance CONSTANT text :=
        -- Fixed width and never null first: PostgreSQL finds what follows by constant offsets.
        '_recorded_at timestamptz NOT NULL, _offset bigint NOT NULL,%s _topic_partition int NOT NULL,'
        ' _op "char" NOT NULL, %s _schema_id int, _order bigint, _kafka_ts timestamptz, _event_time timestamptz';
    -- Room on each page and no index but the key: an update stays in its page (HOT). A batch may update every row of a small
    -- dataset, and what it replaces has its room until the batch is committed; of a large one it updates few in each page.
    options CONSTANT text := format(' WITH (fillfactor = %s, autovacuum_vacuum_scale_factor = 0.05,'
        ' autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.1)',
        CASE WHEN d.leaves = 1 THEN 50 ELSE 60 END);
BEGIN
    -- Wide alignment first, so that little is lost to padding; variable lengths last.
    SELECT string_agg(format('%I', c.name), ', ' ORDER BY c.key_ordinal) FILTER (WHERE c.key_ordinal IS NOT NULL),
           string_agg(nrc.column_ddl(c), ', ' ORDER BY CASE
               WHEN c.type IN ('bigint', 'double precision', 'time', 'timestamptz', 'timestamp') THEN 1
               WHEN c.type = 'date' THEN 2
               WHEN c.type IN ('boolean', 'uuid') THEN 3
               ELSE 4 END, c.key_ordinal NULLS LAST, c.ordinal)
    INTO keys, business FROM nrc.dataset_column c WHERE c.dataset_id = d.id;

    -- One leaf is the table itself: nothing to route rows to, and a sixth of the relations.
    EXECUTE format('CREATE TABLE %I.%I (%s, %s, PRIMARY KEY (%s))', agency, d.name || '_state',
                   format(provenance, ' _content bigint NOT NULL,', ''), business, keys)
            || CASE WHEN d.leaves = 1 THEN options ELSE format(' PARTITION BY HASH (%s)', keys) END;
    FOR i IN 0 .. CASE WHEN d.leaves = 1 THEN -1 ELSE d.leaves - 1 END LOOP
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.%I FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                       agency, nrc.state_leaf(d, i), agency, d.name || '_state', d.leaves, i) || options;
    END LOOP;

    -- No unique index: the fence removes redelivery. No DEFAULT leaf: leaves are to be detached
    -- concurrently.
    EXECUTE format('CREATE TABLE %I.%I (%s, %s) PARTITION BY RANGE (_recorded_at)',
                   agency, d.name || '_history', format(provenance, '', '_effect "char" NOT NULL,'), business);
    EXECUTE format('CREATE INDEX ON %I.%I USING brin (_recorded_at)', agency, d.name || '_history');
    PERFORM nrc.make_leaves_of(agency, d.name || '_history', 1, is_new => true);

    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I.%I TO nrc_ingest', agency, d.name || '_state');
    EXECUTE format('GRANT INSERT ON %I.%I TO nrc_ingest', agency, d.name || '_history');
    -- nrc_monitor counts and dates rows, and reads no data.
    EXECUTE format('GRANT SELECT (_op, _order, _event_time, _recorded_at, _schema_id, _topic_partition, _offset,'
                   ' _kafka_ts) ON %I.%I TO nrc_monitor', agency, d.name || '_state');
    EXECUTE format('GRANT SELECT (_op, _order, _event_time, _recorded_at, _schema_id, _topic_partition, _offset,'
                   ' _kafka_ts, _effect) ON %I.%I TO nrc_monitor', agency, d.name || '_history');
END
$$;

-- The names of its views: the present one's and those of former generations, as far as nobody dropped them.
CREATE FUNCTION nrc.views_of(agency text, d nrc.dataset) RETURNS text[]
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF d.column_version = 0 THEN
        RETURN '{}';
    END IF;
    -- By name: thousands of tables are beside them.
    RETURN (SELECT coalesce(array_agg(c.relname::text ORDER BY c.relname), '{}')
            FROM pg_class c
            WHERE c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = agency)
              AND c.relname = ANY (ARRAY(
                  SELECT d.name::name UNION ALL
                  SELECT (d.name || '_g' || g.number)::name FROM nrc.dataset_generation g WHERE g.dataset_id = d.id))
              AND c.relkind = 'v' AND c.relowner = 'nrc_owner'::regrole);
END
$$;

-- All others queue behind a lock that waits, so each wait is short, and the caller tries again. It is also too short for
-- PostgreSQL to look for a deadlock: a reader may have one generation's view, and want another's. Returns lock_timeout as
-- it was.
CREATE FUNCTION nrc.shorten_waits() RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was CONSTANT text := current_setting('lock_timeout');
BEGIN
    PERFORM set_config('lock_timeout', '200', true);
    RETURN was;
END
$$;

-- Only an autovacuum keeps its lock: PostgreSQL ends it for a session that has waited deadlock_timeout, so a `patient` call
-- waits longer than that, in a mode that neither a reader nor a batch has to wait for.
CREATE FUNCTION nrc.lock_tables(agency text, d nrc.dataset, patient boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation text;
    tables CONSTANT text[] := ARRAY[d.name || '_state', d.name || '_history'];
    waits_ms CONSTANT text := nrc.shorten_waits();
BEGIN
    IF patient THEN
        PERFORM set_config('lock_timeout', (s.setting::int + 500)::text, true) FROM pg_settings s WHERE s.name = 'deadlock_timeout';
        FOREACH relation IN ARRAY tables LOOP
            EXECUTE format('LOCK TABLE %I.%I IN SHARE UPDATE EXCLUSIVE MODE', agency, relation);
        END LOOP;
        PERFORM nrc.shorten_waits();
    END IF;
    -- The order in which readers and batches take them. Locking a view locks what it reads.
    FOREACH relation IN ARRAY nrc.views_of(agency, d) || tables LOOP
        EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', agency, relation);
    END LOOP;
    PERFORM set_config('lock_timeout', waits_ms, true);
END
$$;

-- Renames in two steps, by names that no column has: a column may take the name that another gives up.
CREATE FUNCTION nrc.rename_columns(agency text, d nrc.dataset, old_names text[], new_names text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    suffix text;
BEGIN
    FOREACH suffix IN ARRAY ARRAY['_state', '_history'] LOOP
        FOR i IN 1 .. cardinality(old_names) LOOP
            EXECUTE format('ALTER TABLE %I.%I RENAME COLUMN %I TO %I', agency, d.name || suffix, old_names[i],
                           '_nrc_' || i);
        END LOOP;
        FOR i IN 1 .. cardinality(new_names) LOOP
            EXECUTE format('ALTER TABLE %I.%I RENAME COLUMN %I TO %I', agency, d.name || suffix, '_nrc_' || i,
                           new_names[i]);
        END LOOP;
    END LOOP;
END
$$;

-- Columns get other names, or are added at the end; a numeric may get more digits at the same scale. All
-- of it changes PostgreSQL's catalogue only, and rewrites no row.
CREATE FUNCTION nrc.alter_tables(agency text, d nrc.dataset, old_names text[], new_names text[],
                                 added nrc.dataset_column[], grown nrc.dataset_column[])
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c nrc.dataset_column;
    suffix text;
BEGIN
    PERFORM nrc.rename_columns(agency, d, old_names, new_names);
    FOREACH suffix IN ARRAY ARRAY['_state', '_history'] LOOP
        FOREACH c IN ARRAY added LOOP
            EXECUTE format('ALTER TABLE %I.%I ADD COLUMN %s', agency, d.name || suffix, nrc.column_ddl(c));
        END LOOP;
    END LOOP;
    IF cardinality(grown) > 0 THEN
        PERFORM nrc.put_views(agency, d, (SELECT array_agg(g.field) FROM unnest(grown) AS g));
    END IF;
    FOREACH suffix IN ARRAY ARRAY['_state', '_history'] LOOP
        FOREACH c IN ARRAY grown LOOP
            EXECUTE format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE numeric(%s,%s)',
                           agency, d.name || suffix, c.name, c.precision, c.scale);
        END LOOP;
    END LOOP;
    IF cardinality(grown) > 0 THEN
        PERFORM nrc.put_views(agency, d, '{}');
    END IF;
END
$$;

-- Objects of others that use columns of the tables directly, so that PostgreSQL refuses to change the
-- columns' type: views, triggers, policies. Objects on the dataset's view never hinder. NULL: none.
CREATE FUNCTION nrc.dependents(agency text, d nrc.dataset, columns nrc.dataset_column[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH found AS (
        SELECT DISTINCT CASE WHEN r.oid IS NULL THEN pg_describe_object(x.classid, x.objid, 0)
            ELSE format('%s %I.%I', CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, n.nspname,
                        c.relname) END AS name
        FROM unnest(ARRAY['_state', '_history']) AS suffix
        CROSS JOIN pg_partition_tree(format('%I.%I', agency, d.name || suffix)::regclass) AS t
        JOIN pg_attribute a ON a.attrelid = t.relid
        JOIN unnest(columns) AS altered ON altered.name = a.attname
        JOIN pg_depend x ON x.refclassid = 'pg_class'::regclass AND x.refobjid = t.relid AND x.refobjsubid = a.attnum
        LEFT JOIN pg_rewrite r ON x.classid = 'pg_rewrite'::regclass AND r.oid = x.objid
        LEFT JOIN pg_class c ON c.oid = r.ev_class
        LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE x.classid IN ('pg_rewrite'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
                            'pg_publication_rel'::regclass)
          AND (n.nspname IS DISTINCT FROM agency OR c.relname <> ALL (nrc.views_of(agency, d)))),
    numbered AS (SELECT name, row_number() OVER (ORDER BY name) AS number FROM found)
    -- A message has room for some.
    SELECT string_agg(name, ', ' ORDER BY number) FILTER (WHERE number <= 8) ||
           CASE WHEN count(*) > 8 THEN format(' and %s more', count(*) - 8) ELSE '' END
    FROM numbered
$$;

-- Objects of an administrator hinder a change; only the administrator can decide on them. SQLSTATE NRC08 is
-- ERR_DEPENDED_ON.
CREATE FUNCTION nrc.hindered(agency text, d nrc.dataset, why text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'NRC08', MESSAGE = format('the tables of %s.%s cannot be changed, %s', agency, d.name, why);
END
$$;

-- Refuses any other change of an existing column. SQLSTATE NRC01 is ERR_INCOMPATIBLE.
CREATE FUNCTION nrc.check_columns(d nrc.dataset, columns jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
BEGIN
    IF d.column_version > 0 THEN
        SELECT CASE
            WHEN old.key_ordinal IS NOT NULL AND new.name <> old.name
                THEN format('key field %s cannot be renamed %s', old.name, new.name)
            ELSE format('column %s cannot become %s', old.name,
                        coalesce(nullif(new.name, old.name), '') ||
                        coalesce(' ' || new.type || CASE WHEN new.type = 'numeric'
                                     THEN format('(%s,%s)', new.precision, new.scale) ELSE '' END, 'nothing'))
            END
        INTO wrong
        FROM nrc.dataset_column old LEFT JOIN nrc.read_columns(columns) new USING (ordinal)
        WHERE old.dataset_id = d.id
          AND ((new.type, coalesce(new.scale, 0)) IS DISTINCT FROM (old.type, coalesce(old.scale, 0))
               OR new.precision < old.precision
               OR old.key_ordinal IS NOT NULL AND new.field <> old.field)
        ORDER BY old.ordinal LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
        SELECT format('two columns are named %s', c.name) INTO wrong
        FROM nrc.read_columns(columns) c GROUP BY c.name HAVING count(*) > 1 LIMIT 1;
    END IF;
    IF wrong IS NULL THEN
        SELECT format('key field %s is missing or is no text, bigint, date, uuid or bytea', k) INTO wrong
        FROM unnest(d.key_fields) AS k
        WHERE NOT EXISTS (SELECT FROM nrc.read_columns(columns) c
                          WHERE c.field = k AND c.type IN ('text', 'bigint', 'date', 'uuid', 'bytea'))
        LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC01', MESSAGE = wrong;
    END IF;
END
$$;

-- Gives the existing columns the names of the list. A column may take the name that another gives up, and
-- each row of an UPDATE is checked against the others: so they are renamed in two steps, by names that no
-- column has. NULL: no name changes.
CREATE FUNCTION nrc.take_names(d nrc.dataset, columns jsonb, OUT old_names text[], OUT new_names text[])
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT array_agg(o.name ORDER BY o.ordinal), array_agg(c.name ORDER BY o.ordinal) INTO old_names, new_names
    FROM nrc.dataset_column o JOIN nrc.read_columns(columns) c USING (ordinal)
    WHERE o.dataset_id = d.id AND o.field <> c.field;
    IF old_names IS NOT NULL THEN
        UPDATE nrc.dataset_column o SET field = '_nrc_' || o.ordinal, name = '_nrc_' || o.ordinal
        WHERE o.dataset_id = d.id AND o.name = ANY (old_names);
        UPDATE nrc.dataset_column o SET field = c.field, name = c.name FROM nrc.read_columns(columns) c
        WHERE o.dataset_id = d.id AND o.ordinal = c.ordinal AND o.field <> c.field;
    END IF;
END
$$;

-- Gives the dataset exactly these columns. `columns`: [{"field", "name", "type", "precision", "scale"}], in
-- order, the existing ones first; another field and name at the place of one are its new ones. Without a
-- field, the field is the name. True: something changed. The view stays as it is, until a structure shows them
-- (nrc.show_structures).
CREATE FUNCTION nrc.apply_columns(for_dataset int, columns jsonb, patient boolean) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    agency text;
    old_names text[];
    new_names text[];
    added nrc.dataset_column[];
    grown nrc.dataset_column[];
    detail text;
BEGIN
    SELECT * INTO STRICT d FROM nrc.dataset WHERE id = for_dataset FOR NO KEY UPDATE;
    SELECT code INTO STRICT agency FROM nrc.agency WHERE id = d.agency_id;
    PERFORM nrc.check_columns(d, columns);
    IF d.column_version > 0 THEN
        SELECT t.old_names, t.new_names INTO old_names, new_names FROM nrc.take_names(d, columns) t;
    END IF;

    WITH inserted AS (
        INSERT INTO nrc.dataset_column (dataset_id, ordinal, field, name, type, precision, scale, key_ordinal)
        SELECT d.id, c.ordinal, c.field, c.name, c.type, c.precision, c.scale, array_position(d.key_fields, c.field)
        FROM nrc.read_columns(columns) c
        WHERE NOT EXISTS (SELECT FROM nrc.dataset_column o WHERE o.dataset_id = d.id AND o.ordinal = c.ordinal)
        RETURNING *)
    SELECT array_agg(i::nrc.dataset_column ORDER BY i.ordinal) INTO added FROM inserted i;

    IF d.column_version > 0 THEN
        WITH updated AS (
            UPDATE nrc.dataset_column o SET precision = c.precision
            FROM nrc.read_columns(columns) c
            WHERE o.dataset_id = d.id AND o.ordinal = c.ordinal AND o.precision < c.precision
            RETURNING o.*)
        SELECT array_agg(u::nrc.dataset_column ORDER BY u.ordinal) INTO grown FROM updated u;
    END IF;

    IF old_names IS NULL AND added IS NULL AND grown IS NULL THEN
        RETURN false;
    END IF;
    IF d.column_version = 0 THEN
        PERFORM nrc.make_tables(agency, d);
    ELSE
        PERFORM nrc.lock_tables(agency, d, patient);
        BEGIN
            PERFORM nrc.alter_tables(agency, d, coalesce(old_names, '{}'), coalesce(new_names, '{}'),
                                     coalesce(added, '{}'), coalesce(grown, '{}'));
        EXCEPTION WHEN feature_not_supported OR dependent_objects_still_exist OR duplicate_column
                       OR undefined_column OR invalid_table_definition OR wrong_object_type OR insufficient_privilege THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            PERFORM nrc.hindered(agency, d, coalesce('first drop what was made from them: ' ||
                nrc.dependents(agency, d, grown), concat_ws(': ', SQLERRM, nullif(detail, ''))));
        END;
    END IF;
    UPDATE nrc.dataset SET column_version = column_version + 1 WHERE id = d.id;
    RETURN true;
END
$$;

-- Raises for a batch that was written with former columns (storage/commit/ledger.c). SQLSTATE NRC09 is
-- ERR_COLUMNS_CHANGED.
CREATE FUNCTION nrc.columns_changed(for_dataset int) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'NRC09',
        MESSAGE = format('the columns of dataset %s were changed meanwhile', for_dataset);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.columns_changed(int) TO nrc_ingest;
