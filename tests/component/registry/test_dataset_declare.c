/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_dataset_declare.c - a dataset that is declared with its first structure: both are there, or neither. */
#include "registration_kit.h"
#include "structure_kit.h"

#include <poll.h>
#include <pthread.h>

#include "base/clock.h"

#define DEATHS "/subjects/moh.deaths-value/versions"

static const char *const key_field[] = {"civil_no"};
static const struct sto_dataset_spec deaths = {
    .agency = "moh",
    .name = "deaths",
    .topic = "moh.deaths",
    .key_fields = key_field,
    .key_field_count = 1,
    .key_format = "auto",
    .order_field = "seq",
    .event_time_field = "occurred_at",
};
static struct client client;

static int begin(void **state)
{
    declared(state);
    clients_begin();
    client_open(&client);
    return 0;
}

static int end(void **state)
{
    client_close(&client);
    return done(state);
}

static int declare(const struct sto_dataset_spec *spec, const char *text)
{
    err_reset(&err);
    return reg_dataset_declare(conn, spec, text, strlen(text), &arena, &got, &err);
}

/* Of moh.deaths: datasets, tables and views, versions of its subject, rows of the trail, told. */
static const char *there(void)
{
    return raw_text(
        raw, "SELECT concat_ws(' ', (SELECT count(*) FROM nrc.dataset WHERE name = 'deaths'),"
             " (SELECT count(*) FROM pg_class WHERE relname ~ '^deaths(_state|_history)?$'),"
             " (SELECT count(*) FROM nrc.subject_version WHERE subject = 'moh.deaths-value'),"
             " (SELECT count(*) FROM nrc.audit WHERE object ~ 'deaths'),"
             " (SELECT count(*) FROM nrc.notification WHERE object ~ 'deaths'))");
}

static void both_are_there_as_by_two_commands(void **state)
{
    (void)state;
    assert_ok(declare(&deaths, RECORD(BASE)), err);
    assert_int_equal(got.version, 1);
    assert_int_equal(got.dataset_id,
                     raw_int(raw, "SELECT id FROM nrc.dataset WHERE name = 'deaths'"));
    assert_string_equal(there(), "1 3 1 2 1");
    assert_ok(value("moh.births", RECORD(BASE)), err);
    static const char row[] = "SELECT to_jsonb(v) - '{subject,dataset_id,registered_at}'::text[]"
                              " FROM nrc.subject_version v WHERE subject = 'moh.%s-value'";
    char sql[256];
    char births[4096];
    snprintf(sql, sizeof(sql), row, "births");
    snprintf(births, sizeof(births), "%s", raw_text(raw, sql));
    snprintf(sql, sizeof(sql), row, "deaths");
    assert_string_equal(raw_text(raw, sql), births);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM moh.deaths"), 0);
}

static void a_refused_structure_leaves_no_dataset(void **state)
{
    (void)state;
    assert_err(declare(&deaths, RECORD(F("civil_no", "\"string\""))), err, ERR_KIND_FATAL,
               ERR_INCOMPATIBLE);
    assert_non_null(strstr(err.text, "seq"));
    assert_err(declare(&deaths, "{\"type\":\"recrd\"}"), err, ERR_KIND_FATAL, ERR_BAD_SCHEMA);
    assert_string_equal(there(), "0 0 0 0 0");
    raw_run(
        raw,
        "INSERT INTO nrc.registry_mode (subject, mode) VALUES ('moh.deaths-value', 'READONLY')");
    assert_err(declare(&deaths, RECORD(BASE)), err, ERR_KIND_FATAL, ERR_NOT_PERMITTED);
    assert_string_equal(there(), "0 0 0 1 0"); /* the mode is in the trail */
    raw_run(raw, "DELETE FROM nrc.registry_mode");
    assert_ok(declare(&deaths, RECORD(BASE)), err);
}

