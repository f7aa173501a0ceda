/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_condense.c - what is kept of old deliveries (NRL-18): that they were made, and when. */
#include "relay_room.h"

#include "storage/notify/outbox.h"
#include "storage/report/report.h"

enum { KEEP_DAYS = 400, MANY = 1000 };

static int build(void **state)
{
    struct room *room = room_open();
    raw_run(room->raw,
            "INSERT INTO nrc.account (name, person, kind, decision, created_by, expires_on)"
            " VALUES ('huda', 'Huda', 'person', 'No. 1', 'test', current_date + 9);"
            " SELECT nrc.add_subscription(n, 'huda', 'webhook', 'http://h/', NULL, NULL, NULL, "
            "NULL, NULL)"
            " FROM unnest(ARRAY['a', 'b']) n; DELETE FROM nrc.notification_new");
    *state = room;
    return 0;
}

/* Its id. age, effective: intervals before now as PostgreSQL reads them; effective NULL: it has none. */
static int64_t notification(struct room *room, const char *age, const char *effective)
{
    char sql[320];
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO nrc.notification (at, type, object, dataset_ids, effective_at, data) VALUES"
        " (now() - interval '%s', 'notice.filed', 'notice/1', '{}', now() - %s::interval, '{}')"
        " RETURNING id",
        age, effective != NULL ? effective : "NULL");
    return raw_int(room->raw, sql);
}

/* columns: state, once, delivered_at. */
static void deliver(struct room *room, int64_t id, int subscription, const char *columns)
{
    char sql[320];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.delivery (subscription_id, notification_id, attempts, state, once,"
             " delivered_at) VALUES (%d, %lld, 3, %s)",
             subscription, (long long)id, columns);
    raw_run(room->raw, sql);
}

static int condense(struct room *room, int most)
{
    int count = -1;
    assert_ok(sto_outbox_condense(room->relay, KEEP_DAYS, most, &count, &room->err), room->err);
    return count;
}

static int64_t rows(struct room *room, const char *table, int64_t id)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM nrc.%s WHERE notification_id = %lld", table,
             (long long)id);
    return raw_int(room->raw, sql);
}

#define MADE "'delivered', false, '2020-01-02T03:04:05Z'"

static void of_what_was_made_long_ago_the_fact_remains_and_the_rest_goes(void **state)
{
    static const struct {
        const char *age;
        const char *effective;
        const char *columns;
        int stays;
        int told;
    } cases[] = {
        {"401 days", NULL, MADE, 0, 1},
        {"399 days", NULL, MADE, 1, 0},
        {"900 days", "'401 days'", MADE, 0, 1},
        {"900 days", "'399 days'", MADE, 1, 0},
        {"900 days", "'-10 days'", MADE, 1, 0},
        {"401 days", NULL, "'skipped', false, NULL", 0, 0},
        {"401 days", NULL, "'skipped', false, '2020-01-02'", 0, 1},
        {"401 days", NULL, "'failed', false, NULL", 1, 0},
        {"401 days", NULL, "'waiting', false, NULL", 1, 0},
        {"401 days", NULL, "'delivered', true, '2020-01-02'", 0, 0},
        {"401 days", NULL, "'failed', true, NULL", 0, 0},
        {"401 days", NULL, "'waiting', true, NULL", 1, 0},
        {"399 days", NULL, "'skipped', false, NULL", 1, 0},
    };
    struct room *room = *state;
    int64_t ids[COUNT_OF(cases)];
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ids[i] = notification(room, cases[i].age, cases[i].effective);
        deliver(room, ids[i], 1, cases[i].columns);
    }
    assert_int_equal(condense(room, MANY), 6);
    assert_int_equal(condense(room, MANY), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int found[] = {(int)rows(room, "delivery", ids[i]), (int)rows(room, "told", ids[i])};
        if (found[0] != cases[i].stays || found[1] != cases[i].told) {
            fail_msg("case %zu: %d delivery, %d told", i, found[0], found[1]);
        }
    }
}

