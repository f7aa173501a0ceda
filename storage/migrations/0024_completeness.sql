-- SPDX-License-Identifier: Apache-2.0
-- Completeness (NRL-10, DSP-7.4.5), off the event path: the agency's own sequence, whose holes are gaps, and control totals, by
-- which an agency states what it sent. ops/doc/completeness.md is for agencies.

SET LOCAL ROLE nrc_owner;

-- A position's rows in the order of its offsets: one row more in an index for each batch and partition. Rows of a batch that moved no
-- position, and refused events of a time: few beside the stream's.
CREATE INDEX ledger_moves ON nrc.ledger (position_id, from_offset) WHERE kind IN ('stream', 'gap');
CREATE INDEX ledger_beside ON nrc.ledger (dataset_id, recorded_at) WHERE kind IN ('replay', 'import');
CREATE INDEX quarantine_recorded ON nrc.quarantine (dataset_id, recorded_at);

-- ---- sequences ----

-- One row for each dataset whose contract names a sequence: which numbers came. A number came when history has an event with it,
-- whatever its effect. An event whose number is null has none; a tombstone has none.
CREATE TABLE nrc.sequence (
    dataset_id    int PRIMARY KEY, -- no reference, which would wait for a dataset that is just being changed; its contract keeps it
    field         text NOT NULL,
    starts_at     bigint,  -- as the contract says; NULL: with the lowest that was seen
    state         text NOT NULL CHECK (state IN ('counting', 'no_column', 'stopped')),
    seen          int8multirange NOT NULL,
    quarantined   int8multirange NOT NULL, -- that did not come, and are the key of a quarantined event
    lowest        bigint,
    highest       bigint,
    too_many_from bigint,  -- gaps below it are exact; from it on there were too many, and none is kept
    unnumbered    bigint NOT NULL DEFAULT 0,
    unread        bigint NOT NULL DEFAULT 0, -- offsets of which the ledger says nothing any more
    replays_from  timestamptz NOT NULL DEFAULT '-infinity',
    begun_at      timestamptz NOT NULL DEFAULT now(),
    turned_at     timestamptz NOT NULL DEFAULT '-infinity',
    failed        int NOT NULL DEFAULT 0 -- steps since the last good one
) WITH (fillfactor = 50);

-- Up to which offset each position's events were taken. Offsets, and not times: a batch's time is when it began, and one that
-- began earlier may commit later. Of one position batches commit in the order of their offsets, and the ledger has no hole
-- between them, so nothing is passed over.
CREATE TABLE nrc.sequence_cursor (
    dataset_id  int NOT NULL REFERENCES nrc.dataset,
    position_id int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (dataset_id, position_id)
);

-- Ledger rows without a range of their own (replay, import) of the last day, that were taken. Older ones than a day are none that
-- a transaction still writes.
CREATE TABLE nrc.sequence_replay (
    dataset_id  int NOT NULL REFERENCES nrc.dataset,
    recorded_at timestamptz NOT NULL,
    position_id int NOT NULL,
    PRIMARY KEY (dataset_id, recorded_at, position_id)
);

CREATE TABLE nrc.sequence_gap (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id  int NOT NULL REFERENCES nrc.dataset,
    from_number bigint NOT NULL,
    to_number   bigint NOT NULL CHECK (to_number >= from_number),
    opened_at   timestamptz NOT NULL, -- when the first event with a higher number was recorded
    closed_at   timestamptz,
    ended       text CHECK (ended IN ('arrived', 'contract')),
    CHECK ((closed_at IS NULL) = (ended IS NULL))
);
CREATE UNIQUE INDEX sequence_gap_open ON nrc.sequence_gap (dataset_id, from_number) WHERE closed_at IS NULL;
CREATE INDEX sequence_gap_closed ON nrc.sequence_gap (dataset_id, id) WHERE closed_at IS NOT NULL;

GRANT SELECT ON nrc.sequence, nrc.sequence_gap TO nrc_monitor, nrc_registry;

-- Gaps of a dataset that are kept, open ones and closed ones each.
CREATE FUNCTION nrc.sequence_most_gaps() RETURNS int
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 10000
$$;

CREATE FUNCTION nrc.multirange_size(numbers int8multirange) RETURNS numeric
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(upper(r)::numeric - lower(r)), 0) FROM unnest(numbers) r
$$;

-- How many of a dataset's events lie in the quarantine now; of very many it says no more than that.
CREATE FUNCTION nrc.quarantined_now(of_dataset int) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) FROM (SELECT FROM nrc.quarantine q WHERE q.dataset_id = of_dataset AND q.status = 'open' LIMIT 10001) q
$$;
GRANT EXECUTE ON FUNCTION nrc.multirange_size(int8multirange), nrc.quarantined_now(int) TO nrc_monitor, nrc_registry;

-- The dataset's row of nrc.sequence as its contract has it now; NULL: there is nothing to count. What another field or start had
-- is put away, and all is read anew.
CREATE FUNCTION nrc.sequence_of(of_dataset int) RETURNS nrc.sequence
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s nrc.sequence;
    named text;
    starts bigint;
BEGIN
    SELECT c.contract->>'sequence_field', (c.contract->>'sequence_from')::bigint INTO named, starts
    FROM nrc.contract_now c WHERE c.dataset_id = of_dataset AND c.status <> 'retired';
    SELECT * INTO s FROM nrc.sequence o WHERE o.dataset_id = of_dataset FOR UPDATE;
    IF named IS NULL THEN
        UPDATE nrc.sequence o SET state = 'stopped', turned_at = now() WHERE o.dataset_id = of_dataset AND o.state <> 'stopped';
        RETURN NULL;
    END IF;
    IF s.dataset_id IS NULL OR (s.field, s.starts_at) IS DISTINCT FROM (named, starts) THEN
        UPDATE nrc.sequence_gap g SET closed_at = now(), ended = 'contract'
        WHERE g.dataset_id = of_dataset AND g.closed_at IS NULL;
        DELETE FROM nrc.sequence_cursor c WHERE c.dataset_id = of_dataset;
        DELETE FROM nrc.sequence_replay r WHERE r.dataset_id = of_dataset;
        DELETE FROM nrc.sequence o WHERE o.dataset_id = of_dataset;
        INSERT INTO nrc.sequence (dataset_id, field, starts_at, state, seen, quarantined)
        VALUES (of_dataset, named, starts, 'counting', '{}', '{}') RETURNING * INTO s;
    END IF;
    s.state := 'counting';
    RETURN s;
