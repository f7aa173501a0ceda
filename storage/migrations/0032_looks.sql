-- SPDX-License-Identifier: Apache-2.0
-- What `nrc monitor` saw at its last looks: each partition's position beside the ends of its log, one look a minute and an hour
-- of them. By these a trend is told, and since when the oldest event waits, whoever asks and whenever the monitor began.

SET LOCAL ROLE nrc_owner;

-- A ring: what is older than an hour is written over, and not heeded meanwhile. Unlogged: after a crash of the register nothing
-- is known of the hour before, which is true of the logs' ends anyway.
CREATE UNLOGGED TABLE nrc.look (
    topic       text COLLATE "C" NOT NULL,
    partition   int NOT NULL,
    slot        smallint NOT NULL CHECK (slot BETWEEN 0 AND 59), -- the minute of the hour
    at          timestamptz NOT NULL,
    next_offset bigint NOT NULL, -- -1: nobody has claimed the partition
    log_start   bigint, -- NULL, and log_end: the broker did not say
    log_end     bigint,
    age_s       bigint, -- of the oldest event that waited; NULL: unknown
    PRIMARY KEY (topic, partition, slot)
) WITH (fillfactor = 50);
GRANT SELECT ON nrc.look TO nrc_monitor, nrc_registry, nrc_watch;

-- looks: of one moment, [{topic, partition, next_offset, log_start, log_end, age_s}].
CREATE FUNCTION nrc.keep_looks(looks jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO nrc.look (topic, partition, slot, at, next_offset, log_start, log_end, age_s)
    SELECT l.topic, l.partition, extract(minute FROM now()), now(), l.next_offset, l.log_start, l.log_end, l.age_s
    FROM jsonb_to_recordset(looks)
        AS l(topic text, partition int, next_offset bigint, log_start bigint, log_end bigint, age_s bigint)
    ON CONFLICT (topic, partition, slot) DO UPDATE SET at = EXCLUDED.at, next_offset = EXCLUDED.next_offset,
        log_start = EXCLUDED.log_start, log_end = EXCLUDED.log_end, age_s = EXCLUDED.age_s;
    -- Of a topic that is no dataset's any more, the rows would stay for ever.
    DELETE FROM nrc.look l WHERE extract(minute FROM now()) = 0 AND l.at < now() - interval '1 day'
$$;
GRANT EXECUTE ON FUNCTION nrc.keep_looks(jsonb) TO nrc_watch;
