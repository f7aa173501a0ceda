-- SPDX-License-Identifier: Apache-2.0
-- Rejects: each agency is told on its own Kafka topic, <agency>.rejected, of its events that the register refused: where the
-- event is, the reason, and every rule that it broke. `nrc relay` (ops/relay) publishes them, at least once, in order.
--
-- A batch has no part in this: it writes the quarantine, and nrc.queue_rejects finds what is new there. So it pays nothing, and a
-- topic that is away delays no event.
--
-- No value of an event goes out: neither its key nor its payload, no text that a rule made of it, and of a path only the names of
-- fields that the structure itself has. What may be an exempt event is not told at all (NRL-2): a row that is withheld, a
-- dataset that is exempt.
--
-- Not told either: an event that waits for its structure (not_yet_active), because it is not refused, and one that was recorded
-- after all (replayed). The first is told when its structure is rejected, or when it is refused once its time has come.
--
-- Locks are taken in this order: the advisory lock of nrc.queue_rejects; subjects; the catalogue; rows of nrc.reject_topic by
-- agency.

SET LOCAL ROLE nrc_owner;

-- Where each agency's topic stands: as nrc.topic (0016), but that each agency has a claim of its own, so that none waits for
-- another. A row is made by the agency's first reject.
CREATE TABLE nrc.reject_topic (
    agency_id     int PRIMARY KEY REFERENCES nrc.agency,
    opened_at     timestamptz NOT NULL DEFAULT now(),
    due_at        timestamptz, -- of the next attempt, or, while it is claimed, of the claim's end; NULL: nothing waits
    claim         bigint,
    claimed_by    text,
    attempts      int NOT NULL DEFAULT 0, -- that failed since the last success
    failing_since timestamptz,
    last_error    text
);

-- published_at NULL: it waits. The first of an agency that waits is the agency's position; what is before it was taken by Kafka.
CREATE TABLE nrc.reject (
    quarantine_id bigint PRIMARY KEY, -- no foreign key: months of the quarantine are dropped one day
    recorded_at   timestamptz NOT NULL, -- of the row there, which finds its month
    agency_id     int NOT NULL REFERENCES nrc.agency,
    ordinal       bigint GENERATED ALWAYS AS IDENTITY,
    published_at  timestamptz,
    partition     int,
    topic_offset  bigint,
    CHECK ((published_at IS NULL) = (partition IS NULL) AND (published_at IS NULL) = (topic_offset IS NULL))
);
CREATE INDEX reject_waiting ON nrc.reject (agency_id, ordinal) WHERE published_at IS NULL;
CREATE INDEX reject_published ON nrc.reject (published_at) WHERE published_at IS NOT NULL;

-- Every row of the quarantine up to `floor` was looked at. Numbers are drawn before their rows commit: given two batches, the
-- first draws 7 and the second 8, and the second commits first, then a reader that remembers 8 never sees 7. Here it does:
-- whatever is visible above the floor is taken, if it was not taken before, and the floor rises to next_floor once
-- every transaction that may have drawn a number up to there is over. These are the ones before next_xid: a batch has its number as
-- a transaction from its first statement on, which moves the position (0005), and draws numbers of the quarantine later. A
-- transaction that stays open holds the floor, and nothing else.
--
-- Numbers of transactions mean nothing in another cluster. Given a register that was restored from a dump, then none of the
-- transactions of the floor is under way, whatever next_xid says; so one that lies ahead is over.
CREATE TABLE nrc.reject_cursor (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    floor      bigint NOT NULL,
    next_floor bigint NOT NULL CHECK (next_floor >= floor),
    next_xid   xid8 NOT NULL
) WITH (fillfactor = 20);
INSERT INTO nrc.reject_cursor (floor, next_floor, next_xid) VALUES (0, 0, '0');

-- Rows below the floor that became rejects later; and structures whose waiting events did.
CREATE TABLE nrc.reject_late (
    quarantine_id bigint PRIMARY KEY
);
CREATE TABLE nrc.reject_late_structure (
    dataset_id int NOT NULL,
    schema_id  int NOT NULL,
    PRIMARY KEY (dataset_id, schema_id)
);

GRANT SELECT ON nrc.reject_topic, nrc.reject TO nrc_monitor;

