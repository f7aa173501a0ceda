-- SPDX-License-Identifier: Apache-2.0
-- A dataset's tables and view, made and extended from its columns.
--
--   <agency>.<name>_state    the newest version of each key, hash-partitioned by key
--   <agency>.<name>_history  every version received, a leaf a month
--   <agency>.<name>          the view that people read: live keys, business columns
--
-- Business columns are always nullable but for the key of state: the decoder enforces what is
-- required, and a tombstone has nothing but its key.

SET LOCAL ROLE nrc_owner;

-- The columns that a call brings, checked as far as the tables need it.
CREATE FUNCTION nrc.read_columns(columns jsonb) RETURNS TABLE (
    ordinal int, field text, name text, type text, "precision" int, scale int)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.ordinality::int, c.value->>'field', c.value->>'name', c.value->>'type', (c.value->>'precision')::int,
           (c.value->>'scale')::int
    FROM jsonb_array_elements(columns) WITH ORDINALITY AS c
    ORDER BY c.ordinality
$$;

-- `name type` as DDL wants it. The type is one of a short list (the CHECK of nrc.dataset_column),
-- so %s is safe.
CREATE FUNCTION nrc.column_ddl(c nrc.dataset_column) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%I %s', c.name, CASE
        WHEN c.type = 'numeric' THEN format('numeric(%s,%s)', c.precision, c.scale)
        -- Byte order is index order: batches arrive sorted, and equal means equal bytes.
        WHEN c.type = 'text' AND c.key_ordinal IS NOT NULL THEN 'text COLLATE "C"'
        ELSE c.type END)
$$;

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
BEGIN
    SELECT string_agg(format('%I', c.name), ', ' ORDER BY c.key_ordinal) INTO keys
    FROM nrc.dataset_column c WHERE c.dataset_id = d.id AND c.key_ordinal IS NOT NULL;

    -- Wide alignment first, so that little is lost to padding; what varies in length last.
    SELECT string_agg(nrc.column_ddl(c), ', ' ORDER BY CASE
        WHEN c.type IN ('bigint', 'double precision', 'time', 'timestamptz', 'timestamp') THEN 1
        WHEN c.type = 'date' THEN 2
        WHEN c.type IN ('boolean', 'uuid') THEN 3
        ELSE 4 END, c.key_ordinal NULLS LAST, c.ordinal) INTO business
    FROM nrc.dataset_column c WHERE c.dataset_id = d.id;

    EXECUTE format('CREATE TABLE %I.%I (%s, %s, PRIMARY KEY (%s)) PARTITION BY HASH (%s)',
                   agency, d.name || '_state', format(provenance, ' _content bigint NOT NULL,', ''), business, keys, keys);
    FOR i IN 0 .. d.leaves - 1 LOOP
        -- Room on each page and no index but the key: an update stays in its page (HOT).
        EXECUTE format('CREATE TABLE %I.%I PARTITION OF %I.%I FOR VALUES WITH (MODULUS %s, REMAINDER %s)'
                       ' WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05,'
                       ' autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.1)',
                       agency, d.name || '_state_p' || i, agency, d.name || '_state', d.leaves, i);
    END LOOP;

    -- No unique index: the fence removes redelivery. No DEFAULT leaf: leaves are detached
    -- concurrently one day.
    EXECUTE format('CREATE TABLE %I.%I (%s, %s) PARTITION BY RANGE (_recorded_at)',
                   agency, d.name || '_history', format(provenance, '', '_effect "char" NOT NULL,'), business);
    EXECUTE format('CREATE INDEX ON %I.%I USING brin (_recorded_at)', agency, d.name || '_history');
    PERFORM nrc.make_leaves_of(agency, d.name || '_history', 2);

    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I.%I TO nrc_ingest', agency, d.name || '_state');
    EXECUTE format('GRANT INSERT ON %I.%I TO nrc_ingest', agency, d.name || '_history');
    -- Whoever watches the flow counts and dates it, and reads nobody's data.
    EXECUTE format('GRANT SELECT (_op, _order, _event_time, _recorded_at, _schema_id, _topic_partition, _offset,'
                   ' _kafka_ts) ON %I.%I TO nrc_monitor', agency, d.name || '_state');
    EXECUTE format('GRANT SELECT (_op, _order, _event_time, _recorded_at, _schema_id, _topic_partition, _offset,'
                   ' _kafka_ts, _effect) ON %I.%I TO nrc_monitor', agency, d.name || '_history');
END
$$;

-- Dropped, made and granted anew in one transaction: CREATE OR REPLACE VIEW can neither reorder nor
-- retype columns, and DROP loses the grants. Every grant on a view is made here.
CREATE FUNCTION nrc.make_view(agency text, d nrc.dataset) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    business text;
BEGIN
    SELECT string_agg(format('%I', c.name), ', ' ORDER BY c.ordinal) INTO business
    FROM nrc.dataset_column c WHERE c.dataset_id = d.id;
    EXECUTE format('CREATE VIEW %I.%I AS SELECT %s FROM %I.%I WHERE _op <> ''d''',
                   agency, d.name, business, agency, d.name || '_state');
    EXECUTE format('GRANT SELECT ON %I.%I TO nrc_reader', agency, d.name);
END
$$;