END
$$;

-- What a step takes: of each position a range of offsets, which all lie between two times; and rows without a range.
CREATE TYPE nrc.sequence_part AS (
    positions int[], froms bigint[], untils bigint[], first_at timestamptz, last_at timestamptz,
    replay_ats timestamptz[], replay_positions int[], refused bigint, unread bigint, is_cut boolean);

-- Of each position that has something new, the ledger's rows behind its cursor without a hole, in the order in which they were
-- recorded, until there are about so many events. unread: so many offsets lie before the first row, whose months were removed; upto
-- NULL: nothing is to be taken now.
CREATE FUNCTION nrc.sequence_ranges(of_dataset int, most_events bigint, most_rows int) RETURNS TABLE (
    position_id int, first_offset bigint, upto bigint, low timestamptz, high timestamptz, refused bigint, unread bigint, is_cut boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH due AS MATERIALIZED (
        SELECT o.position_id, o.next_offset AS cursor_offset, p.next_offset AS stands_at FROM nrc.sequence_cursor o
        JOIN nrc.position p ON p.id = o.position_id WHERE o.dataset_id = of_dataset AND p.next_offset > o.next_offset),
    behind AS MATERIALIZED (
        SELECT d.position_id, l.* FROM due d CROSS JOIN LATERAL (
            SELECT m.recorded_at, m.from_offset, m.next_offset, m.received, m.quarantined FROM nrc.ledger m
            WHERE m.position_id = d.position_id AND m.from_offset >= d.cursor_offset AND m.kind IN ('stream', 'gap')
            ORDER BY m.from_offset LIMIT most_rows) l),
    chain AS (
        SELECT n.*, lag(n.next_offset, 1, n.from_offset) OVER w AS wanted, max(n.recorded_at) OVER w AS by_then
        FROM behind n WINDOW w AS (PARTITION BY n.position_id ORDER BY n.from_offset, n.next_offset)),
    whole AS (
        SELECT k.*, bool_and(k.from_offset = k.wanted) OVER (PARTITION BY k.position_id ORDER BY k.from_offset, k.next_offset) AS holds
        FROM chain k),
    counted AS (
        SELECT w.*, sum(w.received) OVER (ORDER BY w.by_then, w.position_id, w.from_offset, w.next_offset) - w.received
                    < most_events AS is_in
        FROM whole w WHERE w.holds),
    summed AS (
        SELECT k.position_id, min(k.from_offset) AS first_offset, max(k.next_offset) FILTER (WHERE k.is_in) AS upto,
               min(k.recorded_at) FILTER (WHERE k.is_in) AS low, max(k.recorded_at) FILTER (WHERE k.is_in) AS high,
               sum(k.quarantined) FILTER (WHERE k.is_in) AS refused
        FROM counted k GROUP BY 1)
    SELECT d.position_id, coalesce(s.first_offset, d.stands_at), coalesce(s.upto, CASE WHEN s.position_id IS NULL THEN d.stands_at END),
           s.low, s.high, coalesce(s.refused, 0)::bigint, coalesce(s.first_offset, d.stands_at) - d.cursor_offset,
           coalesce(s.upto, 0) < d.stands_at AND s.position_id IS NOT NULL
    FROM due d LEFT JOIN summed s ON s.position_id = d.position_id
$$;

-- Moves the cursors on by about so many events.
CREATE FUNCTION nrc.sequence_advance(of_dataset int, most_events bigint) RETURNS nrc.sequence_part
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part nrc.sequence_part;
    r record;
BEGIN
    part.refused := 0;
    part.unread := 0;
    part.is_cut := false;
    INSERT INTO nrc.sequence_cursor SELECT of_dataset, p.id, p.first_offset FROM nrc.position p
    WHERE p.dataset_id = of_dataset ON CONFLICT DO NOTHING;
    FOR r IN SELECT * FROM nrc.sequence_ranges(of_dataset, most_events, 1000) LOOP
        part.is_cut := part.is_cut OR r.is_cut;
        CONTINUE WHEN r.upto IS NULL;
        part.positions := part.positions || r.position_id;
        part.froms := part.froms || r.first_offset;
        part.untils := part.untils || r.upto;
        part.first_at := least(part.first_at, r.low);
        part.last_at := greatest(part.last_at, r.high);
        part.refused := part.refused + r.refused;
        part.unread := part.unread + r.unread;
        UPDATE nrc.sequence_cursor o SET next_offset = r.upto WHERE o.dataset_id = of_dataset AND o.position_id = r.position_id;
    END LOOP;
    RETURN part;
END
$$;

-- Adds the rows without a range, and remembers them.
CREATE FUNCTION nrc.sequence_add_replays(s nrc.sequence, part nrc.sequence_part) RETURNS nrc.sequence_part
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    most_rows CONSTANT int := 500;
BEGIN
    SELECT array_agg(l.recorded_at), array_agg(l.position_id) INTO part.replay_ats, part.replay_positions
    FROM (SELECT DISTINCT o.recorded_at, o.position_id FROM nrc.ledger o
          WHERE o.dataset_id = s.dataset_id AND o.kind IN ('replay', 'import') AND o.recorded_at >= s.replays_from
            AND NOT EXISTS (SELECT FROM nrc.sequence_replay t WHERE t.dataset_id = s.dataset_id
                              AND t.recorded_at = o.recorded_at AND t.position_id = o.position_id)
          ORDER BY 1, 2 LIMIT most_rows) l;
    INSERT INTO nrc.sequence_replay SELECT s.dataset_id, r.at, r.p FROM unnest(part.replay_ats, part.replay_positions) r(at, p);
    IF cardinality(part.replay_ats) = most_rows THEN
        part.is_cut := true;
    ELSIF s.replays_from < now() - interval '25 hours' THEN
        UPDATE nrc.sequence o SET replays_from = now() - interval '1 day' WHERE o.dataset_id = s.dataset_id;
        DELETE FROM nrc.sequence_replay t WHERE t.dataset_id = s.dataset_id AND t.recorded_at < now() - interval '1 day';
    END IF;
    RETURN part;
END
$$;

-- The numbers of a part: which came; where a run of them begins, and when the first number from there on was recorded; how many
-- events had none. The greatest number of all is none that can be counted up.
CREATE TYPE nrc.sequence_numbers AS (
    arrived int8multirange, starts bigint[], start_ats timestamptz[], lowest bigint, highest bigint, unnumbered bigint);

CREATE FUNCTION nrc.sequence_read(d nrc.dataset, s nrc.sequence, part nrc.sequence_part, number_sql text)
    RETURNS nrc.sequence_numbers
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    n nrc.sequence_numbers;
    agency text;
BEGIN
    SELECT a.code INTO STRICT agency FROM nrc.agency a WHERE a.id = d.agency_id;
    EXECUTE format($q$
        WITH read AS MATERIALIZED (
            SELECT %3$s AS number, _nrc_h._recorded_at AS at FROM %1$I.%2$I AS _nrc_h
            JOIN unnest($1, $2, $3) r(p, f, u) ON _nrc_h._topic_partition = r.p AND _nrc_h._offset >= r.f AND _nrc_h._offset < r.u
            WHERE _nrc_h._recorded_at >= $4 AND _nrc_h._recorded_at <= $5
            UNION ALL
            SELECT m.number, r.at FROM unnest($6, $7) r(at, p) CROSS JOIN LATERAL (
                SELECT %3$s AS number FROM %1$I.%2$I AS _nrc_h
                WHERE _nrc_h._recorded_at = r.at AND _nrc_h._topic_partition = r.p) m),
        numbers AS MATERIALIZED (
            SELECT e.number, min(e.at) AS at FROM read e
            WHERE e.number >= $8 AND e.number < 9223372036854775807 GROUP BY 1),
        kept AS MATERIALIZED (SELECT * FROM numbers k WHERE k.number < $9),
        runs AS (
            SELECT k.number, min(k.at) OVER (ORDER BY k.number DESC) AS at,
                   lag(k.number) OVER (ORDER BY k.number) + 1 IS DISTINCT FROM k.number AS is_start
            FROM kept k)
        SELECT coalesce((SELECT range_agg(int8range(k.number, k.number + 1)) FROM kept k), '{}'),
               array_agg(u.number ORDER BY u.number), array_agg(u.at ORDER BY u.number), (SELECT min(k.number) FROM numbers k),
               (SELECT max(k.number) FROM numbers k),
               (SELECT count(*) FROM read e WHERE e.number IS NULL OR e.number = 9223372036854775807)
        FROM runs u WHERE u.is_start
        $q$, agency, d.name || '_history', number_sql)
    INTO n USING part.positions, part.froms, part.untils, part.first_at, part.last_at, part.replay_ats, part.replay_positions,
        coalesce(s.starts_at, '-9223372036854775808'), coalesce(s.too_many_from, 9223372036854775807);
    RETURN n;
END
$$;

-- The number that is a quarantined event's key; NULL: nobody can tell.
CREATE FUNCTION nrc.sequence_key(key bytea, key_format text) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF key_format IN ('text', 'json') AND octet_length(key) <= 19 AND encode(key, 'escape') ~ '^-?[0-9]{1,18}$' THEN
        RETURN encode(key, 'escape')::bigint;
    ELSIF key_format = 'long' AND octet_length(key) = 8 THEN
        RETURN ('x' || encode(key, 'hex'))::bit(64)::bigint;
    ELSIF key_format = 'int' AND octet_length(key) = 4 THEN
        RETURN nrc.int32_at(key, 0);
    END IF;
    RETURN NULL;
END
$$;

-- Numbers of quarantined events of a part, where the number is the whole key.
CREATE FUNCTION nrc.sequence_refused(d nrc.dataset, part nrc.sequence_part) RETURNS int8multirange
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(range_agg(int8range(k.number, k.number + 1)), '{}')
    FROM (SELECT nrc.sequence_key(q.key, d.key_format) AS number
          FROM nrc.quarantine q JOIN unnest(part.positions, part.froms, part.untils) r(p, f, u)
            ON q.position_id = r.p AND q.topic_offset >= r.f AND q.topic_offset < r.u
          WHERE q.dataset_id = d.id AND q.recorded_at >= part.first_at AND q.recorded_at <= part.last_at) k
    WHERE k.number < 9223372036854775807
$$;

-- Gaps that are there now, against the open ones: new ones are opened, of one that is filled in part the rest keeps its age, and
-- what came is a closed one.
CREATE FUNCTION nrc.sequence_put_gaps(of_dataset int, missing int8multirange, n nrc.sequence_numbers, by_then timestamptz)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was int8multirange;
    new_froms bigint[];
    new_tos bigint[];
    new_ats timestamptz[];
BEGIN
    SELECT coalesce(range_agg(int8range(g.from_number, g.to_number + 1)), '{}') INTO was
    FROM nrc.sequence_gap g WHERE g.dataset_id = of_dataset AND g.closed_at IS NULL;
    IF was = missing THEN
        RETURN;
    END IF;
    INSERT INTO nrc.sequence_gap (dataset_id, from_number, to_number, opened_at, closed_at, ended)
    SELECT of_dataset, lower(r), upper(r) - 1, g.opened_at, greatest(by_then, g.opened_at), 'arrived'
    FROM unnest(was - missing) r CROSS JOIN LATERAL (
        SELECT o.opened_at FROM nrc.sequence_gap o
        WHERE o.dataset_id = of_dataset AND o.closed_at IS NULL AND o.from_number <= lower(r) ORDER BY o.from_number DESC LIMIT 1) g
    ORDER BY lower(r);
    SELECT array_agg(lower(r)), array_agg(upper(r) - 1), array_agg(coalesce(g.opened_at, e.at, by_then))
    INTO new_froms, new_tos, new_ats
    FROM unnest(missing) r
    LEFT JOIN unnest(n.starts, n.start_ats) e(start, at) ON e.start = upper(r)
    LEFT JOIN LATERAL (
        SELECT o.* FROM nrc.sequence_gap o
        WHERE o.dataset_id = of_dataset AND o.closed_at IS NULL AND o.from_number <= lower(r) ORDER BY o.from_number DESC LIMIT 1) g
        ON g.to_number >= upper(r) - 1
    WHERE (g.from_number, g.to_number) IS DISTINCT FROM (lower(r), upper(r) - 1);
    DELETE FROM nrc.sequence_gap g WHERE g.dataset_id = of_dataset AND g.closed_at IS NULL
        AND NOT EXISTS (SELECT FROM unnest(missing) r WHERE lower(r) = g.from_number AND upper(r) - 1 = g.to_number);
    INSERT INTO nrc.sequence_gap (dataset_id, from_number, to_number, opened_at)
    SELECT of_dataset, v.f, v.t, v.at FROM unnest(new_froms, new_tos, new_ats) v(f, t, at);
    DELETE FROM nrc.sequence_gap g WHERE g.dataset_id = of_dataset AND g.closed_at IS NOT NULL
        AND g.id < (SELECT o.id FROM nrc.sequence_gap o WHERE o.dataset_id = of_dataset AND o.closed_at IS NOT NULL
                    ORDER BY o.id DESC OFFSET nrc.sequence_most_gaps() - 1 LIMIT 1);
END
$$;

-- What came of a part: the row and the gaps.
CREATE FUNCTION nrc.sequence_put(s nrc.sequence, part nrc.sequence_part, n nrc.sequence_numbers, refused int8multirange)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    missing int8multirange := '{}';
    too_many bigint;
    below int8multirange;
BEGIN
    s.seen := s.seen + n.arrived;
    s.lowest := least(s.lowest, n.lowest);
    s.highest := greatest(s.highest, n.highest);
    s.quarantined := s.quarantined + refused - s.seen;
    IF NOT isempty(s.seen) THEN
        missing := int8multirange(int8range(least(s.starts_at, lower(s.seen)), upper(s.seen))) - s.seen;
    END IF;
    SELECT lower(r) INTO too_many FROM unnest(missing) r ORDER BY lower(r) OFFSET nrc.sequence_most_gaps() LIMIT 1;
    IF FOUND THEN
        below := int8multirange(int8range(NULL, too_many));
        s.too_many_from := too_many;
        s.seen := s.seen * below;
        missing := missing * below;
    END IF;
    -- As many quarantined numbers as gaps: one that is not kept is one of which nobody can tell.
    SELECT coalesce(range_agg(q.r), '{}') INTO s.quarantined
    FROM (SELECT r FROM unnest(s.quarantined) r ORDER BY lower(r) LIMIT nrc.sequence_most_gaps()) q;
    PERFORM nrc.sequence_put_gaps(s.dataset_id, missing, n, coalesce(greatest(part.last_at,
        (SELECT max(r.at) FROM unnest(part.replay_ats) r(at))), now()));
    UPDATE nrc.sequence o SET seen = s.seen, quarantined = s.quarantined, lowest = s.lowest, highest = s.highest,
        too_many_from = s.too_many_from, unnumbered = s.unnumbered + n.unnumbered, unread = s.unread + part.unread
    WHERE o.dataset_id = s.dataset_id;
END
$$;

-- One step of one dataset, in one transaction: about so many events of its history. True: there is more to take at once.
-- Another session at it: false. Structures of the dataset wait meanwhile, as its columns must stay; events do not.
CREATE FUNCTION nrc.sequence_step(of_dataset int, most_events bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s' SET work_mem = '32MB'
AS $$
DECLARE
    d nrc.dataset;
    s nrc.sequence;
    part nrc.sequence_part;
    refused int8multirange := '{}';
    number_sql text;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('nrc.sequence_step'), of_dataset) THEN
        RETURN false;
    END IF;
    SELECT o.* INTO d FROM nrc.dataset o WHERE o.id = of_dataset FOR SHARE;
    s := nrc.sequence_of(of_dataset);
    IF d.id IS NULL OR s.dataset_id IS NULL THEN
        RETURN false;
    END IF;
    SELECT 'coalesce(' || string_agg(format('_nrc_h.%I', c.name), ', ' ORDER BY c.ordinal) || ')' INTO number_sql
    FROM nrc.dataset_column c WHERE c.dataset_id = of_dataset AND c.field = s.field AND c.type = 'bigint';
    UPDATE nrc.sequence o SET turned_at = now(), failed = 0, state = CASE WHEN number_sql IS NULL THEN 'no_column' ELSE 'counting' END
    WHERE o.dataset_id = of_dataset;
    IF number_sql IS NULL THEN
        RETURN false;
    END IF;
    part := nrc.sequence_add_replays(s, nrc.sequence_advance(of_dataset, greatest(most_events, 1)));
    IF part.positions IS NULL AND part.replay_ats IS NULL THEN
        RETURN part.is_cut;
    END IF;
    IF part.refused > 0 AND d.key_fields = ARRAY[s.field] THEN
        refused := nrc.sequence_refused(d, part);
    END IF;
    PERFORM nrc.sequence_put(s, part, nrc.sequence_read(d, s, part, number_sql), refused);
    RETURN part.is_cut;
END
$$;

-- After a step that failed: the others come first, and whoever asks is told.
CREATE FUNCTION nrc.sequence_failed(of_dataset int) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
BEGIN
    PERFORM nrc.sequence_of(of_dataset);
    UPDATE nrc.sequence o SET turned_at = now(), failed = o.failed + 1 WHERE o.dataset_id = of_dataset;
END
$$;

-- Datasets whose turn it is, the one that waited longest first.
CREATE FUNCTION nrc.sequences_due() RETURNS SETOF int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT d.id FROM nrc.dataset d LEFT JOIN nrc.sequence s ON s.dataset_id = d.id
    LEFT JOIN nrc.contract_now c ON c.dataset_id = d.id AND c.status <> 'retired'
    WHERE c.contract ? 'sequence_field' OR s.state <> 'stopped' ORDER BY s.turned_at NULLS FIRST, d.id
$$;
GRANT EXECUTE ON FUNCTION nrc.sequence_step(int, bigint), nrc.sequence_failed(int), nrc.sequences_due() TO nrc_watch;

-- ---- control totals ----

-- A statement of what was sent for a period, as it was made. The period is one of event time, where the dataset has one, else of
-- Kafka's timestamps. Statements are added, never changed; of one period the newest counts.
CREATE TABLE nrc.control_total (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id   int NOT NULL REFERENCES nrc.dataset,
    from_time    timestamptz NOT NULL,
    until_time   timestamptz NOT NULL CHECK (until_time > from_time),
    statement_id text CHECK (octet_length(statement_id) BETWEEN 1 AND 400), -- the agency's own
    events       bigint CHECK (events >= 0),
    keys         bigint CHECK (keys >= 0),
    checksum     bytea CHECK (octet_length(checksum) = 32), -- nrc.digest_of
    has_list     boolean NOT NULL, -- nrc.control_key has the keys
    grace_s      bigint NOT NULL CHECK (grace_s BETWEEN 0 AND 3456000),
    is_early     boolean NOT NULL, -- stated before the period was over
    stated_at    timestamptz NOT NULL DEFAULT now(),
    stated_by    text NOT NULL DEFAULT nrc.actor(),
    CHECK (num_nonnulls(events, keys, checksum) > 0)
);
CREATE INDEX control_total_period ON nrc.control_total (dataset_id, from_time, until_time);
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.control_total
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE DELETE, TRUNCATE ON nrc.control_total FROM nrc_owner; -- foreign keys lock its rows, which needs UPDATE

-- The keys that were stated. They may be personal data, so neither nrc_monitor nor nrc_registry reads them.
CREATE TABLE nrc.control_key (
    control_id bigint NOT NULL REFERENCES nrc.control_total,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32), -- SHA-256 of the key's text
    key        text, -- NULL: only the digest was stated
    PRIMARY KEY (control_id, digest)
);

