-- SPDX-License-Identifier: Apache-2.0
-- The registry's data besides structures: references, metadata, rule sets, levels, modes, soft deletes. A
-- subject that belongs to no dataset is an ordinary subject.

SET LOCAL ROLE nrc_owner;

-- A schema is its printed text with its references, metadata and rule set: sha256 is over all four
-- (registry/identity.c). resolved_text parses alone; NULL: so does text.
ALTER TABLE nrc.schema
    ADD COLUMN resolved_text text,
    ADD COLUMN normalized_sha256 bytea CHECK (octet_length(normalized_sha256) = 32), -- sha256 of its normalized print
    ADD COLUMN metadata jsonb,
    ADD COLUMN rule_set jsonb;
CREATE INDEX schema_normalized ON nrc.schema (normalized_sha256);

CREATE TABLE nrc.schema_reference (
    schema_id int NOT NULL REFERENCES nrc.schema ON DELETE CASCADE,
    ordinal   int NOT NULL, -- from 1
    name      text NOT NULL,
    subject   text NOT NULL,
    version   int NOT NULL,
    PRIMARY KEY (schema_id, ordinal)
);
CREATE INDEX schema_reference_to ON nrc.schema_reference (subject, version);

-- deleted_at: soft-deleted. A schema may come back to its subject under a new version, so only versions
-- that are not deleted are unique. pending: invisible to clients until it is approved.
ALTER TABLE nrc.subject_version
    DROP CONSTRAINT subject_version_subject_schema_id_key,
    DROP CONSTRAINT subject_version_part_check,
    ADD CONSTRAINT subject_version_part_check CHECK (part IN ('value', 'key', 'none')),
    ADD CONSTRAINT subject_version_dataset_part CHECK ((dataset_id IS NULL) = (part = 'none')),
    -- The columns are settled by the approval.
    ADD CONSTRAINT subject_version_fields CHECK (CASE WHEN part <> 'value' THEN field_columns IS NULL
                                                 ELSE field_columns IS NOT NULL OR decision <> 'approved' END),
    ADD CONSTRAINT subject_version_names CHECK (cardinality(field_names) IS NOT DISTINCT FROM cardinality(field_columns)),
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN registered_by text; -- the account, or the database's login; NULL: not told
CREATE UNIQUE INDEX subject_version_live ON nrc.subject_version (subject, schema_id) WHERE deleted_at IS NULL;
-- The versions that use a schema, those not deleted first.
CREATE INDEX subject_version_schema
    ON nrc.subject_version (schema_id, (deleted_at IS NOT NULL), subject COLLATE "C", version DESC);

-- subject '': for subjects without settings of their own. Settings besides the level are stored and returned
-- as they came.
CREATE TABLE nrc.registry_config (
    subject  text PRIMARY KEY,
    level    text CHECK (level IN ('NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL',
                                   'FULL_TRANSITIVE')),
    settings jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE nrc.registry_mode (
    subject text PRIMARY KEY,
    mode    text NOT NULL CHECK (mode IN ('READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'))
);

DO $$
DECLARE
    watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['registry_config', 'registry_mode']
    LOOP
        EXECUTE format('CREATE TRIGGER catalogue_change BEFORE INSERT OR UPDATE OR DELETE ON nrc.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION nrc.on_catalogue_change()', watched);
    END LOOP;
END
$$;

GRANT SELECT ON nrc.schema_reference, nrc.registry_config, nrc.registry_mode TO nrc_ingest, nrc_registry, nrc_monitor;
GRANT INSERT, UPDATE, DELETE ON nrc.registry_config, nrc.registry_mode TO nrc_registry;

-- Rows to write, to find out whether the register can be written: each session has one of its own, so that
-- none waits for another.
CREATE TABLE nrc.probe (slot int PRIMARY KEY CHECK (slot BETWEEN 0 AND 1023), at timestamptz NOT NULL);
GRANT SELECT, INSERT, UPDATE ON nrc.probe TO nrc_registry;
