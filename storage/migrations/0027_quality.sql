-- SPDX-License-Identifier: Apache-2.0
-- Scores (NRL-10, DSP-7.4.5): how good each source was in a period, in nine dimensions. ops/doc/quality.md says what each of them
-- counts, and why.
--
-- A dimension has parts. A part is a share of what was counted, from 0 to 100, cut off and never rounded, so one bad event in a
-- million is not 100. A part that nobody could count has no score and says why: it is never left out, and never good. The
-- dimension's score is that of its worst part, so a good part hides no bad one, and no weights are invented.
--
-- Functions that read tables are in PL/pgSQL, which keeps their plans: of those in SQL each call plans anew, and to plan the queries of
-- one dataset takes three times as long as to run them.
--
-- Nothing here is stored. A score is computed from the counters (0021), the contract that was in force when the period ended, and
-- the registers of incidents, violations and subscriptions.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.quality_dimension (
    n         int PRIMARY KEY,
    dimension text NOT NULL UNIQUE,
    name_ar   text NOT NULL, -- the law's own words
    meaning   text NOT NULL
);
INSERT INTO nrc.quality_dimension VALUES
    (1, 'accuracy', 'الدقة', 'each fact is right, and recorded once'),
    (2, 'validity', 'شرعية البيانات', 'values are as laws and definitions have them'),
    (3, 'consistency', 'الاتساق', 'the same at all collection points, manual or by computer'),
    (4, 'timeliness', 'في الوقت المناسب', 'fast, and regular'),
    (5, 'relevance', 'صلة البيانات بالغرض', 'reviewed in time, and used'),
    (6, 'completeness', 'الاكتمال', 'nothing is missing'),
    (7, 'structure_fitness', 'ملاءمة البنية', 'events have a registered structure that is in force'),
    (8, 'source_credibility', 'مصداقية المصدر', 'somebody answers for the source, and changes are announced'),
    (9, 'flow_readiness', 'جاهزية التدفق', 'the way from the source to the register is open');
GRANT SELECT ON nrc.quality_dimension TO nrc_monitor, nrc_registry;

-- What is shared by all parts: detail says which rules of which versions, what was promised, and `holds`, whether the promise was
-- kept, where one was made.
CREATE TYPE nrc.quality_part AS (part text, score numeric, numerator bigint, denominator bigint, why text, detail jsonb);

-- In hundredths of a percent, cut off: 100.00 is all of them. NULL: of none.
CREATE FUNCTION nrc.quality_share(good bigint, total bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN total > 0 THEN round(div(10000::numeric * greatest(good, 0), total) / 100, 2) END
$$;

-- Not to be written (f(…)).*: that calls it for each of the type's columns.
CREATE FUNCTION nrc.quality_counted_part(part text, good bigint, total bigint, none_why text, detail jsonb) RETURNS nrc.quality_part
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT part, nrc.quality_share(good, total), CASE WHEN total > 0 THEN good END, CASE WHEN total > 0 THEN total END,
           CASE WHEN total > 0 THEN NULL ELSE none_why END, detail
$$;

-- ---- the period ----

CREATE TYPE nrc.quality_window AS (
    dataset_id int, since timestamptz, until timestamptz,
    received bigint, applied bigint, duplicate bigint, stale bigint, quarantined bigint, exempt bigint, deletes bigint,
    replayed bigint, -- of the received: they waited in the quarantine, and were received before
    keys int[], counts bigint[], reasons text[], reason_counts bigint[]);

-- Whole hours, as the counters are kept by the hour; `until` is at most the end of the present one.
CREATE FUNCTION nrc.quality_window(of_dataset int, since timestamptz, until timestamptz) RETURNS nrc.quality_window
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT ROW(of_dataset, e.since, e.until, coalesce(sum(m.received), 0)::bigint, coalesce(sum(m.applied), 0)::bigint,
                   coalesce(sum(m.duplicate), 0)::bigint, coalesce(sum(m.stale), 0)::bigint,
                   coalesce(sum(m.quarantined), 0)::bigint, coalesce(sum(m.exempt), 0)::bigint, coalesce(sum(m.deletes), 0)::bigint,
                   coalesce(sum(m.received) FILTER (WHERE m.kind = 'replay'), 0)::bigint,
                   (nrc.sum_pairs(array_agg(ROW(m.keys, m.counts)::nrc.measure_pairs))).keys,
                   (nrc.sum_pairs(array_agg(ROW(m.keys, m.counts)::nrc.measure_pairs))).counts,
                   (nrc.sum_reasons(array_agg(ROW(m.reasons, m.reason_counts)::nrc.measure_reasons))).reasons,
                   (nrc.sum_reasons(array_agg(ROW(m.reasons, m.reason_counts)::nrc.measure_reasons))).counts)::nrc.quality_window
        FROM (SELECT date_trunc('hour', quality_window.since) AS since,
                     least(date_trunc('hour', quality_window.until + interval '1 hour' - interval '1 microsecond'),
                           date_trunc('hour', now()) + interval '1 hour') AS until) e
        LEFT JOIN LATERAL nrc.measured(of_dataset, CASE WHEN e.since = date_trunc('day', e.since)
                                                         AND (e.until = date_trunc('day', e.until) OR e.until > now())
                                                        THEN 'day' ELSE 'hour' END, e.since, e.until) m ON true
        GROUP BY e.since, e.until);
END
$$;

