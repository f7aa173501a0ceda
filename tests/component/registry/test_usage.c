/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_usage.c - who asked for which structure: noted by the handlers, added by the thread. */
#include "handler_kit.h"

#include <pthread.h>

#include "base/clock.h"
#include "registry/usage.h"
#include "storage/catalogue/usage.h"

enum { NEVER_MS = 3600 * 1000, OFTEN_MS = 5 };

static void begin(int flush_ms)
{
    struct err err = ERR_INIT;
    kit.shared.usage = reg_usage_start(&kit.shared.conn, flush_ms, &err);
    if (kit.shared.usage == NULL) {
        fail_msg("%s", err.text);
    }
}

static void stop(void)
{
    reg_usage_stop(&kit.shared.usage);
}

static int empty(void **state)
{
    kit_empty(state);
    raw_run(kit.raw, "DELETE FROM nrc.schema_use");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stop();
    return 0;
}

/* "id:account:count …" of today's rows. */
static const char *uses(void)
{
    return raw_text(kit.raw,
                    "SELECT coalesce(string_agg(format('%s:%s:%s', schema_id, account, count), ' '"
                    " ORDER BY schema_id, account), '') FROM nrc.schema_use"
                    " WHERE day = (now() AT TIME ZONE 'UTC')::date"
                    " AND last_at BETWEEN now() - interval '1 minute' AND now()");
}

static void get(const char *target)
{
    assert_memory_equal(kit_call(HTTP_GET, target, NULL), "200 ", 4);
}

/* ---- what counts ---- */

static void every_way_to_one_structure_counts(void **state)
{
    (void)state;
    char target[100];
    kit_add("a", 1, INT);
    begin(NEVER_MS);
    get("/schemas/ids/1");
    get("/schemas/ids/1?subject=a");
    get("/schemas/ids/1/schema");
    snprintf(target, sizeof(target), "/schemas/guids/%.40s",
             raw_text(kit.raw, "SELECT guid FROM nrc.schema"));
    get(target);
    get("/subjects/a/versions/1");
    get("/subjects/a/versions/latest");
    get("/subjects/a/versions/1/schema");
    stop();
    assert_string_equal(uses(), "1:huda:7");
}

static void an_answer_from_the_cache_counts(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("b", 1, LONG);
    atomic_store(&kit.shared.listening, true);
    begin(NEVER_MS);
    for (int i = 0; i < 3; i++) {
        get("/schemas/ids/2");
        get("/subjects/a/versions/1");
    }
    raw_run(kit.raw, "UPDATE nrc.schema SET text = 'other'");
    assert_null(strstr(kit_call(HTTP_GET, "/schemas/ids/2", NULL), "other")); /* it was the cache */
    stop();
    assert_string_equal(uses(), "1:huda:3 2:huda:4");
}

static void lists_and_what_is_not_there_count_nothing(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    begin(NEVER_MS);
    get("/subjects");
    get("/subjects/a/versions");
    get("/schemas");
    get("/schemas/ids/1/subjects");
    get("/schemas/ids/1/versions");
    kit_call(HTTP_GET, "/schemas/ids/2", NULL);
    kit_call(HTTP_GET, "/subjects/a/versions/2", NULL);
    stop();
    assert_string_equal(uses(), "");
}

static void accounts_are_told_apart(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    begin(NEVER_MS);
    get("/schemas/ids/1");
    kit_who.name = "moh-births";
    get("/schemas/ids/1");
    get("/schemas/ids/1");
    kit_who.name = "anonymous";
    get("/schemas/ids/1");
    stop();
    assert_string_equal(uses(), "1:anonymous:1 1:huda:1 1:moh-births:2");
}

static void a_day_has_one_row(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    for (int i = 0; i < 3; i++) {
        begin(NEVER_MS);
        get("/schemas/ids/1");
        stop();
    }
    assert_string_equal(uses(), "1:huda:3");
}

/* ---- when the register does not take them ---- */

static void wait_for(uint64_t added, uint64_t failed_turns)
{
    int64_t end_ms = clock_mono_ms() + 20000;
    struct reg_usage_counts counts = reg_usage_counts(kit.shared.usage);
    while (counts.added < added || counts.failed_turns < failed_turns) {
        if (clock_mono_ms() > end_ms) {
            fail_msg("%d added, %d turns failed", (int)counts.added, (int)counts.failed_turns);
        }
        counts = reg_usage_counts(kit.shared.usage);
    }
    assert_int_equal(counts.added, added);
}

