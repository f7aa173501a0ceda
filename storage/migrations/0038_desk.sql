-- SPDX-License-Identifier: Apache-2.0
-- The quarantine as it is worked over HTTP. Each function takes the name of the account that asks and looks itself at what that
-- account may: a fault in the page cannot give more. What is of another agency is as if it were not there. nrc_desk has these
-- functions and nothing else.

SET LOCAL ROLE nrc_owner;

-- What an account may. agency: it sees this agency's events alone; NULL: it is the Center's.
CREATE TYPE nrc.desk_reader AS (
    agency   text,
    sees_all boolean, -- personal fields and raw bytes, too
    assigns  boolean,
    decides  boolean  -- replays, discards, opens again
);

-- From here on the transaction is the account's (nrc.audit). SQLSTATE NRC11 is ERR_FORBIDDEN.
CREATE FUNCTION nrc.desk_reader(account text) RETURNS nrc.desk_reader
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    l record;
    r nrc.desk_reader;
BEGIN
    SELECT o.agency, o.refused, o.roles INTO l FROM nrc.account_login(account) o LIMIT 1;
    IF NOT FOUND OR l.refused IS NOT NULL OR NOT l.roles && '{producer,steward,operator,auditor}' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC11', MESSAGE = format('the account %s may not see the quarantine', account);
    END IF;
    PERFORM set_config('nrc.actor', account, true);
    r.agency := l.agency;
    r.decides := l.agency IS NULL AND 'steward' = ANY (l.roles);
    r.sees_all := r.decides;
    r.assigns := l.agency IS NULL AND l.roles && '{steward,operator}';
    RETURN r;
END
$$;

