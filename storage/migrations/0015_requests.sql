-- SPDX-License-Identifier: Apache-2.0
-- Requests: a structure of a dataset that has one already is compared with it, and its class decides who must agree
-- (nrc.people_needed). What needs nobody is active at once. What needs people is pending, and no client sees it. Approved, it
-- takes effect by the clock (nrc.structure_state).
--
-- Each call here is one transaction with what it does to the version, the audit trail and the tables. Locks: those of a
-- registration (0002), and then the request's row.

SET LOCAL ROLE nrc_owner;

-- How many people must agree to a change, none of whom may be the one who filed it.
ALTER TABLE nrc.dataset
    ADD COLUMN review_people   int NOT NULL DEFAULT 1 CHECK (review_people BETWEEN 0 AND 3),
    ADD COLUMN breaking_people int NOT NULL DEFAULT 2 CHECK (breaking_people BETWEEN 0 AND 3),
    ADD COLUMN breaking_notice boolean NOT NULL DEFAULT true; -- a notice whose window is still to come

-- As nrc.subject_version has it.
CREATE FUNCTION nrc.in_force_from(effective_at timestamptz) RETURNS timestamptz
    LANGUAGE sql STABLE
RETURN CASE WHEN effective_at <= now() THEN '-infinity' ELSE effective_at END;

CREATE FUNCTION nrc.people_needed(d nrc.dataset, class text) RETURNS int
    LANGUAGE sql IMMUTABLE
RETURN CASE class WHEN 'safe' THEN 0 WHEN 'review' THEN d.review_people ELSE d.breaking_people END;

CREATE TABLE nrc.structure_request (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id    int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    subject       text NOT NULL,
    schema_id     int NOT NULL, -- with the subject: the version
    compared_with int NOT NULL, -- the version before
    class         text NOT NULL CHECK (class IN ('safe', 'review', 'breaking')),
    collects_more boolean NOT NULL, -- NRL-7, additional collection
    findings      jsonb NOT NULL,   -- as `nrc structure diff --json` prints them
    reason        text CHECK (reason ~ '\S'), -- NULL: a client registered it
    people        int NOT NULL,     -- the dataset's policy when it was filed
    needs_notice  boolean NOT NULL,
    notice_id     bigint REFERENCES nrc.notice,
    effective_at  timestamptz, -- asked for; once approved, when it takes effect
    state         text NOT NULL CHECK (state IN ('pending', 'approved', 'rejected')),
    filed_at      timestamptz NOT NULL DEFAULT now(),
    filed_by      text NOT NULL DEFAULT nrc.actor(),
    decided_at    timestamptz,
    CHECK ((state = 'pending') = (decided_at IS NULL))
);
CREATE INDEX structure_request_version ON nrc.structure_request (subject, schema_id);
CREATE INDEX structure_request_dataset ON nrc.structure_request (dataset_id);

CREATE TABLE nrc.structure_decision (
    request_id  bigint NOT NULL REFERENCES nrc.structure_request ON DELETE CASCADE,
    by_name     text NOT NULL DEFAULT nrc.actor(),
    by_db_login text NOT NULL DEFAULT session_user,
    at          timestamptz NOT NULL DEFAULT now(),
    approves    boolean NOT NULL,
    reason      text NOT NULL CHECK (reason ~ '\S'),
    PRIMARY KEY (request_id, by_name)
);
GRANT SELECT ON nrc.structure_request, nrc.structure_decision TO nrc_monitor, nrc_registry;

-- ---- violations ----

-- What the law asked to be told beforehand, and nobody told (NRL-7); or data of a structure that nobody registered (NRL-6).
CREATE TABLE nrc.violation (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT now(),
    kind       text NOT NULL CHECK (kind IN ('unannounced_change', 'unannounced_collection', 'unregistered_data')),
    dataset_id int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    object     text NOT NULL CHECK (object ~ '^[a-z_]+/'), -- 'request/12'
    class      text, -- of the change; NULL: there was none
    by_name    text NOT NULL DEFAULT nrc.actor()
);
CREATE INDEX violation_dataset ON nrc.violation (dataset_id, id);
GRANT SELECT ON nrc.violation TO nrc_monitor, nrc_registry;

