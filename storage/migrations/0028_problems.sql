-- SPDX-License-Identifier: Apache-2.0
-- What the quality of a source has against it now becomes incidents, which its agency's coordinator is told of, and which end
-- when nothing has been wrong for an hour: a rule that fails now and then is one incident, not one each minute.
--
-- `nrc monitor` calls nrc.tend_quality each turn. No text here carries a value of an event.

SET LOCAL ROLE nrc_owner;

-- Rules that warn (a contract's severity warning) and failed in the last whole minute.
CREATE FUNCTION nrc.rules_warned() RETURNS TABLE (dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.dataset_id, r.name, format('Rule %s of the %s, version %s, failed for %s events in a minute.', r.name, r.origin,
                                        max(r.version), sum(u.n)), sum(u.n)::bigint
    FROM nrc.measure_minute m CROSS JOIN LATERAL unnest(m.keys, m.counts) u(key, n) JOIN nrc.rule r ON r.id = -u.key
    WHERE m.minute = date_trunc('minute', now()) - interval '1 minute' AND 0 > ANY (m.keys) AND u.key < 0 AND r.action = 'warn'
    GROUP BY r.dataset_id, r.origin, r.name
$$;

-- What became of the metrics of contracts (nullValues, rowCount …) day by day, by the contract's own midnight. Kept for ever.
CREATE TABLE nrc.metric_day (
    dataset_id int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    day        date NOT NULL,
    rule       text NOT NULL,
    version    text NOT NULL, -- of the contract
    severity   text NOT NULL,
    found      bigint,
    total      bigint,
    threshold  text NOT NULL,
    holds      boolean, -- NULL: it could not be told, and why says so
    why        text,
    PRIMARY KEY (dataset_id, day, rule),
    CHECK ((holds IS NULL) = (why IS NOT NULL))
);
-- The last day that was judged: a contract may have no metric.
CREATE TABLE nrc.metric_judged (
    dataset_id int PRIMARY KEY REFERENCES nrc.dataset ON DELETE CASCADE,
    day        date NOT NULL
);
GRANT SELECT ON nrc.metric_day, nrc.metric_judged TO nrc_monitor, nrc_registry;

-- Datasets whose last whole day is not judged yet, a quarter of an hour after its end, so that what was under way is counted. Days
-- on which no monitor ran are not made up for: `nrc quality --by day` has them.
CREATE FUNCTION nrc.metrics_due(most int) RETURNS TABLE (dataset_id int, day date, since timestamptz, until timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.dataset_id, z.today - 1, (z.today - 1)::timestamp AT TIME ZONE z.zone, z.today::timestamp AT TIME ZONE z.zone
    FROM nrc.contract_now c
    CROSS JOIN LATERAL (SELECT t.zone, ((now() - interval '15 minutes') AT TIME ZONE t.zone)::date AS today
                        FROM (SELECT coalesce(c.contract->'service'->>'time_zone', 'Asia/Muscat') AS zone) t) z
    LEFT JOIN nrc.metric_judged j ON j.dataset_id = c.dataset_id
    WHERE c.status <> 'retired' AND (j.day IS NULL OR j.day < z.today - 1) ORDER BY c.dataset_id LIMIT most
$$;

CREATE FUNCTION nrc.judge_metrics(most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due record;
    judged int := 0;
BEGIN
    FOR due IN SELECT * FROM nrc.metrics_due(most) LOOP
        INSERT INTO nrc.metric_day (dataset_id, day, rule, version, severity, found, total, threshold, holds, why)
        SELECT due.dataset_id, due.day, r.rule, r.version, r.severity, r.found, r.total, r.threshold, r.holds,
               CASE WHEN r.holds IS NULL THEN coalesce(r.why, 'it is not known') END
        FROM nrc.metric_results(due.dataset_id, due.since, due.until) r
        ON CONFLICT DO NOTHING;
        INSERT INTO nrc.metric_judged VALUES (due.dataset_id, due.day)
        ON CONFLICT (dataset_id) DO UPDATE SET day = excluded.day;
        judged := judged + 1;
    END LOOP;
    RETURN judged;
END
$$;

-- Of the last day that was judged. One that counts alone (info) is no problem.
CREATE FUNCTION nrc.metrics_missed() RETURNS TABLE (dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT m.dataset_id, m.rule, format('%s of contract %s: %s of %s on %s, and it promises %s.', m.rule, m.version, m.found, m.total,
                                        m.day, m.threshold), 1::bigint
    FROM nrc.metric_judged j JOIN nrc.metric_day m ON m.dataset_id = j.dataset_id AND m.day = j.day
    WHERE NOT m.holds AND m.severity <> 'info'
$$;

-- Gaps of the agency's own sequence that are older than an hour: what is under way closes them sooner.
CREATE FUNCTION nrc.sequences_broken() RETURNS TABLE (dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.dataset_id, s.field, format('%s gaps in %s are older than an hour, the oldest since %s: nrc gaps lists them.',
                                         count(*), s.field, to_char(min(g.opened_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')),
           1::bigint
    FROM nrc.sequence s JOIN nrc.sequence_gap g ON g.dataset_id = s.dataset_id
    WHERE g.closed_at IS NULL AND g.opened_at < now() - interval '1 hour' GROUP BY 1, 2
$$;

CREATE FUNCTION nrc.controls_differ() RETURNS TABLE (dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.dataset_id, 'control ' || c.id,
           format('What the agency stated of %s to %s differs from what is here: nrc control show %s tells by what.',
                  to_char(c.from_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'),
                  to_char(c.until_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), c.id), 1::bigint
    FROM nrc.control_different c
$$;

CREATE FUNCTION nrc.references_broken() RETURNS TABLE (dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.dataset_id, r.name, format('%s rows have no row in %s beyond the grace period of %s s: nrc reference keys lists them.',
                                        coalesce(r.violations::text, 'Very many'), r.to_dataset, r.grace_seconds), 1::bigint
    FROM nrc.reference_now r WHERE r.in_violation AND r.severity <> 'info'
$$;

-- Whatever is wrong now: about: the rule, the reference or the period, as an incident names it.
CREATE FUNCTION nrc.quality_problems() RETURNS TABLE (kind text, dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'rule_warned', p.* FROM nrc.rules_warned() p
    UNION ALL SELECT 'metric_missed', p.* FROM nrc.metrics_missed() p
    UNION ALL SELECT 'sequence_broken', p.* FROM nrc.sequences_broken() p
    UNION ALL SELECT 'control_differs', p.* FROM nrc.controls_differ() p
    UNION ALL SELECT 'reference_broken', p.* FROM nrc.references_broken() p
$$;

-- How many problems there are.
CREATE FUNCTION nrc.tend_quality() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p record;
    found int := 0;
BEGIN
    PERFORM nrc.judge_metrics(50);
    FOR p IN SELECT q.* FROM nrc.quality_problems() q ORDER BY q.kind, q.dataset_id, q.about LOOP
        PERFORM nrc.see_incident(p.kind, 'quality_holds', p.dataset_id, NULL, p.about, p.detail, p.times, now());
        found := found + 1;
    END LOOP;
    PERFORM nrc.end_incident(i.id, 'quality_holds', NULL, NULL) FROM nrc.incident i
    WHERE i.closes = 'quality_holds' AND i.closed_at IS NULL AND i.last_seen_at < now() - interval '1 hour';
    RETURN found;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.tend_quality() TO nrc_watch;