CREATE FUNCTION nrc.quality_reasons(reasons text[], counts bigint[], class text) RETURNS bigint
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(u.n) FILTER (WHERE class = CASE
               WHEN u.reason IN ('rule_failed', 'rule_error', 'rule_cost') THEN 'rule'
               -- The bytes are not of a structure that is registered and in force.
               WHEN u.reason IN ('unknown_structure', 'other_subject', 'foreign_structure', 'not_yet_active', 'structure_rejected',
                                 'structure_retired', 'bad_frame', 'empty_value', 'truncated', 'trailing_bytes', 'bad_varint',
                                 'bad_length', 'too_deep', 'too_large', 'bad_branch', 'bad_boolean', 'bad_enum') THEN 'structure'
               ELSE 'value' END), 0)::bigint -- a reason that is new is never good
    FROM unnest(reasons, counts) u(reason, n)
$$;

-- Events whose values were looked at: rules are not run on a delete, nor on bytes that are of no structure.
CREATE FUNCTION nrc.quality_judged(recorded bigint, deletes bigint, reasons text[], counts bigint[]) RETURNS bigint
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT recorded - deletes + nrc.quality_reasons(reasons, counts, 'rule')
           + coalesce((SELECT sum(u.n) FROM unnest(reasons, counts) u(reason, n) WHERE u.reason = 'register_refused'), 0)::bigint
$$;

-- Those of a part of the period, to the minute while its minutes are kept, then to the hour.
CREATE FUNCTION nrc.quality_judged_from(w nrc.quality_window, from_at timestamptz, to_at timestamptz) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE WHEN from_at <= w.since AND to_at >= w.until
                    THEN nrc.quality_judged(w.applied + w.duplicate + w.stale, w.deletes, w.reasons, w.reason_counts)
                    ELSE (
            WITH e AS (SELECT date_trunc('minute', greatest(from_at, w.since)) AS f, least(to_at, w.until) AS t),
            edge AS (SELECT DISTINCT x.at FROM e CROSS JOIN LATERAL (VALUES (date_trunc('hour', e.f)), (date_trunc('hour', e.t))) x (at)
                     WHERE (x.at < e.f OR x.at + interval '1 hour' > e.t) AND x.at < e.t
                       AND EXISTS (SELECT FROM nrc.measure_minute m WHERE m.dataset_id = w.dataset_id
                                                                      AND m.minute >= x.at AND m.minute < x.at + interval '1 hour'))
            SELECT coalesce(sum(nrc.quality_judged(r.applied + r.duplicate + r.stale, r.deletes, r.reasons, r.reason_counts)), 0)::bigint
            FROM (SELECT h.* FROM e CROSS JOIN LATERAL nrc.measured_hours(w.dataset_id, e.f, e.t) h WHERE h.at NOT IN (SELECT at FROM edge)
                  UNION ALL
                  SELECT m.* FROM e CROSS JOIN edge CROSS JOIN LATERAL
                      nrc.sum_minutes(w.dataset_id, 'minute', greatest(edge.at, e.f), least(edge.at + interval '1 hour', e.t)) m) r)
               END);
END
$$;

-- The contract that was in force when the period ended, retired or not.
CREATE FUNCTION nrc.quality_contract(w nrc.quality_window) RETURNS nrc.contract
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT c FROM nrc.contract c WHERE c.dataset_id = w.dataset_id AND c.applied_at < w.until ORDER BY c.version_parts DESC LIMIT 1);
END
$$;

-- NULL: there is one in force.
CREATE FUNCTION nrc.quality_no_contract(c nrc.contract) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN c.id IS NULL THEN 'there is no contract'
                WHEN c.status = 'retired' THEN format('the contract was retired by its version %s', c.version) END
$$;

-- ---- rules of contracts ----

