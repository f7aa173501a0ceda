-- SPDX-License-Identifier: Apache-2.0
-- Notices (NRL-7): what an agency announces before it stops, modifies, updates or restructures its data systems, or collects
-- in addition. Each has a window, a reason, and for a stop the means by which data comes meanwhile (NRL-8).
--
-- A notice is amended or withdrawn, never deleted; nrc.audit has each form that it had.

SET LOCAL ROLE nrc_owner;

-- The law's five kinds in its own words.
CREATE TABLE nrc.notice_kind (
    kind    text PRIMARY KEY,
    name    text NOT NULL,
    name_ar text NOT NULL
);
INSERT INTO nrc.notice_kind VALUES
    ('stop', 'stop', 'إيقاف'),
    ('modification', 'modification', 'تعديل'),
    ('update', 'update', 'تحديث'),
    ('restructure', 'restructuring of data systems', 'هيكلة أنظمة البيانات'),
    ('additional_collection', 'additional collection', 'عمليات جمع إضافية');

CREATE TABLE nrc.notice (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id    int NOT NULL REFERENCES nrc.agency,
    kind         text NOT NULL REFERENCES nrc.notice_kind,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz CHECK (ends_at > starts_at), -- NULL: for good
    reason       text NOT NULL CHECK (reason ~ '\S'),
    means        text CHECK (means ~ '\S'),
    filed_at     timestamptz NOT NULL DEFAULT now(),
    filed_by     text NOT NULL DEFAULT nrc.actor(),
    announced_at timestamptz NOT NULL DEFAULT now(), -- since when this start is known
    withdrawn_at timestamptz,
    CHECK (kind <> 'stop' OR means IS NOT NULL)
);

CREATE TABLE nrc.notice_dataset (
    notice_id  bigint NOT NULL REFERENCES nrc.notice,
    dataset_id int NOT NULL REFERENCES nrc.dataset,
    PRIMARY KEY (notice_id, dataset_id)
);
CREATE INDEX notice_dataset_of ON nrc.notice_dataset (dataset_id);

GRANT SELECT ON nrc.notice_kind, nrc.notice, nrc.notice_dataset TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.notice_state(n nrc.notice) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN n.withdrawn_at IS NOT NULL THEN 'withdrawn'
                WHEN n.ends_at <= now() THEN 'ended'
                WHEN n.starts_at <= now() THEN 'in_force'
                ELSE 'announced' END
$$;

CREATE FUNCTION nrc.notice_datasets(of_notice bigint) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_agg(a.code || '.' || d.name ORDER BY a.code, d.name)
    FROM nrc.notice_dataset o JOIN nrc.dataset d ON d.id = o.dataset_id JOIN nrc.agency a ON a.id = d.agency_id
    WHERE o.notice_id = of_notice
$$;
GRANT EXECUTE ON FUNCTION nrc.notice_state(nrc.notice), nrc.notice_datasets(bigint) TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.notice_json(n nrc.notice) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('kind', n.kind, 'datasets', nrc.notice_datasets(n.id),
               'starts_at', n.starts_at, 'ends_at', n.ends_at, 'reason', n.reason, 'means', n.means,
               'withdrawn_at', n.withdrawn_at))
$$;

-- The window and the means of a notice are right, or the reason why not is raised.
CREATE FUNCTION nrc.check_notice(n nrc.notice) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF n.ends_at <= n.starts_at THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a notice''s window ends after it begins';
    END IF;
    IF n.ends_at <= now() THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'this window is over already: nothing can be announced for it';
    END IF;
    IF n.kind = 'stop' AND n.means IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = 'a notice of a stop says by which means data comes meanwhile (NRL-8)';
    END IF;
END
$$;

