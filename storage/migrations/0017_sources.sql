-- SPDX-License-Identifier: Apache-2.0
-- The catalogue of sources (NRL-5): agency → system → dataset → structures, with what the law asks of each: the division and
-- its head by date (NRL-9), whether the data is produced or held (NRL-1), legal basis, cadence, steward. Beside it stands the
-- regulation's own list of sources, and nrc.source_gaps compares the two (NRL-6).
--
-- Nothing here is deleted. An agency, a system or a dataset is edited, retired or succeeded; nrc.audit has every former form.

SET LOCAL ROLE nrc_owner;

-- The reason of a change: the functions below leave it here, and every row of the audit trail in their transaction has it.
ALTER TABLE nrc.audit ALTER COLUMN why SET DEFAULT nullif(current_setting('nrc.why', true), '');

CREATE FUNCTION nrc.today() RETURNS date
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (now() AT TIME ZONE 'UTC')::date;

-- Something that a person can read stands in the text: a head whose name is a direction mark answers for nothing. NULL: no text.
-- A table has up to eight checks by it, so the planner must be able to inline it: see nrc.context_of.
CREATE FUNCTION nrc.is_said(t text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
RETURN t ~ U&'[^\s!00A0!00AD!034F!061C!115F!1160!17B4!17B5!180E!2000-!200F!2028-!202F!205F-!206F!3000!3164!FEFF!FFA0]' UESCAPE '!';

CREATE FUNCTION nrc.because(why text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF nrc.is_said(why) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a change of the catalogue says its reason';
    END IF;
    PERFORM set_config('nrc.why', why, true);
END
$$;

-- The day on which something took effect. The catalogue does not act by itself when a day comes: it is told on that day.
CREATE FUNCTION nrc.day_of(given date) RETURNS date
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF given > nrc.today() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s is still to come: say it on that day', given);
    END IF;
    RETURN coalesce(given, nrc.today());
END
$$;

-- ---- agencies ----

ALTER TABLE nrc.agency
    ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('declared', 'active', 'retired')),
    ADD COLUMN retired_on date,
    ADD COLUMN retired_reason text CHECK (retired_reason ~ '\S'),
    ADD CONSTRAINT agency_retired CHECK ((state = 'retired') = (retired_on IS NOT NULL AND retired_reason IS NOT NULL)),
    ADD CONSTRAINT agency_named CHECK (nrc.is_said(name) AND nrc.is_said(name_ar) IS NOT FALSE);
ALTER TABLE nrc.agency_head ADD CONSTRAINT agency_head_named CHECK (nrc.is_said(division) AND nrc.is_said(head));

-- valid_to is a head's last day. The one who answers on a day: all columns NULL when nobody does.
CREATE FUNCTION nrc.head_on(of_agency int, day date) RETURNS nrc.agency_head
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h FROM nrc.agency_head h
    WHERE h.agency_id = of_agency AND day >= h.valid_from AND (h.valid_to IS NULL OR day <= h.valid_to)
    ORDER BY h.valid_from DESC LIMIT 1
$$;

-- No agency becomes active without its division and head (NRL-9), by whatever way its row is written. It is judged when the
-- transaction ends, because the head's row refers to the agency's.
CREATE FUNCTION nrc.on_agency_active() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.state = 'active' AND (TG_OP = 'INSERT' OR OLD.state <> 'active')
       AND (nrc.head_on(NEW.id, nrc.today())).head IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('agency %s cannot be active without its division and the division''s head (NRL-9)', NEW.code);
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER answered AFTER INSERT OR UPDATE ON nrc.agency DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION nrc.on_agency_active();

-- Who was answerable then must be known for ever.
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON nrc.agency_head FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();

-- From that day on the successor answers for the agency's datasets; these keep their names and tables. Several may have one
-- successor (a merger).
CREATE TABLE nrc.agency_succession (
    agency_id    int PRIMARY KEY REFERENCES nrc.agency,
    successor_id int NOT NULL REFERENCES nrc.agency CHECK (successor_id <> agency_id),
    on_day       date NOT NULL,
    instrument   text NOT NULL CHECK (instrument ~ '\S'),
    reason       text NOT NULL CHECK (reason ~ '\S'),
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    recorded_by  text NOT NULL DEFAULT nrc.actor()
);
CREATE INDEX agency_succession_to ON nrc.agency_succession (successor_id);
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.agency_succession
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();

-- The agency that answers now: itself, or the last of its successors. NULL: nobody does, it was retired.
CREATE FUNCTION nrc.answering_agency(of_agency int) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH RECURSIVE chain(id, step) AS (
        SELECT of_agency, 0
        UNION ALL
        SELECT s.successor_id, c.step + 1 FROM chain c JOIN nrc.agency_succession s ON s.agency_id = c.id WHERE c.step < 1000)
    SELECT a.id FROM (SELECT id FROM chain ORDER BY step DESC LIMIT 1) l JOIN nrc.agency a ON a.id = l.id
    WHERE a.state <> 'retired'
$$;

CREATE FUNCTION nrc.answering_code(of_agency int) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.code FROM nrc.agency a WHERE a.id = nrc.answering_agency(of_agency)
$$;

-- Neither retired nor of an agency for which nobody answers: its topic is read, and it takes structures.
CREATE FUNCTION nrc.is_answered(of_agency int) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM nrc.agency a WHERE a.id = nrc.answering_agency(of_agency) AND a.state = 'active')
$$;

-- ---- systems and datasets ----

