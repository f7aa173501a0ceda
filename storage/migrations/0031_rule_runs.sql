-- SPDX-License-Identifier: Apache-2.0
-- Of each rule the events that it was run on are counted, beside those that failed it: a rule fits some structures of a dataset
-- and not others, a guard or a null skips it, so no other count says of how many events a failure is one.
--
-- Counters (0021) name a rule by a key below 0: -(class × 2^29 + the rule's id), storage/commit/measure.h. Classes: 0 failed,
-- 1 evaluated (failed or held), 2 skipped. So the keys of failures stay what they were. Runs from before this migration were not
-- counted: where there are more failures than runs, the score is not known.

SET LOCAL ROLE nrc_owner;

ALTER TABLE nrc.rule ALTER COLUMN id SET MAXVALUE 536870911;

CREATE FUNCTION nrc.rule_counts(keys int[], counts bigint[])
    RETURNS TABLE (rule_id int, failed bigint, evaluated bigint, skipped bigint)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (-u.key) & 536870911, coalesce(sum(u.n) FILTER (WHERE (-u.key) >> 29 = 0), 0)::bigint,
           coalesce(sum(u.n) FILTER (WHERE (-u.key) >> 29 = 1), 0)::bigint,
           coalesce(sum(u.n) FILTER (WHERE (-u.key) >> 29 = 2), 0)::bigint
    FROM unnest(keys, counts) u(key, n) WHERE u.key < 0 GROUP BY 1
$$;
GRANT EXECUTE ON FUNCTION nrc.rule_counts(int[], bigint[]) TO nrc_monitor, nrc_registry;

-- Of each rule that was looked at; count: events that failed it.
CREATE OR REPLACE FUNCTION nrc.measured_rules(keys int[], counts bigint[]) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('rule', r.name, 'origin', r.origin, 'version', r.version, 'action', r.action,
                                                 'count', c.failed, 'evaluated', c.evaluated, 'skipped', c.skipped)
                              ORDER BY c.failed DESC, r.origin, r.name), '[]')
    FROM nrc.rule_counts(keys, counts) c JOIN nrc.rule r ON r.id = c.rule_id
$$;

-- ---- scores ----

-- Of some of a dataset's rules in a period, all versions together; by_version: each version's own numbers.
CREATE FUNCTION nrc.quality_rule_sum(w nrc.quality_window, ids int[], OUT failed bigint, OUT evaluated bigint, OUT skipped bigint,
                                     OUT by_version jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(c.failed), 0)::bigint, coalesce(sum(c.evaluated), 0)::bigint, coalesce(sum(c.skipped), 0)::bigint,
           coalesce(jsonb_agg(jsonb_build_object('version', k.version, 'failed', c.failed, 'evaluated', c.evaluated,
                                                 'skipped', c.skipped) ORDER BY k.id), '[]')
    FROM nrc.rule_counts(w.keys, w.counts) c JOIN nrc.rule k ON k.id = c.rule_id WHERE k.id = ANY (ids)
$$;

CREATE FUNCTION nrc.quality_not_counted(failed bigint, evaluated bigint) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'when its events came, the runs of rules were not counted yet' WHERE failed > evaluated
$$;

CREATE FUNCTION nrc.quality_nothing_run(skipped bigint) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN skipped > 0 THEN format('it was skipped for each of the %s events: a guard, a null, or a field that was not sent',
                                             skipped) ELSE 'no event came that it could be run on' END
$$;