static void what_the_register_does_not_take_is_kept(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("b", 1, LONG);
    raw_run(kit.raw, "ALTER FUNCTION nrc.add_schema_uses RENAME TO gone");
    begin(OFTEN_MS);
    get("/schemas/ids/1");
    wait_for(0, 2);
    get("/schemas/ids/1"); /* another table than the one that waits */
    get("/schemas/ids/2");
    wait_for(0, reg_usage_counts(kit.shared.usage).failed_turns + 2);
    raw_run(kit.raw, "ALTER FUNCTION nrc.gone RENAME TO add_schema_uses");
    wait_for(3, 0);
    stop();
    assert_string_equal(uses(), "1:huda:2 2:huda:1");
}

static void a_lost_connection_is_opened_again(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    begin(OFTEN_MS);
    get("/schemas/ids/1");
    wait_for(1, 0);
    assert_int_equal(raw_int(kit.raw, "SELECT count(pg_terminate_backend(pid, 10000)) FROM"
                                      " pg_stat_activity WHERE datname = current_database()"
                                      " AND application_name = 'nrc registry uses'"),
                     1);
    get("/schemas/ids/1");
    wait_for(2, 0);
    stop();
    assert_string_equal(uses(), "1:huda:2");
}

/* What waits and what comes meanwhile are both added at the end. */
static void the_end_adds_what_is_left(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    raw_run(kit.raw, "ALTER FUNCTION nrc.add_schema_uses RENAME TO gone");
    begin(OFTEN_MS);
    get("/schemas/ids/1");
    wait_for(0, 1);
    get("/schemas/ids/1");
    raw_run(kit.raw, "ALTER FUNCTION nrc.gone RENAME TO add_schema_uses");
    stop();
    assert_string_equal(uses(), "1:huda:2");
}

static void a_full_table_loses_and_counts_what_it_loses(void **state)
{
    (void)state;
    char name[32];
    kit_add("a", 1, INT);
    begin(NEVER_MS);
    for (int i = 0; i < REG_USAGE_ENTRIES + 10; i++) {
        snprintf(name, sizeof(name), "account-%d", i);
        reg_usage_note(kit.shared.usage, 3, 1, name);
    }
    reg_usage_note(kit.shared.usage, 3, 1, "account-0"); /* has its place */
    reg_usage_note(kit.shared.usage, 4, 1, name);        /* another worker's table */
    assert_int_equal(reg_usage_counts(kit.shared.usage).lost, 10);
    stop();
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema_use"),
                     REG_USAGE_ENTRIES + 1);
    assert_int_equal(raw_int(kit.raw, "SELECT sum(count) FROM nrc.schema_use"),
                     REG_USAGE_ENTRIES + 2);
}

/* ---- the register's side ---- */

static void add(struct sto_conn *conn, int32_t schema_id, const char *account, int64_t age_s)
{
    struct err err = ERR_INIT;
    struct sto_schema_use use = {
        .schema_id = schema_id, .count = 1, .last_mono_us = clock_mono_us() - age_s * 1000000};
    snprintf(use.account, sizeof(use.account), "%s", account);
    assert_ok(sto_schema_uses_add(conn, &use, 1, &err), err);
}

static void rows_go_after_90_days_a_thousand_at_a_time(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    raw_run(kit.raw,
            "INSERT INTO nrc.schema_use SELECT 1, 'old-' || i,"
            " (now() AT TIME ZONE 'UTC')::date - 91, 1, now() FROM generate_series(1, 1500) i");
    raw_run(kit.raw, "INSERT INTO nrc.schema_use SELECT 1, 'kept',"
                     " (now() AT TIME ZONE 'UTC')::date - 90, 5, now() - interval '90 days'");
    assert_string_equal(raw_text(kit.raw,
                                 "SELECT string_agg(concat(account, ' ', days, ' ', count),"
                                 " ',') FROM nrc.schema_users(1)"),
                        "kept 1 5"); /* what is still there, but old, is not told */
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    add(conn, 1, "kept", 0);
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema_use"), 502);
    add(conn, 1, "kept", 0);
    assert_int_equal(raw_int(kit.raw, "SELECT count(*) FROM nrc.schema_use"), 2);
    assert_string_equal(raw_text(kit.raw, "SELECT string_agg(concat(account, ' ', days, ' ', count,"
                                          " ' ', last_at > now() - interval '1 minute'),"
                                          " ',') FROM nrc.schema_users(1)"),
                        "kept 2 7 t");
    sto_conn_close(&conn);
}

