-- SPDX-License-Identifier: Apache-2.0
-- The checks of `nrc ledger verify`, and the display of quarantined events.

SET LOCAL ROLE nrc_owner;

-- Ranges: the ledger rows of each position follow each other without a hole, from its first offset to its
-- present one. Ordered by epoch and offset, not by time: a clock may be set back. A gap row ends its
-- epoch, so it may lead back.
CREATE FUNCTION nrc.range_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
AS $$
    WITH moves AS (
        SELECT l.position_id, l.from_offset, l.next_offset,
               lag(l.next_offset) OVER w AS expected,
               lead(l.from_offset) OVER w IS NULL AS is_last
        FROM nrc.ledger l WHERE l.kind IN ('stream', 'gap')
        WINDOW w AS (PARTITION BY l.position_id ORDER BY l.epoch, l.from_offset, l.next_offset))
    SELECT 'ranges_contiguous', p.dataset_id, p.id, m.from_offset,
           format('a row starts at %s, the one before ends at %s', m.from_offset,
                  coalesce(m.expected, p.first_offset))
    FROM moves m JOIN nrc.position p ON p.id = m.position_id
    WHERE m.from_offset <> coalesce(m.expected, p.first_offset)
    UNION ALL
    SELECT 'position_moved', p.dataset_id, p.id, m.next_offset,
           format('the ledger ends at %s, the position stands at %s', coalesce(m.next_offset, p.first_offset),
                  p.next_offset)
    FROM nrc.position p LEFT JOIN moves m ON m.position_id = p.id AND m.is_last
    WHERE p.next_offset <> coalesce(m.next_offset, p.first_offset)
$$;

-- Sums within the ledger itself. Constraints check them too, but a login that can alter a row can drop a
-- constraint.
CREATE FUNCTION nrc.balance_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'balanced', l.dataset_id, l.position_id, l.from_offset,
           format('received %s is not applied %s + duplicate %s + stale %s + quarantined %s + exempt %s', l.received,
                  l.applied, l.duplicate, l.stale, l.quarantined, l.exempt)
    FROM nrc.ledger l
    WHERE l.received <> l.applied + l.duplicate + l.stale + l.quarantined + l.exempt
    UNION ALL
    SELECT 'offsets_accounted', l.dataset_id, l.position_id, l.from_offset,
           format('%s offsets, but received %s + skipped %s', l.next_offset - l.from_offset, l.received, l.skipped)
    FROM nrc.ledger l
    WHERE l.kind = 'stream' AND l.next_offset - l.from_offset <> l.received + l.skipped
$$;

-- The ledger against one dataset's history, joined by the transaction's time and position: one pass
-- over each.
CREATE FUNCTION nrc.history_faults(agency text, d nrc.dataset) RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
AS $$
BEGIN
    RETURN QUERY EXECUTE format($q$
        WITH h AS (
            SELECT _recorded_at AS at, _topic_partition AS position_id, count(*) AS total,
                   count(*) FILTER (WHERE _effect = 'a') AS applied,
                   count(*) FILTER (WHERE _effect = 'd') AS duplicate,
                   count(*) FILTER (WHERE _effect = 's') AS stale,
                   min(_offset) AS low, max(_offset) AS high
            FROM %I.%I AS _nrc_h GROUP BY 1, 2),
        l AS (
            SELECT recorded_at AS at, position_id, sum(applied)::bigint AS applied, sum(duplicate)::bigint AS duplicate,
                   sum(stale)::bigint AS stale, min(from_offset) AS low, max(next_offset) AS high,
                   bool_and(kind = 'stream') AS is_stream
            FROM nrc.ledger WHERE dataset_id = $1 GROUP BY 1, 2)
        SELECT CASE WHEN l.low IS NULL THEN 'history_unledgered' ELSE 'history_counted' END,
               $1, position_id, coalesce(l.low, h.low),
               format('recorded %%s: history has %%s applied, %%s duplicate, %%s stale in offsets %%s to %%s;'
                      ' the ledger %%s, %%s, %%s in %%s to %%s', at,
                      coalesce(h.applied, 0), coalesce(h.duplicate, 0), coalesce(h.stale, 0), h.low, h.high,
                      coalesce(l.applied, 0), coalesce(l.duplicate, 0), coalesce(l.stale, 0), l.low, l.high - 1)
        FROM l FULL JOIN h USING (at, position_id)
        WHERE coalesce(h.applied, 0) <> coalesce(l.applied, 0)
           OR coalesce(h.duplicate, 0) <> coalesce(l.duplicate, 0)
           OR coalesce(h.stale, 0) <> coalesce(l.stale, 0)
           OR h.total <> h.applied + h.duplicate + h.stale
           OR l.is_stream AND (h.low < l.low OR h.high >= l.high)
        $q$, agency, d.name || '_history') USING d.id;
