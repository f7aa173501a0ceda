-- SPDX-License-Identifier: Apache-2.0
-- References (DSP-7.4.5, validity): a contract says that values of an event are those of a row of another dataset. They are checked here,
-- off the event path, after the event is stored. Rows whose target is not there are kept by key, until it is, or until they
-- change. Those older than the contract's grace period break the reference.
--
-- A turn looks at what changed since the last one. Which rows changed, on both sides, the history says, and how far it goes
-- the positions: a batch moves its position, writes its history and its state in one transaction, and the batches of a
-- position commit one after the other. So what a snapshot shows below next_offset is all that will ever be there, whenever a
-- transaction began and whatever the clocks said. Only a replay of parked events moves no position: it is known by its ledger
-- row, and each of the last hour is looked for. recorded_at serves to find the history's leaves, and no more: where the
-- ledger's rows of that time do not account for every offset, nothing is taken from them, and all rows are looked at.
--
-- A look at all rows (a round) goes through the table block by block, in steps, for there is no index on what refers: one
-- would cost every event. A row that an update moves meanwhile is among those that changed. Rounds are: the first one; one
-- after rows of the target went away, because the rows that refer to them are known by no index; and one each day, for what
-- no turn could see.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.reference (
    id            int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id    int NOT NULL REFERENCES nrc.dataset,
    name          text NOT NULL,
    definition    jsonb NOT NULL, -- of the contract's relationships
    -- What it is about in the register; NULL: it cannot be checked, and not_checked says why.
    to_dataset_id int,
    columns       int[], -- ordinals, in the order of the definition's fields
    to_columns    int[],
    by_key        boolean, -- to_columns are the target's key
    not_checked   text,
    failed        text, -- of the last turn; NULL: it went well
    looked_at     timestamptz, -- of the last turn that went well
    seen_at       timestamptz, -- all that the ledger had an hour before was looked at
    -- The round under way.
    round         int NOT NULL DEFAULT 0,
    round_began   timestamptz,
    round_due     timestamptz NOT NULL DEFAULT now(),
    again         boolean NOT NULL DEFAULT false, -- the target lost rows since the round began
    leaf          int, -- of the state; NULL: no round; as many as there are leaves: all are through
    block         bigint NOT NULL DEFAULT 0,
    filenode      oid,
    round_rows    bigint NOT NULL DEFAULT 0,
    -- The last round that came to its end.
    whole_at      timestamptz, -- when it began
    rows          bigint, -- that refer to something
    rows_since    bigint NOT NULL DEFAULT 0, -- that were looked at since, as they came or changed
    -- More rows lack their target than are kept: the number of them that broke the reference when they were counted.
    overflow      bigint,
    UNIQUE (dataset_id, name)
) WITH (fillfactor = 50);
GRANT SELECT ON nrc.reference TO nrc_monitor, nrc_registry, nrc_steward;

-- Up to which offset a reference has seen a position, of either side.
CREATE TABLE nrc.reference_position (
    reference_id int NOT NULL REFERENCES nrc.reference ON DELETE CASCADE,
    position_id  int NOT NULL,
    next_offset  bigint NOT NULL,
    PRIMARY KEY (reference_id, position_id)
) WITH (fillfactor = 50);

-- Replays that a reference has seen.
CREATE TABLE nrc.reference_replay (
    reference_id int NOT NULL REFERENCES nrc.reference ON DELETE CASCADE,
    recorded_at  timestamptz NOT NULL,
    position_id  int NOT NULL,
    from_offset  bigint NOT NULL,
    PRIMARY KEY (reference_id, recorded_at, position_id, from_offset)
);

-- Keys and values are an agency's data: counts of them are for everybody who watches, they themselves for stewards. They are
-- found by hash, because an index has no room for long ones.
CREATE TABLE nrc.reference_missing (
    reference_id int NOT NULL REFERENCES nrc.reference ON DELETE CASCADE,
    key_hash     bytea NOT NULL,
    refers_hash  bytea NOT NULL,
    key          jsonb NOT NULL, -- the row's key fields
    refers       jsonb NOT NULL, -- the values that no row of the target has
    since        timestamptz NOT NULL,
    round        int NOT NULL, -- in which it was last seen
    PRIMARY KEY (reference_id, key_hash)
);
CREATE INDEX reference_missing_refers ON nrc.reference_missing (reference_id, refers_hash);
CREATE INDEX reference_missing_since ON nrc.reference_missing (reference_id, since);
GRANT SELECT ON nrc.reference_missing TO nrc_steward;

-- Of how many rows that came or changed in an hour the target was there when they were looked at.
CREATE TABLE nrc.reference_check (
    dataset_id int NOT NULL REFERENCES nrc.dataset,
    name       text NOT NULL,
    hour       timestamptz NOT NULL,
    checked    bigint NOT NULL,
    valid      bigint NOT NULL CHECK (valid BETWEEN 0 AND checked),
    PRIMARY KEY (dataset_id, name, hour)
);
GRANT SELECT ON nrc.reference_check TO nrc_monitor, nrc_registry;