-- What the Center found. nrc.control_different is what is to be asked for what is wrong.
CREATE TABLE nrc.control_judgement (
    control_id      bigint PRIMARY KEY REFERENCES nrc.control_total,
    state           text NOT NULL CHECK (state IN ('open', 'equal', 'different', 'contradicted')),
    due_at          timestamptz NOT NULL, -- when period and grace are over
    next_at         timestamptz, -- NULL: it is not judged any more
    judged_at       timestamptz,
    judged          int NOT NULL DEFAULT 0, -- how often
    failed          int NOT NULL DEFAULT 0, -- tries since the last judgement
    replaced_by     bigint REFERENCES nrc.control_total, -- of the same period, and newer; contradicted: with another number
    recorded        bigint, -- events of the period in history
    duplicate       bigint, -- of them: the same order as one before
    quarantined     bigint, -- whose Kafka timestamp is in the period, and that were not recorded since
    untimed         bigint, -- recorded events without event time whose Kafka timestamp is in the period: counted nowhere
    exempt          bigint, -- at most so many exempt events came in this time (NRL-2); they are not counted
    halted          int,    -- partitions that stood still: what is missing may wait there
    keys            bigint, -- distinct, of recorded events
    checksum        bytea,
    missing_keys    bigint, -- stated, and not here; of a statement with keys
    beyond_keys     bigint, -- here, and not stated
    lone_digest     bytea   -- when the numbers of keys differ by one: of the key that is missing, or beyond
);
CREATE INDEX control_judgement_next ON nrc.control_judgement (next_at) WHERE next_at IS NOT NULL;
GRANT SELECT ON nrc.control_total, nrc.control_judgement TO nrc_monitor, nrc_registry, nrc_steward;