-- The datasets that it sees: those that its agency answers for (after a succession the successor). NULL: every one.
CREATE FUNCTION nrc.desk_datasets(r nrc.desk_reader) RETURNS int[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN r.agency IS NOT NULL
                THEN ARRAY(SELECT d.id FROM nrc.dataset d WHERE nrc.answering_code(d.agency_id) = r.agency) END
$$;

-- Its id. NRC02: there is none that the reader sees. NULL stays NULL.
CREATE FUNCTION nrc.desk_dataset(r nrc.desk_reader, of_dataset text) RETURNS int
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mine CONSTANT int[] := nrc.desk_datasets(r);
    found_id int;
BEGIN
    IF of_dataset IS NOT NULL THEN
        SELECT d.id INTO found_id FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
        WHERE a.code || '.' || d.name = of_dataset AND (mine IS NULL OR d.id = ANY (mine));
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', of_dataset);
        END IF;
    END IF;
    RETURN found_id;
END
$$;

-- ---- lists ----

-- chosen: {dataset, reason, rule, path, state, assigned_to}; newest first.
CREATE FUNCTION nrc.desk_cases(account text, chosen jsonb, before_id bigint, most int) RETURNS TABLE (
    id bigint, dataset text, topic text, partition int, "offset" bigint, recorded_at timestamptz, sent_at timestamptz,
    event_time timestamptz, reason text, rule text, path text, state text, assigned_to text, note text, changed_by text, changed_at timestamptz, withheld boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    r CONSTANT nrc.desk_reader := nrc.desk_reader(account);
    mine CONSTANT int[] := nrc.desk_datasets(r);
    one CONSTANT int := nrc.desk_dataset(r, chosen->>'dataset');
BEGIN
    RETURN QUERY
        SELECT q.id, a.code || '.' || d.name, p.topic, p.partition, q.topic_offset, q.recorded_at,
               CASE WHEN isfinite(q.kafka_ts) THEN q.kafka_ts END, q.event_time, q.reason, q.rule, q.path, q.status, q.assigned_to, q.note,
               q.changed_by, q.changed_at, q.withheld
        FROM nrc.quarantine q LEFT JOIN nrc.dataset d ON d.id = q.dataset_id LEFT JOIN nrc.agency a ON a.id = d.agency_id
             LEFT JOIN nrc.position p ON p.id = q.position_id
        WHERE (mine IS NULL OR q.dataset_id = ANY (mine)) AND (one IS NULL OR q.dataset_id = one)
          AND (before_id IS NULL OR q.id < before_id)
          AND (chosen->>'reason' IS NULL OR q.reason = chosen->>'reason') AND (chosen->>'rule' IS NULL OR q.rule = chosen->>'rule')
          AND (chosen->>'path' IS NULL OR q.path = chosen->>'path') AND (chosen->>'state' IS NULL OR q.status = chosen->>'state')
          AND (chosen->>'assigned_to' IS NULL OR q.assigned_to = chosen->>'assigned_to')
        ORDER BY q.id DESC LIMIT least(most, 1000);
END
$$;

-- By what is wrong, the most open ones first. assigned_to: of those that are open or to be replayed, when all have the same.
CREATE FUNCTION nrc.desk_groups(account text, of_dataset text) RETURNS TABLE (
    dataset text, reason text, rule text, path text, open bigint, replay bigint, discarded bigint, replayed bigint, superseded bigint,
    withheld bigint, first_at timestamptz, last_at timestamptz, assigned_to text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    r CONSTANT nrc.desk_reader := nrc.desk_reader(account);
    mine CONSTANT int[] := nrc.desk_datasets(r);
    one CONSTANT int := nrc.desk_dataset(r, of_dataset);
BEGIN
    RETURN QUERY
        SELECT a.code || '.' || d.name, g.reason, g.rule, g.path, g.open, g.replay, g.discarded, g.replayed, g.superseded, g.withheld,
               g.first_at, g.last_at, CASE WHEN g.people = 1 AND NOT g.is_free THEN g.person END
        FROM (SELECT q.dataset_id, q.reason, q.rule, q.path, count(*) FILTER (WHERE q.status = 'open') AS open,
                     count(*) FILTER (WHERE q.status = 'replay') AS replay,
                     count(*) FILTER (WHERE q.status = 'discarded') AS discarded,
                     count(*) FILTER (WHERE q.status = 'replayed') AS replayed,
                     count(*) FILTER (WHERE q.status = 'superseded') AS superseded, count(*) FILTER (WHERE q.withheld) AS withheld,
                     min(q.recorded_at) AS first_at, max(q.recorded_at) AS last_at,
                     count(DISTINCT q.assigned_to) FILTER (WHERE q.status IN ('open', 'replay')) AS people,
                     max(q.assigned_to) FILTER (WHERE q.status IN ('open', 'replay')) AS person,
                     coalesce(bool_or(q.assigned_to IS NULL) FILTER (WHERE q.status IN ('open', 'replay')), false) AS is_free
              FROM nrc.quarantine q
              WHERE (mine IS NULL OR q.dataset_id = ANY (mine)) AND (one IS NULL OR q.dataset_id = one)
              GROUP BY 1, 2, 3, 4) g
             LEFT JOIN nrc.dataset d ON d.id = g.dataset_id LEFT JOIN nrc.agency a ON a.id = d.agency_id
        ORDER BY g.open DESC, g.last_at DESC, 1, 2, 3, 4 LIMIT 1000;
END
$$;

-- ---- one event ----

-- An event as it is shown. Its bytes are for the program that decodes them, which leaves out the fields that the reader may not see.
CREATE TYPE nrc.shown_case AS (
    id bigint, dataset text, topic text, partition int, "offset" bigint, recorded_at timestamptz, sent_at timestamptz,
    event_time timestamptz, reason text, rule text, path text, detail text, state text, assigned_to text, note text, changed_by text, changed_at timestamptz,
    withheld boolean, ended_by jsonb, schema_id int, violations jsonb, headers jsonb, history jsonb,
    raw_bytes int,
    sees_all       boolean, -- from here on for the program alone
    key            bytea,
    payload        bytea,   -- zstd; its first bytes
    key_format     text,
    key_fields     jsonb,
    order_field    text,
    classes        jsonb,   -- {path: classification} of the contract in force; NULL: there is none
    structure      jsonb,   -- {subject, version} of schema_id
    structure_text text,
    key_structure  jsonb,   -- likewise of a key in a frame
    key_text       text
);

-- Where a structure is used: in the dataset first.
CREATE FUNCTION nrc.structure_shown(of_schema int, of_dataset int, OUT named jsonb, OUT structure_text text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('subject', v.subject, 'version', v.version), coalesce(s.resolved_text, s.text)
    FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id
    WHERE v.schema_id = of_schema
    ORDER BY v.dataset_id IS NOT DISTINCT FROM of_dataset DESC, v.deleted_at IS NULL DESC, v.subject, v.version LIMIT 1
$$;

-- most: so many bytes of the packed payload, which may be large. A rule's text and a header's value may carry values of the event.
CREATE FUNCTION nrc.case_shown(of_id bigint, mine int[], sees_all boolean, most int) RETURNS SETOF nrc.shown_case
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    q record;
    c nrc.shown_case;
    d nrc.dataset;
    of_agency text;
BEGIN
    SELECT o.id, o.dataset_id, o.position_id, o.topic_offset, o.recorded_at, o.kafka_ts, o.schema_id, o.reason, o.rule, o.path, o.detail,
           o.failures, o.key, o.headers, substr(o.payload, 1, most) AS payload, o.payload_bytes, o.withheld, o.status, o.assigned_to,
           o.note, o.changed_at, o.changed_by, o.changes, o.event_time, o.ended_by, o.ended_offset
    INTO q FROM nrc.quarantine o WHERE o.id = of_id AND (mine IS NULL OR o.dataset_id = ANY (mine));
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT o.* INTO d FROM nrc.dataset o WHERE o.id = q.dataset_id;
    SELECT a.code INTO of_agency FROM nrc.agency a WHERE a.id = d.agency_id;
    SELECT p.topic, p.partition INTO c.topic, c.partition FROM nrc.position p WHERE p.id = q.position_id;
    c.id := q.id;
    c.dataset := of_agency || '.' || d.name;
    c."offset" := q.topic_offset;
    c.recorded_at := q.recorded_at;
    c.sent_at := CASE WHEN isfinite(q.kafka_ts) THEN q.kafka_ts END;
    c.event_time := q.event_time;
    c.reason := q.reason;
    c.rule := q.rule;
    c.path := q.path;
    c.detail := q.detail;
    c.state := q.status;
    c.assigned_to := q.assigned_to;
    c.note := q.note;
    c.changed_by := q.changed_by;
    c.changed_at := q.changed_at;
    c.withheld := q.withheld;
    c.ended_by := (SELECT jsonb_build_object('topic', p.topic, 'partition', p.partition, 'offset', q.ended_offset)
                   FROM nrc.position p WHERE p.id = q.ended_by);
    c.schema_id := q.schema_id;
    c.sees_all := sees_all;
    c.violations := CASE WHEN sees_all THEN coalesce(q.failures, '[]')
                         ELSE coalesce((SELECT jsonb_agg(f - 'text' ORDER BY n)
                                        FROM jsonb_array_elements(q.failures) WITH ORDINALITY AS e(f, n)), '[]') END;
    c.headers := coalesce((SELECT jsonb_agg(CASE WHEN sees_all OR h->>'name' = 'nrc-order' THEN h
                                                 ELSE jsonb_build_object('name', h->'name', 'value', NULL) END ORDER BY n)
                           FROM jsonb_array_elements(nrc.headers_json(q.headers)) WITH ORDINALITY AS e(h, n)), '[]');
    c.history := coalesce((SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('at', u.at, 'what', split_part(u.what, '.', 2),
                                   'by', u.by_name, 'to', u.after->>'assigned_to', 'why', u.why)) ORDER BY u.id)
                           FROM nrc.audit u WHERE u.id = ANY (q.changes)), '[]');
    c.key := q.key;
    c.payload := q.payload;
    c.raw_bytes := q.payload_bytes;
    c.key_format := d.key_format;
    c.key_fields := to_jsonb(d.key_fields);
    c.order_field := d.order_field;
    c.classes := (SELECT coalesce(jsonb_object_agg(p->>'path', p->>'classification') FILTER (WHERE p ? 'classification'), '{}')
                  FROM nrc.contract_now n, jsonb_array_elements(n.contract->'properties') p
                  WHERE n.dataset_id = d.id AND n.status <> 'retired' HAVING count(*) > 0);
    SELECT s.named, s.structure_text INTO c.structure, c.structure_text FROM nrc.structure_shown(q.schema_id, d.id) s;
    IF d.key_format IN ('auto', 'avro') AND substr(q.key, 1, 1) = '\x00' THEN
        SELECT s.named, s.structure_text INTO c.key_structure, c.key_text FROM nrc.structure_shown(nrc.int32_at(q.key, 1), d.id) s;
    END IF;
    INSERT INTO nrc.audit (what, object, agency_id, after)
    VALUES ('quarantine.shown', 'quarantine/' || q.id, d.agency_id, jsonb_build_object('dataset', c.dataset, 'personal', sees_all));
    RETURN NEXT c;
END
$$;

-- That it was shown, and to whom, is in the audit trail (NRL-18).
CREATE FUNCTION nrc.desk_case(account text, of_id bigint, most int) RETURNS SETOF nrc.shown_case
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r CONSTANT nrc.desk_reader := nrc.desk_reader(account);
BEGIN
    RETURN QUERY SELECT * FROM nrc.case_shown(of_id, nrc.desk_datasets(r), r.sees_all, most);
END
$$;

-- The same for a steward at the command line.
CREATE FUNCTION nrc.steward_case(of_id bigint, most int) RETURNS SETOF nrc.shown_case
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM nrc.case_shown(of_id, NULL, true, most)
$$;

-- ---- what is done ----

-- may: the account may; action: for the message.
CREATE FUNCTION nrc.desk_check(account text, may boolean, action text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT may THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC11', MESSAGE = format('the account %s may not %s', account, action);
    END IF;
END
$$;

-- As nrc.change_cases, for whom may do that.
CREATE FUNCTION nrc.desk_change(account text, action text, s jsonb, whom text, why text, dry boolean, OUT selected bigint,
                                OUT withheld bigint, OUT changed bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r CONSTANT nrc.desk_reader := nrc.desk_reader(account);
    may CONSTANT boolean := CASE action WHEN 'assign' THEN r.assigns ELSE r.decides END;
BEGIN
    PERFORM nrc.desk_check(account, may, format('%s quarantined events: %s', action,
        CASE action WHEN 'assign' THEN 'an operator or a steward of the Center does' ELSE 'a steward does' END));
    SELECT c.selected, c.withheld, c.changed INTO selected, withheld, changed
    FROM nrc.change_cases(action, s, whom, why, dry) c;
END
$$;

GRANT EXECUTE ON FUNCTION nrc.desk_cases(text, jsonb, bigint, int), nrc.desk_groups(text, text), nrc.desk_case(text, bigint, int),
    nrc.desk_change(text, text, jsonb, text, text, boolean) TO nrc_desk;
GRANT EXECUTE ON FUNCTION nrc.steward_case(bigint, int) TO nrc_steward;

-- ---- pausing a source (nrc.source_pause: 0017_sources.sql) ----

CREATE FUNCTION nrc.pause_source(of_dataset text, why text, until timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d CONSTANT nrc.dataset := (nrc.dataset_named(of_dataset)).d;
BEGIN
    IF d.topic IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s has no topic: there is nothing to pause', of_dataset);
    ELSIF until <= now() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('a pause ends after now, not at %s', until);
    END IF;
    INSERT INTO nrc.source_pause AS p (dataset_id, why, until) VALUES (d.id, why, until)
    ON CONFLICT (dataset_id) DO UPDATE
    SET why = EXCLUDED.why, until = EXCLUDED.until, paused_by = EXCLUDED.paused_by,
        paused_at = CASE WHEN nrc.is_paused(d.id) THEN p.paused_at ELSE EXCLUDED.paused_at END;
    INSERT INTO nrc.catalogue_moment (at) SELECT until WHERE isfinite(until);
    INSERT INTO nrc.audit (what, object, agency_id, after, why)
    VALUES ('source.paused', 'source/' || of_dataset, d.agency_id, jsonb_strip_nulls(jsonb_build_object('until', until)), why);
END
$$;

CREATE FUNCTION nrc.resume_source(of_dataset text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d CONSTANT nrc.dataset := (nrc.dataset_named(of_dataset)).d;
    was boolean := nrc.is_paused(d.id);
BEGIN
    DELETE FROM nrc.source_pause p WHERE p.dataset_id = d.id;
    IF NOT was THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s is not paused', of_dataset);
    END IF;
    INSERT INTO nrc.audit (what, object, agency_id, why) VALUES ('source.resumed', 'source/' || of_dataset, d.agency_id, why);
END
$$;

-- What retention left of a halted partition's log, as the monitor saw it last, is where it goes on.
CREATE FUNCTION nrc.accept_seen_gap(of_dataset text, of_partition int, why text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d CONSTANT nrc.dataset := (nrc.dataset_named(of_dataset)).d;
    p nrc.position;
    starts bigint;
BEGIN
    SELECT o.* INTO p FROM nrc.position o WHERE o.dataset_id = d.id AND o.partition = of_partition AND o.replaced_at IS NULL;
    IF p.halt_kind IS DISTINCT FROM 'gap' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('partition %s of %s is not halted for a gap', of_partition, of_dataset);
    END IF;
    SELECT l.log_start INTO starts FROM nrc.look l
    WHERE l.topic = p.topic AND l.partition = p.partition AND l.at > now() - interval '10 minutes' ORDER BY l.at DESC LIMIT 1;
    IF starts IS NULL OR starts < p.next_offset THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('the monitor has not seen where the log of partition %s of %s starts'
            ' now: use nrc position resume --accept-gap', of_partition, of_dataset);
    END IF;
    PERFORM nrc.resume_position(p.topic, p.partition, why, starts);
    INSERT INTO nrc.audit (what, object, agency_id, before, after, why)
    VALUES ('source.gap_accepted', 'source/' || of_dataset, d.agency_id,
            jsonb_build_object('partition', p.partition, 'next_offset', p.next_offset), jsonb_build_object('next_offset', starts), why);
    RETURN starts;
END
$$;

CREATE FUNCTION nrc.desk_pause(account text, of_dataset text, why text, until timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.desk_check(account, (nrc.desk_reader(account)).assigns, 'pause sources: an operator or a steward of the Center does');
    PERFORM nrc.pause_source(of_dataset, why, until);
END
$$;

CREATE FUNCTION nrc.desk_resume(account text, of_dataset text, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.desk_check(account, (nrc.desk_reader(account)).assigns, 'resume sources: an operator or a steward of the Center does');
    PERFORM nrc.resume_source(of_dataset, why);
END
$$;

CREATE FUNCTION nrc.desk_accept_gap(account text, of_dataset text, of_partition int, why text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.desk_check(account, (nrc.desk_reader(account)).decides, 'accept gaps: a steward does');
    RETURN nrc.accept_seen_gap(of_dataset, of_partition, why);
END
$$;

GRANT EXECUTE ON FUNCTION nrc.pause_source(text, text, timestamptz), nrc.resume_source(text, text) TO nrc_steward;
GRANT EXECUTE ON FUNCTION nrc.desk_pause(text, text, text, timestamptz), nrc.desk_resume(text, text, text),
    nrc.desk_accept_gap(text, text, int, text) TO nrc_desk;

-- ---- a corrected event that arrives by itself ----

-- Once a second an engine reads the key of what newly lies in the quarantine (ingest/cases.c), and looks whether a newer event of the
-- key was recorded since. A batch has no part in this, and pays nothing. Of keys that differ nobody knows which is
-- meant, and what waits for its structure needs nobody.
CREATE INDEX quarantine_unread ON nrc.quarantine (id)
    WHERE NOT is_read AND status = 'open' AND NOT withheld AND reason NOT IN ('key_mismatch', 'not_yet_active');
CREATE INDEX quarantine_keyed ON nrc.quarantine (id) WHERE status = 'open' AND key_values IS NOT NULL;

CREATE FUNCTION nrc.unread_cases(most_rows int, most_bytes bigint) RETURNS TABLE (
    id bigint, dataset_id int, position_id int, topic text, partition int, topic_offset bigint, ts_ms bigint, key bytea,
    headers bytea, payload bytea, payload_bytes int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, d.dataset_id, d.position_id, p.topic, p.partition, d.topic_offset,
           CASE WHEN isfinite(d.kafka_ts) THEN floor(extract(epoch FROM d.kafka_ts) * 1000)::bigint ELSE -1 END,
           d.key, d.headers, d.payload, d.payload_bytes
    FROM (SELECT q.*, sum(q.payload_bytes) OVER (ORDER BY q.id) - q.payload_bytes AS before_it
          FROM (SELECT o.* FROM nrc.quarantine o
                WHERE NOT o.is_read AND o.status = 'open' AND NOT o.withheld AND o.reason NOT IN ('key_mismatch', 'not_yet_active')
                ORDER BY o.id LIMIT most_rows) q) d
         JOIN nrc.position p ON p.id = d.position_id
    WHERE coalesce(d.before_it, 0) < most_bytes ORDER BY d.id
$$;

-- found: [{id, key, order, event_time}]; key: the texts of its values, null where it cannot be read; event_time in microseconds.
CREATE FUNCTION nrc.note_cases(found jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE nrc.quarantine q
    SET is_read = true, event_order = (f->>'order')::bigint,
        event_time = to_timestamp((f->>'event_time')::numeric / 1000000),
        key_values = CASE WHEN jsonb_typeof(f->'key') = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(f->'key')) END
    FROM jsonb_array_elements(found) f
    WHERE q.id = (f->>'id')::bigint AND NOT q.withheld
$$;

-- That the row s of a dataset's state has the key q.key_values. NULL: the dataset has no tables.
CREATE FUNCTION nrc.same_key(of_dataset int) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT string_agg(CASE c.type WHEN 'bytea' THEN format('s.%I = decode(q.key_values[%s], ''base64'')', c.name, c.key_ordinal)
                                  WHEN 'text' THEN format('s.%I = q.key_values[%s] COLLATE "C"', c.name, c.key_ordinal)
                                  ELSE format('s.%I = q.key_values[%s]::%s', c.name, c.key_ordinal, c.type) END, ' AND ')
    FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id = c.dataset_id
    WHERE c.dataset_id = of_dataset AND c.key_ordinal IS NOT NULL AND d.column_version > 0
$$;

-- Of one dataset's cases between two ids: those that a newer version in the state ends. Newer is what came later and has at least its
-- order; of a case without a known order, and of a delete without one, what came later in Kafka's order (storage/commit/order.h).
CREATE FUNCTION nrc.end_cases_of(of_dataset int, low bigint, high bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    agency text;
    d nrc.dataset;
    same_key CONSTANT text := nrc.same_key(of_dataset);
    trail_id bigint := nextval(pg_get_serial_sequence('nrc.audit', 'id'));
    ended bigint;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s WHERE s.id = of_dataset;
    SELECT a.code INTO agency FROM nrc.agency a WHERE a.id = d.agency_id;
    IF same_key IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format($q$
        WITH ended AS (
            SELECT q.id, q.recorded_at, s._topic_partition AS by_position, s._offset AS by_offset
            FROM nrc.quarantine q JOIN %I.%I s ON %s
            CROSS JOIN LATERAL (SELECT CASE WHEN s._topic_partition = q.position_id THEN s._offset > q.topic_offset
                                            ELSE s._kafka_ts >= q.kafka_ts END AS later) o
            WHERE q.status = 'open' AND q.reason <> 'not_yet_active' AND q.key_values IS NOT NULL
              AND q.id BETWEEN $1 AND $2 AND q.dataset_id = $3
              AND (s._recorded_at > q.recorded_at OR s._recorded_at = q.recorded_at AND o.later)
              AND (q.kept_open_at IS NULL OR s._recorded_at > q.kept_open_at)
              AND CASE WHEN q.event_order IS NULL OR s._content = 1 THEN o.later ELSE s._order >= q.event_order END)
        UPDATE nrc.quarantine q
        SET status = 'superseded', ended_by = e.by_position, ended_offset = e.by_offset, changed_at = now(), changed_by = 'nrc',
            note = 'a newer event of its key was recorded', changes = q.changes || $4
        FROM ended e WHERE q.id = e.id AND q.recorded_at = e.recorded_at AND q.status = 'open'$q$,
        agency, d.name || '_state', same_key) USING low, high, d.id, trail_id;
    GET DIAGNOSTICS ended = ROW_COUNT;
    IF ended > 0 THEN
        INSERT INTO nrc.audit (id, what, object, agency_id, after, why, by_name) OVERRIDING SYSTEM VALUE
        VALUES (trail_id, 'quarantine.superseded', format('quarantine/%s.%s', agency, d.name), d.agency_id,
                jsonb_build_object('events', ended), 'a newer event of the same key was recorded', 'nrc');
    END IF;
    RETURN ended;
END
$$;

-- The next `most` cases with a key after `after_id`; upto: where to go on, 0: from the first. One engine at a time.
CREATE FUNCTION nrc.end_cases(after_id bigint, most int, OUT upto bigint, OUT ended bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    looked bigint;
    among int[];
BEGIN
    ended := 0;
    upto := after_id;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('nrc.end_cases', 0)) THEN
        RETURN;
    END IF;
    SELECT count(*), max(w.id), array_agg(DISTINCT w.dataset_id) INTO looked, upto, among
    FROM (SELECT q.id, q.dataset_id FROM nrc.quarantine q
          WHERE q.status = 'open' AND q.key_values IS NOT NULL AND q.id > after_id ORDER BY q.id LIMIT most) w;
    IF looked > 0 THEN
        SELECT sum(nrc.end_cases_of(o, after_id + 1, upto)) INTO ended FROM unnest(among) o;
    END IF;
    IF looked < most THEN
        upto := 0;
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.unread_cases(int, bigint), nrc.note_cases(jsonb), nrc.end_cases(bigint, int) TO nrc_ingest;

-- ---- what would become of them ----

-- Open cases of a selection, for whoever judges them without recording them (ingest/judge.c).
CREATE FUNCTION nrc.cases_to_judge(s jsonb, most_rows int, most_bytes bigint) RETURNS TABLE (
    id bigint, dataset_id int, position_id int, topic text, partition int, topic_offset bigint, ts_ms bigint, key bytea,
    headers bytea, payload bytea, payload_bytes int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, d.dataset_id, d.position_id, p.topic, p.partition, d.topic_offset,
           CASE WHEN isfinite(d.kafka_ts) THEN floor(extract(epoch FROM d.kafka_ts) * 1000)::bigint ELSE -1 END,
           d.key, d.headers, d.payload, d.payload_bytes
    FROM (SELECT q.*, sum(q.payload_bytes) OVER (ORDER BY q.id) - q.payload_bytes AS before_it
          FROM (SELECT o.* FROM nrc.selected_cases(s) o WHERE o.status = 'open' AND NOT o.withheld ORDER BY o.id LIMIT most_rows) q) d
         JOIN nrc.position p ON p.id = d.position_id
    WHERE coalesce(d.before_it, 0) < most_bytes ORDER BY d.id
$$;

-- The present version of a key, of which no value is told: its order, its place, and the hash of its content.
CREATE FUNCTION nrc.current_of(of_dataset int, key jsonb) RETURNS TABLE (
    event_order bigint, position_id int, topic_offset bigint, kafka_ts_us bigint, content bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    same_key CONSTANT text := nrc.same_key(of_dataset);
    agency text;
    name text;
BEGIN
    SELECT a.code, d.name INTO agency, name FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE d.id = of_dataset;
    IF same_key IS NOT NULL THEN
        RETURN QUERY EXECUTE format($q$
            SELECT s._order, s._topic_partition, s._offset,
                   CASE WHEN isfinite(s._kafka_ts) THEN (extract(epoch FROM s._kafka_ts) * 1000000)::bigint END, s._content
            FROM (SELECT ARRAY(SELECT jsonb_array_elements_text($1)) AS key_values) q JOIN %I.%I s ON %s$q$,
            agency, name || '_state', same_key) USING key;
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.cases_to_judge(jsonb, int, bigint), nrc.current_of(int, jsonb) TO nrc_steward;
GRANT SELECT ON nrc.agency, nrc.dataset, nrc.dataset_column, nrc.dataset_generation, nrc.schema, nrc.subject_version, nrc.contract,
    nrc.contract_now, nrc.catalogue_version, nrc.catalogue_moment TO nrc_steward;
GRANT EXECUTE ON FUNCTION nrc.is_answered(int), nrc.structure_state(nrc.subject_version) TO nrc_steward;
