/* SPDX-License-Identifier: Apache-2.0
 * component/storage/commit/test_measure.c - the counters that a batch adds to, hours and days made of them, and what is read.
 *
 * The verifier runs after each test but two: the counters are the ledger's sums. */
#include "commit_kit.h"

#include "storage/catalogue/measure.h"
#include "storage/catalogue/rule.h"
#include "storage/commit/measure.h"
#include "storage/report/measure.h"

#define HOUR_US INT64_C(3600000000)

static int64_t now_us(struct kit *kit)
{
    return raw_int(kit->raw, "SELECT (extract(epoch FROM now()) * 1000000)::bigint");
}

/* A column of nrc.measured, over all windows and kinds. */
static int64_t total(struct kit *kit, const char *what)
{
    char sql[300];
    snprintf(
        sql, sizeof(sql),
        "SELECT coalesce(sum(%s), 0)::bigint FROM nrc.measured(1, 'day', '-infinity', 'infinity')",
        what);
    return raw_int(kit->raw, sql);
}

static int64_t count_of(struct kit *kit, int32_t key)
{
    char what[160];
    snprintf(what, sizeof(what),
             "(SELECT sum(n) FROM unnest(keys, counts) u(key, n) WHERE key = %d)", (int)key);
    return total(kit, what);
}

static int64_t late(struct kit *kit, enum sto_leg leg, unsigned bucket)
{
    return count_of(kit, (STO_MEASURE_LEG + (int32_t)leg) * 65536 + (int32_t)bucket);
}

static int roll(int64_t days)
{
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    int hours = -1;
    assert_ok(sto_measures_roll(conn, days, &hours, &err), err);
    sto_conn_close(&conn);
    return hours;
}

/* As if the batches had been recorded then, by a lane that is gone. The ledger stays, as it has no leaf of every month; so the
 * verifier does not run after these tests. */
static void age(struct kit *kit, const char *interval)
{
    char sql[200];
    snprintf(sql, sizeof(sql), "UPDATE nrc.measure_minute SET minute = minute - interval '%s'",
             interval);
    raw_run(kit->raw, sql);
    kit_open_conn(kit, NULL);
}

static void each_verdict_is_counted_and_batches_add_up(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 5, "x");
    kit_birth(kit, 1, "B", 1, 5, "x");
    kit_next_batch(kit);
    kit_birth(kit, 0, "A", 1, 5, "x");
    kit_birth(kit, 0, "A", 1, 1, "old");
    kit_birth(kit, 0, "A", 1, 9, NULL);
    kit->progress[0].exempt = 1;
    (void)kit_take_offset(kit, 0);
    kit->quarantined[0] = (struct sto_quarantined){.dataset_id = 1,
                                                   .offset = kit_take_offset(kit, 0),
                                                   .kafka_ts_us = STO_NO_TIME,
                                                   .reason = ERR_NOT_YET_ACTIVE,
                                                   .detail = "x"};
    kit->batch.quarantined_count = 1;
    kit_next_batch(kit);
    assert_int_equal(total(kit, "received"), 7);
    assert_int_equal(total(kit, "applied"), 3);
    assert_int_equal(total(kit, "duplicate"), 1);
    assert_int_equal(total(kit, "stale"), 1);
    assert_int_equal(total(kit, "quarantined"), 1);
    assert_int_equal(total(kit, "exempt"), 1);
    assert_int_equal(total(kit, "deletes"), 1);
    assert_string_equal(
        raw_text(kit->raw,
                 "SELECT string_agg(nrc.measured_reasons(reasons, reason_counts)::text, '')"
                 " FROM nrc.measure_minute WHERE reasons <> '{}'"),
        "{\"not_yet_active\": 1}");
}