-- The standard's seven words are fewer than the law's nine dimensions; a rule without a word goes by what it counts.
CREATE FUNCTION nrc.quality_dimension_of(rule jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE rule->>'dimension'
        WHEN 'accuracy' THEN 'accuracy' WHEN 'uniqueness' THEN 'accuracy' WHEN 'conformity' THEN 'validity'
        WHEN 'consistency' THEN 'consistency' WHEN 'timeliness' THEN 'timeliness'
        WHEN 'completeness' THEN 'completeness' WHEN 'coverage' THEN 'completeness'
        ELSE CASE rule->>'metric' WHEN 'nullValues' THEN 'completeness' WHEN 'missingValues' THEN 'completeness'
                 WHEN 'rowCount' THEN 'completeness' WHEN 'duplicateValues' THEN 'accuracy' ELSE 'validity' END END
$$;

-- As schema/contract/threshold.c: without rounding; of no events a percentage holds.
CREATE FUNCTION nrc.threshold_holds(rule jsonb, found bigint, total bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN t.is_percent AND total = 0 THEN true ELSE CASE rule->>'comparison'
        WHEN 'mustBe' THEN n = low WHEN 'mustNotBe' THEN n <> low
        WHEN 'mustBeGreaterThan' THEN n > low WHEN 'mustBeGreaterOrEqualTo' THEN n >= low
        WHEN 'mustBeLessThan' THEN n < low WHEN 'mustBeLessOrEqualTo' THEN n <= low
        WHEN 'mustBeBetween' THEN n BETWEEN low AND high WHEN 'mustNotBeBetween' THEN n NOT BETWEEN low AND high END END
    FROM (SELECT rule->>'unit' = 'percent' AS is_percent) t
    CROSS JOIN LATERAL (SELECT CASE WHEN t.is_percent THEN found::numeric * 100 ELSE found END AS n,
                               coalesce(rule->>'threshold', rule->>'low')::numeric * CASE WHEN t.is_percent THEN total ELSE 1 END AS low,
                               (rule->>'high')::numeric * CASE WHEN t.is_percent THEN total ELSE 1 END AS high) v
$$;

CREATE FUNCTION nrc.threshold_text(rule jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('%s %s %s', rule->>'comparison', coalesce(rule->>'threshold', concat_ws(' and ', rule->>'low', rule->>'high')),
                  rule->>'unit')
    WHERE rule->>'kind' = 'metric'
$$;

-- Of some of a dataset's rules in a period, all versions together; by_version: each version's own numbers.
CREATE FUNCTION nrc.quality_rule_sum(w nrc.quality_window, ids int[], OUT failed bigint, OUT evaluated bigint, OUT skipped bigint,
                                     OUT by_version jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT x.* INTO failed, evaluated, skipped, by_version FROM (
        SELECT coalesce(sum(c.failed), 0)::bigint, coalesce(sum(c.evaluated), 0)::bigint, coalesce(sum(c.skipped), 0)::bigint,
               coalesce(jsonb_agg(jsonb_build_object('version', k.version, 'failed', c.failed, 'evaluated', c.evaluated,
                                                     'skipped', c.skipped) ORDER BY k.id), '[]')
        FROM nrc.rule_counts(w.keys, w.counts) c JOIN nrc.rule k ON k.id = c.rule_id WHERE k.id = ANY (ids)) x;
END
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
CREATE FUNCTION nrc.quality_counted(w nrc.quality_window)
    RETURNS TABLE (rule text, q jsonb, version text, versions text[], is_current boolean, from_at timestamptz, to_at timestamptz,
                   found bigint, total bigint, skipped bigint, by_version jsonb, not_run text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
        CROSS JOIN LATERAL nrc.quality_rule_sum(w, k.ids) s;
END
$$;

-- Rows beyond the first of each value, in the register as it is now. A row with none of the fields is not counted; of one with
-- some of them, null is a value like others. fields: names of the row's own. why: it cannot be counted.
CREATE FUNCTION nrc.count_duplicates(of_dataset int, fields text[], OUT surplus bigint, OUT total bigint, OUT why text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown text[];
    of_view text;
BEGIN
    SELECT format('%I.%I', a.code, d.name) INTO of_view
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE d.id = of_dataset;
    shown := ARRAY(SELECT format('v.%I', g.name) FROM nrc.dataset_generation o
                   CROSS JOIN LATERAL jsonb_to_recordset(o.columns) AS g (name text, ordinal int)
                   JOIN nrc.dataset_column c ON c.dataset_id = of_dataset AND c.ordinal = g.ordinal
                   WHERE o.dataset_id = of_dataset AND o.until IS NULL AND c.field = ANY (fields) ORDER BY g.ordinal);
    IF cardinality(shown) <> cardinality(fields) OR to_regclass(of_view) IS NULL THEN
        why := 'the register has no column of ' || array_to_string(fields, ', ');
        RETURN;
    END IF;
    EXECUTE format('SELECT coalesce(sum(g.n - 1), 0)::bigint, coalesce(sum(g.n), 0)::bigint'
                   ' FROM (SELECT count(*) AS n FROM %s v WHERE num_nonnulls(%2$s) > 0 GROUP BY %2$s) g',
                   of_view, array_to_string(shown, ', ')) INTO surplus, total;
END
$$;

-- What became of each metric that the contract in force at `until` promises. with_duplicates: duplicateValues are counted, in the
-- whole state table, which may take long; else they are not known. holds NULL: it could not be told, and why says so.
CREATE FUNCTION nrc.metric_results(of_dataset int, since timestamptz, until timestamptz, with_duplicates boolean DEFAULT false)
    RETURNS TABLE (rule text, version text, metric text, path text, dimension text, severity text, found bigint, total bigint,
                   threshold text, holds boolean, why text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
        WHERE d.id = of_dataset AND r.is_current AND r.q->>'kind' = 'metric';
END
$$;
GRANT EXECUTE ON FUNCTION nrc.metric_results(int, timestamptz, timestamptz, boolean) TO nrc_monitor, nrc_registry;

-- One part for each rule of a contract, in the dimension that it belongs to. A metric's promise that is kept is 100, however
-- many values it allows to be bad; one that is broken is the share of good values, and 0 where that says nothing.
CREATE FUNCTION nrc.quality_contract_rules(w nrc.quality_window, with_duplicates boolean)
    RETURNS TABLE (dimension text, p nrc.quality_part)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
            WHEN c.total = 0 THEN nrc.quality_nothing_run(r.skipped) END AS why) y;
END
$$;

-- Rules of structures, by name: those of the versions that were in force, and those that events were held against.
CREATE FUNCTION nrc.quality_structure_rules(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
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
        OFFSET 0) x (p);
END
$$;

-- ---- the dimensions ----
-- One function each; quality_parts adds the rules. A part that another part of the program will count one day stands here with
-- its reason until then.

CREATE FUNCTION nrc.quality_accuracy(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        SELECT nrc.quality_counted_part('recorded once', w.applied + w.stale, w.applied + w.duplicate + w.stale,
                                        'no event was recorded', jsonb_build_object('duplicate', w.duplicate))
        OFFSET 0) x (p);
END
$$;

-- The rows that refer, as they are now: what was missing once and came since is no fault of the data that is there.
CREATE FUNCTION nrc.quality_reference(w nrc.quality_window, of_name text, OUT rows bigint, OUT violations bigint,
                                      OUT within_grace bigint, OUT why text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT x.* INTO rows, violations, within_grace, why FROM (
        SELECT CASE WHEN y.why IS NULL THEN r.rows END, CASE WHEN y.why IS NULL THEN r.violations END,
               CASE WHEN y.why IS NULL THEN r.within_grace END, coalesce(y.why, 'no row refers')
        FROM (SELECT 1) one LEFT JOIN nrc.reference_now r ON r.dataset_id = w.dataset_id AND r.name = of_name
        CROSS JOIN LATERAL (SELECT CASE WHEN w.until < now() THEN 'rows are looked at as they are now, not as they were'
                                        WHEN r.state IS NULL OR r.rows IS NULL THEN coalesce(r.reason, 'no monitor has looked yet')
                                        WHEN r.state <> 'checked' THEN coalesce(r.reason, 'it cannot be checked') END AS why) y) x;
END
$$;

-- A failed rule is in the dimension of the rule, so it is not bad here once more.
CREATE FUNCTION nrc.quality_validity(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        SELECT nrc.quality_counted_part('values can be kept', s.good, s.good + s.bad, 'no event came',
                   jsonb_build_object('reasons', (SELECT coalesce(jsonb_object_agg(u.reason, u.n ORDER BY u.reason), '{}')
                       FROM unnest(w.reasons, w.reason_counts) u(reason, n)
                       WHERE nrc.quality_reasons(ARRAY[u.reason], ARRAY[u.n], 'value') > 0)))
        FROM (SELECT w.applied + w.duplicate + w.stale + nrc.quality_reasons(w.reasons, w.reason_counts, 'rule') AS good,
                     nrc.quality_reasons(w.reasons, w.reason_counts, 'value') AS bad) s
        UNION ALL
        SELECT nrc.quality_counted_part('reference ' || (r->>'name'), s.rows - s.violations, s.rows, s.why,
                   jsonb_strip_nulls(jsonb_build_object('to', r->>'to_dataset', 'within_grace', s.within_grace)))
        FROM nrc.quality_contract(w) c CROSS JOIN LATERAL jsonb_array_elements(c.contract->'relationships') r
        CROSS JOIN LATERAL nrc.quality_reference(w, r->>'name') s
        WHERE nrc.quality_no_contract(c) IS NULL
        OFFSET 0) x (p);
END
$$;

-- Between the two doors, the stream and files: how far their shares of good events are apart.
CREATE FUNCTION nrc.quality_consistency(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        WITH doors AS (
            SELECT m.kind, sum(m.applied + m.duplicate + m.stale)::bigint AS good, sum(m.received - m.exempt)::bigint AS came
            FROM nrc.measured(w.dataset_id, 'hour', w.since, w.until) m WHERE m.kind IN ('stream', 'import')
            GROUP BY m.kind HAVING sum(m.received - m.exempt) > 0
        ), apart AS (
            SELECT count(*) AS n, max(nrc.quality_share(good, came)) - min(nrc.quality_share(good, came)) AS spread,
                   jsonb_object_agg(kind, jsonb_build_object('good', good, 'came', came)) AS detail FROM doors
        )
        SELECT 'stream and files', CASE WHEN a.n > 1 THEN 100 - a.spread END, NULL::bigint, NULL::bigint,
               CASE WHEN a.n > 1 THEN NULL WHEN a.n = 1 THEN 'events came through one door' ELSE 'no event came' END, coalesce(a.detail, '{}')
        FROM apart a
        UNION ALL
        SELECT 'collection points', NULL, NULL, NULL,
               coalesce(nrc.quality_no_contract(c), format('events do not say at which of the %s points they were collected',
                                                           jsonb_array_length(c.contract->'collection_points'))),
               jsonb_strip_nulls(jsonb_build_object('points', c.contract->'collection_points'))
        FROM nrc.quality_contract(w) c
        WHERE nrc.quality_no_contract(c) IS NOT NULL OR jsonb_array_length(c.contract->'collection_points') > 1;
END
$$;

-- What monitors found in the period (0026), in seconds: judged, without stops that were announced and what is not known; late for
-- the source's sake; and late because the path was broken or the Center slow, which is no fault of the source.
CREATE FUNCTION nrc.quality_fresh(w nrc.quality_window, OUT why text, OUT judged bigint, OUT late bigint, OUT held_up bigint)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT x.* INTO why, judged, late, held_up FROM (
        WITH spans AS (
            SELECT c.state, c.reason, extract(epoch FROM least(coalesce(lead(c.at) OVER (ORDER BY c.at), f.judged_at), w.until)
                                                         - greatest(c.at, w.since)) AS seconds
            FROM nrc.freshness_change c JOIN nrc.freshness f USING (dataset_id) WHERE c.dataset_id = w.dataset_id
        ), told AS (
            SELECT coalesce(floor(sum(s.seconds)), 0)::bigint AS judged,
                   coalesce(ceil(sum(s.seconds) FILTER (WHERE s.state = 'late' AND NOT h.is_held_up)), 0)::bigint AS late,
                   coalesce(ceil(sum(s.seconds) FILTER (WHERE s.state = 'late' AND h.is_held_up)), 0)::bigint AS held_up
            FROM spans s CROSS JOIN LATERAL (SELECT s.reason IN ('broken_path', 'slow_center') AS is_held_up) h
            WHERE s.seconds > 0 AND s.state NOT IN ('unknown', 'suspended')
        )
        SELECT CASE WHEN nrc.quality_no_contract(c) IS NOT NULL THEN nrc.quality_no_contract(c)
                    WHEN NOT nrc.promises_freshness(c.contract) THEN 'the contract does not say how often data comes'
                    -- One that has stopped must not leave the last good verdict standing.
                    WHEN f.judged_at < least(w.until, now()) - interval '10 minutes'
                        THEN 'no monitor has judged it since ' || to_char(f.judged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')
                    WHEN t.judged = 0 THEN 'no monitor judged it in the period' END, t.judged, t.late, t.held_up
        FROM told t CROSS JOIN nrc.quality_contract(w) c LEFT JOIN nrc.freshness f ON f.dataset_id = w.dataset_id) x;
END
$$;

-- What is certainly in time. The contract's latency is of working time, which is never longer than the clock's; a bucket that the
-- limit lies in is not certain. So the true share is this or higher.
CREATE FUNCTION nrc.quality_timeliness(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        WITH promise AS (
            SELECT nrc.quality_no_contract(c) AS why, (c.contract->'service'->>'latency_seconds')::double precision AS latency,
                   c.contract->'service'->>'cadence' AS cadence, c.version FROM nrc.quality_contract(w) c
        ), late AS (
            SELECT u.key / 65536 AS leg, u.key % 65536 AS b, u.n FROM unnest(w.keys, w.counts) u(key, n) WHERE u.key / 65536 IN (6, 7)
        ), leg AS (
            SELECT max(leg) AS leg FROM late WHERE b > 0
        ), told AS (
            SELECT coalesce(sum(l.n) FILTER (WHERE b >= 1), 0)::bigint AS known, coalesce(sum(l.n) FILTER (WHERE b = 0), 0) AS unknown,
                   coalesce(sum(l.n) FILTER (WHERE b = 1), 0) AS negative,
                   coalesce(sum(l.n) FILTER (WHERE b BETWEEN 2 AND 119 AND nrc.lateness_from(b + 1) <= p.latency), 0)::bigint AS within,
                   coalesce(sum(l.n) FILTER (WHERE b >= 2 AND nrc.lateness_from(b) < p.latency
                                                   AND (b > 119 OR nrc.lateness_from(b + 1) > p.latency)), 0) AS uncertain
            FROM late l JOIN leg USING (leg) CROSS JOIN promise p
        ), said AS (
            SELECT t.*, p.*, CASE leg.leg WHEN 7 THEN 'occurred to available' WHEN 6 THEN 'captured to available' END AS of_leg,
                   CASE WHEN p.why IS NOT NULL THEN p.why
                        WHEN coalesce(p.latency, 0) = 0 THEN 'the contract promises no latency'
                        WHEN p.cadence IN ('days', 'daily', 'monthly') THEN 'the latency counts from when the data is due, not from the event'
                        WHEN t.known = 0 THEN 'of no event the time is known' END AS no
            FROM told t CROSS JOIN leg CROSS JOIN promise p
        )
        SELECT ROW('in time', CASE WHEN s.no IS NULL THEN nrc.quality_share(s.within, s.known) END,
                   CASE WHEN s.no IS NULL THEN s.within END, CASE WHEN s.no IS NULL THEN s.known END, s.no,
                   jsonb_strip_nulls(jsonb_build_object('leg', s.of_leg, 'latency_seconds', s.latency, 'contract', s.version,
                       'uncertain', s.uncertain, 'negative', s.negative, 'unknown', s.unknown)))::nrc.quality_part
        FROM said s
        UNION ALL
        SELECT nrc.quality_counted_part('regularity', f.judged - f.late, CASE WHEN f.why IS NULL THEN f.judged END, f.why,
                   jsonb_build_object('unit', 'seconds', 'late', f.late))
        FROM nrc.quality_fresh(w) f
        OFFSET 0) x (p);
END
$$;

-- It is a sign that somebody reviews the data and asks for it; it is no proof that the data is worth having.
CREATE FUNCTION nrc.quality_relevance(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        SELECT nrc.quality_counted_part('reviewed in time', (r.due >= r.today)::int, (r.due IS NOT NULL)::int,
                   coalesce(nrc.quality_no_contract(c), 'the contract has no review date'),
                   jsonb_strip_nulls(jsonb_build_object('review_date', r.due, 'contract', c.version, 'holds', r.due >= r.today)))
        FROM nrc.quality_contract(w) c
        CROSS JOIN LATERAL (SELECT CASE WHEN nrc.quality_no_contract(c) IS NULL THEN (c.contract->>'review_date')::date END AS due,
                                   least(now(), w.until)::date AS today) r
        UNION ALL
        SELECT nrc.quality_counted_part('used', (u.accounts + u.subscriptions > 0)::int,
                   (u.accounts + u.subscriptions > 0 OR w.until >= now())::int, 'look-ups of that time are not kept any more',
                   jsonb_build_object('accounts', u.accounts, 'subscriptions', u.subscriptions, 'days', 90))
        FROM nrc.dataset d CROSS JOIN LATERAL (
            SELECT (SELECT count(DISTINCT s.account) FROM nrc.schema_use s JOIN nrc.subject_version v ON v.schema_id = s.schema_id
                    LEFT JOIN nrc.account a ON a.name = s.account
                    WHERE v.dataset_id = d.id AND s.day < w.until AND s.day >= w.until - interval '90 days'
                      AND a.agency_id IS DISTINCT FROM d.agency_id) AS accounts, -- its own agency's producers look up what they write
                   (SELECT count(*) FROM nrc.subscription s
                    WHERE (s.dataset_id = d.id OR s.dataset_id IS NULL AND s.agency_id = d.agency_id) AND s.created_at < w.until
                      AND (s.disabled_at IS NULL OR s.disabled_at > w.since)) AS subscriptions) u
        WHERE d.id = w.dataset_id
        OFFSET 0) x (p);
END
$$;

-- Numbers from the sequence's begin to the highest that was seen, as they are now.
CREATE FUNCTION nrc.quality_sequence(w nrc.quality_window, OUT here bigint, OUT total bigint, OUT why text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT x.* INTO here, total, why FROM (
        SELECT CASE WHEN y.why IS NULL THEN n.total - n.missing END, CASE WHEN y.why IS NULL THEN n.total END,
               coalesce(y.why, 'no number came yet')
        FROM nrc.quality_contract(w) c
        LEFT JOIN nrc.sequence s ON s.dataset_id = w.dataset_id
        CROSS JOIN LATERAL (SELECT CASE WHEN s.highest - coalesce(s.starts_at, s.lowest)::numeric < 9e18
                                        THEN (s.highest - coalesce(s.starts_at, s.lowest) + 1) END AS total,
                                   (SELECT coalesce(sum(g.to_number::numeric - g.from_number + 1), 0)::bigint FROM nrc.sequence_gap g
                                    WHERE g.dataset_id = w.dataset_id AND g.closed_at IS NULL) AS missing) n
        CROSS JOIN LATERAL (SELECT CASE
            WHEN nrc.quality_no_contract(c) IS NOT NULL THEN nrc.quality_no_contract(c)
            WHEN c.contract->>'sequence_field' IS NULL THEN 'the contract names no field that the source counts up'
            WHEN w.until < now() THEN 'gaps are told as they are now, not as they were'
            WHEN s.dataset_id IS NULL THEN 'no monitor has looked yet'
            WHEN s.state <> 'counting' THEN 'the numbers cannot be counted: nrc gaps says why'
            WHEN s.too_many_from IS NOT NULL THEN format('from %s on there are too many gaps to count', s.too_many_from) END AS why) y) x;
END
$$;

-- Statements of periods within this one that are judged.
CREATE FUNCTION nrc.quality_controls(w nrc.quality_window, OUT equal bigint, OUT judged bigint, OUT contradicted bigint,
                                     OUT stated bigint, OUT why text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    SELECT x.* INTO equal, judged, contradicted, stated, why FROM (
        SELECT count(*) FILTER (WHERE j.state = 'equal' AND j.replaced_by IS NULL),
               count(*) FILTER (WHERE j.state IN ('equal', 'different') AND j.replaced_by IS NULL),
               count(*) FILTER (WHERE j.state = 'contradicted'), count(*),
               CASE WHEN count(*) = 0 THEN 'the agency stated nothing of this time'
                    ELSE 'what the agency stated of this time is not judged yet' END
        FROM nrc.control_total t JOIN nrc.control_judgement j ON j.control_id = t.id
        WHERE t.dataset_id = w.dataset_id AND t.from_time >= w.since AND t.until_time <= w.until) x;
END
$$;

-- Fields that nobody requires are not asked for: an empty optional one is no fault.
CREATE FUNCTION nrc.quality_completeness(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        SELECT ROW('required ' || (p->>'path'), nrc.quality_share(f.good, f.total), f.good, f.total, f.why,
                   jsonb_strip_nulls(jsonb_build_object('path', p->>'path', 'contract', c.version, 'null', f.nulls,
                       'missing', f.missing, 'holds', f.good = f.total)))::nrc.quality_part
        FROM nrc.quality_contract(w) c CROSS JOIN LATERAL jsonb_array_elements(c.contract->'properties') p
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT k.ordinal) AS columns, coalesce(sum(u.n) FILTER (WHERE u.key / 65536 = 1), 0)::bigint AS nulls,
                   coalesce(sum(u.n) FILTER (WHERE u.key / 65536 = 2), 0)::bigint AS missing
            FROM nrc.dataset_column k
            LEFT JOIN unnest(w.keys, w.counts) u(key, n) ON u.key / 65536 IN (1, 2) AND u.key % 65536 = k.ordinal
            WHERE k.dataset_id = w.dataset_id AND k.field = substr(p->>'path', 2)) n
        CROSS JOIN LATERAL (SELECT w.applied + w.duplicate + w.stale - w.deletes AS total) t
        CROSS JOIN LATERAL (SELECT CASE WHEN p->>'path' !~ '^/[^/]+$' THEN 'values within values are not counted'
                                        WHEN n.columns = 0 THEN 'no structure has the field'
                                        WHEN t.total = 0 THEN 'no event was recorded' END AS why) y
        CROSS JOIN LATERAL (SELECT CASE WHEN y.why IS NULL THEN greatest(t.total - n.nulls - n.missing, 0) END AS good,
                                   CASE WHEN y.why IS NULL THEN t.total END AS total, y.why,
                                   CASE WHEN y.why IS NULL THEN n.nulls END AS nulls,
                                   CASE WHEN y.why IS NULL THEN n.missing END AS missing) f
        WHERE nrc.quality_no_contract(c) IS NULL AND (p->>'required')::boolean
        UNION ALL
        SELECT nrc.quality_counted_part('sequence', s.here, s.total, s.why,
                   jsonb_strip_nulls(jsonb_build_object('missing', s.total - s.here)))
        FROM nrc.quality_sequence(w) s
        UNION ALL
        SELECT nrc.quality_counted_part('control totals', t.equal, t.judged, t.why, '{}') FROM nrc.quality_controls(w) t
        OFFSET 0) x (p);
END
$$;

CREATE FUNCTION nrc.quality_structure_fitness(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        SELECT nrc.quality_counted_part('of a structure in force', s.came - s.bad, s.came, 'no event came',
                   jsonb_build_object('reasons', (SELECT coalesce(jsonb_object_agg(u.reason, u.n ORDER BY u.reason), '{}')
                       FROM unnest(w.reasons, w.reason_counts) u(reason, n)
                       WHERE nrc.quality_reasons(ARRAY[u.reason], ARRAY[u.n], 'structure') > 0)))
        FROM (SELECT w.received - w.exempt - w.replayed AS came, nrc.quality_reasons(w.reasons, w.reason_counts, 'structure') AS bad) s
        UNION ALL
        SELECT nrc.quality_counted_part('registered', (v.n > 0)::int, 1, NULL, jsonb_build_object('structures', v.n, 'holds', v.n > 0))
        FROM (SELECT count(*) AS n FROM nrc.subject_version s
              WHERE s.dataset_id = w.dataset_id AND s.part = 'value' AND s.decision = 'approved'
                AND s.active_from < least(w.until, now()) AND (s.retired_from IS NULL OR s.retired_from > least(w.until, now()))) v
        OFFSET 0) x (p);
END
$$;

CREATE FUNCTION nrc.quality_source_credibility(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        SELECT nrc.quality_counted_part('somebody answers', h.known::int, 1, NULL, jsonb_build_object('holds', h.known))
        FROM nrc.dataset d CROSS JOIN LATERAL (
            SELECT (nrc.head_on(nrc.answering_agency(d.agency_id), least(w.until, now())::date)).head IS NOT NULL AS known) h
        WHERE d.id = w.dataset_id
        UNION ALL
        SELECT nrc.quality_counted_part('days without unannounced change', t.days - v.days, t.days, 'the period has no day',
                   jsonb_build_object('violations', v.kinds, 'holds', v.days = 0))
        FROM (SELECT (least(w.until, now()) AT TIME ZONE 'UTC')::date - w.since::date + 1
                     - (least(w.until, now()) = date_trunc('day', least(w.until, now())))::int AS days) t
        CROSS JOIN (SELECT count(DISTINCT x.at::date)::int AS days, coalesce(jsonb_object_agg(x.kind, x.n), '{}') AS kinds
                    FROM (SELECT y.at, y.kind, count(*) OVER (PARTITION BY y.kind) AS n FROM nrc.violation y
                          WHERE y.dataset_id = w.dataset_id AND y.kind <> 'unregistered_data' AND y.at >= w.since AND y.at < w.until) x) v
        UNION ALL -- an agency that states two numbers of one period does not know which is right
        SELECT nrc.quality_counted_part('control totals', t.stated - t.contradicted, t.stated, 'the agency stated nothing of this time',
                   '{}') FROM nrc.quality_controls(w) t
        OFFSET 0) x (p);
END
$$;

-- Incidents of the way itself: a topic that cannot be read, a partition that is halted. One about events is in their dimension.
CREATE FUNCTION nrc.quality_flow_readiness(w nrc.quality_window) RETURNS SETOF nrc.quality_part
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT (x.p).* FROM (
        WITH d AS (
            SELECT s.topic, tstzrange(greatest(w.since, s.created_at), greatest(least(w.until, now()), w.since, s.created_at)) AS time,
                   EXISTS (SELECT FROM nrc.position p WHERE p.dataset_id = s.id AND p.created_at < w.until) AS is_read
            FROM nrc.dataset s WHERE s.id = w.dataset_id
        ), shut AS (
            SELECT i.id, i.kind, tstzrange(e.at, (SELECT min(c.at) FROM nrc.incident_event c
                                                  WHERE c.incident_id = i.id AND c.what = 'closed' AND c.at >= e.at)) AS time
            FROM nrc.incident i JOIN nrc.incident_event e ON e.incident_id = i.id AND e.what IN ('opened', 'reopened')
            WHERE i.dataset_id = w.dataset_id AND i.closes IN ('topic_read', 'partition_flows', 'partition_settled')
              AND e.at < w.until AND (i.closed_at IS NULL OR i.closed_at > w.since)
        ), seconds AS (
            SELECT floor(extract(epoch FROM upper(d.time) - lower(d.time)))::bigint AS total,
                   (SELECT coalesce(ceil(sum(extract(epoch FROM upper(r) - lower(r)))), 0)::bigint
                    FROM unnest((SELECT range_agg(s.time * d.time) FROM shut s)) r) AS shut,
                   (SELECT count(DISTINCT s.id) FROM shut s WHERE s.time && d.time) AS incidents FROM d
        )
        SELECT ROW('time open', CASE WHEN y.why IS NULL THEN nrc.quality_share(s.total - s.shut, s.total) END,
                   CASE WHEN y.why IS NULL THEN greatest(s.total - s.shut, 0) END, CASE WHEN y.why IS NULL THEN s.total END, y.why,
                   jsonb_build_object('unit', 'seconds', 'incidents', s.incidents))::nrc.quality_part
        FROM d CROSS JOIN seconds s CROSS JOIN LATERAL (
            SELECT CASE WHEN d.topic IS NULL THEN 'the dataset is declared without a stream'
                        WHEN s.total = 0 THEN 'the dataset was not there yet'
                        WHEN NOT d.is_read AND s.incidents = 0 THEN 'no engine has read its topic' END AS why) y
        UNION ALL
        SELECT nrc.quality_counted_part('partitions open', p.open, p.n,
                   CASE WHEN w.until < now() THEN 'which partitions were open then is not kept' ELSE 'no engine has read its topic' END,
                   jsonb_build_object('halted', p.n - p.open))
        FROM (SELECT count(*) FILTER (WHERE q.state = 'open') AS open, count(*) AS n FROM nrc.position q
              WHERE q.dataset_id = w.dataset_id AND q.replaced_at IS NULL AND w.until >= now()) p
        UNION ALL
        SELECT nrc.quality_counted_part('path and Center', f.judged - f.held_up, CASE WHEN f.why IS NULL THEN f.judged END, f.why,
                   jsonb_build_object('unit', 'seconds', 'held_up', f.held_up))
        FROM nrc.quality_fresh(w) f
        OFFSET 0) x (p);
END
$$;

-- ---- all of it ----

CREATE FUNCTION nrc.quality_parts(of_dataset int, w nrc.quality_window, with_duplicates boolean)
    RETURNS TABLE (dimension text, p nrc.quality_part)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
#variable_conflict use_column
DECLARE
    d nrc.dataset;
    c nrc.contract := nrc.quality_contract(w);
BEGIN
    SELECT * INTO d FROM nrc.dataset s WHERE s.id = of_dataset;
    IF d.retired_on < w.since::date THEN
        RETURN QUERY SELECT q.dimension, ROW('all', NULL, NULL, NULL, format('the dataset was retired on %s', d.retired_on), '{}')
            ::nrc.quality_part FROM nrc.quality_dimension q;
        RETURN;
    END IF;
    RETURN QUERY SELECT 'relevance', r FROM nrc.quality_relevance(w) r
        UNION ALL SELECT 'source_credibility', r FROM nrc.quality_source_credibility(w) r
        UNION ALL SELECT 'flow_readiness', r FROM nrc.quality_flow_readiness(w) r;
    IF d.exempt THEN
        RETURN QUERY SELECT q.dimension, ROW('all', NULL, NULL, NULL,
            'the dataset is exempt: its events are counted, and nothing else is said of them (NRL-2)', '{}')::nrc.quality_part
            FROM nrc.quality_dimension q WHERE q.dimension NOT IN ('relevance', 'source_credibility', 'flow_readiness');
        RETURN;
    END IF;
    RETURN QUERY SELECT 'accuracy', r FROM nrc.quality_accuracy(w) r
        UNION ALL SELECT 'validity', r FROM nrc.quality_validity(w) r
        UNION ALL SELECT 'consistency', r FROM nrc.quality_consistency(w) r
        UNION ALL SELECT 'timeliness', r FROM nrc.quality_timeliness(w) r
        UNION ALL SELECT 'completeness', r FROM nrc.quality_completeness(w) r
        UNION ALL SELECT 'structure_fitness', r FROM nrc.quality_structure_fitness(w) r;
    RETURN QUERY
        WITH rules AS MATERIALIZED (
            SELECT r.dimension, r.p FROM nrc.quality_contract_rules(w, with_duplicates) r
            UNION ALL SELECT 'validity', r FROM nrc.quality_structure_rules(w) r)
        SELECT r.dimension, r.p FROM rules r
        UNION ALL -- nothing was asked, so nothing is known
        SELECT q.dimension, ROW('rules', NULL, NULL, NULL, coalesce(nrc.quality_no_contract(c),
            format('the contract has no rule of %s', q.dimension)), '{}')::nrc.quality_part
        FROM nrc.quality_dimension q
        WHERE q.dimension IN ('accuracy', 'validity', 'consistency', 'completeness')
          AND NOT EXISTS (SELECT FROM rules r WHERE r.dimension = q.dimension);
END
$$;

-- A row for each part. of_dataset NULL: of every dataset that is not retired; of_agency NULL: whoever answers for it. by_day: each
-- day has rows of its own. state: of the dimension, measured, partly_measured, not_measured; is_broken: a promise was not kept.
CREATE FUNCTION nrc.quality(of_dataset text, of_agency text, since timestamptz, until timestamptz, by_day boolean,
                            with_duplicates boolean)
    RETURNS TABLE (dataset text, from_at timestamptz, until_at timestamptz, contract text, received bigint, n int, dimension text,
                   name_ar text, score numeric, state text, is_broken boolean, part text, part_score numeric, numerator bigint,
                   denominator bigint, why text, detail jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
    SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
    -- The last thirty days, today among them.
    first timestamptz := coalesce(quality.since, date_trunc('day', now()) - interval '29 days');
    ends timestamptz := least(coalesce(quality.until, now()), date_trunc('day', now()) + interval '1 day');
BEGIN
    IF first >= ends THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'the period ends before it begins';
    END IF;
    IF by_day AND ends - first > interval '100 days' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'at most 100 days at once';
    END IF;
    RETURN QUERY
    SELECT s.full_name, (s.w).since, (s.w).until, (nrc.quality_contract(s.w)).version, (s.w).received, q.n, q.dimension, q.name_ar,
           min((p.p).score) OVER of_dimension,
           CASE WHEN count((p.p).score) OVER of_dimension = 0 THEN 'not_measured'
                WHEN count((p.p).score) OVER of_dimension < count(*) OVER of_dimension THEN 'partly_measured' ELSE 'measured' END,
           coalesce(bool_or((p.p).detail->'holds' = 'false') OVER of_dimension, false),
           (p.p).part, (p.p).score, (p.p).numerator, (p.p).denominator, (p.p).why, (p.p).detail
    FROM (SELECT a.code || '.' || d.name AS full_name, d.id, nrc.quality_window(d.id, t.f, t.u) AS w
          FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
          CROSS JOIN LATERAL (
              SELECT greatest(x, first) AS f, least(x + interval '1 day', ends) AS u
              FROM generate_series(date_trunc('day', first), ends - interval '1 microsecond', interval '1 day') x WHERE by_day
              UNION ALL SELECT first, ends WHERE NOT by_day) t
          WHERE CASE WHEN of_dataset IS NULL THEN d.retired_on IS NULL ELSE a.code || '.' || d.name = of_dataset END
            AND (of_agency IS NULL OR a.code = of_agency OR nrc.answering_code(a.id) = of_agency)
          OFFSET 0) s
    CROSS JOIN LATERAL nrc.quality_parts(s.id, s.w, with_duplicates) p
    JOIN nrc.quality_dimension q ON q.dimension = p.dimension
    WINDOW of_dimension AS (PARTITION BY s.full_name, (s.w).since, q.n)
    ORDER BY s.full_name, (s.w).since, q.n, (p.p).score NULLS LAST, (p.p).part;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.quality(text, text, timestamptz, timestamptz, boolean, boolean) TO nrc_monitor, nrc_registry;
