-- SPDX-License-Identifier: Apache-2.0
-- Accounts of named people and services: their roles, the written decision, the last day and the last review
-- (SMP); and each change with its author (NRL-18). An account is disabled, never deleted, and its events are
-- never altered, not even by the owner of the tables.
--
-- Only nrc.account_login sees secrets, one account at a time; only the functions below change accounts. The
-- author is two things: the name that the caller gives, and the database login that PostgreSQL knows.

SET LOCAL ROLE nrc_owner;

CREATE TABLE nrc.account (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE
                CHECK (name ~ '^[a-z]([a-z0-9._-]{0,61}[a-z0-9])?$') CHECK (name <> 'anonymous'),
    person      text NOT NULL CHECK (person ~ '\S'), -- who it is, or who answers for the service
    person_ar   text CHECK (person_ar ~ '\S'),
    kind        text NOT NULL CHECK (kind IN ('person', 'service')),
    agency_id   int REFERENCES nrc.agency, -- NULL: the Center
    scope       text CHECK (octet_length(scope) BETWEEN 1 AND 249), -- subjects begin with it
    decision    text NOT NULL CHECK (decision ~ '\S'),
    created_at  timestamptz NOT NULL DEFAULT now(),
    created_by  text NOT NULL,
    expires_on  date NOT NULL, -- its last day, in UTC
    reviewed_at timestamptz,
    reviewed_by text,
    disabled_at timestamptz,
    disabled_reason text,
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

CREATE TABLE nrc.account_role (
    account_id int NOT NULL REFERENCES nrc.account,
    role       text NOT NULL CHECK (role IN ('producer', 'steward', 'operator', 'auditor', 'beneficiary')),
    PRIMARY KEY (account_id, role)
);

-- After a rotation two are valid: the old one until revoked_at.
CREATE TABLE nrc.account_secret (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id int NOT NULL REFERENCES nrc.account,
    salt       bytea NOT NULL CHECK (octet_length(salt) = 16),
    n          int NOT NULL,
    r          int NOT NULL,
    p          int NOT NULL,
    hash       bytea NOT NULL CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
CREATE INDEX account_secret_account ON nrc.account_secret (account_id);

-- Delegation for absence: the delegate has these roles, as far as the account itself has them, on
-- these days.
CREATE TABLE nrc.delegation (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_account int NOT NULL REFERENCES nrc.account,
    to_account   int NOT NULL REFERENCES nrc.account CHECK (to_account <> from_account),
    roles        text[] NOT NULL CHECK (cardinality(roles) > 0),
    from_date    date NOT NULL,
    until_date   date NOT NULL CHECK (until_date >= from_date), -- the last day
    reason       text NOT NULL CHECK (reason ~ '\S'),
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text NOT NULL
);
CREATE INDEX delegation_to ON nrc.delegation (to_account);
CREATE INDEX delegation_from ON nrc.delegation (from_account);

CREATE TABLE nrc.account_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    account_id  int NOT NULL REFERENCES nrc.account,
    what        text NOT NULL CHECK (what IN ('added', 'rotated', 'reviewed', 'disabled', 'delegated', 'received')),
    detail      jsonb NOT NULL DEFAULT '{}',
    by_name     text NOT NULL CHECK (by_name ~ '\S'),
    by_db_login text NOT NULL DEFAULT session_user
);
CREATE INDEX account_event_account ON nrc.account_event (account_id, id);

CREATE FUNCTION nrc.refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('%s of nrc.%s is not allowed: accounts are disabled,'
        ' never deleted, and what is recorded of them stays', TG_OP, TG_TABLE_NAME);
END
$$;

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['account', 'account_role', 'account_secret', 'delegation', 'account_event']
    LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE %s ON nrc.%I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION nrc.refuse_change()',
                       CASE WHEN kept IN ('account_event', 'delegation') THEN 'UPDATE OR DELETE OR TRUNCATE'
                            ELSE 'DELETE OR TRUNCATE' END, kept);
        EXECUTE format('REVOKE DELETE, TRUNCATE ON nrc.%I FROM nrc_owner', kept);
        -- Caches of logins are loaded again.
        IF kept <> 'account_event' THEN
            EXECUTE format('CREATE TRIGGER catalogue_change BEFORE INSERT OR UPDATE ON nrc.%I'
                           ' FOR EACH STATEMENT EXECUTE FUNCTION nrc.on_catalogue_change()', kept);
        END IF;
    END LOOP;
