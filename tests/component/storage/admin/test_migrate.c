/* SPDX-License-Identifier: Apache-2.0
 * component/storage/admin/test_migrate.c - migrations, and what the roles they make may not do. */
#include "database.h"

#include <pthread.h>

#include "storage/admin/migrate_priv.h"
#include "storage/conn/statement.h"

static const char *const group_roles[] = {"nrc_ingest",  "nrc_registry", "nrc_steward",
                                          "nrc_monitor", "nrc_reader",   "nrc_relay",
                                          "nrc_watch",   "nrc_desk"};

static int fresh(void **state)
{
    PGconn *raw = raw_open();
    register_drop(raw);
    *state = raw;
    return 0;
}

static int done(void **state)
{
    PQfinish(*state);
    return 0;
}

/* The register with one agency and one dataset that has tables. */
static void build_births(void)
{
    register_migrate();
    static const struct column columns[] = {{.name = "civil_no", .type = COLUMN_TEXT},
                                            {.name = "name", .type = COLUMN_TEXT}};
    static const char *const keys[] = {"civil_no"};
    const uint8_t sha256[32] = {1};
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    const struct sto_agency_spec agency = {
        .code = "moh", .name = "Health", .legal_class = 1, .division = "Records", .head = "A"};
    struct sto_dataset_spec dataset = {.agency = "moh",
                                       .name = "births",
                                       .topic = "moh.births",
                                       .key_fields = keys,
                                       .key_field_count = 1,
                                       .key_format = "text",
                                       .leaves = 2};
    int32_t dataset_id;
    int32_t id;
    int32_t version;
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    assert_ok(sto_dataset_add(conn, &dataset, &dataset_id, &err), err);
    assert_ok(structure_add(conn, "moh.births-value", dataset_id, sha256, columns, 2, &id, &version,
                            &err),
              err);
    sto_conn_close(&conn);
}

