-- SPDX-License-Identifier: Apache-2.0
-- What a browser with the monitor's page open is told: not what has changed, only that something has.

SET LOCAL ROLE nrc_owner;

-- Those that somebody worked on: few.
CREATE INDEX quarantine_changed ON nrc.quarantine (changed_at) WHERE changed_at IS NOT NULL;

-- A point in time as clients give it back in changed_since. NULL: nothing was there yet.
CREATE FUNCTION nrc.page_cursor(at timestamptz) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT to_char(coalesce(at, 'epoch') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- One row for the Center (agency NULL) and one for each of `agencies`, of what that agency answers for and of nothing else. A text
-- is another one when something has changed. Of cases that many batches record at once, one with a smaller number may be seen
-- later: so they are counted, too.
CREATE FUNCTION nrc.page_cursors(agencies text[])
    RETURNS TABLE (agency text, sources text, incidents text, quarantine text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH reader AS (SELECT NULL::text AS code UNION ALL SELECT DISTINCT u.code FROM unnest(agencies) u(code)),
         answers AS MATERIALIZED (SELECT a.id, nrc.answering_code(a.id) AS code FROM nrc.agency a
                                  WHERE cardinality(agencies) > 0),
         moved AS (
             SELECT d.id AS dataset_id, f.at AS source_at, NULL::timestamptz AS incident_at, 0::bigint AS case_id, 0::bigint AS cases,
                    NULL::timestamptz AS worked_at
             FROM nrc.dataset d, LATERAL (SELECT max(c.at) AS at FROM nrc.freshness_change c WHERE c.dataset_id = d.id) f
             UNION ALL
             SELECT n.dataset_id, NULL, max(n.changed_at), 0, 0, NULL
             FROM (SELECT i.dataset_id, i.changed_at FROM nrc.incident i ORDER BY i.changed_at DESC LIMIT 1000) n GROUP BY 1
             UNION ALL
             SELECT q.dataset_id, NULL, NULL, max(q.id), count(*), NULL FROM nrc.quarantine q
             WHERE q.id > (SELECT s.last_value FROM nrc.quarantine_id s) - 5000 GROUP BY 1
             UNION ALL
             SELECT w.dataset_id, NULL, NULL, 0, 0, max(w.changed_at)
             FROM (SELECT q.dataset_id, q.changed_at FROM nrc.quarantine q WHERE q.changed_at IS NOT NULL
                   ORDER BY q.changed_at DESC LIMIT 1000) w GROUP BY 1)
    SELECT r.code, nrc.page_cursor(max(m.source_at)), nrc.page_cursor(max(m.incident_at)),
           concat_ws('.', coalesce(max(m.case_id), 0), coalesce(sum(m.cases), 0), extract(epoch FROM max(m.worked_at)))
    FROM reader r
    LEFT JOIN (moved m LEFT JOIN nrc.dataset d ON d.id = m.dataset_id LEFT JOIN answers w ON w.id = d.agency_id)
              ON r.code IS NULL OR w.code = r.code
    GROUP BY r.code
$$;
GRANT EXECUTE ON FUNCTION nrc.page_cursors(text[]) TO nrc_registry;
