-- SPDX-License-Identifier: Apache-2.0
-- The quarantine worked like cases: a person takes some of its events, has them replayed, discards them, or takes that back,
-- with a reason. Nothing is deleted. A replay is asked for here and done by an engine (0015_requests.sql), through the same door
-- as the first time; what is refused again stays open, with its new reason.

SET LOCAL ROLE nrc_owner;

-- s: {ids, dataset, reason, rule, path, before, assigned_to}; those that are not there do not matter.
CREATE FUNCTION nrc.selected_cases(s jsonb) RETURNS SETOF nrc.quarantine
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT q.* FROM nrc.quarantine q
    WHERE (s->'ids' IS NULL OR q.id IN (SELECT i::bigint FROM jsonb_array_elements_text(s->'ids') i))
      AND (s->'dataset' IS NULL
           OR q.dataset_id = (SELECT d.id FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
                              WHERE a.code || '.' || d.name = s->>'dataset'))
      AND (s->'reason' IS NULL OR q.reason = s->>'reason')
      AND (s->'rule' IS NULL OR q.rule = s->>'rule')
      AND (s->'path' IS NULL OR q.path = s->>'path')
      AND (s->'assigned_to' IS NULL OR q.assigned_to = s->>'assigned_to')
      AND (s->'before' IS NULL OR q.recorded_at < (s->>'before')::timestamptz)
$$;

-- action: assign (whom NULL: to nobody), replay, discard, reopen. Selected are those of the selection whose state lets it:
-- of an event that was recorded nothing is left to be done. withheld: of them without a payload (NRL-2), which cannot be
-- replayed. dry: nothing is changed. SQLSTATE NRC02 is ERR_NOT_FOUND.
CREATE FUNCTION nrc.change_cases(action text, s jsonb, whom text, why text, dry boolean, OUT selected bigint, OUT withheld bigint,
                                 OUT changed bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    from_states CONSTANT text[] := CASE action WHEN 'assign' THEN '{open,replay,discarded}' WHEN 'reopen' THEN '{discarded,replay,superseded}'
        WHEN 'discard' THEN '{open,replay}' WHEN 'replay' THEN '{open}' END;
    to_state CONSTANT text := CASE action WHEN 'replay' THEN 'replay' WHEN 'discard' THEN 'discarded' WHEN 'reopen' THEN 'open' END;
    of_agency int;
    trail_id bigint;
BEGIN
    IF from_states IS NULL THEN
        RAISE EXCEPTION 'no action %', action;
    END IF;
    IF s->'dataset' IS NOT NULL THEN
        SELECT d.agency_id INTO of_agency FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
        WHERE a.code || '.' || d.name = s->>'dataset';
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', s->>'dataset');
        END IF;
    END IF;
    SELECT count(*), count(*) FILTER (WHERE c.withheld AND action = 'replay') INTO selected, withheld
    FROM nrc.selected_cases(s) c WHERE c.status = ANY (from_states);
    changed := 0;
    IF dry OR selected = 0 THEN
        RETURN;
    END IF;
    trail_id := nextval(pg_get_serial_sequence('nrc.audit', 'id'));
    UPDATE nrc.quarantine q
    SET status = coalesce(to_state, q.status), changes = q.changes || trail_id,
        kept_open_at = CASE WHEN action = 'reopen' THEN now() ELSE q.kept_open_at END,
        ended_by = CASE WHEN action = 'reopen' THEN NULL ELSE q.ended_by END,
        ended_offset = CASE WHEN action = 'reopen' THEN NULL ELSE q.ended_offset END, assigned_to = CASE WHEN action = 'assign' THEN whom ELSE q.assigned_to END,
        note = why, changed_at = now(), changed_by = nrc.actor()
    FROM nrc.selected_cases(s) c
    WHERE q.id = c.id AND q.recorded_at = c.recorded_at AND q.status = ANY (from_states)
      AND NOT (q.withheld AND action = 'replay');
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed > 0 THEN
        INSERT INTO nrc.audit (id, what, object, agency_id, after, why) OVERRIDING SYSTEM VALUE
        VALUES (trail_id, 'quarantine.' || action, 'quarantine/' || coalesce(s->>'dataset', s->'ids'->>0, '*'), of_agency,
                jsonb_strip_nulls(jsonb_build_object('selection', s, 'events', changed, 'assigned_to', whom)), why);
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION nrc.change_cases(text, jsonb, text, text, boolean) TO nrc_steward;