CREATE TABLE nrc.system (
    id             int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id      int NOT NULL REFERENCES nrc.agency,
    code           text NOT NULL CHECK (code ~ '^[a-z][a-z0-9_]{0,40}$'),
    name           text NOT NULL CHECK (nrc.is_said(name)),
    name_ar        text CHECK (nrc.is_said(name_ar)),
    description    text CHECK (nrc.is_said(description)),
    created_at     timestamptz NOT NULL DEFAULT now(),
    retired_on     date,
    retired_reason text CHECK (retired_reason ~ '\S'),
    UNIQUE (agency_id, code),
    CHECK ((retired_on IS NULL) = (retired_reason IS NULL))
);

ALTER TABLE nrc.dataset
    ADD COLUMN system_id          int REFERENCES nrc.system,
    ADD COLUMN title              text CHECK (nrc.is_said(title)),
    ADD COLUMN title_ar           text CHECK (nrc.is_said(title_ar)),
    ADD COLUMN description        text CHECK (nrc.is_said(description)),
    ADD COLUMN description_ar     text CHECK (nrc.is_said(description_ar)),
    ADD COLUMN origin             text CHECK (origin IN ('produced', 'held')), -- by the agency (NRL-1)
    ADD COLUMN legal_basis        text CHECK (nrc.is_said(legal_basis)),
    ADD COLUMN cadence            text CHECK (cadence IN ('continuous', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly',
                                                          'yearly', 'irregular')),
    ADD COLUMN steward            text CHECK (nrc.is_said(steward)),     -- a name, or
    ADD COLUMN steward_account_id int REFERENCES nrc.account,            -- an account
    ADD COLUMN contact            text CHECK (nrc.is_said(contact)),     -- an address, a number, a page
    ADD COLUMN retired_on         date,
    ADD COLUMN retired_reason     text CHECK (retired_reason ~ '\S'),
    ADD COLUMN successor_id       int REFERENCES nrc.dataset ON DELETE SET NULL CHECK (successor_id <> id),
    ADD CONSTRAINT dataset_one_steward CHECK (steward IS NULL OR steward_account_id IS NULL),
    ADD CONSTRAINT dataset_retired CHECK ((retired_on IS NULL) = (retired_reason IS NULL)),
    ADD CONSTRAINT dataset_succeeded CHECK (successor_id IS NULL OR retired_on IS NOT NULL);
CREATE INDEX dataset_system ON nrc.dataset (system_id);

CREATE FUNCTION nrc.on_dataset_of_retired() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency;
BEGIN
    SELECT * INTO a FROM nrc.agency WHERE id = NEW.agency_id;
    IF a.state = 'retired' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s was retired on %s', a.code, a.retired_on);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER of_retired BEFORE INSERT ON nrc.dataset FOR EACH ROW EXECUTE FUNCTION nrc.on_dataset_of_retired();

-- By a trigger, so that no way of registering leaves it out. A structure that is there already stays, and can be read.
CREATE FUNCTION nrc.on_structure_of_closed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    a nrc.agency;
BEGIN
    -- An update counts when it brings a version here, back, or into force.
    IF NEW.dataset_id IS NULL OR NEW.deleted_at IS NOT NULL OR (TG_OP = 'UPDATE'
        AND OLD.dataset_id IS NOT DISTINCT FROM NEW.dataset_id AND OLD.deleted_at IS NULL
        AND (NEW.decision <> 'approved' OR OLD.decision = 'approved')) THEN
        RETURN NEW;
    END IF;
    SELECT s.* INTO d FROM nrc.dataset s WHERE s.id = NEW.dataset_id;
    SELECT o.* INTO a FROM nrc.agency o WHERE o.id = d.agency_id;
    IF d.retired_on IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('dataset %s.%s was retired on %s: it takes no more structures',
                                                                  a.code, d.name, d.retired_on);
    END IF;
    -- An active agency answers for itself: one that was succeeded is retired.
    IF a.state <> 'active' AND NOT nrc.is_answered(a.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s is not active: its datasets take no structures'
            ' before it names its division and head (NRL-9), or after it was retired', a.code);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER dataset_open BEFORE INSERT OR UPDATE ON nrc.subject_version
    FOR EACH ROW EXECUTE FUNCTION nrc.on_structure_of_closed();

-- ---- the trail ----

-- As nrc.on_audited_change (0013), for the tables of this file.
CREATE FUNCTION nrc.on_source_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    is_now jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    here jsonb := coalesce(is_now, was);
    of_agency int := (here->>'agency_id')::int;
    name text;
BEGIN
    SELECT a.code || coalesce('.' || (here->>'code'), '') INTO name FROM nrc.agency a WHERE a.id = of_agency;
    INSERT INTO nrc.audit (what, object, agency_id, before, after)
    VALUES (TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.added' WHEN 'UPDATE' THEN '.changed' ELSE '.removed' END,
            TG_ARGV[0] || '/' || name, of_agency, was, is_now);
    RETURN NULL;
END
$$;
CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON nrc.system
    FOR EACH ROW EXECUTE FUNCTION nrc.on_source_change('system');
CREATE TRIGGER audited AFTER INSERT ON nrc.agency_succession
    FOR EACH ROW EXECUTE FUNCTION nrc.on_source_change('agency_succession');

-- ---- changes of agencies ----

