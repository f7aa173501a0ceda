-- SPDX-License-Identifier: Apache-2.0
-- The work on incidents: a person acknowledges one, it is given to somebody, people write what they found, and it is closed.
-- Each act is in its history and in the audit trail, in the name of who did it.
--
-- caused_by: what explains an incident is told instead of it, and it is shown under its cause. Nothing is lost: an incident that is
-- explained opens, counts and closes like any other, and is told when its cause ends and it does not.

SET LOCAL ROLE nrc_owner;

-- As storage/catalogue/incident_words.h has it: 1 look, 2 act, 3 act now. A kind that is not here is of a newer program: 2.
CREATE TABLE nrc.incident_kind (
    kind     text PRIMARY KEY,
    severity int NOT NULL CHECK (severity BETWEEN 1 AND 3)
);
INSERT INTO nrc.incident_kind VALUES
    ('unknown_structure', 2), ('other_subject', 2), ('foreign_structure', 2), ('not_yet_active', 1), ('structure_rejected', 2),
    ('structure_retired', 2), ('bad_frame', 2), ('refusals', 3), ('topic_missing', 2), ('topic_forbidden', 2),
    ('partitions_added', 1), ('gap', 3), ('topic_replaced', 3), ('unreadable', 3), ('register_refused', 3), ('register_sql', 3),
    ('dataset_failed', 3), ('partition_waits', 2), ('transaction_open', 2), ('fenced_often', 2), ('kafka_trouble', 3),
    ('instance_fenced', 2), ('engine_failed', 3), ('leaves_not_made', 3), ('subscription_dead', 2), ('late', 2), ('rule_warned', 1),
    ('metric_missed', 1), ('sequence_broken', 2), ('control_differs', 2), ('control_refused', 1), ('reference_broken', 2),
    ('topic_not_told', 2), ('rejects_not_told', 2);

CREATE FUNCTION nrc.incident_severity(of_kind text) RETURNS int
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT severity FROM nrc.incident_kind WHERE kind = of_kind), 2)
$$;

ALTER TABLE nrc.incident
    ADD COLUMN began_at        timestamptz NOT NULL DEFAULT now(), -- when it opened, or opened again
    ADD COLUMN changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(), -- whatever a reader sees of it
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN acknowledged_by text, -- an account's name, or a person at the Center by a command
    ADD COLUMN assigned_to     text, -- an account's name
    ADD COLUMN caused_by       bigint REFERENCES nrc.incident,
    ADD CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    ADD CHECK (caused_by <> id);
UPDATE nrc.incident SET began_at = opened_at;
CREATE INDEX incident_changed ON nrc.incident (changed_at);
CREATE INDEX incident_causes ON nrc.incident (caused_by) WHERE caused_by IS NOT NULL;

GRANT SELECT ON nrc.incident_kind TO nrc_monitor, nrc_registry, nrc_steward;
GRANT SELECT ON nrc.incident, nrc.incident_event TO nrc_registry;

CREATE FUNCTION nrc.incident_state(i nrc.incident) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN i.closed_at IS NOT NULL THEN 'closed' WHEN i.acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'open' END
$$;
GRANT EXECUTE ON FUNCTION nrc.incident_severity(text), nrc.incident_state(nrc.incident) TO nrc_monitor, nrc_registry, nrc_steward;

-- One that opens again is nobody's yet: who acknowledged it saw it end.
CREATE FUNCTION nrc.on_incident_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    NEW.changed_at := clock_timestamp();
    IF OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL THEN
        NEW.began_at := now();
        NEW.acknowledged_at := NULL;
        NEW.acknowledged_by := NULL;
        NEW.caused_by := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER changed BEFORE UPDATE ON nrc.incident FOR EACH ROW EXECUTE FUNCTION nrc.on_incident_changed();

-- ---- what people do ----

