/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_registration_live.c - registering the structures of datasets over HTTP's handlers, and
 * many who register at once. */
#include "registration_kit.h"

#include <poll.h>
#include <pthread.h>

#include "base/attr.h"
#include "base/clock.h"
#include "storage/admin/admin.h"
#include "storage/catalogue/catalogue.h"

#define F(name, type)      "{\"name\":\"" name "\",\"type\":" type "}"
#define F_NULL(name, type) "{\"name\":\"" name "\",\"type\":[\"null\"," type "],\"default\":null}"
#define RECORD(fields)     "{\"type\":\"record\",\"name\":\"Birth\",\"fields\":[" fields "]}"
#define BASE               F("civil_no", "\"string\"") "," F("seq", "\"long\"")
#define VALUE              "/subjects/moh.births-value/versions"

static PGconn *raw;
static struct client client;
static struct err err;

static int begin(void **state)
{
    (void)state;
    static const char *const key[] = {"civil_no"};
    const struct sto_agency_spec agency = {
        .code = "moh", .name = "Health", .legal_class = 1, .division = "Records", .head = "Salim"};
    const struct sto_dataset_spec datasets[] = {
        {.agency = "moh",
         .name = "births",
         .topic = "moh.births",
         .key_fields = key,
         .key_field_count = 1,
         .key_format = "auto",
         .order_field = "seq",
         .leaves = 1},
        {.agency = "moh",
         .name = "silent",
         .key_fields = key,
         .key_field_count = 1,
         .key_format = "text",
         .leaves = 1},
    };
    register_reset();
    raw = raw_open();
    err_reset(&err);
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    for (size_t i = 0; i < COUNT_OF(datasets); i++) {
        int32_t id;
        assert_ok(sto_dataset_add(conn, &datasets[i], &id, &err), err);
    }
    sto_conn_close(&conn);
    nobody_must_agree(raw);
    clients_begin();
    client_open(&client);
    return 0;
}

static int end(void **state)
{
    (void)state;
    client_close(&client);
    PQfinish(raw);
    return 0;
}

static const char *post(const char *target, const char *schema)
{
    return post_schema(&client, target, schema, "");
}

static const char *columns(const char *dataset)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT coalesce(string_agg(c.name || ' ' || c.type, ',' ORDER BY c.ordinal), '')"
             " FROM nrc.dataset_column c JOIN nrc.dataset d ON d.id = c.dataset_id"
             " WHERE d.name = '%s'",
             dataset);
    return raw_text(raw, sql);
}

static void a_value_schema_of_a_dataset_makes_its_tables(void **state)
{
    (void)state;
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":1}");
    assert_string_equal(columns("births"), "civil_no text,seq bigint");
    assert_answer(post(VALUE, RECORD(BASE "," F_NULL("name", "\"string\""))), "200 {\"id\":2}");
    assert_string_equal(columns("births"), "civil_no text,seq bigint,name text");
    assert_string_equal(raw_text(raw, "SELECT string_agg(version || part || dataset_id, ' ' ORDER "
                                      "BY version) FROM nrc.subject_version"),
                        "1value1 2value1");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM moh.births"), 0);
    assert_answer(post("/subjects/moh.silent-value/versions", RECORD(F("civil_no", "\"string\""))),
                  "200 {\"id\":3}");
    assert_string_equal(columns("silent"), "civil_no text");
}

/* The level could let it pass; the tables cannot. */
static void what_the_tables_cannot_take_is_refused(void **state)
{
    (void)state;
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, level) VALUES ('', 'NONE')");
    post(VALUE, RECORD(BASE));
    assert_error(post(VALUE, RECORD(F("seq", "\"long\""))), "409 409", "civil_no");
    assert_error(post(VALUE, RECORD(F("civil_no", "\"string\"") "," F("seq", "\"string\""))),
                 "409 409", "seq");
    assert_error(
        post(VALUE "?force=true", RECORD(F("civil_no", "\"string\"") "," F("seq", "\"string\""))),
        "409 409", "seq");
    assert_error(post(VALUE, "\"string\""), "422 42201", "record");
    assert_has(post("/compatibility/subjects/moh.births-value/versions?verbose=true",
                    RECORD(F("civil_no", "\"string\"") "," F("seq", "\"string\""))),
               "{\"is_compatible\":false,\"messages\":[\"");
    assert_error(post("/subjects/moh.births-key/versions", "\"double\""), "409 409", "");
    assert_int_equal(id_of(post("/subjects/moh.births-key/versions", "\"string\"")), 2);
    assert_string_equal(columns("births"), "civil_no text,seq bigint");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 2);
}