-- A notice of one of the kinds, announced before the time, whose window the time is in.
CREATE FUNCTION nrc.is_announced(for_dataset int, kinds text[], at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM nrc.notice n JOIN nrc.notice_dataset o ON o.notice_id = n.id
                   WHERE o.dataset_id = for_dataset AND n.kind = ANY (kinds) AND n.withdrawn_at IS NULL
                     AND n.announced_at < at AND n.starts_at <= at AND (n.ends_at IS NULL OR n.ends_at > at))
$$;

CREATE FUNCTION nrc.note_violations(r nrc.structure_request) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF r.class = 'breaking'
       AND NOT nrc.is_announced(r.dataset_id, ARRAY['modification', 'update', 'restructure'], r.effective_at)
    THEN
        INSERT INTO nrc.violation (kind, dataset_id, object, class)
        VALUES ('unannounced_change', r.dataset_id, 'request/' || r.id, r.class);
    END IF;
    -- A notice of the change itself tells what it collects.
    IF r.collects_more AND NOT r.needs_notice
       AND NOT nrc.is_announced(r.dataset_id, ARRAY['additional_collection'], r.effective_at)
    THEN
        INSERT INTO nrc.violation (kind, dataset_id, object, class)
        VALUES ('unannounced_collection', r.dataset_id, 'request/' || r.id, r.class);
    END IF;
END
$$;

