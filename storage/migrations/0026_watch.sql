-- SPDX-License-Identifier: Apache-2.0
-- What `nrc monitor` found: how fresh each source with a contract is (NRL-8, NRL-10), and where the fault is when it is late.
--
-- The judgement is the program's (ops/monitor/freshness.c); here is what it rests on and what came of it. A late source is an
-- incident, which its agency's coordinator is told of.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.freshness (
    dataset_id        int PRIMARY KEY REFERENCES nrc.dataset ON DELETE CASCADE,
    state             text NOT NULL, -- of ops/monitor/freshness.h
    reason            text NOT NULL,
    since             timestamptz NOT NULL,
    limit_at          timestamptz, -- silence is late behind it; NULL: never
    last_arrival      timestamptz,
    rests_on_estimate boolean NOT NULL, -- a holiday that is not announced yet lies there
    sentence          text NOT NULL,
    sentence_ar       text NOT NULL,
    judged_at         timestamptz NOT NULL
);

-- Each change of state or reason. Kept for ever.
CREATE TABLE nrc.freshness_change (
    dataset_id int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    at         timestamptz NOT NULL DEFAULT now(),
    state      text NOT NULL,
    reason     text NOT NULL,
    sentence   text NOT NULL
);
CREATE INDEX freshness_change_of ON nrc.freshness_change (dataset_id, at);

-- Signs of life: the log of <agency>.control grows. What the messages say is not read.
CREATE TABLE nrc.heartbeat (
    agency_id int PRIMARY KEY REFERENCES nrc.agency ON DELETE CASCADE,
    ends      bigint NOT NULL, -- of the topic's partitions, added up
    seen_at   timestamptz      -- when they last grew; NULL: not seen yet
);
GRANT SELECT ON nrc.freshness, nrc.freshness_change, nrc.heartbeat TO nrc_monitor, nrc_registry;

