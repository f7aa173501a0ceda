/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_watch.c - what `nrc monitor` judges freshness by, signs of life, and what becomes of a verdict
 * (NRL-8, NRL-10). The dataset is moh.births, whose id is 1. */
#include "births.h"

#include "storage/quality/watch.h"

static int build(void **state)
{
    struct births_room *room = births_room_new(state);
    room->dataset_id = births_build();
    room->conn = sto_open(STO_ROLE_WATCH);
    raw_run(room->raw, "SET timezone = 'UTC'");
    return 0;
}

static void contract(struct births_room *room, int version, const char *status)
{
    char sql[400];
    snprintf(sql, sizeof(sql),
             "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, sha256,"
             " contract, applied_at) VALUES (1, '%d', '{%d}', '%s', 'version %d', sha256('x'),"
             " '{\"relationships\": [], \"quality\": []}', now() - interval '%d days')",
             version, version, status, version, 9 - version);
    raw_run(room->raw, sql);
}

static void continuous_data_is_promised_with_a_latency_and_other_data_with_a_cadence(void **state)
{
    struct births_room *room = *state;
    static const struct {
        const char *service, *promises;
    } rows[] = {{"{}", "f"},
                {"{\"cadence\": \"none\", \"latency_seconds\": 60}", "f"},
                {"{\"cadence\": \"continuous\"}", "f"},
                {"{\"cadence\": \"continuous\", \"latency_seconds\": 0}", "f"},
                {"{\"cadence\": \"continuous\", \"latency_seconds\": 1}", "t"},
                {"{\"cadence\": \"daily\"}", "t"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char sql[200];
        snprintf(sql, sizeof(sql), "SELECT nrc.promises_freshness('{\"service\": %s}')",
                 rows[i].service);
        assert_string_equal(raw_text(room->raw, sql), rows[i].promises);
    }
}

static struct sto_watch load(struct births_room *room)
{
    struct sto_watch watch;
    assert_ok(sto_watch_load(room->conn, &watch, &room->err), room->err);
    return watch;
}

static size_t watched(struct births_room *room)
{
    struct sto_watch watch = load(room);
    size_t count = watch.dataset_count;
    sto_watch_fini(&watch);
    return count;
}

/* Lateness of 2 minutes and more, and one that is negative, in the last minute of the stream; others in minutes that do not count. */
static void what_came_last_is_told_by_the_stream_alone(void **state)
{
    struct births_room *room = *state;
    contract(room, 1, "active");
    contract(room, 2, "active");
    raw_run(room->raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset,"
            " first_offset, epoch, log_start, last_offset, updated_at, replaced_at) VALUES"
            " (1, 'moh.births', 0, 3, 8, 0, 1, 0, 7, '2026-01-01 12:00Z', NULL),"
            " (1, 'moh.births', 1, 3, 5, 0, 1, 0, 4, '2026-01-01 11:00Z', NULL),"
            " (1, 'moh.births', 2, 3, 0, 0, 1, 0, -1, '2026-01-01 13:00Z', NULL),"
            " (1, 'moh.old', 0, 1, 3, 0, 1, 0, 2, '2025-01-01 13:00Z', now())");
    raw_run(
        room->raw,
        "INSERT INTO nrc.measure_minute SELECT m, 1, 1, k, false, 9, 9, 0, 0, 0, 0, 0, keys,"
        " ARRAY[1, 1, 1, 1], '{}', '{}' FROM (VALUES"
        " ('2026-01-01 12:00Z'::timestamptz, 'stream', '{393219, 458753, 458804, 458810}'::int[]),"
        " ('2026-01-01 11:59Z', 'stream', '{393219, 458752, 458755, 458760}'),"
        " ('2026-01-01 12:05Z', 'replay', '{393219, 458752, 458755, 458760}')) v (m, k, keys)");
    struct sto_watch watch = load(room);
    assert_int_equal(watch.dataset_count, 1);
    const struct sto_watched *births = &watch.datasets[0];
    assert_string_equal(births->contract, "version 2");
    assert_int_equal(births->appended_s, 1767268800);
    /* bucket 52 begins at 0.001024 s * 2^(49/3) */
    assert_int_equal(births->newest_s, 1767268800 - 85);
    assert_true(watch.now_s - births->since_s >= INT64_C(8) * 86400 - 1);
    assert_int_equal(watch.position_count, 3);
    sto_watch_fini(&watch);
}

static void who_has_nobody_to_answer_is_not_watched(void **state)
{
    struct births_room *room = *state;
    assert_int_equal(watched(room), 1);
    raw_run(room->raw, "UPDATE nrc.dataset SET retired_on = '2026-01-01', retired_reason = 'x'");
    assert_int_equal(watched(room), 0);
    raw_run(room->raw, "UPDATE nrc.dataset SET retired_on = NULL, retired_reason = NULL");
    raw_run(room->raw,
            "INSERT INTO nrc.agency (code, name, legal_class, state, retired_on, "
            "retired_reason)"
            " SELECT 'old', 'Old', legal_class, 'retired', '2026-01-01', 'x' FROM nrc.agency;"
            " UPDATE nrc.dataset SET agency_id = 2 WHERE id = 1");
    assert_int_equal(watched(room), 0);
    raw_run(
        room->raw,
        "INSERT INTO nrc.agency_succession (agency_id, successor_id, on_day, instrument, reason)"
        " VALUES (2, 1, '2026-01-01', 'x', 'x')");
    assert_int_equal(watched(room), 1);
}

static bool has_contract(struct births_room *room)
{
    struct sto_watch watch = load(room);
    const bool has = watch.datasets[0].contract != NULL;
    sto_watch_fini(&watch);
    return has;
}

static void a_contract_holds_from_its_first_version_to_one_that_is_retired(void **state)
{
    struct births_room *room = *state;
    assert_false(has_contract(room));
    contract(room, 1, "active");
    assert_true(has_contract(room));
    contract(room, 2, "retired");
    assert_false(has_contract(room));
}

/* What explains a source is seen by it: its halts, its topic, its engine; what is about events or lateness is not. */
static void positions_come_with_their_state_and_open_incidents_with_whom_they_concern(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, next_offset,"
            " first_offset, epoch, log_start, owner, state, halt_kind, halt_reason) VALUES"
            " (1, 'moh.births', 0, 2, 8, 0, 1, 0, 'a-0', 'open', NULL, NULL),"
            " (1, 'moh.births', 1, 2, 5, 0, 1, 0, 'a-1', 'halted', 'gap', 'a gap');"
            "SELECT pg_advisory_lock_shared(hashtextextended('nrc.owner/a-1', 0));"
            "SELECT nrc.see_incident(k, c, d, p, e, 'x', 1, now()) FROM (VALUES"
            " ('gap', 'partition_flows', 1, 2, NULL), ('kafka_trouble', 'kafka_answers', NULL, "
            "NULL, 'a'),"
            " ('late', 'data_fresh', 1, NULL, NULL), ('bad_frame', 'good_event', 1, NULL, NULL),"
            " ('topic_not_told', 'topic_told', NULL, NULL, 'a')) v(k, c, d, p, e)");
    struct sto_watch watch = load(room);
    assert_int_equal(watch.position_count, 2);
    assert_string_equal(watch.positions[0].state, "open");
    assert_false(watch.positions[0].owner_lives);
    assert_string_equal(watch.positions[1].halt_reason, "a gap");
    assert_true(watch.positions[1].owner_lives);
    assert_int_equal(watch.incident_count, 3);
    assert_string_equal(watch.incidents[0].kind, "gap");
    assert_int_equal(watch.incidents[0].position_id, 2);
    assert_string_equal(watch.incidents[1].engine, "a");
    assert_null(watch.incidents[2].engine); /* a topic's name, not an engine's */
    sto_watch_fini(&watch);
}