-- Every rule of the versions that were in force in the period: q, as its newest version has it; the counts are over all of them,
-- so that a new version hides no failure of the one before it. total: of a metric, rows that the source sent, as the standard
-- counts them (a null is no invalid value, and is a row); of an expression, the events that it was run on. not_run: why there are
-- no counts though events came.
DROP FUNCTION nrc.quality_counted(nrc.quality_window);
CREATE FUNCTION nrc.quality_counted(w nrc.quality_window)
    RETURNS TABLE (rule text, q jsonb, version text, versions text[], is_current boolean, from_at timestamptz, to_at timestamptz,
                   found bigint, total bigint, skipped bigint, by_version jsonb, not_run text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH versions AS (
        SELECT c.version, c.version_parts, c.contract, c.status, c.applied_at,
               coalesce(lead(c.applied_at) OVER (ORDER BY c.version_parts), 'infinity') AS ended_at
        FROM nrc.contract c WHERE c.dataset_id = w.dataset_id AND c.applied_at < w.until
    ), rules AS (
        SELECT r.q->>'name' AS rule, (array_agg(r.q ORDER BY v.version_parts DESC))[1] AS q,
               (array_agg(v.version ORDER BY v.version_parts DESC))[1] AS version,
               array_agg(v.version ORDER BY v.version_parts) AS versions, bool_or(v.ended_at = 'infinity') AS is_current,
               min(v.applied_at) AS from_at, max(v.ended_at) AS to_at
        FROM versions v CROSS JOIN LATERAL jsonb_array_elements(v.contract->'quality') r (q)
        WHERE v.ended_at > w.since AND v.status <> 'retired' GROUP BY 1
    )
    SELECT r.rule, r.q, r.version, r.versions, r.is_current, r.from_at, r.to_at, s.failed,
           s.evaluated + CASE WHEN r.q->>'kind' = 'metric' THEN s.skipped ELSE 0 END, s.skipped, s.by_version,
           CASE WHEN r.version = ANY (k.versions) THEN nrc.quality_not_counted(s.failed, s.evaluated)
                WHEN nrc.quality_judged_from(w, r.from_at, r.to_at) > 0 THEN
                    format('no engine has run it: it does not fit the structure, or version %s is not taken up yet', r.version) END
    FROM rules r
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(k.id), '{}') AS ids, coalesce(array_agg(k.version), '{}') AS versions FROM nrc.rule k
        WHERE k.dataset_id = w.dataset_id AND k.origin = 'contract' AND k.name = r.rule AND k.version = ANY (r.versions)) k
    CROSS JOIN LATERAL nrc.quality_rule_sum(w, k.ids) s
$$;

