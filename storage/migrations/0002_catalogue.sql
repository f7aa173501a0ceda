-- SPDX-License-Identifier: Apache-2.0
-- The catalogue: agencies, their datasets, and the structures of these (NRL-2, NRL-5, NRL-6, NRL-9).

SET LOCAL ROLE nrc_owner;

-- Codes and names become names of PostgreSQL schemas and tables, so they are plain, and never those of
-- existing objects.
CREATE TABLE nrc.agency (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE
                CHECK (code ~ '^[a-z][a-z0-9_]{0,30}$')
                CHECK (code NOT IN ('nrc', 'public', 'information_schema') AND code !~ '^pg_'),
    name        text NOT NULL CHECK (name <> ''),
    name_ar     text,
    legal_class int NOT NULL CHECK (legal_class BETWEEN 1 AND 3),
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- With dates, because it must be known who was responsible at any time (NRL-9). valid_to NULL: now.
CREATE TABLE nrc.agency_head (
    agency_id  int NOT NULL REFERENCES nrc.agency,
    division   text NOT NULL CHECK (division <> ''),
    head       text NOT NULL CHECK (head <> ''),
    valid_from date NOT NULL DEFAULT current_date,
    valid_to   date CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX agency_head_now ON nrc.agency_head (agency_id) WHERE valid_to IS NULL;

CREATE TABLE nrc.dataset (
    id               int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id        int NOT NULL REFERENCES nrc.agency,
    -- births_state and births_history are tables of the dataset births, births_g1 is a view of it.
    name             text NOT NULL
                     CHECK (name ~ '^[a-z][a-z0-9_]{0,40}$')
                     CHECK (name !~ '_(state|history)(_|$)|_g[0-9]+$'),
    topic            text UNIQUE CHECK (topic ~ '^[a-zA-Z0-9._-]{1,249}$')
                     CHECK (topic !~ '^nrc[.]'), -- the Center's own: 0016_notifications.sql
    key_fields       text[] NOT NULL CHECK (cardinality(key_fields) BETWEEN 1 AND 8),
    key_format       text NOT NULL CHECK (key_format IN ('auto', 'text', 'avro', 'json', 'long', 'int')),
    order_field      text,
    event_time_field text,
    exempt           boolean NOT NULL DEFAULT false,
    exempt_field     text,
    exempt_values    text[] NOT NULL DEFAULT '{}',
    leaves           int NOT NULL DEFAULT 1 CHECK (leaves BETWEEN 1 AND 256),
    column_version   int NOT NULL DEFAULT 0, -- 0: no tables yet
    created_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (agency_id, name),
    CHECK ((exempt_field IS NULL) = (cardinality(exempt_values) = 0))
);

CREATE TABLE nrc.dataset_column (
    dataset_id  int NOT NULL REFERENCES nrc.dataset,
    ordinal     int NOT NULL, -- from 1, in the order in which they were added
    -- Of the structures, under its newest name. A field whose type changed has a column of each type, and an event fills
    -- the one of its structure's.
    field       text NOT NULL CHECK (field <> ''),
    name        text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 63), -- of the column, made from it
    type        text NOT NULL
                CHECK (type IN ('text', 'bigint', 'double precision', 'boolean', 'bytea', 'numeric', 'date',
                                'time', 'timestamptz', 'timestamp', 'uuid', 'jsonb')),
    precision   int,
    scale       int,
    key_ordinal int, -- from 1, in key order; NULL: not a key field
    PRIMARY KEY (dataset_id, ordinal),
    UNIQUE (dataset_id, name),
    CHECK ((type = 'numeric') = (precision IS NOT NULL AND scale IS NOT NULL)),
    CHECK (precision BETWEEN 1 AND 1000 AND scale BETWEEN 0 AND precision)
);

-- What the dataset's view shows, and what it showed before one of its columns had to have another type
-- (0019_views.sql).
CREATE TABLE nrc.dataset_generation (
    dataset_id int NOT NULL REFERENCES nrc.dataset ON DELETE CASCADE,
    number     int NOT NULL CHECK (number >= 1),
    since      timestamptz NOT NULL DEFAULT now(),
    until      timestamptz, -- NULL: the present one
    columns    jsonb NOT NULL, -- the view's, in order: [{"name", "ordinal"}]; of several columns the one whose type it has
    PRIMARY KEY (dataset_id, number)
);
CREATE UNIQUE INDEX dataset_generation_now ON nrc.dataset_generation (dataset_id) WHERE until IS NULL;

-- The id is Confluent's schema id: global, from 1. The same schema is one row, under any number of
-- subjects.
CREATE TABLE nrc.schema (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    guid       uuid NOT NULL UNIQUE,
    text       text NOT NULL,
    sha256     bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    crc64      bigint NOT NULL, -- CRC-64-AVRO of the canonical form, its bits as a signed number
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE nrc.subject_version (
    subject       text NOT NULL,
    version       int NOT NULL CHECK (version >= 1),
    schema_id     int NOT NULL REFERENCES nrc.schema,
    dataset_id    int REFERENCES nrc.dataset,
    part          text NOT NULL CHECK (part IN ('value', 'key')),
    decision      text NOT NULL DEFAULT 'approved' CHECK (decision IN ('pending', 'approved', 'rejected')),
    -- What is approved is in force by the clock alone, with no job that must run (nrc.structure_state). At once is -infinity:
    -- given two registrations of which the first to begin is the second to commit, its now() would be before the other's.
    active_from   timestamptz DEFAULT '-infinity',
    retired_from  timestamptz, -- NULL: not announced
    -- For a dataset's value structure: the ordinal of each field's column. It is fixed at registration and
    -- never changes, so the structure's events are always recorded in the same way.
    field_columns int[],
    field_names   text[], -- the name of each field's column, as readers see it
    shown         int,    -- from 1, in the order in which the dataset's view took up its structures; NULL: not yet
    registered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject, version),
    UNIQUE (subject, schema_id),
    CHECK ((decision = 'approved') = (active_from IS NOT NULL)),
    CHECK (retired_from >= active_from)
);
CREATE INDEX subject_version_dataset ON nrc.subject_version (dataset_id);

-- Clients see a version from its active_from on, retired or not: what was written with it is still read.
-- The planner inlines this: neither STRICT nor with a SET clause.
CREATE FUNCTION nrc.structure_state(v nrc.subject_version) RETURNS text
    LANGUAGE sql STABLE
RETURN CASE WHEN v.decision <> 'approved' THEN v.decision
            WHEN v.retired_from <= now() THEN 'retired'
            WHEN v.active_from <= now() THEN 'active'
            ELSE 'approved' END;
GRANT EXECUTE ON FUNCTION nrc.structure_state(nrc.subject_version) TO nrc_ingest, nrc_registry, nrc_monitor;

-- One number that rises with every change by somebody, for polling, and a notification with it, for listening. Only
-- changes of the catalogue notify: NOTIFY locks the whole database through COMMIT, so no batch may.
--
-- Changes of the catalogue also wait for each other at this row. Every transaction takes its locks in one
-- order, so there is no deadlock: subjects (advisory), the dataset's row, this row, tables, rows of the
-- catalogue. A statement takes it before its rows (the triggers are BEFORE ones); a function that locks
-- rows first, or needs to see all rows, calls nrc.lock_catalogue.
CREATE TABLE nrc.catalogue_version (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    version bigint NOT NULL
);
INSERT INTO nrc.catalogue_version (version) VALUES (1);

-- The times at which the clock alone changes the catalogue: a structure takes effect, or is retired. A row
-- stays when its structure goes or gets another time, so that the version, to which each row that is over adds
-- one, never falls.
CREATE TABLE nrc.catalogue_moment (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL
);
CREATE INDEX catalogue_moment_at ON nrc.catalogue_moment (at);

CREATE FUNCTION nrc.lock_catalogue() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM nrc.catalogue_version FOR UPDATE;
END
$$;

-- Once a transaction: others see all of its changes at once.
CREATE FUNCTION nrc.catalogue_changed() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_version bigint;
BEGIN
    UPDATE nrc.catalogue_version SET version = version + 1 WHERE xmin <> pg_current_xact_id()::xid
    RETURNING version INTO new_version;
    IF FOUND THEN
        PERFORM pg_notify('nrc_catalogue', new_version::text);
    END IF;
END
$$;

CREATE FUNCTION nrc.on_catalogue_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM nrc.catalogue_changed();
    RETURN NULL;
END
$$;

-- Whoever gives a structure its times, the moments are noted, those of now too: a transaction that began before may read
-- them.
CREATE FUNCTION nrc.on_structure_time() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF isfinite(NEW.active_from) OR isfinite(NEW.retired_from) THEN
        INSERT INTO nrc.catalogue_moment (at)
        SELECT t.at FROM unnest(ARRAY[NEW.active_from, NEW.retired_from]) AS t(at) WHERE isfinite(t.at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER structure_time AFTER INSERT OR UPDATE OF active_from, retired_from ON nrc.subject_version
    FOR EACH ROW EXECUTE FUNCTION nrc.on_structure_time();

DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['agency', 'dataset', 'dataset_column', 'schema', 'subject_version']
    LOOP
        EXECUTE format('CREATE TRIGGER catalogue_change BEFORE INSERT OR UPDATE OR DELETE ON nrc.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION nrc.on_catalogue_change()', watched);
    END LOOP;
END
$$;

GRANT SELECT ON nrc.agency, nrc.agency_head, nrc.dataset, nrc.dataset_column, nrc.dataset_generation, nrc.schema, nrc.subject_version,
    nrc.catalogue_version, nrc.catalogue_moment TO nrc_ingest, nrc_registry, nrc_monitor;
GRANT SELECT ON nrc.agency, nrc.dataset TO nrc_steward;
-- Rows are added only by functions of nrc_owner, which check the rules.