static void stops_and_holidays_that_were_withdrawn_or_are_long_over_are_none(void **state)
{
    struct births_room *room = *state;
    raw_run(
        room->raw,
        "INSERT INTO nrc.notice (agency_id, kind, starts_at, ends_at, reason, means, withdrawn_at)"
        " SELECT 1, k, now() - interval '400 days', now() - e * interval '1 day', 'r', 'm', w"
        " FROM (VALUES ('stop', 1, NULL::timestamptz), ('stop', NULL, NULL), ('stop', 367, NULL),"
        "  ('stop', 365, NULL), ('stop', 1, now()), ('update', 1, NULL)) v (k, e, w);"
        "INSERT INTO nrc.notice_dataset SELECT id, 1 FROM nrc.notice;"
        "INSERT INTO nrc.holiday (first_day, last_day, kind, name, withdrawn_at, withdrawn_by,"
        " withdrawn_why) VALUES (current_date, current_date, 'estimated', 'a', NULL, NULL, NULL),"
        " (current_date, current_date, 'estimated', 'b', now(), 'x', 'y'),"
        " (current_date - 800, current_date - 800, 'estimated', 'c', NULL, NULL, NULL)");
    struct sto_watch watch = load(room);
    assert_int_equal(watch.stop_count, 3);
    int for_good = 0;
    for (size_t i = 0; i < watch.stop_count; i++) {
        for_good += watch.stops[i].ends_s == INT64_MAX;
    }
    assert_int_equal(for_good, 1);
    assert_int_equal(watch.holiday_count, 1);
    assert_true(watch.holidays[0].is_estimated);
    sto_watch_fini(&watch);
}