static void a_refused_dataset_leaves_no_structure(void **state)
{
    (void)state;
    struct sto_dataset_spec spec = deaths;
    spec.agency = "edu";
    assert_err(declare(&spec, RECORD(BASE)), err, ERR_KIND_FATAL, ERR_NOT_FOUND);
    spec = deaths;
    spec.name = "visits";
    assert_err(declare(&spec, RECORD(BASE)), err, ERR_KIND_FATAL, ERR_EXISTS);
    spec = deaths;
    spec.topic = "moh.births";
    assert_err(declare(&spec, RECORD(BASE)), err, ERR_KIND_FATAL, ERR_EXISTS);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.subject_version"), 0);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 0);
}

/* Events of it are in the topic already, so it keeps its id. */
static void a_structure_that_is_older_than_its_dataset_becomes_its(void **state)
{
    (void)state;
    int id = id_of(post_schema(&client, DEATHS, RECORD(BASE), ""));
    assert_true(id > 0);
    assert_ok(declare(&deaths, RECORD(BASE)), err);
    assert_int_equal(got.schema_id, id);
    assert_int_equal(got.version, 1);
    assert_string_equal(
        raw_text(raw, "SELECT part FROM nrc.subject_version WHERE subject = 'moh.deaths-value'"),
        "value");
}

static void a_change_of_an_older_structure_waits_for_nobody(void **state)
{
    (void)state;
    assert_true(id_of(post_schema(&client, DEATHS, RECORD(BASE), "")) > 0);
    assert_err(declare(&deaths, RECORD(BASE "," F("name", "\"string\""))), err, ERR_KIND_FATAL,
               ERR_REFUSED);
    assert_non_null(strstr(err.text, "has version 1 already"));
    assert_string_equal(
        raw_text(raw,
                 "SELECT concat_ws(' ', (SELECT count(*) FROM nrc.dataset WHERE name = 'deaths'),"
                 " (SELECT count(*) FROM nrc.structure_request),"
                 " (SELECT max(version) FROM nrc.subject_version))"),
        "0 0 1");
}

#define WAITS                                                                                      \
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"                     \
    " WHERE NOT granted AND datname = current_database()"

static void *let_go_when_it_waits(void *arg)
{
    PGconn *eyes = raw_open();
    int64_t end_ms = clock_mono_ms() + 60000;
    while (raw_int(eyes, WAITS) == 0 && clock_mono_ms() < end_ms) {
    }
    raw_run(arg, "COMMIT");
    PQfinish(eyes);
    return NULL;
}

/* A client registers in the subject at the same moment: its version is seen, and becomes the dataset's. */
static void it_waits_for_a_client_of_its_subject(void **state)
{
    (void)state;
    pthread_t thread;
    int id = id_of(post_schema(&client, "/subjects/other/versions", RECORD(BASE), ""));
    PGconn *other = raw_open();
    raw_run(other, "BEGIN; SELECT nrc.lock_subject('moh.deaths-value')");
    raw_run(
        other,
        "INSERT INTO nrc.subject_version (subject, version, schema_id, part, decision, active_from,"
        " registered_by) SELECT 'moh.deaths-value', 1, schema_id, part, decision, active_from,"
        " registered_by FROM nrc.subject_version WHERE subject = 'other'");
    assert_int_equal(pthread_create(&thread, NULL, let_go_when_it_waits, other), 0);
    int rc = declare(&deaths, RECORD(BASE));
    pthread_join(thread, NULL);
    PQfinish(other);
    assert_ok(rc, err);
    assert_int_equal(got.schema_id, id);
    assert_int_equal(
        raw_int(raw, "SELECT count(*) FROM nrc.subject_version WHERE subject = 'moh.deaths-value'"),
        1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_are_there_as_by_two_commands, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_structure_leaves_no_dataset, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_dataset_leaves_no_structure, begin, end),
        cmocka_unit_test_setup_teardown(a_structure_that_is_older_than_its_dataset_becomes_its,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_change_of_an_older_structure_waits_for_nobody, begin,
                                        end),
        cmocka_unit_test_setup_teardown(it_waits_for_a_client_of_its_subject, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
