-- SPDX-License-Identifier: Apache-2.0
-- What people are told, by mail or by an Alertmanager, where programs are sent the notification itself
-- (0016_notifications.sql): the names of what it is about, in both languages.

SET LOCAL ROLE nrc_owner;

-- {type_name, type_name_ar, kind, dataset, title, title_ar, agency, agency_name, agency_name_ar, datasets, topic, partition, closed_why, incidents, began_at}; a
-- member is absent where there is nothing to say. dataset, title: of the only one that it is about. incidents: how many are told as one. began_at: of an incident, when
-- it opened or opened again. Names of the catalogue alone: no value of an event, no free text, no person.
CREATE FUNCTION nrc.notification_about(n nrc.notification) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'type_name', t.name, 'type_name_ar', t.name_ar, 'kind', n.data->>'kind',
        'dataset', d.dataset, 'title', d.title, 'title_ar', d.title_ar,
        'agency', a.code, 'agency_name', a.name, 'agency_name_ar', a.name_ar,
        'datasets', (SELECT string_agg(v, ', ') FROM jsonb_array_elements_text(n.data->'datasets') e(v)),
        'topic', n.data->>'topic', 'partition', n.data->>'partition', 'closed_why', n.data->>'closed_why',
        'incidents', n.data->>'incidents',
        'began_at', to_char((CASE n.type WHEN 'incident.opened' THEN n.at
                             WHEN 'incident.closed' THEN (SELECT max(o.at) FROM nrc.notification o WHERE o.object = n.object
                                                          AND o.type = 'incident.opened' AND o.id < n.id) END)
                            AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
    FROM nrc.notification_type t
    LEFT JOIN nrc.agency a ON a.id = n.agency_id
    LEFT JOIN LATERAL (SELECT g.code || '.' || s.name AS dataset, s.title, s.title_ar
                       FROM nrc.dataset s JOIN nrc.agency g ON g.id = s.agency_id
                       WHERE s.id = n.dataset_ids[1] AND cardinality(n.dataset_ids) = 1) d ON true
    WHERE t.type = n.type
$$;

-- The incidents that a notification tells of, each as it is now: an Alertmanager knows each by itself, and groups them as it likes.
-- So a mass of them that is told as one is resolved one by one.
CREATE FUNCTION nrc.incidents_of_notification(of_id bigint)
    RETURNS TABLE (id bigint, kind text, dataset text, agency text, began_at timestamptz, closed_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.id, i.kind, g.code || '.' || d.name, a.code, i.began_at, i.closed_at
    FROM nrc.incident i
    LEFT JOIN nrc.dataset d ON d.id = i.dataset_id
    LEFT JOIN nrc.agency g ON g.id = d.agency_id
    LEFT JOIN nrc.agency a ON a.id = nrc.agency_of_incident(i)
    WHERE i.id IN (SELECT t.incident_id FROM nrc.incident_told t WHERE t.notification_id = of_id
                   UNION ALL SELECT substr(n.object, 10)::bigint FROM nrc.notification n
                   WHERE n.id = of_id AND n.object LIKE 'incident/%')
    ORDER BY i.id LIMIT 5000
$$;
GRANT EXECUTE ON FUNCTION nrc.incidents_of_notification(bigint) TO nrc_relay;
