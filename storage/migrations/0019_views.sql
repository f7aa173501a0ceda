-- SPDX-License-Identifier: Apache-2.0
-- What people read: the view <agency>.<name>, as the structures in force have it.
--
-- The tables get a structure's columns when it is approved. The view takes the structure up when it is in force: its new
-- columns, its names, its types. A view keeps its types for ever, so another type makes a new *generation*: the present view
-- becomes <agency>.<name>_g1, by that name alone, and a new one takes its place, with its grants and comments. What others
-- built on it stays on it, and goes on reading the types that it was built for.
--
-- There is one state and one history for all generations. A field whose type changed has a column of each type; an event
-- fills the one of its structure's, and the others are null. A view shows the column of its own type, or a value of
-- another one's that becomes its type with nothing lost (nrc.converted), or null. So nothing is copied when a generation
-- begins, each generation sees every later event, and a delete is one in all of them.

SET LOCAL ROLE nrc_owner;

-- ---- values of another type ----

-- Not of every date: text has no years before 1, nor infinity.
CREATE FUNCTION nrc.date_of_text(value text) RETURNS date
    LANGUAGE sql IMMUTABLE
RETURN CASE WHEN value ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' AND left(value, 4) <> '0000'
            THEN CASE WHEN substr(value, 9)::int <= extract(day FROM make_date(left(value, 4)::int, substr(value, 6, 2)::int, 1)
                                                                     + interval '1 month' - interval '1 day')
                      THEN make_date(left(value, 4)::int, substr(value, 6, 2)::int, substr(value, 9)::int) END END;

-- Every digit, whatever the reader's session says.
CREATE FUNCTION nrc.text_of_double(value double precision) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1
AS $$
BEGIN
    RETURN value::text;
END
$$;