END
$$;

-- One dataset's state against its history: each state row is a version that was applied, and each key
-- that had one applied has its row (deleted keys keep theirs). Two joins over all rows; the result has one row
-- a position, because one lost table is millions of keys. Rows older than the oldest leaf of history cannot
-- be checked.
CREATE FUNCTION nrc.state_faults(agency text, d nrc.dataset) RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
AS $$
DECLARE
    same_key text;
    oldest timestamptz;
BEGIN
    SELECT string_agg(format('_nrc_h.%1$I = _nrc_s.%1$I', c.name), ' AND ' ORDER BY c.key_ordinal) INTO same_key
    FROM nrc.dataset_column c WHERE c.dataset_id = d.id AND c.key_ordinal IS NOT NULL;
    SELECT to_timestamp(min(right(l.relname, 7)) || '+00', 'YYYY"m"MMTZH') INTO oldest
    FROM pg_inherits i JOIN pg_class l ON l.oid = i.inhrelid
    WHERE i.inhparent = format('%I.%I', agency, d.name || '_history')::regclass;
    RETURN QUERY EXECUTE format($q$
        SELECT 'state_recorded', $1, _nrc_s._topic_partition, min(_nrc_s._offset),
               format('%%s rows of the state are no version that the history says was applied', count(*))
        FROM %1$I.%2$I AS _nrc_s
        WHERE _nrc_s._recorded_at >= $2 AND NOT EXISTS (
            SELECT FROM %1$I.%3$I AS _nrc_h
            WHERE _nrc_h._topic_partition = _nrc_s._topic_partition AND _nrc_h._offset = _nrc_s._offset
              AND _nrc_h._effect = 'a' AND _nrc_h._op = _nrc_s._op AND %4$s)
        GROUP BY _nrc_s._topic_partition
        UNION ALL
        SELECT 'state_complete', $1, _nrc_h._topic_partition, min(_nrc_h._offset),
               format('%%s versions were applied, of keys that the state does not have', count(*))
        FROM %1$I.%3$I AS _nrc_h
        WHERE _nrc_h._effect = 'a' AND NOT EXISTS (SELECT FROM %1$I.%2$I AS _nrc_s WHERE %4$s)
        GROUP BY _nrc_h._topic_partition
        $q$, agency, d.name || '_state', d.name || '_history', same_key) USING d.id, oldest;
END
$$;

CREATE FUNCTION nrc.quarantine_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB'
AS $$
    WITH q AS (
        SELECT recorded_at AS at, position_id, dataset_id, count(*) AS total, min(topic_offset) AS low
        FROM nrc.quarantine GROUP BY 1, 2, 3),
    l AS (
        SELECT recorded_at AS at, position_id, dataset_id, sum(quarantined)::bigint AS total, min(from_offset) AS low
        FROM nrc.ledger GROUP BY 1, 2, 3)
    SELECT 'quarantine_counted', dataset_id, position_id, coalesce(l.low, q.low),
           format('recorded %s: the quarantine has %s rows, the ledger says %s', at, coalesce(q.total, 0),
                  coalesce(l.total, 0))
    FROM l FULL JOIN q USING (at, position_id, dataset_id)
    WHERE coalesce(q.total, 0) <> coalesce(l.total, 0)
