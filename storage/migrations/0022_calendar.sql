-- SPDX-License-Identifier: Apache-2.0
-- Public holidays. They are announced, not computed: a row is announced, by an instrument of some date, or it is estimated, and
-- the holiday may come a day earlier or later. What an estimate becomes replaces it. A row is never deleted: one that was
-- replaced or withdrawn says by whom, when and why, and nrc.audit has each change.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.holiday (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_day       date NOT NULL CHECK (first_day BETWEEN '1970-01-01' AND '2200-12-31'),
    last_day        date NOT NULL CHECK (last_day BETWEEN first_day AND first_day + 59 AND last_day <= '2200-12-31'),
    kind            text NOT NULL CHECK (kind IN ('announced', 'estimated')),
    name            text CHECK (name ~ '\S'),
    name_ar         text CHECK (name_ar ~ '\S'),
    instrument      text CHECK (instrument ~ '\S'),
    instrument_date date,
    loaded_at       timestamptz NOT NULL DEFAULT now(),
    loaded_by       text NOT NULL DEFAULT nrc.actor(),
    withdrawn_at    timestamptz,
    withdrawn_by    text,
    withdrawn_why   text CHECK (withdrawn_why ~ '\S'),
    replaced_by     bigint REFERENCES nrc.holiday,
    CHECK (coalesce(name, name_ar) IS NOT NULL),
    CHECK (kind = 'estimated' OR (instrument IS NOT NULL AND instrument_date IS NOT NULL)),
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_why IS NULL))
);
CREATE INDEX holiday_day ON nrc.holiday (first_day) WHERE withdrawn_at IS NULL;
GRANT SELECT ON nrc.holiday TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.holiday_json(h nrc.holiday) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('first_day', h.first_day, 'last_day', h.last_day, 'kind', h.kind,
               'name', h.name, 'name_ar', h.name_ar, 'instrument', h.instrument, 'instrument_date', h.instrument_date,
               'withdrawn_at', h.withdrawn_at, 'replaced_by', h.replaced_by))
$$;

-- Two that are one holiday: of one name, in either language, and of one season.
CREATE FUNCTION nrc.is_same_holiday(a nrc.holiday, b nrc.holiday) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (a.name = b.name OR a.name_ar = b.name_ar) IS TRUE
       AND a.first_day <= b.last_day + 2 AND b.first_day <= a.last_day + 2
$$;

-- The row of a list's entry, or the reason why it can be none is raised.
CREATE FUNCTION nrc.holiday_given(entry jsonb) RETURNS nrc.holiday
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    h nrc.holiday;
    place text := coalesce('line ' || (entry->>'line') || ': ', '');
