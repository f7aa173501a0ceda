-- SPDX-License-Identifier: Apache-2.0
-- What a browser with the monitor's page open is told: not what has changed, only that something has.

SET LOCAL ROLE nrc_owner;

-- Those that somebody worked on: few.
CREATE INDEX quarantine_changed ON nrc.quarantine (changed_at) WHERE changed_at IS NOT NULL;

-- One row for the Center (agency NULL) and one for each of `agencies`, of what that agency answers for and of nothing else. A text
-- is another one when something has changed. Of cases that many batches record at once, one with a smaller number may be seen
-- later: so they are counted, too. Those of sources and incidents are in the form that their lists have, and take in changed_since.
CREATE FUNCTION nrc.page_cursors(agencies text[])
    RETURNS TABLE (agency text, sources text, incidents text, quarantine text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH reader AS (SELECT NULL::text AS code UNION ALL SELECT DISTINCT u.code FROM unnest(agencies) u(code)),
         answers AS MATERIALIZED (SELECT a.id, nrc.answering_code(a.id) AS code FROM nrc.agency a
                                  WHERE cardinality(agencies) > 0),
         moved AS (
             SELECT s.dataset_id, s.changed_at AS source_at, NULL::timestamptz AS incident_at, 0::bigint AS case_id, 0::bigint AS cases,
                    NULL::timestamptz AS worked_at
             FROM nrc.source_status s
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
    SELECT r.code, coalesce((extract(epoch FROM max(m.source_at)) * 1000000)::bigint, 0)::text,
           to_char(coalesce(max(m.incident_at), 'epoch') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           concat_ws('.', coalesce(max(m.case_id), 0), coalesce(sum(m.cases), 0), extract(epoch FROM max(m.worked_at)))
    FROM reader r
    LEFT JOIN (moved m LEFT JOIN nrc.dataset d ON d.id = m.dataset_id LEFT JOIN answers w ON w.id = d.agency_id)
              ON r.code IS NULL OR w.code = r.code
    GROUP BY r.code
$$;
GRANT EXECUTE ON FUNCTION nrc.page_cursors(text[]) TO nrc_registry;