CREATE OR REPLACE FUNCTION nrc.metric_results(of_dataset int, since timestamptz, until timestamptz,
                                              with_duplicates boolean DEFAULT false)
    RETURNS TABLE (rule text, version text, metric text, path text, dimension text, severity text, found bigint, total bigint,
                   threshold text, holds boolean, why text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.rule, r.version, r.q->>'metric', r.q->>'path', nrc.quality_dimension_of(r.q), r.q->>'severity',
           CASE WHEN y.why IS NULL THEN c.found END, CASE WHEN y.why IS NULL THEN c.total END, nrc.threshold_text(r.q),
           CASE WHEN y.why IS NULL THEN nrc.threshold_holds(r.q, c.found, c.total) END, y.why
    FROM nrc.dataset d CROSS JOIN LATERAL nrc.quality_window(of_dataset, since, until) w
    CROSS JOIN LATERAL nrc.quality_counted(w) r
    LEFT JOIN LATERAL nrc.count_duplicates(of_dataset, CASE WHEN r.q ? 'fields'
        THEN ARRAY(SELECT jsonb_array_elements_text(r.q->'fields')) ELSE ARRAY[substr(r.q->>'path', 2)] END) p
        ON r.q->>'metric' = 'duplicateValues' AND with_duplicates AND (w).until >= now() AND NOT d.exempt
    CROSS JOIN LATERAL (SELECT CASE r.q->>'metric' WHEN 'rowCount' THEN (w).applied WHEN 'duplicateValues' THEN p.surplus
                                                   ELSE r.found END AS found,
                               CASE r.q->>'metric' WHEN 'rowCount' THEN (w).received - (w).replayed - (w).exempt
                                                   WHEN 'duplicateValues' THEN p.total ELSE r.total END AS total) c
    CROSS JOIN LATERAL (SELECT CASE
        WHEN d.exempt THEN 'the dataset is exempt: its events are counted, and nothing else is said of them (NRL-2)'
        WHEN r.q->>'metric' = 'rowCount' THEN NULL
        WHEN r.q->>'metric' = 'duplicateValues' THEN CASE
            WHEN (w).until < now() THEN 'duplicates are counted in the register as it is now, not as it was'
            WHEN NOT with_duplicates THEN 'duplicates are counted when asked for: nrc quality DATASET --explain'
            ELSE p.why END
        ELSE r.not_run END AS why) y
    WHERE d.id = of_dataset AND r.is_current AND r.q->>'kind' = 'metric'
$$;

CREATE OR REPLACE FUNCTION nrc.quality_contract_rules(w nrc.quality_window, with_duplicates boolean)
    RETURNS TABLE (dimension text, p nrc.quality_part)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nrc.quality_dimension_of(r.q),
           ROW('rule ' || r.rule,
               CASE WHEN y.why IS NOT NULL THEN NULL WHEN m.holds THEN 100.00
                    WHEN m.holds IS NULL THEN nrc.quality_share(c.total - c.found, c.total)
                    WHEN r.q->>'metric' <> 'rowCount' AND r.q->>'comparison' IN ('mustBe', 'mustBeLessThan', 'mustBeLessOrEqualTo')
                        THEN least(nrc.quality_share(c.total - c.found, c.total), 99.99)
                    ELSE 0.00 END,
               CASE WHEN y.why IS NULL THEN CASE r.q->>'metric' WHEN 'rowCount' THEN c.found ELSE c.total - c.found END END,
               CASE WHEN y.why IS NULL THEN c.total END, y.why,
               jsonb_strip_nulls(jsonb_build_object('rule', r.rule, 'origin', 'contract', 'versions', r.versions,
                   'severity', r.q->>'severity', 'metric', r.q->>'metric', 'path', r.q->>'path', 'threshold', nrc.threshold_text(r.q),
                   'found', c.found, 'holds', CASE WHEN y.why IS NULL THEN coalesce(m.holds, CASE WHEN r.q->>'severity' <> 'info'
                                                                                                THEN c.found = 0 END) END,
                   'skipped', nullif(r.skipped, 0), 'by_version', nullif(r.by_version, '[]'),
                   'since', CASE WHEN r.from_at > w.since THEN r.from_at END,
                   'until', CASE WHEN r.to_at < w.until THEN r.to_at END)))::nrc.quality_part
    FROM nrc.quality_counted(w) r
    LEFT JOIN nrc.metric_results(w.dataset_id, w.since, w.until, with_duplicates) m ON m.rule = r.rule AND r.is_current
    CROSS JOIN LATERAL (SELECT CASE WHEN m.rule IS NULL THEN r.found ELSE m.found END AS found,
                               CASE WHEN m.rule IS NULL THEN r.total ELSE m.total END AS total) c
    CROSS JOIN LATERAL (SELECT CASE
        WHEN r.q->>'kind' = 'not_run' THEN
            format('the register does not run rules of %s', CASE r.q->>'engine' WHEN 'text' THEN 'plain text' ELSE r.q->>'engine' END)
        WHEN m.why IS NOT NULL THEN m.why
        WHEN r.q->>'metric' IN ('duplicateValues', 'rowCount') AND m.rule IS NULL THEN 'the contract does not have it any more'
        WHEN r.q->>'metric' = 'rowCount' THEN NULL
        WHEN r.q->>'metric' = 'duplicateValues' THEN CASE WHEN c.total = 0 THEN 'the register holds no such value' END
        WHEN r.not_run IS NOT NULL THEN r.not_run
        WHEN c.total = 0 THEN nrc.quality_nothing_run(r.skipped) END AS why) y
$$;

-- Rules of structures, by name: those of the versions that were in force, and those that events were held against.
CREATE OR REPLACE FUNCTION nrc.quality_structure_rules(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH rules AS (
        SELECT k.name, min(k.action) AS action, array_agg(k.version ORDER BY k.version::int) AS versions, array_agg(k.id) AS ids
        FROM nrc.rule k
        WHERE k.dataset_id = w.dataset_id AND k.origin = 'structure'
          AND (k.id IN (SELECT c.rule_id FROM nrc.rule_counts(w.keys, w.counts) c)
               OR k.version IN (SELECT v.version::text FROM nrc.subject_version v
                                WHERE v.dataset_id = w.dataset_id AND v.part = 'value' AND v.decision = 'approved'
                                  AND v.active_from < w.until AND (v.retired_from IS NULL OR v.retired_from > w.since)))
        GROUP BY k.name
    )
    SELECT ('rule ' || r.name, CASE WHEN y.why IS NULL THEN nrc.quality_share(s.evaluated - s.failed, s.evaluated) END,
            CASE WHEN y.why IS NULL THEN s.evaluated - s.failed END, CASE WHEN y.why IS NULL THEN s.evaluated END, y.why,
            jsonb_strip_nulls(jsonb_build_object('rule', r.name, 'origin', 'structure', 'versions', r.versions, 'action', r.action,
                'found', s.failed, 'holds', CASE WHEN y.why IS NULL AND r.action <> 'count' THEN s.failed = 0 END,
                'skipped', nullif(s.skipped, 0), 'by_version', nullif(s.by_version, '[]'))))::nrc.quality_part
    FROM rules r CROSS JOIN LATERAL nrc.quality_rule_sum(w, r.ids) s
    CROSS JOIN LATERAL (SELECT coalesce(nrc.quality_not_counted(s.failed, s.evaluated),
                                        CASE WHEN s.evaluated = 0 THEN nrc.quality_nothing_run(s.skipped) END) AS why) y
$$;

-- ---- proof ----

-- The counts of rules against those of events, hour by hour. Of a stream, a rule was looked at for no more upserts than came as far
-- as that; one that keeps events out failed for no more than were kept out for a rule; and all rules of one structure were looked
-- at for the same events. Hours before this migration are left out.
CREATE FUNCTION nrc.rule_run_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' SET timezone = 'UTC'
AS $$
    WITH r AS MATERIALIZED (
        SELECT h.dataset_id, h.at, h.kind, k.origin, k.version, k.name, c.failed, c.evaluated, c.skipped, k.action,
               nrc.quality_reasons(h.reasons, h.reason_counts, 'rule') AS kept_out,
               nrc.quality_judged(h.applied + h.duplicate + h.stale, h.deletes, h.reasons, h.reason_counts) AS judged
        FROM nrc.dataset d
        CROSS JOIN (SELECT CASE WHEN m.applied_at = f.applied_at THEN '-infinity' -- the database was new
                                ELSE date_trunc('hour', m.applied_at) + interval '1 hour' END AS since
                    FROM nrc.migration m JOIN nrc.migration f ON f.number = 1 WHERE m.number = 31) t
        CROSS JOIN LATERAL nrc.measured_hours(d.id, t.since, 'infinity') h
        CROSS JOIN LATERAL nrc.rule_counts(h.keys, h.counts) c JOIN nrc.rule k ON k.id = c.rule_id
    )
    SELECT 'rules_counted', r.dataset_id, NULL::int, NULL::bigint,
           format('%s, hour %s: rule %s of %s %s: %s failed, %s evaluated, %s skipped; the counters have %s upserts that came to the'
                  ' rules, and %s that a rule kept out', r.kind, r.at, r.name, r.origin, r.version, r.failed, r.evaluated, r.skipped,
                  r.judged, r.kept_out)
    FROM r
    WHERE r.failed > r.evaluated
       OR r.kind = 'stream' AND (r.evaluated + r.skipped > r.judged OR r.action = 'quarantine' AND r.failed > r.kept_out)
    UNION ALL
    SELECT 'rules_counted', r.dataset_id, NULL, NULL,
           format('%s, hour %s: the rules of structure %s were looked at for %s events, and for %s', r.kind, r.at, r.version,
                  min(r.evaluated + r.skipped), max(r.evaluated + r.skipped))
    FROM r WHERE r.origin = 'structure' GROUP BY r.dataset_id, r.at, r.kind, r.version
    HAVING min(r.evaluated + r.skipped) <> max(r.evaluated + r.skipped)
$$;

CREATE OR REPLACE FUNCTION nrc.ledger_faults() RETURNS TABLE (
    check_name text, dataset_id int, position_id int, from_offset bigint, detail text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT * FROM nrc.range_faults()
    UNION ALL SELECT * FROM nrc.balance_faults()
    UNION ALL SELECT * FROM nrc.quarantine_faults()
    UNION ALL SELECT * FROM nrc.measure_faults()
    UNION ALL SELECT * FROM nrc.rule_run_faults()
$$;
