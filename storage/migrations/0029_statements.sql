-- SPDX-License-Identifier: Apache-2.0
-- What agencies state on their topics <agency>.control (NRL-10): signs of life, with how much was sent so far, and control totals.
--
-- `nrc monitor` reads the topics and takes each message here, in one transaction with the position behind it, so each is taken
-- once. A message that cannot be taken is kept as a refusal, with its place and the reason, and never with what it says: nobody
-- knows what stands in it. ops/doc/completeness.md is for agencies.

SET LOCAL ROLE nrc_owner;

-- ---- the structure ----

-- ops/doc/control-statement.avsc as our registry prints it, and the numbers that it gives it
-- (tests/component/storage/quality/test_statement.c).
CREATE FUNCTION nrc.control_structure(OUT text text, OUT sha256 bytea, OUT normalized bytea, OUT crc64 bigint)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '{"type":"record","name":"Statement","namespace":"nrc.control","doc":"What an agency states of the data that it '
        'sends, on its topic <agency>.control: that a source lives, how much it sent so far, and what it sent for a '
        'period.","fields":['
        '{"name":"kind","type":{"type":"enum","name":"Kind","symbols":["HEARTBEAT","CONTROL_TOTAL"]},"doc":"HEARTBEAT '
        'has dataset, at, from, events. CONTROL_TOTAL has all but at"},'
        '{"name":"dataset","type":["null","string"],"doc":"<agency>.<dataset>; a heartbeat without one is of all of the '
        'agency''s","default":null},'
        '{"name":"at","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"doc":"Of a heartbeat: when it '
        'counted; null: Kafka''s timestamp","default":null},'
        '{"name":"from","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"doc":"Of a control total: the '
        'period''s begin. Of a heartbeat: since when it counts; null: since midnight, in the zone of the dataset''s '
        'contract","default":null},'
        '{"name":"until","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"doc":"Of a control total: the '
        'period''s end, which is not of it","default":null},'
        '{"name":"events","type":["null","long"],"doc":"Of a control total: events of the period. Of a heartbeat: events '
        'sent since from; null: not counted","default":null},'
        '{"name":"keys","type":["null","long"],"doc":"Distinct keys of the period","default":null},'
        '{"name":"checksum","type":["null","string"],"doc":"Of the distinct keys: 64 digits of lower-case '
        'hex","default":null},'
        '{"name":"statement_id","type":["null","string"],"doc":"The agency''s own; the same statement with the same id '
        'again is taken once","default":null},'
        '{"name":"grace_s","type":["null","long"],"doc":"How long after the period''s end events may still come; null: '
        'an hour","default":null},'
        '{"name":"key_list","type":["null",{"type":"array","items":"string"}],"doc":"The keys'' texts","default":null},'
        '{"name":"key_digests","type":["null",{"type":"array","items":"string"}],"doc":"The SHA-256 of keys'' texts, in '
        'hex","default":null}'
        ']}',
        '\xbb97a09615adb387834eada294ef248a5185b525d8644632690090719f38211a'::bytea,
        '\xbb97a09615adb387834eada294ef248a5185b525d8644632690090719f38211a'::bytea,
        '-8521840115240692698'::bigint
$$;

-- The subject is the record's full name, as RecordNameStrategy has it: one for the topics of all agencies, and no agency's. Whoever
-- changes the structure adds a version by this. The registry changes nothing of it: it is read-only.
CREATE FUNCTION nrc.open_control_structure() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    for_subject CONSTANT text := 'nrc.control.Statement';
    wanted record;
    found_id int;
BEGIN
    SELECT * INTO wanted FROM nrc.control_structure();
    SELECT v.schema_id INTO found_id FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id
    WHERE v.subject = for_subject AND s.sha256 = wanted.sha256 AND v.deleted_at IS NULL;
    IF found_id IS NULL THEN
        PERFORM nrc.lock_subject(for_subject);
        PERFORM nrc.lock_catalogue();
        found_id := nrc.intern_schema(NULL, wanted.text, NULL, wanted.sha256, wanted.normalized, wanted.crc64, NULL, NULL, '[]');
        PERFORM nrc.add_subject_version(for_subject, NULL, 'none', found_id, NULL, NULL, '-infinity', NULL, 'nrc monitor');
        INSERT INTO nrc.registry_mode VALUES (for_subject, 'READONLY') ON CONFLICT DO NOTHING;
    END IF;
    RETURN found_id;
END
$$;

