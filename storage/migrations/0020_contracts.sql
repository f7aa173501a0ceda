-- SPDX-License-Identifier: Apache-2.0
-- Contracts: what an agency promises of a dataset (PDP-1.1, DSP-7.4.5), in the Open Data Contract Standard. The text is kept as it was
-- given, and beside it, for readers, the contract as the program understood it. A version is added, never changed; the one with the
-- highest version is in force, unless it says that it is retired.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.contract (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id    int NOT NULL REFERENCES nrc.dataset,
    version       text NOT NULL CHECK (version ~ '^[0-9]{1,9}([.][0-9]{1,9}){0,3}$'), -- as it is written
    version_parts int[] NOT NULL CHECK (cardinality(version_parts) BETWEEN 1 AND 4),   -- 1.2 and 1.2.0 are one: without zeros behind
    status        text NOT NULL CHECK (status IN ('active', 'deprecated', 'retired')),
    text          text NOT NULL CHECK (octet_length(text) BETWEEN 1 AND 1048576),
    sha256        bytea NOT NULL CHECK (octet_length(sha256) = 32), -- of the text
    contract      jsonb NOT NULL CHECK (jsonb_typeof(contract) = 'object'), -- sch_contract_json (schema/contract/contract.h)
    applied_at    timestamptz NOT NULL DEFAULT now(),
    applied_by    text NOT NULL DEFAULT nrc.actor(),
    UNIQUE (dataset_id, version_parts)
);

CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON nrc.contract
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change();
REVOKE DELETE, TRUNCATE ON nrc.contract FROM nrc_owner; -- foreign keys lock its rows, which needs UPDATE
-- An engine takes up a contract as it takes up a structure.
CREATE TRIGGER catalogue_change BEFORE INSERT ON nrc.contract
    FOR EACH STATEMENT EXECUTE FUNCTION nrc.on_catalogue_change();
GRANT SELECT ON nrc.contract TO nrc_monitor, nrc_registry, nrc_ingest;

-- The newest of each dataset, retired or not.
CREATE VIEW nrc.contract_now AS
    SELECT DISTINCT ON (dataset_id) * FROM nrc.contract ORDER BY dataset_id, version_parts DESC;
GRANT SELECT ON nrc.contract_now TO nrc_monitor, nrc_registry, nrc_ingest;

-- {1,2,0} as {1,2}, so that versions compare as arrays do.
CREATE FUNCTION nrc.version_parts(of_version text) RETURNS int[]
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parts int[] := string_to_array(of_version, '.')::int[];
BEGIN
    WHILE cardinality(parts) > 1 AND parts[cardinality(parts)] = 0 LOOP
        parts := parts[1:cardinality(parts) - 1];
    END LOOP;
    RETURN parts;
END
$$;