CREATE FUNCTION nrc.incident_json(i nrc.incident) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('kind', i.kind, 'state', nrc.incident_state(i), 'assigned_to', i.assigned_to,
               'acknowledged_by', i.acknowledged_by, 'closed_why', i.closed_why))
$$;

-- The incident, its row locked. by_agency NULL: the Center; another agency's is not there.
CREATE FUNCTION nrc.incident_for_change(of_id bigint, by_agency text) RETURNS nrc.incident
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident;
BEGIN
    SELECT o.* INTO i FROM nrc.incident o
    WHERE o.id = of_id AND (by_agency IS NULL OR by_agency = (SELECT nrc.answering_code(d.agency_id) FROM nrc.dataset d
                                                             WHERE d.id = o.dataset_id)) FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no incident %s', of_id);
    END IF;
    RETURN i;
END
$$;

CREATE FUNCTION nrc.refuse_closed(i nrc.incident) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF i.closed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('incident %s was closed at %s', i.id,
            to_char(i.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'));
    END IF;
END
$$;

-- In whose name it is done. by_account NULL: who the session acts for.
CREATE FUNCTION nrc.acting_account(by_account text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF by_account IS NULL THEN
        RETURN nrc.actor();
    END IF;
    IF NOT EXISTS (SELECT FROM nrc.account a WHERE a.name = by_account AND nrc.account_usable(a)) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02',
            MESSAGE = format('there is no account %s, or it is disabled or past its last day', by_account);
    END IF;
    RETURN by_account;
END
$$;

-- The act in the history and in the trail. done: 'acknowledged'.
CREATE FUNCTION nrc.record_incident_act(old nrc.incident, done text, what_said text, who text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident;
BEGIN
    SELECT * INTO i FROM nrc.incident WHERE id = old.id;
    INSERT INTO nrc.incident_event (incident_id, what, detail, by_login) VALUES (i.id, done, coalesce(what_said, ''), who);
    INSERT INTO nrc.audit (what, object, agency_id, before, after, why)
    VALUES ('incident.' || done, 'incident/' || i.id, (SELECT agency_id FROM nrc.dataset WHERE id = i.dataset_id),
            nrc.incident_json(old), nrc.incident_json(i), what_said);
END
$$;

CREATE FUNCTION nrc.acknowledge_incident(of_id bigint, why text, by_agency text, by_account text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident := nrc.incident_for_change(of_id, by_agency);
    who text := nrc.acting_account(by_account);
BEGIN
    PERFORM nrc.refuse_closed(i);
    IF i.acknowledged_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('incident %s was acknowledged by %s at %s', of_id,
            i.acknowledged_by, to_char(i.acknowledged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'));
    END IF;
    UPDATE nrc.incident SET acknowledged_at = now(), acknowledged_by = who WHERE id = of_id;
    PERFORM nrc.record_incident_act(i, 'acknowledged', why, who);
END
$$;

-- whom NULL: to nobody.
CREATE FUNCTION nrc.assign_incident(of_id bigint, whom text, why text, by_account text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident := nrc.incident_for_change(of_id, NULL);
    who text := nrc.acting_account(by_account);
BEGIN
    PERFORM nrc.refuse_closed(i);
    IF i.assigned_to IS NOT DISTINCT FROM whom THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('incident %s is assigned to %s already', of_id, coalesce(whom, 'nobody'));
    END IF;
    UPDATE nrc.incident SET assigned_to = CASE WHEN whom IS NOT NULL THEN nrc.acting_account(whom) END WHERE id = of_id;
    PERFORM nrc.record_incident_act(i, 'assigned', concat_ws(': ', coalesce(whom, 'nobody'), why), who);
END
$$;

-- Also of one that is closed: what was found out afterwards.
CREATE FUNCTION nrc.comment_incident(of_id bigint, what_said text, by_agency text, by_account text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident := nrc.incident_for_change(of_id, by_agency);
    who text := nrc.acting_account(by_account);
BEGIN
    UPDATE nrc.incident SET changed_at = clock_timestamp() WHERE id = of_id;
    PERFORM nrc.record_incident_act(i, 'commented', what_said, who);
END
$$;

GRANT EXECUTE ON FUNCTION nrc.acknowledge_incident(bigint, text, text, text), nrc.assign_incident(bigint, text, text, text),
    nrc.comment_incident(bigint, text, text, text), nrc.close_incident(bigint, text), nrc.tend_incidents() TO nrc_registry;

-- ---- what explains what ----

-- An open incident of the cause explains one of the kind if they have that in common; engine: the cause's engine has the other's
-- partition, or one of its dataset. kind '*': every kind that does not explain everything itself.
CREATE TABLE nrc.incident_explains (
    cause text NOT NULL,
    kind  text NOT NULL,
    by    text NOT NULL CHECK (by IN ('dataset', 'engine', 'any')),
    PRIMARY KEY (cause, kind)
);
INSERT INTO nrc.incident_explains
SELECT c, 'late', 'dataset' FROM unnest('{gap,topic_replaced,unreadable,register_refused,register_sql,dataset_failed,partition_waits,
                                         transaction_open,topic_missing,topic_forbidden}'::text[]) e(c)
UNION ALL SELECT 'kafka_trouble', k, 'engine' FROM unnest('{late,partition_waits,transaction_open,unreadable,topic_missing}'::text[]) e(k)
UNION ALL SELECT 'kafka_trouble', k, 'any' FROM unnest('{topic_not_told,rejects_not_told}'::text[]) e(k)
UNION ALL SELECT c, k, 'engine' FROM unnest('{engine_failed,instance_fenced}'::text[]) e(c), unnest('{late,partition_waits}'::text[]) f(k);

-- One row.
CREATE TABLE nrc.telling_policy (
    is_only     boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    grace       interval NOT NULL DEFAULT '15 seconds', -- what something may explain waits so long for a cause that shows later
    linger      interval NOT NULL DEFAULT '3 minutes',  -- what was explained is told so long after its cause has ended
    apart       interval NOT NULL DEFAULT '10 minutes', -- a cause may begin so much later than what it explains
    mass_from   int NOT NULL DEFAULT 6 CHECK (mass_from > 1), -- so many of a kind within mass_within are told as one
    mass_within interval NOT NULL DEFAULT '1 minute'
);
INSERT INTO nrc.telling_policy DEFAULT VALUES;
GRANT SELECT ON nrc.incident_explains, nrc.telling_policy TO nrc_monitor, nrc_registry;

-- What is to be told of an incident. 'opened' of one that is explained is taken away.
CREATE TABLE nrc.incident_news (
    incident_id bigint NOT NULL REFERENCES nrc.incident,
    what        text NOT NULL CHECK (what IN ('opened', 'closed')),
    due_at      timestamptz NOT NULL,
    PRIMARY KEY (incident_id, what)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Which notification told of which incident: one of a mass tells of many.
CREATE TABLE nrc.incident_told (
    incident_id     bigint NOT NULL REFERENCES nrc.incident,
    notification_id bigint NOT NULL REFERENCES nrc.notification,
    PRIMARY KEY (incident_id, notification_id)
);
GRANT SELECT ON nrc.incident_told, nrc.incident_news TO nrc_monitor, nrc_registry;

-- How many of a kind were told since.
CREATE TABLE nrc.incident_mass (
    kind    text,
    what    text,
    since   timestamptz NOT NULL,
    told    int NOT NULL,
    last_at timestamptz, -- when many were told as one
    PRIMARY KEY (kind, what)
);

-- told_open: those who are told believe that it is open.
ALTER TABLE nrc.incident ADD COLUMN told_open boolean NOT NULL DEFAULT false;
UPDATE nrc.incident SET told_open = closed_at IS NULL;

-- Given one that opens and closes before it is told, or comes back before its end is told: nothing is said, for nobody would know
-- more. What nothing explains is told at once, and then its end is told too.
CREATE FUNCTION nrc.on_incident_news() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    may_be_explained CONSTANT boolean := EXISTS (SELECT FROM nrc.incident_explains WHERE kind = NEW.kind);
BEGIN
    IF NEW.closed_at IS NULL THEN
        DELETE FROM nrc.incident_news WHERE incident_id = NEW.id AND what = 'closed';
        IF NOT FOUND THEN
            INSERT INTO nrc.incident_news
            SELECT NEW.id, 'opened', now() + CASE WHEN may_be_explained THEN p.grace ELSE '0' END FROM nrc.telling_policy p
            ON CONFLICT DO NOTHING;
        END IF;
    ELSE
        IF may_be_explained THEN
            DELETE FROM nrc.incident_news WHERE incident_id = NEW.id AND what = 'opened';
        END IF;
        INSERT INTO nrc.incident_news SELECT NEW.id, 'closed', now()
        WHERE NEW.told_open OR EXISTS (SELECT FROM nrc.incident_news n WHERE n.incident_id = NEW.id AND n.what = 'opened')
        ON CONFLICT DO NOTHING;
    END IF;
    PERFORM pg_notify('nrc_notification', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER notified AFTER INSERT ON nrc.incident FOR EACH ROW EXECUTE FUNCTION nrc.on_incident_news();
-- What is only counted again tells nothing new.
CREATE TRIGGER notified_again AFTER UPDATE ON nrc.incident FOR EACH ROW
    WHEN ((OLD.closed_at IS NULL) <> (NEW.closed_at IS NULL)) EXECUTE FUNCTION nrc.on_incident_news();

CREATE FUNCTION nrc.explains(c nrc.incident, i nrc.incident) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM nrc.incident_explains e
        WHERE e.cause = c.kind
          AND (e.kind = i.kind OR e.kind = '*' AND NOT EXISTS (SELECT FROM nrc.incident_explains o WHERE o.cause = i.kind AND o.kind = '*'))
          AND CASE e.by
              WHEN 'any' THEN true
              WHEN 'dataset' THEN c.dataset_id = i.dataset_id
              WHEN 'engine' THEN EXISTS ( -- an owner is an engine's lane
                  SELECT FROM nrc.position p
                  WHERE p.replaced_at IS NULL AND p.dataset_id = i.dataset_id AND p.id = coalesce(i.position_id, p.id)
                    AND regexp_replace(p.owner, '-[0-9]+$', '') = c.engine) END)
$$;

-- Whether what explained it does so no more: it ended, or another engine has what it had.
CREATE FUNCTION nrc.stands_alone(i nrc.incident) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.caused_by IS NOT NULL AND NOT EXISTS (SELECT FROM nrc.incident c WHERE c.id = i.caused_by AND c.closed_at IS NULL
                                                                              AND nrc.explains(c, i))
$$;

-- Causes are found and lost. Only under the lock of nrc.tend_incidents: of those who close incidents none waits for two rows.
CREATE FUNCTION nrc.link_incidents() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p nrc.telling_policy;
    l record;
BEGIN
    SELECT * INTO p FROM nrc.telling_policy;
    FOR l IN SELECT i.id, i.told_open, i.caused_by FROM nrc.incident i
             WHERE i.closed_at IS NULL AND i.caused_by IS NOT NULL AND nrc.stands_alone(i) ORDER BY i.id
    LOOP
        UPDATE nrc.incident SET caused_by = NULL WHERE id = l.id;
        INSERT INTO nrc.incident_event (incident_id, what, detail) VALUES (l.id, 'unexplained', format('incident %s explains it no more', l.caused_by));
        INSERT INTO nrc.incident_news SELECT l.id, 'opened', now() + p.linger WHERE NOT l.told_open ON CONFLICT DO NOTHING;
    END LOOP;
    FOR l IN
        SELECT DISTINCT ON (i.id) i.id, c.id AS cause, c.kind
        FROM nrc.incident c
        JOIN nrc.incident i ON i.closed_at IS NULL AND i.caused_by IS NULL AND i.id <> c.id
            AND c.began_at <= i.began_at + p.apart AND (c.dataset_id IS NULL OR c.dataset_id = i.dataset_id)
        WHERE c.closed_at IS NULL AND c.kind IN (SELECT e.cause FROM nrc.incident_explains e) AND nrc.explains(c, i)
        ORDER BY i.id, c.dataset_id NULLS FIRST, c.id -- the wider cause
    LOOP
        UPDATE nrc.incident SET caused_by = l.cause WHERE id = l.id;
        UPDATE nrc.incident SET changed_at = clock_timestamp() WHERE id = l.cause;
        INSERT INTO nrc.incident_event (incident_id, what, detail) VALUES (l.id, 'explained', format('incident %s explains it: %s', l.cause, l.kind));
        DELETE FROM nrc.incident_news WHERE incident_id = l.id AND what = 'opened';
    END LOOP;
END
$$;

-- ---- telling ----

CREATE FUNCTION nrc.agency_of_incident(i nrc.incident) RETURNS int
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT agency_id FROM nrc.dataset WHERE id = i.dataset_id
$$;

-- Without the incident's detail, which may quote what a server said.
CREATE FUNCTION nrc.tell_incident(of_id bigint, of_what text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident;
BEGIN
    SELECT * INTO i FROM nrc.incident WHERE id = of_id;
    INSERT INTO nrc.incident_told
    SELECT of_id, nrc.notify_of('incident.' || of_what, 'incident/' || of_id, nrc.agency_of_incident(i), i.dataset_id, NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('kind', i.kind, 'severity', nrc.incident_severity(i.kind),
            'closed_why', CASE WHEN of_what = 'closed' THEN i.closed_why END,
            'topic', (SELECT topic FROM nrc.position WHERE id = i.position_id),
            'partition', (SELECT partition FROM nrc.position WHERE id = i.position_id),
            'reopened', nullif(i.reopened, 0))));
END
$$;

-- Many of a kind as one, with their number. If they are of more than one agency, each agency is told of its own besides.
CREATE FUNCTION nrc.tell_mass(of_kind text, of_what text, ids bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part record;
    parts CONSTANT int := (SELECT count(DISTINCT coalesce(nrc.agency_of_incident(i), 0)) FROM nrc.incident i WHERE i.id = ANY (ids));
    data CONSTANT jsonb := jsonb_build_object('kind', of_kind, 'severity', nrc.incident_severity(of_kind));
    wider bigint;
    told bigint;
BEGIN
    IF parts > 1 THEN
        wider := nrc.notify_of_datasets('incident.' || of_what, 'incident/' || ids[1], NULL, '{}', NULL, NULL,
                                        data || jsonb_build_object('incidents', cardinality(ids)));
        INSERT INTO nrc.incident_told SELECT v, wider FROM unnest(ids) e(v);
    END IF;
    FOR part IN
        SELECT nrc.agency_of_incident(i) AS agency_id, array_agg(i.id ORDER BY i.id) AS own,
               array_agg(DISTINCT i.dataset_id) FILTER (WHERE i.dataset_id IS NOT NULL) AS datasets
        FROM nrc.incident i WHERE i.id = ANY (ids) GROUP BY 1 ORDER BY 1
    LOOP
        CONTINUE WHEN parts > 1 AND part.agency_id IS NULL;
        told := nrc.notify_of_datasets('incident.' || of_what, 'incident/' || part.own[1], part.agency_id, part.datasets, NULL, NULL,
                                       data || jsonb_build_object('incidents', cardinality(part.own)), wider);
        INSERT INTO nrc.incident_told SELECT v, told FROM unnest(part.own) e(v);
    END LOOP;
END
$$;

-- Of one kind, those that are due. Returns how many were told.
CREATE FUNCTION nrc.tell_kind(of_kind text, of_what text, ids bigint[]) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p nrc.telling_policy;
    m nrc.incident_mass;
    many CONSTANT int := cardinality(ids);
    wait_until timestamptz;
BEGIN
    SELECT * INTO p FROM nrc.telling_policy;
    INSERT INTO nrc.incident_mass AS o VALUES (of_kind, of_what, now(), 0, NULL)
    ON CONFLICT (kind, what) DO UPDATE
    SET told = CASE WHEN o.since <= now() - p.mass_within THEN 0 ELSE o.told END,
        since = CASE WHEN o.since <= now() - p.mass_within THEN now() ELSE o.since END RETURNING * INTO m;
    -- Behind a mass, and behind those that made one together, the next are gathered.
    wait_until := CASE WHEN m.last_at > now() - p.mass_within THEN m.last_at + p.mass_within
                       WHEN many < p.mass_from AND m.told + many >= p.mass_from THEN m.since + p.mass_within END;
    IF wait_until IS NOT NULL THEN
        UPDATE nrc.incident_news SET due_at = wait_until WHERE incident_id = ANY (ids) AND what = of_what;
        RETURN 0;
    END IF;
    IF many >= p.mass_from THEN
        PERFORM nrc.tell_mass(of_kind, of_what, ids);
        UPDATE nrc.incident_mass SET last_at = now() WHERE kind = of_kind AND what = of_what;
    ELSE
        PERFORM nrc.tell_incident(v, of_what) FROM unnest(ids) WITH ORDINALITY e(v, n) ORDER BY n;
    END IF;
    UPDATE nrc.incident SET told_open = of_what = 'opened' WHERE id = ANY (ids);
    DELETE FROM nrc.incident_news WHERE incident_id = ANY (ids) AND what = of_what;
    UPDATE nrc.incident_mass SET told = told + many WHERE kind = of_kind AND what = of_what;
    RETURN many;
END
$$;

-- A relay calls this with each fan-out. What is explained was taken away before; what is no longer, is due some time later.
CREATE FUNCTION nrc.tell_incidents() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k record;
    told int := 0;
BEGIN
    IF NOT EXISTS (SELECT FROM nrc.incident_news WHERE due_at <= now())
       AND NOT EXISTS (SELECT FROM nrc.incident i JOIN nrc.incident c ON c.id = i.caused_by
                       WHERE i.closed_at IS NULL AND c.closed_at IS NOT NULL) THEN
        RETURN 0;
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('nrc.tend_incidents', 0)) THEN
        RETURN 0;
    END IF;
    PERFORM nrc.link_incidents();
    FOR k IN
        SELECT i.kind, array_agg(i.id ORDER BY i.id) AS ids
        FROM nrc.incident_news n JOIN nrc.incident i ON i.id = n.incident_id
        WHERE n.what = 'opened' AND n.due_at <= now() GROUP BY i.kind ORDER BY min(i.id)
    LOOP
        told := told + nrc.tell_kind(k.kind, 'opened', k.ids);
    END LOOP;
    FOR k IN -- none before its begin
        SELECT i.kind, array_agg(i.id ORDER BY i.id) AS ids
        FROM nrc.incident_news n JOIN nrc.incident i ON i.id = n.incident_id
        WHERE n.what = 'closed' AND n.due_at <= now()
          AND NOT EXISTS (SELECT FROM nrc.incident_news o WHERE o.incident_id = i.id AND o.what = 'opened')
        GROUP BY i.kind ORDER BY min(i.id)
    LOOP
        told := told + nrc.tell_kind(k.kind, 'closed', k.ids);
    END LOOP;
    RETURN told;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.tell_incidents() TO nrc_relay;