-- The text of a version of ours, by its id or its GUID; NULL: it is none.
CREATE FUNCTION nrc.control_structure_of(of_id int, of_guid uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.text FROM nrc.schema s
    WHERE (s.id = of_id OR s.guid = of_guid)
      AND EXISTS (SELECT FROM nrc.subject_version v
                  WHERE v.subject = 'nrc.control.Statement' AND v.schema_id = s.id AND v.deleted_at IS NULL)
$$;

-- ---- positions ----

-- Up to which offset an agency's topic was read. last_*: the record before that, by which a log that was made anew is told.
CREATE TABLE nrc.control_position (
    agency_id   int NOT NULL REFERENCES nrc.agency ON DELETE CASCADE,
    partition   int NOT NULL CHECK (partition >= 0),
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    last_offset bigint NOT NULL DEFAULT -1,
    last_digest bytea,
    end_seen_at timestamptz, -- there was nothing behind the position then
    taken       bigint NOT NULL DEFAULT 0,
    repeated    bigint NOT NULL DEFAULT 0, -- stated before, with the same id
    refused     bigint NOT NULL DEFAULT 0,
    moved_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, partition),
    CHECK ((last_offset >= 0) = (last_digest IS NOT NULL))
);

-- The newest thousand of an agency. A range: messages that nobody could read.
CREATE TABLE nrc.control_refused (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id   int NOT NULL REFERENCES nrc.agency ON DELETE CASCADE,
    partition   int NOT NULL,
    from_offset bigint NOT NULL,
    next_offset bigint NOT NULL,
    sent_at     timestamptz, -- Kafka's timestamp
    refused_at  timestamptz NOT NULL DEFAULT now(),
    reason      text NOT NULL CHECK (octet_length(reason) <= 40),
    detail      text NOT NULL CHECK (octet_length(detail) <= 500) -- no value of the message
);
CREATE INDEX control_refused_of ON nrc.control_refused (agency_id, id);

-- Statements with an id of the agency's, by what their message says: one that is sent again changes nothing. For 100 days.
CREATE TABLE nrc.control_message (
    agency_id    int NOT NULL REFERENCES nrc.agency ON DELETE CASCADE,
    statement_id text NOT NULL,
    digest       bytea NOT NULL,
    taken_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agency_id, statement_id, digest)
);
CREATE INDEX control_message_old ON nrc.control_message (agency_id, taken_at);
GRANT SELECT ON nrc.control_position, nrc.control_refused TO nrc_monitor, nrc_registry;

