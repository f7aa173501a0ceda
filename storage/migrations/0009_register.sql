-- SPDX-License-Identifier: Apache-2.0
-- Registers a version under a subject: the only way, for datasets' structures and for ordinary subjects.
-- Compatibility is checked before (registry/registration.c), under the lock of the subject. The rules here
-- hold for every caller: ids are unique and never reused, versions contiguous, references exist, tables and
-- structure change together. NRC05, NRC06, NRC07, NRC10: storage/subject/write.c.

SET LOCAL ROLE nrc_owner;

-- An ordinary subject, or a dataset's: its topic (<agency>.<name>, when it has none) and the part. A name
-- belongs to one dataset only: nrc.add_dataset.
CREATE FUNCTION nrc.dataset_of_subject(for_subject text, OUT dataset_id int, OUT part text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    asked CONSTANT text := substring(for_subject FROM '-(value|key)$');
    stem CONSTANT text := left(for_subject, -1 - length(asked));
    dot CONSTANT int := position('.' IN stem);
BEGIN
    SELECT d.id INTO dataset_id FROM nrc.dataset d WHERE d.topic = stem;
    IF NOT FOUND AND dot > 0 THEN
        SELECT d.id INTO dataset_id FROM nrc.agency a JOIN nrc.dataset d ON d.agency_id = a.id
        WHERE a.code = left(stem, dot - 1) AND d.name = substr(stem, dot + 1) AND d.topic IS NULL;
    END IF;
    part := CASE WHEN dataset_id IS NOT NULL THEN asked END;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.dataset_of_subject(text) TO nrc_registry;

-- The locks of a registration, before the reads of its checks: of the subject, and of its dataset's row,
-- because value and key structures are two subjects and are checked against each other.
CREATE FUNCTION nrc.lock_subject(for_subject text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(for_subject, 0));
    -- Foreign key checks of ingest do not wait for this lock.
    PERFORM FROM nrc.dataset WHERE id = (SELECT o.dataset_id FROM nrc.dataset_of_subject(for_subject) o)
    FOR NO KEY UPDATE;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.lock_subject(text) TO nrc_registry;

-- The GUID is the hash's, so that the same schema has the same in every register (RFC 9562,
-- version 8).
CREATE FUNCTION nrc.guid_of(sha256 bytea) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT
RETURN encode(set_byte(set_byte(substr(sha256, 1, 16), 6, (get_byte(sha256, 6) & 15) | 128),
                       8, (get_byte(sha256, 8) & 63) | 128), 'hex')::uuid;

-- The schema's row: found by its hash, or made. want_id NULL: the next id; else this one, which must be no
-- other schema's, and leaves as many ids above it as there are below. The caller holds nrc.lock_catalogue:
-- two calls with the same new schema wait for each other before an id is drawn, its last version cannot be
-- deleted permanently meanwhile, and an id of the caller's raises the sequence safely.
CREATE FUNCTION nrc.intern_schema(want_id int, new_text text, new_resolved text, new_sha256 bytea,
                                  new_normalized bytea, new_crc64 bigint, new_metadata jsonb, new_rule_set jsonb,
                                  new_references jsonb) RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ids CONSTANT regclass := pg_get_serial_sequence('nrc.schema', 'id');
    most CONSTANT int := 1 << 30; -- one greater would use up the numbers for all others
    found_id int;
    found_resolved text;
    last_id bigint;
BEGIN
    SELECT id, resolved_text INTO found_id, found_resolved FROM nrc.schema WHERE sha256 = new_sha256;
    IF FOUND THEN
        IF want_id <> found_id THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC05',
                MESSAGE = format('Schema already registered with id %s instead of input id %s', found_id, want_id);
        END IF;
        -- Given a schema that is soft-deleted, and its reference permanently deleted and registered as
        -- another schema under the same version, then the same text means another schema now.
        IF found_resolved IS DISTINCT FROM new_resolved THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC07',
                MESSAGE = format('the schema is the one with id %s, but what it refers to is not what it was then',
                                 found_id);
        END IF;
        RETURN found_id;
    END IF;
    IF want_id > most THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC05',
            MESSAGE = format('id %s is too great: an id that is brought along is at most %s', want_id, most);
    END IF;
    IF want_id IS NULL THEN
        found_id := nextval(ids);
    ELSE
        IF EXISTS (SELECT FROM nrc.schema WHERE id = want_id) THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC10',
                MESSAGE = format('id %s belongs to another schema', want_id);
        END IF;
        found_id := want_id;
        SELECT coalesce(pg_sequence_last_value(ids), 0) INTO last_id;
        IF want_id > last_id THEN
            PERFORM setval(ids, want_id);
        END IF;
    END IF;
    INSERT INTO nrc.schema (id, guid, text, resolved_text, sha256, normalized_sha256, crc64, metadata, rule_set)
    OVERRIDING SYSTEM VALUE
    VALUES (found_id, nrc.guid_of(new_sha256), new_text, new_resolved, new_sha256, new_normalized, new_crc64,
            new_metadata, new_rule_set);
    IF new_references IS NOT NULL THEN
        INSERT INTO nrc.schema_reference (schema_id, ordinal, name, subject, version)
        SELECT found_id, r.ordinal, r.item ->> 'name', r.item ->> 'subject', (r.item ->> 'version')::int
        FROM jsonb_array_elements(new_references) WITH ORDINALITY AS r(item, ordinal);
    END IF;
    RETURN found_id;
END
$$;

