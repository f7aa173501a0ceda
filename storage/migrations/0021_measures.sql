-- SPDX-License-Identifier: Apache-2.0
-- What is measured in the stream: for each topic partition and minute how many events came, what became of them, which
-- fields were null or missing, and how late they were on each leg of their way.
--
-- A batch adds to its rows in its own transaction (storage/commit/measure.c), so the counters say what the ledger says, and
-- nrc.measure_faults proves it. A minute is one of the batch's recorded_at.

SET LOCAL ROLE nrc_owner;

-- keys and counts belong together, element by element. A key below 0 is -(a class × 2^29 + a rule's id):
--   0 events that failed it, 1 that it was run on, failed or held, 2 that it was skipped for: it fits some structures and not
--   others, a guard or a null skips it, so no other count says of how many events a failure is one.
-- Else it is a class × 65536 + an index (storage/commit/measure.h):
--   1 null values, 2 missing values: the ordinal of the column;
--   3 to 7 lateness on a leg: the bucket.
-- reasons and reason_counts, too: why events were quarantined.
CREATE TABLE nrc.measure_minute (
    minute        timestamptz NOT NULL,
    position_id   int NOT NULL,
    dataset_id    int NOT NULL,
    kind          text NOT NULL, -- as the ledger's
    rolled        boolean NOT NULL DEFAULT false, -- it is in its hour and day as it is here
    received      bigint NOT NULL,
    applied       bigint NOT NULL,
    duplicate     bigint NOT NULL,
    stale         bigint NOT NULL,
    quarantined   bigint NOT NULL,
    exempt        bigint NOT NULL, -- counted, and nothing else is said of them (NRL-2)
    deletes       bigint NOT NULL, -- of the recorded ones
    keys          int[] NOT NULL,
    counts        bigint[] NOT NULL,
    reasons       text[] NOT NULL,
    reason_counts bigint[] NOT NULL,
    batches       bigint NOT NULL DEFAULT 1, -- of which it is the sum, in the order of their commits
    -- kind belongs to it: parked events are recorded by another connection than their partition's lane, and neither waits
    -- for the other.
    PRIMARY KEY (minute, position_id, kind),
    CHECK (cardinality(keys) = cardinality(counts) AND cardinality(reasons) = cardinality(reason_counts))
) WITH (fillfactor = 50, toast_tuple_target = 4080, autovacuum_vacuum_scale_factor = 0.02);
-- A steady stream updates its row fifty times a second. No column that changes then is indexed, and half of each page is
-- free, so the update stays in its page (HOT). A row is some hundred bytes to 2 kB; it is not moved out before 4 kB.
CREATE INDEX measure_minute_dataset ON nrc.measure_minute (dataset_id, minute);
CREATE INDEX measure_minute_unrolled ON nrc.measure_minute (minute) WHERE NOT rolled;

-- Hours and days (UTC) of a dataset, over its partitions. Kept for ever.
CREATE TABLE nrc.measure_rolled (
    dataset_id    int NOT NULL,
    span          text NOT NULL CHECK (span IN ('hour', 'day')),
    at            timestamptz NOT NULL,
    kind          text NOT NULL,
    received      bigint NOT NULL,
    applied       bigint NOT NULL,
    duplicate     bigint NOT NULL,
    stale         bigint NOT NULL,
    quarantined   bigint NOT NULL,
    exempt        bigint NOT NULL,
    deletes       bigint NOT NULL,
    keys          int[] NOT NULL,
    counts        bigint[] NOT NULL,
    reasons       text[] NOT NULL,
    reason_counts bigint[] NOT NULL,
    PRIMARY KEY (dataset_id, span, at, kind)
);

-- A rule of a version of a structure or a contract: the counters name it by its id.
CREATE TABLE nrc.rule (
    id         int GENERATED ALWAYS AS IDENTITY (MAXVALUE 536870911) PRIMARY KEY, -- the classes of a key are above it
    dataset_id int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    origin     text NOT NULL CHECK (origin IN ('structure', 'contract')),
    version    text NOT NULL, -- of the structure or the contract
    name       text NOT NULL CHECK (octet_length(name) <= 1024),
    action     text NOT NULL CHECK (action IN ('quarantine', 'warn', 'count')),
    UNIQUE (dataset_id, origin, version, name)
);
GRANT SELECT ON nrc.rule TO nrc_monitor, nrc_registry;

-- [{dataset_id, origin, version, name, action}]: the id of each, in their order; new ones are added.
CREATE FUNCTION nrc.rule_ids(rules jsonb) RETURNS TABLE (n bigint, id int)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO nrc.rule (dataset_id, origin, version, name, action)
    SELECT DISTINCT ON (r.dataset_id, r.origin, r.version, r.name) r.dataset_id, r.origin, r.version, r.name, r.action
    FROM jsonb_to_recordset(rules) AS r (dataset_id int, origin text, version text, name text, action text)
    WHERE NOT EXISTS (SELECT FROM nrc.rule k WHERE k.dataset_id = r.dataset_id AND k.origin = r.origin AND k.version = r.version
                                               AND k.name = r.name)
    ORDER BY r.dataset_id, r.origin, r.version, r.name
    ON CONFLICT DO NOTHING;
    RETURN QUERY
    SELECT j.n, k.id FROM jsonb_array_elements(rules) WITH ORDINALITY AS j (r, n)
    JOIN nrc.rule k ON k.dataset_id = (j.r->>'dataset_id')::int AND k.origin = j.r->>'origin' AND k.version = j.r->>'version'
                   AND k.name = j.r->>'name';
END
$$;
GRANT EXECUTE ON FUNCTION nrc.rule_ids(jsonb) TO nrc_ingest;

GRANT SELECT, INSERT, UPDATE ON nrc.measure_minute TO nrc_ingest;

-- For the statement that writes a row's sums as the lane knows them (storage/commit/measure_rows.c).
CREATE FUNCTION nrc.counters_moved(at_position int) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
        MESSAGE = format('the counters of position %s are not those that were written last', at_position);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.counters_moved(int) TO nrc_ingest;

GRANT SELECT ON nrc.measure_minute, nrc.measure_rolled TO nrc_monitor, nrc_registry;

-- ---- sums ----

-- One element of an array of arrays, so that arrays of unequal length can be collected.
CREATE TYPE nrc.measure_pairs AS (keys int[], counts bigint[]);
CREATE TYPE nrc.measure_reasons AS (reasons text[], counts bigint[]);

CREATE FUNCTION nrc.sum_pairs(all_pairs nrc.measure_pairs[]) RETURNS nrc.measure_pairs
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ROW(coalesce(array_agg(s.key ORDER BY s.key), '{}'), coalesce(array_agg(s.n ORDER BY s.key), '{}'))
        ::nrc.measure_pairs
    FROM (SELECT u.key, sum(u.n)::bigint AS n
          FROM unnest(all_pairs) p CROSS JOIN LATERAL unnest(p.keys, p.counts) u(key, n) GROUP BY u.key) s
$$;

CREATE FUNCTION nrc.sum_reasons(all_reasons nrc.measure_reasons[]) RETURNS nrc.measure_reasons
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ROW(coalesce(array_agg(s.reason ORDER BY s.reason), '{}'), coalesce(array_agg(s.n ORDER BY s.reason), '{}'))
        ::nrc.measure_reasons
    FROM (SELECT u.reason, sum(u.n)::bigint AS n
          FROM unnest(all_reasons) p CROSS JOIN LATERAL unnest(p.reasons, p.counts) u(reason, n) GROUP BY u.reason) s
$$;

-- A dataset's minutes from `since` to before `until`, summed by span and kind. The session's time zone is the spans'.
CREATE FUNCTION nrc.sum_minutes(of_dataset int, of_span text, since timestamptz, until timestamptz)
    RETURNS SETOF nrc.measure_rolled
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    SELECT of_dataset, of_span, s.at, s.kind, s.received, s.applied, s.duplicate, s.stale, s.quarantined, s.exempt, s.deletes,
           (p).keys, (p).counts, (r).reasons, (r).counts
    FROM (SELECT date_trunc(of_span, m.minute) AS at, m.kind, sum(m.received)::bigint AS received,
                 sum(m.applied)::bigint AS applied, sum(m.duplicate)::bigint AS duplicate, sum(m.stale)::bigint AS stale,
                 sum(m.quarantined)::bigint AS quarantined, sum(m.exempt)::bigint AS exempt, sum(m.deletes)::bigint AS deletes,
                 nrc.sum_pairs(array_agg(ROW(m.keys, m.counts)::nrc.measure_pairs)) AS p,
                 nrc.sum_reasons(array_agg(ROW(m.reasons, m.reason_counts)::nrc.measure_reasons)) AS r
          FROM nrc.measure_minute m
          WHERE m.dataset_id = of_dataset AND m.minute >= since AND m.minute < until GROUP BY 1, 2) s
$$;

CREATE FUNCTION nrc.sum_hours(of_dataset int, since timestamptz, until timestamptz) RETURNS SETOF nrc.measure_rolled
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    SELECT of_dataset, 'day', s.at, s.kind, s.received, s.applied, s.duplicate, s.stale, s.quarantined, s.exempt, s.deletes,
           (p).keys, (p).counts, (r).reasons, (r).counts
    FROM (SELECT date_trunc('day', h.at) AS at, h.kind, sum(h.received)::bigint AS received,
                 sum(h.applied)::bigint AS applied, sum(h.duplicate)::bigint AS duplicate, sum(h.stale)::bigint AS stale,
                 sum(h.quarantined)::bigint AS quarantined, sum(h.exempt)::bigint AS exempt, sum(h.deletes)::bigint AS deletes,
                 nrc.sum_pairs(array_agg(ROW(h.keys, h.counts)::nrc.measure_pairs)) AS p,
                 nrc.sum_reasons(array_agg(ROW(h.reasons, h.reason_counts)::nrc.measure_reasons)) AS r
          FROM nrc.measure_rolled h
          WHERE h.dataset_id = of_dataset AND h.span = 'hour' AND h.at >= since AND h.at < until GROUP BY 1, 2) s
$$;

-- ---- rolling up ----

CREATE FUNCTION nrc.put_rolled(r nrc.measure_rolled) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.measure_rolled SELECT (r).*
    ON CONFLICT (dataset_id, span, at, kind) DO UPDATE SET
        received = excluded.received, applied = excluded.applied, duplicate = excluded.duplicate, stale = excluded.stale,
        quarantined = excluded.quarantined, exempt = excluded.exempt, deletes = excluded.deletes, keys = excluded.keys,
        counts = excluded.counts, reasons = excluded.reasons, reason_counts = excluded.reason_counts
$$;

-- Rolls up the hours that are over, at most so many of datasets; how many were. Each hour and day is made anew from what it
-- consists of, so it does not matter how often that is done. Another session at it: nothing.
--
-- Given a batch that began at 10:59:59 and commits at 11:00:05, after the hour was rolled up, then its row is not `rolled`
-- any more (its own statement says so), and the hour is made again. Minutes are therefore deleted only when they are rolled
-- and older than any transaction can be.
CREATE FUNCTION nrc.roll_measures(most_hours int, kept_days int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    due record;
    done int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('nrc.roll_measures')) THEN
        RETURN 0;
    END IF;
    FOR due IN SELECT m.dataset_id, date_trunc('hour', m.minute) AS hour FROM nrc.measure_minute m
               WHERE NOT m.rolled AND m.minute < date_trunc('hour', now()) GROUP BY 1, 2 ORDER BY 2, 1 LIMIT most_hours
    LOOP
        -- A batch that is still adding to one of the rows is waited for; one that comes later sets rolled back.
        UPDATE nrc.measure_minute m SET rolled = true
        WHERE m.dataset_id = due.dataset_id AND NOT m.rolled
          AND m.minute >= due.hour AND m.minute < due.hour + interval '1 hour';
        PERFORM nrc.put_rolled(s) FROM nrc.sum_minutes(due.dataset_id, 'hour', due.hour, due.hour + interval '1 hour') s;
        PERFORM nrc.put_rolled(s) FROM nrc.sum_hours(due.dataset_id, date_trunc('day', due.hour),
                                                     date_trunc('day', due.hour) + interval '1 day') s;
        done := done + 1;
    END LOOP;
    DELETE FROM nrc.measure_minute m
    WHERE m.ctid = ANY (ARRAY(SELECT o.ctid FROM nrc.measure_minute o
                              WHERE o.rolled AND o.minute < date_trunc('hour', now() - greatest(kept_days, 1) * interval '1 day')
                              ORDER BY o.minute LIMIT 10000));
    RETURN done;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.roll_measures(int, int) TO nrc_ingest;

-- ---- reading ----

-- A dataset's windows, exact up to now: an hour or day that has minutes that are not rolled up yet is summed from its
-- minutes, or its hours.
CREATE FUNCTION nrc.measured_hours(of_dataset int, since timestamptz, until timestamptz) RETURNS SETOF nrc.measure_rolled
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    WITH open AS (SELECT DISTINCT date_trunc('hour', m.minute) AS at FROM nrc.measure_minute m
                  WHERE m.dataset_id = of_dataset AND NOT m.rolled AND m.minute >= date_trunc('hour', since) AND m.minute < until)
    SELECT h.* FROM nrc.measure_rolled h
    WHERE h.dataset_id = of_dataset AND h.span = 'hour' AND h.at >= date_trunc('hour', since) AND h.at < until
      AND h.at NOT IN (SELECT o.at FROM open o)
    UNION ALL
    SELECT s.* FROM open o CROSS JOIN LATERAL nrc.sum_minutes(of_dataset, 'hour', o.at, o.at + interval '1 hour') s
$$;

CREATE FUNCTION nrc.measured_days(of_dataset int, since timestamptz, until timestamptz) RETURNS SETOF nrc.measure_rolled
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    WITH open AS (SELECT DISTINCT date_trunc('day', m.minute) AS at FROM nrc.measure_minute m
                  WHERE m.dataset_id = of_dataset AND NOT m.rolled AND m.minute >= date_trunc('day', since) AND m.minute < until)
    SELECT d.* FROM nrc.measure_rolled d
    WHERE d.dataset_id = of_dataset AND d.span = 'day' AND d.at >= date_trunc('day', since) AND d.at < until
      AND d.at NOT IN (SELECT o.at FROM open o)
    UNION ALL
    SELECT of_dataset, 'day', s.at, s.kind, s.received, s.applied, s.duplicate, s.stale, s.quarantined, s.exempt, s.deletes,
           (p).keys, (p).counts, (r).reasons, (r).counts
    FROM (SELECT o.at, h.kind, sum(h.received)::bigint AS received,
                 sum(h.applied)::bigint AS applied, sum(h.duplicate)::bigint AS duplicate, sum(h.stale)::bigint AS stale,
                 sum(h.quarantined)::bigint AS quarantined, sum(h.exempt)::bigint AS exempt, sum(h.deletes)::bigint AS deletes,
                 nrc.sum_pairs(array_agg(ROW(h.keys, h.counts)::nrc.measure_pairs)) AS p,
                 nrc.sum_reasons(array_agg(ROW(h.reasons, h.reason_counts)::nrc.measure_reasons)) AS r
          FROM open o CROSS JOIN LATERAL nrc.measured_hours(of_dataset, o.at, o.at + interval '1 day') h GROUP BY 1, 2) s
$$;

-- by_span: minute, hour, day. A window counts when it begins in the time asked for; hours and days that hold `since` count
-- whole.
CREATE FUNCTION nrc.measured(of_dataset int, by_span text, since timestamptz, until timestamptz)
    RETURNS SETOF nrc.measure_rolled
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF by_span = 'minute' THEN
        RETURN QUERY SELECT s.* FROM nrc.sum_minutes(of_dataset, 'minute', date_trunc('minute', since), until) s;
    ELSIF by_span = 'hour' THEN
        RETURN QUERY SELECT s.* FROM nrc.measured_hours(of_dataset, since, until) s;
    ELSIF by_span = 'day' THEN
        RETURN QUERY SELECT s.* FROM nrc.measured_days(of_dataset, since, until) s;
    ELSE
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s is no span: minute, hour, day', by_span);
    END IF;
END
$$;

-- The seconds between which the lateness in a bucket lies (storage/commit/measure.h): buckets 3 to 119 divide an octave into
-- three, from 1,024 µs on.
CREATE FUNCTION nrc.lateness_from(bucket int) RETURNS double precision
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN bucket >= 3 THEN 0.001024 * 2 ^ ((bucket - 3) / 3.0::double precision) WHEN bucket = 2 THEN 0 END
$$;

-- The lateness that a share of the events of known lateness did not exceed, in seconds: the geometric middle of its bucket,
-- at most 12.3 % off. Below 1,024 µs: 0.001. Negative ones come first, and are -0.001: how far a clock is ahead is not known.
CREATE FUNCTION nrc.lateness_percentile(keys int[], counts bigint[], of_leg int, share double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE b.bucket WHEN 1 THEN -0.001 WHEN 2 THEN 0.001
                ELSE nrc.lateness_from(b.bucket) * 2 ^ (1 / 6.0::double precision) END
    FROM (SELECT u.key - of_leg * 65536 AS bucket, sum(u.n) OVER (ORDER BY u.key) AS up_to, sum(u.n) OVER () AS total
          FROM unnest(keys, counts) u(key, n) WHERE u.key > of_leg * 65536 AND u.key < (of_leg + 1) * 65536) b
    WHERE b.up_to >= greatest(1, ceil(b.total * share)) ORDER BY b.bucket LIMIT 1
$$;

-- Of one leg: how many are known, unknown and negative, the percentiles, and the buckets themselves, so that a reader can
-- add windows.
CREATE FUNCTION nrc.lateness_json(keys int[], counts bigint[], of_leg int) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object(
        'known', coalesce(sum(u.n) FILTER (WHERE u.b > 0), 0), 'unknown', coalesce(sum(u.n) FILTER (WHERE u.b = 0), 0),
        'negative', coalesce(sum(u.n) FILTER (WHERE u.b = 1), 0),
        'p50', nrc.lateness_percentile(keys, counts, of_leg, 0.5), 'p95', nrc.lateness_percentile(keys, counts, of_leg, 0.95),
        'p99', nrc.lateness_percentile(keys, counts, of_leg, 0.99), 'max', nrc.lateness_percentile(keys, counts, of_leg, 1),
        'buckets', coalesce(jsonb_agg(jsonb_build_object('bucket', u.b, 'from', nrc.lateness_from(u.b), 'count', u.n)
                                      ORDER BY u.b) FILTER (WHERE u.b > 0), '[]'))
    FROM (SELECT v.key - of_leg * 65536 AS b, v.n FROM unnest(keys, counts) v(key, n)
          WHERE v.key >= of_leg * 65536 AND v.key < (of_leg + 1) * 65536) u
$$;

-- By field: a field whose type changed has several columns, and counts as one. Fields of which nothing is to be said are
-- left out.
CREATE FUNCTION nrc.measured_fields(of_dataset int, keys int[], counts bigint[]) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(f.field, jsonb_build_object('null', f.nulls, 'missing', f.missing) ORDER BY f.field), '{}')
    FROM (SELECT c.field, coalesce(sum(u.n) FILTER (WHERE u.key / 65536 = 1), 0) AS nulls,
                 coalesce(sum(u.n) FILTER (WHERE u.key / 65536 = 2), 0) AS missing
          FROM unnest(keys, counts) u(key, n)
          JOIN nrc.dataset_column c ON c.dataset_id = of_dataset AND c.ordinal = u.key % 65536
          WHERE u.key / 65536 IN (1, 2) GROUP BY c.field) f
$$;

CREATE FUNCTION nrc.rule_counts(keys int[], counts bigint[])
    RETURNS TABLE (rule_id int, failed bigint, evaluated bigint, skipped bigint)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (-u.key) & 536870911, coalesce(sum(u.n) FILTER (WHERE (-u.key) >> 29 = 0), 0)::bigint,
           coalesce(sum(u.n) FILTER (WHERE (-u.key) >> 29 = 1), 0)::bigint,
           coalesce(sum(u.n) FILTER (WHERE (-u.key) >> 29 = 2), 0)::bigint
    FROM unnest(keys, counts) u(key, n) WHERE u.key < 0 GROUP BY 1
$$;

-- Of each rule that was looked at; count: events that failed it.
CREATE FUNCTION nrc.measured_rules(keys int[], counts bigint[]) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('rule', r.name, 'origin', r.origin, 'version', r.version, 'action', r.action,
                                                 'count', c.failed, 'evaluated', c.evaluated, 'skipped', c.skipped)
                              ORDER BY c.failed DESC, r.origin, r.name), '[]')
    FROM nrc.rule_counts(keys, counts) c JOIN nrc.rule r ON r.id = c.rule_id
$$;

CREATE FUNCTION nrc.measured_reasons(reasons text[], counts bigint[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_object_agg(u.reason, u.n ORDER BY u.reason), '{}') FROM unnest(reasons, counts) u(reason, n)
$$;
GRANT EXECUTE ON FUNCTION nrc.measured(int, text, timestamptz, timestamptz), nrc.lateness_from(int),
    nrc.lateness_percentile(int[], bigint[], int, double precision), nrc.lateness_json(int[], bigint[], int),
    nrc.measured_fields(int, int[], bigint[]), nrc.measured_rules(int[], bigint[]), nrc.rule_counts(int[], bigint[]),
    nrc.measured_reasons(text[], bigint[]) TO nrc_monitor, nrc_registry;