-- The rows that may be told, with what is needed of their dataset.
CREATE VIEW nrc.told_reject AS
    SELECT q.id, q.recorded_at, q.topic_offset, q.kafka_ts, q.schema_id, q.reason, q.rule, q.path, q.failures,
           p.topic, p.partition, d.id AS dataset_id, d.agency_id, d.name AS dataset, d.key_fields, d.order_field
    FROM nrc.quarantine q JOIN nrc.dataset d ON d.id = q.dataset_id JOIN nrc.position p ON p.id = q.position_id
    WHERE NOT q.withheld AND NOT d.exempt AND q.status <> 'replayed'
      AND (q.reason <> 'not_yet_active'
           OR EXISTS (SELECT FROM nrc.subject_version v
                      WHERE v.dataset_id = q.dataset_id AND v.schema_id = q.schema_id AND v.decision = 'rejected'));

-- ---- what becomes a reject later ----

CREATE FUNCTION nrc.on_parked_refused() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO nrc.reject_late VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER refused_late AFTER UPDATE ON nrc.quarantine FOR EACH ROW
    WHEN (OLD.status = 'replayed' AND NEW.status <> 'replayed') EXECUTE FUNCTION nrc.on_parked_refused();

CREATE FUNCTION nrc.on_structure_rejected() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO nrc.reject_late_structure VALUES (NEW.dataset_id, NEW.schema_id)
    ON CONFLICT (dataset_id, schema_id) DO UPDATE SET schema_id = EXCLUDED.schema_id; -- not before one that is looked at is gone
    RETURN NULL;
END
$$;
CREATE TRIGGER rejected_late AFTER UPDATE OF decision ON nrc.subject_version FOR EACH ROW
    WHEN (NEW.decision = 'rejected' AND OLD.decision <> 'rejected' AND NEW.part = 'value')
    EXECUTE FUNCTION nrc.on_structure_rejected();

-- ---- the name ----

-- So no event of an agency is on the topic of rejects, whatever the agency's code: a reader of it would send its own
-- rejects round and round.
CREATE FUNCTION nrc.on_dataset_named() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NEW.name = 'rejected' OR NEW.topic ~ '^[a-z][a-z0-9_]{0,30}[.]rejected$' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'topics <agency>.rejected carry what the Center refused: no dataset has'
            ' that name or topic';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER not_rejected BEFORE INSERT OR UPDATE OF name, topic ON nrc.dataset
    FOR EACH ROW EXECUTE FUNCTION nrc.on_dataset_named();

-- ---- the structure ----

-- A field is filled with the member of its name (ops/relay/reject_data.c, schema/encode), so what stands here is what is told.
-- text is as our registry prints it, and the numbers are those that it gives it (tests/component/storage/notify/test_reject.c).
CREATE FUNCTION nrc.reject_structure(OUT text text, OUT sha256 bytea, OUT normalized bytea, OUT crc64 bigint)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '{"type":"record","name":"Reject","namespace":"nrc.reject","doc":"An event that the Center did not record. It '
        'carries no value of the event: find that in your own topic.",'
        '"fields":['
        '{"name":"reason","type":"string","doc":"Of a fixed list: rule_failed, truncated, key_mismatch"},'
        '{"name":"meaning","type":["null","string"],"doc":"The reason in words","default":null},'
        '{"name":"rule","type":["null","string"],"doc":"The first rule that keeps the event out","default":null},'
        '{"name":"path","type":"string","doc":"Of the field, from the event on: /address/city. * is an item, a key of a map or a '
        'name that the structure does not have; empty: the event as a whole"},'
        '{"name":"rejected_at","type":{"type":"long","logicalType":"timestamp-micros"}},'
        '{"name":"event","type":{"type":"record","name":"Event","fields":['
        '{"name":"dataset","type":"string","doc":"<agency>.<dataset>"},'
        '{"name":"topic","type":"string"},'
        '{"name":"partition","type":"int"},'
        '{"name":"offset","type":"long"},'
        '{"name":"appended_at","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"doc":"Kafka''s timestamp of '
        'it","default":null},'
        '{"name":"schema_id","type":["null","int"],"doc":"Of the structure it was written with, if the registry has '
        'it","default":null},'
        '{"name":"subject","type":["null","string"],"default":null},'
        '{"name":"version","type":["null","int"],"default":null}]}},'
        '{"name":"failures","type":{"type":"array","items":{"type":"record","name":"Failure","fields":['
        '{"name":"rule","type":"string"},'
        '{"name":"kind","type":["null","string"],"doc":"CEL, CEL_FIELD, inline (it stands in the schema) or contract","default":null},'
        '{"name":"path","type":"string"},'
        '{"name":"reason","type":"string","doc":"rule_failed; rule_error: it cannot be computed; rule_cost"},'
        '{"name":"expects","type":["null","string"],"doc":"What the rule says of itself, or its '
        'expression","default":null}]}},"doc":"Every rule that the event does not hold"}]}',
        '\x6fa6da2df5e9b4d15c96de2af6ab8eb2efde44f9b1b6e36ff03d717d47c1eb6b'::bytea,
        '\x6fa6da2df5e9b4d15c96de2af6ab8eb2efde44f9b1b6e36ff03d717d47c1eb6b'::bytea,
        '-6902879895148330511'::bigint