$$;

-- The counters (0021) against the ledger, which is read once: each hour, and each minute and position whose counters are still
-- there; and against themselves: an event that was recorded is in one bucket of each leg of its way, and a quarantined one
-- has one reason.
CREATE FUNCTION nrc.measure_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH l AS MATERIALIZED (
        SELECT o.dataset_id, date_trunc('minute', o.recorded_at) AS minute, o.position_id, o.kind,
               sum(o.received)::bigint AS received, sum(o.applied)::bigint AS applied, sum(o.duplicate)::bigint AS duplicate,
               sum(o.stale)::bigint AS stale, sum(o.quarantined)::bigint AS quarantined, sum(o.exempt)::bigint AS exempt
        FROM nrc.ledger o WHERE o.kind IN ('stream', 'replay', 'import') GROUP BY 1, 2, 3, 4),
    by_hour AS (
        SELECT l.dataset_id, date_trunc('hour', l.minute) AS at, l.kind, sum(l.received)::bigint AS received,
               sum(l.applied)::bigint AS applied, sum(l.duplicate)::bigint AS duplicate, sum(l.stale)::bigint AS stale,
               sum(l.quarantined)::bigint AS quarantined, sum(l.exempt)::bigint AS exempt
        FROM l GROUP BY 1, 2, 3),
    m AS MATERIALIZED (
        SELECT h.* FROM nrc.dataset d CROSS JOIN LATERAL nrc.measured_hours(d.id, '-infinity', 'infinity') h)
    SELECT 'counters_counted', dataset_id, NULL::int, NULL::bigint,
           format('%s, hour %s: counters of %s received, %s applied, %s duplicate, %s stale, %s quarantined, %s exempt; the ledger'
                  ' has %s, %s, %s, %s, %s, %s', kind, at, coalesce(m.received, 0), coalesce(m.applied, 0),
                  coalesce(m.duplicate, 0), coalesce(m.stale, 0), coalesce(m.quarantined, 0), coalesce(m.exempt, 0),
                  coalesce(h.received, 0), coalesce(h.applied, 0), coalesce(h.duplicate, 0), coalesce(h.stale, 0),
                  coalesce(h.quarantined, 0), coalesce(h.exempt, 0))
    FROM by_hour h FULL JOIN m USING (dataset_id, at, kind)
    WHERE coalesce(m.received, 0) <> coalesce(h.received, 0) OR coalesce(m.applied, 0) <> coalesce(h.applied, 0)
       OR coalesce(m.duplicate, 0) <> coalesce(h.duplicate, 0) OR coalesce(m.stale, 0) <> coalesce(h.stale, 0)
       OR coalesce(m.quarantined, 0) <> coalesce(h.quarantined, 0) OR coalesce(m.exempt, 0) <> coalesce(h.exempt, 0)
    UNION ALL
    SELECT 'minute_counted', m.dataset_id, m.position_id, NULL::bigint,
           format('%s, minute %s: the counters are not the sums of the ledger', m.kind, m.minute)
    FROM nrc.measure_minute m LEFT JOIN l USING (dataset_id, minute, position_id, kind)
    WHERE (l.received, l.applied, l.duplicate, l.stale, l.quarantined, l.exempt)
          IS DISTINCT FROM (m.received, m.applied, m.duplicate, m.stale, m.quarantined, m.exempt)
    UNION ALL
    SELECT 'counters_consistent', m.dataset_id, NULL::int, NULL::bigint,
           format('%s, hour %s: of %s recorded events not each is in one bucket of every leg, or of %s quarantined ones not each'
                  ' has a reason', m.kind, m.at, m.applied + m.duplicate + m.stale, m.quarantined)
    FROM m
    WHERE m.quarantined <> coalesce((SELECT sum(c) FROM unnest(m.reason_counts) c), 0)
       OR m.deletes > m.applied + m.duplicate + m.stale
       OR EXISTS (SELECT FROM generate_series(3, 7) leg
                  WHERE m.applied + m.duplicate + m.stale <> coalesce((
                      SELECT sum(u.n) FROM unnest(m.keys, m.counts) u(key, n)
                      WHERE u.key >= leg * 65536 AND u.key < (leg + 1) * 65536), 0));