-- Whether the contract says how often data comes: as ops/monitor/expect.c has it.
CREATE FUNCTION nrc.promises_freshness(contract jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(contract->'service'->>'cadence', 'none') NOT IN ('none', 'continuous')
        OR (contract->'service'->>'cadence' = 'continuous' AND coalesce((contract->'service'->>'latency_seconds')::bigint, 0) > 0)
$$;
GRANT EXECUTE ON FUNCTION nrc.promises_freshness(jsonb) TO nrc_monitor, nrc_registry;

-- ---- what is to be judged ----

-- Of each dataset with a topic whose agency is active; contract: that in force, NULL: none. appended: the last batch that took
-- something. newest: the time of the event that came freshest in the last minute that had one, at the earliest: lateness is
-- counted in buckets, and the bucket's lower end is taken.
CREATE FUNCTION nrc.watched() RETURNS TABLE (
    dataset_id int, dataset text, agency text, topic text, contract text, since timestamptz, appended timestamptz, newest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id, a.code || '.' || d.name, a.code, d.topic, c.text,
           (SELECT min(o.applied_at) FROM nrc.contract o WHERE o.dataset_id = d.id), p.appended,
           p.appended - make_interval(secs => (
               SELECT nrc.lateness_from(min(u.key) - 7 * 65536) FROM nrc.measure_minute m, unnest(m.keys) u(key)
               WHERE m.dataset_id = d.id AND u.key > 7 * 65536 + 1 AND u.key < 8 * 65536
                 AND m.minute = (SELECT max(n.minute) FROM nrc.measure_minute n WHERE n.dataset_id = d.id AND n.kind = 'stream')))
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
    LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'
    LEFT JOIN (SELECT q.dataset_id, max(q.updated_at) AS appended FROM nrc.position q WHERE q.last_offset >= 0 GROUP BY 1) p
        ON p.dataset_id = d.id
    WHERE d.topic IS NOT NULL AND d.retired_on IS NULL AND (a.state = 'active' OR nrc.is_answered(a.id))
    ORDER BY d.id
$$;

-- The keys of the locks that engines show their life by (sto_position_show_life).
CREATE FUNCTION nrc.living_owners() RETURNS SETOF bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.classid::bigint << 32 | l.objid::bigint FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.mode = 'ShareLock'
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
$$;
GRANT EXECUTE ON FUNCTION nrc.living_owners() TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.watched_positions() RETURNS TABLE (
    dataset_id int, topic text, partition int, next_offset bigint, position_id int, state text, halt_reason text, owner text, owner_lives boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.dataset_id, p.topic, p.partition, p.next_offset, p.id,
           CASE WHEN p.state = 'open' AND nrc.is_paused(p.dataset_id) THEN 'paused' ELSE p.state END,
           p.halt_reason, p.owner,
           hashtextextended('nrc.owner/' || p.owner, 0) IN (SELECT nrc.living_owners())
    FROM nrc.position p JOIN nrc.dataset d ON d.id = p.dataset_id WHERE p.replaced_at IS NULL AND d.retired_on IS NULL
    ORDER BY 1, p.topic COLLATE "C", 3
$$;

-- Open incidents of what ingests, the oldest first: they explain what is seen of a source.
-- engine: an [ingest] instance.
CREATE FUNCTION nrc.watched_incidents() RETURNS TABLE (id bigint, kind text, dataset_id int, position_id int, engine text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.id, i.kind, i.dataset_id, i.position_id, CASE WHEN i.closes IN ('kafka_answers', 'engine_runs') THEN i.engine END
    FROM nrc.incident i
    WHERE i.closed_at IS NULL AND i.closes NOT IN ('data_fresh', 'quality_holds', 'good_event', 'refusals_subside') ORDER BY i.id
$$;

-- Announced stops that are not long over.
CREATE FUNCTION nrc.watched_stops() RETURNS TABLE (dataset_id int, starts_at timestamptz, ends_at timestamptz, announced_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT o.dataset_id, n.starts_at, n.ends_at, n.announced_at
    FROM nrc.notice n JOIN nrc.notice_dataset o ON o.notice_id = n.id
    WHERE n.kind = 'stop' AND n.withdrawn_at IS NULL AND (n.ends_at IS NULL OR n.ends_at > now() - interval '366 days')
    ORDER BY 1, 2
$$;

CREATE FUNCTION nrc.watched_holidays() RETURNS TABLE (first_day date, last_day date, is_estimated boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT h.first_day, h.last_day, h.kind = 'estimated' FROM nrc.holiday h
    WHERE h.withdrawn_at IS NULL AND h.last_day > now() - interval '2 years' ORDER BY 1
$$;

-- ---- what came of it ----

-- When the agency's control topic last grew; NULL: not seen yet. ends NULL: it has no such topic, or nobody knows.
CREATE FUNCTION nrc.see_heartbeat(of_agency text, at_ends bigint) RETURNS timestamptz
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH seen AS (
        INSERT INTO nrc.heartbeat AS h (agency_id, ends, seen_at)
        SELECT a.id, at_ends, NULL FROM nrc.agency a WHERE a.code = of_agency AND at_ends IS NOT NULL
        ON CONFLICT (agency_id) DO UPDATE
        SET ends = excluded.ends, seen_at = CASE WHEN excluded.ends > h.ends THEN now() ELSE h.seen_at END
        RETURNING seen_at)
    SELECT coalesce((SELECT seen_at FROM seen),
                    (SELECT h.seen_at FROM nrc.heartbeat h JOIN nrc.agency a ON a.id = h.agency_id
                     WHERE a.code = of_agency AND at_ends IS NULL))
$$;

-- A verdict. Late: the incident is seen once more. It ends when the source has been in time for two minutes, and longer if it
-- has come back before (nrc.incident_quiet), so that a source at its limit does not open and close one each minute. What rests
-- on an estimated holiday opens none; what is not known neither opens nor ends one.
CREATE FUNCTION nrc.record_freshness(v jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.freshness := jsonb_populate_record(NULL::nrc.freshness, v);
    old nrc.freshness;
    i nrc.incident;
BEGIN
    IF NOT EXISTS (SELECT FROM nrc.dataset d WHERE d.id = n.dataset_id) THEN
        RETURN;
    END IF;
    n.judged_at := now();
    SELECT * INTO old FROM nrc.freshness f WHERE f.dataset_id = n.dataset_id FOR UPDATE;
    INSERT INTO nrc.freshness SELECT n.*
    ON CONFLICT (dataset_id) DO UPDATE SET
        state = excluded.state, reason = excluded.reason, since = excluded.since, limit_at = excluded.limit_at,
        last_arrival = excluded.last_arrival, rests_on_estimate = excluded.rests_on_estimate, sentence = excluded.sentence,
        sentence_ar = excluded.sentence_ar, judged_at = excluded.judged_at;
    IF (old.state, old.reason) IS DISTINCT FROM (n.state, n.reason) THEN
        INSERT INTO nrc.freshness_change (dataset_id, state, reason, sentence) VALUES (n.dataset_id, n.state, n.reason, n.sentence);
    END IF;
    IF n.state = 'late' AND NOT n.rests_on_estimate THEN
        PERFORM nrc.see_incident('late', 'data_fresh', n.dataset_id, NULL, NULL, n.sentence, 1, now());
    ELSIF n.state NOT IN ('late', 'unknown') THEN
        SELECT * INTO i FROM nrc.incident WHERE kind = 'late' AND dataset_id = n.dataset_id AND closed_at IS NULL;
        IF i.last_seen_at < now() - greatest(nrc.incident_quiet(i.reopened), interval '2 minutes') THEN
            PERFORM nrc.end_incident(i.id, 'data_fresh', n.sentence, NULL);
        END IF;
    END IF;
END
$$;

-- Two monitors are one: the lock is the session's.
CREATE FUNCTION nrc.watch_alone() RETURNS boolean
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pg_try_advisory_lock(hashtextextended('nrc.monitor', 0))
$$;

GRANT EXECUTE ON FUNCTION nrc.watched(), nrc.watched_positions(), nrc.watched_incidents(), nrc.watched_stops(), nrc.watched_holidays()
    TO nrc_watch, nrc_monitor;
GRANT EXECUTE ON FUNCTION nrc.see_heartbeat(text, bigint), nrc.record_freshness(jsonb), nrc.watch_alone(), nrc.tend_incidents()
    TO nrc_watch;