CREATE FUNCTION nrc.reference_limit() RETURNS int
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
RETURN 100000;
GRANT EXECUTE ON FUNCTION nrc.reference_limit() TO nrc_monitor, nrc_registry, nrc_steward; -- a view's functions run as its reader

-- ---- what a reference is about ----

-- The column that the view shows of a field, else its newest. NULL: there is no such field.
CREATE FUNCTION nrc.reference_column(for_dataset int, of_field text) RETURNS nrc.dataset_column
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c FROM nrc.dataset_column c
    WHERE c.dataset_id = for_dataset AND c.field = of_field
    ORDER BY EXISTS (SELECT FROM nrc.dataset_generation g CROSS JOIN jsonb_array_elements(g.columns) AS k
                     WHERE g.dataset_id = for_dataset AND g.until IS NULL AND (k->>'ordinal')::int = c.ordinal) DESC,
             c.ordinal DESC
    LIMIT 1
$$;

-- Whether equal values of the two are found equal by `=` and by their JSON.
CREATE FUNCTION nrc.is_comparable(a nrc.dataset_column, b nrc.dataset_column) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.type = b.type AND a.type NOT IN ('double precision', 'jsonb')
        OR a.type IN ('bigint', 'numeric') AND b.type IN ('bigint', 'numeric')
$$;

