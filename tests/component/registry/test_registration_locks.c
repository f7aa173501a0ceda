/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_registration_locks.c - what a registration waits for: tables that are held, an
 * autovacuum, and other changes of the catalogue, none of which may end in a deadlock. */
#include "registration_kit.h"

#include <pthread.h>

#include "base/attr.h"
#include "base/clock.h"
#include "storage/subject/config.h"
#include "storage/subject/delete.h"
#include "storage/subject/list.h"

#define F(name, type)      "{\"name\":\"" name "\",\"type\":" type "}"
#define F_NULL(name, type) "{\"name\":\"" name "\",\"type\":[\"null\"," type "],\"default\":null}"
#define RECORD(fields)     "{\"type\":\"record\",\"name\":\"Birth\",\"fields\":[" fields "]}"
#define BASE               F("civil_no", "\"string\"") "," F("seq", "\"long\"")
#define LONGER             RECORD(BASE "," F_NULL("name", "\"string\""))
#define VALUE              "/subjects/moh.births-value/versions"

static PGconn *raw;
static struct client client;
static struct err err;

static const char *post(const char *target, const char *schema)
{
    return post_schema(&client, target, schema, "");
}

static int begin(void **state)
{
    (void)state;
    static const char *const key[] = {"civil_no"};
    const struct sto_agency_spec agency = {
        .code = "moh", .name = "Health", .legal_class = 1, .division = "Records", .head = "Salim"};
    const struct sto_dataset_spec dataset = {.agency = "moh",
                                             .name = "births",
                                             .topic = "moh.births",
                                             .key_fields = key,
                                             .key_field_count = 1,
                                             .key_format = "auto",
                                             .order_field = "seq",
                                             .leaves = 1};
    int32_t id;
    register_reset();
    raw = raw_open();
    err_reset(&err);
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    assert_ok(sto_agency_add(conn, &agency, &err), err);
    assert_ok(sto_dataset_add(conn, &dataset, &id, &err), err);
    sto_conn_close(&conn);
    nobody_must_agree(raw);
    clients_begin();
    client_open(&client);
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":1}");
    return 0;
}

static int end(void **state)
{
    (void)state;
    client_close(&client);
    PQfinish(raw);
    return 0;
}

/* Until the query's number is not 0; false: not within a minute. */
static bool wait_for(PGconn *eyes, const char *sql)
{
    int64_t end_ms = clock_mono_ms() + 60000;
    while (raw_int(eyes, sql) == 0) {
        if (clock_mono_ms() > end_ms) {
            return false;
        }
    }
    return true;
}

#define WAITERS                                                                                    \
    " FROM pg_locks l JOIN pg_database d ON d.oid = l.database"                                    \
    " WHERE NOT granted AND datname = current_database()"

/* Lets go of the tables once the other side has asked, given up, and asked again. */
static void *let_go_at_the_second_try(void *arg)
{
    PGconn *eyes = raw_open();
    bool seen = wait_for(eyes, "SELECT count(*)" WAITERS) &&
                wait_for(eyes, "SELECT (count(*) = 0)::int" WAITERS) &&
                wait_for(eyes, "SELECT count(*)" WAITERS);
    raw_run(arg, "COMMIT");
    PQfinish(eyes);
    return seen ? arg : NULL;
}

static void a_new_column_asks_again_for_a_table_that_is_held(void **state)
{
    (void)state;
    pthread_t thread;
    void *seen;
    PGconn *reader = raw_open();
    raw_run(reader, "BEGIN; SELECT * FROM moh.births");
    assert_int_equal(pthread_create(&thread, NULL, let_go_at_the_second_try, reader), 0);
    const char *answer = post(VALUE, LONGER);
    pthread_join(thread, &seen);
    PQfinish(reader);
    assert_non_null(seen);
    assert_answer(answer, "200 {\"id\":2}");
}

/* A producer that starts again sends what is known, without what the settings add to it. */
static void what_is_known_with_its_settings_waits_for_nobody(void **state)
{
    (void)state;
    raw_run(raw, "INSERT INTO nrc.registry_config (subject, settings) VALUES"
                 " ('', '{\"overrideMetadata\":{\"properties\":{\"k\":\"v\"}}}')");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":2}");
    PGconn *other = raw_open();
    raw_run(other, "BEGIN; SELECT nrc.lock_subject('moh.births-value')");
    assert_answer(post(VALUE, RECORD(BASE)), "200 {\"id\":2}");
    raw_run(other, "COMMIT");
    PQfinish(other);
}

