-- SPDX-License-Identifier: Apache-2.0
-- Each action of stewards is a function, so that the roles nrc_registry and nrc_steward need no more than
-- EXECUTE. SQLSTATE NRC01 … NRC04 are rows of storage/conn/sqlstate.c.

SET LOCAL ROLE nrc_owner;

-- Adds an agency with its PostgreSQL schema, its division and the division's responsible head (NRL-9).
CREATE FUNCTION nrc.add_agency(new_code text, new_name text, new_name_ar text, new_class int, new_division text,
                               new_head text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    new_id int;
BEGIN
    IF EXISTS (SELECT FROM nrc.agency WHERE code = new_code) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('agency %s is there already', new_code);
    END IF;
    INSERT INTO nrc.agency (code, name, name_ar, legal_class)
    VALUES (new_code, new_name, new_name_ar, new_class) RETURNING id INTO new_id;
    INSERT INTO nrc.agency_head (agency_id, division, head) VALUES (new_id, new_division, new_head);
    EXECUTE format('CREATE SCHEMA %I', new_code);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO nrc_ingest, nrc_monitor, nrc_reader', new_code);
    RETURN new_id;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.add_agency(text, text, text, int, text, text) TO nrc_registry;

-- The strings of a JSON array; NULL: NULL.
CREATE FUNCTION nrc.text_array(items jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE
RETURN CASE WHEN items IS NOT NULL
       THEN ARRAY(SELECT v FROM jsonb_array_elements_text(items) WITH ORDINALITY e(v, n) ORDER BY n) END;

-- A subject <x>-value is of the dataset with topic x, or of the one without a topic that is named x
-- with its agency; so no topic is another's name. Two who add at once wait for each other.
CREATE FUNCTION nrc.add_dataset(agency_code text, new_name text, new_topic text, new_key_fields jsonb,
                                new_key_format text, new_order_field text, new_event_time_field text,
                                new_exempt boolean, new_exempt_field text, new_exempt_values jsonb, new_leaves int,
                                new_review_people int, new_breaking_people int, new_breaking_notice boolean)
    RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_agency int;
    new_id int;
    other text;
BEGIN
    PERFORM nrc.lock_catalogue();
    SELECT id INTO of_agency FROM nrc.agency WHERE code = agency_code;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no agency %s', agency_code);
    END IF;
    IF starts_with(new_topic, 'nrc.') THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('topic %s: topics that begin with nrc. are the Center''s own', new_topic);
    END IF;
    SELECT a.code || '.' || d.name INTO other FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
    WHERE d.topic IS NULL AND a.code = split_part(new_topic, '.', 1)
      AND d.name = substr(new_topic, length(a.code) + 2) AND (a.id, d.name) <> (of_agency, new_name);
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('topic %s is the name of the dataset %s, which has no'
            ' topic: a subject %s-value would be of both', new_topic, other, new_topic);
    END IF;
    IF new_topic IS NULL THEN
        SELECT a.code || '.' || d.name INTO other FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
        WHERE d.topic = agency_code || '.' || new_name AND (a.id, d.name) <> (of_agency, new_name);
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('%s.%s is the topic of the dataset %s: without a'
                ' topic of its own, a subject %s.%s-value would be of both', agency_code, new_name, other, agency_code,
                new_name);
        END IF;
    END IF;
    INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format, order_field, event_time_field, exempt,
                             exempt_field, exempt_values, leaves, review_people, breaking_people, breaking_notice)
    VALUES (of_agency, new_name, new_topic,
            nrc.text_array(new_key_fields),
            new_key_format, new_order_field, new_event_time_field, new_exempt, new_exempt_field,
            nrc.text_array(new_exempt_values),
            new_leaves, coalesce(new_review_people, 1), coalesce(new_breaking_people, 2),
            coalesce(new_breaking_notice, true))
    RETURNING id INTO new_id;
    RETURN new_id;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.add_dataset(text, text, text, jsonb, text, text, text, boolean, text, jsonb, int, int, int,
                                          boolean) TO nrc_registry;

-- What a dataset has received since it was added, in words; NULL: nothing. Ledger rows with only skipped
-- offsets do not count. When the ledger's old months are gone, the positions show it: they have moved
-- further than the remaining rows account for.
CREATE FUNCTION nrc.taken_by(agency text, d nrc.dataset) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    l record;
    suffix text;
    n bigint;
    said text[] := '{}';
    most CONSTANT int := 1000; -- no more are counted than this
BEGIN
    SELECT coalesce(sum(o.received), 0) AS received, coalesce(sum(o.applied + o.duplicate + o.stale), 0) AS recorded,
           coalesce(sum(o.quarantined), 0) AS quarantined, coalesce(sum(o.exempt), 0) AS exempt,
           count(*) FILTER (WHERE o.kind <> 'stream') AS others
    INTO l FROM nrc.ledger o WHERE o.dataset_id = d.id;
    IF l.received > 0 THEN
        said := said || format('%s events (%s recorded, %s quarantined, %s exempt)', l.received, l.recorded,
                               l.quarantined, l.exempt);
    END IF;
    IF l.others > 0 THEN
        said := said || format('%s ledger rows of a gap or import', l.others);
    END IF;
    SELECT count(*) INTO n
    FROM nrc.position p WHERE p.dataset_id = d.id AND p.next_offset - p.first_offset <>
        coalesce((SELECT sum(o.received + o.skipped) FROM nrc.ledger o
                  WHERE o.position_id = p.id AND o.kind = 'stream'), 0);
    IF n > 0 THEN
        said := said || format('%s positions that moved', n);
    END IF;
    SELECT count(*) INTO n FROM nrc.quarantine q WHERE q.dataset_id = d.id;
    IF n > 0 THEN
        said := said || format('%s rows in the quarantine', n);
    END IF;
    FOREACH suffix IN ARRAY ARRAY['_state', '_history'] LOOP
        CONTINUE WHEN to_regclass(format('%I.%I', agency, d.name || suffix)) IS NULL;
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I.%I LIMIT %s) AS _nrc_r', agency, d.name || suffix, most)
        INTO n;
        IF n > 0 THEN
            said := said || format('%s rows%s in %s.%s', n, CASE WHEN n = most THEN ' or more' ELSE '' END,
                                   agency, d.name || suffix);
        END IF;
    END LOOP;
    RETURN nullif(array_to_string(said, ', '), '');