static void nulls_missing_values_and_rules_come_back_by_name(void **state)
{
    struct kit *kit = *state;
    const uint32_t nulls[4] = {0, 0, 2, 0};
    const uint32_t missing[4] = {0, 0, 0, 1};
    const struct sto_rule named[] = {
        {.dataset_id = 1,
         .origin = "structure",
         .structure_version = 3,
         .name = "a",
         .action = "warn"},
        {.dataset_id = 1, .origin = "contract", .version = "1.0", .name = "a", .action = "count"}};
    int32_t ids[2];
    int32_t again[2];
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_INGEST);
    assert_ok(sto_rule_ids(conn, named, 2, ids, &err), err);
    assert_ok(sto_rule_ids(conn, named, 2, again, &err), err);
    assert_memory_equal(ids, again, sizeof(ids));
    sto_conn_close(&conn);
    const struct sto_rule_count rules[] = {{ids[0], 0, 0, 1}, {ids[1], 1, 1, 0}};
    const struct sto_measure measure = {nulls, missing, 4, rules, 2};
    for (int i = 0; i < 2; i++) {
        kit_birth(kit, 0, "A", i, 1, "x");
        kit->progress[0].measure = &measure;
        kit_next_batch(kit);
        kit->progress[0].measure = NULL;
    }
    assert_string_equal(
        raw_text(kit->raw, "SELECT nrc.measured_fields(1, keys, counts)::text FROM"
                           " nrc.measured(1, 'day', '-infinity', 'infinity')"),
        "{\"fee\": {\"null\": 0, \"missing\": 2}, \"name\": {\"null\": 4, \"missing\": 0}}");
    assert_string_equal(
        raw_text(kit->raw, "SELECT nrc.measured_rules(keys, counts)::text FROM"
                           " nrc.measured(1, 'day', '-infinity', 'infinity')"),
        "[{\"rule\": \"a\", \"count\": 2, \"action\": \"count\", \"origin\": \"contract\","
        " \"skipped\": 0, \"version\": \"1.0\", \"evaluated\": 2}, {\"rule\": \"a\", \"count\": 0,"
        " \"action\": \"warn\", \"origin\": \"structure\", \"skipped\": 2, \"version\": \"3\","
        " \"evaluated\": 0}]");
}

/* A message has one timestamp, the producer's or the broker's: the leg to the other one is unknown, not 0. */
static void lateness_is_counted_leg_by_leg(void **state)
{
    struct kit *kit = *state;
    const int64_t now = now_us(kit);
    struct sto_event *event = kit_birth(kit, 0, "A", 1, 1, "x");
    event->event_time_us = now - 2 * HOUR_US;
    event->kafka_ts_us = now - HOUR_US;
    event->clock = STO_CLOCK_PRODUCER;
    event = kit_birth(kit, 0, "B", 1, 1, "x");
    event->event_time_us = now - 2 * HOUR_US;
    event->kafka_ts_us = now - HOUR_US;
    event->clock = STO_CLOCK_BROKER;
    kit_birth(kit, 0, "C", 1, 1, NULL);
    kit_next_batch(kit);
    const unsigned hour = sto_lateness_bucket(0, HOUR_US);
    assert_int_equal(late(kit, STO_LEG_CAPTURED, hour), 1);
    assert_int_equal(late(kit, STO_LEG_CAPTURED, STO_LATE_UNKNOWN), 2);
    assert_int_equal(late(kit, STO_LEG_ARRIVED, STO_LATE_UNKNOWN), 3);
    assert_int_equal(late(kit, STO_LEG_AVAILABLE, hour), 1);
    assert_int_equal(late(kit, STO_LEG_AVAILABLE, STO_LATE_UNKNOWN), 2);
    assert_int_equal(late(kit, STO_LEG_CARRIED, hour), 1);
    assert_int_equal(late(kit, STO_LEG_WHOLE, sto_lateness_bucket(0, 2 * HOUR_US)), 2);
    assert_int_equal(late(kit, STO_LEG_WHOLE, STO_LATE_UNKNOWN), 1);
}

/* Windows that hold only clocks that are ahead, or only what is beyond all buckets, keep them when they are added up. */
static void negative_and_boundless_lateness_add_up(void **state)
{
    struct kit *kit = *state;
    const int64_t times[] = {now_us(kit) + HOUR_US, CELL_TIMESTAMP_MIN_US, CELL_TIMESTAMP_MAX_US,
                             now_us(kit) + 2 * HOUR_US};
    for (int i = 0; i < 4; i++) {
        kit_birth(kit, 0, "A", i, 1, "x")->event_time_us = times[i];
        kit_next_batch(kit);
    }
    assert_int_equal(late(kit, STO_LEG_WHOLE, STO_LATE_NEGATIVE), 3);
    assert_int_equal(late(kit, STO_LEG_WHOLE, STO_LATE_OVER), 1);
}