-- Events drift from every registered structure: the incident says so once, however many they are, and again when it comes
-- back.
CREATE FUNCTION nrc.on_drift() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO nrc.violation (kind, dataset_id, object) VALUES ('unregistered_data', NEW.dataset_id, 'incident/' || NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER drift AFTER INSERT ON nrc.incident FOR EACH ROW
    WHEN (NEW.kind IN ('unknown_structure', 'other_subject', 'foreign_structure') AND NEW.dataset_id IS NOT NULL)
    EXECUTE FUNCTION nrc.on_drift();
CREATE TRIGGER drift_again AFTER UPDATE OF closed_at ON nrc.incident FOR EACH ROW
    WHEN (NEW.kind IN ('unknown_structure', 'other_subject', 'foreign_structure') AND NEW.dataset_id IS NOT NULL
          AND OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL)
    EXECUTE FUNCTION nrc.on_drift();

-- ---- filing ----

CREATE FUNCTION nrc.audit_request(done text, r nrc.structure_request, change_why text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.audit (what, object, agency_id, after, why)
    SELECT 'request.' || done, 'request/' || r.id, d.agency_id,
           jsonb_strip_nulls(jsonb_build_object('subject', r.subject, 'schema_id', r.schema_id, 'class', r.class,
               'collects_more', r.collects_more, 'state', r.state, 'effective_at', r.effective_at,
               'notice', r.notice_id)), change_why
    FROM nrc.dataset d WHERE d.id = r.dataset_id
$$;

CREATE FUNCTION nrc.check_notice_of(for_dataset int, of_notice bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF of_notice IS NOT NULL AND NOT EXISTS (SELECT FROM nrc.notice_dataset o
                                             WHERE o.notice_id = of_notice AND o.dataset_id = for_dataset) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no notice %s for this dataset', of_notice);
    END IF;
END
$$;

-- Of nrc.register_version. `change`: what registry/registration.c found out ({"class", "collects_more", "compared_with",
-- "findings", "reason", "effective_at", "notice"}). What needs nobody is approved by that.
CREATE FUNCTION nrc.file_request(d nrc.dataset, for_subject text, for_schema int, change jsonb)
    RETURNS nrc.structure_request
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r nrc.structure_request;
    needed CONSTANT int := nrc.people_needed(d, change->>'class');
BEGIN
    PERFORM nrc.check_notice_of(d.id, (change->>'notice')::bigint);
    INSERT INTO nrc.structure_request (dataset_id, subject, schema_id, compared_with, class, collects_more, findings, reason,
                                       people, needs_notice, notice_id, effective_at, state, decided_at)
    VALUES (d.id, for_subject, for_schema, (change->>'compared_with')::int, change->>'class',
            (change->>'collects_more')::boolean, change->'findings', change->>'reason', needed,
            change->>'class' = 'breaking' AND d.breaking_notice, (change->>'notice')::bigint,
            CASE WHEN needed > 0 THEN (change->>'effective_at')::timestamptz
                 ELSE greatest(now(), (change->>'effective_at')::timestamptz) END,
            CASE WHEN needed > 0 THEN 'pending' ELSE 'approved' END, CASE WHEN needed = 0 THEN now() END)
    RETURNING * INTO r;
    PERFORM nrc.audit_request('filed', r, r.reason);
    IF r.state = 'approved' THEN
        PERFORM nrc.note_violations(r);
    END IF;
    RETURN r;
END
$$;

-- What stands in the way of using a version that is not in force, as the end of a sentence "…, which …".
CREATE FUNCTION nrc.structure_standing(for_subject text, for_version int) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
    SELECT CASE nrc.structure_state(v)
        WHEN 'pending' THEN format('is waiting for approval (request %s): send no data with it until then', r.id)
        WHEN 'approved' THEN format('was approved (request %s) and takes effect at %s: send no data with it until then',
                                    r.id, to_char(v.active_from, 'YYYY-MM-DD HH24:MI:SS "UTC"'))
        WHEN 'rejected' THEN format('was rejected (request %s): %s', r.id,
            coalesce((SELECT o.reason FROM nrc.structure_decision o WHERE o.request_id = r.id AND NOT o.approves), '-'))
        WHEN 'retired' THEN format('was retired at %s: send data with a newer one',
                                   to_char(v.retired_from, 'YYYY-MM-DD HH24:MI:SS "UTC"'))
        ELSE 'is in force' END
    FROM nrc.subject_version v
    LEFT JOIN LATERAL (SELECT q.id FROM nrc.structure_request q
                       WHERE q.subject = v.subject AND q.schema_id = v.schema_id ORDER BY q.id DESC LIMIT 1) r ON true
    WHERE v.subject = for_subject AND v.version = for_version
$$;
GRANT EXECUTE ON FUNCTION nrc.people_needed(nrc.dataset, text) TO nrc_registry;
GRANT EXECUTE ON FUNCTION nrc.structure_standing(text, int) TO nrc_registry;

-- ---- deciding ----

-- Two names are one hand if they are one account, accounts of one person, or if one acts for the other by a delegation that
-- was in force at any time since.
CREATE FUNCTION nrc.is_one_hand(a text, b text, since timestamptz) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a = b OR EXISTS (
        SELECT FROM nrc.account x JOIN nrc.account y ON y.name = b
        WHERE x.name = a AND (lower(x.person) = lower(y.person) OR EXISTS (
            SELECT FROM nrc.delegation g
            WHERE (g.from_account, g.to_account) IN ((x.id, y.id), (y.id, x.id))
              AND g.until_date >= (since AT TIME ZONE 'UTC')::date
              AND g.from_date <= (now() AT TIME ZONE 'UTC')::date)))
$$;

CREATE FUNCTION nrc.request_for_decision(of_request bigint) RETURNS nrc.structure_request
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    r nrc.structure_request;
BEGIN
    SELECT * INTO r FROM nrc.structure_request WHERE id = of_request FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no request %s', of_request);
    END IF;
    IF r.state <> 'pending' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('request %s was %s at %s: it is decided', of_request,
            r.state, to_char(r.decided_at, 'YYYY-MM-DD HH24:MI:SS "UTC"'));
    END IF;
    RETURN r;
END
$$;

CREATE FUNCTION nrc.refuse_own_hand(r nrc.structure_request) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other text;
BEGIN
    IF nrc.is_one_hand(nrc.actor(), r.filed_by, r.filed_at) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s filed request %s, and nobody approves what they filed'
            ' themselves, under another account or by delegation', r.filed_by, r.id);
    END IF;
    SELECT o.by_name INTO other FROM nrc.structure_decision o
    WHERE o.request_id = r.id AND nrc.is_one_hand(nrc.actor(), o.by_name, r.filed_at) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s has approved request %s already: it needs %s different'
            ' people', other, r.id, r.people);
    END IF;
END
$$;

-- The notice that a change takes effect under: the one that is named, else the next one announced for the dataset. NULL:
-- there is none whose window is still to come.
CREATE FUNCTION nrc.notice_for(r nrc.structure_request) RETURNS nrc.notice
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT n.* FROM nrc.notice n JOIN nrc.notice_dataset o ON o.notice_id = n.id
    WHERE o.dataset_id = r.dataset_id AND n.withdrawn_at IS NULL AND n.starts_at > now()
      AND n.kind IN ('modification', 'update', 'restructure') AND (r.notice_id IS NULL OR n.id = r.notice_id)
    ORDER BY n.starts_at LIMIT 1
$$;

-- The time at which the change takes effect, and its notice.
CREATE FUNCTION nrc.settle_time(INOUT r nrc.structure_request)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    n nrc.notice;
BEGIN
    IF r.needs_notice THEN
        n := nrc.notice_for(r);
        IF n.id IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('a breaking change needs a notice for the dataset whose'
                ' window is still to come (NRL-7)%s: nrc notice file',
                CASE WHEN r.notice_id IS NOT NULL THEN format(', and notice %s is none', r.notice_id) ELSE '' END);
        END IF;
        r.notice_id := n.id;
        r.effective_at := coalesce(r.effective_at, n.starts_at);
        IF r.effective_at < n.starts_at OR r.effective_at >= n.ends_at THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s is outside the window of notice %s, from %s',
                to_char(r.effective_at, 'YYYY-MM-DD HH24:MI:SS "UTC"'), n.id,
                to_char(n.starts_at, 'YYYY-MM-DD HH24:MI:SS "UTC"'));
        END IF;
    END IF;
    r.effective_at := greatest(now(), r.effective_at);