static int64_t heartbeat(struct births_room *room, int64_t ends)
{
    struct sto_life life;
    assert_ok(sto_watch_life(room->conn, 1, "moh", ends, &life, &room->err), room->err);
    return life.seen_s;
}

/* That the topic is there is no sign; that it grows is one, which stays the last while nobody knows. */
static void a_sign_of_life_is_a_topic_that_grows(void **state)
{
    struct births_room *room = *state;
    assert_int_equal(heartbeat(room, -1), STO_NO_INSTANT);
    assert_int_equal(heartbeat(room, 5), STO_NO_INSTANT);
    assert_int_equal(heartbeat(room, 5), STO_NO_INSTANT);
    assert_true(heartbeat(room, 6) > 0);
    raw_run(room->raw, "UPDATE nrc.heartbeat SET seen_at = 'epoch'");
    assert_int_equal(heartbeat(room, 6), 0);
    assert_int_equal(heartbeat(room, 2), 0); /* made anew */
    assert_int_equal(heartbeat(room, -1), 0);
    assert_true(heartbeat(room, 3) > 0);
}

static void record(struct births_room *room, const char *state, const char *reason, bool estimate)
{
    const struct sto_freshness verdict = {.dataset_id = 1,
                                          .state = state,
                                          .reason = reason,
                                          .since_s = 0,
                                          .limit_s = INT64_MAX,
                                          .last_arrival_s = STO_NO_INSTANT,
                                          .rests_on_estimate = estimate,
                                          .sentence = "s",
                                          .sentence_ar = "ج"};
    assert_ok(sto_watch_record(room->conn, &verdict, &room->err), room->err);
}

/* "open" or how it ended, of the incidents of dataset 1. */
static const char *late(struct births_room *room)
{
    return raw_text(room->raw, "SELECT coalesce(string_agg(coalesce(closed_why, 'open'), ' '), '')"
                               " FROM nrc.incident WHERE dataset_id = 1");
}

static void pass(struct births_room *room, const char *interval)
{
    char sql[100];
    snprintf(sql, sizeof(sql),
             "UPDATE nrc.incident SET last_seen_at = last_seen_at - interval '%s'", interval);
    raw_run(room->raw, sql);
}

static void late_is_an_incident_until_it_was_in_time_for_two_minutes(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw,
            "SELECT nrc.see_incident('late', 'data_fresh', 0, NULL, NULL, 'another''s', 1,"
            " now() - interval '1 day')");
    record(room, "late", "quiet_source", true); /* the day may be a holiday */
    assert_string_equal(late(room), "");
    record(room, "late", "quiet_source", false);
    assert_string_equal(late(room), "open");
    pass(room, "119 seconds");
    record(room, "fresh", "arrived", false);
    assert_string_equal(late(room), "open");
    pass(room, "2 seconds");
    record(room, "unknown", "not_known", false);
    assert_string_equal(late(room), "open");
    record(room, "fresh", "arrived", false);
    assert_string_equal(late(room), "data_fresh");
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE closed_at IS NULL"), 1);
    record(room, "late", "quiet_source", false);
    assert_string_equal(late(room), "open");
    pass(room,
         "121 seconds"); /* it came back, and must stay away longer only when it comes back often */
    record(room, "fresh", "arrived", false);
    assert_string_equal(late(room), "data_fresh");
}

static void each_change_of_state_or_reason_is_kept(void **state)
{
    struct births_room *room = *state;
    record(room, "late", "quiet_source", false);
    record(room, "late", "quiet_source", false);
    record(room, "late", "dead_source", false);
    record(room, "fresh", "dead_source", false);
    assert_string_equal(raw_text(room->raw,
                                 "SELECT string_agg(state || ' ' || reason, ', ' ORDER BY at)"
                                 " FROM nrc.freshness_change"),
                        "late quiet_source, late dead_source, fresh dead_source");
    assert_string_equal(raw_text(room->raw, "SELECT state FROM nrc.freshness"), "fresh");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(continuous_data_is_promised_with_a_latency_and_other_data_with_a_cadence),
        TEST(what_came_last_is_told_by_the_stream_alone),
        TEST(who_has_nobody_to_answer_is_not_watched),
        TEST(a_contract_holds_from_its_first_version_to_one_that_is_retired),
        TEST(positions_come_with_their_state_and_open_incidents_with_whom_they_concern),
        TEST(stops_and_holidays_that_were_withdrawn_or_are_long_over_are_none),
        TEST(a_sign_of_life_is_a_topic_that_grows),
        TEST(late_is_an_incident_until_it_was_in_time_for_two_minutes),
        TEST(each_change_of_state_or_reason_is_kept),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