END
$$;

GRANT SELECT ON nrc.account, nrc.account_role, nrc.delegation, nrc.account_event TO nrc_registry, nrc_monitor;
GRANT SELECT (id, account_id, created_at, revoked_at) ON nrc.account_secret TO nrc_registry, nrc_monitor;

-- ---- logins ----

-- One row for each secret that is valid now, newest first; a single row without a secret when there is
-- none; no row: no such account. usable: neither disabled nor past its last day.
CREATE FUNCTION nrc.account_login(login text)
    RETURNS TABLE (account_id int, agency text, scope text, refused text, roles text[], secret_id bigint, salt bytea,
                   n int, r int, p int, hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.id, g.code, a.scope,
           CASE WHEN a.disabled_at IS NOT NULL THEN 'disabled'
                WHEN a.expires_on < (now() AT TIME ZONE 'UTC')::date THEN 'expired' END,
           ARRAY(SELECT role FROM nrc.account_role o WHERE o.account_id = a.id
                 UNION
                 SELECT o.role FROM nrc.delegation d
                 JOIN nrc.account f ON f.id = d.from_account
                 JOIN nrc.account_role o ON o.account_id = f.id AND o.role = ANY (d.roles)
                 WHERE d.to_account = a.id AND f.disabled_at IS NULL
                   AND f.agency_id IS NOT DISTINCT FROM a.agency_id
                   AND f.expires_on >= (now() AT TIME ZONE 'UTC')::date
                   AND (now() AT TIME ZONE 'UTC')::date BETWEEN d.from_date AND d.until_date),
           s.id, s.salt, s.n, s.r, s.p, s.hash
    FROM nrc.account a
    LEFT JOIN nrc.agency g ON g.id = a.agency_id
    LEFT JOIN nrc.account_secret s ON s.account_id = a.id AND (s.revoked_at IS NULL OR s.revoked_at > now())
    WHERE a.name = login
    ORDER BY s.id DESC LIMIT 2
$$;
GRANT EXECUTE ON FUNCTION nrc.account_login(text) TO nrc_registry;

-- ---- changes of accounts ----

-- The salt of the newest secret that is valid, if it costs this much; no row: there is none.
CREATE FUNCTION nrc.account_salt(login text, of_n int, of_r int, of_p int) RETURNS SETOF bytea
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT v.salt
    FROM (SELECT s.salt, s.n, s.r, s.p FROM nrc.account a JOIN nrc.account_secret s ON s.account_id = a.id
          WHERE a.name = login AND (s.revoked_at IS NULL OR s.revoked_at > now())
          ORDER BY s.id DESC LIMIT 1) v
    WHERE v.n = of_n AND v.r = of_r AND v.p = of_p
$$;
GRANT EXECUTE ON FUNCTION nrc.account_salt(text, int, int, int) TO nrc_steward;

-- The account, its row locked.
CREATE FUNCTION nrc.account_for_change(login text) RETURNS nrc.account
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.account;
BEGIN
    SELECT * INTO a FROM nrc.account WHERE name = login FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no account %s', login);
    END IF;
    IF a.disabled_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = format('account %s is disabled since %s: %s', login,
            to_char(a.disabled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), a.disabled_reason);
    END IF;
    RETURN a;
END
$$;

CREATE FUNCTION nrc.add_account(new_name text, new_person text, new_person_ar text, new_kind text, agency_code text,
                                new_scope text, new_decision text, last_day date, new_roles jsonb, new_salt bytea,
                                new_n int, new_r int, new_p int, new_hash bytea, by_whom text) RETURNS date
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    new_id int;
    of_agency int;
    today date := (now() AT TIME ZONE 'UTC')::date;
    new_role text;
BEGIN
    IF agency_code IS NOT NULL THEN
        SELECT id INTO of_agency FROM nrc.agency WHERE code = agency_code;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'NRC02', MESSAGE = format('there is no agency %s', agency_code);
        END IF;
    END IF;
    IF jsonb_array_length(new_roles) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an account has a role';
    END IF;
    IF new_roles ? 'producer' AND of_agency IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a producer is of an agency';
    END IF;
    IF new_roles ? 'steward' AND of_agency IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a steward is the Center''s, of no agency';
    END IF;
    IF last_day < today THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an account''s last day is not in the past';
    END IF;
    INSERT INTO nrc.account (name, person, person_ar, kind, agency_id, scope, decision, created_by, expires_on)
    VALUES (new_name, new_person, new_person_ar, new_kind, of_agency, new_scope, new_decision, by_whom,
            coalesce(last_day, (today + interval '1 year')::date))
    ON CONFLICT (name) DO NOTHING RETURNING id, expires_on INTO new_id, last_day;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC03', MESSAGE = format('account %s is there already', new_name);
    END IF;
    FOR new_role IN SELECT DISTINCT v FROM jsonb_array_elements_text(new_roles) e(v)
    LOOP
        INSERT INTO nrc.account_role (account_id, role) VALUES (new_id, new_role);
    END LOOP;
    INSERT INTO nrc.account_secret (account_id, salt, n, r, p, hash)
    VALUES (new_id, new_salt, new_n, new_r, new_p, new_hash);
    INSERT INTO nrc.account_event (account_id, what, detail, by_name)
    VALUES (new_id, 'added', jsonb_strip_nulls(jsonb_build_object('person', new_person, 'roles', new_roles, 'agency',
            agency_code, 'scope', new_scope, 'decision', new_decision, 'expires_on', last_day)), by_whom);
    RETURN last_day;
END
$$;

CREATE FUNCTION nrc.disable_account(login text, reason text, by_whom text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.account := nrc.account_for_change(login);
BEGIN
    UPDATE nrc.account SET disabled_at = now(), disabled_reason = reason WHERE id = a.id;
    UPDATE nrc.account_secret SET revoked_at = now()
    WHERE account_id = a.id AND (revoked_at IS NULL OR revoked_at > now());
    INSERT INTO nrc.account_event (account_id, what, detail, by_name)
    VALUES (a.id, 'disabled', jsonb_build_object('reason', reason), by_whom);
END
$$;

-- Of the older secrets only the newest stays valid, for keep_hours; returns until when.
CREATE FUNCTION nrc.rotate_account(login text, keep_hours int, new_salt bytea, new_n int, new_r int, new_p int,
                                   new_hash bytea, by_whom text) RETURNS timestamptz
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.account := nrc.account_for_change(login);
    until timestamptz := now() + make_interval(hours => keep_hours);
    newest bigint;
BEGIN
    SELECT max(id) INTO newest FROM nrc.account_secret
    WHERE account_id = a.id AND (revoked_at IS NULL OR revoked_at > now());
    UPDATE nrc.account_secret SET revoked_at = CASE WHEN id = newest THEN least(revoked_at, until) ELSE now() END
    WHERE account_id = a.id AND (revoked_at IS NULL OR revoked_at > now());
    INSERT INTO nrc.account_secret (account_id, salt, n, r, p, hash)
    VALUES (a.id, new_salt, new_n, new_r, new_p, new_hash);
    INSERT INTO nrc.account_event (account_id, what, detail, by_name)
    VALUES (a.id, 'rotated', jsonb_build_object('keep_old_hours', keep_hours), by_whom);
    RETURN until;
END
$$;

CREATE FUNCTION nrc.review_account(login text, last_day date, by_whom text) RETURNS date
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.account := nrc.account_for_change(login);
BEGIN
    IF last_day < (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an account''s last day is not in the past';
    END IF;
    UPDATE nrc.account
    SET reviewed_at = now(), reviewed_by = by_whom, expires_on = coalesce(last_day, expires_on) WHERE id = a.id;
    INSERT INTO nrc.account_event (account_id, what, detail, by_name)
    VALUES (a.id, 'reviewed', jsonb_strip_nulls(jsonb_build_object('expires_on', last_day)), by_whom);
    RETURN coalesce(last_day, a.expires_on);
END
$$;

-- Only within one agency (or within the Center): the delegate's own agency limits what it may write. asked
-- NULL: every role of the account. Roles that are delegated to an account cannot be delegated again.
CREATE FUNCTION nrc.delegate_account(login text, delegate text, asked jsonb, first_day date, last_day date,
                                     why text, by_whom text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    a nrc.account;
    b nrc.account;
    own text[];
    lent text[];
    missing text;
BEGIN
    -- In the order of names, so that two delegations to each other do not deadlock.
    IF login <= delegate THEN
        a := nrc.account_for_change(login);
        b := nrc.account_for_change(delegate);
    ELSE
        b := nrc.account_for_change(delegate);
        a := nrc.account_for_change(login);
    END IF;
    IF a.id = b.id THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an account delegates to another one';
    END IF;
    IF a.agency_id IS DISTINCT FROM b.agency_id THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'an account delegates within its own agency';
    END IF;
    -- An account can delegate only roles that it has.
    IF a.scope IS NOT NULL AND NOT coalesce(starts_with(b.scope, a.scope), false) THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('account %s writes %s… only: so must its delegate', login,
            a.scope);
    END IF;
    IF last_day < first_day OR last_day < (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04', MESSAGE = 'a delegation ends after it begins, and not in the past';
    END IF;
    own := ARRAY(SELECT role FROM nrc.account_role WHERE account_id = a.id ORDER BY role);
    lent := CASE WHEN asked IS NULL THEN own
            ELSE ARRAY(SELECT DISTINCT v FROM jsonb_array_elements_text(asked) e(v) ORDER BY v) END;
    SELECT v INTO missing FROM unnest(lent) e(v) WHERE v <> ALL (own) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'NRC04',
            MESSAGE = format('account %s has not the role %s itself', login, missing);
    END IF;
    INSERT INTO nrc.delegation (from_account, to_account, roles, from_date, until_date, reason, created_by)
    VALUES (a.id, b.id, lent, first_day, last_day, why, by_whom);
    INSERT INTO nrc.account_event (account_id, what, detail, by_name)
    SELECT id, what, jsonb_build_object(whom, name, 'roles', lent, 'from', first_day, 'until', last_day, 'reason', why),
           by_whom
    FROM (VALUES (a.id, 'delegated', 'to', b.name), (b.id, 'received', 'from_account', a.name)) e(id, what, whom, name);
    RETURN array_to_string(lent, ',');
END
$$;

GRANT EXECUTE ON FUNCTION
    nrc.add_account(text, text, text, text, text, text, text, date, jsonb, bytea, int, int, int, bytea, text),
    nrc.disable_account(text, text, text), nrc.rotate_account(text, int, bytea, int, int, int, bytea, text),
    nrc.review_account(text, date, text), nrc.delegate_account(text, text, jsonb, date, date, text, text)
    TO nrc_steward;

-- ---- rights of producers ----

-- Whether the subject is one of the agency's: <agency>.… by name, or <topic>-value and <topic>-key of
-- a dataset of it. The topic decides first: a topic of another agency may begin like ours.
CREATE FUNCTION nrc.subject_is_of_agency(for_subject text, agency_code text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce((SELECT a.code = agency_code
                     FROM nrc.dataset_of_subject(for_subject) o
                     JOIN nrc.dataset d ON d.id = o.dataset_id JOIN nrc.agency a ON a.id = d.agency_id),
                    starts_with(for_subject, agency_code || '.'))
$$;
GRANT EXECUTE ON FUNCTION nrc.subject_is_of_agency(text, text) TO nrc_registry;
