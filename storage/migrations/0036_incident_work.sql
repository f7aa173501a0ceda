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
    severity int NOT NULL CHECK (severity BETWEEN 1 AND 3),
    owner    text NOT NULL -- as incident_table.h has it
);
INSERT INTO nrc.incident_kind
SELECT k.kind, k.severity, o.owner FROM (VALUES
    ('unknown_structure', 2), ('other_subject', 2), ('foreign_structure', 2), ('not_yet_active', 1), ('structure_rejected', 2),
    ('structure_retired', 2), ('bad_frame', 2), ('refusals', 3), ('topic_missing', 2), ('topic_forbidden', 2),
    ('partitions_added', 1), ('gap', 3), ('topic_replaced', 3), ('unreadable', 3), ('register_refused', 3), ('register_sql', 3),
    ('dataset_failed', 3), ('partition_waits', 2), ('transaction_open', 2), ('fenced_often', 2), ('kafka_trouble', 3),
    ('instance_fenced', 2), ('engine_failed', 3), ('leaves_not_made', 3), ('subscription_dead', 2), ('late', 2), ('rule_warned', 1),
    ('metric_missed', 1), ('sequence_broken', 2), ('control_differs', 2), ('control_refused', 1), ('reference_broken', 2),
    ('topic_not_told', 2), ('rejects_not_told', 2), ('engine_gone', 3), ('engine_retries', 3), ('register_away', 3), ('register_full', 3),
    ('register_full_soon', 2)) k(kind, severity)
JOIN (VALUES
    ('dataset', '{unknown_structure,other_subject,foreign_structure,not_yet_active,structure_rejected,structure_retired,bad_frame,refusals,
                  topic_missing,topic_forbidden,partitions_added,late}'::text[]),
    ('partition', '{gap,topic_replaced,unreadable,register_refused,register_sql,dataset_failed,partition_waits,transaction_open,
                    fenced_often}'),
    ('engine', '{kafka_trouble,instance_fenced,engine_failed,engine_gone,engine_retries}'),
    ('register', '{leaves_not_made,register_away,register_full,register_full_soon}'),
    ('subscription', '{subscription_dead}'),
    ('rule', '{rule_warned,metric_missed,sequence_broken,control_differs,reference_broken}'),
    ('topic', '{control_refused,topic_not_told,rejects_not_told}')) o(owner, kinds) ON k.kind = ANY (o.kinds);

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

-- A dataset's or a partition's incident is its agency's; that of the topic <agency>.control, too. NULL: the Center's own.
CREATE FUNCTION nrc.agency_of_incident(i nrc.incident) RETURNS int
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT agency_id FROM nrc.dataset WHERE id = i.dataset_id),
                    CASE WHEN i.kind = 'control_refused' THEN (SELECT id FROM nrc.agency WHERE code || '.control' = i.engine) END)