static void an_empty_database_says_what_to_do(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_err(sto_migrate_check(conn, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA);
    assert_non_null(strstr(err.text, "nrc db migrate"));
    sto_conn_close(&conn);
}

static void a_second_migration_finds_nothing_to_do(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    int applied;
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_ok(sto_migrate(conn, &applied, &err), err);
    assert_int_equal(applied, sto_migration_count);
    assert_ok(sto_migrate(conn, &applied, &err), err);
    assert_int_equal(applied, 0);
    assert_ok(sto_migrate_check(conn, &err), err);
    sto_conn_close(&conn);
}

struct racer {
    struct sto_conn *conn;
    int applied;
    int status;
    struct err err;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    r->status = sto_migrate(r->conn, &r->applied, &r->err);
    return NULL;
}

static void of_two_migrations_at_once_one_does_the_work(void **state)
{
    (void)state;
    struct racer racers[2] = {{.err = ERR_INIT}, {.err = ERR_INIT}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        racers[i].conn = sto_open(STO_ROLE_NONE);
        /* Having looked before, a session remembers that nothing is there. */
        assert_int_equal(sto_migrate_check(racers[i].conn, &racers[i].err), -1);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_ok(racers[i].status, racers[i].err);
        sto_conn_close(&racers[i].conn);
    }
    assert_int_equal(racers[0].applied + racers[1].applied, sto_migration_count);
    assert_true(racers[0].applied == 0 || racers[1].applied == 0);
}

static void a_database_newer_than_the_program_is_refused(void **state)
{
    struct err err = ERR_INIT;
    int applied;
    register_migrate();
    raw_run(*state, "INSERT INTO nrc.migration VALUES (9999, '9999_later')");
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_err(sto_migrate_check(conn, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA);
    assert_err(sto_migrate(conn, &applied, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA);
    sto_conn_close(&conn);
}

static void an_older_database_names_what_is_missing(void **state)
{
    struct err err = ERR_INIT;
    register_migrate();
    raw_run(*state,
            "DELETE FROM nrc.migration WHERE number = (SELECT max(number) FROM nrc.migration)");
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_err(sto_migrate_check(conn, &err), err, ERR_KIND_FATAL, ERR_REGISTER_SCHEMA);
    assert_non_null(strstr(err.text, sto_migrations[sto_migration_count - 1].name));
    sto_conn_close(&conn);
}

static void a_failed_migration_leaves_nothing(void **state)
{
    struct err err = ERR_INIT;
    int applied;
    raw_run(*state, "CREATE SCHEMA nrc; CREATE TABLE nrc.ledger (mine int)");
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_int_equal(sto_migrate(conn, &applied, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FATAL);
    assert_non_null(strstr(err.text, "0001_roles"));
    assert_true(sto_conn_usable(conn));
    assert_int_equal(raw_int(*state, "SELECT count(*) FROM pg_class c JOIN pg_namespace n"
                                     " ON n.oid = relnamespace WHERE nspname = 'nrc'"),
                     1);
    sto_conn_close(&conn);
}

/* No superuser is needed: CREATEROLE, and CREATE on the database with the right to pass it on. */
static void a_login_that_is_no_superuser_can_migrate(void **state)
{
    struct err err = ERR_INIT;
    int applied;
    raw_run(*state, "DO $$ BEGIN CREATE ROLE nrc_test_migrator CREATEROLE;"
                    " EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    raw_run(*state,
            "DO $$ BEGIN EXECUTE format("
            "'GRANT CREATE, TEMPORARY ON DATABASE %I TO nrc_test_migrator WITH GRANT OPTION',"
            " current_database()); END $$");
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_ok(sto_run(conn, "SET SESSION AUTHORIZATION nrc_test_migrator", &err), err);
    assert_ok(sto_migrate(conn, &applied, &err), err);
    sto_conn_close(&conn);
    assert_int_equal(raw_int(*state, "SELECT count(*) FROM pg_class c JOIN pg_namespace n"
                                     " ON n.oid = relnamespace WHERE nspname = 'nrc'"
                                     " AND relowner <> 'nrc_owner'::regrole"),
                     0);
    register_drop(*state);
    raw_run(*state, "REVOKE nrc_owner FROM nrc_test_migrator; DROP OWNED BY nrc_test_migrator;"
                    " DROP ROLE nrc_test_migrator");
}

/* PostgreSQL warns, and the first agency would fail: the migration says it, and what helps. */
static void a_login_that_may_not_pass_on_its_rights_is_told_what_is_missing(void **state)
{
    struct err err = ERR_INIT;
    int applied;
    const char *database = raw_text(*state, "SELECT current_database()");
    char grant[192];
    raw_run(*state, "DO $$ BEGIN CREATE ROLE nrc_test_migrator CREATEROLE;"
                    " EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    /* What earlier migrations of this database granted. */
    raw_run(*state, "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM nrc_owner',"
                    " current_database()); END $$");
    raw_run(*state, "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO nrc_test_migrator',"
                    " current_database()); END $$");
    snprintf(grant, sizeof(grant),
             "GRANT CREATE ON DATABASE %.64s TO nrc_test_migrator WITH GRANT OPTION", database);
    struct sto_conn *conn = sto_open(STO_ROLE_NONE);
    assert_ok(sto_run(conn, "SET SESSION AUTHORIZATION nrc_test_migrator", &err), err);
    assert_err(sto_migrate(conn, &applied, &err), err, ERR_KIND_FATAL, ERR_CONFIG);
    assert_non_null(strstr(err.text, "CREATE for nrc_owner"));
    assert_non_null(strstr(err.text, grant));
    assert_int_equal(applied, 0);
    /* What it says helps. */
    raw_run(*state, grant);
    err_reset(&err);
    assert_ok(sto_migrate(conn, &applied, &err), err);
    /* A register whose owner lost the right. */
    raw_run(*state,
            "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM nrc_test_migrator"
            " CASCADE', current_database()); END $$");
    assert_err(sto_migrate(conn, &applied, &err), err, ERR_KIND_FATAL, ERR_CONFIG);
    assert_non_null(strstr(err.text, "TO nrc_owner"));
    sto_conn_close(&conn);
    register_drop(*state);
    raw_run(*state, "REVOKE nrc_owner FROM nrc_test_migrator; DROP OWNED BY nrc_test_migrator;"
                    " DROP ROLE nrc_test_migrator");
}

static void NRL_15_group_roles_own_nothing_and_log_in_nowhere(void **state)
{
    build_births();
    const char *const who =
        "('nrc_ingest'::regrole, 'nrc_registry'::regrole, "
        "'nrc_steward'::regrole, 'nrc_monitor'::regrole, "
        "'nrc_reader'::regrole, 'nrc_relay'::regrole, 'nrc_watch'::regrole, 'nrc_desk'::regrole)";
    char sql[1024];
    snprintf(sql, sizeof(sql),
             "SELECT (SELECT count(*) FROM pg_class WHERE relowner IN %1$s)"
             " + (SELECT count(*) FROM pg_proc WHERE proowner IN %1$s)"
             " + (SELECT count(*) FROM pg_namespace WHERE nspowner IN %1$s)",
             who);
    assert_int_equal(raw_int(*state, sql), 0);
    assert_int_equal(
        raw_int(*state,
                "SELECT count(*) FROM pg_roles WHERE rolname ~ '^nrc_(owner|"
                "ingest|registry|steward|monitor|reader|relay)$' AND (rolcanlogin OR rolsuper"
                " OR rolcreaterole OR rolcreatedb OR rolbypassrls)"),
        0);
}

static void NRL_15_no_group_role_can_do_ddl_or_rewrite_the_record(void **state)
{
    static const char *const forbidden[] = {
        "CREATE TABLE nrc.x (i int)",
        "CREATE TABLE moh.x (i int)",
        "CREATE SCHEMA x",
        "ALTER TABLE moh.births_state ADD COLUMN x int",
        "DROP VIEW moh.births",
        "TRUNCATE moh.births_history",
        "DELETE FROM moh.births_state",
        "DELETE FROM moh.births_history",
        "UPDATE moh.births_history SET name = 'x'",
        "UPDATE nrc.ledger SET received = 0",
        "DELETE FROM nrc.ledger",
        "DELETE FROM nrc.quarantine",
        "DELETE FROM nrc.position",
        "DELETE FROM nrc.subject_version",
        "UPDATE nrc.subject_version SET retired_from = now()",
        "UPDATE nrc.schema SET text = ''",
        "DELETE FROM nrc.schema",
        "DELETE FROM nrc.schema_reference",
        "UPDATE nrc.migration SET number = 0",
        "SELECT nrc.make_leaf('nrc', 'ledger', '2020-01-01', false)",
        "SELECT nrc.put_views('moh', d, '{}') FROM nrc.dataset d",
        "SELECT nrc.apply_columns(1, '[]', false)",
        "SELECT nrc.taken_by('moh', d) FROM nrc.dataset d",
        "SELECT nrc.lock_catalogue()",
        "INSERT INTO nrc.dataset (agency_id, name, key_fields, key_format) VALUES (1, 'x', '{k}', "
        "'text')",
        "UPDATE nrc.dataset SET name = 'x'",
        "UPDATE nrc.agency SET name = 'x'",
        "INSERT INTO nrc.agency_head SELECT 1, 'x', 'x'",
        "UPDATE nrc.agency_head SET head = 'x'",
    };
    PGconn *raw = *state;
    build_births();
    for (size_t r = 0; r < COUNT_OF(group_roles); r++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SET ROLE %s", group_roles[r]);
        raw_run(raw, sql);
        for (size_t i = 0; i < COUNT_OF(forbidden); i++) {
            const char *sqlstate = raw_sqlstate(raw, forbidden[i]);
            if (strcmp(sqlstate, "42501") != 0) {
                fail_msg("%s, as %s: SQLSTATE \"%s\"", forbidden[i], group_roles[r], sqlstate);
            }
        }
    }
    raw_run(raw, "RESET ROLE");
}

static void NRL_15_each_role_reads_only_what_it_needs(void **state)
{
    static const struct {
        const char *role;
        const char *sql;
        const char *sqlstate;
    } cases[] = {
        {"nrc_reader", "SELECT civil_no, name FROM moh.births", ""},
        {"nrc_reader", "SELECT count(*) FROM moh.births_state", "42501"},
        {"nrc_reader", "SELECT count(*) FROM moh.births_history", "42501"},
        {"nrc_reader", "SELECT count(*) FROM nrc.quarantine", "42501"},
        {"nrc_reader", "SELECT count(*) FROM nrc.dataset", "42501"},
        {"nrc_monitor", "SELECT name FROM moh.births_state", "42501"},
        {"nrc_monitor", "SELECT name FROM moh.births_history", "42501"},
        {"nrc_monitor", "SELECT max(_recorded_at) FROM moh.births_history", ""},
        {"nrc_monitor", "SELECT count(*) FILTER (WHERE _op <> 'd') FROM moh.births_state", ""},
        {"nrc_monitor", "SELECT count(*) FROM nrc.ledger_faults()", ""},
        {"nrc_monitor", "SELECT count(*) FROM nrc.dataset_faults(1)", ""},
        {"nrc_ingest", "SELECT name FROM moh.births_history", "42501"},
        {"nrc_ingest", "SELECT payload FROM nrc.quarantine", "42501"},
        {"nrc_ingest", "UPDATE nrc.dataset SET exempt = true", "42501"},
        {"nrc_ingest", "SELECT nrc.make_leaves(2, NULL)", ""},
        {"nrc_ingest", "SELECT nrc.add_agency('x', 'x', NULL, 1, 'x', 'x')", "42501"},
        {"nrc_ingest", "SELECT nrc.remove_dataset('moh', 'births')", "42501"},
        {"nrc_steward", "SELECT nrc.remove_dataset('moh', 'births')", "42501"},
        {"nrc_registry", "SELECT nrc.remove_dataset('moh', 'nothing')", "NRC02"},
        {"nrc_registry", "INSERT INTO nrc.ledger SELECT", "42501"},
        {"nrc_registry", "SELECT payload FROM nrc.quarantine", "42501"},
        {"nrc_registry", "SELECT nrc.resume_position('t', 0, NULL, 0)", "42501"},
        {"nrc_registry", "SELECT nrc.disable_account('x', 'x', 'x')", "42501"},
        {"nrc_registry", "SELECT nrc.review_account('x', NULL, 'x')", "42501"},
        {"nrc_registry", "SELECT nrc.rotate_account('x', 0, '', 0, 0, 0, '', 'x')", "42501"},
        {"nrc_registry",
         "SELECT nrc.delegate_account('x', 'y', NULL, '2026-01-01', '2026-01-02', 'x', 'x')",
         "42501"},
        {"nrc_registry",
         "SELECT nrc.add_account('x', 'x', NULL, 'person', NULL, NULL, 'x', NULL, '[]', '', 0, 0, "
         "0, '', 'x')",
         "42501"},
        {"nrc_registry", "SELECT nrc.lock_subject('moh.births-value')", ""},
        {"nrc_registry", "SELECT nrc.add_schema_uses('[]')", ""},
        {"nrc_registry", "SELECT count(*) FROM nrc.schema_use", "42501"},
        {"nrc_registry", "SELECT count(*) FROM nrc.schema_users(1)", ""},
        {"nrc_registry", "SELECT nrc.begin_history('moh.births', '[]', NULL)", "42501"},
        {"nrc_monitor", "SELECT nrc.add_schema_uses('[]')", "42501"},
        {"nrc_monitor", "SELECT count(*) FROM nrc.schema_use", "42501"},
        {"nrc_monitor", "SELECT count(*) FROM nrc.schema_users(1)", ""},
        {"nrc_monitor", "SELECT count(*) FROM nrc.field_dependents('moh.births')", ""},
        {"nrc_monitor", "SELECT nrc.open_history('moh.births', 'x', '[]', NULL, 0, 1)", "42501"},
        {"nrc_reader", "SELECT nrc.begin_history('moh.births', '[]', NULL)", "42501"},
        {"nrc_steward", "SELECT nrc.begin_history('moh.births', '[\"name\"]', NULL)", ""},
        {"nrc_steward", "SELECT nrc.open_history('moh.births', 'births_state', '[]', NULL, 0, 1)",
         "NRC02"},
        {"nrc_steward", "SELECT name FROM moh.births_history", "42501"},
        {"nrc_steward", "SELECT nrc.resume_position('t', 0, NULL, 0)", "NRC02"},
        {"nrc_steward", "SELECT nrc.disable_account('x', 'x', 'x')", "NRC02"},
        {"nrc_steward", "SELECT key, headers, payload FROM nrc.quarantine", ""},
        {"nrc_steward", "SELECT * FROM nrc.account_login('x')", "42501"},
        {"nrc_steward", "SELECT nrc.account_salt('x', 1, 1, 1)", ""},
        {"nrc_registry", "SELECT nrc.account_salt('x', 1, 1, 1)", "42501"},
        {"nrc_steward", "SELECT nrc.lock_subject('moh.births-value')", "42501"},
        {"nrc_monitor", "SELECT reason, path, detail, payload_bytes FROM nrc.quarantine", ""},
        {"nrc_monitor", "SELECT payload FROM nrc.quarantine", "42501"},
        {"nrc_monitor", "SELECT key FROM nrc.quarantine", "42501"},
        {"nrc_monitor", "SELECT headers FROM nrc.quarantine", "42501"},
        {"nrc_monitor", "SELECT * FROM nrc.quarantine", "42501"},
    };
    PGconn *raw = *state;
    build_births();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char sql[64];
        snprintf(sql, sizeof(sql), "SET ROLE %s", cases[i].role);
        raw_run(raw, sql);
        const char *sqlstate = raw_sqlstate(raw, cases[i].sql);
        if (strcmp(sqlstate, cases[i].sqlstate) != 0) {
            fail_msg("%s, as %s: SQLSTATE \"%s\"", cases[i].sql, cases[i].role, sqlstate);
        }
        raw_run(raw, "RESET ROLE");
    }
}

static void functions_that_run_as_the_owner_pin_their_search_path(void **state)
{
    register_migrate();
    PGconn *raw = *state;
    assert_int_not_equal(raw_int(raw, "SELECT count(*) FROM pg_proc WHERE prosecdef"
                                      " AND pronamespace = 'nrc'::regnamespace"),
                         0);
    assert_string_equal(raw_text(raw,
                                 "SELECT coalesce(string_agg(proname, ','), '') FROM pg_proc"
                                 " WHERE pronamespace = 'nrc'::regnamespace AND NOT coalesce("
                                 " 'search_path=pg_catalog, pg_temp' = ANY (proconfig), false)"
                                 /* Names of a body that is kept parsed mean what they meant. */
                                 " AND (prosecdef OR prosqlbody IS NULL)"),
                        "");
    assert_string_equal(
        raw_text(raw, "SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc"
                      " WHERE pronamespace = 'nrc'::regnamespace"
                      " AND has_function_privilege('public', oid, 'EXECUTE')"),
        "date_of_text,text_of_bytes,text_of_double"); /* views call these for whoever reads them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_database_says_what_to_do, fresh, done),
        cmocka_unit_test_setup_teardown(a_second_migration_finds_nothing_to_do, fresh, done),
        cmocka_unit_test_setup_teardown(of_two_migrations_at_once_one_does_the_work, fresh, done),
        cmocka_unit_test_setup_teardown(a_database_newer_than_the_program_is_refused, fresh, done),
        cmocka_unit_test_setup_teardown(an_older_database_names_what_is_missing, fresh, done),
        cmocka_unit_test_setup_teardown(a_failed_migration_leaves_nothing, fresh, done),
        cmocka_unit_test_setup_teardown(a_login_that_is_no_superuser_can_migrate, fresh, done),
        cmocka_unit_test_setup_teardown(
            a_login_that_may_not_pass_on_its_rights_is_told_what_is_missing, fresh, done),
        cmocka_unit_test_setup_teardown(NRL_15_group_roles_own_nothing_and_log_in_nowhere, fresh,
                                        done),
        cmocka_unit_test_setup_teardown(NRL_15_no_group_role_can_do_ddl_or_rewrite_the_record,
                                        fresh, done),
        cmocka_unit_test_setup_teardown(NRL_15_each_role_reads_only_what_it_needs, fresh, done),
        cmocka_unit_test_setup_teardown(functions_that_run_as_the_owner_pin_their_search_path,
                                        fresh, done),
    };
    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
