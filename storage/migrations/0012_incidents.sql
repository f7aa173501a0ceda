-- SPDX-License-Identifier: Apache-2.0
-- Incidents: each opens, counts how often its cause was seen, and closes when the cause is gone.
--
-- The kinds, their owners and their endings are a table of the program (storage/catalogue/incident_table.h); a row's `closes`
-- is one of the endings below. A batch only inserts a sign, which waits for nothing; nrc.tend_incidents (each engine calls it
-- once a second; `nrc incident` too) makes incidents of the signs and closes those that have ended.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.incident (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text NOT NULL,
    closes       text NOT NULL,
    dataset_id   int,
    position_id  int,
    engine       text, -- an [ingest] instance, a subscription's name, or a topic's
    detail       text NOT NULL, -- of the last time; carries no value of an event
    opened_at    timestamptz NOT NULL DEFAULT now(),
    count        bigint NOT NULL, -- how often it was seen
    last_seen_at timestamptz NOT NULL,
    reopened     int NOT NULL DEFAULT 0,
    closed_at    timestamptz,
    closed_why   text,
    CHECK ((closed_at IS NULL) = (closed_why IS NULL))
);
CREATE UNIQUE INDEX incident_open_once ON nrc.incident (kind, dataset_id, position_id, engine) NULLS NOT DISTINCT
    WHERE closed_at IS NULL;
CREATE INDEX incident_cause ON nrc.incident (kind, dataset_id, position_id);

CREATE TABLE nrc.incident_event (
    incident_id bigint NOT NULL REFERENCES nrc.incident,
    at          timestamptz NOT NULL DEFAULT now(),
    what        text NOT NULL CHECK (what IN ('opened', 'reopened', 'closed', -- below: 0036_incident_work.sql
                                              'acknowledged', 'assigned', 'commented', 'explained', 'unexplained', 'escalated')),
    detail      text NOT NULL, -- of the first two what was wrong, of 'closed' why it ended, of the others what was said or done
    by_login    text           -- a person's account or login
);
CREATE INDEX incident_event_of ON nrc.incident_event (incident_id);

-- The events of one kind that a batch had in one dataset. Counted ones are kept for an hour if the kind counts over time.
CREATE TABLE nrc.incident_sign (
    at         timestamptz NOT NULL DEFAULT now(),
    kind       text NOT NULL,
    closes     text NOT NULL,
    dataset_id int NOT NULL,
    detail     text NOT NULL,
    seen       bigint NOT NULL,
    at_least   bigint NOT NULL, -- in an hour, before it is an incident
    folded     boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX incident_sign_new ON nrc.incident_sign (dataset_id) WHERE NOT folded;
CREATE INDEX incident_sign_kept ON nrc.incident_sign (kind, dataset_id, at) WHERE folded;

GRANT INSERT ON nrc.incident_sign TO nrc_ingest;
GRANT SELECT ON nrc.incident, nrc.incident_event TO nrc_monitor, nrc_steward;

-- Seen now: counted by the one that is open; else that of the last day is open again, with its history; else it is a new one.
CREATE FUNCTION nrc.see_incident(of_kind text, how_closes text, of_dataset int, of_position int, of_engine text,
                                 what text, times bigint, seen_at timestamptz) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident;
BEGIN
    -- Of two sessions that see the same cause at once, the second finds the incident of the first.
    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'nrc.incident', of_kind, of_dataset, '/', of_position,
                                                             '/', of_engine), 0));
    SELECT * INTO i FROM nrc.incident
    WHERE kind = of_kind AND dataset_id IS NOT DISTINCT FROM of_dataset
      AND position_id IS NOT DISTINCT FROM of_position AND engine IS NOT DISTINCT FROM of_engine
      AND (closed_at IS NULL OR closed_at > now() - interval '1 day')
    ORDER BY id DESC LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO nrc.incident (kind, closes, dataset_id, position_id, engine, detail, count, last_seen_at)
        VALUES (of_kind, how_closes, of_dataset, of_position, of_engine, what, times, seen_at) RETURNING * INTO i;
        INSERT INTO nrc.incident_event (incident_id, what, detail) VALUES (i.id, 'opened', what);
        RETURN i.id;
    END IF;
    IF i.closed_at IS NOT NULL THEN
        INSERT INTO nrc.incident_event (incident_id, what, detail) VALUES (i.id, 'reopened', what);
    END IF;
    UPDATE nrc.incident
    SET closes = how_closes, detail = what, count = count + times, last_seen_at = greatest(last_seen_at, seen_at),
        reopened = reopened + (closed_at IS NOT NULL)::int, closed_at = NULL, closed_why = NULL
    WHERE id = i.id;
    RETURN i.id;
