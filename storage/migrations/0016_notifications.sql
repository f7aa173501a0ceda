-- SPDX-License-Identifier: Apache-2.0
-- Notifications: what the Center tells those who depend on its structures. nrc.notification is the outbox: triggers write a
-- row in the transaction of its cause, so that no way of changing leaves it out and none is told of what was rolled back.
-- `nrc relay` (ops/relay) fans each row out to the subscriptions that want it and delivers it, at least once, in order; and to
-- the Kafka topics that relays publish to.
--
-- A batch has no part in this. It writes signs (0012_incidents.sql), and the notification comes with the incident that
-- nrc.tend_incidents makes of them, in that other transaction: so a batch pays nothing, and NOTIFY, which locks the whole
-- database through COMMIT, is never in one.
--
-- No row carries a value of an event: an incident's detail, a notice's reason and means are read at the URI, with one's own
-- rights.
--
-- Locks are taken in this order: the cause's rows, rows of nrc.subscription_queue by id, rows of nrc.subscription,
-- deliveries; rows of nrc.topic by id. A subscription's state changes only under the lock of its row in the queue.

SET LOCAL ROLE nrc_owner;

GRANT USAGE ON SCHEMA nrc TO nrc_relay;
GRANT SELECT ON nrc.migration TO nrc_relay;

-- confined: only the Center and the agency that it is about are told.
-- asks: a person is asked to acknowledge it before it takes effect.
CREATE TABLE nrc.notification_type (
    type     text PRIMARY KEY CHECK (type ~ '^[a-z]+[.][a-z]+$'),
    name     text NOT NULL,
    name_ar  text NOT NULL,
    confined boolean NOT NULL DEFAULT false,
    asks     boolean NOT NULL DEFAULT false
);
INSERT INTO nrc.notification_type VALUES
    ('structure.requested', 'A structure was submitted for approval', 'طلب اعتماد بنية بيانات', false, true),
    ('structure.approved', 'A structure was approved', 'اعتماد بنية بيانات', false, true),
    ('structure.rejected', 'A structure was rejected', 'رفض بنية بيانات', false, false),
    ('structure.active', 'A structure is in force', 'سريان بنية بيانات', false, false),
    ('structure.retired', 'A structure was retired', 'إنهاء العمل ببنية بيانات', false, false),
    ('structure.deleted', 'A structure was deleted', 'حذف بنية بيانات', false, false),
    ('structure.escalated', 'A change is near and was not acknowledged', 'تصعيد: تغيير وشيك لم يُقرّ بالعلم به', false, false),
    ('violation.recorded', 'A change came without notice', 'تسجيل مخالفة', true, false),
    ('notice.filed', 'An agency announced a change', 'إخطار من جهة', false, false),
    ('notice.amended', 'A notice was amended', 'تعديل إخطار', false, false),
    ('notice.withdrawn', 'A notice was withdrawn', 'سحب إخطار', false, false),
    ('incident.opened', 'A problem began', 'فتح بلاغ عن خلل', true, false),
    ('incident.closed', 'A problem ended', 'إغلاق بلاغ عن خلل', true, false),
    ('incident.escalated', 'A problem that somebody must know of', 'تصعيد بلاغ عن خلل', true, false),
    ('center.outage', 'The Center cannot take data, or could not', 'انقطاع خدمة المركز', false, false),
    ('subscription.test', 'A test of a subscription', 'اختبار اشتراك', true, false);

CREATE TABLE nrc.notification (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid         uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), -- goes out as the event's id, the same at each attempt
    at           timestamptz NOT NULL DEFAULT now(),
    type         text NOT NULL REFERENCES nrc.notification_type,
    object       text NOT NULL CHECK (object ~ '^[a-z_]+/'), -- 'notice/12', 'structure/moh.births-value/3'
    agency_id    int REFERENCES nrc.agency,
    dataset_ids  int[] NOT NULL, -- no foreign key: what was told stays when a dataset is removed
    class        text CHECK (class IN ('safe', 'review', 'breaking')),
    effective_at timestamptz,
    data         jsonb NOT NULL, -- what changed, in short
    also_in      bigint REFERENCES nrc.notification -- a wider one, for those who ask for no agency or dataset; NULL: none
);
CREATE INDEX notification_object ON nrc.notification (object, id);
CREATE INDEX notification_at ON nrc.notification (at);
CREATE INDEX notification_asking ON nrc.notification (effective_at) WHERE class IN ('review', 'breaking');
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.notification
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE DELETE, TRUNCATE ON nrc.notification FROM nrc_owner; -- foreign keys lock its rows, which needs UPDATE