-- Keys that differ, the first thousand on each side.
CREATE TABLE nrc.control_difference (
    control_id bigint NOT NULL REFERENCES nrc.control_total,
    side       text NOT NULL CHECK (side IN ('missing', 'beyond')),
    digest     bytea NOT NULL,
    key        text,
    PRIMARY KEY (control_id, side, digest)
);
GRANT SELECT ON nrc.control_difference TO nrc_steward;

-- What is different now: stated - received, of events; and keys.
CREATE VIEW nrc.control_different AS
    SELECT t.id, t.dataset_id, t.from_time, t.until_time, t.statement_id, j.judged_at,
           t.events - (j.recorded + j.quarantined) AS missing_events, t.keys - j.keys AS fewer_keys, j.missing_keys, j.beyond_keys,
           t.checksum <> j.checksum AS other_checksum, j.duplicate, j.quarantined, j.exempt, j.untimed, j.halted
    FROM nrc.control_total t JOIN nrc.control_judgement j ON j.control_id = t.id WHERE j.state = 'different' AND j.replaced_by IS NULL;
GRANT SELECT ON nrc.control_different TO nrc_monitor, nrc_registry;

-- ---- the checksum of a set of keys: the sum of the SHA-256 of each distinct key's text, modulo 2^256 ----

-- Whichever way a set is read, its checksum is the same; and that of two sets that differ by one key differs by its digest.
CREATE FUNCTION nrc.digest_word(digest bytea, word int) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('x' || encode(substr(digest, word * 4 + 1, 4), 'hex'))::bit(32)::bigint;