-- Columns are only ever added, at the end; and a numeric may get more digits at the same scale,
-- which is a change of the catalogue alone. Both without rewriting a row.
CREATE FUNCTION nrc.alter_tables(agency text, d nrc.dataset, added nrc.dataset_column[], grown nrc.dataset_column[],
                                 patient boolean)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c nrc.dataset_column;
    suffix text;
    waits_ms CONSTANT text := current_setting('lock_timeout');
BEGIN
    -- All others queue behind a lock that waits, so each is asked for briefly and the caller comes
    -- again. Only an autovacuum never lets go of itself: PostgreSQL ends it for one who has waited
    -- deadlock_timeout, so the patient wait longer than that.
    PERFORM set_config('lock_timeout', CASE WHEN patient
        THEN (SELECT setting::int + 500 FROM pg_settings WHERE name = 'deadlock_timeout') ELSE 200 END::text, true);
    -- View, state, history: the order in which readers and batches take them. Locking a view locks
    -- what it reads.
    EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', agency, d.name);
    EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', agency, d.name || '_state');
    EXECUTE format('LOCK TABLE %I.%I IN ACCESS EXCLUSIVE MODE', agency, d.name || '_history');
    PERFORM set_config('lock_timeout', waits_ms, true);
    EXECUTE format('DROP VIEW %I.%I', agency, d.name);
    FOREACH suffix IN ARRAY ARRAY['_state', '_history'] LOOP
        FOREACH c IN ARRAY added LOOP
            EXECUTE format('ALTER TABLE %I.%I ADD COLUMN %s', agency, d.name || suffix, nrc.column_ddl(c));
        END LOOP;
        FOREACH c IN ARRAY grown LOOP
            EXECUTE format('ALTER TABLE %I.%I ALTER COLUMN %I TYPE numeric(%s,%s)',
                           agency, d.name || suffix, c.name, c.precision, c.scale);
        END LOOP;
    END LOOP;
END
$$;

-- Refuses what would change an existing column in any other way. SQLSTATE NRC01 is
-- ERR_INCOMPATIBLE.
CREATE FUNCTION nrc.check_columns(d nrc.dataset, columns jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong text;
BEGIN
    SELECT format('column %s cannot become %s', old.name,
                  coalesce(nullif(new.name, old.name), '') ||
                  coalesce(' ' || new.type || coalesce(format('(%s,%s)', new.precision, new.scale), ''), 'nothing'))
    INTO wrong
    FROM nrc.dataset_column old LEFT JOIN nrc.read_columns(columns) new USING (ordinal)
    WHERE old.dataset_id = d.id
      AND (new.name, new.type, coalesce(new.scale, 0)) IS DISTINCT FROM (old.name, old.type, coalesce(old.scale, 0))
       OR old.dataset_id = d.id AND new.precision < old.precision
    ORDER BY old.ordinal LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC01', MESSAGE = wrong;
    END IF;

    SELECT format('key field %s is missing or is no text, bigint, date, uuid or bytea', k) INTO wrong
    FROM unnest(d.key_fields) AS k
    WHERE NOT EXISTS (SELECT FROM nrc.read_columns(columns) c
                      WHERE c.field = k AND c.type IN ('text', 'bigint', 'date', 'uuid', 'bytea'))
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC01', MESSAGE = wrong;
    END IF;
END
$$;

-- Makes the dataset have exactly these columns. `columns`: [{"field", "name", "type", "precision",
-- "scale"}], in order, the existing ones first. True: something changed.
CREATE FUNCTION nrc.apply_columns(for_dataset int, columns jsonb, patient boolean) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    agency text;
    added nrc.dataset_column[];
    grown nrc.dataset_column[];
BEGIN
    SELECT * INTO STRICT d FROM nrc.dataset WHERE id = for_dataset FOR NO KEY UPDATE;
    SELECT code INTO STRICT agency FROM nrc.agency WHERE id = d.agency_id;
    PERFORM nrc.check_columns(d, columns);

    WITH inserted AS (
        INSERT INTO nrc.dataset_column (dataset_id, ordinal, field, name, type, precision, scale, key_ordinal)
        SELECT d.id, c.ordinal, c.field, c.name, c.type, c.precision, c.scale, array_position(d.key_fields, c.field)
        FROM nrc.read_columns(columns) c
        WHERE NOT EXISTS (SELECT FROM nrc.dataset_column o WHERE o.dataset_id = d.id AND o.ordinal = c.ordinal)
        RETURNING *)
    SELECT array_agg(i::nrc.dataset_column ORDER BY i.ordinal) INTO added FROM inserted i;

    WITH updated AS (
        UPDATE nrc.dataset_column o SET precision = c.precision
        FROM nrc.read_columns(columns) c
        WHERE o.dataset_id = d.id AND o.ordinal = c.ordinal AND o.precision < c.precision
        RETURNING o.*)
    SELECT array_agg(u::nrc.dataset_column ORDER BY u.ordinal) INTO grown FROM updated u;

    IF added IS NULL AND grown IS NULL THEN
        RETURN false;
    END IF;
    IF d.column_version = 0 THEN
        PERFORM nrc.make_tables(agency, d);
    ELSE
        PERFORM nrc.alter_tables(agency, d, coalesce(added, '{}'), coalesce(grown, '{}'), patient);
    END IF;
    PERFORM nrc.make_view(agency, d);
    UPDATE nrc.dataset SET column_version = column_version + 1 WHERE id = d.id;
    RETURN true;
END
$$;