/* What stands on the view hinders nobody; what was made from a table itself is named. */
static void a_report_on_the_view_hinders_no_registration(void **state)
{
    (void)state;
#define FEE(digits)                                                                                \
    RECORD(BASE "," F_NULL("fee",                                                                  \
                           "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" digits \
                           ",\"scale\":2}"))
    assert_answer(post(VALUE, FEE("6")), "200 {\"id\":1}");
    raw_run(raw, "DROP SCHEMA IF EXISTS bi CASCADE; CREATE SCHEMA bi;"
                 " CREATE VIEW bi.fees AS SELECT sum(fee) FROM moh.births");
    assert_answer(post(VALUE, FEE("9")), "200 {\"id\":2}");
    raw_run(raw, "CREATE VIEW bi.all_fees AS SELECT sum(fee) FROM moh.births_history");
    assert_error(post(VALUE, FEE("12")), "409 409", "view bi.all_fees");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), 2);
    raw_run(raw, "DROP SCHEMA bi CASCADE");
    assert_answer(post(VALUE, FEE("12")), "200 {\"id\":3}");
#undef FEE
}

/* A producer that came before the dataset was declared: what it registers again gets its tables. */
static void a_subject_that_was_there_before_its_dataset_joins_it(void **state)
{
    (void)state;
    raw_run(raw, "UPDATE nrc.dataset SET topic = NULL WHERE name = 'births'");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":1}");
    raw_run(raw, "UPDATE nrc.dataset SET topic = 'later' WHERE name = 'births'");
    assert_answer(post("/subjects/later-value/versions", RECORD(BASE)), "200 {\"id\":1}");
    raw_run(raw, "UPDATE nrc.subject_version SET dataset_id = NULL, part = 'none', field_columns = "
                 "NULL, field_names = NULL, shown = NULL WHERE subject = "
                 "'later-value'; DELETE FROM nrc.subject_version WHERE subject <> 'later-value'");
    assert_answer(post("/subjects/later-value/versions", RECORD(BASE)), "200 {\"id\":1}");
    assert_string_equal(
        raw_text(raw, "SELECT version || part || dataset_id FROM nrc.subject_version"), "1value1");
}

/* The same, with a setting that is newer than the version: events with its id are in the topic already. */
static void a_version_older_than_settings_joins_its_dataset_as_it_is(void **state)
{
    (void)state;
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":1}");
    raw_run(raw,
            "UPDATE nrc.subject_version SET dataset_id = NULL, part = 'none', field_columns = "
            "NULL, field_names = NULL, shown = NULL; INSERT INTO nrc.registry_config (subject, "
            "settings) VALUES ('', '{\"overrideMetadata\":{\"properties\":{\"k\":\"v\"}}}')");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":1}");
    static const char parts[] =
        "SELECT string_agg(version || part || schema_id, ' ' ORDER BY version)"
        " FROM nrc.subject_version";
    assert_string_equal(raw_text(raw, parts), "1value1");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":2}");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":2}");
    assert_string_equal(raw_text(raw, parts), "1value1 2value2");
}

static void the_catalogue_has_structures_that_parse_alone(void **state)
{
    (void)state;
    assert_int_equal(id_of(post("/subjects/place/versions",
                                "{\"type\":\"enum\",\"name\":\"Place\",\"symbols\":[\"X\"]}")),
                     1);
    assert_int_equal(
        id_of(post_schema(&client, VALUE, RECORD(BASE "," F("place", "\"Place\"")),
                          ",\"references\":[{\"name\":\"Place\",\"subject\":\"place\",\"version\":"
                          "1}]")),
        2);
    assert_string_equal(columns("births"), "civil_no text,seq bigint,place text");
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    struct sto_catalogue *catalogue = sto_catalogue_load(conn, &err);
    assert_non_null(catalogue);
    assert_int_equal(catalogue->datasets[0].structure_count, 1);
    assert_non_null(strstr(catalogue->datasets[0].structures[0].text, "symbols"));
    sto_catalogue_free(&catalogue);
    sto_conn_close(&conn);
    /* And the next is judged against it. */
    assert_int_equal(id_of(post(VALUE, RECORD(BASE))), 3);
}

/* ---- at once ---- */

enum { RACERS = 4, ROUNDS = 12 };

struct racer {
    struct client client;
    pthread_t thread;
    int number;
    int ids[ROUNDS];
    bool own_subject;
    bool own_schema;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    char target[64];
    char schema[128];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(target, sizeof(target), "/subjects/s%d/versions", r->own_subject ? r->number : 0);
        snprintf(schema, sizeof(schema), "{\"type\":\"string\",\"n\":%d,\"m\":%d}", i,
                 r->own_schema ? r->number : 0);
        r->ids[i] = id_of(post_schema(&r->client, target, schema, ""));
        if (r->ids[i] < 0) {
            fprintf(stderr, "%s\n", r->client.answer);
        }
    }
    return NULL;
}

static void run_race(struct racer racers[RACERS], bool own_subject, bool own_schema)
{
    for (int i = 0; i < RACERS; i++) {
        racers[i] =
            (struct racer){.number = i, .own_subject = own_subject, .own_schema = own_schema};
        client_open(&racers[i].client);
    }
    for (int i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        client_close(&racers[i].client);
        for (int k = 0; k < ROUNDS; k++) {
            assert_true(racers[i].ids[k] > 0);
        }
    }
    /* Of every subject: 1, 2, 3 …; and of ids too. */
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM (SELECT subject FROM nrc.subject_version"
                                  " GROUP BY subject HAVING max(version) <> count(*)) g"),
                     0);
    assert_int_equal(raw_int(raw, "SELECT max(id) - count(*) FROM nrc.schema"), 0);
}

