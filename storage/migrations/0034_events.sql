-- SPDX-License-Identifier: Apache-2.0
-- What became of one event: asked by its place in the log, or for a key. No value of an event is told, but for the key that was
-- asked for.

SET LOCAL ROLE nrc_owner;

CREATE TYPE nrc.fate AS (
    became        text, -- applied, duplicate, stale, quarantined; of a place: unclaimed, awaited, not_taken, left_out, not_kept
    at            timestamptz, -- of its transaction
    topic         text,
    partition     int,
    topic_offset  bigint,
    op            text,        -- of a recorded event: upsert or delete
    event_order   bigint,
    event_time    timestamptz,
    kafka_ts      timestamptz,
    schema_id     int,
    quarantine_id bigint,      -- the case, of one that was replayed, too
    status        text,        -- of the case
    reason        text,
    rule          text,
    path          text
);

-- SQLSTATE NRC02 is ERR_NOT_FOUND.
CREATE FUNCTION nrc.dataset_named(of_dataset text, OUT agency text, OUT d nrc.dataset)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.name = of_dataset;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', of_dataset);
    END IF;
    SELECT a.code INTO agency FROM nrc.agency a WHERE a.id = d.agency_id;
END
$$;

-- The recorded event that a transaction wrote for a place.
CREATE FUNCTION nrc.recorded_at_place(agency text, d nrc.dataset, p nrc.position, of_offset bigint, recorded timestamptz)
    RETURNS nrc.fate
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    f nrc.fate;
BEGIN
    IF d.column_version > 0 THEN
        EXECUTE format($q$
            SELECT CASE h._effect WHEN 'a' THEN 'applied' WHEN 'd' THEN 'duplicate' WHEN 's' THEN 'stale' END, h._recorded_at, $1, $2,
                   h._offset, CASE h._op WHEN 'd' THEN 'delete' ELSE 'upsert' END, h._order, h._event_time, h._kafka_ts, h._schema_id
            FROM %I.%I h WHERE h._recorded_at = $3 AND h._topic_partition = $4 AND h._offset = $5$q$, agency, d.name || '_history')
        INTO f.became, f.at, f.topic, f.partition, f.topic_offset, f.op, f.event_order, f.event_time, f.kafka_ts, f.schema_id
        USING p.topic, p.partition, recorded, p.id, of_offset;
    END IF;
    RETURN f;
END
$$;

-- By its place. The ledger tells the transaction, so that neither history nor quarantine is searched.
CREATE FUNCTION nrc.event_at(of_dataset text, of_partition int, of_offset bigint) RETURNS nrc.fate
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT record := nrc.dataset_named(of_dataset);
    agency text;
    d nrc.dataset;
    p nrc.position;
    l nrc.ledger;
    q nrc.quarantine;
    f nrc.fate;
BEGIN
    agency := named.agency;
    d := named.d;
    SELECT * INTO p FROM nrc.position o WHERE o.dataset_id = d.id AND o.partition = of_partition AND o.replaced_at IS NULL;
    f.topic := coalesce(p.topic, d.topic);
    f.partition := of_partition;
    f.topic_offset := of_offset;
    IF p.id IS NULL THEN
        f.became := 'unclaimed';
        RETURN f;
    ELSIF of_offset >= p.next_offset THEN
        f.became := 'awaited';
        RETURN f;
    END IF;
    SELECT * INTO l FROM nrc.ledger o
    WHERE o.position_id = p.id AND o.from_offset <= of_offset AND o.next_offset > of_offset AND o.kind IN ('stream', 'gap', 'retention')
    ORDER BY o.recorded_at LIMIT 1;
    f.at := l.recorded_at;
    IF l.position_id IS NULL OR l.kind <> 'stream' THEN
        f.became := CASE WHEN l.position_id IS NULL THEN 'not_taken' ELSE 'left_out' END;
        f.reason := l.reason;
        RETURN f;
    END IF;
    SELECT * INTO q FROM nrc.quarantine o
    WHERE o.position_id = p.id AND o.topic_offset = of_offset AND o.recorded_at = l.recorded_at;
    f := nrc.recorded_at_place(agency, d, p, of_offset, CASE WHEN q.status = 'replayed' THEN q.changed_at ELSE l.recorded_at END);
    IF f.became IS NULL THEN
        f.became := CASE WHEN q.id IS NOT NULL THEN 'quarantined' ELSE 'not_kept' END;
        f.at := l.recorded_at;
        f.topic := p.topic;
        f.partition := of_partition;
        f.topic_offset := of_offset;
        f.kafka_ts := q.kafka_ts;
        f.schema_id := q.schema_id;
    END IF;
    f.quarantine_id := q.id;
    f.status := q.status;
    f.reason := q.reason;
    f.rule := q.rule;
    f.path := q.path;
    RETURN f;
END
$$;

-- For a key, its fields as text in key order: the version that is in the register, and the newest hundred events in the
-- quarantine that had this key, where a key is one text.
CREATE FUNCTION nrc.events_of_key(of_dataset text, key text[]) RETURNS SETOF nrc.fate
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT record := nrc.dataset_named(of_dataset);
    agency text;
    d nrc.dataset;
    wanted text;
BEGIN
    agency := named.agency;
    d := named.d;
    IF cardinality(key) <> cardinality(d.key_fields) THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('the key of %s is %s: %s values are needed', of_dataset, array_to_string(d.key_fields, ', '),
                             cardinality(d.key_fields));
    END IF;
    SELECT string_agg(format(CASE c.type WHEN 'bytea' THEN 's.%I = decode(%L, ''hex'')' ELSE 's.%I = %L::%s' END, c.name,
                             key[c.key_ordinal], c.type), ' AND ') INTO wanted
    FROM nrc.dataset_column c WHERE c.dataset_id = d.id AND c.key_ordinal IS NOT NULL;
    IF d.column_version > 0 THEN
        RETURN QUERY EXECUTE format($q$
            SELECT 'applied', s._recorded_at, p.topic, p.partition, s._offset, CASE s._op WHEN 'd' THEN 'delete' ELSE 'upsert' END,
                   s._order, s._event_time, s._kafka_ts, s._schema_id, NULL::bigint, NULL, NULL, NULL, NULL
            FROM %I.%I s JOIN nrc.position p ON p.id = s._topic_partition WHERE %s$q$, agency, d.name || '_state', wanted);
    END IF;
    RETURN QUERY
        SELECT 'quarantined', q.recorded_at, p.topic, p.partition, q.topic_offset, NULL::text, NULL::bigint, NULL::timestamptz, q.kafka_ts,
               q.schema_id, q.id, q.status, q.reason, q.rule, q.path
        FROM nrc.quarantine q JOIN nrc.position p ON p.id = q.position_id
        WHERE q.dataset_id = d.id AND cardinality(events_of_key.key) = 1 AND q.key = convert_to(events_of_key.key[1], 'UTF8')
          AND q.status <> 'replayed'
        ORDER BY q.id DESC LIMIT 100;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.event_at(text, int, bigint) TO nrc_monitor, nrc_registry;
GRANT EXECUTE ON FUNCTION nrc.events_of_key(text, text[]) TO nrc_steward, nrc_registry;