-- A dataset's key, order and event time are for ever, so a contract that has others is about something else. Of order and event
-- time a contract may say nothing. NULL: they agree.
CREATE FUNCTION nrc.contract_disagrees(d nrc.dataset, full_name text, contract jsonb) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    WITH said (what, of_contract, of_dataset) AS (VALUES
        ('key', (SELECT string_agg(k, ', ' ORDER BY n) FROM jsonb_array_elements_text(contract->'key') WITH ORDINALITY AS e(k, n)),
         array_to_string(d.key_fields, ', ')),
        ('order field', contract->>'order_field', d.order_field),
        ('event-time field', contract->>'event_time_field', d.event_time_field))
    SELECT string_agg(format('the contract''s %s is %s, and %s %s', what, coalesce(of_contract, 'not said'),
                             full_name || CASE WHEN of_dataset IS NULL THEN ' has' ELSE '''s is' END, coalesce(of_dataset, 'none')), '; ')
    FROM said WHERE (of_contract IS NOT NULL OR what = 'key') AND of_contract IS DISTINCT FROM of_dataset
$$;

-- {"outcome": applied | unchanged, "version", "was"}. try_only: applied means that it would be. by_agency NULL: the Center applies it.
CREATE FUNCTION nrc.apply_contract(full_name text, of_text text, of_contract jsonb, try_only boolean, why text, by_agency text)
    RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    d nrc.dataset;
    old nrc.contract;
    c nrc.contract;
    disagrees text;
BEGIN
    SELECT s.* INTO d FROM nrc.dataset s JOIN nrc.agency a ON a.id = s.agency_id WHERE a.code || '.' || s.name = full_name
    FOR UPDATE OF s;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no dataset %s', full_name);
    END IF;
    IF by_agency IS NOT NULL AND by_agency IS DISTINCT FROM nrc.answering_code(d.agency_id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('%s is another agency''s dataset: its own agency says what it promises', full_name);
    END IF;
    c.version := of_contract->>'version';
    c.version_parts := nrc.version_parts(c.version);
    c.status := of_contract->>'status';
    SELECT * INTO old FROM nrc.contract o WHERE o.dataset_id = d.id ORDER BY o.version_parts DESC LIMIT 1;
    IF old.text = of_text THEN
        RETURN jsonb_build_object('outcome', 'unchanged', 'version', old.version);
    END IF;
    IF d.retired_on IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('dataset %s was retired on %s: it takes no more contracts', full_name, d.retired_on);
    END IF;
    IF c.status NOT IN ('active', 'deprecated', 'retired') THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('the contract''s status is %s: one that is applied is active,'
            ' deprecated, or retired', c.status);
    END IF;
    IF c.version_parts <= old.version_parts THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('version %s is not above %s, which %s has, and its text is another:'
            ' give it a higher version', c.version, old.version, full_name);
    END IF;
    IF of_contract->>'id' <> old.contract->>'id' THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('the contract''s id is %s, and that of %s is %s: a contract keeps its'
            ' id', of_contract->>'id', full_name, old.contract->>'id');
    END IF;
    disagrees := nrc.contract_disagrees(d, full_name, of_contract);
    IF disagrees IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = disagrees;
    END IF;
    IF NOT try_only THEN
        INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256, contract)
        VALUES (d.id, c.version, c.version_parts, c.status, of_text, sha256(convert_to(of_text, 'UTF8')), of_contract)
        RETURNING * INTO c;
        INSERT INTO nrc.audit (what, object, agency_id, before, after, why)
        VALUES ('contract.applied', 'contract/' || full_name, d.agency_id, nrc.contract_json(old), nrc.contract_json(c), why);
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('outcome', 'applied', 'version', c.version, 'was', old.version));
END
$$;

-- For the trail: the text is found by its version.
CREATE FUNCTION nrc.contract_json(c nrc.contract) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
    SELECT jsonb_build_object('id', c.contract->>'id', 'version', c.version, 'status', c.status, 'sha256', encode(c.sha256, 'hex'))
    WHERE c.id IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION nrc.apply_contract(text, text, jsonb, boolean, text, text) TO nrc_registry;

-- What was promised stays known, so its dataset does.
CREATE FUNCTION nrc.on_dataset_with_contract() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM nrc.contract c WHERE c.dataset_id = OLD.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s.%s has contracts, and these stay',
            (SELECT a.code FROM nrc.agency a WHERE a.id = OLD.agency_id), OLD.name);
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER with_contract BEFORE DELETE ON nrc.dataset FOR EACH ROW EXECUTE FUNCTION nrc.on_dataset_with_contract();

-- ---- who is told ----

INSERT INTO nrc.notification_type VALUES
    ('contract.applied', 'A contract of a dataset was applied', 'اعتماد عقد بيانات', false, false);

CREATE FUNCTION nrc.on_contract_notified() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    full_name text;
    of_agency int;
BEGIN
    SELECT a.code || '.' || d.name, a.id INTO full_name, of_agency
    FROM nrc.dataset d JOIN nrc.agency a ON a.id = d.agency_id WHERE d.id = NEW.dataset_id;
    PERFORM nrc.notify_of('contract.applied', 'contract/' || full_name, of_agency, NEW.dataset_id, NULL, NULL,
                          jsonb_build_object('contract_version', NEW.version, 'status', NEW.status));
    RETURN NULL;
END
$$;
CREATE TRIGGER notified AFTER INSERT ON nrc.contract FOR EACH ROW EXECUTE FUNCTION nrc.on_contract_notified();