$$;
GRANT EXECUTE ON FUNCTION nrc.incident_severity(text), nrc.incident_state(nrc.incident), nrc.agency_of_incident(nrc.incident) TO nrc_monitor, nrc_registry, nrc_steward;

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
    WHERE o.id = of_id AND (by_agency IS NULL OR by_agency = nrc.answering_code(nrc.agency_of_incident(o))) FOR UPDATE;
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
    VALUES ('incident.' || done, 'incident/' || i.id, nrc.agency_of_incident(i),
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

-- An open incident of the cause explains one of the kind if they have that in common; engine: the other is of the cause's engine
-- too, or of a partition that this has, or of a dataset of which it has one. kind '*': every kind that does not explain everything itself.
CREATE TABLE nrc.incident_explains (
    cause text NOT NULL,
    kind  text NOT NULL,
    by    text NOT NULL CHECK (by IN ('dataset', 'engine', 'any')),
    PRIMARY KEY (cause, kind)
);
INSERT INTO nrc.incident_explains
SELECT c, k, by FROM (VALUES
    ('{gap,topic_replaced,unreadable,register_refused,register_sql,dataset_failed,partition_waits,transaction_open,topic_missing,
       topic_forbidden}'::text[], '{late}'::text[], 'dataset'),
    ('{kafka_trouble}', '{late,partition_waits,transaction_open,unreadable,topic_missing,engine_retries}', 'engine'),
    ('{kafka_trouble}', '{topic_not_told,rejects_not_told}', 'any'),
    ('{engine_failed,instance_fenced}', '{late,partition_waits,engine_gone}', 'engine'),
    ('{engine_gone,engine_retries}', '{late,partition_waits}', 'engine'),
    ('{register_away,register_full}', '{*}', 'any')) v(causes, kinds, by), unnest(causes) c, unnest(kinds) k
WHERE c IN (SELECT kind FROM nrc.incident_kind) AND (k = '*' OR k IN (SELECT kind FROM nrc.incident_kind));

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

-- told_in: what told that it is open; NULL: nobody was told, or its end was told too.
ALTER TABLE nrc.incident ADD COLUMN told_in bigint REFERENCES nrc.notification;
UPDATE nrc.incident i SET told_in = (SELECT max(n.id) FROM nrc.notification n WHERE n.object = 'incident/' || i.id)
WHERE i.closed_at IS NULL;

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
        WHERE NEW.told_in IS NOT NULL OR EXISTS (SELECT FROM nrc.incident_news n WHERE n.incident_id = NEW.id AND n.what = 'opened')
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
              WHEN 'engine' THEN c.engine = i.engine OR EXISTS ( -- an owner is an engine's lane
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
    FOR l IN SELECT i.id, i.told_in, i.caused_by FROM nrc.incident i
             WHERE i.closed_at IS NULL AND i.caused_by IS NOT NULL AND nrc.stands_alone(i) ORDER BY i.id
    LOOP
        UPDATE nrc.incident SET caused_by = NULL WHERE id = l.id;
        INSERT INTO nrc.incident_event (incident_id, what, detail) VALUES (l.id, 'unexplained', format('incident %s explains it no more', l.caused_by));
        INSERT INTO nrc.incident_news SELECT l.id, 'opened', now() + p.linger WHERE l.told_in IS NULL ON CONFLICT DO NOTHING;
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

-- Also of a dataset that was removed meanwhile: the agency that was told of the begin is told of the end.
CREATE FUNCTION nrc.agency_to_tell(i nrc.incident) RETURNS int
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(nrc.agency_of_incident(i), (
        SELECT n.agency_id FROM nrc.incident_told t JOIN nrc.notification n ON n.id = t.notification_id
        WHERE t.incident_id = i.id AND n.agency_id IS NOT NULL ORDER BY n.id DESC LIMIT 1))
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
    SELECT of_id, nrc.notify_of('incident.' || of_what, 'incident/' || of_id, nrc.agency_to_tell(i), i.dataset_id, NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('kind', i.kind, 'severity', nrc.incident_severity(i.kind),
            'closed_why', CASE WHEN of_what = 'closed' THEN i.closed_why END,
            'topic', coalesce((SELECT topic FROM nrc.position WHERE id = i.position_id), CASE i.kind WHEN 'control_refused' THEN i.engine END),
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
    parts CONSTANT int := (SELECT count(DISTINCT coalesce(nrc.agency_to_tell(i), 0)) FROM nrc.incident i WHERE i.id = ANY (ids));
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
        SELECT nrc.agency_to_tell(i) AS agency_id, array_agg(i.id ORDER BY i.id) AS own,
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
        PERFORM nrc.tell_head(min(i.id), count(*)::int) FROM nrc.incident i
        WHERE i.id = ANY (ids) AND of_what = 'opened' GROUP BY nrc.agency_of_incident(i);
        UPDATE nrc.incident_mass SET last_at = now() WHERE kind = of_kind AND what = of_what;
    ELSE
        PERFORM nrc.tell_incident(v, of_what) FROM unnest(ids) WITH ORDINALITY e(v, n) ORDER BY n;
        PERFORM nrc.tell_head(v, 1) FROM unnest(ids) WITH ORDINALITY e(v, n) WHERE of_what = 'opened' ORDER BY n;
    END IF;
    -- The widest notification is the oldest.
    UPDATE nrc.incident i SET told_in = CASE WHEN of_what = 'opened' THEN (
        SELECT min(t.notification_id) FROM nrc.incident_told t JOIN nrc.notification n ON n.id = t.notification_id
        WHERE t.incident_id = i.id AND n.at = now() AND n.type = 'incident.opened') END
    WHERE i.id = ANY (ids);
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
    told int := nrc.tend_outages();
BEGIN
    IF NOT EXISTS (SELECT FROM nrc.incident_news WHERE due_at <= now())
       AND NOT EXISTS (SELECT FROM nrc.incident i JOIN nrc.incident c ON c.id = i.caused_by
                       WHERE i.closed_at IS NULL AND c.closed_at IS NOT NULL)
       OR NOT pg_try_advisory_xact_lock(hashtextextended('nrc.tend_incidents', 0)) THEN
        RETURN told;
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

-- ---- who is called ----

-- Whom a problem that nobody acknowledges is told to, in order. An agency's list is for what it can mend itself; behind it, and for all
-- else, comes the Center's. Hours are of the Center's zone, whatever zone the register or a person's screen has.
CREATE TABLE nrc.contact (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id       int REFERENCES nrc.agency, -- NULL: the Center
    ordinal         int NOT NULL CHECK (ordinal > 0), -- from 1, of those that are not removed
    name            text NOT NULL CHECK (name ~ '\S'),
    name_ar         text CHECK (name_ar ~ '\S'),
    subscription_id int NOT NULL REFERENCES nrc.subscription, -- the channel
    days            int[] CHECK (cardinality(days) BETWEEN 1 AND 7 AND days <@ '{1,2,3,4,5,6,7}'), -- 1 Monday; NULL: every day
    from_time       time,
    until_time      time CHECK (until_time <> from_time), -- before from_time: of the next day
    on_holidays     boolean NOT NULL, -- also on public holidays (0022_calendar.sql)
    is_always       boolean NOT NULL, -- when nobody's hours are now
    is_head         boolean NOT NULL, -- the head of the agency's division (NRL-9), who is told at once of what is urgent
    removed_at      timestamptz,
    CHECK ((from_time IS NULL) = (until_time IS NULL)),
    CHECK (NOT is_head OR agency_id IS NOT NULL)
);
CREATE INDEX contact_list ON nrc.contact (agency_id, ordinal) WHERE removed_at IS NULL;

-- after NULL: never. Each person on the list is called at most `rounds` times for one opening.
CREATE TABLE nrc.escalation_policy (
    severity int PRIMARY KEY CHECK (severity BETWEEN 1 AND 3),
    after    interval CHECK (after > '0'),
    rounds   int NOT NULL CHECK (rounds > 0)
);
INSERT INTO nrc.escalation_policy VALUES (1, NULL, 1), (2, '1 hour', 2), (3, '15 minutes', 3);

-- told_in: of those that it told, the first that nobody has acknowledged stands for all.
CREATE TABLE nrc.incident_escalation (
    told_in         bigint NOT NULL REFERENCES nrc.notification,
    contact_id      int NOT NULL REFERENCES nrc.contact,
    notification_id bigint PRIMARY KEY REFERENCES nrc.notification
);
CREATE INDEX incident_escalation_of ON nrc.incident_escalation (told_in);
GRANT SELECT ON nrc.contact, nrc.escalation_policy, nrc.incident_escalation TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.contact_works(k nrc.contact, day date) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (k.days IS NULL OR extract(isodow FROM day)::int = ANY (k.days))
       AND (k.on_holidays OR NOT EXISTS (SELECT FROM nrc.holiday h WHERE h.withdrawn_at IS NULL AND day BETWEEN h.first_day AND h.last_day))
$$;

-- Hours over midnight belong to the day on which they begin.
CREATE FUNCTION nrc.contact_is_on(k nrc.contact, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN k.from_time IS NULL THEN nrc.contact_works(k, l.t::date)
                WHEN k.from_time < k.until_time THEN l.t::time >= k.from_time AND l.t::time < k.until_time AND nrc.contact_works(k, l.t::date)
                ELSE l.t::time >= k.from_time AND nrc.contact_works(k, l.t::date)
                     OR l.t::time < k.until_time AND nrc.contact_works(k, l.t::date - 1) END
    FROM (SELECT at AT TIME ZONE 'Asia/Muscat') l(t)
$$;
GRANT EXECUTE ON FUNCTION nrc.contact_is_on(nrc.contact, timestamptz), nrc.contact_works(nrc.contact, date) TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.subscription_is_active(of_id int) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.disabled_at IS NULL AND nrc.account_usable(a) FROM nrc.subscription s JOIN nrc.account a ON a.id = s.account_id
    WHERE s.id = of_id
$$;

-- Whose turn it is: of those whose hours are now the one who was called least, in the list's order; if there is none, whoever is
-- marked always. NULL: nobody can be called now. What an agency cannot mend, and of no agency, is the Center's.
CREATE FUNCTION nrc.next_contact(of_told bigint, of_agency int, most_rounds int, at timestamptz) RETURNS nrc.contact
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH listed AS (
        SELECT k, nrc.contact_is_on(k, at) AS is_on, k.agency_id IS NULL AS is_center, k.ordinal, k.is_always,
               (SELECT count(*) FROM nrc.incident_escalation e WHERE e.told_in = of_told AND e.contact_id = k.id) AS calls
        FROM nrc.contact k
        WHERE k.removed_at IS NULL AND NOT k.is_head AND (k.agency_id IS NULL OR k.agency_id = of_agency)
          AND nrc.subscription_is_active(k.subscription_id))
    SELECT l.k FROM listed l
    WHERE l.calls < most_rounds AND (l.is_on OR l.is_always AND NOT EXISTS (SELECT FROM listed o WHERE o.is_on))
    ORDER BY l.calls, l.is_center, l.ordinal LIMIT 1
$$;

CREATE FUNCTION nrc.tell_contact(i nrc.incident, to_contact nrc.contact, more jsonb) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    told bigint;
BEGIN
    told := nrc.notify_of('incident.escalated', 'incident/' || i.id, nrc.agency_of_incident(i), i.dataset_id, NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('kind', i.kind, 'severity', nrc.incident_severity(i.kind), 'recipient',
            CASE WHEN to_contact.id IS NOT NULL
            THEN jsonb_build_object('name', to_contact.name, 'name_ar', to_contact.name_ar) END)) || more);
    INSERT INTO nrc.incident_told VALUES (i.id, told);
    INSERT INTO nrc.notification_direct SELECT told, to_contact.subscription_id WHERE to_contact.id IS NOT NULL;
    RETURN told;
END
$$;

-- Each of those told together that is open, was acknowledged by nobody and is explained by nothing: the first of them.
CREATE FUNCTION nrc.unacknowledged() RETURNS TABLE (told_in bigint, incident_id bigint, severity int, of_agency int, incidents bigint, called_at timestamptz)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.told_in, min(i.id), max(nrc.incident_severity(i.kind)),
           CASE WHEN bool_and(k.owner IN ('dataset', 'rule') OR k.kind = 'control_refused') AND count(DISTINCT a.id) = 1 THEN min(a.id) END,
           count(*),
           coalesce((SELECT max(n.at) FROM nrc.incident_escalation e JOIN nrc.notification n ON n.id = e.notification_id
                     WHERE e.told_in = i.told_in), (SELECT n.at FROM nrc.notification n WHERE n.id = i.told_in))
    FROM nrc.incident i LEFT JOIN nrc.incident_kind k ON k.kind = i.kind CROSS JOIN LATERAL nrc.agency_of_incident(i) a(id)
    WHERE i.closed_at IS NULL AND i.acknowledged_at IS NULL AND i.caused_by IS NULL AND i.told_in IS NOT NULL
    GROUP BY i.told_in ORDER BY i.told_in
$$;

-- One call at a time, and the next only after the pause: whoever was called first may be at it. When nobody can be called now, it is
-- looked at again, so that a night that nobody has is over when the morning's hours begin. Returns how many were called.
CREATE FUNCTION nrc.escalate_incidents() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    u record;
    i nrc.incident;
    k nrc.contact;
    called int := 0;
BEGIN
    FOR u IN SELECT o.*, p.rounds FROM nrc.unacknowledged() o JOIN nrc.escalation_policy p ON p.severity = o.severity
             WHERE o.called_at + p.after <= now()
    LOOP
        k := nrc.next_contact(u.told_in, u.of_agency, u.rounds, now());
        CONTINUE WHEN k.id IS NULL;
        SELECT * INTO i FROM nrc.incident WHERE id = u.incident_id FOR UPDATE;
        CONTINUE WHEN i.closed_at IS NOT NULL OR i.acknowledged_at IS NOT NULL; -- meanwhile
        INSERT INTO nrc.incident_escalation
        SELECT u.told_in, k.id, nrc.tell_contact(i, k, CASE WHEN u.incidents > 1 THEN jsonb_build_object('incidents', u.incidents) ELSE '{}' END);
        INSERT INTO nrc.incident_event (incident_id, what, detail) VALUES (i.id, 'escalated', 'to ' || k.name);
        UPDATE nrc.incident SET changed_at = clock_timestamp() WHERE id = i.id;
        called := called + 1;
    END LOOP;
    RETURN called;
END
$$;

-- The head of the agency's division is told at once of what is urgent in the agency's own datasets (NRL-9): on its channel, if it has
-- one, else on those of the agency's accounts.
CREATE FUNCTION nrc.tell_head(of_id bigint, incidents int) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    i nrc.incident;
    k nrc.contact;
    of_agency int;
BEGIN
    SELECT * INTO i FROM nrc.incident WHERE id = of_id;
    of_agency := nrc.agency_of_incident(i);
    IF of_agency IS NULL OR nrc.incident_severity(i.kind) < 3 THEN
        RETURN;
    END IF;
    SELECT * INTO k FROM nrc.contact o
    WHERE o.agency_id = of_agency AND o.is_head AND o.removed_at IS NULL AND nrc.subscription_is_active(o.subscription_id)
    ORDER BY o.ordinal LIMIT 1;
    PERFORM nrc.tell_contact(i, k, CASE WHEN incidents > 1 THEN jsonb_build_object('incidents', incidents) ELSE '{}' END
        || jsonb_strip_nulls(jsonb_build_object(CASE WHEN k.id IS NULL THEN 'agency_head' ELSE 'head' END,
            (SELECT jsonb_build_object('division', h.division, 'head', h.head) FROM nrc.head_on(of_agency, nrc.today()) h
             WHERE h.head IS NOT NULL))));
END
$$;

-- ---- changes of the list ----

CREATE FUNCTION nrc.contact_json(k nrc.contact) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('ordinal', k.ordinal, 'name', k.name, 'name_ar', k.name_ar,
        'subscription', (SELECT name FROM nrc.subscription WHERE id = k.subscription_id), 'days', to_jsonb(k.days),
        'from', to_char(k.from_time, 'HH24:MI'), 'until', to_char(k.until_time, 'HH24:MI'), 'on_holidays', k.on_holidays,
        'always', k.is_always, 'head', k.is_head))
$$;

-- The list of an agency (NULL: the Center's) in one order without gaps; of_id takes the place `wanted`.
CREATE FUNCTION nrc.order_contacts(of_agency int, of_id int, wanted int) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE nrc.contact k SET ordinal = o.place
    FROM (SELECT id, row_number() OVER (ORDER BY CASE WHEN id = of_id THEN 2 * wanted - 1 ELSE 2 * place END) AS place
          FROM (SELECT c.id, row_number() OVER (ORDER BY c.ordinal, c.id) AS place FROM nrc.contact c
                WHERE c.agency_id IS NOT DISTINCT FROM of_agency AND c.removed_at IS NULL AND c.id IS DISTINCT FROM of_id
                UNION ALL SELECT of_id, 0 WHERE of_id IS NOT NULL) p) o
    WHERE k.id = o.id AND k.ordinal <> o.place
$$;

-- given: {agency, name, name_ar, subscription | email and account, days, from, until, on_holidays, always, head}. A mailbox becomes a
-- subscription that wants nothing by itself but its test.
CREATE FUNCTION nrc.add_contact(given jsonb) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k nrc.contact;
    s nrc.subscription;
    owner_agency int;
    channel text := given->>'subscription';
BEGIN
    LOCK TABLE nrc.contact IN SHARE ROW EXCLUSIVE MODE; -- two at once: one after the other
    SELECT id INTO k.agency_id FROM nrc.agency WHERE code = given->>'agency';
    IF given->>'agency' IS NOT NULL AND k.agency_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no agency %s', given->>'agency');
    END IF;
    IF channel IS NULL THEN
        channel := 'contact-' || (SELECT coalesce(max(id), 0) + 1 FROM nrc.contact);
        PERFORM nrc.add_subscription(channel, given->>'account', 'mailto', 'mailto:' || (given->>'email'), NULL, NULL, NULL,
                                     '["subscription.test"]', NULL);
    END IF;
    SELECT o.* INTO s FROM nrc.subscription o WHERE o.name = channel AND o.disabled_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no subscription %s, or it is disabled', channel);
    END IF;
    -- An agency's problems are told to it and to the Center alone (NRL-1); the Center's list has the Center's people.
    SELECT a.agency_id INTO owner_agency FROM nrc.account a WHERE a.id = s.account_id;
    IF owner_agency IS NOT NULL AND owner_agency IS DISTINCT FROM k.agency_id THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('subscription %s is of another agency''s account', channel);
    END IF;
    INSERT INTO nrc.contact (agency_id, ordinal, name, name_ar, subscription_id, days, from_time, until_time, on_holidays, is_always, is_head)
    VALUES (k.agency_id, 1 + (SELECT count(*) FROM nrc.contact o WHERE o.agency_id IS NOT DISTINCT FROM k.agency_id AND o.removed_at IS NULL),
            given->>'name', given->>'name_ar', s.id,
            (SELECT array_agg(DISTINCT v::int ORDER BY v::int) FROM jsonb_array_elements_text(given->'days') e(v)),
            (given->>'from')::time, (given->>'until')::time, coalesce((given->>'on_holidays')::boolean, false),
            coalesce((given->>'always')::boolean, false), coalesce((given->>'head')::boolean, false)) RETURNING * INTO k;
    INSERT INTO nrc.audit (what, object, agency_id, after) VALUES ('contact.added', 'contact/' || k.id, k.agency_id, nrc.contact_json(k));
    RETURN k.id;
END
$$;

CREATE FUNCTION nrc.contact_for_change(of_id int) RETURNS nrc.contact
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k nrc.contact;
BEGIN
    LOCK TABLE nrc.contact IN SHARE ROW EXCLUSIVE MODE;
    SELECT * INTO k FROM nrc.contact WHERE id = of_id AND removed_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no contact %s', of_id);
    END IF;
    RETURN k;
END
$$;

CREATE FUNCTION nrc.remove_contact(of_id int, change_why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k nrc.contact := nrc.contact_for_change(of_id);
BEGIN
    UPDATE nrc.contact SET removed_at = now() WHERE id = of_id;
    PERFORM nrc.order_contacts(k.agency_id, NULL, NULL);
    INSERT INTO nrc.audit (what, object, agency_id, before, why)
    VALUES ('contact.removed', 'contact/' || of_id, k.agency_id, nrc.contact_json(k), change_why);
END
$$;

CREATE FUNCTION nrc.move_contact(of_id int, wanted int) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k nrc.contact := nrc.contact_for_change(of_id);
    moved nrc.contact;
BEGIN
    PERFORM nrc.order_contacts(k.agency_id, of_id, wanted);
    SELECT * INTO moved FROM nrc.contact WHERE id = of_id;
    INSERT INTO nrc.audit (what, object, agency_id, before, after)
    VALUES ('contact.moved', 'contact/' || of_id, k.agency_id, nrc.contact_json(k), nrc.contact_json(moved));
END
$$;
GRANT EXECUTE ON FUNCTION nrc.add_contact(jsonb), nrc.remove_contact(int, text), nrc.move_contact(int, int) TO nrc_registry;

-- ---- the Center's own outages ----

-- Planned by the Center, or seen: something urgent of an engine or the register that lasts. Agencies are told that it began and ended, and
-- nothing of what is wrong inside.
CREATE TABLE nrc.center_outage (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    is_planned boolean NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz CHECK (ends_at > starts_at), -- of a planned one as announced; of the other when it ended
    reason     text CHECK (reason ~ '\S'),
    reason_ar  text CHECK (reason_ar ~ '\S'),
    state      text NOT NULL CHECK (state IN ('announced', 'begun', 'ended', 'withdrawn')),
    CHECK (NOT is_planned OR (ends_at IS NOT NULL AND reason IS NOT NULL))
);
CREATE UNIQUE INDEX center_outage_seen ON nrc.center_outage ((true)) WHERE NOT is_planned AND state = 'begun';
GRANT SELECT ON nrc.center_outage TO nrc_monitor, nrc_registry;

ALTER TABLE nrc.telling_policy ADD COLUMN outage_after interval NOT NULL DEFAULT '10 minutes'; -- so long it lasts before it is one

CREATE FUNCTION nrc.tell_outage(o nrc.center_outage) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nrc.notify_of_datasets('center.outage', 'outage/' || o.id, NULL, '{}', NULL, CASE WHEN o.is_planned THEN o.starts_at END,
        jsonb_strip_nulls(jsonb_build_object('state', o.state, 'planned', o.is_planned, 'starts_at', o.starts_at, 'ends_at', o.ends_at,
            'reason', o.reason, 'reason_ar', o.reason_ar)))
$$;

-- What the clock and the incidents have done to it. One that comes back within the linger is the same.
CREATE FUNCTION nrc.tend_outages() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p nrc.telling_policy;
    o nrc.center_outage;
    since timestamptz;
    told int := 0;
BEGIN
    SELECT * INTO p FROM nrc.telling_policy;
    FOR o IN UPDATE nrc.center_outage SET state = CASE WHEN ends_at <= now() THEN 'ended' ELSE 'begun' END
             WHERE is_planned AND (state = 'announced' AND starts_at <= now() OR state = 'begun' AND ends_at <= now()) RETURNING *
    LOOP
        PERFORM nrc.tell_outage(o);
        told := told + 1;
    END LOOP;
    SELECT min(i.began_at) INTO since FROM nrc.incident i JOIN nrc.incident_kind k ON k.kind = i.kind
    WHERE i.closed_at IS NULL AND k.severity = 3 AND k.owner IN ('engine', 'register');
    SELECT * INTO o FROM nrc.center_outage WHERE NOT is_planned AND state = 'begun';
    IF o.id IS NULL AND since <= now() - p.outage_after THEN
        INSERT INTO nrc.center_outage (is_planned, starts_at, state) VALUES (false, since, 'begun') ON CONFLICT DO NOTHING RETURNING * INTO o;
    ELSIF o.id IS NOT NULL AND since IS NULL AND NOT EXISTS (
        SELECT FROM nrc.incident i JOIN nrc.incident_kind k ON k.kind = i.kind
        WHERE i.closed_at > now() - p.linger AND k.severity = 3 AND k.owner IN ('engine', 'register'))
    THEN
        UPDATE nrc.center_outage SET state = 'ended', ends_at = greatest(starts_at + interval '1 ms', (
            SELECT max(i.closed_at) FROM nrc.incident i JOIN nrc.incident_kind k ON k.kind = i.kind
            WHERE k.severity = 3 AND k.owner IN ('engine', 'register'))) WHERE id = o.id AND state = 'begun' RETURNING * INTO o;
    ELSE
        RETURN told;
    END IF;
    IF o.id IS NOT NULL THEN
        PERFORM nrc.tell_outage(o);
        told := told + 1;
    END IF;
    RETURN told;
END
$$;

CREATE FUNCTION nrc.announce_outage(from_time timestamptz, until_time timestamptz, why text, why_ar text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o nrc.center_outage;
BEGIN
    IF until_time <= from_time OR until_time <= now() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an outage that is announced ends after it begins, and is not over yet';
    END IF;
    INSERT INTO nrc.center_outage (is_planned, starts_at, ends_at, reason, reason_ar, state)
    VALUES (true, from_time, until_time, why, why_ar, 'announced') RETURNING * INTO o;
    INSERT INTO nrc.audit (what, object, after, why) VALUES ('outage.announced', 'outage/' || o.id, to_jsonb(o), why);
    PERFORM nrc.tell_outage(o);
    RETURN o.id;
END
$$;

CREATE FUNCTION nrc.withdraw_outage(of_id bigint, change_why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    o nrc.center_outage;
BEGIN
    UPDATE nrc.center_outage SET state = 'withdrawn' WHERE id = of_id AND is_planned AND state IN ('announced', 'begun') RETURNING * INTO o;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no announced outage %s that is still to come or in force', of_id);
    END IF;
    INSERT INTO nrc.audit (what, object, after, why) VALUES ('outage.withdrawn', 'outage/' || o.id, to_jsonb(o), change_why);
    PERFORM nrc.tell_outage(o);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.announce_outage(timestamptz, timestamptz, text, text), nrc.withdraw_outage(bigint, text) TO nrc_registry;