END
$$;

-- Records an approval. True: it was the last one needed, and nrc.apply_request comes next in the same transaction. from_time
-- and of_notice, unless NULL, take the place of what was asked for.
CREATE FUNCTION nrc.approve_request(of_request bigint, why text, from_time timestamptz, of_notice bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r nrc.structure_request := nrc.request_for_decision(of_request);
    given int;
BEGIN
    PERFORM nrc.refuse_own_hand(r);
    PERFORM nrc.check_notice_of(r.dataset_id, of_notice);
    INSERT INTO nrc.structure_decision (request_id, approves, reason) VALUES (r.id, true, why);
    r.effective_at := coalesce(from_time, r.effective_at);
    r.notice_id := coalesce(of_notice, r.notice_id);
    SELECT count(*) INTO given FROM nrc.structure_decision WHERE request_id = r.id;
    IF given >= r.people THEN
        r := nrc.settle_time(r);
    END IF;
    UPDATE nrc.structure_request SET effective_at = r.effective_at, notice_id = r.notice_id WHERE id = r.id;
    PERFORM nrc.audit_request('approved', r, why);
    RETURN given >= r.people;
END
$$;

-- The approved version gets its columns and its time. Its number is the next one, if others came before it meanwhile: nobody
-- has seen the old one.
CREATE FUNCTION nrc.apply_request(of_request bigint, columns jsonb, fields int[], names jsonb, patient boolean, OUT version int,
                                  OUT effective_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    r nrc.structure_request;
    newest int;
BEGIN
    PERFORM nrc.lock_catalogue();
    r := nrc.request_for_decision(of_request);
    IF (SELECT count(*) FROM nrc.structure_decision o WHERE o.request_id = r.id) < r.people THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('request %s is not approved yet', r.id);
    END IF;
    PERFORM nrc.apply_columns(r.dataset_id, columns, patient);
    -- Told in this order: approved, and then in force.
    UPDATE nrc.structure_request q SET state = 'approved', decided_at = now() WHERE q.id = r.id RETURNING * INTO r;
    SELECT max(v.version) INTO newest FROM nrc.subject_version v WHERE v.subject = r.subject;
    UPDATE nrc.subject_version v
    SET decision = 'approved', active_from = nrc.in_force_from(r.effective_at), field_columns = fields,
        field_names = nrc.text_array(names),
        version = CASE WHEN v.version = newest THEN v.version ELSE newest + 1 END
    WHERE v.subject = r.subject AND v.schema_id = r.schema_id AND v.deleted_at IS NULL AND v.decision = 'pending'
    RETURNING v.version INTO STRICT version;
    PERFORM nrc.note_violations(r);
    PERFORM nrc.show_structures(d) FROM nrc.dataset d WHERE d.id = r.dataset_id;
    effective_at := r.effective_at;
END
$$;

-- Who filed a request may take it back in this way, too.
CREATE FUNCTION nrc.reject_request(of_request bigint, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    r nrc.structure_request;
BEGIN
    PERFORM nrc.lock_catalogue();
    r := nrc.request_for_decision(of_request);
    INSERT INTO nrc.structure_decision (request_id, approves, reason) VALUES (r.id, false, why)
    ON CONFLICT (request_id, by_name) DO UPDATE SET approves = false, reason = why, at = now();
    UPDATE nrc.structure_request SET state = 'rejected', decided_at = now() WHERE id = r.id RETURNING * INTO r;
    UPDATE nrc.subject_version SET decision = 'rejected'
    WHERE subject = r.subject AND schema_id = r.schema_id AND deleted_at IS NULL AND decision = 'pending';
    PERFORM nrc.audit_request('rejected', r, why);
END
$$;

-- From then on events of the structure are quarantined; it can still be read, because what it wrote is still there.
CREATE FUNCTION nrc.retire_structure(dataset_name text, of_version int, why text, from_time timestamptz) RETURNS timestamptz
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    d record;
    v nrc.subject_version;
    ends timestamptz := greatest(now(), from_time);
BEGIN
    PERFORM nrc.lock_catalogue();
    SELECT s.id, s.agency_id INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id
    WHERE a.code || '.' || s.name = dataset_name;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', dataset_name);
    END IF;
    SELECT * INTO v FROM nrc.subject_version o
    WHERE o.dataset_id = d.id AND o.part = 'value' AND o.version = of_version FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02',
            MESSAGE = format('%s has no structure of version %s', dataset_name, of_version);
    END IF;
    IF v.decision <> 'approved' OR v.retired_from <= now() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('version %s of %s is %s: only what is in force is retired',
            of_version, dataset_name, nrc.structure_state(v));
    END IF;
    IF ends < v.active_from THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('version %s of %s takes effect at %s only', of_version,
            dataset_name, to_char(v.active_from, 'YYYY-MM-DD HH24:MI:SS "UTC"'));
    END IF;
    IF NOT EXISTS (SELECT FROM nrc.subject_version o
                   WHERE o.dataset_id = d.id AND o.part = 'value' AND o.version <> of_version AND o.deleted_at IS NULL
                     AND o.active_from <= ends AND (o.retired_from IS NULL OR o.retired_from > ends)) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('version %s is the last structure of %s: without it no'
            ' event could be recorded', of_version, dataset_name);
    END IF;
    UPDATE nrc.subject_version o SET retired_from = ends WHERE o.subject = v.subject AND o.version = v.version;
    INSERT INTO nrc.audit (what, object, agency_id, after, why)
    VALUES ('structure.retired', format('structure/%s/%s', v.subject, v.version), d.agency_id,
            jsonb_build_object('retired_from', ends), why);
    RETURN ends;
END
$$;

-- ---- events that came before their structure ----

-- Parked events: in the quarantine because their structure was not in force when they came; or because they were refused, and
-- a steward has them replayed (0033_cases.sql). Once it is time any engine records them (ingest/parked.c), in the order in
-- which they came.
CREATE INDEX quarantine_parked ON nrc.quarantine (dataset_id, schema_id, id)
    WHERE status = 'open' AND reason = 'not_yet_active' AND NOT withheld;
CREATE INDEX quarantine_replay ON nrc.quarantine (id) WHERE status = 'replay';

-- The oldest ones whose time has come: at most so many rows, and bytes of payloads after the first. It is asked every second,
-- so it looks at those structures alone that had to wait.
CREATE FUNCTION nrc.parked_events(most_rows int, most_bytes bigint) RETURNS TABLE (
    id bigint, dataset_id int, position_id int, topic text, partition int, topic_offset bigint, ts_ms bigint, key bytea,
    headers bytea, payload bytea, payload_bytes int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH due AS (
        SELECT q.*, sum(q.payload_bytes) OVER (ORDER BY q.id) - q.payload_bytes AS before_it
        FROM (SELECT a.* FROM (
              (SELECT o.* FROM nrc.subject_version v CROSS JOIN LATERAL (
                  SELECT * FROM nrc.quarantine q
                  WHERE q.dataset_id = v.dataset_id AND q.schema_id = v.schema_id
                    AND q.status = 'open' AND q.reason = 'not_yet_active' AND NOT q.withheld
                  ORDER BY q.id LIMIT most_rows) o
              WHERE v.part = 'value' AND v.deleted_at IS NULL AND nrc.structure_state(v) = 'active'
                AND EXISTS (SELECT FROM nrc.structure_request r
                            WHERE r.subject = v.subject AND r.schema_id = v.schema_id
                              AND (r.people > 0 OR r.effective_at > r.filed_at))
              ORDER BY o.id LIMIT most_rows)
              UNION ALL (SELECT * FROM nrc.quarantine q WHERE q.status = 'replay' ORDER BY q.id LIMIT most_rows)) a
              ORDER BY a.id LIMIT most_rows) q)
    SELECT d.id, d.dataset_id, d.position_id, p.topic, p.partition, d.topic_offset,
           CASE WHEN isfinite(d.kafka_ts) THEN floor(extract(epoch FROM d.kafka_ts) * 1000)::bigint ELSE -1 END,
           d.key, d.headers, d.payload, d.payload_bytes
    FROM due d JOIN nrc.position p ON p.id = d.position_id
    WHERE coalesce(d.before_it, 0) < most_bytes ORDER BY d.id
$$;

-- The first statement of the transaction that records them, as the fence is of a batch: how many were still there to take.
CREATE FUNCTION nrc.take_parked(ids bigint[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH taken AS (
        UPDATE nrc.quarantine q SET status = 'replayed', changed_at = now() -- as its row of the history says
        WHERE q.id = ANY (ids) AND (q.status = 'replay' OR q.status = 'open' AND q.reason = 'not_yet_active') RETURNING 1)
    SELECT count(*) FROM taken
$$;

-- One that is refused after all stays, for its new reason.
CREATE FUNCTION nrc.refuse_parked(of_id bigint, new_reason text, new_rule text, new_path text, new_detail text,
                                  new_failures jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE nrc.quarantine q SET status = 'open', reason = new_reason, rule = new_rule, path = new_path, detail = new_detail,
                                failures = CASE WHEN NOT q.withheld THEN new_failures END
    WHERE q.id = of_id AND q.status = 'replayed'
$$;
GRANT EXECUTE ON FUNCTION nrc.parked_events(int, bigint), nrc.take_parked(bigint[]),
    nrc.refuse_parked(bigint, text, text, text, text, jsonb) TO nrc_ingest;

-- NULL leaves a part of the policy as it is.
CREATE FUNCTION nrc.set_policy(dataset_name text, review int, breaking int, notice boolean, why text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    of_agency int;
BEGIN
    UPDATE nrc.dataset d SET review_people = coalesce(review, d.review_people),
                             breaking_people = coalesce(breaking, d.breaking_people),
                             breaking_notice = coalesce(notice, d.breaking_notice)
    FROM nrc.agency a WHERE a.id = d.agency_id AND a.code || '.' || d.name = dataset_name
    RETURNING d.agency_id INTO of_agency;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', dataset_name);
    END IF;
    INSERT INTO nrc.audit (what, object, agency_id, after, why)
    VALUES ('dataset.policy', 'dataset/' || dataset_name, of_agency,
            jsonb_strip_nulls(jsonb_build_object('review_people', review, 'breaking_people', breaking,
                                                 'breaking_notice', notice)), why);
END
$$;

GRANT EXECUTE ON FUNCTION
    nrc.approve_request(bigint, text, timestamptz, bigint), nrc.apply_request(bigint, jsonb, int[], jsonb, boolean),
    nrc.reject_request(bigint, text), nrc.retire_structure(text, int, text, timestamptz),
    nrc.set_policy(text, int, int, boolean, text)
    TO nrc_registry;