CREATE FUNCTION nrc.audit_notice(done text, old nrc.notice, n nrc.notice, change_why text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.audit (what, object, agency_id, before, after, why)
    VALUES ('notice.' || done, 'notice/' || n.id, n.agency_id,
            CASE WHEN old.id IS NOT NULL THEN nrc.notice_json(old) END, nrc.notice_json(n), change_why)
$$;

-- by_agency NULL: the Center files it. Else the datasets must be of that agency, or the agency must have succeeded theirs.
-- of_system (0017): the notice is about every dataset that the system serves now, and about those that join it later.
CREATE FUNCTION nrc.file_notice(of_kind text, dataset_names jsonb, of_system text, from_time timestamptz,
                                until_time timestamptz, why text, by_means text, by_agency text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.notice;
    of_agency int;
    wanted text;
    found_dataset int;
    found_agency int;
    ids int[] := '{}';
BEGIN
    IF NOT EXISTS (SELECT FROM nrc.notice_kind WHERE kind = of_kind) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('there is no kind of notice %s: it is %s', of_kind,
            (SELECT string_agg(kind, ', ' ORDER BY kind) FROM nrc.notice_kind));
    END IF;
    IF of_system IS NOT NULL THEN
        SELECT s.id, nrc.answering_agency(s.agency_id) INTO n.system_id, of_agency
        FROM nrc.system s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.code = of_system AND s.retired_on IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no system %s', of_system);
        END IF;
        IF by_agency IS NOT NULL AND by_agency IS DISTINCT FROM nrc.answering_code(of_agency) THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04',
                MESSAGE = format('%s is another agency''s system: its own agency announces what it does', of_system);
        END IF;
        ids := ARRAY(SELECT d.id FROM nrc.dataset d WHERE d.system_id = n.system_id AND d.retired_on IS NULL);
    END IF;
    FOR wanted IN SELECT DISTINCT v FROM jsonb_array_elements_text(dataset_names) e(v) ORDER BY v
    LOOP
        SELECT d.id, nrc.answering_agency(d.agency_id) INTO found_dataset, found_agency
        FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE a.code || '.' || d.name = wanted;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', wanted);
        END IF;
        IF by_agency IS NOT NULL AND by_agency IS DISTINCT FROM nrc.answering_code(found_agency) THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04',
                MESSAGE = format('%s is another agency''s dataset: its own agency announces what it does', wanted);
        END IF;
        IF found_agency <> of_agency THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a notice is about datasets of one agency';
        END IF;
        of_agency := found_agency;
        ids := ids || found_dataset;
    END LOOP;
    IF of_agency IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a notice names at least one dataset, or a system';
    END IF;
    n.kind := of_kind;
    n.starts_at := from_time;
    n.ends_at := until_time;
    n.means := by_means;
    PERFORM nrc.check_notice(n);
    INSERT INTO nrc.notice (agency_id, kind, starts_at, ends_at, reason, means, system_id)
    VALUES (of_agency, of_kind, from_time, until_time, why, by_means, n.system_id) RETURNING * INTO n;
    INSERT INTO nrc.notice_dataset (notice_id, dataset_id) SELECT DISTINCT n.id, v FROM unnest(ids) e(v);
    PERFORM nrc.audit_notice('filed', NULL, n, why);
    RETURN n.id;
END
$$;

-- The notice, its row locked, as long as it can still be changed.
CREATE FUNCTION nrc.notice_for_change(of_notice bigint, by_agency text) RETURNS nrc.notice
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.notice;
BEGIN
    SELECT * INTO n FROM nrc.notice WHERE id = of_notice FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no notice %s', of_notice);
    END IF;
    IF by_agency IS NOT NULL AND by_agency IS DISTINCT FROM nrc.answering_code(n.agency_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('notice %s is another agency''s', of_notice);
    END IF;
    IF n.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('notice %s was withdrawn at %s', of_notice,
            to_char(n.withdrawn_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'));
    END IF;
    RETURN n;
END
$$;

-- NULL leaves a part as it is; for_good: without an end. An earlier start is announced now; a later one was known before.
CREATE FUNCTION nrc.amend_notice(of_notice bigint, from_time timestamptz, until_time timestamptz, for_good boolean,
                                 new_reason text, new_means text, change_why text, by_agency text)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old nrc.notice := nrc.notice_for_change(of_notice, by_agency);
    n nrc.notice := old;
BEGIN
    n.starts_at := coalesce(from_time, old.starts_at);
    n.ends_at := CASE WHEN for_good THEN NULL ELSE coalesce(until_time, old.ends_at) END;
    n.reason := coalesce(new_reason, old.reason);
    n.means := coalesce(new_means, old.means);
    IF n IS NOT DISTINCT FROM old THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('notice %s says that already', of_notice);
    END IF;
    IF n.starts_at < old.starts_at THEN
        n.announced_at := now();
    END IF;
    PERFORM nrc.check_notice(n);
    UPDATE nrc.notice SET starts_at = n.starts_at, ends_at = n.ends_at, reason = n.reason, means = n.means,
                          announced_at = n.announced_at WHERE id = of_notice;
    PERFORM nrc.audit_notice('amended', old, n, change_why);
END
$$;

CREATE FUNCTION nrc.withdraw_notice(of_notice bigint, change_why text, by_agency text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old nrc.notice := nrc.notice_for_change(of_notice, by_agency);
    n nrc.notice := old;
BEGIN
    n.withdrawn_at := now();
    UPDATE nrc.notice SET withdrawn_at = n.withdrawn_at WHERE id = of_notice;
    PERFORM nrc.audit_notice('withdrawn', old, n, change_why);
END
$$;

GRANT EXECUTE ON FUNCTION
    nrc.file_notice(text, jsonb, text, timestamptz, timestamptz, text, text, text),
    nrc.amend_notice(bigint, timestamptz, timestamptz, boolean, text, text, text, text),
    nrc.withdraw_notice(bigint, text, text)
    TO nrc_registry;