-- Those not fanned out yet. Given two transactions, the first takes id 7 and the second id 8, and the second commits first:
-- a reader that remembers the last id it saw passes 8 and never sees 7. Here 7 appears when its transaction commits, and
-- stays until a fan-out takes it away. One that was caused by another still comes after it: its cause was committed, and so
-- had its id, before.
CREATE TABLE nrc.notification_new (
    notification_id bigint PRIMARY KEY REFERENCES nrc.notification
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- ---- writing one ----

-- of_class, of_effective NULL: it has none.
CREATE FUNCTION nrc.notify_of_datasets(of_type text, of_object text, of_agency int, of_datasets int[], of_class text,
                                       of_effective timestamptz, of_data jsonb, wider bigint DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    names CONSTANT jsonb := (SELECT jsonb_agg(a.code || '.' || d.name ORDER BY a.code, d.name)
                             FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE d.id = ANY (of_datasets));
    agency CONSTANT jsonb := jsonb_strip_nulls(jsonb_build_object('agency', (SELECT code FROM nrc.agency
                                                                             WHERE id = of_agency)));
    told jsonb := agency || jsonb_strip_nulls(jsonb_build_object('datasets', names)) || coalesce(of_data, '{}');
    new_id bigint;
BEGIN
    -- A message stays small, and no cause fails for the length of what is told of it: the whole is read at the URI.
    IF octet_length(told::text) > 4000 THEN
        told := agency || jsonb_build_object('shortened', true)
                || CASE WHEN octet_length(of_data::text) < 2000 THEN of_data ELSE '{}' END;
    END IF;
    INSERT INTO nrc.notification (type, object, agency_id, dataset_ids, class, effective_at, data, also_in)
    VALUES (of_type, of_object, of_agency, coalesce(of_datasets, '{}'), of_class, of_effective, told, wider)
    RETURNING id INTO new_id;
    INSERT INTO nrc.notification_new VALUES (new_id);
    PERFORM pg_notify('nrc_notification', '');
    RETURN new_id;
END
$$;

-- For the triggers of every cause. of_dataset NULL: about no dataset.
CREATE FUNCTION nrc.notify_of(of_type text, of_object text, of_agency int, of_dataset int, of_class text,
                              of_effective timestamptz, of_data jsonb) RETURNS bigint
    LANGUAGE sql
RETURN nrc.notify_of_datasets(of_type, of_object, of_agency, array_remove(ARRAY[of_dataset], NULL), of_class, of_effective,
                              of_data);

-- Deferred, because the datasets of a notice are rows that come after its own.
CREATE FUNCTION nrc.on_notice_notified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.notify_of_datasets(
        CASE WHEN TG_OP = 'INSERT' THEN 'notice.filed'
             WHEN NEW.withdrawn_at IS NOT NULL AND OLD.withdrawn_at IS NULL THEN 'notice.withdrawn'
             ELSE 'notice.amended' END,
        'notice/' || NEW.id, NEW.agency_id,
        ARRAY(SELECT dataset_id FROM nrc.notice_dataset WHERE notice_id = NEW.id ORDER BY dataset_id), NULL, NEW.starts_at,
        jsonb_strip_nulls(jsonb_build_object('kind', NEW.kind, 'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at)));
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER notified AFTER INSERT OR UPDATE ON nrc.notice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nrc.on_notice_notified();

-- Incidents: 0036_incident_work.sql.

-- A version that waits for people is told of by its request, and one whose time is still to come when that has come
-- (nrc.tell_moments).
CREATE FUNCTION nrc.tell_structure(of_type text, v nrc.subject_version) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.notify_of(of_type, concat('structure/', v.subject, '/', v.version),
        (SELECT agency_id FROM nrc.dataset WHERE id = v.dataset_id), v.dataset_id,
        (SELECT r.class FROM nrc.structure_request r
         WHERE r.subject = v.subject AND r.schema_id = v.schema_id ORDER BY r.id DESC LIMIT 1), NULL,
        jsonb_build_object('subject', v.subject, 'version', v.version, 'schema_id', v.schema_id));
END
$$;

CREATE FUNCTION nrc.on_structure_notified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was text := CASE WHEN TG_OP = 'UPDATE' THEN nrc.structure_state(OLD) END;
    is_now text := nrc.structure_state(NEW);
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        IF TG_OP = 'INSERT' OR OLD.deleted_at IS NULL THEN
            PERFORM nrc.tell_structure('structure.deleted', NEW);
        END IF;
    ELSIF is_now IN ('active', 'retired') AND (is_now IS DISTINCT FROM was OR OLD.deleted_at IS NOT NULL) THEN
        PERFORM nrc.tell_structure('structure.' || is_now, NEW);
    END IF;
    IF NEW.active_from > now() OR NEW.retired_from > now() THEN
        INSERT INTO nrc.structure_moment
        SELECT NEW.subject, NEW.schema_id, m.type, m.at
        FROM (VALUES ('structure.active', NEW.active_from), ('structure.retired', NEW.retired_from)) AS m(type, at)
        WHERE m.at > now() AND isfinite(m.at)
        ON CONFLICT (subject, schema_id, type) DO UPDATE SET at = EXCLUDED.at;
    END IF;
    RETURN NULL;
END
$$;

-- What the clock will do to a structure, until it is told.
CREATE TABLE nrc.structure_moment (
    subject   text NOT NULL,
    schema_id int NOT NULL, -- with the subject: the version, whatever its number is by then
    type      text NOT NULL REFERENCES nrc.notification_type,
    at        timestamptz NOT NULL,
    PRIMARY KEY (subject, schema_id, type)
);
CREATE INDEX structure_moment_at ON nrc.structure_moment (at);

CREATE TRIGGER notified AFTER INSERT OR UPDATE OF decision, active_from, retired_from, deleted_at ON nrc.subject_version FOR EACH ROW
    EXECUTE FUNCTION nrc.on_structure_notified();

-- Tells what the clock has done. Nothing has to run at that time: a fan-out does it, [relay] poll_ms later at most, and it is told
-- once. Returns how many.
CREATE FUNCTION nrc.tell_moments() RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    m nrc.structure_moment;
    v nrc.subject_version;
    told int := 0;
BEGIN
    FOR m IN SELECT * FROM nrc.structure_moment WHERE at <= now() ORDER BY at FOR UPDATE SKIP LOCKED LIMIT 100
    LOOP
        SELECT * INTO v FROM nrc.subject_version o
        WHERE o.subject = m.subject AND o.schema_id = m.schema_id AND o.deleted_at IS NULL;
        IF FOUND AND 'structure.' || nrc.structure_state(v) = m.type THEN
            PERFORM nrc.tell_structure(m.type, v);
            told := told + 1;
        END IF;
        DELETE FROM nrc.structure_moment o
        WHERE o.subject = m.subject AND o.schema_id = m.schema_id AND o.type = m.type;
    END LOOP;
    RETURN told;
END
$$;

CREATE FUNCTION nrc.on_request_notified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- What needs nobody is told of as its structure.
    IF TG_OP = 'INSERT' AND NEW.state <> 'pending' THEN
        RETURN NULL;
    END IF;
    PERFORM nrc.notify_of('structure.' || CASE NEW.state WHEN 'pending' THEN 'requested' ELSE NEW.state END,
        'request/' || NEW.id, (SELECT agency_id FROM nrc.dataset WHERE id = NEW.dataset_id), NEW.dataset_id, NEW.class,
        NEW.effective_at,
        jsonb_strip_nulls(jsonb_build_object('subject', NEW.subject, 'schema_id', NEW.schema_id, 'notice', NEW.notice_id,
            'collects_more', nullif(NEW.collects_more, false))));
    RETURN NULL;
END
$$;
CREATE TRIGGER notified AFTER INSERT ON nrc.structure_request FOR EACH ROW EXECUTE FUNCTION nrc.on_request_notified();
CREATE TRIGGER notified_again AFTER UPDATE ON nrc.structure_request FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION nrc.on_request_notified();

CREATE FUNCTION nrc.on_violation_notified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.notify_of('violation.recorded', 'violation/' || NEW.id,
        (SELECT agency_id FROM nrc.dataset WHERE id = NEW.dataset_id), NEW.dataset_id, NEW.class, NULL,
        jsonb_build_object('kind', NEW.kind, 'object', NEW.object));
    RETURN NULL;
END
$$;
CREATE TRIGGER notified AFTER INSERT ON nrc.violation FOR EACH ROW EXECUTE FUNCTION nrc.on_violation_notified();

-- ---- topics ----

-- Kafka topics on which notifications are published, each once, in the order in which they were fanned out. No dataset and no
-- agency has such a name (0002): so no subject nrc.… is a producer's.

-- Where each topic stands. One relay at a time publishes: it has a claim for a time, as it has one of a subscription.
CREATE TABLE nrc.topic (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^nrc[.][a-z0-9_-]{1,100}([.][a-z0-9_-]{1,100})?$'),
    -- Kafka gives rights on a whole topic. So one that everyone may read carries only what everyone may know.
    readers       text NOT NULL CHECK (readers IN ('everyone', 'center')),
    opened_at     timestamptz NOT NULL DEFAULT now(),
    due_at        timestamptz, -- of the next attempt, or, while it is claimed, of the claim's end; NULL: nothing waits
    claim         bigint,
    claimed_by    text,
    attempts      int NOT NULL DEFAULT 0, -- that failed since the last success
    failing_since timestamptz,
    last_error    text
);

-- published_at NULL: it waits. The first that waits is the position; what is behind it was taken by Kafka.
CREATE TABLE nrc.topic_message (
    topic_id        int NOT NULL REFERENCES nrc.topic,
    ordinal         bigint GENERATED ALWAYS AS IDENTITY,
    notification_id bigint NOT NULL REFERENCES nrc.notification,
    published_at    timestamptz,
    partition       int,
    topic_offset    bigint,
    PRIMARY KEY (topic_id, ordinal),
    UNIQUE (topic_id, notification_id),
    CHECK ((published_at IS NULL) = (partition IS NULL) AND (published_at IS NULL) = (topic_offset IS NULL))
);
CREATE INDEX topic_message_waiting ON nrc.topic_message (topic_id, ordinal) WHERE published_at IS NULL;

GRANT SELECT ON nrc.topic, nrc.topic_message TO nrc_monitor;

-- Who was told, and when, is kept; and what was told on a topic is told on it once.
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON nrc.topic_message
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();

-- ---- who is told ----

CREATE TABLE nrc.subscription (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (name ~ '^[a-z]([a-z0-9._-]{0,61}[a-z0-9])?$'),
    account_id   int NOT NULL REFERENCES nrc.account, -- in whose name it is, and with whose rights
    kind         text NOT NULL CHECK (kind IN ('webhook', 'mailto', 'alertmanager', 'pg_notify')),
    url          text CHECK (octet_length(url) BETWEEN 1 AND 2000), -- of a mailbox: mailto:…
    agency_id    int REFERENCES nrc.agency, -- NULL: of every agency; likewise below
    dataset_id   int, -- no foreign key: one that is removed must not widen the filter
    classes      text[] CHECK (classes <@ ARRAY['safe', 'review', 'breaking'] AND cardinality(classes) > 0),
    types        text[] CHECK (cardinality(types) > 0), -- 'notice.filed', 'structure.*'
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text NOT NULL DEFAULT nrc.actor(),
    disabled_at  timestamptz,
    disabled_by  text,
    disabled_why text,
    CHECK ((kind = 'pg_notify') = (url IS NULL)),
    CHECK ((kind = 'mailto') = (url IS NOT NULL AND url LIKE 'mailto:%')),
    CHECK ((disabled_at IS NULL) = (disabled_by IS NULL) AND (disabled_at IS NULL) = (disabled_why IS NULL))
);
CREATE INDEX subscription_account ON nrc.subscription (account_id);

-- The secrets that messages are signed with. No role reads them but by nrc.claim_deliveries, which the relay's alone may call.
CREATE TABLE nrc.subscription_secret (
    subscription_id int NOT NULL REFERENCES nrc.subscription,
    id              bigint GENERATED ALWAYS AS IDENTITY,
    secret          text NOT NULL CHECK (secret ~ '^whs(ec|k)_[A-Za-z0-9+/]{20,}={0,2}$'),
    created_at      timestamptz NOT NULL DEFAULT now(),
    retires_at      timestamptz, -- NULL: the newest
    PRIMARY KEY (subscription_id, id)
);

-- Where each subscription stands. Its first waiting delivery is the only one that is tried, so order is kept.
CREATE TABLE nrc.subscription_queue (
    subscription_id int PRIMARY KEY REFERENCES nrc.subscription,
    due_at          timestamptz, -- of the next attempt, or, while it is claimed, of the claim's end; NULL: nothing waits
    claim           bigint,      -- a relay's, until it says what became of the delivery
    claimed_by      text,
    failing_since   timestamptz  -- of the first failure since the last success
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE INDEX subscription_queue_due ON nrc.subscription_queue (due_at) WHERE failing_since IS NULL;
CREATE INDEX subscription_queue_failing ON nrc.subscription_queue (due_at) WHERE failing_since IS NOT NULL;
CREATE SEQUENCE nrc.delivery_claim;

-- skipped: the subscription was disabled when its turn came; a replay delivers it.
CREATE TABLE nrc.delivery (
    subscription_id int NOT NULL REFERENCES nrc.subscription,
    notification_id bigint NOT NULL REFERENCES nrc.notification,
    state           text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'skipped')),
    once            boolean NOT NULL DEFAULT false, -- a test: tried a single time
    attempts        int NOT NULL DEFAULT 0,
    last_at         timestamptz,
    last_status     int, -- of HTTP, or of SMTP
    last_error      text,
    delivered_at    timestamptz, -- for the first time
    PRIMARY KEY (subscription_id, notification_id)
);
CREATE INDEX delivery_waiting ON nrc.delivery (subscription_id, notification_id) WHERE state = 'waiting';
CREATE INDEX delivery_missed ON nrc.delivery (subscription_id, notification_id) WHERE state IN ('failed', 'skipped');
CREATE INDEX delivery_notification ON nrc.delivery (notification_id);
CREATE INDEX delivery_ended ON nrc.delivery (notification_id) WHERE state IN ('delivered', 'skipped') OR once;

-- Who knew, and since when (NRL-18).
CREATE TABLE nrc.acknowledgement (
    notification_id bigint NOT NULL REFERENCES nrc.notification,
    account_id      int REFERENCES nrc.account, -- NULL: a person at the Center, by a command
    person          text NOT NULL CHECK (person ~ '\S'),
    at              timestamptz NOT NULL DEFAULT now(),
    by_name         text NOT NULL DEFAULT nrc.actor(),
    by_db_login     text NOT NULL DEFAULT session_user,
    UNIQUE NULLS NOT DISTINCT (notification_id, account_id, person)
);
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON nrc.acknowledgement FROM nrc_owner;

-- What became of old deliveries that were made: who was told, and when for the first time. A row for each notification, as many
-- subscribers as it may have had (NRL-18).
CREATE TABLE nrc.told (
    notification_id  bigint PRIMARY KEY REFERENCES nrc.notification,
    subscription_ids int[] NOT NULL,
    delivered_at     timestamptz[] NOT NULL CHECK (cardinality(delivered_at) = cardinality(subscription_ids))
);
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON nrc.told FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE DELETE, TRUNCATE ON nrc.told FROM nrc_owner;

-- An escalation is told once.
CREATE TABLE nrc.escalation (
    notification_id bigint PRIMARY KEY REFERENCES nrc.notification,
    told_by         bigint NOT NULL REFERENCES nrc.notification
);

GRANT SELECT ON nrc.notification_type, nrc.notification, nrc.subscription, nrc.subscription_queue, nrc.delivery,
    nrc.acknowledgement, nrc.told, nrc.escalation TO nrc_monitor, nrc_registry;

-- of_agency NULL: the Center.
CREATE FUNCTION nrc.may_know(n nrc.notification, of_agency int) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT of_agency IS NULL OR n.agency_id IS NOT DISTINCT FROM of_agency
        OR NOT (SELECT confined FROM nrc.notification_type WHERE type = n.type)
$$;

-- NULL: there is none. ref: the id that goes out, or the number.
CREATE FUNCTION nrc.notification_id(ref text) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN ref ~ '^[0-9]{1,18}$' THEN (SELECT id FROM nrc.notification WHERE id = ref::bigint)
                WHEN ref ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                THEN (SELECT id FROM nrc.notification WHERE guid = ref::uuid) END
$$;
GRANT EXECUTE ON FUNCTION nrc.may_know(nrc.notification, int), nrc.notification_id(text) TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.account_usable(a nrc.account) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.disabled_at IS NULL AND a.expires_on >= (now() AT TIME ZONE 'UTC')::date
$$;

-- Told to this subscription whatever it asked for: it is that of the person to whom a problem is escalated (0036_incident_work.sql).
CREATE TABLE nrc.notification_direct (
    notification_id bigint NOT NULL REFERENCES nrc.notification,
    subscription_id int NOT NULL REFERENCES nrc.subscription,
    PRIMARY KEY (notification_id, subscription_id)
);
GRANT SELECT ON nrc.notification_direct TO nrc_monitor, nrc_registry;

-- Which subscription wants which notification: of what happens from its begin on. An escalation of a change reaches stewards and the
-- agency's own accounts whatever classes and types they asked for. One of a problem reaches the person whose turn it is, alone, and who
-- asks for it by its name; one to the head of an agency's division, the agency's own accounts. An outage of the Center reaches every
-- agency, by each subscription that is not for tests alone. A view and no function, so that
-- PostgreSQL reads it as part of the query.
CREATE VIEW nrc.wanted AS
    SELECT s.id AS subscription_id, n.id AS notification_id,
           s.disabled_at IS NULL AND a.disabled_at IS NULL AND a.expires_on >= (now() AT TIME ZONE 'UTC')::date AS is_active
    FROM nrc.notification n
    JOIN nrc.notification_type t ON t.type = n.type
    CROSS JOIN nrc.subscription s
    JOIN nrc.account a ON a.id = s.account_id
    WHERE n.at >= s.created_at AND (s.kind <> 'alertmanager' OR n.type IN ('incident.opened', 'incident.closed'))
      AND (NOT t.confined OR a.agency_id IS NULL OR a.agency_id = n.agency_id)
      AND (EXISTS (SELECT FROM nrc.notification_direct x WHERE x.notification_id = n.id AND x.subscription_id = s.id)
           OR (s.agency_id IS NULL OR s.agency_id = n.agency_id OR n.type = 'center.outage')
              AND (s.dataset_id IS NULL OR s.dataset_id = ANY (n.dataset_ids) OR n.type = 'center.outage')
              AND ((s.classes IS NULL OR n.class = ANY (s.classes) OR n.type = 'center.outage')
                   AND (s.types IS NULL OR n.type = ANY (s.types) OR split_part(n.type, '.', 1) || '.*' = ANY (s.types))
                   AND (n.type <> 'incident.escalated' OR n.type = ANY (s.types))
                   OR n.type = 'structure.escalated' AND s.kind <> 'alertmanager'
                      AND (a.agency_id = n.agency_id
                           OR EXISTS (SELECT FROM nrc.account_role r WHERE r.account_id = a.id AND r.role = 'steward'))
                   OR n.type = 'incident.escalated' AND s.kind <> 'alertmanager' AND n.data ? 'agency_head' AND a.agency_id = n.agency_id
                   OR n.type = 'center.outage' AND s.kind <> 'alertmanager' AND a.agency_id IS NOT NULL AND s.types IS DISTINCT FROM '{subscription.test}')
              AND (n.also_in IS NULL OR a.agency_id = n.agency_id OR s.agency_id = n.agency_id
                   OR s.dataset_id = ANY (n.dataset_ids)));

-- ---- the relay ----

-- Ordinals are drawn under the lock of nrc.fan_out, so they rise as these transactions commit. Likewise of what happens from the
-- topic's opening on.
CREATE FUNCTION nrc.queue_for_topics(taken bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM nrc.topic ORDER BY id FOR UPDATE; -- as for queues, in nrc.fan_out
    WITH made AS (
        INSERT INTO nrc.topic_message (topic_id, notification_id)
        SELECT t.id, n.id FROM nrc.topic t
        JOIN nrc.notification n ON n.id = ANY (taken) AND n.at >= t.opened_at AND n.also_in IS NULL
        JOIN nrc.notification_type y ON y.type = n.type AND (t.readers = 'center' OR NOT y.confined)
        ORDER BY t.id, n.id
        RETURNING topic_id)
    UPDATE nrc.topic SET due_at = coalesce(due_at, now()) WHERE id IN (SELECT topic_id FROM made);
END
$$;

-- Of the notifications that are new, at most `most`: a delivery for each subscription that wants it. Returns how many were
-- fanned out. One relay at a time, so that no later one is delivered before an earlier one.
CREATE FUNCTION nrc.fan_out(most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken bigint[];
    wanted int[];
BEGIN
    PERFORM nrc.tell_moments();
    PERFORM nrc.tell_incidents();
    IF NOT EXISTS (SELECT FROM nrc.notification_new)
       OR NOT pg_try_advisory_xact_lock(hashtextextended('nrc.fan_out', 0)) THEN
        RETURN 0;
    END IF;
    taken := ARRAY(SELECT notification_id FROM nrc.notification_new ORDER BY notification_id LIMIT most);
    wanted := ARRAY(SELECT DISTINCT subscription_id FROM nrc.wanted WHERE notification_id = ANY (taken));
    -- Whoever changes a subscription or its queue takes the queue's row first, and looks afterwards. Given one that is being
    -- disabled at this moment: without the lock a delivery would wait for it that nobody skips. Given a relay that records its
    -- last delivery: it would find nothing else waiting, and make it idle.
    PERFORM FROM nrc.subscription_queue WHERE subscription_id = ANY (wanted) ORDER BY subscription_id FOR UPDATE;
    WITH made AS (
        INSERT INTO nrc.delivery (subscription_id, notification_id, state)
        SELECT w.subscription_id, w.notification_id, CASE WHEN w.is_active THEN 'waiting' ELSE 'skipped' END
        FROM nrc.wanted w WHERE w.notification_id = ANY (taken) AND w.subscription_id = ANY (wanted)
        RETURNING subscription_id, state)
    UPDATE nrc.subscription_queue SET due_at = coalesce(due_at, now())
    WHERE subscription_id IN (SELECT subscription_id FROM made WHERE state = 'waiting');
    PERFORM nrc.queue_for_topics(taken);
    DELETE FROM nrc.notification_new WHERE notification_id = ANY (taken);
    RETURN cardinality(taken);
END
$$;

-- The next delivery of each of `most` subscriptions that are due; of those that fail, at most most_failing, as they may hold
-- the relay's connections until these time out. Each is the caller's for as long as `lease`; a relay that is killed loses its
-- claims by that alone. about: what a person is told of it (0037_channels.sql); NULL for programs.
CREATE FUNCTION nrc.claim_deliveries(relay text, lease interval, most int, most_failing int)
    RETURNS TABLE (subscription_id int, subscription text, claim bigint, kind text, url text, secrets jsonb,
                   failing boolean, attempts int, notification_id bigint, guid uuid, at timestamptz, type text, object text,
                   class text, effective_at timestamptz, data jsonb, about jsonb)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mine int[];
BEGIN
    WITH sound AS MATERIALIZED (
        SELECT q.subscription_id FROM nrc.subscription_queue q WHERE q.due_at <= now() AND q.failing_since IS NULL
        ORDER BY q.due_at LIMIT most FOR UPDATE SKIP LOCKED),
    failing AS MATERIALIZED (
        SELECT q.subscription_id FROM nrc.subscription_queue q WHERE q.due_at <= now() AND q.failing_since IS NOT NULL
        ORDER BY q.due_at LIMIT least(most_failing, most - (SELECT count(*) FROM sound)) FOR UPDATE SKIP LOCKED),
    taken AS (
        UPDATE nrc.subscription_queue q SET due_at = now() + lease, claim = nextval('nrc.delivery_claim'), claimed_by = relay
        WHERE q.subscription_id IN (SELECT o.subscription_id FROM sound o UNION ALL SELECT o.subscription_id FROM failing o)
        RETURNING q.subscription_id)
    SELECT array_agg(t.subscription_id) INTO mine FROM taken t;
    -- A statement of its own: it sees what another relay recorded just before we got the row. In the same one we would be
    -- handed the delivery that the other has made already.
    RETURN QUERY
        SELECT s.id, s.name, q.claim, s.kind, s.url,
               (SELECT jsonb_agg(k.secret ORDER BY k.id DESC) FROM nrc.subscription_secret k
                WHERE k.subscription_id = s.id AND (k.retires_at IS NULL OR k.retires_at > now())),
               q.failing_since IS NOT NULL, d.attempts, n.id, n.guid, n.at, n.type, n.object, n.class, n.effective_at, n.data,
               CASE WHEN s.kind IN ('mailto', 'alertmanager') THEN nrc.notification_about(n) END
        FROM unnest(mine) m(id)
        JOIN nrc.subscription_queue q ON q.subscription_id = m.id
        JOIN nrc.subscription s ON s.id = m.id
        CROSS JOIN LATERAL (SELECT w.notification_id, w.attempts FROM nrc.delivery w
                            WHERE w.subscription_id = m.id AND w.state = 'waiting' ORDER BY w.notification_id LIMIT 1) d
        JOIN nrc.notification n ON n.id = d.notification_id;
    UPDATE nrc.subscription_queue q SET due_at = NULL, claim = NULL
    WHERE q.subscription_id = ANY (mine)
      AND NOT EXISTS (SELECT FROM nrc.delivery w WHERE w.subscription_id = q.subscription_id AND w.state = 'waiting');
END
$$;

-- Milliseconds until something is due; NULL: nothing waits.
CREATE FUNCTION nrc.next_delivery_ms() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT greatest(0, ceil(extract(epoch FROM first.at - clock_timestamp()) * 1000))::bigint
    FROM (SELECT least((SELECT min(due_at) FROM nrc.subscription_queue WHERE failing_since IS NULL),
                       (SELECT min(due_at) FROM nrc.subscription_queue WHERE failing_since IS NOT NULL))) AS first(at)
    WHERE first.at IS NOT NULL -- greatest() leaves nulls out
$$;

-- The caller has the lock of the queue's row.
CREATE FUNCTION nrc.end_subscription(of_id int, why text, by_whom text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription;
BEGIN
    UPDATE nrc.subscription SET disabled_at = now(), disabled_by = by_whom, disabled_why = why
    WHERE id = of_id AND disabled_at IS NULL RETURNING * INTO s;
    IF FOUND THEN
        UPDATE nrc.subscription_queue SET due_at = NULL, claim = NULL, failing_since = NULL WHERE subscription_id = of_id;
        UPDATE nrc.delivery SET state = 'skipped' WHERE subscription_id = of_id AND state = 'waiting';
        INSERT INTO nrc.audit (what, object, agency_id, why, by_name)
        SELECT 'subscription.disabled', 'subscription/' || s.name, a.agency_id, s.disabled_why, by_whom
        FROM nrc.account a WHERE a.id = s.account_id;
    END IF;
END
$$;

-- What became of claimed deliveries: [{s: subscription, c: claim, n: notification, o: 'delivered', 'retry', 'rejected' or 'gone',
-- status, error, wait_ms, say}]. say: a text for LISTEN, told by this transaction. One whose claim is no more its own is left out:
-- another relay has it. Returns how many counted. What is rejected is not tried again, and the next one is. A subscription that
-- failed for as long as give_up is disabled, with an incident; so is one whose receiver says that it is gone for good.
CREATE FUNCTION nrc.record_deliveries(outcomes jsonb, give_up interval) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held CONSTANT jsonb := (
        SELECT jsonb_agg(to_jsonb(h)) FROM (
            SELECT o.*, q.failing_since FROM jsonb_to_recordset(outcomes) AS o(s int, c bigint, n bigint, o text, status int,
                                                                              error text, wait_ms bigint, say text)
            JOIN nrc.subscription_queue q ON q.subscription_id = o.s AND q.claim = o.c
            ORDER BY o.s FOR UPDATE OF q) h);
    f record;
    why text;
BEGIN
    IF held IS NULL THEN
        RETURN 0;
    END IF;
    UPDATE nrc.delivery d
    SET state = CASE WHEN h.o = 'delivered' THEN 'delivered' WHEN h.o IN ('gone', 'rejected') OR d.once THEN 'failed'
                ELSE 'waiting' END,
        attempts = attempts + 1, last_at = now(), last_status = h.status, last_error = h.error,
        delivered_at = CASE WHEN h.o = 'delivered' THEN coalesce(delivered_at, now()) ELSE delivered_at END
    FROM jsonb_to_recordset(held) AS h(s int, n bigint, o text, status int, error text)
    WHERE d.subscription_id = h.s AND d.notification_id = h.n;
    -- A test that fails says nothing of the others.
    UPDATE nrc.subscription_queue q
    SET claim = NULL,
        failing_since = CASE WHEN h.o = 'delivered' THEN NULL WHEN d.once THEN q.failing_since
                        ELSE coalesce(q.failing_since, now()) END,
        -- The last attempt is made when the time is over, however long the pause would be.
        due_at = CASE WHEN h.o = 'retry' AND NOT d.once
                      THEN least(now() + h.wait_ms * interval '1 ms', coalesce(q.failing_since, now()) + give_up)
                      WHEN EXISTS (SELECT FROM nrc.delivery w WHERE w.subscription_id = h.s AND w.state = 'waiting')
                      THEN now() END
    FROM jsonb_to_recordset(held) AS h(s int, n bigint, o text, wait_ms bigint), nrc.delivery d
    WHERE q.subscription_id = h.s AND d.subscription_id = h.s AND d.notification_id = h.n;
    PERFORM pg_notify('nrc_events', h.say) FROM jsonb_to_recordset(held) AS h(o text, say text)
    WHERE h.o = 'delivered' AND h.say IS NOT NULL;
    FOR f IN
        SELECT h.s, h.n, h.o, h.status, h.error, s.name
        FROM jsonb_to_recordset(held) AS h(s int, n bigint, o text, status int, error text, failing_since timestamptz)
        JOIN nrc.delivery d ON d.subscription_id = h.s AND d.notification_id = h.n
        JOIN nrc.subscription s ON s.id = h.s
        WHERE h.o = 'gone' OR h.o IN ('retry', 'rejected') AND NOT d.once AND h.failing_since + give_up <= now() ORDER BY h.s
    LOOP
        why := CASE WHEN f.o = 'gone' THEN format('the receiver answered that it is gone (%s)', f.status)
               ELSE format('no delivery for %s hours: %s', round(extract(epoch FROM give_up) / 3600, 1), f.error) END;
        UPDATE nrc.delivery SET state = 'failed' WHERE subscription_id = f.s AND notification_id = f.n;
        PERFORM nrc.end_subscription(f.s, why, 'nrc relay');
        PERFORM nrc.see_incident('subscription_dead', 'subscription_enabled', NULL, NULL, f.name, why, 1, now());
    END LOOP;
    RETURN jsonb_array_length(held);
END
$$;

-- Of problems: 0036_incident_work.sql.
-- What is unacknowledged near its effective time is told once more, to the steward and the head of the agency's division
-- (NRL-9, NRL-18): if a subscriber to whom it went has not acknowledged it, or nobody at all has. Only the newest word on an
-- object counts. Returns how many.
CREATE FUNCTION nrc.escalate(before interval) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.notification;
    silent jsonb;
    told bigint;
    escalated int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('nrc.escalate', 0)) THEN
        RETURN 0;
    END IF;
    FOR n IN
        SELECT o.* FROM nrc.notification o
        WHERE o.class IN ('review', 'breaking') AND o.effective_at > now() AND o.effective_at <= now() + before
          AND (SELECT asks FROM nrc.notification_type WHERE type = o.type)
          AND NOT EXISTS (SELECT FROM nrc.escalation e WHERE e.notification_id = o.id)
          AND NOT EXISTS (SELECT FROM nrc.notification l WHERE l.object = o.object AND l.id > o.id)
          AND NOT EXISTS (SELECT FROM nrc.notification_new w WHERE w.notification_id = o.id)
        ORDER BY o.id
    LOOP
        silent := (SELECT jsonb_agg(DISTINCT a.name) FROM nrc.delivery d JOIN nrc.subscription s ON s.id = d.subscription_id
                   JOIN nrc.account a ON a.id = s.account_id
                   WHERE d.notification_id = n.id AND NOT EXISTS (
                       SELECT FROM nrc.acknowledgement k WHERE k.notification_id = n.id AND k.account_id = a.id));
        CONTINUE WHEN silent IS NULL AND EXISTS (SELECT FROM nrc.acknowledgement k WHERE k.notification_id = n.id);
        told := nrc.notify_of_datasets('structure.escalated', n.object, n.agency_id, n.dataset_ids, n.class, n.effective_at,
            jsonb_strip_nulls(jsonb_build_object('notification', n.guid, 'unacknowledged', silent,
                'stewards', (SELECT jsonb_agg(a.name ORDER BY a.name) FROM nrc.account a
                             JOIN nrc.account_role r ON r.account_id = a.id AND r.role = 'steward'
                             WHERE nrc.account_usable(a)),
                'agency_head', (SELECT jsonb_build_object('division', h.division, 'head', h.head) FROM nrc.agency_head h
                                WHERE h.agency_id = n.agency_id AND h.valid_to IS NULL))));
        INSERT INTO nrc.escalation VALUES (n.id, told);
        escalated := escalated + 1;
    END LOOP;
    RETURN escalated + nrc.escalate_incidents();
END
$$;

-- Deliveries of notifications older than `keep`, and of changes that took effect before then: one that was made becomes a part of
-- nrc.told, one that was skipped or a test goes. What failed stays as it is: at each disabling of a subscription it is one. Also
-- secrets that are valid no more. At most `most`, the oldest first; returns how many. Whoever changes a delivery at this moment
-- keeps it, so nobody waits for this.
CREATE FUNCTION nrc.condense_deliveries(keep interval, most int) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    condensed int;
    last_old bigint; -- of the notifications; some before it may be of a change that is still to come
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('nrc.condense_deliveries', 0)) THEN
        RETURN 0;
    END IF;
    DELETE FROM nrc.subscription_secret WHERE retires_at <= now();
    SELECT id INTO last_old FROM nrc.notification WHERE at < now() - keep ORDER BY at DESC LIMIT 1;
    WITH oldest AS MATERIALIZED (
        SELECT d.subscription_id, d.notification_id FROM nrc.delivery d JOIN nrc.notification n ON n.id = d.notification_id
        WHERE (d.state IN ('delivered', 'skipped') OR d.once) AND d.state <> 'waiting' AND d.notification_id <= last_old
          AND n.at < now() - keep AND (n.effective_at IS NULL OR n.effective_at < now() - keep)
        ORDER BY d.notification_id LIMIT most FOR UPDATE OF d SKIP LOCKED),
    gone AS (
        DELETE FROM nrc.delivery d USING oldest o
        WHERE d.subscription_id = o.subscription_id AND d.notification_id = o.notification_id
        RETURNING d.notification_id, d.subscription_id, d.delivered_at, d.once),
    kept AS (
        INSERT INTO nrc.told AS t (notification_id, subscription_ids, delivered_at)
        SELECT g.notification_id, array_agg(g.subscription_id ORDER BY g.subscription_id),
               array_agg(g.delivered_at ORDER BY g.subscription_id)
        FROM gone g WHERE g.delivered_at IS NOT NULL AND NOT g.once GROUP BY g.notification_id
        ON CONFLICT (notification_id) DO UPDATE
            SET subscription_ids = t.subscription_ids || excluded.subscription_ids,
                delivered_at = t.delivered_at || excluded.delivered_at)
    SELECT count(*) INTO condensed FROM gone;
    RETURN condensed;
END
$$;

-- Subscriptions of accounts whose last day is over end with them.
CREATE FUNCTION nrc.tend_subscriptions() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    over CONSTANT int[] := ARRAY(SELECT s.id FROM nrc.subscription s JOIN nrc.account a ON a.id = s.account_id
                                 WHERE s.disabled_at IS NULL AND NOT nrc.account_usable(a));
BEGIN
    PERFORM FROM nrc.subscription_queue WHERE subscription_id = ANY (over) ORDER BY subscription_id FOR UPDATE;
    PERFORM nrc.end_subscription(id, 'its account is disabled or past its last day', nrc.actor()) FROM unnest(over) o(id);
END
$$;

CREATE FUNCTION nrc.on_account_disabled() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.tend_subscriptions();
    RETURN NULL;
END
$$;
CREATE TRIGGER ends_subscriptions AFTER UPDATE OF disabled_at ON nrc.account
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.on_account_disabled();

GRANT EXECUTE ON FUNCTION nrc.fan_out(int), nrc.claim_deliveries(text, interval, int, int), nrc.next_delivery_ms(),
    nrc.record_deliveries(jsonb, interval), nrc.escalate(interval), nrc.tend_subscriptions(),
    nrc.condense_deliveries(interval, int) TO nrc_relay;

-- ---- the relay and topics ----

-- The structure of what is published. A field is filled with the member of its name of the webhook's `data` (ops/relay/envelope.c,
-- schema/encode), so what stands here is what a topic carries: no name of a person is among it. text is as our registry prints
-- it, and the numbers are those that it gives it (tests/component/storage/notify/test_topic.c).
CREATE FUNCTION nrc.topic_structure(OUT text text, OUT sha256 bytea, OUT normalized bytea, OUT crc64 bigint)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT '{"type":"record","name":"Event","namespace":"nrc.notification","doc":"What the Center tells of structures, notices, '
        'violations and incidents: what changed, in short. The whole is read at the uri, with one''s own rights.",'
        '"fields":['
        '{"name":"class","type":["null","string"],"doc":"safe, review or breaking; null: no change of a '
        'structure","default":null},'
        '{"name":"effective_at","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"doc":"When it takes '
        'effect","default":null},'
        '{"name":"change","type":{"type":"record","name":"Change","fields":['
        '{"name":"agency","type":["null","string"],"doc":"The code of the agency that it is about","default":null},'
        '{"name":"datasets","type":{"type":"array","items":"string"},"doc":"<agency>.<dataset>","default":[]},'
        '{"name":"kind","type":["null","string"],"doc":"Of the notice, the violation or the incident","default":null},'
        '{"name":"ends_at","type":["null",{"type":"long","logicalType":"timestamp-micros"}],"doc":"Of the notice''s '
        'window","default":null},'
        '{"name":"subject","type":["null","string"],"doc":"Of the structure, in the registry","default":null},'
        '{"name":"version","type":["null","int"],"doc":"Of the subject","default":null},'
        '{"name":"schema_id","type":["null","int"],"default":null},'
        '{"name":"notice","type":["null","long"],"doc":"The number of the notice that announces the change","default":null},'
        '{"name":"collects_more","type":"boolean","doc":"Whether the change collects what was not collected '
        'before","default":false},'
        '{"name":"object","type":["null","string"],"doc":"What the violation is about: request/12","default":null},'
        '{"name":"notification","type":["null","string"],"doc":"The id of the event that nobody acknowledged","default":null},'
        '{"name":"topic","type":["null","string"],"doc":"Of the incident","default":null},'
        '{"name":"partition","type":["null","int"],"doc":"Of the incident","default":null},'
        '{"name":"reopened","type":["null","int"],"doc":"How often the incident came back","default":null},'
        '{"name":"closed_why","type":["null","string"],"doc":"What ended the incident","default":null},'
        '{"name":"shortened","type":"boolean","doc":"Whether members were left out for the length of them","default":false}]}},'
        '{"name":"uri","type":"string","doc":"Where the whole is read"},'
        '{"name":"acknowledge","type":"string","doc":"Where it is acknowledged, with a POST"}]}',
        '\x63d1919979b75a388fe85fff05fe22a4a40924b91e9a7899cf52b9f5a805af7f'::bytea,
        '\x63d1919979b75a388fe85fff05fe22a4a40924b91e9a7899cf52b9f5a805af7f'::bytea,
        '2829437155400261520'::bigint
$$;

-- The topic, if it is known, else it begins now; and the id of its structure in our registry, under <topic>-value. Whoever changes
-- the structure adds a version by this. The registry refuses to change that subject: it is read-only from its begin on.
CREATE FUNCTION nrc.open_topic(topic_name text, for_readers text, OUT schema_id int, OUT structure text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    for_subject CONSTANT text := topic_name || '-value';
    wanted record;
    t nrc.topic;
BEGIN
    SELECT * INTO wanted FROM nrc.topic_structure();
    structure := wanted.text;
    SELECT * INTO t FROM nrc.topic WHERE name = topic_name;
    IF FOUND THEN
        SELECT v.schema_id INTO schema_id FROM nrc.subject_version v JOIN nrc.schema s ON s.id = v.schema_id
        WHERE v.subject = for_subject AND s.sha256 = wanted.sha256 AND v.deleted_at IS NULL;
    END IF;
    IF schema_id IS NULL THEN
        PERFORM nrc.lock_subject(for_subject);
        PERFORM nrc.lock_catalogue();
        INSERT INTO nrc.topic (name, readers) VALUES (topic_name, for_readers) ON CONFLICT DO NOTHING;
        SELECT * INTO t FROM nrc.topic WHERE name = topic_name;
        schema_id := nrc.intern_schema(NULL, wanted.text, NULL, wanted.sha256, wanted.normalized, wanted.crc64, NULL, NULL, '[]');
        PERFORM nrc.add_subject_version(for_subject, NULL, 'none', schema_id, NULL, NULL, '-infinity', NULL, 'nrc relay');
        INSERT INTO nrc.registry_mode VALUES (for_subject, 'READONLY') ON CONFLICT DO NOTHING;
    END IF;
    IF t.readers <> for_readers THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('topic %s was opened for %s: what is on it is read by these.'
            ' For %s, name another topic', topic_name, t.readers, for_readers);
    END IF;
EXCEPTION WHEN check_violation THEN
    RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('topic %s: notifications are published on a topic nrc.…, of a-z,'
        ' 0-9, ''_'' and ''-''', topic_name);
END
$$;

-- At most `most` of those that wait, in their order; after a failure only the first, so that no attempt sends others again and
-- again. None: nothing is due, or another relay has the claim.
CREATE FUNCTION nrc.claim_topic(topic_name text, relay text, lease interval, most int)
    RETURNS TABLE (claim bigint, attempts int, ordinal bigint, key text, guid uuid, at timestamptz, type text, object text,
                   class text, effective_at timestamptz, data jsonb)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t nrc.topic;
BEGIN
    UPDATE nrc.topic o SET due_at = now() + lease, claim = nextval('nrc.delivery_claim'), claimed_by = relay
    WHERE o.id = (SELECT w.id FROM nrc.topic w WHERE w.name = topic_name AND w.due_at <= now() FOR UPDATE SKIP LOCKED)
    RETURNING * INTO t;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- A statement of its own, as in nrc.claim_deliveries. The agency is the key: the life of a structure, of its request to its
    -- end, and the notices that announce it are in one partition, though each is about an object of its own.
    RETURN QUERY
        SELECT t.claim, t.attempts, m.ordinal, coalesce(n.data->>'agency', n.object), n.guid, n.at, n.type, n.object, n.class,
               n.effective_at, n.data
        FROM nrc.topic_message m JOIN nrc.notification n ON n.id = m.notification_id
        WHERE m.topic_id = t.id AND m.published_at IS NULL
        ORDER BY m.ordinal LIMIT CASE WHEN t.attempts > 0 THEN 1 ELSE most END;
    IF NOT FOUND THEN
        UPDATE nrc.topic o SET due_at = NULL, claim = NULL WHERE o.id = t.id;
    END IF;
END
$$;

-- What became of a claim: those that Kafka took, [{n: ordinal, p: partition, o: offset}]; and why the next of them was not; NULL: all
-- were. Whether the claim still held: if not, another relay publishes them once more.
CREATE FUNCTION nrc.record_topic(topic_name text, of_claim bigint, taken jsonb, why text, wait interval) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t nrc.topic;
BEGIN
    SELECT * INTO t FROM nrc.topic WHERE name = topic_name AND claim = of_claim FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE nrc.topic_message m SET published_at = now(), partition = k.p, topic_offset = k.o
    FROM jsonb_to_recordset(taken) AS k(n bigint, p int, o bigint)
    WHERE m.topic_id = t.id AND m.ordinal = k.n AND m.published_at IS NULL;
    UPDATE nrc.topic o
    SET claim = NULL, last_error = why,
        attempts = CASE WHEN why IS NULL THEN 0 ELSE attempts + 1 END,
        failing_since = CASE WHEN why IS NOT NULL THEN coalesce(failing_since, now()) END,
        due_at = CASE WHEN why IS NOT NULL THEN now() + wait
                      WHEN EXISTS (SELECT FROM nrc.topic_message w WHERE w.topic_id = t.id AND w.published_at IS NULL)
                      THEN now() END
    WHERE o.id = t.id;
    IF why IS NOT NULL THEN
        PERFORM nrc.see_incident('topic_not_told', 'topic_told', NULL, NULL, topic_name, why, 1, now());
    ELSIF t.failing_since IS NOT NULL THEN
        PERFORM nrc.end_incidents('topic_told', topic_name, NULL);
    END IF;
    RETURN true;
END
$$;

GRANT EXECUTE ON FUNCTION nrc.open_topic(text, text), nrc.claim_topic(text, text, interval, int),
    nrc.record_topic(text, bigint, jsonb, text, interval) TO nrc_relay;

-- ---- changes of subscriptions ----

-- by_account NULL: the Center may change each; else only its own are there for it. Its row in the queue is locked.
CREATE FUNCTION nrc.subscription_for_change(of_name text, by_account text) RETURNS nrc.subscription
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription;
BEGIN
    PERFORM FROM nrc.subscription_queue WHERE subscription_id = (SELECT id FROM nrc.subscription WHERE name = of_name)
    FOR UPDATE;
    SELECT o.* INTO s FROM nrc.subscription o JOIN nrc.account a ON a.id = o.account_id
    WHERE o.name = of_name AND (by_account IS NULL OR a.name = by_account);
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no subscription %s', of_name);
    END IF;
    RETURN s;
END
$$;

CREATE FUNCTION nrc.audit_subscription(done text, s nrc.subscription, change_why text, after jsonb) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.audit (what, object, agency_id, after, why)
    SELECT 'subscription.' || done, 'subscription/' || s.name, a.agency_id, after, change_why
    FROM nrc.account a WHERE a.id = s.account_id
$$;

-- Made here and not by the caller, so that it is in no statement that a server's log may show. 244 of its 256 bits are random.
CREATE FUNCTION nrc.add_subscription_secret(of_id int, own_secret text) RETURNS text
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.subscription_secret (subscription_id, secret)
    VALUES (of_id, coalesce(own_secret, 'whsec_' || encode(decode(replace(concat(gen_random_uuid(), gen_random_uuid()), '-', ''),
                                                                   'hex'), 'base64')))
    RETURNING secret
$$;

-- Returns the secret of a webhook; NULL: another kind. own_secret NULL: one is made. An Alertmanager knows what begins and ends:
-- it is told of incidents alone.
CREATE FUNCTION nrc.add_subscription(new_name text, of_account text, new_kind text, new_url text, agency_code text,
                                     dataset_name text, new_classes jsonb, new_types jsonb, own_secret text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.account;
    s nrc.subscription;
    of_agency int;
    of_dataset int;
    bad text;
    class_list text[] := (SELECT array_agg(DISTINCT v ORDER BY v) FROM jsonb_array_elements_text(new_classes) e(v));
    type_list text[] := (SELECT array_agg(DISTINCT v ORDER BY v) FROM jsonb_array_elements_text(new_types) e(v));
BEGIN
    SELECT * INTO a FROM nrc.account WHERE name = of_account;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no account %s', of_account);
    END IF;
    IF NOT nrc.account_usable(a) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('account %s is disabled, or past its last day', of_account);
    END IF;
    IF new_name !~ '^[a-z]([a-z0-9._-]{0,61}[a-z0-9])?$' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a subscription''s name is a letter a-z, then up to 62 of a-z, 0-9,'
            ' ''.'', ''_'' and ''-''';
    END IF;
    SELECT id INTO of_agency FROM nrc.agency WHERE code = agency_code;
    IF agency_code IS NOT NULL AND of_agency IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no agency %s', agency_code);
    END IF;
    SELECT d.id INTO of_dataset FROM nrc.dataset d JOIN nrc.agency g ON g.id = d.agency_id
    WHERE g.code || '.' || d.name = dataset_name;
    IF dataset_name IS NOT NULL AND of_dataset IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', dataset_name);
    END IF;
    SELECT v INTO bad FROM unnest(class_list) e(v) WHERE v NOT IN ('safe', 'review', 'breaking') LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('there is no class %s: it is safe, review or breaking', bad);
    END IF;
    SELECT v INTO bad FROM unnest(type_list) e(v)
    WHERE v NOT IN (SELECT t.type FROM nrc.notification_type t UNION SELECT split_part(t.type, '.', 1) || '.*'
                    FROM nrc.notification_type t) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('there is no type %s: it is %s', bad,
            (SELECT string_agg(t.type, ', ' ORDER BY t.type) FROM nrc.notification_type t));
    END IF;
    IF new_kind = 'alertmanager' THEN
        type_list := coalesce(type_list, ARRAY['incident.*']);
        IF NOT type_list <@ ARRAY['incident.*', 'incident.closed', 'incident.opened'] THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04',
                MESSAGE = 'an Alertmanager is told of incidents alone, which begin and end: the type is incident.*';
        END IF;
    END IF;
    IF (SELECT count(*) FROM nrc.subscription o WHERE o.account_id = a.id AND o.disabled_at IS NULL) >= 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('account %s has 100 subscriptions already', of_account);
    END IF;
    INSERT INTO nrc.subscription (name, account_id, kind, url, agency_id, dataset_id, classes, types)
    VALUES (new_name, a.id, new_kind, new_url, of_agency, of_dataset, class_list, type_list)
    ON CONFLICT (name) DO NOTHING RETURNING * INTO s;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('subscription %s is there already', new_name);
    END IF;
    INSERT INTO nrc.subscription_queue (subscription_id) VALUES (s.id);
    -- Of the URL only the server, or the mailbox's domain: what follows may be a secret, what stands before is a person's, and more
    -- people read the trail than the subscription.
    PERFORM nrc.audit_subscription('added', s, NULL, jsonb_strip_nulls(jsonb_build_object('account', a.name, 'kind', s.kind,
        'server', coalesce(substring(s.url FROM '^[^/]*//([^/?#]*)'), substring(s.url FROM '@(.*)$')), 'agency', agency_code,
        'dataset', dataset_name, 'classes', to_jsonb(s.classes), 'types',
        to_jsonb(s.types))));
    RETURN CASE WHEN s.kind = 'webhook' THEN nrc.add_subscription_secret(s.id, own_secret) END;
END
$$;

CREATE FUNCTION nrc.disable_subscription(of_name text, change_why text, by_account text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription := nrc.subscription_for_change(of_name, by_account);
BEGIN
    IF s.disabled_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('subscription %s is disabled already: %s', of_name,
            s.disabled_why);
    END IF;
    PERFORM nrc.end_subscription(s.id, change_why, nrc.actor());
END
$$;

-- since NULL: from the first on. also_delivered: what was delivered goes out once more, with the id it had.
CREATE FUNCTION nrc.replay_deliveries(of_id int, since timestamptz, also_delivered boolean) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    again int;
BEGIN
    UPDATE nrc.delivery d SET state = 'waiting', attempts = 0
    FROM nrc.notification n
    WHERE d.subscription_id = of_id AND n.id = d.notification_id AND NOT d.once AND (since IS NULL OR n.at >= since)
      AND (d.state IN ('failed', 'skipped') OR also_delivered AND d.state = 'delivered');
    GET DIAGNOSTICS again = ROW_COUNT;
    IF again > 0 THEN
        UPDATE nrc.subscription_queue SET due_at = coalesce(due_at, now()) WHERE subscription_id = of_id;
        PERFORM pg_notify('nrc_notification', '');
    END IF;
    RETURN again;
END
$$;

CREATE FUNCTION nrc.enable_subscription(of_name text, replay boolean, by_account text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription := nrc.subscription_for_change(of_name, by_account);
BEGIN
    IF s.disabled_at IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('subscription %s is not disabled', of_name);
    END IF;
    IF NOT (SELECT nrc.account_usable(a) FROM nrc.account a WHERE a.id = s.account_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('the account of subscription %s is disabled, or past its last day', of_name);
    END IF;
    UPDATE nrc.subscription SET disabled_at = NULL, disabled_by = NULL, disabled_why = NULL WHERE id = s.id;
    PERFORM nrc.end_incidents('subscription_enabled', of_name, NULL);
    PERFORM nrc.audit_subscription('enabled', s, NULL, NULL);
    RETURN CASE WHEN replay THEN nrc.replay_deliveries(s.id, NULL, false) ELSE 0 END;
END
$$;

CREATE FUNCTION nrc.replay_subscription(of_name text, since timestamptz, also_delivered boolean, by_account text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription := nrc.subscription_for_change(of_name, by_account);
    again int;
BEGIN
    IF s.disabled_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('subscription %s is disabled (%s): enable it first', of_name,
            s.disabled_why);
    END IF;
    again := nrc.replay_deliveries(s.id, since, also_delivered);
    PERFORM nrc.audit_subscription('replayed', s, NULL, jsonb_strip_nulls(jsonb_build_object('since', since, 'deliveries',
        again, 'delivered_too', nullif(also_delivered, false))));
    RETURN again;
END
$$;

-- Of the older secrets only the newest stays valid, for keep_hours: meanwhile each message has two signatures.
CREATE FUNCTION nrc.rotate_subscription(of_name text, keep_hours int, own_secret text, by_account text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription := nrc.subscription_for_change(of_name, by_account);
    newest bigint;
BEGIN
    IF s.kind <> 'webhook' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('subscription %s has no secret: it is no webhook', of_name);
    END IF;
    SELECT max(id) INTO newest FROM nrc.subscription_secret WHERE subscription_id = s.id;
    DELETE FROM nrc.subscription_secret WHERE subscription_id = s.id AND (id < newest OR keep_hours = 0);
    UPDATE nrc.subscription_secret SET retires_at = now() + make_interval(hours => keep_hours)
    WHERE subscription_id = s.id;
    PERFORM nrc.audit_subscription('rotated', s, NULL, jsonb_build_object('keep_old_hours', keep_hours));
    RETURN nrc.add_subscription_secret(s.id, own_secret);
END
$$;

-- A message for this subscription alone, tried once. Returns the id that it goes out with.
CREATE FUNCTION nrc.test_subscription(of_name text, by_account text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.subscription := nrc.subscription_for_change(of_name, by_account);
    n nrc.notification;
BEGIN
    IF s.disabled_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('subscription %s is disabled: %s', of_name, s.disabled_why);
    END IF;
    INSERT INTO nrc.notification (type, object, dataset_ids, data)
    VALUES ('subscription.test', 'subscription/' || s.name, '{}', '{}') RETURNING * INTO n;
    INSERT INTO nrc.delivery (subscription_id, notification_id, state, once) VALUES (s.id, n.id, 'waiting', true);
    UPDATE nrc.subscription_queue SET due_at = coalesce(due_at, now()) WHERE subscription_id = s.id;
    PERFORM pg_notify('nrc_notification', '');
    RETURN n.guid;
END
$$;

-- by_account NULL: a person at the Center. A second time changes nothing: the first is what counts.
CREATE FUNCTION nrc.acknowledge(ref text, by_account text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.notification;
    a nrc.account;
BEGIN
    SELECT * INTO a FROM nrc.account WHERE name = by_account;
    IF by_account IS NOT NULL AND a.id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no account %s', by_account);
    END IF;
    SELECT * INTO n FROM nrc.notification o WHERE o.id = nrc.notification_id(ref) AND nrc.may_know(o, a.agency_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no notification %s', ref);
    END IF;
    INSERT INTO nrc.acknowledgement (notification_id, account_id, person)
    VALUES (n.id, a.id, coalesce(a.person, nrc.actor())) ON CONFLICT DO NOTHING;
    RETURN n.guid;
END
$$;

GRANT EXECUTE ON FUNCTION
    nrc.add_subscription(text, text, text, text, text, text, jsonb, jsonb, text),
    nrc.disable_subscription(text, text, text), nrc.enable_subscription(text, boolean, text),
    nrc.replay_subscription(text, timestamptz, boolean, text), nrc.rotate_subscription(text, int, text, text),
    nrc.test_subscription(text, text), nrc.acknowledge(text, text)
    TO nrc_registry;