END
$$;

-- A dataset that received nothing can be removed, because a wrong key cannot be changed. Its structures stay
-- with their ids, as those of an ordinary subject: producers have them already, and the dataset that is
-- added in its place gets them when they are registered again. An engine that has its partitions waits
-- here, or finds no position to fence: positions are locked before events are counted.
CREATE FUNCTION nrc.remove_dataset(agency_code text, dataset_name text, OUT versions bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $$
DECLARE
    d nrc.dataset;
    stem text;
    detail text;
    taken text;
    view_name text;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id
    WHERE a.code = agency_code AND s.name = dataset_name;
    stem := coalesce(d.topic, agency_code || '.' || dataset_name);
    PERFORM pg_advisory_xact_lock(hashtextextended(stem || '-key', 0));
    PERFORM pg_advisory_xact_lock(hashtextextended(stem || '-value', 0));
    SELECT s.* INTO d FROM nrc.dataset s WHERE s.id = d.id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s.%s', agency_code,
                                                                  dataset_name);
    END IF;
    PERFORM nrc.lock_catalogue();
    PERFORM FROM nrc.position p WHERE p.dataset_id = d.id ORDER BY p.topic, p.partition FOR UPDATE;
    taken := nrc.taken_by(agency_code, d);
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s.%s has taken %s: only a dataset that never took'
            ' anything can be removed', agency_code, dataset_name, taken);
    END IF;
    IF EXISTS (SELECT FROM nrc.notice_dataset o WHERE o.dataset_id = d.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('%s.%s has notices, and these stay (NRL-7)', agency_code, dataset_name);
    END IF;
    BEGIN
        FOREACH view_name IN ARRAY nrc.views_of(agency_code, d) LOOP
            EXECUTE format('DROP VIEW %I.%I', agency_code, view_name);
        END LOOP;
        EXECUTE format('DROP TABLE IF EXISTS %1$I.%2$I, %1$I.%3$I', agency_code, d.name || '_state',
                       d.name || '_history');
    EXCEPTION WHEN dependent_objects_still_exist THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RAISE EXCEPTION USING ERRCODE = 'NRC08', MESSAGE = format('the tables of %s.%s cannot be dropped: %s',
            agency_code, dataset_name, replace(detail, E'\n', ', '));
    END;
    PERFORM nrc.end_incident(i.id, 'person', 'the dataset was removed', session_user)
    FROM nrc.incident i
    WHERE i.closed_at IS NULL AND (i.dataset_id = d.id OR i.position_id IN (
        SELECT p.id FROM nrc.position p WHERE p.dataset_id = d.id));
    DELETE FROM nrc.incident_sign s WHERE s.dataset_id = d.id;
    DELETE FROM nrc.ledger o WHERE o.dataset_id = d.id;
    DELETE FROM nrc.measure_minute m WHERE m.dataset_id = d.id;
    DELETE FROM nrc.measure_rolled m WHERE m.dataset_id = d.id;
    DELETE FROM nrc.position p WHERE p.dataset_id = d.id;
    DELETE FROM nrc.structure_request r WHERE r.dataset_id = d.id;
    DELETE FROM nrc.subject_version v WHERE v.dataset_id = d.id AND v.decision <> 'approved';
    UPDATE nrc.subject_version v SET dataset_id = NULL, part = 'none', field_columns = NULL, field_names = NULL,
                                     shown = NULL
    WHERE v.dataset_id = d.id;
    GET DIAGNOSTICS versions = ROW_COUNT;
    DELETE FROM nrc.dataset_column c WHERE c.dataset_id = d.id;
    DELETE FROM nrc.dataset s WHERE s.id = d.id;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.remove_dataset(text, text) TO nrc_registry;

-- Resumes a halted position: at next_offset, or, with a reason, at to_offset; then the ledger keeps the range
-- as a gap. The epoch rises, so a batch of any engine for this position is fenced.
CREATE FUNCTION nrc.resume_position(for_topic text, for_partition int, accept_gap text, to_offset bigint)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p nrc.position;
    is_another_log boolean;
BEGIN
    SELECT * INTO p FROM nrc.position
    WHERE topic = for_topic AND partition = for_partition AND replaced_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02',
            MESSAGE = format('there is no position for partition %s of topic %s', for_partition, for_topic);
    END IF;
    IF p.state <> 'halted' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('partition %s of topic %s is not halted', for_partition, for_topic);
    END IF;
    IF accept_gap IS NOT NULL THEN
        PERFORM nrc.make_leaves(1, NULL);
        IF p.halt_kind = 'unreadable' AND to_offset < p.next_offset THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('partition %s of topic %s stands at %s: what is'
                ' before that was taken', for_partition, for_topic, p.next_offset);
        END IF;
        is_another_log := to_offset < p.next_offset OR p.halt_kind = 'topic_replaced';
        INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset, next_offset, received,
                                skipped, applied, duplicate, stale, quarantined, exempt, reason)
        VALUES (now(), p.id, p.dataset_id, 'gap', p.epoch, p.next_offset,
                CASE WHEN is_another_log THEN p.next_offset ELSE to_offset END, 0, 0, 0, 0, 0, 0, 0, accept_gap);
    END IF;
    IF is_another_log THEN
        UPDATE nrc.position SET replaced_at = now() WHERE id = p.id;
        INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset, first_offset, epoch,
                                  log_start)
        VALUES (p.dataset_id, p.topic, p.partition, p.topic_partitions, to_offset, to_offset, 1, 0);
    ELSIF accept_gap IS NOT NULL THEN
        -- The last record, which shows whether the topic was replaced, may be gone itself.
        UPDATE nrc.position
        SET next_offset = to_offset, log_start = 0, last_offset = -1, last_ts_ms = 0, last_hash = 0
        WHERE id = p.id;
    END IF;
    UPDATE nrc.position SET state = 'open', halt_kind = NULL, halt_reason = NULL, epoch = epoch + 1 WHERE id = p.id;
    PERFORM nrc.end_incident(i.id, 'resumed', coalesce(accept_gap, 'resumed'), session_user) FROM nrc.incident i
    WHERE i.position_id = p.id AND i.closed_at IS NULL AND i.closes = 'partition_flows';
    PERFORM nrc.catalogue_changed(); -- engines that wait for this look again
END
$$;
GRANT EXECUTE ON FUNCTION nrc.resume_position(text, int, text, bigint) TO nrc_steward;