CREATE FUNCTION nrc.text_of_bytes(value bytea) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN convert_from(value, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN NULL;
END
$$;
-- Whoever may read a view runs what the view calls.
GRANT EXECUTE ON FUNCTION nrc.date_of_text(text), nrc.text_of_double(double precision), nrc.text_of_bytes(bytea) TO PUBLIC;

-- An expression for `value`, of one column's type, as the other's: null for a value that would not come back as it was. It
-- raises for no value: one would make the whole view unreadable. NULL: no value of the one becomes one of the other.
CREATE FUNCTION nrc.converted(value text, from_column nrc.dataset_column, to_column nrc.dataset_column) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    whole CONSTANT text := '9007199254740992'; -- up to 2^53 each whole number is a double
    fits CONSTANT text := CASE WHEN to_column.type = 'numeric' THEN
        format('CASE WHEN abs(%%1$s) < 1e%1$s AND round(%%1$s, %2$s) = %%1$s THEN round(%%1$s, %2$s) END',
               to_column.precision - to_column.scale, to_column.scale) END;
    pair CONSTANT text := from_column.type || ' to ' || to_column.type;
BEGIN
    RETURN format(CASE pair
        WHEN 'bigint to text' THEN '%s::text'
        WHEN 'boolean to text' THEN '%s::text'
        WHEN 'uuid to text' THEN '%s::text'
        WHEN 'numeric to text' THEN '%s::text'
        WHEN 'double precision to text' THEN 'nrc.text_of_double(%s)'
        WHEN 'date to text' THEN 'CASE WHEN %1$s BETWEEN ''0001-01-01'' AND ''9999-12-31'' THEN to_char(%1$s, ''YYYY-MM-DD'') END'
        WHEN 'bytea to text' THEN 'nrc.text_of_bytes(%s)'
        WHEN 'text to bytea' THEN 'convert_to(%s, ''UTF8'')'
        WHEN 'text to boolean' THEN 'CASE %s WHEN ''true'' THEN true WHEN ''false'' THEN false END'
        WHEN 'text to date' THEN 'nrc.date_of_text(%s)'
        WHEN 'text to uuid' THEN
            'CASE WHEN %1$s ~ ''^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'' THEN %1$s::uuid END'
        WHEN 'text to bigint' THEN
            'CASE WHEN %1$s ~ ''^(0|-?[1-9][0-9]{0,18})$'' THEN CASE WHEN %1$s::numeric'
            ' BETWEEN -9223372036854775808 AND 9223372036854775807 THEN %1$s::bigint END END'
        WHEN 'text to double precision' THEN
            'CASE WHEN %1$s ~ ''^-?(0|[1-9][0-9]{0,14})([.][0-9]{1,15})?$'' AND length(%1$s) < 17'
            ' THEN %1$s::double precision END'
        WHEN 'text to numeric' THEN
            'CASE WHEN %1$s ~ ''^-?(0|[1-9][0-9]*)([.][0-9]+)?$'' AND length(%1$s) < 1010'
            ' THEN ' || format(fits, '%1$s::numeric') || ' END'
        WHEN 'bigint to double precision' THEN
            'CASE WHEN %1$s BETWEEN -' || whole || ' AND ' || whole || ' THEN %1$s::double precision END'
        WHEN 'double precision to bigint' THEN
            'CASE WHEN %1$s BETWEEN -' || whole || ' AND ' || whole || ' THEN CASE WHEN trunc(%1$s) = %1$s'
            ' THEN %1$s::bigint END END'
        WHEN 'bigint to numeric' THEN format(fits, '%1$s::numeric')
        WHEN 'numeric to bigint' THEN
            'CASE WHEN %1$s BETWEEN -9223372036854775808 AND 9223372036854775807 AND trunc(%1$s) = %1$s THEN %1$s::bigint END'
        WHEN 'numeric to numeric' THEN fits
        WHEN 'numeric to double precision' THEN
            -- One nearer to 0 than any double is raised for.
            'CASE WHEN %1$s = 0 OR abs(%1$s) BETWEEN 1e-300 AND 1e300 THEN CASE WHEN'
            ' nrc.text_of_double(%1$s::double precision)::numeric = %1$s THEN %1$s::double precision END END'
        WHEN 'double precision to numeric' THEN
            'CASE WHEN abs(%1$s) < 1e300 THEN ' || format(fits, 'nrc.text_of_double(%1$s)::numeric') || ' END'
        END, value);
END
$$;

-- ---- views ----

-- A column of a view: its own, or a value of the field's others. While a column grows (numeric gets more digits), PostgreSQL
-- lets no view show it.
CREATE FUNCTION nrc.view_column(state text, c nrc.dataset_column, others text, name text, growing text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown text := format('%I.%I', state, c.name);
BEGIN
    IF c.ordinal IS NULL THEN
        RAISE EXCEPTION 'the view of % shows %, for which there is no column', state, name;
    END IF;
    -- The precision of a decimal may grow, and the type of a view's column may not change.
    IF c.field = ANY (growing) THEN
        RETURN format('NULL::%s AS %I', c.type, name);
    END IF;
    IF others IS NOT NULL THEN
        shown := format('COALESCE(%s, %s)', shown, others);
    END IF;
    RETURN CASE WHEN c.type = 'numeric' THEN shown || '::numeric' ELSE shown END || format(' AS %I', name);
END
$$;

-- Creates or replaces a view. It gets columns at its end alone, so a view that is there is replaced and never dropped:
-- its grants, its comments and the objects of others on it stay. growing: fields.
CREATE FUNCTION nrc.put_view(agency text, view_name text, d nrc.dataset, g nrc.dataset_generation, growing text[])
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    state CONSTANT text := d.name || '_state';
    options text;
    shown text;
BEGIN
    -- Replacing would take away what an administrator has set (security_barrier).
    IF d.column_version > 0 THEN
        SELECT format('WITH (%s)', string_agg(format('%I = %L', o.option_name, o.option_value), ', ')) INTO options
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN pg_options_to_table(c.reloptions) o
        WHERE n.nspname = agency AND c.relname = view_name HAVING count(*) > 0;
    END IF;
    SELECT string_agg(nrc.view_column(state, c, (
               SELECT string_agg(nrc.converted(format('%I.%I', state, o.name), o, c), ', ' ORDER BY o.ordinal DESC)
               FROM nrc.dataset_column o WHERE o.dataset_id = d.id AND o.field = c.field AND o.ordinal <> c.ordinal),
           k.item->>'name', growing), ', ' ORDER BY k.n) INTO shown
    FROM jsonb_array_elements(g.columns) WITH ORDINALITY AS k (item, n)
    LEFT JOIN nrc.dataset_column c ON c.dataset_id = d.id AND c.ordinal = (k.item->>'ordinal')::int;
    EXECUTE format('CREATE OR REPLACE VIEW %1$I.%2$I %3$s AS SELECT %4$s FROM %1$I.%5$I WHERE %5$I._op <> %6$L',
                   agency, view_name, options, shown, state, 'd');
END
$$;

-- All of the dataset, each after its generation. A former one that somebody dropped stays so.
CREATE FUNCTION nrc.put_views(agency text, d nrc.dataset, growing text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    g nrc.dataset_generation;
    present CONSTANT text[] := nrc.views_of(agency, d);
    view_name text;
BEGIN
    FOR g IN SELECT * FROM nrc.dataset_generation o WHERE o.dataset_id = d.id ORDER BY o.number LOOP
        view_name := d.name || CASE WHEN g.until IS NULL THEN '' ELSE '_g' || g.number END;
        IF g.until IS NULL OR view_name = ANY (present) THEN
            PERFORM nrc.put_view(agency, view_name, d, g, growing);
        END IF;
    END LOOP;
    -- Later grants are the administrators' decision.
    IF d.name <> ALL (present) THEN
        EXECUTE format('GRANT SELECT ON %I.%I TO nrc_reader', agency, d.name);
    END IF;
END
$$;

-- Gives a view what another one has: options, grants and comments, those of its columns where the names are the same.
CREATE FUNCTION nrc.copy_view_settings(agency text, from_view text, to_view text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old_view CONSTANT regclass := format('%I.%I', agency, from_view)::regclass;
    new_view CONSTANT regclass := format('%I.%I', agency, to_view)::regclass;
    r record;
BEGIN
    FOR r IN SELECT o.option_name, o.option_value FROM pg_class c, pg_options_to_table(c.reloptions) o WHERE c.oid = old_view
    LOOP
        EXECUTE format('ALTER VIEW %s SET (%I = %L)', new_view, r.option_name, r.option_value);
    END LOOP;
    FOR r IN
        SELECT a.privilege_type, '' AS of_column, a.is_grantable, a.grantee
        FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = old_view AND a.grantee <> c.relowner
        UNION ALL
        SELECT a.privilege_type, format(' (%I)', o.attname), a.is_grantable, a.grantee
        FROM pg_attribute o JOIN pg_attribute n ON n.attrelid = new_view AND n.attname = o.attname
        CROSS JOIN aclexplode(o.attacl) a WHERE o.attrelid = old_view
    LOOP
        EXECUTE format('GRANT %s%s ON %s TO %s%s', r.privilege_type, r.of_column, new_view,
                       CASE WHEN r.grantee = 0 THEN 'PUBLIC' ELSE r.grantee::regrole::text END,
                       CASE WHEN r.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
    FOR r IN
        SELECT format('VIEW %s', new_view) AS object, obj_description(old_view, 'pg_class') AS said
        UNION ALL
        SELECT format('COLUMN %s.%I', new_view, o.attname), col_description(old_view, o.attnum)
        FROM pg_attribute o JOIN pg_attribute n ON n.attrelid = new_view AND n.attname = o.attname
        WHERE o.attrelid = old_view AND o.attnum > 0
    LOOP
        IF r.said IS NOT NULL THEN
            EXECUTE format('COMMENT ON %s IS %L', r.object, r.said);
        END IF;
    END LOOP;
END
$$;

-- ---- taking structures up ----

-- The view's columns: each field once, under the name and with the column of the newest of the structures that it took up;
-- in the order in which they came. Those that the view has stay where they are: given a version that is registered again
-- after it was deleted, then its row is a new one, and nothing but the view tells which field came first. A name that
-- another field still has, because its own new one is to come, gets its number.
CREATE FUNCTION nrc.wanted_columns(for_dataset int) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH filled AS (
        SELECT c.field, c.ordinal, f.name, v.shown
        FROM nrc.subject_version v CROSS JOIN unnest(v.field_columns, v.field_names) AS f (ordinal, name)
        JOIN nrc.dataset_column c ON c.dataset_id = v.dataset_id AND c.ordinal = f.ordinal
        WHERE v.dataset_id = for_dataset AND v.part = 'value' AND v.shown IS NOT NULL),
    newest AS (SELECT DISTINCT ON (field) field, name, ordinal FROM filled ORDER BY field, shown DESC),
    oldest AS (SELECT DISTINCT ON (field) field, shown, ordinal FROM filled ORDER BY field, shown),
    there AS (
        SELECT c.field, k.item->>'name' AS name, c.ordinal, k.n
        FROM nrc.dataset_generation g CROSS JOIN jsonb_array_elements(g.columns) WITH ORDINALITY AS k (item, n)
        JOIN nrc.dataset_column c ON c.dataset_id = g.dataset_id AND c.ordinal = (k.item->>'ordinal')::int
        WHERE g.dataset_id = for_dataset AND g.until IS NULL),
    every AS (
        SELECT coalesce(n.name, t.name) AS name, coalesce(n.ordinal, t.ordinal) AS ordinal,
               row_number() OVER (ORDER BY t.n, o.shown, o.ordinal) AS place
        FROM newest n JOIN oldest o USING (field) FULL JOIN there t USING (field)),
    placed AS (SELECT e.*, row_number() OVER (PARTITION BY e.name ORDER BY e.place) AS of_name FROM every e)
    SELECT jsonb_agg(jsonb_build_object('name', CASE WHEN p.of_name > 1 THEN left(p.name, 50) || '#' || p.ordinal ELSE p.name END,
                                        'ordinal', p.ordinal) ORDER BY p.place)
    FROM placed p
$$;

-- Whether the view cannot become what is wanted.
CREATE FUNCTION nrc.changes_types(for_dataset int, is_now jsonb, wanted jsonb) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM jsonb_array_elements(is_now) WITH ORDINALITY AS a (item, n)
        JOIN jsonb_array_elements(wanted) WITH ORDINALITY AS b (item, n) USING (n)
        JOIN nrc.dataset_column x ON x.dataset_id = for_dataset AND x.ordinal = (a.item->>'ordinal')::int
        JOIN nrc.dataset_column y ON y.dataset_id = for_dataset AND y.ordinal = (b.item->>'ordinal')::int
        WHERE x.type <> y.type)
$$;

-- In two steps, as nrc.rename_columns.
CREATE FUNCTION nrc.rename_view_columns(agency text, d nrc.dataset, is_now jsonb, wanted jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT s.step, CASE s.step WHEN 1 THEN a.item->>'name' ELSE '_nrc_' || n END AS old_name,
               CASE s.step WHEN 1 THEN '_nrc_' || n ELSE b.item->>'name' END AS new_name
        FROM jsonb_array_elements(is_now) WITH ORDINALITY AS a (item, n)
        JOIN jsonb_array_elements(wanted) WITH ORDINALITY AS b (item, n) USING (n)
        CROSS JOIN generate_series(1, 2) AS s (step)
        WHERE a.item->>'name' <> b.item->>'name' ORDER BY s.step
    LOOP
        EXECUTE format('ALTER VIEW %I.%I RENAME COLUMN %I TO %I', agency, d.name, r.old_name, r.new_name);
    END LOOP;
END
$$;

-- One structure more was taken up: the present generation gets its columns, or another one begins.
CREATE FUNCTION nrc.follow(agency text, d nrc.dataset) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted jsonb;
    is_there CONSTANT boolean := d.name = ANY (nrc.views_of(agency, d));
    g nrc.dataset_generation;
    former text;
BEGIN
    IF d.column_version = 0 THEN
        -- Of the first structure they are its fields, as it names them.
        SELECT jsonb_agg(jsonb_build_object('name', f.name, 'ordinal', f.ordinal) ORDER BY f.ordinal) INTO wanted
        FROM nrc.subject_version v CROSS JOIN unnest(v.field_columns, v.field_names) AS f (ordinal, name)
        WHERE v.dataset_id = d.id AND v.part = 'value' AND v.shown IS NOT NULL;
    ELSE
        wanted := nrc.wanted_columns(d.id);
    END IF;
    SELECT * INTO g FROM nrc.dataset_generation o WHERE o.dataset_id = d.id AND o.until IS NULL;
    IF NOT FOUND THEN
        INSERT INTO nrc.dataset_generation (dataset_id, number, columns) VALUES (d.id, 1, wanted);
    ELSIF NOT nrc.changes_types(d.id, g.columns, wanted) THEN
        IF is_there THEN
            PERFORM nrc.rename_view_columns(agency, d, g.columns, wanted);
        END IF;
        UPDATE nrc.dataset_generation o SET columns = wanted WHERE o.dataset_id = d.id AND o.number = g.number;
    ELSE
        former := d.name || '_g' || g.number;
        UPDATE nrc.dataset_generation o SET until = now() WHERE o.dataset_id = d.id AND o.number = g.number;
        INSERT INTO nrc.dataset_generation (dataset_id, number, columns) VALUES (d.id, g.number + 1, wanted)
        RETURNING * INTO g;
        IF is_there THEN
            EXECUTE format('ALTER VIEW %I.%I RENAME TO %I', agency, d.name, former);
            PERFORM nrc.put_view(agency, d.name, d, g, '{}');
            PERFORM nrc.copy_view_settings(agency, former, d.name);
        END IF;
        INSERT INTO nrc.audit (what, object, agency_id, after)
        VALUES ('dataset.generation', format('dataset/%s.%s', agency, d.name), d.agency_id,
                jsonb_build_object('number', g.number, 'former_view', format('%s.%s', agency, former)));
    END IF;
END
$$;

-- Takes up each structure that came into force, in the order of their times; the caller's own, at once, is the last. The
-- caller has the dataset's row and nrc.lock_catalogue; d may be as it was before the first one got its tables. True: there
-- was one. SQLSTATE NRC08 is ERR_DEPENDED_ON.
CREATE FUNCTION nrc.show_structures(d nrc.dataset) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    agency CONSTANT text := (SELECT a.code FROM nrc.agency a WHERE a.id = d.agency_id);
    waits_ms CONSTANT text := nrc.shorten_waits();
    taken boolean := false;
    detail text;
BEGIN
    LOOP
        UPDATE nrc.subject_version v
        SET shown = 1 + coalesce((SELECT max(o.shown) FROM nrc.subject_version o WHERE o.dataset_id = d.id), 0)
        WHERE (v.subject, v.version) = (
            SELECT o.subject, o.version FROM nrc.subject_version o
            WHERE o.dataset_id = d.id AND o.part = 'value' AND o.shown IS NULL AND o.deleted_at IS NULL
              AND o.active_from <= now() ORDER BY NOT isfinite(o.active_from), o.active_from, o.version LIMIT 1);
        EXIT WHEN NOT FOUND;
        PERFORM nrc.follow(agency, d);
        -- The next one may rename a column that this one brings.
        PERFORM nrc.put_views(agency, d, '{}');
        d.column_version := greatest(d.column_version, 1); -- now there is a view
        taken := true;
    END LOOP;
    PERFORM set_config('lock_timeout', waits_ms, true);
    RETURN taken;
EXCEPTION WHEN feature_not_supported OR dependent_objects_still_exist OR duplicate_table OR duplicate_column
               OR undefined_column OR invalid_table_definition OR wrong_object_type OR insufficient_privilege THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    PERFORM nrc.hindered(agency, d, concat_ws(': ', SQLERRM, nullif(detail, '')));
END
$$;

-- Datasets with a structure in force that their views do not show yet are found by this.
CREATE INDEX subject_version_unshown ON nrc.subject_version (active_from)
    WHERE shown IS NULL AND part = 'value' AND deleted_at IS NULL;

-- The same by the clock, of one dataset: whoever comes first does it, and nobody waits for anybody. False: nothing was left
-- to do, or another session is at it.
CREATE FUNCTION nrc.show_dataset(for_dataset int) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms'
AS $$
DECLARE
    d nrc.dataset;
BEGIN
    SELECT * INTO d FROM nrc.dataset o WHERE o.id = for_dataset AND o.column_version > 0 FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM nrc.lock_catalogue();
    RETURN nrc.show_structures(d);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.show_dataset(int) TO nrc_ingest, nrc_registry, nrc_monitor;
