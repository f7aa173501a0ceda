-- SPDX-License-Identifier: Apache-2.0
-- Subjects: the mode in force, and soft and permanent deletion.
--
-- A deletion is one statement of the caller's, so one transaction, under the subject's lock, which a
-- registration takes too. A refusal is returned as a word (storage/subject/delete.c), and then nothing has
-- changed.

SET LOCAL ROLE nrc_owner;

-- ":.ctx:" of ":.ctx:name"; '' of a name in the default context, and of none. It is called for thousands of
-- rows at once, so the planner must be able to inline it: neither STRICT nor with a SET clause, which a body
-- that is parsed here does not need.
CREATE FUNCTION nrc.context_of(subject text) RETURNS text
    LANGUAGE sql IMMUTABLE
RETURN CASE WHEN starts_with(subject, ':.') THEN coalesce(substring(subject, '^:\.[^:]*:'), '') ELSE '' END;

-- The subject's own mode, else its context's ('' is the default context's, which is the registry's), else
-- that of all contexts, else READWRITE. But READONLY_OVERRIDE of the registry goes before all of them: it
-- stops every subject at once, also those with a mode of their own.
CREATE FUNCTION nrc.mode_in_force(for_subject text) RETURNS text
    LANGUAGE sql STABLE
RETURN coalesce((SELECT m.mode FROM nrc.registry_mode m WHERE m.mode = 'READONLY_OVERRIDE' AND m.subject =
                    (SELECT top.subject FROM nrc.registry_mode top WHERE top.subject IN ('', ':.__GLOBAL:')
                     ORDER BY top.subject <> '' LIMIT 1)),
                (SELECT m.mode FROM nrc.registry_mode m WHERE m.subject = for_subject),
                (SELECT m.mode FROM nrc.registry_mode m WHERE m.subject = nrc.context_of(for_subject)),
                (SELECT m.mode FROM nrc.registry_mode m WHERE m.subject = ':.__GLOBAL:'),
                'READWRITE');
GRANT EXECUTE ON FUNCTION nrc.context_of(text), nrc.mode_in_force(text) TO nrc_registry, nrc_monitor;

-- Whether a schema in use refers to the version; with pending_too also one that waits for approval. A
-- schema that only other_than uses does not count.
CREATE FUNCTION nrc.is_referred_to(for_subject text, for_version int, pending_too boolean, other_than text)
    RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM nrc.schema_reference r
                   JOIN nrc.subject_version v ON v.schema_id = r.schema_id
                   WHERE r.subject = for_subject AND r.version = for_version
                     AND v.subject IS DISTINCT FROM other_than
                     AND v.deleted_at IS NULL AND (pending_too OR v.active_from <= now()))
$$;