BEGIN
    h.first_day := entry->>'first_day';
    h.last_day := coalesce(entry->>'last_day', entry->>'first_day');
    h.kind := entry->>'kind';
    h.name := entry->>'name_en';
    h.name_ar := entry->>'name_ar';
    IF h.kind = 'announced' THEN
        h.instrument := entry->>'instrument';
        h.instrument_date := entry->>'instrument_date';
    END IF;
    IF h.kind = 'announced' AND (h.instrument IS NULL OR h.instrument_date IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = place || 'an announced holiday names its instrument, and the instrument''s date';
    END IF;
    IF h.first_day IS NULL OR h.last_day - h.first_day NOT BETWEEN 0 AND 59 THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = place || 'a holiday has 1 to 60 days';
    END IF;
    RETURN h;
END
$$;

CREATE FUNCTION nrc.end_holiday(old nrc.holiday, why text, by_holiday bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    h nrc.holiday;
BEGIN
    UPDATE nrc.holiday SET withdrawn_at = now(), withdrawn_by = nrc.actor(), withdrawn_why = why, replaced_by = by_holiday
    WHERE id = old.id RETURNING * INTO h;
    INSERT INTO nrc.audit (what, object, before, after, why)
    VALUES (CASE WHEN by_holiday IS NULL THEN 'holiday.withdrawn' ELSE 'holiday.replaced' END, 'holiday/' || h.id,
            nrc.holiday_json(old), nrc.holiday_json(h), why);
END
$$;

-- Adds the holiday and ends those that it replaces. NULL: what is in force stands, for it is announced, and by a later instrument.
CREATE FUNCTION nrc.put_holiday(given nrc.holiday, mine bigint[]) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    h nrc.holiday;
    old nrc.holiday;
BEGIN
    IF EXISTS (SELECT FROM nrc.holiday o WHERE o.withdrawn_at IS NULL AND o.id <> ALL (mine) AND nrc.is_same_holiday(o, given)
               AND o.kind = 'announced' AND (given.kind = 'estimated' OR o.instrument_date > given.instrument_date)) THEN
        RETURN NULL;
    END IF;
    INSERT INTO nrc.holiday (first_day, last_day, kind, name, name_ar, instrument, instrument_date)
    VALUES (given.first_day, given.last_day, given.kind, given.name, given.name_ar, given.instrument, given.instrument_date)
    RETURNING * INTO h;
    INSERT INTO nrc.audit (what, object, after, why)
    VALUES ('holiday.' || h.kind, 'holiday/' || h.id, nrc.holiday_json(h), h.instrument);
    FOR old IN SELECT * FROM nrc.holiday o WHERE o.withdrawn_at IS NULL AND o.id <> ALL (mine || h.id)
               AND nrc.is_same_holiday(o, given) ORDER BY o.id
    LOOP
        PERFORM nrc.end_holiday(old, coalesce(h.instrument, 'another estimate'), h.id);
    END LOOP;
    RETURN h.id;
END
$$;

-- {"added":…,"replaced":…,"kept":…}. try_only: nothing is kept of it.
CREATE FUNCTION nrc.load_holidays(entries jsonb, try_only boolean) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    given nrc.holiday;
    rest nrc.holiday[] := '{}';
    entry jsonb;
    mine bigint[] := '{}';
    put bigint;
    added int := 0;
    ended int := 0;
    kept int := 0;
BEGIN
    BEGIN
        LOCK TABLE nrc.holiday IN SHARE ROW EXCLUSIVE MODE; -- two lists at once: one after the other
        FOR entry IN SELECT e FROM jsonb_array_elements(entries) e
        LOOP
            given := nrc.holiday_given(entry);
            SELECT o.id INTO put FROM nrc.holiday o WHERE o.withdrawn_at IS NULL
                AND (o.first_day, o.last_day, o.kind) = (given.first_day, given.last_day, given.kind)
                AND (o.name, o.name_ar, o.instrument, o.instrument_date)
                    IS NOT DISTINCT FROM (given.name, given.name_ar, given.instrument, given.instrument_date) LIMIT 1;
            IF FOUND THEN
                mine := mine || put;
                kept := kept + 1;
            ELSE
                rest := rest || given;
            END IF;
        END LOOP;
        FOREACH given IN ARRAY rest
        LOOP
            put := nrc.put_holiday(given, mine);
            mine := mine || coalesce(put, 0);
            added := added + (put IS NOT NULL)::int;
            kept := kept + (put IS NULL)::int;
        END LOOP;
        SELECT count(*) INTO ended FROM nrc.holiday WHERE replaced_by = ANY (mine) AND withdrawn_at = now();
        IF try_only THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC99';
        END IF;
    EXCEPTION WHEN SQLSTATE 'NRC99' THEN
        NULL; -- undoes the block; what it counted stays
    END;
    RETURN jsonb_build_object('added', added, 'replaced', ended, 'kept', kept);
END
$$;

CREATE FUNCTION nrc.withdraw_holiday(of_holiday bigint, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    h nrc.holiday;
BEGIN
    SELECT * INTO h FROM nrc.holiday WHERE id = of_holiday FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no holiday %s', of_holiday);
    END IF;
    IF h.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('holiday %s was withdrawn or replaced at %s', of_holiday,
            to_char(h.withdrawn_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'));
    END IF;
    PERFORM nrc.end_holiday(h, why, NULL);
END
$$;

GRANT EXECUTE ON FUNCTION nrc.load_holidays(jsonb, boolean), nrc.withdraw_holiday(bigint, text) TO nrc_registry;