END
$$;

-- Signs become incidents. A kind that counts over time becomes one when an hour holds enough of them.
CREATE FUNCTION nrc.fold_signs() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s record;
    in_an_hour bigint;
BEGIN
    FOR s IN
        WITH taken AS (DELETE FROM nrc.incident_sign WHERE NOT folded RETURNING *)
        SELECT kind, closes, dataset_id, max(detail) AS detail, sum(seen)::bigint AS seen, max(at) AS at,
               max(at_least) AS at_least
        FROM taken GROUP BY kind, closes, dataset_id ORDER BY kind, dataset_id
    LOOP
        in_an_hour := s.seen;
        IF s.at_least > 1 THEN
            INSERT INTO nrc.incident_sign (at, kind, closes, dataset_id, detail, seen, at_least, folded)
            VALUES (s.at, s.kind, s.closes, s.dataset_id, s.detail, s.seen, s.at_least, true);
            in_an_hour := nrc.seen_in_an_hour(s.kind, s.dataset_id);
        END IF;
        IF EXISTS (SELECT FROM nrc.incident WHERE kind = s.kind AND dataset_id = s.dataset_id AND closed_at IS NULL) THEN
            PERFORM nrc.see_incident(s.kind, s.closes, s.dataset_id, NULL, NULL, s.detail, s.seen, s.at);
        ELSIF in_an_hour >= s.at_least THEN
            PERFORM nrc.see_incident(s.kind, s.closes, s.dataset_id, NULL, NULL, s.detail, in_an_hour, s.at);
        END IF;
    END LOOP;
    DELETE FROM nrc.incident_sign WHERE folded AND at < now() - interval '1 hour';
END
$$;

CREATE FUNCTION nrc.seen_in_an_hour(of_kind text, of_dataset int) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(seen), 0)::bigint FROM nrc.incident_sign
    WHERE folded AND kind = of_kind AND dataset_id = of_dataset AND at > now() - interval '1 hour'
$$;

-- A cause that came back must stay away four times as long before its incident closes, or the incident would open and close
-- with each bad event among good ones.
CREATE FUNCTION nrc.incident_quiet(reopened int) RETURNS interval
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT least(interval '2 seconds' * 4 ^ least(reopened, 10), interval '1 hour')
$$;

-- The ending of an open incident, if it shows in the register; NULL: not ended yet.
CREATE FUNCTION nrc.incident_ending(i nrc.incident) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p nrc.position;
BEGIN
    IF i.dataset_id IS NOT NULL AND NOT EXISTS (SELECT FROM nrc.dataset WHERE id = i.dataset_id) THEN
        RETURN 'gone';
    END IF;
    IF i.last_seen_at > now() - nrc.incident_quiet(i.reopened) THEN
        RETURN NULL;
    END IF;
    SELECT * INTO p FROM nrc.position WHERE id = i.position_id;
    IF i.position_id IS NOT NULL AND (p.id IS NULL OR p.replaced_at IS NOT NULL) THEN
        RETURN 'gone';
    END IF;
    RETURN CASE i.closes
        WHEN 'good_event' THEN
            (SELECT i.closes WHERE EXISTS (SELECT FROM nrc.position WHERE dataset_id = i.dataset_id
                                           AND replaced_at IS NULL AND good_at >= i.last_seen_at))
        WHEN 'topic_read' THEN
            (SELECT i.closes WHERE EXISTS (SELECT FROM nrc.position WHERE dataset_id = i.dataset_id
                                           AND replaced_at IS NULL
                                           AND greatest(claimed_at, updated_at) > i.last_seen_at))
        WHEN 'partition_flows' THEN -- one that was never claimed has no number yet
            (SELECT i.closes WHERE EXISTS (SELECT FROM nrc.position WHERE dataset_id = i.dataset_id
                                           AND id = coalesce(i.position_id, id) AND replaced_at IS NULL
                                           AND state = 'open' AND greatest(claimed_at, updated_at) > i.last_seen_at))
        WHEN 'partition_settled' THEN
            (SELECT i.closes WHERE p.claimed_at < now() - interval '10 minutes'
                               AND i.last_seen_at < now() - interval '10 minutes')
        WHEN 'refusals_subside' THEN
            (SELECT i.closes WHERE nrc.seen_in_an_hour(i.kind, i.dataset_id) < coalesce(
                (SELECT max(at_least) FROM nrc.incident_sign WHERE folded AND kind = i.kind
                    AND dataset_id = i.dataset_id), 1))
    END;
