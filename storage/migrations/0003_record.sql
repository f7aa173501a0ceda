-- SPDX-License-Identifier: Apache-2.0
-- Tables that a batch's transaction writes beside the data: positions, the ledger, the quarantine. (Signs of
-- incidents: 0012.)

SET LOCAL ROLE nrc_owner;

-- Every batch of its topic partition updates the row. No column that changes is indexed, and pages are
-- mostly empty, so each update stays in its page (HOT).
CREATE TABLE nrc.position (
    id           int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id   int NOT NULL REFERENCES nrc.dataset,
    topic        text NOT NULL,
    partition    int NOT NULL CHECK (partition >= 0),
    topic_partitions int NOT NULL, -- how many the topic had when the row was made
    next_offset  bigint NOT NULL CHECK (next_offset >= 0),
    epoch        bigint NOT NULL, -- rises with each claim, and fences the former owner
    log_start    bigint NOT NULL, -- as last seen
    last_offset  bigint NOT NULL DEFAULT -1, -- the last record taken, by which a re-created topic is known
    last_ts_ms   bigint NOT NULL DEFAULT 0,
    last_hash    bigint NOT NULL DEFAULT 0,
    owner        text,
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'halted')),
    halt_kind    text, -- of storage/catalogue/incident_table.h
    halt_reason  text,
    claimed_at   timestamptz,
    updated_at   timestamptz, -- of the last batch
    good_at      timestamptz, -- of the last batch whose last event here was good
    first_offset bigint NOT NULL, -- where it began
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- Its log is gone, and another log has the name: offsets of the two cannot be compared, so the new
    -- log has a row, and an id, of its own.
    replaced_at  timestamptz,
    CHECK ((state = 'halted') = (halt_reason IS NOT NULL AND halt_kind IS NOT NULL))
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE UNIQUE INDEX position_current ON nrc.position (topic, partition) WHERE replaced_at IS NULL;

-- One row for each committed batch and partition. Partitioned by month (nrc.make_leaves).
CREATE TABLE nrc.ledger (
    recorded_at timestamptz NOT NULL, -- the transaction's now(): history and quarantine rows of the batch have the same
    position_id int NOT NULL,
    dataset_id  int NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('stream', 'replay', 'import', 'gap', 'retention')),
    epoch       bigint NOT NULL,
    from_offset bigint NOT NULL,
    next_offset bigint NOT NULL,
    received    bigint NOT NULL,
    skipped     bigint NOT NULL, -- offsets that hold no record: aborted, control, compacted
    applied     bigint NOT NULL,
    duplicate   bigint NOT NULL,
    stale       bigint NOT NULL,
    quarantined bigint NOT NULL,
    exempt      bigint NOT NULL, -- counted, kept nowhere (NRL-2)
    reason      text,
    CONSTRAINT ledger_balanced CHECK (received = applied + duplicate + stale + quarantined + exempt),
    CONSTRAINT ledger_range CHECK (kind <> 'stream' OR next_offset - from_offset = received + skipped),
    -- A gap is a steward's decision with a reason; an empty gap ends a log that was replaced.
    CONSTRAINT ledger_gap CHECK (kind <> 'gap' OR (received = 0 AND skipped = 0 AND reason IS NOT NULL)),
    CONSTRAINT ledger_counts CHECK (least(received, skipped, applied, duplicate, stale, quarantined, exempt) >= 0)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX ledger_recorded ON nrc.ledger (recorded_at, position_id);

-- Events that could not be stored, kept whole. Their bytes are the agency's raw data.
CREATE SEQUENCE nrc.quarantine_id;
CREATE TABLE nrc.quarantine (
    id            bigint NOT NULL DEFAULT nextval('nrc.quarantine_id'),
    recorded_at   timestamptz NOT NULL,
    dataset_id    int NOT NULL,
    position_id   int NOT NULL,
    topic_offset  bigint NOT NULL,
    kafka_ts      timestamptz,
    schema_id     int,
    reason        text NOT NULL, -- a token of base/err_table.h
    rule          text,
    path          text,
    detail        text, -- carries no value of the event
    failures      jsonb, -- [{rule, path, reason, text}] of every rule that does not hold; a rule's text may carry values
    key           bytea,
    headers       bytea, -- as storage/commit/batch.h says
    payload       bytea, -- zstd
    payload_bytes int,   -- before compression; NULL: the event had none
    withheld      boolean NOT NULL, -- NRL-2: the dataset has exempt rows, and nobody can tell whether this was one
    status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'replay', 'replayed', 'discarded', 'superseded')),
    -- The case: who works on it, and what was last done by whom, and why; and the rows of nrc.audit of all that was done.
    assigned_to   text,
    note          text,
    changed_at    timestamptz,
    changed_by    text,
    changes       bigint[] NOT NULL DEFAULT '{}',
    -- What an engine reads of the event once its batch is committed (0038_desk.sql): a newer event of its key ends the case.
    is_read       boolean NOT NULL DEFAULT false,
    key_values    text[],      -- in the order of the key's fields; NULL: it could not be read
    event_order   bigint,      -- NULL: it has none, or it could not be read
    event_time    timestamptz, -- likewise
    kept_open_at  timestamptz, -- a person opened it again: what came before does not end it
    ended_by      int,         -- superseded: the position and the offset of the event that did it
    ended_offset  bigint,
    CONSTRAINT quarantine_withheld
        CHECK (NOT withheld OR (key IS NULL AND headers IS NULL AND payload IS NULL AND payload_bytes IS NULL))
) PARTITION BY RANGE (recorded_at);
ALTER SEQUENCE nrc.quarantine_id OWNED BY nrc.quarantine.id;
ALTER TABLE nrc.quarantine ALTER COLUMN payload SET STORAGE EXTERNAL; -- it is compressed already
CREATE INDEX quarantine_by_id ON nrc.quarantine (id);

GRANT SELECT, INSERT, UPDATE ON nrc.position TO nrc_ingest;
GRANT INSERT ON nrc.ledger, nrc.quarantine TO nrc_ingest;
GRANT USAGE ON SEQUENCE nrc.quarantine_id TO nrc_ingest;
GRANT SELECT ON nrc.position TO nrc_registry;
GRANT SELECT ON nrc.position, nrc.ledger TO nrc_monitor;
-- nrc_monitor sees that there was an event and why it was refused, never its content.
GRANT SELECT (id, recorded_at, dataset_id, position_id, topic_offset, kafka_ts, schema_id, reason, rule, path, detail,
              payload_bytes, withheld, status, assigned_to, note, changed_at, changed_by) ON nrc.quarantine TO nrc_monitor;
GRANT SELECT ON nrc.position, nrc.quarantine TO nrc_steward;