/* Whoever claims partitions writes keys to the dataset's row: a registration lets them pass. */
static void ingest_claims_beside_a_registration(void **state)
{
    (void)state;
    PGconn *other = raw_open();
    raw_run(other, "BEGIN; SELECT nrc.lock_subject('moh.births-value');"
                   " SELECT nrc.apply_columns(1, "
                   "'[{\"field\":\"civil_no\",\"name\":\"civil_no\",\"type\":\"text\"},"
                   "{\"field\":\"seq\",\"name\":\"seq\",\"type\":\"bigint\"},{\"field\":\"x\","
                   "\"name\":\"x\",\"type\":\"text\"}]', "
                   "false)");
    raw_run(raw, "SET lock_timeout = '10s'");
    const char *refused =
        raw_sqlstate(raw, "INSERT INTO nrc.position (dataset_id, topic, partition,"
                          " topic_partitions, next_offset, epoch, log_start, first_offset)"
                          " VALUES (1, 'moh.births', 0, 1, 0, 1, 0, 0)");
    raw_run(other, "ROLLBACK");
    PQfinish(other);
    assert_string_equal(refused, "");
}

/* A real one, slowed down so that it holds the leaf for minutes. */
static void a_new_column_gets_past_an_autovacuum(void **state)
{
    (void)state;
    raw_run(raw, "INSERT INTO moh.births_state (civil_no, seq, _op, _recorded_at, _offset,"
                 " _topic_partition, _content) SELECT i::text, i, 'c', now(), i, 1, 2 FROM "
                 "generate_series(1,"
                 " 20000) i");
    raw_run(raw, "DELETE FROM moh.births_state WHERE seq % 2 = 0");
    raw_run(raw, "ALTER TABLE moh.births_state SET (autovacuum_vacuum_threshold = 0,"
                 " autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100,"
                 " autovacuum_vacuum_cost_limit = 1)");
    raw_run(raw, "ALTER SYSTEM SET autovacuum = on");
    raw_run(raw, "ALTER SYSTEM SET autovacuum_naptime = '1s'");
    raw_run(raw, "SELECT pg_reload_conf()");
    bool seen = wait_for(raw, "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                              " WHERE a.backend_type = 'autovacuum worker' AND l.granted"
                              " AND l.relation = 'moh.births_state'::regclass"
                              " AND l.mode = 'ShareUpdateExclusiveLock'");
    const char *answer = post(VALUE, LONGER);
    raw_run(raw, "ALTER SYSTEM RESET autovacuum");
    raw_run(raw, "ALTER SYSTEM RESET autovacuum_naptime");
    raw_run(raw, "SELECT pg_reload_conf()");
    assert_true(seen);
    assert_answer(answer, "200 {\"id\":2}");
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM moh.births WHERE name IS NULL"), 10000);
}

/* ---- at once ---- */

enum { ROUNDS = 20 };

struct racer {
    struct client client;
    struct sto_conn *conn;
    pthread_t thread;
    int number;
    int done;
};

/* Each round one more column. */
static void *add_columns(void *arg)
{
    struct racer *r = arg;
    struct buf schema = BUF_INIT;
    for (int i = 0; i < ROUNDS; i++) {
        buf_put_str(&schema, "{\"type\":\"record\",\"name\":\"Birth\",\"fields\":[" BASE);
        for (int k = 0; k <= i; k++) {
            buf_printf(&schema, "," F_NULL("r%d_%d", "\"int\""), r->number, k);
        }
        buf_put_str(&schema, "]}");
        r->done += id_of(post_schema(&r->client, VALUE, buf_cstr(&schema), "")) > 0;
        buf_fini(&schema);
        schema = (struct buf)BUF_INIT;
    }
    return NULL;
}