-- words: sums of each word of eight, the highest first; they may be negative.
CREATE FUNCTION nrc.digest_of(words numeric[]) RETURNS bytea
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    carry numeric := 0;
    here numeric;
    hex text := '';
BEGIN
    FOR i IN REVERSE 8 .. 1 LOOP
        here := coalesce(words[i], 0) + carry;
        carry := floor(here / 4294967296);
        hex := lpad(to_hex((here - carry * 4294967296)::bigint), 8, '0') || hex;
    END LOOP;
    RETURN decode(hex, 'hex');
END
$$;

CREATE FUNCTION nrc.digest_minus(a bytea, b bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT nrc.digest_of(array_agg(nrc.digest_word(a, w)::numeric - nrc.digest_word(b, w) ORDER BY w)) FROM generate_series(0, 7) w
$$;

-- A key's text: its fields in key order with U+001F between them; numbers in decimal, days as YYYY-MM-DD, UUIDs in lower case, bytes
-- in lower-case hex. Of the row _nrc_h.
CREATE FUNCTION nrc.key_text_sql(of_dataset int) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 'concat_ws(chr(31), ' || string_agg(format(CASE c.type WHEN 'bytea' THEN 'encode(_nrc_h.%I, ''hex'')'
               ELSE '_nrc_h.%I::text' END, c.name), ', ' ORDER BY c.key_ordinal) || ')'
    FROM nrc.dataset_column c WHERE c.dataset_id = of_dataset AND c.key_ordinal IS NOT NULL
$$;

-- ---- stating ----

CREATE FUNCTION nrc.control_json(t nrc.control_total) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('from', t.from_time, 'until', t.until_time, 'statement_id', t.statement_id,
        'events', t.events, 'keys', t.keys, 'checksum', encode(t.checksum, 'hex'), 'has_list', t.has_list, 'early', t.is_early))