$$;

-- The subject <topic>-value has the structure, and nobody changes it over HTTP. The caller has the locks of nrc.open_rejects.
CREATE FUNCTION nrc.open_reject_subject(for_subject text, structure_id int) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.add_subject_version(for_subject, NULL, 'none', structure_id, NULL, NULL, '-infinity', NULL, 'nrc relay');
    INSERT INTO nrc.registry_mode VALUES (for_subject, 'READONLY')
    ON CONFLICT (subject) DO UPDATE SET mode = 'READONLY' WHERE registry_mode.mode <> 'READONLY';
END
$$;

-- Agencies whose topic has not got the structure that we write now.
CREATE FUNCTION nrc.rejects_unopened(OUT agency_id int, OUT subject text) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.agency_id, a.code || '.rejected-value'
    FROM nrc.reject_topic t JOIN nrc.agency a ON a.id = t.agency_id
    WHERE NOT EXISTS (SELECT FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id
                      WHERE v.subject = a.code || '.rejected-value' AND s.sha256 = (SELECT o.sha256 FROM nrc.reject_structure() o)
                        AND v.deleted_at IS NULL)
    ORDER BY 2
$$;

-- The structure, with its id in our registry; the topics that there are have it under their subjects.
CREATE FUNCTION nrc.open_rejects(OUT schema_id int, OUT structure text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted record;
    one record;
BEGIN
    SELECT * INTO wanted FROM nrc.reject_structure();
    structure := wanted.text;
    SELECT s.id INTO schema_id FROM nrc.schema s WHERE s.sha256 = wanted.sha256;
    IF FOUND AND NOT EXISTS (SELECT FROM nrc.rejects_unopened()) THEN
        RETURN;
    END IF;
    FOR one IN SELECT * FROM nrc.rejects_unopened() LOOP
        PERFORM nrc.lock_subject(one.subject);
    END LOOP;
    PERFORM nrc.lock_catalogue();
    schema_id := nrc.intern_schema(NULL, wanted.text, NULL, wanted.sha256, wanted.normalized, wanted.crc64, NULL, NULL, '[]');
    FOR one IN SELECT * FROM nrc.rejects_unopened() LOOP
        PERFORM nrc.open_reject_subject(one.subject, schema_id);
    END LOOP;
END
$$;

-- ---- what waits ----

-- Of the rows of the quarantine that were not taken yet, at most `most` each of the new and of the late ones. Returns how many.
-- One relay at a time, and in a transaction of its own: the number of the last row is read before the transaction has a number.
CREATE FUNCTION nrc.queue_rejects(most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c nrc.reject_cursor;
    last_id bigint;
    my_xid xid8;
    is_settled boolean;
    taken bigint;
    upto bigint;
    s nrc.reject_late_structure;
    more bigint;
    total bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('nrc.queue_rejects', 0)) THEN
        RETURN 0;
    END IF;
    SELECT last_value - (NOT is_called)::int INTO last_id FROM nrc.quarantine_id;
    SELECT * INTO c FROM nrc.reject_cursor;
    IF c.floor >= last_id AND NOT EXISTS (SELECT FROM nrc.reject_late) AND NOT EXISTS (SELECT FROM nrc.reject_late_structure)
    THEN
        RETURN 0;
    END IF;
    my_xid := pg_current_xact_id();
    is_settled := c.next_xid <= pg_snapshot_xmin(pg_current_snapshot()) OR c.next_xid > my_xid;
    -- A statement later than the one that found the transactions over: it sees what they wrote.
    WITH made AS (
        INSERT INTO nrc.reject (quarantine_id, recorded_at, agency_id)
        SELECT q.id, q.recorded_at, q.agency_id FROM nrc.told_reject q
        WHERE q.id > c.floor AND NOT EXISTS (SELECT FROM nrc.reject r WHERE r.quarantine_id = q.id)
        ORDER BY q.id LIMIT most
        RETURNING quarantine_id)
    SELECT count(*), max(quarantine_id) INTO taken, upto FROM made;
    total := taken;
    upto := CASE WHEN NOT is_settled THEN c.floor WHEN taken < most THEN c.next_floor ELSE least(c.next_floor, upto) END;
    IF upto > c.floor OR upto = c.next_floor AND c.next_floor < last_id THEN
        UPDATE nrc.reject_cursor SET floor = upto,
            next_floor = CASE WHEN upto = c.next_floor THEN last_id ELSE c.next_floor END,
            next_xid = CASE WHEN upto = c.next_floor THEN my_xid ELSE c.next_xid END;
    END IF;
    WITH late AS (
        DELETE FROM nrc.reject_late l
        WHERE l.quarantine_id IN (SELECT o.quarantine_id FROM nrc.reject_late o ORDER BY o.quarantine_id LIMIT most)
        RETURNING l.quarantine_id),
    made AS (
        INSERT INTO nrc.reject (quarantine_id, recorded_at, agency_id)
        SELECT q.id, q.recorded_at, q.agency_id FROM late l JOIN nrc.told_reject q ON q.id = l.quarantine_id
        ORDER BY q.id ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*) INTO more FROM made;
    total := total + more;
    FOR s IN SELECT * FROM nrc.reject_late_structure ORDER BY dataset_id, schema_id FOR UPDATE SKIP LOCKED LOOP
        WITH made AS (
            INSERT INTO nrc.reject (quarantine_id, recorded_at, agency_id)
            SELECT q.id, q.recorded_at, q.agency_id FROM nrc.told_reject q
            WHERE q.id IN (SELECT o.id FROM nrc.quarantine o
                           WHERE o.dataset_id = s.dataset_id AND o.schema_id = s.schema_id AND o.status = 'open'
                             AND o.reason = 'not_yet_active' AND NOT o.withheld
                             AND NOT EXISTS (SELECT FROM nrc.reject r WHERE r.quarantine_id = o.id)
                           ORDER BY o.id LIMIT most)
            ORDER BY q.id RETURNING 1)
        SELECT count(*) INTO more FROM made;
        total := total + more;
        IF more < most THEN
            DELETE FROM nrc.reject_late_structure o WHERE (o.dataset_id, o.schema_id) = (s.dataset_id, s.schema_id);
        END IF;
    END LOOP;
    IF total > 0 THEN
        PERFORM nrc.wake_reject_topics();
    END IF;
    RETURN total;
END
$$;

-- Topics for which something waits are due; an agency's first reject opens its topic.
CREATE FUNCTION nrc.wake_reject_topics() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    waiting int[] := ARRAY(SELECT a.id FROM nrc.agency a
                           WHERE (SELECT r.ordinal FROM nrc.reject r WHERE r.agency_id = a.id AND r.published_at IS NULL
                                  ORDER BY r.ordinal LIMIT 1) IS NOT NULL -- EXISTS would read all that wait
                           ORDER BY a.id);
BEGIN
    INSERT INTO nrc.reject_topic (agency_id) SELECT unnest(waiting) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM nrc.open_rejects();
    END IF;
    PERFORM FROM nrc.reject_topic WHERE agency_id = ANY (waiting) AND due_at IS NULL ORDER BY agency_id FOR UPDATE;
    UPDATE nrc.reject_topic SET due_at = coalesce(due_at, now()) WHERE agency_id = ANY (waiting);
END
$$;

-- ---- what goes out ----

-- NULL: it is no JSON that PostgreSQL reads (it may have U+0000).
CREATE FUNCTION nrc.read_json(text text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN text::jsonb;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;

-- The types that a type of an Avro schema may stand for: the branches of a union, and each record of that name. Names of
-- namespaces are not looked at: of two records with one name both are meant, and all their fields are the structure's.
CREATE FUNCTION nrc.avro_types(type jsonb, schema jsonb) RETURNS jsonb[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found jsonb[] := '{}';
    branch jsonb;
BEGIN
    CASE jsonb_typeof(type)
        WHEN 'array' THEN
            FOR branch IN SELECT v FROM jsonb_array_elements(type) e(v) LOOP
                found := found || nrc.avro_types(branch, schema);
            END LOOP;
        WHEN 'string' THEN
            IF type #>> '{}' NOT IN ('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string') THEN
                found := ARRAY(SELECT v FROM jsonb_path_query(schema, 'strict $.** ? (@.type == "record" && exists (@.fields))') e(v)
                               WHERE regexp_replace(v ->> 'name', '^.*[.]', '') = regexp_replace(type #>> '{}', '^.*[.]', ''));
            END IF;
        WHEN 'object' THEN
            found := CASE WHEN type ->> 'type' IN ('record', 'error', 'array', 'map') THEN ARRAY[type]
                          ELSE nrc.avro_types(type -> 'type', schema) END;
        ELSE
            NULL;
    END CASE;
    RETURN found;
END
$$;

-- The path, with a * for each step that is not the name of a field of the structure: an item's number, or the key of a map,
-- which may be a person's. names: fields of the event that are known without the structure.
CREATE FUNCTION nrc.redacted_path(path text, schema jsonb, names text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    types jsonb[] := '{}';
    inner_types jsonb[];
    step text;
    number bigint;
    told text := '';
BEGIN
    IF coalesce(path, '') = '' THEN
        RETURN '';
    END IF;
    IF schema IS NOT NULL THEN
        types := nrc.avro_types(schema, schema);
    END IF;
    FOR step, number IN SELECT * FROM unnest(string_to_array(substr(path, 2), '/')) WITH ORDINALITY LOOP
        inner_types := ARRAY(SELECT f -> 'type' FROM unnest(types) t, jsonb_path_query(t, '$.fields[*]') f
                             WHERE t ->> 'type' IN ('record', 'error') AND f ->> 'name' = step);
        IF cardinality(inner_types) > 0 OR number = 1 AND step = ANY (names) THEN
            told := told || '/' || step;
        ELSE
            inner_types := ARRAY(SELECT coalesce(t -> 'values', t -> 'items') FROM unnest(types) t
                                 WHERE t ->> 'type' IN ('array', 'map'));
            told := told || '/*';
        END IF;
        types := ARRAY(SELECT o FROM unnest(inner_types) i, unnest(nrc.avro_types(i, schema)) o);
    END LOOP;
    RETURN told;
EXCEPTION WHEN OTHERS THEN -- a structure too deep to be looked through: nothing waits for that
    RETURN regexp_replace(path, '[^/]+', '*', 'g');
END
$$;

-- What the structure says of a rule, or the contract as it is now: {kind, expects}. Nothing of it was made of an event. NULL:
-- nothing.
CREATE FUNCTION nrc.rule_told(rule text, origin text, schema jsonb, rule_set jsonb, contract jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    by_name CONSTANT jsonb := jsonb_build_object('name', rule);
    found jsonb;
    kind text := 'contract';
BEGIN
    IF origin = 'contract' THEN
        found := jsonb_path_query_first(contract, '$.quality[*] ? (@.name == $name)', by_name);
    ELSE
        found := jsonb_path_query_first(rule_set, '$.domainRules[*] ? (@.name == $name)', by_name);
        kind := found ->> 'type';
        IF found IS NULL THEN
            found := jsonb_path_query_first(schema, '$.**."confluent:rules"[*] ? (@.name == $name)', by_name);
            kind := 'inline';
        END IF;
    END IF;
    RETURN CASE WHEN found IS NOT NULL THEN
        jsonb_build_object('kind', kind, 'expects', left(coalesce(
            nullif(found ->> 'doc', ''), nullif(found ->> 'description', ''), nullif(found ->> 'expr', ''),
            nullif(found ->> 'expression', ''), nullif(concat_ws(' ', found ->> 'metric', found ->> 'pattern'), '')), 1000)) END;
EXCEPTION WHEN OTHERS THEN -- as in nrc.redacted_path
    RETURN NULL;
END
$$;

CREATE FUNCTION nrc.failures_told(failures jsonb, schema jsonb, rule_set jsonb, contract jsonb, names text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('rule', f ->> 'rule', 'reason', f ->> 'reason',
                                                 'path', nrc.redacted_path(f ->> 'path', schema, names))
                              || coalesce(nrc.rule_told(f ->> 'rule', f ->> 'origin', schema, rule_set, contract), '{}')
                              ORDER BY n), '[]')
    FROM jsonb_array_elements(failures) WITH ORDINALITY e(f, n)
$$;

-- A time as RFC 3339 writes it; NULL: a producer's clock gave a year that it cannot write.
CREATE FUNCTION nrc.time_told(at timestamptz) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN at >= '0001-01-01 00:00Z' AND at < '9999-12-31 00:00Z'
           THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END
$$;

-- What waits for one agency that is due, at most `most`; after a failure only the first. None: no agency is due, or other relays
-- have their claims. also_failing false: agencies whose last attempt failed are left.
--
-- guid is the event's place and the row's number: the same at each attempt, and no other event's, also when its topic was made anew
-- or the register was restored.
CREATE FUNCTION nrc.claim_rejects(relay text, lease interval, most int, also_failing boolean)
    RETURNS TABLE (agency_id int, topic text, claim bigint, attempts int, ordinal bigint, guid text, at text, dataset text,
                   reason text, rule text, path text, event jsonb, failures jsonb)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    t nrc.reject_topic;
    code text;
    gone bigint;
BEGIN
    LOOP
        UPDATE nrc.reject_topic o SET due_at = now() + lease, claim = nextval('nrc.delivery_claim'), claimed_by = relay
        WHERE o.agency_id = (SELECT w.agency_id FROM nrc.reject_topic w
                             WHERE w.due_at <= now() AND (also_failing OR w.attempts = 0)
                             ORDER BY w.attempts > 0, w.due_at, w.agency_id FOR UPDATE SKIP LOCKED LIMIT 1)
        RETURNING * INTO t;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        SELECT a.code INTO code FROM nrc.agency a WHERE a.id = t.agency_id;
        -- A statement of its own, as in nrc.claim_deliveries. The dataset is the key: of a topic's partition, the rejects keep
        -- its order.
        RETURN QUERY
            WITH mine AS MATERIALIZED (
                SELECT r.quarantine_id, r.recorded_at, r.ordinal FROM nrc.reject r
                WHERE r.agency_id = t.agency_id AND r.published_at IS NULL
                ORDER BY r.ordinal LIMIT CASE WHEN t.attempts > 0 THEN 1 ELSE most END),
            told AS MATERIALIZED (
                SELECT m.ordinal, q.*
                FROM mine m JOIN nrc.told_reject q ON q.id = m.quarantine_id AND q.recorded_at = m.recorded_at),
            structures AS MATERIALIZED (
                SELECT s.id, nrc.read_json(coalesce(s.resolved_text, s.text)) AS schema, s.rule_set
                FROM nrc.schema s WHERE s.id IN (SELECT o.schema_id FROM told o)),
            contracts AS MATERIALIZED (
                SELECT n.dataset_id, n.contract FROM nrc.contract_now n WHERE n.dataset_id IN (SELECT o.dataset_id FROM told o))
            SELECT t.agency_id, code || '.rejected', t.claim, t.attempts, o.ordinal,
                   concat_ws('/', o.topic, o.partition, o.topic_offset, o.id), nrc.time_told(o.recorded_at),
                   code || '.' || o.dataset,
                   CASE o.reason WHEN 'not_yet_active' THEN 'structure_rejected' ELSE o.reason END, o.rule,
                   nrc.redacted_path(o.path, s.schema, o.key_fields || o.order_field),
                   -- Any four bytes of a value look like an id: only one that the registry has is told.
                   jsonb_build_object('dataset', code || '.' || o.dataset, 'topic', o.topic, 'partition', o.partition,
                       'offset', o.topic_offset, 'appended_at', nrc.time_told(o.kafka_ts), 'schema_id', s.id,
                       'subject', v.subject, 'version', v.version),
                   nrc.failures_told(o.failures, s.schema, s.rule_set, c.contract, o.key_fields || o.order_field)
            FROM told o
            LEFT JOIN structures s ON s.id = o.schema_id
            LEFT JOIN contracts c ON c.dataset_id = o.dataset_id
            LEFT JOIN LATERAL (SELECT x.subject, x.version FROM nrc.subject_version x
                               WHERE x.schema_id = o.schema_id AND x.dataset_id = o.dataset_id AND x.part = 'value'
                               ORDER BY x.deleted_at IS NOT NULL, x.version DESC LIMIT 1) v ON true
            ORDER BY o.ordinal;
        IF FOUND THEN
            RETURN;
        END IF;
        -- Given rows that are in the quarantine no longer, or were recorded meanwhile, then they are not waited for.
        DELETE FROM nrc.reject r
        WHERE r.quarantine_id IN (SELECT w.quarantine_id FROM nrc.reject w
                                  WHERE w.agency_id = t.agency_id AND w.published_at IS NULL ORDER BY w.ordinal LIMIT most)
          AND NOT EXISTS (SELECT FROM nrc.told_reject q WHERE q.id = r.quarantine_id AND q.recorded_at = r.recorded_at);
        GET DIAGNOSTICS gone = ROW_COUNT;
        UPDATE nrc.reject_topic o SET claim = NULL, due_at = CASE WHEN gone > 0 THEN now() END WHERE o.agency_id = t.agency_id;
    END LOOP;
END
$$;

-- As nrc.record_topic. A failure is the incident of this agency's topic alone.
CREATE FUNCTION nrc.record_rejects(of_agency int, of_claim bigint, taken jsonb, why text, wait interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t nrc.reject_topic;
    topic CONSTANT text := (SELECT code || '.rejected' FROM nrc.agency WHERE id = of_agency);
BEGIN
    SELECT * INTO t FROM nrc.reject_topic WHERE agency_id = of_agency AND claim = of_claim FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE nrc.reject r SET published_at = now(), partition = k.p, topic_offset = k.o
    FROM jsonb_to_recordset(taken) AS k(n bigint, p int, o bigint)
    WHERE r.agency_id = of_agency AND r.ordinal = k.n AND r.published_at IS NULL;
    UPDATE nrc.reject_topic o
    SET claim = NULL, last_error = why,
        attempts = CASE WHEN why IS NULL THEN 0 ELSE attempts + 1 END,
        failing_since = CASE WHEN why IS NOT NULL THEN coalesce(failing_since, now()) END,
        due_at = CASE WHEN why IS NOT NULL THEN now() + wait
                      WHEN EXISTS (SELECT FROM nrc.reject w WHERE w.agency_id = of_agency AND w.published_at IS NULL)
                      THEN now() END
    WHERE o.agency_id = of_agency;
    IF why IS NOT NULL THEN
        PERFORM nrc.see_incident('rejects_not_told', 'topic_told', NULL, NULL, topic, why, 1, now());
    ELSIF t.failing_since IS NOT NULL THEN
        PERFORM nrc.end_incidents('topic_told', topic, NULL);
    END IF;
    RETURN true;
END
$$;

-- Of what was published longer ago than `keep` at most `most` is forgotten, unless the floor still asks for it. How many.
CREATE FUNCTION nrc.condense_rejects(keep interval, most int) RETURNS int
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM nrc.reject r
        WHERE r.quarantine_id IN (SELECT o.quarantine_id FROM nrc.reject o
                                  WHERE o.published_at < now() - keep
                                    AND o.quarantine_id <= (SELECT c.floor FROM nrc.reject_cursor c)
                                  ORDER BY o.published_at LIMIT most)
        RETURNING 1)
    SELECT count(*)::int FROM gone
$$;

-- The relay sees what these functions return, and no row of the quarantine.
GRANT EXECUTE ON FUNCTION nrc.open_rejects(), nrc.queue_rejects(int), nrc.claim_rejects(text, interval, int, boolean),
    nrc.record_rejects(int, bigint, jsonb, text, interval), nrc.condense_rejects(interval, int) TO nrc_relay;
