-- SPDX-License-Identifier: Apache-2.0
-- What the operators' room shows of each source: one status with its sentence, as `nrc monitor` found it in its last turn
-- (ops/monitor/status.c judges), what waits in its partitions, and samples of that for eight days.

SET LOCAL ROLE nrc_owner;

-- The monitor's last turn. Behind good_until nobody watches, and a status is no longer one.
CREATE TABLE nrc.monitor_turn (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    turned_at  timestamptz NOT NULL,
    took_ms    bigint NOT NULL,
    good_until timestamptz NOT NULL
);

-- What the register has on its disk, and how much more it may have: an hour each, a fortnight of them.
CREATE TABLE nrc.register_size (
    hour            timestamptz PRIMARY KEY,
    bytes           bigint NOT NULL,
    free_bytes      bigint,          -- NULL: nobody can tell
    days_until_full double precision -- NULL: it does not grow, or nobody can tell
);

CREATE TABLE nrc.source_status (
    dataset_id int PRIMARY KEY REFERENCES nrc.dataset ON DELETE CASCADE,
    status     text NOT NULL,     -- of ops/monitor/status.h
    rank       smallint NOT NULL, -- the worse the higher
    severity   smallint NOT NULL CHECK (severity BETWEEN 0 AND 3),
    since      timestamptz NOT NULL,
    judged_at  timestamptz NOT NULL,
    changed_at timestamptz NOT NULL, -- when something last changed that a reader sees
    said       jsonb NOT NULL, -- {sentence, sentence_ar, what_to_do, what_to_do_ar, tell, tell_ar, cause, lag}
    counts     jsonb NOT NULL, -- {quarantine_open, incidents_open, structure_version, structure_changed_at, completeness, quality, freshness}
    partitions jsonb NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX source_status_changed ON nrc.source_status (changed_at);

-- A ring: five minutes each, eight days of them.
CREATE TABLE nrc.source_sample (
    dataset_id int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    slot       smallint NOT NULL CHECK (slot BETWEEN 0 AND 2303),
    at         timestamptz NOT NULL, -- where the five minutes begin
    lag_events bigint,               -- the most that waited; NULL: not known
    lag_age_s  bigint,
    latency_s  double precision,     -- 95 of 100 events were here sooner after they happened
    taken      bigint,               -- NULL, and rejected: the five minutes are not over, or no monitor ran when they were
    rejected   bigint,
    PRIMARY KEY (dataset_id, slot)
) WITH (fillfactor = 50);

-- The last whole day's scores, from 0 to 1.
CREATE TABLE nrc.source_score (
    dataset_id   int PRIMARY KEY REFERENCES nrc.dataset ON DELETE CASCADE,
    day          date NOT NULL,
    completeness double precision,
    quality      double precision -- the worst dimension's
);
GRANT SELECT ON nrc.monitor_turn, nrc.register_size, nrc.source_status, nrc.source_sample, nrc.source_score TO nrc_monitor, nrc_registry;

-- Events that wait for a person, by dataset: counted each minute.
CREATE INDEX quarantine_open ON nrc.quarantine (dataset_id) WHERE status = 'open';

-- As JSON has times here.
CREATE FUNCTION nrc.utc(at timestamptz) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN at > '-infinity' AND at < 'infinity' THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END
$$;

-- ---- the monitor's turn ----

-- What a reader sees beside the status. More than 10,000 events in the quarantine are 10,001.
CREATE FUNCTION nrc.source_counts() RETURNS TABLE (dataset_id int, counts jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, jsonb_build_object(
        'quarantine_open', (SELECT count(*) FROM (SELECT FROM nrc.quarantine o WHERE o.dataset_id = d.id AND o.status = 'open' LIMIT 10001) q),
        'incidents_open', coalesce(i.n, 0), 'structure_version', v.version, 'structure_changed_at', nrc.utc(v.at),
        'completeness', s.completeness, 'quality', s.quality,
        'freshness', CASE WHEN nrc.promises_freshness(c.contract) THEN
            jsonb_build_object('state', f.state, 'reason', f.reason, 'since', nrc.utc(f.since), 'limit_at', nrc.utc(f.limit_at),
                               'last_arrival_at', nrc.utc(f.last_arrival)) END)
    FROM nrc.dataset d
    LEFT JOIN (SELECT o.dataset_id, count(*) AS n FROM nrc.incident o WHERE o.closed_at IS NULL GROUP BY 1) i ON i.dataset_id = d.id
    LEFT JOIN (SELECT DISTINCT ON (o.dataset_id) o.dataset_id, o.version, greatest(o.active_from, o.registered_at) AS at
               FROM nrc.subject_version o WHERE o.part = 'value' AND o.deleted_at IS NULL AND o.active_from <= now()
               ORDER BY o.dataset_id, o.version DESC) v ON v.dataset_id = d.id
    LEFT JOIN nrc.source_score s ON s.dataset_id = d.id
    LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'
    LEFT JOIN nrc.freshness f ON f.dataset_id = d.id
$$;

-- What came and was refused in the five minutes that began then.
CREATE FUNCTION nrc.close_samples(began timestamptz) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE nrc.source_sample o SET taken = coalesce(m.received, 0), rejected = coalesce(m.quarantined, 0), latency_s = m.latency
    FROM nrc.source_sample s
    LEFT JOIN (SELECT n.dataset_id, n.received, n.quarantined, nrc.lateness_percentile((n.p).keys, (n.p).counts, 7, 0.95) AS latency
               FROM (SELECT e.dataset_id, sum(e.received)::bigint AS received, sum(e.quarantined)::bigint AS quarantined,
                            nrc.sum_pairs(array_agg(ROW(e.keys, e.counts)::nrc.measure_pairs)) AS p
                     FROM nrc.measure_minute e WHERE e.minute >= began AND e.minute < began + interval '5 minutes' AND e.kind = 'stream'
                     GROUP BY 1) n) m ON m.dataset_id = s.dataset_id
    WHERE s.at = began AND s.taken IS NULL AND o.dataset_id = s.dataset_id AND o.slot = s.slot
$$;

-- sources: of every source, {dataset_id, status, rank, severity, since, said, partitions}.
CREATE FUNCTION nrc.keep_samples(sources jsonb) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    began CONSTANT timestamptz := date_bin('5 minutes', now(), 'epoch');
BEGIN
    IF NOT EXISTS (SELECT FROM nrc.source_sample s WHERE s.at = began LIMIT 1) THEN
        PERFORM nrc.close_samples(began - interval '5 minutes');
    END IF;
    INSERT INTO nrc.source_sample AS s (dataset_id, slot, at, lag_events, lag_age_s)
    SELECT r.dataset_id, (extract(epoch FROM began) / 300)::bigint % 2304, began, (r.said->'lag'->>'events')::bigint, (r.said->'lag'->>'age_s')::bigint
    FROM jsonb_to_recordset(sources) AS r(dataset_id int, said jsonb) JOIN nrc.dataset d ON d.id = r.dataset_id
    ON CONFLICT (dataset_id, slot) DO UPDATE SET
        at = excluded.at,
        lag_events = CASE WHEN s.at = excluded.at THEN greatest(s.lag_events, excluded.lag_events) ELSE excluded.lag_events END,
        lag_age_s = CASE WHEN s.at = excluded.at THEN greatest(s.lag_age_s, excluded.lag_age_s) ELSE excluded.lag_age_s END,
        latency_s = CASE WHEN s.at = excluded.at THEN s.latency_s END,
        taken = CASE WHEN s.at = excluded.at THEN s.taken END,
        rejected = CASE WHEN s.at = excluded.at THEN s.rejected END;
END
$$;

-- Since when a status is one: while it lasts, since it began. good_s: for so long the answer is news.
CREATE FUNCTION nrc.record_sources(sources jsonb, took_ms bigint, good_s bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO nrc.source_status AS s (dataset_id, status, rank, severity, since, judged_at, changed_at, said, counts, partitions)
    SELECT r.dataset_id, r.status, r.rank, r.severity, coalesce(r.since, now()), now(), now(), r.said, c.counts, r.partitions
    FROM jsonb_to_recordset(sources) AS r(dataset_id int, status text, rank smallint, severity smallint, since timestamptz, said jsonb,
                                        partitions jsonb)
    JOIN nrc.source_counts() c ON c.dataset_id = r.dataset_id
    ON CONFLICT (dataset_id) DO UPDATE SET
        status = excluded.status, rank = excluded.rank, severity = excluded.severity,
        since = CASE WHEN s.status = excluded.status THEN s.since ELSE excluded.since END,
        judged_at = excluded.judged_at, said = excluded.said, counts = excluded.counts, partitions = excluded.partitions,
        changed_at = CASE WHEN (s.status, s.severity, s.said, s.counts) IS DISTINCT FROM
                               (excluded.status, excluded.severity, excluded.said, excluded.counts)
                          THEN excluded.changed_at ELSE s.changed_at END;
    -- One that is watched no more has no status, rather than its last.
    DELETE FROM nrc.source_status s WHERE s.judged_at < now();
    PERFORM nrc.keep_samples(sources);
    INSERT INTO nrc.monitor_turn (turned_at, took_ms, good_until)
    VALUES (now(), record_sources.took_ms, now() + make_interval(secs => good_s))
    ON CONFLICT (only_one) DO UPDATE SET turned_at = excluded.turned_at, took_ms = excluded.took_ms, good_until = excluded.good_until;
END
$$;

-- Of some sources whose last whole day (UTC) has no scores yet, a quarter of an hour after its end.
CREATE FUNCTION nrc.score_sources(most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    due record;
    done int := 0;
    of_day CONSTANT date := (now() - interval '15 minutes')::date - 1;
BEGIN
    FOR due IN SELECT d.id, a.code || '.' || d.name AS full_name FROM nrc.source_status w JOIN nrc.dataset d ON d.id = w.dataset_id
               JOIN nrc.agency a ON a.id = d.agency_id LEFT JOIN nrc.source_score s ON s.dataset_id = d.id
               WHERE s.day IS NULL OR s.day < of_day ORDER BY s.day NULLS FIRST, d.id LIMIT most
    LOOP
        INSERT INTO nrc.source_score (dataset_id, day, completeness, quality)
        SELECT due.id, of_day, max(q.score) FILTER (WHERE q.dimension = 'completeness') / 100, min(q.score) / 100
        FROM nrc.quality(due.full_name, NULL, of_day::timestamptz, of_day::timestamptz + interval '1 day', false, false) q
        ON CONFLICT (dataset_id) DO UPDATE SET day = excluded.day, completeness = excluded.completeness, quality = excluded.quality;
        done := done + 1;
    END LOOP;
    RETURN done;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.record_sources(jsonb, bigint, bigint), nrc.score_sources(int) TO nrc_watch;

-- ---- reading ----

-- Every dataset that is not retired. One that the monitor has not judged, or not for too long, is not watched.
CREATE VIEW nrc.source_now AS
    SELECT d.id AS dataset_id, a.id AS agency_id, a.code || '.' || d.name AS dataset, a.code AS agency, d.title AS name, d.title_ar AS name_ar,
           a.name AS agency_name, a.name_ar AS agency_name_ar,
           CASE WHEN w.is_watched THEN s.status ELSE 'not_watched' END AS status,
           CASE WHEN w.is_watched THEN s.rank ELSE 0 END AS rank,
           CASE WHEN w.is_watched THEN s.severity WHEN d.topic IS NULL THEN 0 ELSE 2 END AS severity,
           CASE WHEN w.is_watched THEN s.since ELSE t.good_until END AS since,
           CASE WHEN w.is_watched THEN s.said->>'sentence' WHEN d.topic IS NULL THEN 'The dataset has no topic: nothing is expected of it.'
                ELSE 'The monitor has not judged this source' || coalesce(' since ' || nrc.utc(s.judged_at), ' yet') || '.' END AS sentence,
           CASE WHEN w.is_watched THEN s.said->>'sentence_ar' WHEN d.topic IS NULL THEN 'ليس لمجموعة البيانات موضوع، فلا يُنتظر منها شيء.'
                ELSE 'لم تُفحص حالة هذا المصدر' || coalesce(' منذ ' || U&'\2066' || nrc.utc(s.judged_at) || U&'\2069', ' بعد') || '.' END AS sentence_ar,
           CASE WHEN w.is_watched THEN s.said->>'what_to_do' WHEN d.topic IS NULL THEN '' ELSE 'See that nrc monitor runs.' END AS what_to_do,
           CASE WHEN w.is_watched THEN s.said->>'what_to_do_ar' WHEN d.topic IS NULL THEN '' ELSE 'تأكد من أن nrc monitor يعمل.' END AS what_to_do_ar,
           CASE WHEN w.is_watched THEN nullif(s.said->'cause', 'null') END AS cause,
           CASE WHEN w.is_watched THEN s.said->'lag' END AS lag,
           CASE WHEN w.is_watched THEN nullif(s.counts->'freshness', 'null') END AS freshness,
           (s.counts->>'completeness')::double precision AS completeness, (s.counts->>'quality')::double precision AS quality,
           coalesce((s.counts->>'quarantine_open')::bigint, 0) AS quarantine_open, coalesce((s.counts->>'incidents_open')::bigint, 0) AS incidents_open,
           (s.counts->>'structure_version')::int AS structure_version, s.counts->>'structure_changed_at' AS structure_changed_at,
           s.judged_at, s.changed_at,
           CASE WHEN w.is_watched THEN s.partitions ELSE '[]' END AS partitions,
           CASE WHEN w.is_watched THEN s.said->>'tell' END AS tell, CASE WHEN w.is_watched THEN s.said->>'tell_ar' END AS tell_ar
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
    LEFT JOIN nrc.source_status s ON s.dataset_id = d.id
    LEFT JOIN nrc.monitor_turn t ON true
    CROSS JOIN LATERAL (SELECT s.dataset_id IS NOT NULL AND coalesce(t.good_until > now(), false) AS is_watched) w
    WHERE d.retired_on IS NULL;

-- An engine by the name that it claims partitions in; gone: no lane of it is connected to the register; retrying: Kafka gives it
-- nothing but errors, or it has a partition and takes nothing of what waits there. is_explained: an incident says why.
CREATE VIEW nrc.engine_now AS
    SELECT o.instance,
           CASE WHEN NOT bool_or(o.lives) THEN 'gone' WHEN bool_or(o.verdict = 'stall') OR bool_or(o.has_trouble) THEN 'retrying' ELSE 'working' END AS state,
           CASE WHEN bool_or(o.lives) THEN min(o.claimed_at) ELSE max(greatest(o.claimed_at, o.updated_at)) END AS since, count(*) AS partitions,
           count(*) FILTER (WHERE o.verdict = 'stall') AS stalled, count(*) FILTER (WHERE o.verdict = 'stop') AS stopped,
           bool_or(o.has_trouble) AS is_explained
    FROM (SELECT n.instance, p.claimed_at, p.updated_at, hashtextextended('nrc.owner/' || p.owner, 0) IN (SELECT nrc.living_owners()) AS lives,
                 CASE WHEN p.state = 'open' THEN v.verdict END AS verdict,
                 EXISTS (SELECT FROM nrc.incident i WHERE i.closed_at IS NULL AND (i.kind = 'kafka_trouble' AND i.engine = n.instance
                         OR i.kind IN ('partition_waits', 'transaction_open') AND i.position_id = p.id)) AS has_trouble
          FROM nrc.position p JOIN nrc.dataset d ON d.id = p.dataset_id
          CROSS JOIN LATERAL (SELECT regexp_replace(p.owner, '-[0-9]+$', '') AS instance) n
          LEFT JOIN LATERAL (SELECT e->>'verdict' AS verdict FROM nrc.source_status s, jsonb_array_elements(s.partitions) e
                             WHERE s.dataset_id = p.dataset_id AND e->>'topic' = p.topic AND (e->>'partition')::int = p.partition) v ON true
          WHERE p.replaced_at IS NULL AND p.owner IS NOT NULL AND d.retired_on IS NULL) o
    GROUP BY 1;
GRANT SELECT ON nrc.source_now, nrc.engine_now TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.incidents_open() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) FROM nrc.incident i WHERE i.closed_at IS NULL
$$;

-- ---- watched from outside ----

-- What no engine can tell of itself: that it is gone, while events wait in partitions that it has; or that it is there and takes
-- nothing, where no incident of its own says why. Each ends when that was not so for two minutes.
CREATE FUNCTION nrc.tend_engines() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    e record;
BEGIN
    FOR e IN SELECT * FROM nrc.engine_now o WHERE o.state = 'gone' AND o.stopped > 0 OR o.state = 'retrying' AND o.stalled > 0 AND NOT o.is_explained
             ORDER BY o.instance LOOP
        PERFORM nrc.see_incident(CASE e.state WHEN 'gone' THEN 'engine_gone' ELSE 'engine_retries' END, 'engine_takes', NULL, NULL, e.instance,
            CASE e.state WHEN 'gone' THEN format('No lane of engine %s is connected to the register, and events wait in partitions that it has.', e.instance)
                         ELSE format('Engine %s is there and takes nothing of what waits in partitions that it has.', e.instance) END, 1, now());
    END LOOP;
    PERFORM nrc.end_incident(i.id, 'engine_takes', NULL, NULL) FROM nrc.incident i
    WHERE i.closes = 'engine_takes' AND i.closed_at IS NULL
      AND i.last_seen_at < now() - greatest(nrc.incident_quiet(i.reopened), interval '2 minutes');
END
$$;

-- free, capacity: what the monitor was told; NULL: nothing. Growth is that of the last fortnight, once there is a day of it. Less
-- than a week, or a twentieth, is an incident until it is not so for an hour.
CREATE FUNCTION nrc.measure_register(free bigint, capacity bigint, OUT bytes bigint, OUT free_bytes bigint, OUT days_until_full double precision)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    slope double precision; -- bytes a second
BEGIN
    bytes := pg_database_size(current_database());
    free_bytes := coalesce(free, CASE WHEN capacity IS NOT NULL THEN greatest(capacity - bytes, 0) END);
    SELECT regr_slope(s.bytes, extract(epoch FROM s.hour)) INTO slope FROM nrc.register_size s
    WHERE s.hour > now() - interval '14 days' HAVING max(s.hour) - min(s.hour) >= interval '1 day';
    days_until_full := CASE WHEN slope > 0 THEN free_bytes / slope / 86400 END;
    INSERT INTO nrc.register_size VALUES (date_trunc('hour', now()), bytes, free_bytes, days_until_full)
    ON CONFLICT (hour) DO UPDATE SET bytes = excluded.bytes, free_bytes = excluded.free_bytes, days_until_full = excluded.days_until_full;
    DELETE FROM nrc.register_size s WHERE s.hour < now() - interval '14 days';
    IF days_until_full < 7 OR free_bytes < (bytes + free_bytes) / 20 THEN
        PERFORM nrc.see_incident('register_full_soon', 'register_has_room', NULL, NULL, NULL,
            format('%s MiB are left for the register, which has %s MiB%s.', free_bytes / 1048576, bytes / 1048576,
                   coalesce('; at the pace of the last fortnight for ' || round(days_until_full::numeric, 1) || ' days', '')), 1, now());
    END IF;
    PERFORM nrc.end_incident(i.id, 'register_has_room', NULL, NULL) FROM nrc.incident i
    WHERE i.kind = 'register_full_soon' AND i.closed_at IS NULL AND i.last_seen_at < now() - interval '1 hour';
END
$$;

-- The register could not be written: what was told directly meanwhile, for the record. It has ended, or this would not be written.
CREATE FUNCTION nrc.record_outage(of_kind text, began_at timestamptz, what text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF of_kind NOT IN ('register_away', 'register_full') THEN
        RAISE EXCEPTION 'no outage is %', of_kind;
    END IF;
    PERFORM nrc.end_incident(nrc.see_incident(of_kind, 'register_writes', NULL, NULL, NULL, what, 1, began_at), 'register_writes', NULL, NULL);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.tend_engines(), nrc.measure_register(bigint, bigint), nrc.record_outage(text, timestamptz, text) TO nrc_watch;

-- Of the last hour by minutes, or of the last week by five minutes. What is not known is NULL.
CREATE FUNCTION nrc.source_series(of_dataset int, span text)
    RETURNS TABLE (at timestamptz, lag_events bigint, lag_age_s bigint, latency_s double precision, taken bigint, rejected bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT g.at, l.events, l.age_s, nrc.lateness_percentile(m.keys, m.counts, 7, 0.95), coalesce(m.received, 0), coalesce(m.quarantined, 0)
    FROM generate_series(date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), interval '1 minute') g(at)
    LEFT JOIN (SELECT date_trunc('minute', o.at) AS at,
                      CASE WHEN count(*) = count(o.log_end) THEN sum(greatest(o.log_end - greatest(o.next_offset, o.log_start), 0))::bigint END AS events,
                      CASE WHEN count(*) = count(o.age_s) THEN max(o.age_s) END AS age_s
               FROM nrc.look o WHERE o.topic = (SELECT d.topic COLLATE "C" FROM nrc.dataset d WHERE d.id = of_dataset) AND o.at > now() - interval '1 hour'
               GROUP BY 1) l ON l.at = g.at
    LEFT JOIN (SELECT s.at, s.received, s.quarantined, s.keys, s.counts
               FROM nrc.sum_minutes(of_dataset, 'minute', date_trunc('minute', now()) - interval '59 minutes', now()) s WHERE s.kind = 'stream') m
        ON m.at = g.at
    WHERE span = 'hour'
    UNION ALL
    SELECT g.at, s.lag_events, s.lag_age_s, s.latency_s, s.taken, s.rejected
    FROM generate_series(date_bin('5 minutes', now(), 'epoch') - interval '7 days' + interval '5 minutes', date_bin('5 minutes', now(), 'epoch'),
                         interval '5 minutes') g(at)
    LEFT JOIN nrc.source_sample s ON s.dataset_id = of_dataset AND s.slot = (extract(epoch FROM g.at) / 300)::bigint % 2304 AND s.at = g.at
    WHERE span = 'week'
    ORDER BY 1
$$;
GRANT EXECUTE ON FUNCTION nrc.source_series(int, text), nrc.utc(timestamptz), nrc.incidents_open() TO nrc_monitor, nrc_registry;