-- The version under which the subject has the schema, or gets it. A soft-deleted version of the same schema
-- is replaced by the new one, unless another schema refers to it.
-- fields NULL, of a value structure: people must agree to it first.
CREATE FUNCTION nrc.add_subject_version(for_subject text, for_dataset int, for_part text, for_schema int,
                                        fields int[], names text[], from_time timestamptz, want_version int, by_whom text)
    RETURNS int
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v nrc.subject_version;
    new_version int := want_version;
    waits CONSTANT boolean := for_part = 'value' AND fields IS NULL;
    new_decision CONSTANT text := CASE WHEN waits THEN 'pending' ELSE 'approved' END;
BEGIN
    SELECT * INTO v FROM nrc.subject_version
    WHERE subject = for_subject AND schema_id = for_schema AND deleted_at IS NULL;
    IF FOUND THEN
        -- Registered before its dataset was declared; or rejected, and asked for again.
        UPDATE nrc.subject_version SET dataset_id = for_dataset, part = for_part, field_columns = fields,
                                       field_names = names, shown = NULL, decision = new_decision, active_from = from_time
        WHERE subject = for_subject AND version = v.version
          AND (dataset_id IS DISTINCT FROM for_dataset OR v.decision = 'rejected');
        RETURN v.version;
    END IF;
    IF want_version IS NOT NULL THEN
        SELECT * INTO v FROM nrc.subject_version WHERE subject = for_subject AND version = want_version;
        IF FOUND AND v.schema_id <> for_schema THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC06',
                MESSAGE = format('version %s of %s is another schema', want_version, for_subject);
        END IF;
        IF FOUND THEN
            UPDATE nrc.subject_version
            SET deleted_at = NULL, dataset_id = for_dataset, part = for_part, field_columns = fields, field_names = names,
                shown = NULL, decision = new_decision, active_from = from_time
            WHERE subject = for_subject AND version = want_version;
            RETURN want_version;
        END IF;
    ELSE
        SELECT coalesce(max(version), 0) + 1 INTO new_version FROM nrc.subject_version WHERE subject = for_subject;
    END IF;
    IF new_version > 1 THEN
        DELETE FROM nrc.subject_version o
        WHERE o.subject = for_subject AND o.schema_id = for_schema AND o.version < new_version
            AND NOT EXISTS (SELECT FROM nrc.schema_reference r WHERE r.subject = o.subject AND r.version = o.version);
    END IF;
    INSERT INTO nrc.subject_version (subject, version, schema_id, dataset_id, part, field_columns, field_names, decision,
                                     active_from, registered_by)
    VALUES (for_subject, new_version, for_schema, for_dataset, for_part, fields, names, new_decision, from_time, by_whom);
    RETURN new_version;
END
$$;

-- The whole registration, after nrc.lock_subject. Tables come first: a failure to get a lock must not cost
-- an id. patient: waits for tables as nrc.alter_tables does. change: what it changes in its dataset (0015); NULL: nothing
-- that anybody must agree to.
CREATE FUNCTION nrc.register_version(for_subject text, for_dataset int, for_part text, new_text text,
                                     new_resolved text, new_sha256 bytea, new_normalized bytea, new_crc64 bigint,
                                     new_metadata jsonb, new_rule_set jsonb, new_references jsonb, columns jsonb,
                                     fields int[], names jsonb, change jsonb, want_id int, want_version int, by_whom text,
                                     patient boolean, OUT schema_id int, OUT version int, OUT request_id bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item jsonb;
    d nrc.dataset;
    from_time timestamptz := '-infinity';
    waits boolean;
BEGIN
    IF for_dataset IS NOT NULL THEN
        SELECT * INTO d FROM nrc.dataset WHERE id = for_dataset FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', for_dataset);
        END IF;
    END IF;
    -- A deletion takes the same lock alone, and then sees which schemas refer to the version.
    FOR item IN SELECT * FROM jsonb_array_elements(new_references) LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(item ->> 'subject', 0));
        PERFORM FROM nrc.subject_version v
        WHERE v.subject = item ->> 'subject' AND v.version = (item ->> 'version')::int AND v.active_from <= now();
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC07',
                MESSAGE = format('subject %s has no version %s to refer to', item ->> 'subject', item ->> 'version');
        END IF;
    END LOOP;
    PERFORM nrc.lock_catalogue();
    waits := change IS NOT NULL AND nrc.people_needed(d, change->>'class') > 0;
    IF for_part = 'value' AND NOT waits THEN
        PERFORM nrc.apply_columns(for_dataset, columns, patient);
    END IF;
    schema_id := nrc.intern_schema(want_id, new_text, new_resolved, new_sha256, new_normalized, new_crc64,
                                   new_metadata, new_rule_set, new_references);
    IF change IS NOT NULL THEN
        SELECT r.id, nrc.in_force_from(r.effective_at) INTO request_id, from_time
        FROM nrc.file_request(d, for_subject, schema_id, change) r;
    END IF;
    version := nrc.add_subject_version(for_subject, for_dataset, for_part, schema_id, CASE WHEN NOT waits THEN fields END,
                                       CASE WHEN NOT waits THEN nrc.text_array(names) END,
                                       CASE WHEN NOT waits THEN from_time END, want_version, by_whom);
    IF for_part = 'value' AND NOT waits THEN
        PERFORM nrc.show_structures(d);
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.register_version(text, int, text, text, text, bytea, bytea, bigint, jsonb, jsonb, jsonb,
                                               jsonb, int[], jsonb, jsonb, int, int, text, boolean) TO nrc_registry;