static void who_was_told_and_when_is_shown_as_before(void **state)
{
    struct room *room = *state;
    int64_t id = notification(room, "500 days", NULL);
    char number[24];
    const char *of_id = number;
    snprintf(number, sizeof(number), "%lld", (long long)id);
    deliver(room, id, 1, "'failed', false, NULL");
    deliver(room, id, 2, MADE);
    assert_int_equal(condense(room, MANY), 1);
    raw_run(room->raw, "UPDATE nrc.delivery SET state = 'delivered', delivered_at = '2020-02-03'");
    assert_int_equal(condense(room, MANY), 1);
    struct sto_conn *monitor = sto_open(STO_ROLE_MONITOR);
    struct sto_grid *grid = sto_report(monitor, STO_REPORT_TOLD, &of_id, 1, &room->err);
    assert_non_null(grid);
    assert_int_equal(grid->rows, 2);
    assert_string_equal(sto_grid_get(grid, 0, "subscription"), "a");
    assert_string_equal(sto_grid_get(grid, 1, "subscription"), "b");
    assert_string_equal(sto_grid_get(grid, 1, "state"), "delivered");
    assert_memory_equal(sto_grid_get(grid, 1, "delivered_at"), "2020-01-02T03:04:05", 19);
    sto_grid_free(&grid);
    sto_conn_close(&monitor);
}

/* A change that is announced years before keeps its own deliveries, and holds nobody else's. */
static void a_few_at_a_time_and_the_oldest_first(void **state)
{
    struct room *room = *state;
    int64_t announced = notification(room, "900 days", "'-900 days'");
    int64_t first = notification(room, "800 days", NULL);
    int64_t second = notification(room, "700 days", NULL);
    deliver(room, announced, 1, MADE);
    deliver(room, second, 1, MADE);
    deliver(room, first, 1, MADE);
    assert_int_equal(condense(room, 1), 1);
    assert_int_equal(rows(room, "told", first), 1);
    assert_int_equal(condense(room, 1), 1);
    assert_int_equal(rows(room, "told", second), 1);
    assert_int_equal(condense(room, 1), 0);
}

static void nothing_condensed_is_delivered_again(void **state)
{
    struct room *room = *state;
    int count = -1;
    deliver(room, notification(room, "500 days", NULL), 1, MADE);
    assert_int_equal(condense(room, MANY), 1);
    assert_ok(sto_outbox_fan_out(room->relay, MANY, &count, &room->err), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT nrc.replay_subscription('a', NULL, true, NULL)"),
                     0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.delivery"), 0);
}

/* Given a replay that is about to commit: it keeps its delivery, and the relay waits for nobody. */
static void what_another_changes_at_this_moment_stays(void **state)
{
    struct room *room = *state;
    int64_t id = notification(room, "500 days", NULL);
    deliver(room, id, 1, MADE);
    PGconn *replaying = raw_open();
    raw_run(replaying, "SET idle_in_transaction_session_timeout = '20s'; BEGIN");
    assert_int_equal(raw_int(replaying, "SELECT nrc.replay_subscription('a', NULL, true, NULL)"),
                     1);
    assert_int_equal(condense(room, MANY), 0);
    raw_run(replaying, "COMMIT");
    PQfinish(replaying);
    assert_int_equal(condense(room, MANY), 0);
    assert_int_equal(rows(room, "delivery", id), 1);
}

static void a_secret_goes_when_it_is_valid_no_more(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "SELECT nrc.rotate_subscription('a', 24, NULL, NULL);"
                       " SELECT nrc.rotate_subscription('b', 24, NULL, NULL);"
                       " UPDATE nrc.subscription_secret SET retires_at = now() - interval '1 s'"
                       " WHERE subscription_id = 1 AND retires_at IS NOT NULL");
    (void)condense(room, MANY);
    assert_string_equal(raw_text(room->raw,
                                 "SELECT string_agg(n::text, ',') FROM (SELECT count(*) AS n"
                                 " FROM nrc.subscription_secret GROUP BY subscription_id"
                                 " ORDER BY subscription_id) c"),
                        "1,2");
}

/* NRL-18 */
static void nobody_takes_away_that_someone_was_told(void **state)
{
    struct room *room = *state;
    deliver(room, notification(room, "500 days", NULL), 1, MADE);
    assert_int_equal(condense(room, MANY), 1);
    PGresult *res = PQexec(room->raw, "DELETE FROM nrc.told");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_SQLSTATE), "NRC04");
    PQclear(res);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_what_was_made_long_ago_the_fact_remains_and_the_rest_goes),
        TEST(who_was_told_and_when_is_shown_as_before),
        TEST(a_few_at_a_time_and_the_oldest_first),
        TEST(nothing_condensed_is_delivered_again),
        TEST(what_another_changes_at_this_moment_stays),
        TEST(a_secret_goes_when_it_is_valid_no_more),
        TEST(nobody_takes_away_that_someone_was_told),
    };
    return cmocka_run_group_tests_name("condense", tests, NULL, NULL);
}