-- Why two lists of fields cannot be compared, or NULL and their columns.
CREATE FUNCTION nrc.match_columns(d nrc.dataset, d_name text, fields jsonb, t nrc.dataset, t_name text, to_fields jsonb,
                                  OUT columns int[], OUT to_columns int[], OUT why text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.dataset_column;
    b nrc.dataset_column;
BEGIN
    columns := '{}';
    to_columns := '{}';
    IF jsonb_array_length(fields) = 0 OR jsonb_array_length(fields) <> jsonb_array_length(to_fields) THEN
        why := format('%s fields of %s cannot be %s fields of %s', jsonb_array_length(fields), d_name,
                      jsonb_array_length(to_fields), t_name);
        RETURN;
    END IF;
    FOR i IN 0 .. jsonb_array_length(fields) - 1 LOOP
        a := nrc.reference_column(d.id, fields->>i);
        b := nrc.reference_column(t.id, to_fields->>i);
        IF a.ordinal IS NULL OR b.ordinal IS NULL THEN
            why := CASE WHEN a.ordinal IS NULL THEN format('no structure of %s has a field %s', d_name, fields->>i)
                        ELSE format('no structure of %s has a field %s', t_name, to_fields->>i) END;
            RETURN;
        ELSIF NOT nrc.is_comparable(a, b) THEN
            why := format('%s of %s is %s, and %s of %s is %s: they cannot be compared', fields->>i, d_name, a.type,
                          to_fields->>i, t_name, b.type);
            RETURN;
        END IF;
        columns := columns || a.ordinal;
        to_columns := to_columns || b.ordinal;
    END LOOP;
END
$$;

CREATE FUNCTION nrc.resolve_reference(INOUT r nrc.reference)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    t nrc.dataset;
    d_name text;
    t_name CONSTANT text := r.definition->>'to_dataset';
    m record;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s WHERE s.id = r.dataset_id;
    SELECT a.code || '.' || d.name INTO d_name FROM nrc.agency a WHERE a.id = d.agency_id;
    SELECT s.* INTO t FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.name = t_name;
    r.not_checked := CASE
        WHEN t.id IS NULL THEN format('there is no dataset %s', t_name)
        WHEN d.exempt THEN format('%s is exempt: the register has none of its rows', d_name)
        WHEN t.exempt THEN format('%s is exempt: the register has none of its rows', t_name)
        WHEN d.column_version = 0 THEN format('%s has no structure yet', d_name)
        WHEN t.column_version = 0 THEN format('%s has no structure yet', t_name) END;
    IF r.not_checked IS NULL THEN
        SELECT * INTO m FROM nrc.match_columns(d, d_name, r.definition->'fields', t, t_name, r.definition->'to_fields');
        r.not_checked := m.why;
    END IF;
    IF r.not_checked IS NULL THEN
        r.to_dataset_id := t.id;
        r.columns := m.columns;
        r.to_columns := m.to_columns;
        r.by_key := ARRAY(SELECT c.ordinal FROM nrc.dataset_column c WHERE c.dataset_id = t.id AND c.key_ordinal IS NOT NULL
                          ORDER BY 1) = ARRAY(SELECT o FROM unnest(m.to_columns) o ORDER BY 1);
    ELSE
        r.to_dataset_id := NULL;
        r.columns := NULL;
        r.to_columns := NULL;
        r.by_key := NULL;
    END IF;
END
$$;

-- ---- the pieces of its statements ----

-- As the view shows it: a value of another type's column becomes one of this, where nothing is lost.
CREATE FUNCTION nrc.reference_value(for_dataset int, of_ordinal int, alias text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce('COALESCE(' || v.own || ', ' || (
               SELECT string_agg(nrc.converted(format('%s.%I', alias, o.name), o, c), ', ' ORDER BY o.ordinal DESC)
               FROM nrc.dataset_column o WHERE o.dataset_id = c.dataset_id AND o.field = c.field AND o.ordinal <> c.ordinal)
           || ')', v.own)
    FROM nrc.dataset_column c CROSS JOIN LATERAL (SELECT format('%s.%I', alias, c.name) AS own) AS v
    WHERE c.dataset_id = for_dataset AND c.ordinal = of_ordinal
$$;

-- One JSON for equal values, whatever their types: 1 and 1.00 are 1.
CREATE FUNCTION nrc.reference_json(types text[], names text[]) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format('jsonb_build_array(%s)', string_agg(format(CASE WHEN u.type = 'numeric' THEN 'trim_scale(%s)' ELSE '%s' END, u.name),
                                                      ', ' ORDER BY u.n))
    FROM unnest(types, names) WITH ORDINALITY AS u (type, name, n)
$$;

-- {"state","history": tables; "keys": `a.civil_no AS _k1`; "same_key": `_nrc_s.civil_no = c._k1`; "key_json": of _k1 …}.
CREATE FUNCTION nrc.reference_side(for_dataset int) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object(
        'state', format('%I.%I', a.code, d.name || '_state'),
        'history', format('%I.%I', a.code, d.name || '_history'),
        'keys', string_agg(format('_nrc_s.%I AS _k%s', c.name, c.key_ordinal), ', ' ORDER BY c.key_ordinal),
        'same_key', string_agg(format('_nrc_s.%I = c._k%s', c.name, c.key_ordinal), ' AND ' ORDER BY c.key_ordinal),
        'key_json', nrc.reference_json(array_agg(c.type ORDER BY c.key_ordinal),
                                       array_agg('c._k' || c.key_ordinal ORDER BY c.key_ordinal)))
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id
    JOIN nrc.dataset_column c ON c.dataset_id = d.id AND c.key_ordinal IS NOT NULL
    WHERE d.id = for_dataset GROUP BY a.code, d.name
$$;

-- The two sides' own, and of both: "values" `… AS _v1`, "given": none of them is null, "to_values", "to_given", and their JSON;
-- "is_target": the target's row of l's values, dead or alive. A key of the target is compared as its index is: in COLLATE "C".
CREATE FUNCTION nrc.reference_parts(r nrc.reference) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts jsonb;
    t CONSTANT jsonb := nrc.reference_side(r.to_dataset_id);
BEGIN
    SELECT jsonb_build_object(
        'values', string_agg(format('%s AS _v%s', v.own, n), ', ' ORDER BY n),
        'given', string_agg(format('%s IS NOT NULL', v.own), ' AND ' ORDER BY n),
        'to_given', string_agg(format('%s IS NOT NULL', v.other), ' AND ' ORDER BY n),
        'refers', nrc.reference_json(array_agg(a.type ORDER BY n), array_agg('l._v' || n ORDER BY n)),
        'to_refers', nrc.reference_json(array_agg(b.type ORDER BY n), array_agg(v.other ORDER BY n)),
        'is_target', string_agg(format(CASE WHEN a.type = 'text' THEN '%s = (l._v%s COLLATE "C")' ELSE '%s = l._v%s' END,
                                       v.other, n), ' AND ' ORDER BY n))
    INTO parts
    FROM unnest(r.columns, r.to_columns) WITH ORDINALITY AS u (ordinal, to_ordinal, n)
    JOIN nrc.dataset_column a ON a.dataset_id = r.dataset_id AND a.ordinal = u.ordinal
    JOIN nrc.dataset_column b ON b.dataset_id = r.to_dataset_id AND b.ordinal = u.to_ordinal
    CROSS JOIN LATERAL (SELECT nrc.reference_value(r.dataset_id, u.ordinal, '_nrc_s') AS own,
                               nrc.reference_value(r.to_dataset_id, u.to_ordinal, '_nrc_s') AS other) AS v;
    RETURN parts || nrc.reference_side(r.dataset_id) || jsonb_build_object('to_state', t->>'state', 'to_history', t->>'history',
        'to_keys', t->>'keys', 'to_same_key', t->>'same_key', 'to_key_json', t->>'key_json');
END
$$;

-- From `live` (rows that refer: _k1 …, _v1 …, _at) the CTEs `missing`, an anti-join, and `put`, which keeps them.
-- $1: the reference, $2: the round, $3: how many are kept, $4: until when every row had its target, where a deleted target does
-- not tell. A row lacks its target since it came, or since the target went.
CREATE FUNCTION nrc.reference_judged(r nrc.reference, p jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format($q$
        lacking AS MATERIALIZED (
            SELECT l.* FROM live l
            WHERE NOT EXISTS (SELECT FROM %1$s AS _nrc_s WHERE %2$s AND _nrc_s._op <> 'd')),
        named AS MATERIALIZED (
            SELECT %4$s AS key, %5$s AS refers, greatest(l._at, $4::timestamptz, %3$s) AS since
            FROM lacking l CROSS JOIN LATERAL (SELECT l.*) AS c),
        missing AS MATERIALIZED (
            SELECT n.*, sha256(convert_to(n.key::text, 'UTF8')) AS key_hash,
                   sha256(convert_to(n.refers::text, 'UTF8')) AS refers_hash
            FROM named n),
        put AS (
            INSERT INTO nrc.reference_missing AS m (reference_id, key_hash, refers_hash, key, refers, since, round)
            SELECT $1::int, x.key_hash, x.refers_hash, x.key, x.refers, x.since, $2::int FROM missing x LIMIT $3::int
            ON CONFLICT (reference_id, key_hash) DO UPDATE
            SET since = CASE WHEN m.refers_hash = excluded.refers_hash THEN m.since ELSE excluded.since END,
                refers = excluded.refers, refers_hash = excluded.refers_hash, round = excluded.round
            RETURNING m.xmax = 0 AS is_new)
        $q$, p->>'to_state', p->>'is_target',
        CASE WHEN r.by_key THEN format('(SELECT _nrc_s._recorded_at FROM %s AS _nrc_s WHERE %s AND _nrc_s._op = ''d'')',
                                       p->>'to_state', p->>'is_target') ELSE 'NULL' END,
        p->>'key_json', p->>'refers')
$$;

-- The keys that changed on a side, as `changed`. $5 … $8: ranges of offsets, each of a position; of one time, or NULL. $9, $10: of
-- all of them.
CREATE FUNCTION nrc.reference_changed(history text, keys text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT format($q$
        changed AS MATERIALIZED (
            SELECT DISTINCT %2$s FROM %1$s AS _nrc_s
            JOIN unnest($5::int[], $6::bigint[], $7::bigint[], $8::timestamptz[]) AS _nrc_g (position_id, low, high, at)
                ON _nrc_s._topic_partition = _nrc_g.position_id
                AND _nrc_s._offset >= _nrc_g.low AND _nrc_s._offset < _nrc_g.high
                AND (_nrc_g.at IS NULL OR _nrc_s._recorded_at = _nrc_g.at)
            WHERE _nrc_s._effect = 'a' AND _nrc_s._recorded_at BETWEEN $9::timestamptz AND $10::timestamptz)
        $q$, history, keys)
$$;

-- ---- what changed ----

-- The offsets that a reference has not looked at, of both its sides.
CREATE TYPE nrc.reference_news AS (
    positions  int[],
    lows       bigint[],
    highs      bigint[],
    times      timestamptz[], -- of a replay; NULL: of a stream
    first_at   timestamptz,
    last_at    timestamptz,
    is_all     boolean, -- up to every position's next_offset
    is_certain boolean  -- the ledger accounts for every offset
);

CREATE FUNCTION nrc.reference_streams(r nrc.reference, most_rows int, OUT news nrc.reference_news)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    WITH behind AS (
        SELECT p.id, coalesce(s.next_offset, p.first_offset) AS low, p.next_offset AS high, count(*) OVER () AS n
        FROM nrc.position p LEFT JOIN nrc.reference_position s ON s.reference_id = r.id AND s.position_id = p.id
        WHERE p.dataset_id IN (r.dataset_id, r.to_dataset_id) AND p.next_offset <> coalesce(s.next_offset, p.first_offset)),
    step AS MATERIALIZED (
        SELECT b.id, b.low, least(b.high, b.low + greatest(most_rows / b.n, 1)) AS high, b.high AS next FROM behind b),
    told AS (
        SELECT l.position_id, sum(least(l.next_offset, b.high) - greatest(l.from_offset, b.low)) AS offsets,
               min(l.recorded_at) AS first_at, max(l.recorded_at) AS last_at
        FROM nrc.ledger l JOIN step b ON b.id = l.position_id AND l.from_offset < b.high AND l.next_offset > b.low
        WHERE l.recorded_at >= r.seen_at - interval '1 hour' AND l.kind <> 'replay'
        GROUP BY l.position_id)
    SELECT coalesce(array_agg(b.id ORDER BY b.id), '{}'), coalesce(array_agg(b.low ORDER BY b.id), '{}'),
           coalesce(array_agg(b.high ORDER BY b.id), '{}'), coalesce(array_agg(NULL::timestamptz ORDER BY b.id), '{}'),
           min(t.first_at), max(t.last_at), coalesce(bool_and(b.high = b.next), true),
           coalesce(bool_and(coalesce(t.offsets, 0) = b.high - b.low), true)
    INTO news
    FROM step b LEFT JOIN told t ON t.position_id = b.id;
END
$$;

-- Notes replays of the last hour that are new, and adds their offsets. A replay's transaction may commit behind a later one's,
-- so each is known by itself.
CREATE FUNCTION nrc.reference_replays(r nrc.reference, INOUT news nrc.reference_news)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    l record;
    n int := 0;
    most CONSTANT int := 100;
BEGIN
    FOR l IN
        INSERT INTO nrc.reference_replay (reference_id, recorded_at, position_id, from_offset)
        SELECT DISTINCT r.id, o.recorded_at, o.position_id, o.from_offset FROM nrc.ledger o
        WHERE o.kind = 'replay' AND o.dataset_id IN (r.dataset_id, r.to_dataset_id)
          AND o.recorded_at >= r.seen_at - interval '1 hour'
          AND NOT EXISTS (SELECT FROM nrc.reference_replay s WHERE s.reference_id = r.id AND s.recorded_at = o.recorded_at
                          AND s.position_id = o.position_id AND s.from_offset = o.from_offset)
        ORDER BY o.recorded_at, o.position_id LIMIT most
        RETURNING recorded_at, position_id, from_offset
    LOOP
        news.positions := news.positions || l.position_id;
        news.lows := news.lows || l.from_offset;
        news.highs := news.highs || 9223372036854775807;
        news.times := news.times || l.recorded_at;
        news.first_at := least(news.first_at, l.recorded_at);
        news.last_at := greatest(news.last_at, l.recorded_at);
        n := n + 1;
    END LOOP;
    news.is_all := news.is_all AND n < most;
END
$$;

-- Rows that came or changed: those whose target is missing are kept, the others are not any more.
CREATE FUNCTION nrc.look_at_referring(r nrc.reference, p jsonb, news nrc.reference_news) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    live_rows bigint;
    missing_rows bigint;
BEGIN
    EXECUTE format($q$
        WITH %1$s,
        live AS MATERIALIZED (
            SELECT %2$s, %3$s, _nrc_s._recorded_at AS _at FROM changed c JOIN %4$s AS _nrc_s ON %5$s
            WHERE _nrc_s._op <> 'd' AND %6$s),
        %7$s,
        gone AS (
            DELETE FROM nrc.reference_missing m
            USING (SELECT sha256(convert_to((%8$s)::text, 'UTF8')) AS key_hash FROM changed c) AS k
            WHERE m.reference_id = $1 AND m.key_hash = k.key_hash
              AND NOT EXISTS (SELECT FROM missing x WHERE x.key_hash = k.key_hash))
        SELECT (SELECT count(*) FROM live), (SELECT count(*) FROM missing)
        $q$, nrc.reference_changed(p->>'history', p->>'keys'), p->>'keys', p->>'values', p->>'state', p->>'same_key', p->>'given',
        nrc.reference_judged(r, p), p->>'key_json')
    INTO live_rows, missing_rows
    USING r.id, r.round, nrc.reference_limit() + 1, NULL::timestamptz, news.positions, news.lows, news.highs, news.times,
          news.first_at, news.last_at;
    IF live_rows > 0 THEN
        INSERT INTO nrc.reference_check AS k (dataset_id, name, hour, checked, valid)
        VALUES (r.dataset_id, r.name, date_trunc('hour', now()), live_rows, live_rows - missing_rows)
        ON CONFLICT (dataset_id, name, hour)
            DO UPDATE SET checked = k.checked + excluded.checked, valid = k.valid + excluded.valid;
    END IF;
    RETURN live_rows;
END
$$;

-- Rows of the target that came or changed: those that wait for them do so no longer. True: some may have gone, so that other rows
-- lack them now. Of a target that is named by its key these are the deleted ones; of another one any change may be such.
CREATE FUNCTION nrc.look_at_target(r nrc.reference, p jsonb, news nrc.reference_news) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    went boolean;
BEGIN
    EXECUTE format($q$
        WITH %1$s,
        come AS (
            SELECT sha256(convert_to((%2$s)::text, 'UTF8')) AS refers_hash FROM changed c JOIN %3$s AS _nrc_s ON %4$s
            WHERE _nrc_s._op <> 'd' AND %5$s),
        gone AS (
            DELETE FROM nrc.reference_missing m
            WHERE m.reference_id = $1 AND m.refers_hash IN (SELECT y.refers_hash FROM come y))
        SELECT EXISTS (SELECT FROM changed c JOIN %3$s AS _nrc_s ON %4$s WHERE NOT $11 OR _nrc_s._op = 'd')
        $q$, nrc.reference_changed(p->>'to_history', p->>'to_keys'), p->>'to_refers', p->>'to_state', p->>'to_same_key',
        p->>'to_given')
    INTO went
    USING r.id, 0, 0, NULL::timestamptz, news.positions, news.lows, news.highs, news.times, news.first_at, news.last_at, r.by_key;
    RETURN went;
END
$$;

-- ---- all rows ----

-- The next blocks of the round. PostgreSQL gives a table that is rewritten (VACUUM FULL) another file, and its rows other places:
-- then the round begins again.
CREATE FUNCTION nrc.look_at_blocks(INOUT r nrc.reference, p jsonb, most_blocks int)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leaves int;
    leaf regclass;
    last_block bigint;
    left_blocks bigint := most_blocks;
    live_rows bigint;
BEGIN
    SELECT d.leaves INTO leaves FROM nrc.dataset d WHERE d.id = r.dataset_id;
    WHILE r.leaf < leaves AND left_blocks > 0 LOOP
        SELECT format('%I.%I', a.code, nrc.state_leaf(d, r.leaf)) INTO leaf
        FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE d.id = r.dataset_id;
        IF r.block > 0 AND r.filenode <> pg_relation_filenode(leaf) THEN
            r.leaf := 0;
            r.block := 0;
            r.round_rows := 0;
            CONTINUE;
        END IF;
        r.filenode := pg_relation_filenode(leaf);
        last_block := pg_relation_size(leaf) / current_setting('block_size')::int;
        EXECUTE format($q$
            WITH live AS MATERIALIZED (
                SELECT %2$s, %3$s, _nrc_s._recorded_at AS _at FROM %1$s AS _nrc_s
                WHERE _nrc_s.ctid >= $5 AND _nrc_s.ctid < $6 AND _nrc_s._op <> 'd' AND %4$s),
            %5$s
            SELECT count(*) FROM live
            $q$, leaf, p->>'keys', p->>'values', p->>'given', nrc.reference_judged(r, p))
        INTO live_rows
        USING r.id, r.round, nrc.reference_limit() + 1, CASE WHEN NOT r.by_key THEN r.whole_at END,
              format('(%s,0)', r.block)::tid, format('(%s,0)', least(r.block + left_blocks, 4294967295))::tid;
        r.round_rows := r.round_rows + live_rows;
        IF r.block + left_blocks >= last_block THEN
            left_blocks := left_blocks - greatest(last_block - r.block, 1);
            r.leaf := r.leaf + 1;
            r.block := 0;
        ELSE
            r.block := r.block + left_blocks;
            left_blocks := 0;
        END IF;
    END LOOP;
END
$$;

-- All rows at once, against what is kept: added are those that it lacked, removed those that it had too many.
CREATE FUNCTION nrc.look_at_all(r nrc.reference, p jsonb, OUT live_rows bigint, OUT missing_rows bigint, OUT added bigint, OUT removed bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format($q$
        WITH live AS MATERIALIZED (
            SELECT %2$s, %3$s, _nrc_s._recorded_at AS _at FROM %1$s AS _nrc_s WHERE _nrc_s._op <> 'd' AND %4$s),
        %5$s,
        gone AS (
            DELETE FROM nrc.reference_missing m
            WHERE m.reference_id = $1 AND NOT EXISTS (SELECT FROM missing x WHERE x.key_hash = m.key_hash)
            RETURNING 1)
        SELECT (SELECT count(*) FROM live), (SELECT count(*) FROM missing), (SELECT count(*) FROM put WHERE is_new),
               (SELECT count(*) FROM gone)
        $q$, p->>'state', p->>'keys', p->>'values', p->>'given', nrc.reference_judged(r, p))
    INTO live_rows, missing_rows, added, removed
    USING r.id, r.round, nrc.reference_limit() + 1, CASE WHEN NOT r.by_key THEN r.whole_at END;
END
$$;

-- ---- a turn ----

-- From here on everything is new.
CREATE FUNCTION nrc.mark_positions(r nrc.reference) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.reference_position AS s (reference_id, position_id, next_offset)
    SELECT r.id, p.id, p.next_offset FROM nrc.position p WHERE p.dataset_id IN (r.dataset_id, r.to_dataset_id)
    ON CONFLICT (reference_id, position_id) DO UPDATE SET next_offset = excluded.next_offset
    WHERE s.next_offset <> excluded.next_offset
$$;

CREATE FUNCTION nrc.forget_reference(INOUT r nrc.reference)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM nrc.reference_missing m WHERE m.reference_id = r.id;
    DELETE FROM nrc.reference_position s WHERE s.reference_id = r.id;
    DELETE FROM nrc.reference_replay s WHERE s.reference_id = r.id;
    r.leaf := NULL;
    r.again := false;
    r.whole_at := NULL;
    r.rows := NULL;
    r.overflow := NULL;
    r.seen_at := now();
    r.round_due := now();
    PERFORM nrc.mark_positions(r);
END
$$;

-- Its row locked, and what it is about today. All null: another session is at a reference of its dataset, or it is gone.
CREATE FUNCTION nrc.take_reference(of_reference int, waits boolean, OUT r nrc.reference)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    was nrc.reference;
    lock_key bigint;
BEGIN
    -- One transaction has one snapshot for all its statements otherwise, and that may be older than the lock.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'references are looked at in READ COMMITTED';
    END IF;
    SELECT hashtextextended('nrc.references', o.dataset_id) INTO lock_key FROM nrc.reference o WHERE o.id = of_reference;
    IF waits THEN
        PERFORM pg_advisory_xact_lock(lock_key);
    ELSIF NOT pg_try_advisory_xact_lock(lock_key) THEN
        RETURN;
    END IF;
    SELECT * INTO was FROM nrc.reference o WHERE o.id = of_reference FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    r := nrc.resolve_reference(was);
    IF (r.to_dataset_id, r.columns, r.to_columns) IS DISTINCT FROM (was.to_dataset_id, was.columns, was.to_columns) THEN
        r := nrc.forget_reference(r);
    END IF;
    r.looked_at := now();
    r.failed := NULL;
END
$$;

CREATE FUNCTION nrc.put_reference(r nrc.reference) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE nrc.reference o
    SET to_dataset_id = r.to_dataset_id, columns = r.columns, to_columns = r.to_columns, by_key = r.by_key,
        not_checked = r.not_checked, failed = r.failed, looked_at = r.looked_at, seen_at = r.seen_at, round = r.round,
        round_began = r.round_began, round_due = r.round_due, again = r.again, leaf = r.leaf, block = r.block,
        filenode = r.filenode, round_rows = r.round_rows, whole_at = r.whole_at, rows = r.rows, rows_since = r.rows_since,
        overflow = r.overflow
    WHERE o.id = r.id
$$;

-- What changed, up to a number of rows.
CREATE FUNCTION nrc.look_at_news(INOUT r nrc.reference, p jsonb, INOUT news nrc.reference_news)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT news.is_certain OR r.overflow IS NOT NULL THEN
        PERFORM nrc.mark_positions(r);
        r.leaf := NULL;
        r.round_due := CASE WHEN news.is_certain THEN r.round_due ELSE now() END;
        news.is_all := true;
    ELSIF cardinality(news.positions) > 0 THEN
        r.rows_since := r.rows_since + nrc.look_at_referring(r, p, news);
        -- So many may have come that the number of rows says nothing any more: they are counted anew each time that it may have
        -- doubled.
        IF r.rows_since > r.rows THEN
            r.round_due := least(r.round_due, now());
        END IF;
        r.again := nrc.look_at_target(r, p, news) OR r.again;
        INSERT INTO nrc.reference_position AS s (reference_id, position_id, next_offset)
        SELECT r.id, g.position_id, g.high FROM unnest(news.positions, news.highs, news.times) AS g (position_id, high, at)
        WHERE g.at IS NULL
        ON CONFLICT (reference_id, position_id) DO UPDATE SET next_offset = excluded.next_offset;
    END IF;
    IF news.is_all THEN
        r.seen_at := now();
        DELETE FROM nrc.reference_replay s WHERE s.reference_id = r.id AND s.recorded_at < now() - interval '2 hours';
    END IF;
END
$$;

-- Keeps no more than some: beyond that it is known that the reference does not hold, and keys help nobody.
CREATE FUNCTION nrc.limit_missing(INOUT r nrc.reference)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM nrc.reference_missing m WHERE m.reference_id = r.id LIMIT nrc.reference_limit() + 1) AS few)
       <= nrc.reference_limit() THEN
        RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE m.since < now() - coalesce((r.definition->>'grace_seconds')::bigint, 0) * interval '1 second')
    INTO r.overflow FROM nrc.reference_missing m WHERE m.reference_id = r.id;
    DELETE FROM nrc.reference_missing m WHERE m.reference_id = r.id;
    r.leaf := NULL;
    r.whole_at := NULL;
    r.rows := NULL;
    r.round_due := now() + interval '1 hour';
END
$$;

CREATE FUNCTION nrc.end_round(INOUT r nrc.reference)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM nrc.reference_missing m WHERE m.reference_id = r.id AND m.round < r.round;
    r.leaf := NULL;
    r.rows := r.round_rows;
    r.rows_since := 0;
    r.whole_at := r.round_began;
    r.round_due := r.round_began + interval '1 day';
END
$$;

-- One step of a reference, in a transaction of its own: what changed, at most so many rows of each position's share, and of a round
-- so many blocks. True: there is more to do. False: not now, or another session does it.
--
-- Positions are read first, and every other statement sees at least what they stand for; what it sees besides is looked at
-- again. A round ends only after all that changed while it went through the table was looked at.
CREATE FUNCTION nrc.reference_step(of_reference int, most_rows int, most_blocks int) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' SET work_mem = '64MB' SET jit = off
    SET lock_timeout = '2s'
AS $$
DECLARE
    r nrc.reference := nrc.take_reference(of_reference, false);
    news nrc.reference_news;
    p jsonb;
    done record;
    leaves int;
    is_through boolean;
BEGIN
    IF r.id IS NULL THEN
        RETURN false;
    ELSIF r.not_checked IS NOT NULL THEN
        PERFORM nrc.put_reference(r);
        RETURN false;
    END IF;
    SELECT d.leaves INTO leaves FROM nrc.dataset d WHERE d.id = r.dataset_id;
    p := nrc.reference_parts(r);
    is_through := r.leaf = leaves;
    news := nrc.reference_replays(r, nrc.reference_streams(r, greatest(most_rows, 1)));
    SELECT o.r, o.news INTO done FROM nrc.look_at_news(r, p, news) o;
    r := done.r;
    news := done.news;
    IF is_through AND r.leaf = leaves AND news.is_all THEN
        r := nrc.end_round(r);
    ELSIF r.leaf IS NULL AND (r.again OR r.round_due <= now()) THEN
        r.leaf := 0;
        r.block := 0;
        r.round := r.round + 1;
        r.round_rows := 0;
        r.round_began := now();
        r.again := false;
        r.overflow := NULL;
    END IF;
    IF r.leaf < leaves THEN
        r := nrc.look_at_blocks(r, p, greatest(most_blocks, 1));
    END IF;
    r := nrc.limit_missing(r);
    PERFORM nrc.put_reference(r);
    RETURN NOT news.is_all OR r.leaf IS NOT NULL OR r.again AND r.overflow IS NULL;
END
$$;

-- The same for all rows in one statement, whatever the turns found: for a person who does not believe them. NULL: it cannot be
-- checked.
CREATE FUNCTION nrc.check_reference(of_reference int, OUT rows bigint, OUT missing bigint, OUT added bigint, OUT removed bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET bytea_output = 'hex' SET work_mem = '256MB' SET jit = off
    SET lock_timeout = '1min'
AS $$
DECLARE
    r nrc.reference := nrc.take_reference(of_reference, true);
    p jsonb;
BEGIN
    IF r.not_checked IS NULL AND r.id IS NOT NULL THEN
        p := nrc.reference_parts(r);
        PERFORM nrc.mark_positions(r);
        r.round := r.round + 1;
        r.round_began := now();
        SELECT * INTO r.round_rows, missing, added, removed FROM nrc.look_at_all(r, p);
        r.overflow := NULL;
        r.again := false;
        r.seen_at := now();
        r := nrc.limit_missing(nrc.end_round(r));
        rows := r.round_rows;
    END IF;
    PERFORM nrc.put_reference(r);
END
$$;

-- What contracts say now. A relationship is known by its name; one that is about something else begins anew (take_reference).
CREATE VIEW nrc.reference_declared AS
    SELECT c.dataset_id, o.item->>'name' AS name, o.item AS definition
    FROM nrc.contract_now c CROSS JOIN jsonb_array_elements(c.contract->'relationships') AS o (item)
    WHERE c.status <> 'retired';

CREATE FUNCTION nrc.declare_references() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('nrc.declare_references', 0));
    DELETE FROM nrc.reference r
    WHERE NOT EXISTS (SELECT FROM nrc.reference_declared o WHERE o.dataset_id = r.dataset_id AND o.name = r.name);
    INSERT INTO nrc.reference AS r (dataset_id, name, definition)
    SELECT o.dataset_id, o.name, o.definition FROM nrc.reference_declared o
    WHERE NOT EXISTS (SELECT FROM nrc.reference s WHERE s.dataset_id = o.dataset_id AND s.name = o.name
                      AND s.definition = o.definition)
    ORDER BY o.dataset_id, o.name
    ON CONFLICT (dataset_id, name) DO UPDATE SET definition = excluded.definition;
END
$$;

CREATE FUNCTION nrc.reference_failed(of_reference int, why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $$
    UPDATE nrc.reference r SET failed = left(why, 400) WHERE r.id = of_reference
$$;

GRANT EXECUTE ON FUNCTION nrc.declare_references(), nrc.reference_step(int, int, int), nrc.check_reference(int),
    nrc.reference_failed(int, text) TO nrc_monitor, nrc_watch;
GRANT SELECT (id, looked_at) ON nrc.reference TO nrc_watch;

-- ---- what is seen of it ----

-- Every relationship of a contract in force. Where it is not checked, no count stands that could be taken for a good one.
CREATE VIEW nrc.reference_now AS
    SELECT o.dataset_id, a.code || '.' || d.name AS dataset, o.name, o.definition->'fields' AS fields,
           o.definition->>'to_dataset' AS to_dataset, o.definition->'to_fields' AS to_fields,
           o.definition->>'severity' AS severity, g.seconds AS grace_seconds,
           CASE WHEN w.why IS NULL THEN 'checked' ELSE 'not_checked' END AS state, w.why AS reason,
           CASE WHEN w.why IS NULL THEN r.rows END AS rows,
           CASE WHEN w.why IS NULL THEN m.all_of_them - m.late END AS within_grace,
           CASE WHEN w.why IS NULL THEN m.late END AS violations,
           CASE WHEN w.why IS NULL THEN m.oldest END AS oldest,
           (w.why IS NULL AND m.late > 0) OR coalesce(r.overflow, 0) > 0 AS in_violation,
           coalesce(t.exempt_field IS NOT NULL, false) AS may_be_exempt, r.looked_at, r.whole_at
    FROM nrc.reference_declared o
    JOIN nrc.dataset d ON d.id = o.dataset_id JOIN nrc.agency a ON a.id = d.agency_id
    LEFT JOIN nrc.reference r ON r.dataset_id = o.dataset_id AND r.name = o.name
    LEFT JOIN nrc.dataset t ON t.id = r.to_dataset_id
    CROSS JOIN LATERAL (SELECT coalesce((o.definition->>'grace_seconds')::bigint, 0) AS seconds) AS g
    CROSS JOIN LATERAL (SELECT CASE
        WHEN r.id IS NULL THEN 'no turn has looked at it yet'
        WHEN r.definition <> o.definition THEN 'the contract has changed, and no turn has looked at it since'
        WHEN r.failed IS NOT NULL THEN 'the last turn failed: ' || r.failed
        WHEN r.not_checked IS NOT NULL THEN r.not_checked
        WHEN r.looked_at IS NULL THEN 'no turn has looked at it yet'
        WHEN r.overflow IS NOT NULL THEN format('more than %s rows have no row in %s: they are not counted further',
                                                nrc.reference_limit(), o.definition->>'to_dataset')
        WHEN r.whole_at IS NULL THEN 'the first look at all rows has not come to its end'
        WHEN r.seen_at < now() - interval '1 hour' THEN
            format('no turn has come to its end since %s', to_char(r.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'))
        END AS why) AS w
    LEFT JOIN LATERAL (
        SELECT count(*) AS all_of_them, count(*) FILTER (WHERE s.since < now() - g.seconds * interval '1 second') AS late,
               min(s.since) AS oldest
        FROM nrc.reference_missing s WHERE s.reference_id = r.id) AS m ON true;
GRANT SELECT ON nrc.reference_now TO nrc_monitor, nrc_registry, nrc_steward;
