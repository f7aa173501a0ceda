-- SPDX-License-Identifier: Apache-2.0
-- What stewards do, each a function, so that the role nrc_registry needs no more than EXECUTE for
-- it. SQLSTATE NRC01 … NRC04 are rows of storage/sqlstate.c.

SET LOCAL ROLE nrc_owner;

-- An agency comes with its PostgreSQL schema, and not without a division and a head who answers
-- (NRL-9).
CREATE FUNCTION nrc.add_agency(new_code text, new_name text, new_name_ar text, new_class int, new_division text,
                               new_head text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $$
DECLARE
    new_id int;
BEGIN
    IF EXISTS (SELECT FROM nrc.agency WHERE code = new_code) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('agency %s is there already', new_code);
    END IF;
    INSERT INTO nrc.agency (code, name, name_ar, legal_class)
    VALUES (new_code, new_name, new_name_ar, new_class) RETURNING id INTO new_id;
    INSERT INTO nrc.agency_head (agency_id, division, head) VALUES (new_id, new_division, new_head);
    EXECUTE format('CREATE SCHEMA %I', new_code);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO nrc_ingest, nrc_monitor, nrc_reader', new_code);
    RETURN new_id;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.add_agency(text, text, text, int, text, text) TO nrc_registry;

-- One structure and, for values, the tables that hold it: one transaction, for a caller that makes
-- it one statement. Registered before: the same id and version, nothing else is looked at.
CREATE FUNCTION nrc.add_structure(for_dataset int, for_part text, new_text text, new_sha256 bytea, new_crc64 bigint,
                                  columns jsonb, OUT schema_id int, OUT version int)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '200ms'
AS $$
#variable_conflict use_column
DECLARE
    d nrc.dataset;
    for_subject text;
    id_found int;
    version_found int;
BEGIN
    -- The dataset's row is the lock of its registrations.
    SELECT * INTO d FROM nrc.dataset WHERE id = for_dataset FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', for_dataset);
    END IF;
    for_subject := coalesce(d.topic, (SELECT code FROM nrc.agency WHERE id = d.agency_id) || '.' || d.name)
                   || '-' || for_part;

    -- Looked up first, as ids that a conflict burns would be holes in what clients see.
    SELECT id INTO id_found FROM nrc.schema WHERE sha256 = new_sha256;
    IF NOT FOUND THEN
        -- The GUID is the hash's, so that the same schema has the same in every register (RFC 9562,
        -- version 8).
        INSERT INTO nrc.schema (guid, text, sha256, crc64)
        VALUES (encode(set_byte(set_byte(substr(new_sha256, 1, 16), 6, (get_byte(new_sha256, 6) & 15) | 128),
                                8, (get_byte(new_sha256, 8) & 63) | 128), 'hex')::uuid,
                new_text, new_sha256, new_crc64)
        ON CONFLICT (sha256) DO NOTHING RETURNING id INTO id_found;
        IF NOT FOUND THEN
            SELECT id INTO STRICT id_found FROM nrc.schema WHERE sha256 = new_sha256;
        END IF;
    END IF;

    SELECT v.version INTO version_found FROM nrc.subject_version v
    WHERE v.subject = for_subject AND v.schema_id = id_found;
    IF NOT FOUND THEN
        SELECT coalesce(max(v.version), 0) + 1 INTO version_found FROM nrc.subject_version v
        WHERE v.subject = for_subject;
        INSERT INTO nrc.subject_version (subject, version, schema_id, dataset_id, part)
        VALUES (for_subject, version_found, id_found, d.id, for_part);
        IF for_part = 'value' THEN
            PERFORM nrc.apply_columns(d.id, columns);
        END IF;
    END IF;
    schema_id := id_found;
    version := version_found;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.add_structure(int, text, text, bytea, bigint, jsonb) TO nrc_registry;

-- Opens a halted position: at next_offset, or, with a reason, at to_offset, the range kept in the
-- ledger as a gap. The epoch rises, so whatever an engine thought of the position is void.
CREATE FUNCTION nrc.resume_position(for_topic text, for_partition int, accept_gap text, to_offset bigint)
    RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    p nrc.position;
BEGIN
    SELECT * INTO p FROM nrc.position WHERE topic = for_topic AND partition = for_partition FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02',
            MESSAGE = format('there is no position for partition %s of topic %s', for_partition, for_topic);
    END IF;
    IF p.state <> 'halted' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('partition %s of topic %s is not halted', for_partition, for_topic);
    END IF;
    IF accept_gap IS NOT NULL THEN
        PERFORM nrc.make_leaves(2);
        INSERT INTO nrc.ledger (recorded_at, position_id, dataset_id, kind, epoch, from_offset, next_offset, received,
                                skipped, applied, duplicate, stale, quarantined, exempt, reason)
        VALUES (now(), p.id, p.dataset_id, 'gap', p.epoch, p.next_offset, to_offset, 0, 0, 0, 0, 0, 0, 0, accept_gap);
        -- What was known of the log may be of a topic that is gone: the checks of its start and
        -- last record begin anew.
        UPDATE nrc.position
        SET next_offset = to_offset, log_start = 0, last_offset = -1, last_ts_ms = 0, last_hash = 0
        WHERE id = p.id;
    END IF;
    UPDATE nrc.position SET state = 'open', halt_reason = NULL, epoch = epoch + 1 WHERE id = p.id;
    UPDATE nrc.incident SET closed_at = now() WHERE position_id = p.id AND closed_at IS NULL;
    PERFORM nrc.catalogue_changed(); -- engines that wait for this look again
END
$$;
GRANT EXECUTE ON FUNCTION nrc.resume_position(text, int, text, bigint) TO nrc_registry;
