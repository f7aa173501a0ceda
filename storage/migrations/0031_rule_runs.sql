-- SPDX-License-Identifier: Apache-2.0
-- Proves the counts of rules (0021): those of one structure are looked at for the same events, and none for more than came.

SET LOCAL ROLE nrc_owner;

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