-- Agencies whose topics are read; speaks_as: for whose datasets, as a retired agency's are answered for by another.
CREATE FUNCTION nrc.control_sources() RETURNS TABLE (agency text, speaks_as text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.code, nrc.answering_code(a.id) FROM nrc.agency a WHERE nrc.is_answered(a.id) ORDER BY a.code
$$;

CREATE FUNCTION nrc.control_positions(of_agency text) RETURNS SETOF nrc.control_position
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.* FROM nrc.control_position p JOIN nrc.agency a ON a.id = p.agency_id WHERE a.code = of_agency ORDER BY p.partition
$$;

-- m: partition, from_offset (NULL: there was no position), next_offset, last_offset, last_digest, is_end, taken, repeated, refused.
-- Another session that moved it meanwhile: nothing of this transaction holds.
CREATE FUNCTION nrc.move_control(of_agency text, m jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.control_position := jsonb_populate_record(NULL::nrc.control_position, m);
BEGIN
    SELECT a.id INTO STRICT n.agency_id FROM nrc.agency a WHERE a.code = of_agency;
    n.end_seen_at := CASE WHEN (m->>'is_end')::boolean THEN now() END;
    IF m->>'from_offset' IS NULL THEN
        INSERT INTO nrc.control_position (agency_id, partition, next_offset, last_offset, last_digest, end_seen_at, taken, repeated,
                                          refused)
        VALUES (n.agency_id, n.partition, n.next_offset, n.last_offset, n.last_digest, n.end_seen_at, n.taken, n.repeated, n.refused)
        ON CONFLICT DO NOTHING;
    ELSE
        UPDATE nrc.control_position p
        SET next_offset = n.next_offset, last_offset = n.last_offset, last_digest = n.last_digest,
            end_seen_at = coalesce(n.end_seen_at, p.end_seen_at), taken = p.taken + n.taken, repeated = p.repeated + n.repeated,
            refused = p.refused + n.refused, moved_at = now()
        WHERE p.agency_id = n.agency_id AND p.partition = n.partition AND p.next_offset = (m->>'from_offset')::bigint;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '40001', MESSAGE = format('partition %s of topic %s.control was read by another session',
                                                                  n.partition, of_agency);
    END IF;
    DELETE FROM nrc.control_message k WHERE k.agency_id = n.agency_id AND k.taken_at < now() - interval '100 days';
    IF n.refused > 0 THEN
        PERFORM nrc.see_incident('control_refused', 'quality_holds', NULL, NULL, of_agency || '.control',
            format('Messages of partition %s could not be taken: nrc control list --refused has the reasons.', n.partition), n.refused,
            now());
    END IF;
END
$$;

CREATE FUNCTION nrc.refuse_control(of_agency text, r jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most CONSTANT int := 1000;
    n nrc.control_refused := jsonb_populate_record(NULL::nrc.control_refused, r);
BEGIN
    SELECT a.id INTO STRICT n.agency_id FROM nrc.agency a WHERE a.code = of_agency;
    INSERT INTO nrc.control_refused (agency_id, partition, from_offset, next_offset, sent_at, reason, detail)
    VALUES (n.agency_id, n.partition, n.from_offset, n.next_offset, n.sent_at, n.reason, n.detail);
    DELETE FROM nrc.control_refused o
    WHERE o.agency_id = n.agency_id
      AND o.id <= (SELECT k.id FROM nrc.control_refused k WHERE k.agency_id = n.agency_id ORDER BY k.id DESC OFFSET most LIMIT 1);
END
$$;

-- false: this very message was taken before.
CREATE FUNCTION nrc.is_new_statement(of_agency text, with_id text, with_digest bytea) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH put AS (INSERT INTO nrc.control_message (agency_id, statement_id, digest)
                 SELECT a.id, with_id, with_digest FROM nrc.agency a WHERE a.code = of_agency ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM put)
$$;

-- ---- heartbeats ----

-- beat_at: the last heartbeat of all of the agency's. ends NULL: the log was not looked at yet.
ALTER TABLE nrc.heartbeat ADD COLUMN beat_at timestamptz;
ALTER TABLE nrc.heartbeat ALTER COLUMN ends DROP NOT NULL;

-- Heartbeats that name a dataset. sent: the newest count, of events since counts_from. owed: the first count that what came has
-- not reached, and since when it was said: a newer count does not begin the wait anew, or a source that counts each minute would
-- never have lost anything. It is settled when so many came (nrc.signs_of_life).
CREATE TABLE nrc.heartbeat_dataset (
    dataset_id  int PRIMARY KEY REFERENCES nrc.dataset ON DELETE CASCADE,
    seen_at     timestamptz NOT NULL,
    counts_from timestamptz,
    counted_at  timestamptz, -- by the agency's clock
    sent        bigint,
    said_at     timestamptz,
    owed_from   timestamptz,
    owed        bigint,
    owed_since  timestamptz,
    CHECK (num_nulls(counts_from, counted_at, sent, said_at) IN (0, 4)),
    CHECK (num_nulls(owed_from, owed, owed_since) IN (0, 3))
);
GRANT SELECT ON nrc.heartbeat_dataset TO nrc_monitor, nrc_registry;

-- Events of a dataset that arrived on its topic since then, whatever became of them; the minute of `since` counts whole. Whatever was
-- sent since then is among them. One from before that arrived later is, too: so nothing is called lost that is not.
CREATE FUNCTION nrc.received_since(of_dataset int, since timestamptz) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    WITH h AS (SELECT date_trunc('hour', since) + interval '1 hour' AS whole),
    m AS (SELECT date_trunc('hour', m.minute) AS hour, m.minute, m.rolled, m.received FROM nrc.measure_minute m
          WHERE m.dataset_id = of_dataset AND m.kind = 'stream' AND m.minute >= date_trunc('hour', since)
            AND (NOT m.rolled OR m.minute < (SELECT whole FROM h)
                 OR date_trunc('hour', m.minute) IN (SELECT date_trunc('hour', u.minute) FROM nrc.measure_minute u
                                                     WHERE u.dataset_id = of_dataset AND NOT u.rolled
                                                       AND u.minute >= (SELECT whole FROM h))))
    SELECT coalesce(sum(r.n), 0)::bigint FROM (
        SELECT m.received AS n FROM m WHERE m.minute >= date_trunc('minute', since)
        UNION ALL
        SELECT o.received FROM nrc.measure_rolled o
        WHERE o.dataset_id = of_dataset AND o.kind = 'stream' AND o.span = 'hour' AND o.at >= date_trunc('hour', since)
          AND o.at NOT IN (SELECT m.hour FROM m)) r
$$;

-- by_agency: who speaks. appended_at: when the message came, as near as the monitor knows. counted_at, counts_from NULL: see the structure.
CREATE FUNCTION nrc.take_heartbeat(of_agency text, by_agency text, appended_at timestamptz, full_name text, counted_at timestamptz,
                                   counts_from timestamptz, events bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    zone text;
BEGIN
    IF full_name IS NULL THEN
        IF events IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a count is of a dataset, and the heartbeat names none';
        END IF;
        INSERT INTO nrc.heartbeat AS h (agency_id, ends, beat_at) SELECT a.id, NULL, appended_at FROM nrc.agency a WHERE a.code = of_agency
        ON CONFLICT (agency_id) DO UPDATE SET beat_at = greatest(h.beat_at, excluded.beat_at);
        RETURN;
    END IF;
    SELECT s.* INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.name = full_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = 'there is no such dataset';
    END IF;
    IF by_agency IS DISTINCT FROM nrc.answering_code(d.agency_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('%s is another agency''s dataset: its own agency states what it sent', full_name);
    END IF;
    IF events IS NOT NULL THEN
        zone := coalesce((SELECT c.contract->'service'->>'time_zone' FROM nrc.contract_now c WHERE c.dataset_id = d.id), 'Asia/Muscat');
        counts_from := coalesce(counts_from, date_trunc('day', counted_at, zone));
        IF events < 0 OR counts_from > counted_at OR counted_at > now() + interval '5 minutes'
           OR counts_from < now() - interval '62 days' THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a count is a number from 0 on, of events since a time that is at most 62'
                ' days ago until it was taken, and it was taken before now';
        END IF;
    END IF;
    INSERT INTO nrc.heartbeat_dataset (dataset_id, seen_at) VALUES (d.id, appended_at)
    ON CONFLICT (dataset_id) DO UPDATE SET seen_at = greatest(heartbeat_dataset.seen_at, excluded.seen_at);
    UPDATE nrc.heartbeat_dataset h
    SET counts_from = take_heartbeat.counts_from, counted_at = take_heartbeat.counted_at, sent = events, said_at = appended_at,
        owed = CASE WHEN h.owed_from = take_heartbeat.counts_from THEN least(h.owed, events) ELSE coalesce(h.owed, events) END,
        owed_from = coalesce(h.owed_from, take_heartbeat.counts_from), owed_since = coalesce(h.owed_since, appended_at)
    WHERE h.dataset_id = d.id AND events IS NOT NULL AND (h.counted_at IS NULL OR h.counted_at <= take_heartbeat.counted_at);
END
$$;

-- What a dataset's source said of itself: when it last lived, and the count that is owed; or else the newest one.
-- Given heartbeats that name a dataset within a month, then it lives by these and by those of all; else by the log's growth.
CREATE FUNCTION nrc.signs_of_life(of_dataset int, of_agency text, at_ends bigint, OUT seen_at timestamptz, OUT said bigint,
                                  OUT arrived bigint, OUT said_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    h nrc.heartbeat_dataset;
    here bigint;
BEGIN
    seen_at := nrc.see_heartbeat(of_agency, at_ends);
    SELECT * INTO h FROM nrc.heartbeat_dataset o WHERE o.dataset_id = of_dataset FOR UPDATE;
    IF h.seen_at > now() - interval '30 days' THEN
        seen_at := greatest(h.seen_at, (SELECT o.beat_at FROM nrc.heartbeat o JOIN nrc.agency a ON a.id = o.agency_id
                                        WHERE a.code = of_agency));
    END IF;
    IF h.owed IS NOT NULL AND nrc.received_since(of_dataset, h.owed_from) >= h.owed THEN
        here := nrc.received_since(of_dataset, h.counts_from);
        IF here >= h.sent THEN
            h.owed := NULL;
            h.owed_from := NULL;
            h.owed_since := NULL;
        ELSE
            h.owed := h.sent;
            h.owed_from := h.counts_from;
            h.owed_since := h.said_at;
        END IF;
        UPDATE nrc.heartbeat_dataset o SET owed = h.owed, owed_from = h.owed_from, owed_since = h.owed_since
        WHERE o.dataset_id = of_dataset;
    END IF;
    said := coalesce(h.owed, h.sent);
    said_at := coalesce(h.owed_since, h.said_at);
    arrived := nrc.received_since(of_dataset, coalesce(h.owed_from, h.counts_from));
END
$$;

GRANT EXECUTE ON FUNCTION nrc.open_control_structure(), nrc.control_structure_of(int, uuid), nrc.control_sources(),
    nrc.control_positions(text), nrc.move_control(text, jsonb), nrc.refuse_control(text, jsonb), nrc.is_new_statement(text, text, bytea),
    nrc.take_heartbeat(text, text, timestamptz, text, timestamptz, timestamptz, bigint),
    nrc.signs_of_life(int, text, bigint),
    nrc.state_control(text, timestamptz, timestamptz, bigint, bigint, text, text, bigint, jsonb, jsonb, text) TO nrc_watch;
