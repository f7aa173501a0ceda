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
