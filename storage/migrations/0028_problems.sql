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

-- Whatever is wrong now: about: the rule, the reference or the period, as an incident names it.
CREATE FUNCTION nrc.quality_problems() RETURNS TABLE (kind text, dataset_id int, about text, detail text, times bigint)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'rule_warned', p.* FROM nrc.rules_warned() p
$$;

-- How many problems there are.
CREATE FUNCTION nrc.tend_quality() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p record;
    found int := 0;
BEGIN
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