static void different_schemas_of_one_subject_at_once(void **state)
{
    (void)state;
    static struct racer racers[RACERS];
    run_race(racers, false, true);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), RACERS * ROUNDS);
    assert_int_equal(raw_int(raw, "SELECT max(version) FROM nrc.subject_version"), RACERS * ROUNDS);
}

static void the_same_schemas_in_many_subjects_at_once(void **state)
{
    (void)state;
    static struct racer racers[RACERS];
    run_race(racers, true, false);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), ROUNDS);
    for (int i = 1; i < RACERS; i++) {
        assert_memory_equal(racers[i].ids, racers[0].ids, sizeof(racers[0].ids));
    }
}

static void the_same_schemas_of_one_subject_at_once(void **state)
{
    (void)state;
    static struct racer racers[RACERS];
    run_race(racers, false, false);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema"), ROUNDS);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.subject_version"), ROUNDS);
}

struct one {
    struct client client;
    const char *schema;
    int id;
};

static void *register_one(void *arg)
{
    struct one *one = arg;
    one->id = id_of(post_schema(&one->client, VALUE, one->schema, ""));
    return NULL;
}

/* Each adds a column that the other does not know: judged one after the other, both are taken. */
static void two_structures_of_a_dataset_at_once(void **state)
{
    (void)state;
    struct one ones[2] = {{.schema = RECORD(BASE "," F_NULL("name", "\"string\""))},
                          {.schema = RECORD(BASE "," F_NULL("weight", "\"double\""))}};
    pthread_t threads[2];
    post(VALUE, RECORD(BASE));
    for (int i = 0; i < 2; i++) {
        client_open(&ones[i].client);
        assert_int_equal(pthread_create(&threads[i], NULL, register_one, &ones[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        if (ones[i].id < 0) {
            fail_msg("%s", ones[i].client.answer);
        }
        client_close(&ones[i].client);
    }
    assert_int_equal(ones[0].id + ones[1].id, 5);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.dataset_column c JOIN nrc.dataset d ON"
                                  " d.id = c.dataset_id WHERE d.name = 'births'"),
                     4);
}

/* While another holds the subject's lock: one who waits for it does not answer. */
static void a_known_schema_needs_no_lock(void **state)
{
    (void)state;
    struct one one = {.schema = RECORD(BASE "," F_NULL("name", "\"string\""))};
    pthread_t thread;
    post(VALUE, RECORD(BASE));
    raw_run(raw, "BEGIN");
    raw_run(raw, "SELECT pg_advisory_xact_lock(hashtextextended('moh.births-value', 0))");
    raw_run(raw, "SELECT FROM nrc.dataset FOR UPDATE");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":1}");
    assert_has(post("/subjects/moh.births-value", RECORD(BASE)), "\"id\":1");
    client_open(&one.client);
    assert_int_equal(pthread_create(&thread, NULL, register_one, &one), 0);
    int64_t started_ms = clock_mono_ms();
    while (raw_int(raw, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT "
                        "granted") == 0) {
        assert_true(clock_mono_ms() - started_ms < 60000);
        poll(NULL, 0, 5);
    }
    raw_run(raw, "COMMIT");
    pthread_join(thread, NULL);
    assert_int_equal(one.id, 2);
    client_close(&one.client);
}

static void a_lost_connection_costs_a_client_nothing(void **state)
{
    (void)state;
    post(VALUE, RECORD(BASE));
    raw_run(raw, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE "
                 "application_name = 'nrc test'");
    assert_answer(post(VALUE, RECORD(BASE "," F_NULL("name", "\"string\""))), "200 {\"id\":2}");
    assert_string_equal(columns("births"), "civil_no text,seq bigint,name text");
}

/* What a failed try leaves: nothing, and the connection goes on. */
static void a_refusal_leaves_nothing_open(void **state)
{
    (void)state;
    post(VALUE, RECORD(BASE));
    assert_error(post(VALUE, RECORD(BASE "," F("place", "\"string\""))), "409 409", "");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
                                  "'nrc test' AND state <> 'idle'"),
                     0);
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING "
                                  "(pid) WHERE a.application_name = 'nrc test'"),
                     0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_value_schema_of_a_dataset_makes_its_tables),
        TEST(what_the_tables_cannot_take_is_refused),
        TEST(a_report_on_the_view_hinders_no_registration),
        TEST(a_subject_that_was_there_before_its_dataset_joins_it),
        TEST(a_version_older_than_settings_joins_its_dataset_as_it_is),
        TEST(the_catalogue_has_structures_that_parse_alone),
        TEST(different_schemas_of_one_subject_at_once),
        TEST(the_same_schemas_in_many_subjects_at_once),
        TEST(the_same_schemas_of_one_subject_at_once),
        TEST(two_structures_of_a_dataset_at_once),
        TEST(a_known_schema_needs_no_lock),
        TEST(a_lost_connection_costs_a_client_nothing),
        TEST(a_refusal_leaves_nothing_open),
    };
    return cmocka_run_group_tests_name("register_live", tests, NULL, NULL);
}