static void a_use_has_the_day_of_its_request(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    add(conn, 1, "huda", 3 * 86400);
    add(conn, 1, "huda", 0);
    assert_string_equal(
        raw_text(kit.raw, "SELECT string_agg(((now() AT TIME ZONE 'UTC')::date - day)::text, ' '"
                          " ORDER BY day) FROM nrc.schema_use"),
        "3 0");
    sto_conn_close(&conn);
}

static void a_structure_that_is_gone_stops_no_other(void **state)
{
    (void)state;
    kit_add("a", 1, INT);
    kit_add("b", 1, LONG);
    begin(NEVER_MS);
    get("/schemas/ids/1");
    get("/schemas/ids/2");
    raw_run(kit.raw, "DELETE FROM nrc.subject_version WHERE subject = 'a';"
                     " DELETE FROM nrc.schema WHERE id = 1");
    stop();
    assert_string_equal(uses(), "2:huda:1");
    raw_run(kit.raw, "DELETE FROM nrc.subject_version; DELETE FROM nrc.schema");
    assert_string_equal(uses(), "");
}

enum { SAME = 20 };

/* The rows of SAME accounts, the last one first. */
static void *add_backwards(void *arg)
{
    struct sto_conn *conn = arg;
    struct sto_schema_use rows[SAME] = {{0}};
    struct err err = ERR_INIT;
    for (int i = 0; i < SAME; i++) {
        rows[i] =
            (struct sto_schema_use){.schema_id = 1, .count = 1, .last_mono_us = clock_mono_us()};
        snprintf(rows[i].account, sizeof(rows[i].account), "a-%02d", SAME - 1 - i);
    }
    if (sto_schema_uses_add(conn, rows, SAME, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        abort();
    }
    return NULL;
}

/* Two processes that add the same rows would wait for each other in a circle, if each took them in an order of its own.
 * Given that the first row is held, then one that waits for it holds no other. */
static void rows_are_taken_in_one_order(void **state)
{
    (void)state;
    pthread_t thread;
    char sql[200];
    kit_add("a", 1, INT);
    struct sto_conn *conn = sto_open(STO_ROLE_REGISTRY);
    add_backwards(conn);
    raw_run(kit.raw, "BEGIN; SELECT FROM nrc.schema_use WHERE account = 'a-00' FOR UPDATE");
    assert_int_equal(pthread_create(&thread, NULL, add_backwards, conn), 0);
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM pg_locks WHERE pid = %d AND NOT granted",
             sto_conn_backend_pid(conn));
    int64_t end_ms = clock_mono_ms() + 20000;
    while (raw_int(kit.raw, sql) == 0 && clock_mono_ms() < end_ms) {
    }
    assert_string_equal(
        raw_sqlstate(kit.raw,
                     "SELECT FROM nrc.schema_use WHERE account > 'a-00' FOR UPDATE NOWAIT"),
        "");
    raw_run(kit.raw, "COMMIT");
    pthread_join(thread, NULL);
    sto_conn_close(&conn);
    assert_int_equal(raw_int(kit.raw, "SELECT sum(count) FROM nrc.schema_use"), 2 * SAME);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, empty, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_way_to_one_structure_counts),
        TEST(an_answer_from_the_cache_counts),
        TEST(lists_and_what_is_not_there_count_nothing),
        TEST(accounts_are_told_apart),
        TEST(a_day_has_one_row),
        TEST(what_the_register_does_not_take_is_kept),
        TEST(a_lost_connection_is_opened_again),
        TEST(the_end_adds_what_is_left),
        TEST(a_full_table_loses_and_counts_what_it_loses),
        TEST(rows_go_after_90_days_a_thousand_at_a_time),
        TEST(a_use_has_the_day_of_its_request),
        TEST(a_structure_that_is_gone_stops_no_other),
        TEST(rows_are_taken_in_one_order),
    };
    return cmocka_run_group_tests(tests, kit_start, kit_stop);
}