static void a_percentile_is_within_its_bound(void **state)
{
    struct kit *kit = *state;
    const int64_t now = now_us(kit);
    for (int i = 1; i <= 100; i++) {
        kit_birth(kit, 0, "A", i, 1, "x")->event_time_us = now - i * 60 * INT64_C(1000000);
    }
    kit_next_batch(kit);
    struct err err = ERR_INIT;
    struct sto_conn *conn = sto_open(STO_ROLE_MONITOR);
    const struct sto_measure_filter filter = {.dataset = "moh.births", .by = "day"};
    struct sto_grid *grid = sto_measures(conn, &filter, &err);
    assert_non_null(grid);
    static const struct {
        const char *name;
        double truth;
    } cases[] = {{"p50", 3000}, {"p95", 5700}, {"p99", 5940}, {"max", 6000}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const double found = strtod(sto_grid_get(grid, 0, cases[i].name), NULL);
        assert_true(found > cases[i].truth / 1.13 && found < cases[i].truth * 1.13);
    }
    assert_string_equal(sto_grid_get(grid, 0, "received"), "100");
    sto_grid_free(&grid);
    const struct sto_measure_filter wrong = {.dataset = "moh.births", .by = "week"};
    assert_null(sto_measures(conn, &wrong, &err));
    assert_int_equal(err.code, ERR_USAGE);
    const struct sto_measure_filter unknown = {.dataset = "moh.deaths"};
    assert_null(sto_measures(conn, &unknown, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    sto_conn_close(&conn);
}

static void a_fenced_batch_leaves_no_counters(void **state)
{
    struct kit *kit = *state;
    struct err err = ERR_INIT;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit->progress[0].epoch--;
    assert_int_equal(sto_commit(kit->writer, &kit->batch, &err), -1);
    assert_int_equal(err.kind, ERR_KIND_FENCED);
    assert_int_equal(total(kit, "received"), 0);
    kit->progress[0].epoch++;
    kit_commit(kit);
    assert_int_equal(total(kit, "received"), 1);
}

/* A position that only moved past skipped offsets has no row: a quiet source leaves nothing that looks like a measure. */
static void a_source_that_is_quiet_leaves_no_window(void **state)
{
    struct kit *kit = *state;
    kit->progress[0].skipped = 3;
    kit->progress[0].next += 3;
    kit_next_batch(kit);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.measure_minute"), 0);
}

static void a_steady_stream_stays_in_its_page(void **state)
{
    struct kit *kit = *state;
    for (int i = 0; i < 300; i++) {
        kit_birth(kit, 0, "A", 1, i, "x")->event_time_us = now_us(kit) - i * i * 1000;
        kit_next_batch(kit);
    }
    assert_int_equal(total(kit, "received"), 300);
    assert_true(raw_int(kit->raw, "SELECT pg_relation_size('nrc.measure_minute') / 8192") <= 4);
}

static void hours_and_days_are_sums_however_often_they_are_made(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_birth(kit, 1, "B", 1, 1, "x");
    kit_next_batch(kit);
    assert_int_equal(roll(7), 0); /* the hour is not over */
    age(kit, "3 days");
    kit_birth(kit, 0, "C", 1, 1, "x");
    kit_next_batch(kit);
    assert_int_equal(roll(7), 1);
    assert_int_equal(roll(7), 0);
    assert_int_equal(
        raw_int(kit->raw, "SELECT sum(received) FROM nrc.measure_rolled WHERE span = 'hour'"), 2);
    assert_int_equal(total(kit, "received"), 3);
    /* A batch that began in that hour commits after it was made. */
    raw_run(kit->raw, "UPDATE nrc.measure_minute SET rolled = false WHERE rolled");
    assert_int_equal(total(kit, "received"), 3);
    assert_int_equal(roll(7), 1);
    assert_int_equal(
        raw_int(kit->raw, "SELECT sum(received) FROM nrc.measure_rolled WHERE span = 'day'"), 2);
    assert_int_equal(roll(2), 0);
    assert_int_equal(raw_int(kit->raw, "SELECT count(*) FROM nrc.measure_minute WHERE rolled"), 0);
    assert_int_equal(total(kit, "received"), 3);
}

static void one_session_rolls_up_at_a_time(void **state)
{
    struct kit *kit = *state;
    kit_birth(kit, 0, "A", 1, 1, "x");
    kit_next_batch(kit);
    age(kit, "3 days");
    raw_run(kit->raw, "BEGIN; SELECT pg_advisory_xact_lock(hashtext('nrc.roll_measures'))");
    assert_int_equal(roll(7), 0);
    raw_run(kit->raw, "COMMIT");
    assert_int_equal(roll(7), 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, kit_setup, kit_teardown_verified)
    const struct CMUnitTest tests[] = {
        T(each_verdict_is_counted_and_batches_add_up),
        T(nulls_missing_values_and_rules_come_back_by_name),
        T(lateness_is_counted_leg_by_leg),
        T(negative_and_boundless_lateness_add_up),
        T(a_percentile_is_within_its_bound),
        T(a_fenced_batch_leaves_no_counters),
        T(a_source_that_is_quiet_leaves_no_window),
        T(a_steady_stream_stays_in_its_page),
        cmocka_unit_test_setup_teardown(hours_and_days_are_sums_however_often_they_are_made,
                                        kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(one_session_rolls_up_at_a_time, kit_setup, kit_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