END
$$;

CREATE FUNCTION nrc.end_incident(of_id bigint, why text, detail text, by_login text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    WITH ended AS (UPDATE nrc.incident SET closed_at = now(), closed_why = why
                   WHERE id = of_id AND closed_at IS NULL RETURNING id)
    INSERT INTO nrc.incident_event (incident_id, what, detail, by_login)
    SELECT id, 'closed', coalesce(detail, why), by_login FROM ended
$$;

-- Only one session at a time does this. Nearly always there is nothing to do, and that costs two reads of small indexes.
CREATE FUNCTION nrc.tend_incidents() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM nrc.incident_sign WHERE NOT folded)
       AND NOT EXISTS (SELECT FROM nrc.incident WHERE closed_at IS NULL) THEN
        RETURN;
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('nrc.tend_incidents', 0)) THEN
        RETURN;
    END IF;
    PERFORM nrc.fold_signs();
    PERFORM nrc.end_incident(i.id, e.why, NULL, NULL)
    FROM nrc.incident i, LATERAL nrc.incident_ending(i) e(why)
    WHERE i.closed_at IS NULL AND e.why IS NOT NULL;
    PERFORM nrc.link_incidents(); -- 0036_incident_work.sql
END
$$;

-- Of what only an engine knows: that it runs, that Kafka answers it, that leaves were made, that a partition which has
-- nothing to take could take it. What is halted ends by its resumption alone.
CREATE FUNCTION nrc.end_incidents(how_closes text, of_engine text, of_position int) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nrc.end_incident(id, how_closes, NULL, NULL) FROM nrc.incident
    WHERE closed_at IS NULL AND closes = how_closes AND engine IS NOT DISTINCT FROM of_engine
      AND position_id IS NOT DISTINCT FROM of_position
      AND NOT EXISTS (SELECT FROM nrc.position p WHERE p.id = of_position AND p.state = 'halted')
$$;

-- A steward's word. A partition that is halted is opened by another command, which then closes this.
CREATE FUNCTION nrc.close_incident(of_id bigint, reason text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident := nrc.incident_for_change(of_id, NULL); -- 0036_incident_work.sql
    p nrc.position;
BEGIN
    PERFORM nrc.refuse_closed(i);
    SELECT * INTO p FROM nrc.position WHERE id = i.position_id AND state = 'halted' AND replaced_at IS NULL;
    IF FOUND AND i.kind = p.halt_kind THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('incident %s says why partition %s of topic %s is'
            ' halted: nrc position resume opens that, and closes this', of_id, p.partition, p.topic);
    END IF;
    UPDATE nrc.incident SET closed_at = now(), closed_why = 'person' WHERE id = of_id;
    PERFORM nrc.record_incident_act(i, 'closed', reason, nrc.actor());
END
$$;

GRANT EXECUTE ON FUNCTION nrc.see_incident(text, text, int, int, text, text, bigint, timestamptz),
    nrc.end_incidents(text, text, int) TO nrc_ingest;
GRANT EXECUTE ON FUNCTION nrc.tend_incidents() TO nrc_ingest, nrc_monitor, nrc_steward;
GRANT EXECUTE ON FUNCTION nrc.close_incident(bigint, text) TO nrc_steward;