-- The agency, its row locked, as long as it can still be changed.
CREATE FUNCTION nrc.agency_for_change(agency_code text) RETURNS nrc.agency
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency;
BEGIN
    PERFORM nrc.lock_catalogue();
    SELECT * INTO a FROM nrc.agency WHERE code = agency_code FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no agency %s', agency_code);
    END IF;
    IF a.state = 'retired' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s was retired on %s', agency_code, a.retired_on);
    END IF;
    RETURN a;
END
$$;

-- Of a list of changes {"name": "…", "name_ar": null}: a member that is absent stays, null takes the value away.
CREATE FUNCTION nrc.changed(changes jsonb, key text, old text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN changes ? key THEN changes->>key ELSE old END;

CREATE FUNCTION nrc.check_changes(changes jsonb, known text[], needed text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key text;
BEGIN
    SELECT k INTO key FROM jsonb_object_keys(changes) k WHERE k <> ALL (known) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s cannot be edited: only %s can', key,
                                                                  array_to_string(known, ', '));
    END IF;
    SELECT k INTO key FROM jsonb_each(changes) e(k, v) WHERE k = ANY (needed) AND v = 'null' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s cannot be taken away, only changed', key);
    END IF;
    SELECT k INTO key FROM jsonb_each(changes) e(k, v) WHERE v <> 'null' AND NOT nrc.is_said(changes->>k) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s says nothing', key);
    END IF;
END
$$;

CREATE FUNCTION nrc.refuse_no_change(what text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('the catalogue says that of %s already', what);
END
$$;

CREATE FUNCTION nrc.edit_agency(agency_code text, changes jsonb, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency := nrc.agency_for_change(agency_code);
    n nrc.agency := a;
BEGIN
    PERFORM nrc.because(why);
    PERFORM nrc.check_changes(changes, ARRAY['name', 'name_ar', 'class'], ARRAY['name', 'class']);
    n.name := nrc.changed(changes, 'name', a.name);
    n.name_ar := nrc.changed(changes, 'name_ar', a.name_ar);
    IF nrc.changed(changes, 'class', '1') !~ '^[123]$' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an agency''s legal class is 1, 2 or 3 (NRL-2)';
    END IF;
    n.legal_class := nrc.changed(changes, 'class', a.legal_class::text)::int;
    IF n IS NOT DISTINCT FROM a THEN
        PERFORM nrc.refuse_no_change('agency ' || agency_code);
    END IF;
    UPDATE nrc.agency SET name = n.name, name_ar = n.name_ar, legal_class = n.legal_class WHERE id = a.id;
END
$$;

-- An agency that is listed, but has not named its division and head yet: it can be catalogued, and no more.
CREATE FUNCTION nrc.declare_agency(new_code text, new_name text, new_name_ar text, new_class int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id int;
BEGIN
    IF EXISTS (SELECT FROM nrc.agency WHERE code = new_code) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('agency %s is there already', new_code);
    END IF;
    INSERT INTO nrc.agency (code, name, name_ar, legal_class, state)
    VALUES (new_code, new_name, new_name_ar, new_class, 'declared') RETURNING id INTO new_id;
    EXECUTE format('CREATE SCHEMA %I', new_code);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO nrc_ingest, nrc_monitor, nrc_reader', new_code);
    RETURN new_id;
END
$$;

-- A new division or head from a day on: the former one's last day is the day before. The same day as the former one's first
-- corrects it. With its head a declared agency becomes active.
CREATE FUNCTION nrc.set_head(agency_code text, new_division text, new_head text, from_day date, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency := nrc.agency_for_change(agency_code);
    last nrc.agency_head;
    day date := coalesce(from_day, nrc.today());
BEGIN
    PERFORM nrc.because(why);
    SELECT * INTO last FROM nrc.agency_head WHERE agency_id = a.id ORDER BY valid_from DESC LIMIT 1;
    new_division := coalesce(new_division, last.division);
    new_head := coalesce(new_head, last.head);
    IF nrc.is_said(new_division) IS NOT TRUE OR nrc.is_said(new_head) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = 'an agency needs its coordinating division and the division''s head (NRL-9)';
    END IF;
    IF day < last.valid_from THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s answers for agency %s since %s: a new head begins later',
                                                                  last.head, agency_code, last.valid_from);
    END IF;
    IF a.state = 'declared' AND day > nrc.today() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s becomes active with a head who answers today, not'
                                                                  ' from %s on', agency_code, day);
    END IF;
    IF day = last.valid_from THEN
        IF (last.division, last.head) = (new_division, new_head) THEN
            PERFORM nrc.refuse_no_change('agency ' || agency_code);
        END IF;
        UPDATE nrc.agency_head SET division = new_division, head = new_head
        WHERE agency_id = a.id AND valid_from = last.valid_from;
    ELSE
        UPDATE nrc.agency_head SET valid_to = day - 1
        WHERE agency_id = a.id AND valid_from = last.valid_from AND (valid_to IS NULL OR valid_to >= day);
        INSERT INTO nrc.agency_head (agency_id, division, head, valid_from) VALUES (a.id, new_division, new_head, day);
    END IF;
    UPDATE nrc.agency SET state = 'active' WHERE id = a.id AND a.state = 'declared';
END
$$;

-- The last day of a head whose successor is not known yet.
CREATE FUNCTION nrc.end_head(agency_code text, last_day date, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency := nrc.agency_for_change(agency_code);
    last nrc.agency_head;
BEGIN
    PERFORM nrc.because(why);
    SELECT * INTO last FROM nrc.agency_head WHERE agency_id = a.id ORDER BY valid_from DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s has no head whose term could end', agency_code);
    END IF;
    IF last_day < last.valid_from THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s answers for agency %s since %s: a term does not end before'
                                                                  ' it begins', last.head, agency_code, last.valid_from);
    END IF;
    IF last_day = last.valid_to THEN
        PERFORM nrc.refuse_no_change('agency ' || agency_code);
    END IF;
    UPDATE nrc.agency_head SET valid_to = last_day WHERE agency_id = a.id AND valid_from = last.valid_from;
END
$$;

-- With the agency its head's term ends.
CREATE FUNCTION nrc.close_agency(a nrc.agency, day date, why text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE nrc.agency_head SET valid_to = greatest(day, valid_from)
    WHERE agency_id = a.id AND (valid_to IS NULL OR valid_to > day);
    UPDATE nrc.agency SET state = 'retired', retired_on = day, retired_reason = why WHERE id = a.id;
$$;

CREATE FUNCTION nrc.retire_agency(agency_code text, on_day date, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency := nrc.agency_for_change(agency_code);
    open_names text;
    open_count int;
BEGIN
    PERFORM nrc.because(why);
    SELECT count(*), string_agg(o.name, ', ') FILTER (WHERE o.place <= 5) INTO open_count, open_names
    FROM (SELECT b.code || '.' || d.name AS name, row_number() OVER (ORDER BY b.code, d.name) AS place
          FROM nrc.dataset d JOIN nrc.agency b ON b.id = d.agency_id
          WHERE d.retired_on IS NULL AND nrc.answering_agency(b.id) = a.id) o;
    IF open_count > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s still answers for %s datasets (%s): name its'
            ' successor, or retire them first', agency_code, open_count, open_names || CASE WHEN open_count > 5 THEN ' …' ELSE ''
            END);
    END IF;
    PERFORM nrc.close_agency(a, nrc.day_of(on_day), why);
END
$$;

CREATE FUNCTION nrc.succeed_agency(old_code text, new_code text, on_day date, by_instrument text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old nrc.agency := nrc.agency_for_change(old_code);
    successor nrc.agency := nrc.agency_for_change(new_code);
    day date := nrc.day_of(on_day);
BEGIN
    PERFORM nrc.because(why);
    IF old.id = successor.id THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an agency does not succeed itself';
    END IF;
    -- Neither is retired, so neither has a successor yet, and there is no circle.
    IF successor.state <> 'active' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('agency %s is not active: it cannot answer for another''s'
                                                                  ' datasets before it names its division and head (NRL-9)',
                                                                  new_code);
    END IF;
    IF nrc.is_said(by_instrument) IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a succession names the instrument that it rests on';
    END IF;
    INSERT INTO nrc.agency_succession (agency_id, successor_id, on_day, instrument, reason)
    VALUES (old.id, successor.id, day, by_instrument, why);
    PERFORM nrc.close_agency(old, day, why);
END
$$;

-- ---- changes of systems ----

CREATE FUNCTION nrc.system_for_change(full_name text) RETURNS nrc.system
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.system;
BEGIN
    SELECT y.* INTO s FROM nrc.system y JOIN nrc.agency a ON a.id = y.agency_id
    WHERE a.code || '.' || y.code = full_name FOR NO KEY UPDATE OF y;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no system %s', full_name);
    END IF;
    IF s.retired_on IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('system %s was retired on %s', full_name, s.retired_on);
    END IF;
    RETURN s;
END
$$;

CREATE FUNCTION nrc.add_system(full_name text, new_name text, new_name_ar text, new_description text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.agency := nrc.agency_for_change(split_part(full_name, '.', 1));
    new_id int;
BEGIN
    INSERT INTO nrc.system (agency_id, code, name, name_ar, description)
    VALUES (a.id, substr(full_name, length(a.code) + 2), new_name, new_name_ar, new_description)
    ON CONFLICT (agency_id, code) DO NOTHING RETURNING id INTO new_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('system %s is there already', full_name);
    END IF;
    RETURN new_id;
END
$$;

CREATE FUNCTION nrc.edit_system(full_name text, changes jsonb, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.system := nrc.system_for_change(full_name);
    n nrc.system := s;
BEGIN
    PERFORM nrc.because(why);
    PERFORM nrc.check_changes(changes, ARRAY['name', 'name_ar', 'description'], ARRAY['name']);
    n.name := nrc.changed(changes, 'name', s.name);
    n.name_ar := nrc.changed(changes, 'name_ar', s.name_ar);
    n.description := nrc.changed(changes, 'description', s.description);
    IF n IS NOT DISTINCT FROM s THEN
        PERFORM nrc.refuse_no_change('system ' || full_name);
    END IF;
    UPDATE nrc.system SET name = n.name, name_ar = n.name_ar, description = n.description WHERE id = s.id;
END
$$;

CREATE FUNCTION nrc.retire_system(full_name text, on_day date, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.system := nrc.system_for_change(full_name);
    served text;
BEGIN
    PERFORM nrc.because(why);
    SELECT string_agg(a.code || '.' || d.name, ', ' ORDER BY d.name) INTO served
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE d.system_id = s.id AND d.retired_on IS NULL;
    IF served IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('system %s still serves %s: give them another system, or'
                                                                  ' retire them first', full_name, left(served, 200));
    END IF;
    UPDATE nrc.system SET retired_on = nrc.day_of(on_day), retired_reason = why WHERE id = s.id;
END
$$;

-- ---- changes of datasets ----

-- The dataset, its row locked before the catalogue's, as a registration does it.
CREATE FUNCTION nrc.dataset_for_change(full_name text) RETURNS nrc.dataset
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id
    WHERE a.code = split_part(full_name, '.', 1) AND a.code || '.' || s.name = full_name FOR NO KEY UPDATE OF s;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', full_name);
    END IF;
    PERFORM nrc.lock_catalogue();
    RETURN d;
END
$$;

-- An account that may still log in: a steward who has left is none.
CREATE FUNCTION nrc.steward_account(login text) RETURNS int
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c nrc.account;
BEGIN
    SELECT * INTO c FROM nrc.account WHERE name = login;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no account %s', login);
    END IF;
    IF c.disabled_at IS NOT NULL OR c.expires_on < nrc.today() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('account %s is disabled or has expired: it cannot be a steward',
                                                                  login);
    END IF;
    RETURN c.id;
END
$$;

-- A dataset that joins a system has the system's notices that are not over.
CREATE FUNCTION nrc.join_system(d nrc.dataset, full_name text) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.system := nrc.system_for_change(full_name);
BEGIN
    IF nrc.answering_agency(s.agency_id) IS DISTINCT FROM nrc.answering_agency(d.agency_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('system %s is another agency''s', full_name);
    END IF;
    INSERT INTO nrc.notice_dataset (notice_id, dataset_id)
    SELECT n.id, d.id FROM nrc.notice n WHERE n.system_id = s.id AND nrc.notice_state(n) IN ('announced', 'in_force')
    ON CONFLICT DO NOTHING;
    RETURN s.id;
END
$$;

CREATE FUNCTION nrc.edit_dataset(full_name text, changes jsonb, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset := nrc.dataset_for_change(full_name);
    n nrc.dataset := d;
BEGIN
    PERFORM nrc.because(why);
    PERFORM nrc.check_changes(changes, ARRAY['system', 'title', 'title_ar', 'description', 'description_ar', 'origin',
                                             'legal_basis', 'cadence', 'steward', 'steward_account', 'contact'], '{}');
    IF d.retired_on IS NOT NULL AND changes ? 'system' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('dataset %s was retired on %s', full_name, d.retired_on);
    END IF;
    IF changes->>'origin' NOT IN ('produced', 'held') THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'the origin is produced or held (NRL-1)';
    END IF;
    IF changes->>'cadence' NOT IN ('continuous', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'irregular') THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'the cadence is continuous, hourly, daily, weekly, monthly,'
                                                           ' quarterly, yearly or irregular';
    END IF;
    n.title := nrc.changed(changes, 'title', d.title);
    n.title_ar := nrc.changed(changes, 'title_ar', d.title_ar);
    n.description := nrc.changed(changes, 'description', d.description);
    n.description_ar := nrc.changed(changes, 'description_ar', d.description_ar);
    n.origin := nrc.changed(changes, 'origin', d.origin);
    n.legal_basis := nrc.changed(changes, 'legal_basis', d.legal_basis);
    n.cadence := nrc.changed(changes, 'cadence', d.cadence);
    n.contact := nrc.changed(changes, 'contact', d.contact);
    -- A dataset has one steward: the name or the account that is given takes the other's place.
    IF changes ? 'steward' THEN
        n.steward := changes->>'steward';
        n.steward_account_id := CASE WHEN n.steward IS NULL THEN n.steward_account_id END;
    END IF;
    IF changes ? 'steward_account' THEN
        IF changes->>'steward_account' IS NOT NULL AND changes->>'steward' IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'the steward is a name or an account, not both';
        END IF;
        n.steward_account_id := CASE WHEN changes->>'steward_account' IS NOT NULL
                                     THEN nrc.steward_account(changes->>'steward_account') END;
        n.steward := CASE WHEN n.steward_account_id IS NULL THEN n.steward END;
    END IF;
    IF changes ? 'system' THEN
        n.system_id := CASE WHEN changes->>'system' IS NOT NULL THEN nrc.join_system(d, changes->>'system') END;
    END IF;
    IF n IS NOT DISTINCT FROM d THEN
        PERFORM nrc.refuse_no_change('dataset ' || full_name);
    END IF;
    UPDATE nrc.dataset
    SET system_id = n.system_id, title = n.title, title_ar = n.title_ar, description = n.description,
        description_ar = n.description_ar, origin = n.origin, legal_basis = n.legal_basis, cadence = n.cadence,
        steward = n.steward, steward_account_id = n.steward_account_id, contact = n.contact
    WHERE id = d.id;
END
$$;

-- Its topic is not read any more, and no structure is registered for it; its tables and rows stay.
CREATE FUNCTION nrc.retire_dataset(full_name text, on_day date, successor text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset := nrc.dataset_for_change(full_name);
    next nrc.dataset;
BEGIN
    PERFORM nrc.because(why);
    IF d.retired_on IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('dataset %s was retired on %s', full_name, d.retired_on);
    END IF;
    IF successor IS NOT NULL THEN
        SELECT s.* INTO next FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.name = successor;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', successor);
        END IF;
        IF next.id = d.id OR next.retired_on IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a dataset is succeeded by another one that is not retired';
        END IF;
    END IF;
    UPDATE nrc.dataset SET retired_on = nrc.day_of(on_day), retired_reason = why, successor_id = next.id WHERE id = d.id;
END
$$;

-- One that was retired by mistake. The trail has both.
CREATE FUNCTION nrc.reopen_dataset(full_name text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset := nrc.dataset_for_change(full_name);
BEGIN
    PERFORM nrc.because(why);
    IF d.retired_on IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('dataset %s is not retired', full_name);
    END IF;
    UPDATE nrc.dataset SET retired_on = NULL, retired_reason = NULL, successor_id = NULL WHERE id = d.id;
END
$$;

-- ---- rights of producers ----

-- As 0011 has it, for the agency that answers: after a succession the successor's accounts write, and the former agency's
-- do not.
CREATE OR REPLACE FUNCTION nrc.subject_is_of_agency(for_subject text, agency_code text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT coalesce(nrc.answering_code(d.agency_id) = agency_code, false)
                     FROM nrc.dataset_of_subject(for_subject) o JOIN nrc.dataset d ON d.id = o.dataset_id),
                    (SELECT coalesce(nrc.answering_code(a.id) = agency_code, false)
                     FROM nrc.agency a WHERE starts_with(for_subject, a.code || '.')),
                    starts_with(for_subject, agency_code || '.'))
$$;

-- ---- notices of systems (0014) ----

ALTER TABLE nrc.notice ADD COLUMN system_id int REFERENCES nrc.system;
CREATE INDEX notice_system ON nrc.notice (system_id);

CREATE OR REPLACE FUNCTION nrc.notice_json(n nrc.notice) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('kind', n.kind, 'datasets', nrc.notice_datasets(n.id),
               'system', (SELECT a.code || '.' || s.code FROM nrc.system s JOIN nrc.agency a ON a.id = s.agency_id
                          WHERE s.id = n.system_id),
               'starts_at', n.starts_at, 'ends_at', n.ends_at, 'reason', n.reason, 'means', n.means,
               'withdrawn_at', n.withdrawn_at))
$$;

-- ---- the regulation's list ----

-- A list takes the place of the former one of the same instrument; that one stays, with the time.
CREATE TABLE nrc.source_list (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    instrument  text NOT NULL CHECK (nrc.is_said(instrument)),
    dated       date NOT NULL,
    loaded_at   timestamptz NOT NULL DEFAULT now(),
    loaded_by   text NOT NULL DEFAULT nrc.actor(),
    replaced_at timestamptz
);
CREATE UNIQUE INDEX source_list_now ON nrc.source_list (instrument) WHERE replaced_at IS NULL;

CREATE TABLE nrc.listed_source (
    list_id     int NOT NULL REFERENCES nrc.source_list,
    line        int NOT NULL, -- of the file
    agency      text NOT NULL CHECK (nrc.is_said(agency)), -- a code, or a name in either language
    name        text CHECK (nrc.is_said(name)),
    name_ar     text CHECK (nrc.is_said(name_ar)),
    legal_class int CHECK (legal_class BETWEEN 1 AND 3),
    dataset     text, -- the name here of what is listed, if the list says it
    note        text,
    PRIMARY KEY (list_id, line),
    CHECK (name IS NOT NULL OR name_ar IS NOT NULL)
);
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON nrc.source_list FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.listed_source
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();

CREATE FUNCTION nrc.load_source_list(of_instrument text, of_date date, sources jsonb) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former nrc.source_list;
    new_id int;
    total int := jsonb_array_length(sources);
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('nrc.source_list', 0));
    SELECT * INTO former FROM nrc.source_list WHERE instrument = of_instrument AND replaced_at IS NULL FOR UPDATE;
    IF former.dated > of_date THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('the list of %s that is in force is dated %s: an older one does'
                                                                  ' not replace it', of_instrument, former.dated);
    END IF;
    UPDATE nrc.source_list SET replaced_at = now() WHERE id = former.id;
    INSERT INTO nrc.source_list (instrument, dated) VALUES (of_instrument, of_date) RETURNING id INTO new_id;
    INSERT INTO nrc.listed_source (list_id, line, agency, name, name_ar, legal_class, dataset, note)
    SELECT new_id, (s->>'line')::int, s->>'agency', s->>'name', s->>'name_ar', (s->>'class')::int, s->>'dataset', s->>'note'
    FROM jsonb_array_elements(sources) s;
    INSERT INTO nrc.audit (what, object, before, after)
    VALUES ('source_list.loaded', 'source_list/' || new_id,
            CASE WHEN former.id IS NOT NULL THEN jsonb_build_object('list', former.id, 'dated', former.dated, 'sources',
                (SELECT count(*) FROM nrc.listed_source WHERE list_id = former.id)) END,
            jsonb_build_object('list', new_id, 'instrument', of_instrument, 'dated', of_date, 'sources', total));
    RETURN new_id;
END
$$;

-- Names as people compare them: without vowel marks and tatweel, with one form of each letter, in lower case.
-- The planner inlines this: neither STRICT nor with a SET clause.
CREATE FUNCTION nrc.plain_name(t text) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN lower(btrim(regexp_replace(translate(regexp_replace(t,
           U&'[!064B-!065F!0670!0640!200B-!200F!061C!2066-!2069!FEFF]' UESCAPE '!', '', 'g'), 'أإآٱىة', 'اااايه'),
           U&'[\s!00A0_]+' UESCAPE '!', ' ', 'g')));

-- ---- what is missing ----

-- Events of no known structure, which nrc.source_gaps counts. No other event touches this index.
CREATE INDEX quarantine_no_structure ON nrc.quarantine (dataset_id, schema_id)
    WHERE reason IN ('unknown_structure', 'other_subject', 'foreign_structure');

CREATE FUNCTION nrc.took_data(of_dataset int) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM nrc.position p WHERE p.dataset_id = of_dataset AND p.good_at IS NOT NULL)
        OR EXISTS (SELECT FROM nrc.position p WHERE p.dataset_id = of_dataset AND p.next_offset > p.first_offset)
           AND EXISTS (SELECT FROM nrc.ledger l WHERE l.dataset_id = of_dataset
                       AND l.applied + l.duplicate + l.stale + l.exempt > 0)
$$;

-- object: a dataset, an agency, or a line of a list. since: from when on, where that is known.
CREATE FUNCTION nrc.source_gaps(of_agency text)
    RETURNS TABLE (gap text, agency text, object text, detail text, since date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH entity AS MATERIALIZED (
        SELECT a.*, nrc.answering_agency(a.id) AS answering FROM nrc.agency a),
    entity_name AS ( -- its own, and those of the agency that answers for it
        SELECT e.id, nrc.plain_name(n) AS plain, n IN (e.code, e.name, e.name_ar) AS own
        FROM entity e LEFT JOIN nrc.agency s ON s.id = e.answering,
             unnest(ARRAY[e.code, e.name, e.name_ar, s.code, s.name, s.name_ar]) n WHERE n IS NOT NULL),
    source AS MATERIALIZED (
        SELECT d.*, e.code AS agency_code, e.code || '.' || d.name AS full_name,
               EXISTS (SELECT FROM nrc.subject_version v WHERE v.dataset_id = d.id AND v.part = 'value'
                       AND nrc.structure_state(v) = 'active' AND v.deleted_at IS NULL) AS has_structure
        FROM nrc.dataset d JOIN entity e ON e.id = d.agency_id WHERE d.retired_on IS NULL),
    source_name AS (
        SELECT d.agency_id, nrc.plain_name(n) AS plain FROM source d LEFT JOIN nrc.system y ON y.id = d.system_id,
             unnest(ARRAY[d.title, d.title_ar, d.name, d.full_name, y.name, y.name_ar, y.code]) n WHERE n IS NOT NULL),
    listed AS MATERIALIZED (
        SELECT l.*, i.instrument, i.dated, nrc.plain_name(l.agency) AS plain_agency, nrc.plain_name(l.name) AS plain,
               nrc.plain_name(l.name_ar) AS plain_ar
        FROM nrc.listed_source l JOIN nrc.source_list i ON i.id = l.list_id WHERE i.replaced_at IS NULL),
    listed_entity AS MATERIALIZED (
        SELECT l.list_id, l.line, l.plain, l.plain_ar, l.dataset, n.id, bool_or(n.own) AS own
        FROM listed l JOIN entity_name n ON n.plain = l.plain_agency GROUP BY 1, 2, 3, 4, 5, 6),
    declared AS (
        SELECT l.list_id, l.line FROM listed l JOIN source d ON d.full_name = l.dataset
        UNION
        SELECT l.list_id, l.line FROM listed_entity l JOIN source_name s ON s.agency_id = l.id AND s.plain = l.plain
        WHERE l.dataset IS NULL
        UNION
        SELECT l.list_id, l.line FROM listed_entity l JOIN source_name s ON s.agency_id = l.id AND s.plain = l.plain_ar
        WHERE l.dataset IS NULL),
    found AS (
        SELECT 'undeclared' AS gap, coalesce(e.code, l.agency) AS agency, coalesce(l.name, l.name_ar) AS object,
               format('%s, line %s%s%s', l.instrument, l.line,
                      CASE WHEN l.name IS NOT NULL AND l.name_ar IS NOT NULL THEN ': ' || l.name_ar ELSE '' END,
                      CASE WHEN e.code IS NULL THEN '; no agency here has this name' ELSE '' END) AS detail, l.dated AS since
        FROM listed l
        LEFT JOIN (SELECT o.list_id, o.line, min(a.code) AS code FROM listed_entity o JOIN entity a ON a.id = o.id
                   WHERE o.own GROUP BY 1, 2) e USING (list_id, line)
        WHERE (l.list_id, l.line) NOT IN (SELECT c.list_id, c.line FROM declared c) -- by a hash, whatever the planner guesses
        UNION ALL
        SELECT 'class_differs', e.code, coalesce(l.name, l.name_ar),
               format('%s, line %s has class %s; the catalogue has %s', l.instrument, l.line, l.legal_class, e.legal_class), l.dated
        FROM listed l JOIN listed_entity o USING (list_id, line) JOIN entity e ON e.id = o.id
        WHERE o.own AND l.legal_class <> e.legal_class
        UNION ALL
        SELECT 'no_structure', d.agency_code, d.full_name, 'no structure is registered and active',
               (d.created_at AT TIME ZONE 'UTC')::date
        FROM source d WHERE NOT d.has_structure
        UNION ALL
        SELECT 'no_data', d.agency_code, d.full_name,
               CASE WHEN d.topic IS NULL THEN 'has a structure, and no topic that would bring data'
                    ELSE 'has a structure, and no event of it was stored' END, (d.created_at AT TIME ZONE 'UTC')::date
        FROM source d WHERE d.has_structure AND NOT nrc.took_data(d.id)
        UNION ALL
        SELECT 'data_without_structure', e.code, e.code || '.' || d.name,
               format('%s events of topic %s in the quarantine%s', count(*), p.topic,
                      coalesce(', schema id ' || string_agg(DISTINCT q.schema_id::text, ', '), '')),
               (min(q.recorded_at) AT TIME ZONE 'UTC')::date
        FROM nrc.quarantine q JOIN nrc.dataset d ON d.id = q.dataset_id JOIN entity e ON e.id = d.agency_id
        LEFT JOIN nrc.position p ON p.id = q.position_id
        WHERE q.reason IN ('unknown_structure', 'other_subject', 'foreign_structure') AND q.status = 'open'
        GROUP BY e.code, d.name, p.topic
        UNION ALL
        SELECT 'no_head', a.code, a.code,
               CASE a.state WHEN 'declared' THEN 'declared, and names no division and head yet'
                            ELSE format('the term of %s ended, and no successor is named', h.head) END,
               CASE a.state WHEN 'declared' THEN (a.created_at AT TIME ZONE 'UTC')::date ELSE h.valid_to + 1 END
        FROM nrc.agency a
        LEFT JOIN LATERAL (SELECT * FROM nrc.agency_head h WHERE h.agency_id = a.id AND h.valid_to < nrc.today()
                           ORDER BY h.valid_from DESC LIMIT 1) h ON true
        WHERE a.state <> 'retired' AND (nrc.head_on(a.id, nrc.today())).head IS NULL
        UNION ALL
        SELECT 'steward_gone', d.agency_code, d.full_name,
               format('the steward''s account %s is disabled or has expired', c.name),
               coalesce((c.disabled_at AT TIME ZONE 'UTC')::date, c.expires_on + 1)
        FROM source d JOIN nrc.account c ON c.id = d.steward_account_id
        WHERE c.disabled_at IS NOT NULL OR c.expires_on < nrc.today()
        UNION ALL
        SELECT 'facts_missing', d.agency_code, d.full_name, 'not said: ' || m.missing, NULL
        FROM source d CROSS JOIN LATERAL (SELECT concat_ws(', ',
            CASE WHEN d.title IS NULL AND d.title_ar IS NULL THEN 'title' END, CASE WHEN d.origin IS NULL THEN 'origin' END,
            CASE WHEN d.legal_basis IS NULL THEN 'legal basis' END, CASE WHEN d.cadence IS NULL THEN 'cadence' END,
            CASE WHEN d.steward IS NULL AND d.steward_account_id IS NULL THEN 'steward' END,
            CASE WHEN d.contact IS NULL THEN 'contact' END) AS missing) m
        WHERE m.missing <> '')
    SELECT f.gap, f.agency, f.object, f.detail, f.since FROM found f
    WHERE of_agency IS NULL OR f.agency = of_agency
    ORDER BY f.agency, array_position(ARRAY['no_head', 'undeclared', 'class_differs', 'no_structure', 'data_without_structure',
                                            'no_data', 'steward_gone', 'facts_missing'], f.gap), f.object, f.detail
$$;

-- ---- who may ----

GRANT SELECT ON nrc.agency_succession, nrc.system, nrc.source_list, nrc.listed_source TO nrc_monitor, nrc_registry;
GRANT EXECUTE ON FUNCTION nrc.today(), nrc.head_on(int, date), nrc.answering_agency(int), nrc.answering_code(int),
    nrc.source_gaps(text) TO nrc_monitor, nrc_registry;
GRANT EXECUTE ON FUNCTION nrc.is_answered(int) TO nrc_ingest, nrc_monitor, nrc_registry;
GRANT EXECUTE ON FUNCTION nrc.edit_agency(text, jsonb, text), nrc.declare_agency(text, text, text, int),
    nrc.set_head(text, text, text, date, text), nrc.end_head(text, date, text), nrc.retire_agency(text, date, text),
    nrc.succeed_agency(text, text, date, text, text), nrc.add_system(text, text, text, text),
    nrc.edit_system(text, jsonb, text), nrc.retire_system(text, date, text), nrc.edit_dataset(text, jsonb, text),
    nrc.retire_dataset(text, date, text, text), nrc.reopen_dataset(text, text), nrc.load_source_list(text, date, jsonb)
    TO nrc_registry;

-- ---- pauses ----

-- While a source is paused no engine takes its events: positions stand, and other sources go on. It is a part of the catalogue, so
-- engines hear of it at once, and whichever is started knows it. An end that was said is one of the catalogue's moments.
CREATE TABLE nrc.source_pause (
    dataset_id int PRIMARY KEY REFERENCES nrc.dataset ON DELETE CASCADE,
    paused_at  timestamptz NOT NULL DEFAULT now(),
    paused_by  text NOT NULL DEFAULT nrc.actor(),
    why        text NOT NULL CHECK (nrc.is_said(why)),
    until      timestamptz CHECK (until > paused_at) -- NULL: until somebody resumes it
);
CREATE TRIGGER catalogue_change BEFORE INSERT OR UPDATE OR DELETE ON nrc.source_pause
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.on_catalogue_change();
GRANT SELECT ON nrc.source_pause TO nrc_ingest, nrc_registry, nrc_monitor, nrc_watch, nrc_steward;

CREATE VIEW nrc.paused AS SELECT p.dataset_id FROM nrc.source_pause p WHERE p.until IS NULL OR p.until > now();
GRANT SELECT ON nrc.paused TO nrc_ingest, nrc_registry, nrc_monitor, nrc_watch, nrc_steward;

CREATE FUNCTION nrc.is_paused(of_dataset int) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM nrc.paused p WHERE p.dataset_id = of_dataset)
$$;
GRANT EXECUTE ON FUNCTION nrc.is_paused(int) TO nrc_ingest, nrc_registry, nrc_monitor, nrc_watch, nrc_steward;