-- Deletes versions permanently, and with them the schemas that no version uses any more: their ids are never
-- used again.
CREATE FUNCTION nrc.purge_versions(for_subject text, gone int[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    candidates int[];
BEGIN
    -- From here on no registration runs: one that uses one of the schemas is visible to the next query.
    PERFORM nrc.lock_catalogue();
    SELECT array_agg(DISTINCT v.schema_id) INTO candidates
    FROM nrc.subject_version v WHERE v.subject = for_subject AND v.version = ANY (gone);
    DELETE FROM nrc.subject_version v WHERE v.subject = for_subject AND v.version = ANY (gone);
    DELETE FROM nrc.schema s
    WHERE s.id = ANY (candidates) AND NOT EXISTS (SELECT FROM nrc.subject_version v WHERE v.schema_id = s.id);
    IF NOT EXISTS (SELECT FROM nrc.subject_version v WHERE v.subject = for_subject) THEN
        DELETE FROM nrc.registry_config c WHERE c.subject = for_subject;
        DELETE FROM nrc.registry_mode m WHERE m.subject = for_subject;
    END IF;
END
$$;

-- for_version -1: the latest that is not deleted. outcome 'done': `version` is the deleted one.
CREATE FUNCTION nrc.delete_version(for_subject text, for_version int, permanent boolean, OUT outcome text,
                                   OUT version int)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $$
#variable_conflict use_column
DECLARE
    target nrc.subject_version;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(for_subject, 0));
    version := for_version;
    SELECT * INTO target FROM nrc.subject_version v
    WHERE v.subject = for_subject AND v.active_from <= now()
      AND (v.version = for_version OR for_version = -1 AND v.deleted_at IS NULL)
    ORDER BY v.version DESC LIMIT 1;
    IF NOT FOUND THEN
        outcome := CASE WHEN EXISTS (SELECT FROM nrc.subject_version v
                                     WHERE v.subject = for_subject AND v.active_from <= now())
                        THEN 'version_not_found' ELSE 'subject_not_found' END;
        RETURN;
    END IF;
    version := target.version;
    IF NOT permanent AND target.deleted_at IS NOT NULL THEN
        outcome := 'version_deleted';
    ELSIF nrc.mode_in_force(for_subject) IN ('READONLY', 'READONLY_OVERRIDE') THEN
        outcome := 'read_only';
    ELSIF nrc.is_referred_to(for_subject, target.version, permanent, NULL) THEN
        outcome := 'referenced';
    ELSIF permanent AND target.deleted_at IS NULL THEN
        outcome := 'version_not_deleted';
    ELSIF permanent AND target.dataset_id IS NOT NULL THEN
        outcome := 'holds_events';
    ELSE
        outcome := 'done';
        IF permanent THEN
            PERFORM nrc.purge_versions(for_subject, ARRAY[target.version]);
        ELSE
            UPDATE nrc.subject_version v SET deleted_at = now()
            WHERE v.subject = for_subject AND v.version = target.version;
        END IF;
    END IF;
END
$$;

-- outcome 'done': `versions` are the deleted ones, ascending. Otherwise `version` is the one that cannot be
-- deleted, if it is one.
CREATE FUNCTION nrc.delete_subject(for_subject text, permanent boolean, OUT outcome text, OUT version int,
                                   OUT versions int[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $$
#variable_conflict use_column
DECLARE
    live int;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(for_subject, 0));
    SELECT count(*) FILTER (WHERE v.deleted_at IS NULL),
           array_agg(v.version ORDER BY v.version) FILTER (WHERE permanent OR v.deleted_at IS NULL)
    INTO live, versions
    FROM nrc.subject_version v WHERE v.subject = for_subject AND v.active_from <= now();
    IF versions IS NULL THEN
        outcome := CASE WHEN EXISTS (SELECT FROM nrc.subject_version v
                                     WHERE v.subject = for_subject AND v.active_from <= now())
                        THEN 'subject_deleted' ELSE 'subject_not_found' END;
        RETURN;
    END IF;
    IF nrc.mode_in_force(for_subject) IN ('READONLY', 'READONLY_OVERRIDE') THEN
        outcome := 'read_only';
        RETURN;
    END IF;
    SELECT min(n) INTO version FROM unnest(versions) n
    WHERE nrc.is_referred_to(for_subject, n, permanent, for_subject);
    IF version IS NOT NULL THEN
        outcome := 'referenced';
        RETURN;
    END IF;
    IF permanent AND live > 0 THEN
        outcome := 'subject_not_deleted';
        RETURN;
    END IF;
    IF permanent THEN
        SELECT min(v.version) INTO version FROM nrc.subject_version v
        WHERE v.subject = for_subject AND v.active_from <= now() AND v.dataset_id IS NOT NULL;
        IF version IS NOT NULL THEN
            outcome := 'holds_events';
            RETURN;
        END IF;
        PERFORM nrc.purge_versions(for_subject, versions);
    ELSE
        UPDATE nrc.subject_version v SET deleted_at = now()
        WHERE v.subject = for_subject AND v.version = ANY (versions);
    END IF;
    outcome := 'done';
END
$$;
GRANT EXECUTE ON FUNCTION nrc.delete_version(text, int, boolean), nrc.delete_subject(text, boolean) TO nrc_registry;