$$;

-- key_list: an array of key texts; digest_list: an array of SHA-256 in hex. NULL: none. What the list says of number and checksum need
-- not be said.
CREATE FUNCTION nrc.control_read_list(key_list jsonb, digest_list jsonb) RETURNS TABLE (digest bytea, key text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM jsonb_array_elements(coalesce(key_list, '[]') || coalesce(digest_list, '[]')) e
               WHERE jsonb_typeof(e) <> 'string')
       OR EXISTS (SELECT FROM jsonb_array_elements_text(coalesce(digest_list, '[]')) e WHERE e !~ '^[0-9a-f]{64}$') THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a list has keys as texts, or SHA-256 of such as 64 digits of lower-case hex';
    END IF;
    RETURN QUERY SELECT e.d, max(e.k) FROM (
        SELECT sha256(convert_to(v, 'UTF8')) AS d, v AS k FROM jsonb_array_elements_text(key_list) v
        UNION ALL SELECT decode(v, 'hex'), NULL FROM jsonb_array_elements_text(digest_list) v) e GROUP BY e.d;
END
$$;

-- {"id", "outcome": stated | unchanged, "replaces", "contradicts": IDs or none}. by_agency NULL: the Center states it.
CREATE FUNCTION nrc.add_control(full_name text, t nrc.control_total, key_list jsonb, digest_list jsonb, by_agency text)
    RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    old nrc.control_total;
    list_keys bigint;
    list_sum bytea;
    is_other boolean;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.name = full_name
    FOR NO KEY UPDATE OF s;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', full_name);
    END IF;
    IF by_agency IS NOT NULL AND by_agency IS DISTINCT FROM nrc.answering_code(d.agency_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('%s is another agency''s dataset: its own agency states what it sent', full_name);
    END IF;
    IF t.until_time <= t.from_time THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a period ends after it begins';
    END IF;
    IF t.has_list THEN
        SELECT count(*), nrc.digest_of(ARRAY(SELECT sum(nrc.digest_word(l.digest, w)) FROM nrc.control_read_list(key_list, digest_list) l
                                             CROSS JOIN generate_series(0, 7) w GROUP BY w ORDER BY w))
        INTO list_keys, list_sum FROM nrc.control_read_list(key_list, digest_list);
        IF list_keys <> t.keys OR list_sum <> t.checksum THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('the list has %s distinct keys with the checksum %s: the statement'
                ' says something else', list_keys, encode(list_sum, 'hex'));
        END IF;
        t.keys := list_keys;
        t.checksum := list_sum;
    END IF;
    IF num_nonnulls(t.events, t.keys, t.checksum) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a control total says how many events, how many keys, or a checksum';
    END IF;
    SELECT o.* INTO old FROM nrc.control_total o JOIN nrc.control_judgement j ON j.control_id = o.id
    WHERE o.dataset_id = d.id AND o.from_time = t.from_time AND o.until_time = t.until_time AND j.replaced_by IS NULL;
    IF (old.events, old.keys, old.checksum) IS NOT DISTINCT FROM (t.events, t.keys, t.checksum) AND old.has_list >= t.has_list THEN
        RETURN jsonb_build_object('id', old.id, 'outcome', 'unchanged');
    END IF;
    INSERT INTO nrc.control_total (dataset_id, from_time, until_time, statement_id, events, keys, checksum, has_list, grace_s, is_early)
    VALUES (d.id, t.from_time, t.until_time, t.statement_id, t.events, t.keys, t.checksum, t.has_list, t.grace_s,
            t.until_time > now()) RETURNING * INTO t;
    INSERT INTO nrc.control_key SELECT t.id, l.digest, l.key FROM nrc.control_read_list(key_list, digest_list) l WHERE t.has_list;
    INSERT INTO nrc.control_judgement (control_id, state, due_at, next_at)
    SELECT t.id, 'open', v.due, v.due FROM (SELECT greatest(t.until_time, t.stated_at) + t.grace_s * interval '1 second') v(due);
    is_other := old.events <> t.events OR old.keys <> t.keys OR old.checksum <> t.checksum;
    UPDATE nrc.control_judgement j SET state = CASE WHEN is_other THEN 'contradicted' ELSE j.state END, next_at = NULL, replaced_by = t.id
    WHERE j.control_id = old.id;
    INSERT INTO nrc.audit (what, object, agency_id, before, after)
    VALUES ('control.stated', 'control/' || t.id, d.agency_id, CASE WHEN old.id IS NOT NULL THEN nrc.control_json(old) END,
            nrc.control_json(t));
    RETURN jsonb_strip_nulls(jsonb_build_object('id', t.id, 'outcome', 'stated', 'replaces', old.id,
                                                'contradicts', CASE WHEN is_other THEN old.id END));
END
$$;

CREATE FUNCTION nrc.state_control(full_name text, from_time timestamptz, until_time timestamptz, events bigint, keys bigint,
                                  checksum text, statement_id text, grace_s bigint, key_list jsonb, digest_list jsonb,
                                  by_agency text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    t nrc.control_total;
BEGIN
    IF checksum !~ '^[0-9a-f]{64}$' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a checksum is 64 digits of lower-case hex';
    END IF;
    t.from_time := from_time;
    t.until_time := until_time;
    t.events := events;
    t.keys := keys;
    t.checksum := decode(checksum, 'hex');
    t.statement_id := statement_id;
    t.has_list := key_list IS NOT NULL OR digest_list IS NOT NULL;
    t.grace_s := coalesce(grace_s, 3600);
    RETURN nrc.add_control(full_name, t, key_list, digest_list, by_agency);
END
$$;
GRANT EXECUTE ON FUNCTION nrc.state_control(text, timestamptz, timestamptz, bigint, bigint, text, text, bigint, jsonb, jsonb, text)
    TO nrc_registry;

-- ---- judging ----

-- The recorded events of a period as SQL: $1 from, $2 until. An event whose event time lies more than a day after its recording is of
-- no period, so that older history need not be read.
CREATE FUNCTION nrc.control_events_sql(d nrc.dataset, agency text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('SELECT %1$s AS key, _nrc_h._effect AS effect FROM %2$I.%3$I AS _nrc_h'
                  ' WHERE _nrc_h._recorded_at >= $1 - interval ''1 day'' AND _nrc_h.%4$I >= $1 AND _nrc_h.%4$I < $2', nrc.key_text_sql(d.id), agency, d.name || '_history',
                  CASE WHEN d.event_time_field IS NULL THEN '_kafka_ts' ELSE '_event_time' END)
$$;

-- All that is counted, in one statement, so that an event that leaves the quarantine meanwhile is counted once.
CREATE FUNCTION nrc.control_count(d nrc.dataset, t nrc.control_total, due_at timestamptz) RETURNS nrc.control_judgement
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET work_mem = '64MB'
AS $$
DECLARE
    j nrc.control_judgement;
    agency text;
    words numeric[];
    with_keys CONSTANT boolean := t.keys IS NOT NULL OR t.checksum IS NOT NULL;
    untimed_sql text := '0';
BEGIN
    SELECT a.code INTO STRICT agency FROM nrc.agency a WHERE a.id = d.agency_id;
    IF d.event_time_field IS NOT NULL THEN
        untimed_sql := format('(SELECT count(*) FROM %I.%I AS _nrc_h WHERE _nrc_h._recorded_at >= $1 - interval ''1 day'''
            ' AND _nrc_h._kafka_ts >= $1 AND _nrc_h._kafka_ts < $2 AND _nrc_h._event_time IS NULL)', agency, d.name || '_history');
    END IF;
    EXECUTE format($q$
        WITH e AS (%1$s),
        k AS MATERIALIZED (SELECT e.key, sha256(convert_to(e.key, 'UTF8')) AS digest, count(*) AS n,
                                  count(*) FILTER (WHERE e.effect = 'd') AS duplicate
                           FROM e WHERE %3$L::boolean GROUP BY 1),
        c AS (SELECT count(*) AS n, count(*) FILTER (WHERE e.effect = 'd') AS duplicate FROM e WHERE NOT %3$L::boolean)
        SELECT c.n + coalesce((SELECT sum(k.n) FROM k), 0), c.duplicate + coalesce((SELECT sum(k.duplicate) FROM k), 0),
               (SELECT count(*) FROM nrc.quarantine q WHERE q.dataset_id = $3 AND q.status <> 'replayed'
                  AND q.recorded_at >= $1 - interval '1 day' AND q.kafka_ts >= $1 AND q.kafka_ts < $2),
               %2$s,
               (SELECT coalesce(sum(l.exempt), 0) FROM nrc.ledger l
                WHERE l.dataset_id = $3 AND l.recorded_at >= $1 AND l.recorded_at < $4 AND $5),
               (SELECT count(*) FROM nrc.position p WHERE p.dataset_id = $3 AND p.state = 'halted'),
               (SELECT count(*) FROM k),
               ARRAY(SELECT coalesce(sum(nrc.digest_word(k.digest, w)), 0) FROM generate_series(0, 7) w LEFT JOIN k ON true
                     GROUP BY w ORDER BY w)
        FROM c
        $q$, nrc.control_events_sql(d, agency), untimed_sql, with_keys)
    INTO j.recorded, j.duplicate, j.quarantined, j.untimed, j.exempt, j.halted, j.keys, words
    USING t.from_time, t.until_time, d.id, greatest(due_at, now()), d.exempt OR d.exempt_field IS NOT NULL;
    j.checksum := CASE WHEN with_keys THEN nrc.digest_of(words) END;
    j.keys := CASE WHEN with_keys THEN j.keys END;
    RETURN j;
END
$$;

-- When the numbers of keys differ by one, the difference of the checksums is the digest of that key.
CREATE FUNCTION nrc.control_lone(t nrc.control_total, j nrc.control_judgement) RETURNS bytea
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE t.keys - j.keys WHEN 1 THEN nrc.digest_minus(t.checksum, j.checksum)
                                WHEN -1 THEN nrc.digest_minus(j.checksum, t.checksum) END
$$;

-- Which keys differ: against the list, or the lone one.
CREATE FUNCTION nrc.control_compare(d nrc.dataset, t nrc.control_total, j nrc.control_judgement) RETURNS nrc.control_judgement
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET work_mem = '64MB'
AS $$
DECLARE
    agency text;
    most CONSTANT int := 1000;
BEGIN
    SELECT a.code INTO STRICT agency FROM nrc.agency a WHERE a.id = d.agency_id;
    EXECUTE format($q$
        WITH k AS MATERIALIZED (SELECT DISTINCT e.key, sha256(convert_to(e.key, 'UTF8')) AS digest FROM (%s) e),
        m AS MATERIALIZED (SELECT s.digest, s.key FROM nrc.control_key s
                           WHERE s.control_id = $3 AND NOT EXISTS (SELECT FROM k WHERE k.digest = s.digest)),
        b AS MATERIALIZED (SELECT k.digest, k.key FROM k
                           WHERE CASE WHEN $4 THEN NOT EXISTS (SELECT FROM nrc.control_key s WHERE s.control_id = $3
                                                                 AND s.digest = k.digest)
                                      ELSE k.digest = $5 END),
        put AS (INSERT INTO nrc.control_difference
                (SELECT $3, 'missing', m.digest, m.key FROM m ORDER BY m.digest LIMIT $6)
                UNION ALL (SELECT $3, 'beyond', b.digest, b.key FROM b ORDER BY b.digest LIMIT $6))
        SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM b)
        $q$, nrc.control_events_sql(d, agency))
    INTO j.missing_keys, j.beyond_keys
    USING t.from_time, t.until_time, t.id, t.has_list, CASE WHEN j.keys > t.keys THEN j.lone_digest END, most;
    IF NOT t.has_list THEN
        j.missing_keys := NULL;
        j.beyond_keys := NULL;
    END IF;
    RETURN j;
END
$$;

-- Judges one statement: true, unless another session is at it, or it is not to be judged. It is judged again after one, two, four …
-- minutes, then daily, for as long as late events can change it: a week when it is equal, else five weeks.
CREATE FUNCTION nrc.judge_control(of_control bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
    j nrc.control_judgement;
    f nrc.control_judgement;
    t nrc.control_total;
    d nrc.dataset;
BEGIN
    SELECT * INTO j FROM nrc.control_judgement o WHERE o.control_id = of_control AND o.next_at <= now() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT * INTO STRICT t FROM nrc.control_total o WHERE o.id = of_control;
    SELECT * INTO STRICT d FROM nrc.dataset o WHERE o.id = t.dataset_id FOR SHARE; -- its columns stay
    DELETE FROM nrc.control_difference o WHERE o.control_id = of_control;
    IF d.column_version > 0 THEN
        f := nrc.control_count(d, t, j.due_at);
    ELSE
        f.recorded := 0;
        f.duplicate := 0;
        f.quarantined := 0;
        f.untimed := 0;
        f.exempt := 0;
        f.halted := 0;
        f.keys := 0;
        f.checksum := nrc.digest_of('{}');
    END IF;
    f.state := CASE WHEN t.events <> f.recorded + f.quarantined OR t.keys <> f.keys OR t.checksum <> f.checksum
                    THEN 'different' ELSE 'equal' END;
    f.lone_digest := nrc.control_lone(t, f);
    IF d.column_version > 0 AND (t.has_list OR f.lone_digest IS NOT NULL) AND f.state = 'different' THEN
        f := nrc.control_compare(d, t, f);
    ELSIF t.has_list THEN
        f.missing_keys := t.keys - f.keys;
        f.beyond_keys := 0;
    END IF;
    UPDATE nrc.control_judgement o SET state = f.state, judged_at = now(), judged = j.judged + 1, failed = 0, recorded = f.recorded,
        duplicate = f.duplicate, quarantined = f.quarantined, untimed = f.untimed, exempt = f.exempt, halted = f.halted,
        keys = f.keys, checksum = f.checksum, missing_keys = f.missing_keys, beyond_keys = f.beyond_keys, lone_digest = f.lone_digest,
        next_at = CASE WHEN now() < j.due_at + CASE f.state WHEN 'equal' THEN interval '7 days' ELSE interval '35 days' END
                       THEN now() + least(interval '1 minute' * 2 ^ least(j.judged, 20), interval '1 day') END
    WHERE o.control_id = of_control;
    RETURN true;
END
$$;

-- After a judgement that failed (a period too long to be counted in the time that a statement has): it is tried again after one, two,
-- four … minutes, so that it does not stand before the others, and whoever asks is told.
CREATE FUNCTION nrc.control_failed(of_control bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
    UPDATE nrc.control_judgement j
    SET failed = j.failed + 1, next_at = now() + least(interval '1 minute' * 2 ^ least(j.failed, 20), interval '1 day')
    WHERE j.control_id = of_control AND j.next_at <= now()
$$;

-- Statements that are due, the longest overdue first.
CREATE FUNCTION nrc.controls_due(most int) RETURNS SETOF bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT j.control_id FROM nrc.control_judgement j WHERE j.next_at <= now() ORDER BY j.next_at, j.control_id LIMIT most
$$;
GRANT EXECUTE ON FUNCTION nrc.judge_control(bigint), nrc.control_failed(bigint), nrc.controls_due(int) TO nrc_watch;

-- What was stated stays known, so its dataset does.
CREATE FUNCTION nrc.on_dataset_with_control() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM nrc.control_total t WHERE t.dataset_id = OLD.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s.%s has control totals, and these stay',
            (SELECT a.code FROM nrc.agency a WHERE a.id = OLD.agency_id), OLD.name);
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER with_control BEFORE DELETE ON nrc.dataset FOR EACH ROW EXECUTE FUNCTION nrc.on_dataset_with_control();