static void *add_ordinary(void *arg)
{
    struct racer *r = arg;
    char target[64];
    char schema[96];
    for (int i = 0; i < ROUNDS * 2; i++) {
        snprintf(target, sizeof(target), "/subjects/s%d/versions", r->number);
        snprintf(schema, sizeof(schema), "{\"type\":\"string\",\"n\":%d}", i);
        const char *answer = post_schema(&r->client, target, schema, "");
        if (id_of(answer) <= 0) {
            print_error("%s: %s\n", target, answer);
        }
        r->done += id_of(answer) > 0;
    }
    return NULL;
}

/* Of the schemas that add_ordinary brings, so that last users come and go; and of its settings. */
static void *purge(void *arg)
{
    struct racer *r = arg;
    char target[64];
    char subject[32];
    char schema[96];
    const struct sto_config_change change = {.has_level = true, .level = "NONE", .settings = "{}"};
    snprintf(target, sizeof(target), "/subjects/p%d/versions", r->number);
    snprintf(subject, sizeof(subject), "p%d", r->number);
    for (int i = 0; i < ROUNDS; i++) {
        struct err failed = ERR_INIT;
        struct sto_config config = {0};
        snprintf(schema, sizeof(schema), "{\"type\":\"string\",\"n\":%d}", 2 * i);
        int id = id_of(post_schema(&r->client, target, schema, ""));
        int put = sto_config_put(r->conn, subject, &change, &config, &failed);
        sto_config_fini(&config);
        struct sto_words *soft = sto_subject_delete(r->conn, subject, false, &failed);
        struct sto_words *gone = sto_subject_delete(r->conn, subject, true, &failed);
        r->done += id > 0 && put == 0 && soft != NULL && gone != NULL;
        sto_words_free(&soft);
        sto_words_free(&gone);
    }
    return NULL;
}

/* Settings of the subjects that come and go. */
static void *configure(void *arg)
{
    struct racer *r = arg;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        struct err failed = ERR_INIT;
        struct sto_config config = {0};
        char subject[32];
        const struct sto_config_change change = {
            .has_level = true, .level = i % 2 == 0 ? "NONE" : "FULL", .settings = "{}"};
        snprintf(subject, sizeof(subject), "p%d", i % 8);
        int put = sto_config_put(r->conn, subject, &change, &config, &failed);
        if (put != 0) {
            print_error("settings of %s: %s\n", subject, failed.text);
        }
        r->done += put == 0;
        sto_config_fini(&config);
    }
    return NULL;
}

static void changes_of_the_catalogue_never_wait_in_a_ring(void **state)
{
    (void)state;
    static void *(*const parts[])(void *) = {add_columns, add_ordinary, add_ordinary, purge,
                                             purge,       configure,    add_columns};
    static const int rounds[] = {ROUNDS, 2 * ROUNDS, 2 * ROUNDS, ROUNDS,
                                 ROUNDS, 2 * ROUNDS, ROUNDS};
    static const char deadlocks[] =
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    struct racer racers[COUNT_OF(parts)] = {0};
    int64_t before = raw_int(raw, deadlocks);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        racers[i].number = (int)i;
        racers[i].conn = sto_open(STO_ROLE_REGISTRY);
        client_open(&racers[i].client);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_int_equal(pthread_create(&racers[i].thread, NULL, parts[i], &racers[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        pthread_join(racers[i].thread, NULL);
        client_close(&racers[i].client);
        sto_conn_close(&racers[i].conn);
    }
    /* A backend tells what it has counted when it ends. */
    client_close(&client);
    assert_true(wait_for(raw, "SELECT (count(*) = 0)::int FROM pg_stat_activity"
                              " WHERE application_name = 'nrc test'"));
    assert_int_equal(raw_int(raw, deadlocks), before);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_int_equal(racers[i].done, rounds[i]);
    }
    assert_int_equal(raw_int(raw, "SELECT count(*) FROM nrc.schema WHERE id NOT IN"
                                  " (SELECT schema_id FROM nrc.subject_version)"),
                     0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_column_asks_again_for_a_table_that_is_held),
        TEST(what_is_known_with_its_settings_waits_for_nobody),
        TEST(ingest_claims_beside_a_registration),
        TEST(a_new_column_gets_past_an_autovacuum),
        TEST(changes_of_the_catalogue_never_wait_in_a_ring),
    };
    return cmocka_run_group_tests_name("register_locks", tests, NULL, NULL);
}