END
$$;

-- Every broken promise, in words; no row: the register agrees with the ledger. There is one function for all
-- datasets and one for each, not one query for everything: a statement holds a lock on each table and
-- index that it reads, and the server has room for some thousands. STABLE, so that each reads only the
-- caller's snapshot, beside running batches.

-- The ledger against itself, the positions and the quarantine.
CREATE FUNCTION nrc.ledger_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM nrc.range_faults()
    UNION ALL SELECT * FROM nrc.balance_faults()
    UNION ALL SELECT * FROM nrc.quarantine_faults()
    UNION ALL SELECT * FROM nrc.measure_faults()
$$;

-- The ledger against one dataset's tables; no row if it has none, or does not exist.
CREATE FUNCTION nrc.dataset_faults(for_dataset int) RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    agency text;
    suffix text;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s WHERE s.id = for_dataset AND s.column_version > 0;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT a.code INTO STRICT agency FROM nrc.agency a WHERE a.id = d.agency_id;
    FOREACH suffix IN ARRAY ARRAY['_state', '_history'] LOOP
        IF to_regclass(format('%I.%I', agency, d.name || suffix)) IS NULL THEN
            RETURN QUERY SELECT 'tables_missing', d.id, NULL::int, NULL::bigint,
                                format('there is no table %s.%s%s', agency, d.name, suffix);
            RETURN;
        END IF;
    END LOOP;
    RETURN QUERY SELECT * FROM nrc.history_faults(agency, d);
    RETURN QUERY SELECT * FROM nrc.state_faults(agency, d);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.ledger_faults(), nrc.dataset_faults(int) TO nrc_monitor, nrc_registry;

-- Bytes for a person: as text if they are text, else in hex.
CREATE FUNCTION nrc.readable(bytes bytea) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN convert_from(bytes, 'UTF8');
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
    RETURN bytes::text;
END
$$;

-- A big-endian int32 of bytes that are not trusted; NULL if there are not enough.
CREATE FUNCTION nrc.int32_at(bytes bytea, at int) RETURNS int
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN at >= 0 AND at + 4 <= octet_length(bytes)
                THEN ('x' || encode(substr(bytes, at + 1, 4), 'hex'))::bit(32)::int END
$$;

-- Kafka headers, as storage/commit/batch.h keeps them: [{"name": …, "value": …}], in order, as names may
-- come twice.
CREATE FUNCTION nrc.headers_json(bytes bytea) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    headers jsonb[] := '{}';
    at int := 0;
    name_bytes int;
    value_bytes int;
    name bytea;
BEGIN
    LOOP
        name_bytes := nrc.int32_at(bytes, at);
        EXIT WHEN name_bytes IS NULL OR name_bytes < 0 OR name_bytes > octet_length(bytes) - at - 4;
        name := substr(bytes, at + 5, name_bytes);
        at := at + 4 + name_bytes;
        value_bytes := nrc.int32_at(bytes, at);
        EXIT WHEN value_bytes IS NULL OR value_bytes > octet_length(bytes) - at - 4;
        headers := headers || jsonb_build_object('name', nrc.readable(name), 'value',
            CASE WHEN value_bytes >= 0 THEN nrc.readable(substr(bytes, at + 5, value_bytes)) END);
        at := at + 4 + greatest(value_bytes, 0);
    END LOOP;
    RETURN CASE WHEN bytes IS NOT NULL THEN to_jsonb(headers) END;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.readable(bytea), nrc.int32_at(bytea, int), nrc.headers_json(bytea) TO nrc_steward;
