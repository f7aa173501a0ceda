/* SPDX-License-Identifier: Apache-2.0
 * component/storage/quality/test_source.c - what a turn of the monitor records of all sources, and what is read of it. The
 * dataset is moh.births, whose id is 1. */
#include "births.h"

#include "storage/quality/look.h"
#include "storage/quality/outside.h"
#include "storage/quality/watch.h"

static int build(void **state)
{
    struct births_room *room = births_room_new(state);
    room->dataset_id = births_build();
    room->conn = sto_open(STO_ROLE_WATCH);
    raw_run(room->raw, "SET timezone = 'UTC'");
    return 0;
}

static void record_more(struct births_room *room, const char *status, const char *sentence,
                        const char *events, const char *since, int64_t good_s)
{
    char json[600];
    snprintf(json, sizeof(json),
             "[{\"dataset_id\":1,\"status\":\"%s\",\"rank\":9,\"severity\":2,\"since\":%s,"
             "\"said\":{\"sentence\":\"%s\",\"sentence_ar\":\"ج\",\"what_to_do\":\"a\","
             "\"what_to_do_ar\":\"ا\",\"cause\":null,\"lag\":{\"verdict\":\"ok\",\"events\":%s,"
             "\"age_s\":%s}},\"partitions\":[{\"topic\":\"moh.births\",\"partition\":0}]},"
             "{\"dataset_id\":4711,\"status\":\"ok\",\"rank\":0,\"severity\":0,\"said\":{},"
             "\"partitions\":[]}]",
             status, since, sentence, events, events);
    assert_ok(sto_watch_record_sources(room->conn, json, 7, good_s, &room->err), room->err);
}

static void record(struct births_room *room, const char *status, const char *sentence)
{
    record_more(room, status, sentence, "0", "null", 60);
}

static const char *now(struct births_room *room)
{
    return raw_text(room->raw,
                    "SELECT string_agg(status || ' ' || severity || ' ' || sentence, '; ')"
                    " FROM nrc.source_now");
}

static void a_source_is_what_the_last_turn_found(void **state)
{
    struct births_room *room = *state;
    assert_string_equal(now(room), "not_watched 2 The monitor has not judged this source yet.");
    record(room, "late", "s");
    assert_string_equal(now(room), "late 2 s");
    record(room, "ok", "t");
    assert_string_equal(now(room), "ok 2 t");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.source_status"), 1);
    assert_string_equal(raw_text(room->raw, "SELECT took_ms || ' ' || (good_until - turned_at) FROM"
                                            " nrc.monitor_turn"),
                        "7 00:01:00");
    raw_run(room->raw, "UPDATE nrc.dataset SET retired_on = '2026-01-01', retired_reason = 'x'");
    assert_string_equal(now(room), "");
}

/* Given a monitor that ended an hour ago, then what it found is nothing that anybody should believe. */
static void what_a_dead_monitor_found_is_not_told(void **state)
{
    struct births_room *room = *state;
    record_more(room, "ok", "s", "0", "null", -1);
    const char *found = now(room);
    assert_non_null(strstr(found, "not_watched 2 The monitor has not judged this source since 2"));
    assert_string_equal(raw_text(room->raw,
                                 "SELECT lag IS NULL AND freshness IS NULL AND partitions = '[]'"
                                 " FROM nrc.source_now"),
                        "t");
}

static void since_is_when_the_status_began(void **state)
{
    struct births_room *room = *state;
    record_more(room, "late", "s", "0", "\"2026-01-01T10:00:00Z\"", 60);
    record_more(room, "late", "s", "0", "\"2026-01-01T11:00:00Z\"", 60);
    assert_string_equal(raw_text(room->raw, "SELECT since FROM nrc.source_status"),
                        "2026-01-01 10:00:00+00");
    record(room, "ok", "s");
    assert_string_equal(raw_text(room->raw, "SELECT since = judged_at FROM nrc.source_status"),
                        "t");
}

/* "t" when the last turn changed what a reader sees. */
static const char *changed(struct births_room *room)
{
    return raw_text(room->raw, "SELECT changed_at = judged_at FROM nrc.source_status");
}

static void only_what_a_reader_sees_is_a_change(void **state)
{
    struct births_room *room = *state;
    record(room, "late", "s");
    assert_string_equal(changed(room), "t");
    record(room, "late", "s");
    assert_string_equal(changed(room), "f");
    record(room, "late", "another");
    assert_string_equal(changed(room), "t");
    record(room, "late", "another");
    raw_run(room->raw,
            "SELECT nrc.see_incident('late', 'data_fresh', 1, NULL, NULL, 'x', 1, now())");
    record(room, "late", "another");
    assert_string_equal(changed(room), "t");
    assert_int_equal(raw_int(room->raw, "SELECT incidents_open FROM nrc.source_now"), 1);
    record(room, "late", "another");
    assert_string_equal(changed(room), "f");
    record_more(room, "late", "another", "5", "null", 60);
    assert_string_equal(changed(room), "t");
}

/* "at events age" of the hour's, or the week's, last point. */
static const char *last_point(struct births_room *room, const char *span)
{
    char sql[400];
    snprintf(
        sql, sizeof(sql),
        "SELECT concat_ws(' ', coalesce(s.lag_events::text, '-'), coalesce(s.lag_age_s::text, '-'),"
        " coalesce(s.taken::text, '-'), coalesce(s.rejected::text, '-'))"
        " FROM nrc.source_series(1, '%s') s ORDER BY at DESC LIMIT 1",
        span);
    return raw_text(room->raw, sql);
}

static void the_week_is_kept_by_five_minutes_with_the_most_that_waited(void **state)
{
    struct births_room *room = *state;
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.source_series(1, 'week')"), 2016);
    record_more(room, "ok", "s", "5", "null", 60);
    record_more(room, "ok", "s", "3", "null", 60);
    /* A quarter of an hour may have passed from one to the other, but for a moment of it. */
    if (raw_int(room->raw, "SELECT count(*) FROM nrc.source_sample") == 1) {
        assert_string_equal(last_point(room, "week"), "5 5 - -");
    }
    record_more(room, "ok", "s", "null", "null", 60);
    raw_run(
        room->raw,
        "UPDATE nrc.source_sample SET at = at - interval '5 minutes', slot = (slot + 2303) % 2304"
        " WHERE at = date_bin('5 minutes', now(), 'epoch');"
        "INSERT INTO nrc.measure_minute (minute, position_id, dataset_id, kind, received, applied, "
        "duplicate, stale,"
        " quarantined, exempt, deletes, keys, counts, reasons, reason_counts) SELECT date_bin('5 "
        "minutes', now(), 'epoch')"
        " - m * interval '1 minute', 1, 1, k, 9, 7, 0, 0, 2, 0, 0, '{458755}', '{9}', '{}', '{}'"
        " FROM (VALUES (1, 'stream'), (5, 'stream'), (6, 'stream'), (0, 'stream'), (2, 'replay')) "
        "v(m, k)");
    record_more(room, "ok", "s", "1", "null", 60);
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT concat_ws(' ', lag_events, taken, rejected, latency_s > 0) FROM "
                 "nrc.source_sample"
                 " WHERE at = date_bin('5 minutes', now(), 'epoch') - interval '5 minutes'"),
        "5 18 4 t");
    /* A slot of eight days ago is written anew, whatever it had. */
    raw_run(room->raw, "UPDATE nrc.source_sample SET at = at - interval '8 days', taken = 1, "
                       "rejected = 1, latency_s = 1,"
                       " lag_events = 99 WHERE at = date_bin('5 minutes', now(), 'epoch')");
    record_more(room, "ok", "s", "1", "null", 60);
    assert_string_equal(last_point(room, "week"), "1 1 - -");
}

static void the_hour_is_of_the_looks(void **state)
{
    struct births_room *room = *state;
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.source_series(1, 'hour')"), 60);
    assert_string_equal(last_point(room, "hour"), "- - 0 0");
    const struct sto_look looks[] = {{"moh.births", 0, 0, 5, 0, 9, 30},
                                     {"moh.births", 1, 0, -1, 2, 3, 7},
                                     {"other", 0, 0, 0, 0, 99, 99}};
    assert_ok(sto_looks_keep(room->conn, looks, COUNT_OF(looks), &room->err), room->err);
    assert_string_equal(last_point(room, "hour"), "5 30 0 0");
    const struct sto_look silent[] = {{"moh.births", 1, 0, -1, -1, -1, -1}};
    assert_ok(sto_looks_keep(room->conn, silent, 1, &room->err), room->err);
    assert_string_equal(last_point(room, "hour"), "- - 0 0");
}

static void an_engine_is_there_while_it_holds_its_lock(void **state)
{
    struct births_room *room = *state;
    static const char engines[] = "SELECT coalesce(string_agg(instance || ' ' || state || ' ' || "
                                  "partitions, ', ' ORDER BY instance), '')"
                                  " FROM nrc.engine_now";
    assert_string_equal(raw_text(room->raw, engines), "");
    raw_run(room->raw, "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, "
                       "next_offset, first_offset, epoch, log_start,"
                       " owner, claimed_at) SELECT 1, 'moh.births', n, 4, 0, 0, 1, 0, o, now()"
                       " FROM (VALUES (0, 'a-1-0'), (1, 'a-1-1'), (2, 'b-0'), (3, NULL)) v(n, o)");
    assert_string_equal(raw_text(room->raw, engines), "a-1 gone 2, b gone 1");
    raw_run(room->raw, "SELECT pg_advisory_lock_shared(hashtextextended('nrc.owner/a-1-1', 0))");
    assert_string_equal(raw_text(room->raw, engines), "a-1 working 2, b gone 1");
    raw_run(room->raw, "SELECT nrc.see_incident('kafka_trouble', 'kafka_answers', NULL, NULL, "
                       "'a-1', 'x', 1, now())");
    assert_string_equal(raw_text(room->raw, engines), "a-1 retrying 2, b gone 1");
}

/* "kind open|ending, …" of what is seen from outside. */
static const char *outside(struct births_room *room)
{
    return raw_text(room->raw, "SELECT coalesce(string_agg(concat_ws(' ', kind, engine, "
                               "coalesce(closed_why, 'open')), ', ' ORDER BY id), '')"
                               " FROM nrc.incident WHERE closes IN ('engine_takes', "
                               "'register_has_room', 'register_writes')");
}

static void tend_engines(struct births_room *room)
{
    assert_ok(sto_engines_turn(room->conn, &room->err), room->err);
}

/* The engine a has a partition; what the monitor found of it is `verdict`. */
static void found(struct births_room *room, const char *verdict)
{
    char sql[400];
    record(room, "ok", "s");
    snprintf(sql, sizeof(sql),
             "UPDATE nrc.source_status SET partitions = "
             "'[{\"topic\":\"moh.births\",\"partition\":0,\"verdict\":\"%s\"}]'",
             verdict);
    raw_run(room->raw, sql);
}

static void claim(struct births_room *room)
{
    raw_run(room->raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, "
            "next_offset, first_offset, epoch, log_start,"
            " owner, claimed_at) VALUES (1, 'moh.births', 0, 1, 0, 0, 1, 0, 'a-0', now())");
}

static void an_engine_that_is_gone_is_an_incident_while_something_waits(void **state)
{
    struct births_room *room = *state;
    claim(room);
    found(room, "ok");
    tend_engines(room);
    assert_string_equal(outside(room), ""); /* it was stopped, and nobody misses it */
    found(room, "stop");
    tend_engines(room);
    tend_engines(room);
    assert_string_equal(outside(room), "engine_gone a open");
    raw_run(room->raw, "UPDATE nrc.position SET owner = 'b-0'");
    raw_run(room->raw, "SELECT pg_advisory_lock_shared(hashtextextended('nrc.owner/b-0', 0))");
    found(room, "ok");
    tend_engines(room);
    assert_string_equal(outside(room), "engine_gone a open"); /* not at the first sign */
    raw_run(room->raw, "UPDATE nrc.incident SET last_seen_at = now() - interval '121 seconds'");
    tend_engines(room);
    assert_string_equal(outside(room), "engine_gone a engine_takes");
}

/* It is there and takes nothing: an incident, unless one of its own says why, or a person halted it. */
static void an_engine_that_takes_nothing_is_an_incident_unless_it_said_why(void **state)
{
    struct births_room *room = *state;
    claim(room);
    raw_run(room->raw, "SELECT pg_advisory_lock_shared(hashtextextended('nrc.owner/a-0', 0))");
    found(room, "stall");
    raw_run(room->raw, "SELECT nrc.see_incident('kafka_trouble', 'kafka_answers', NULL, NULL, 'a', "
                       "'x', 1, now())");
    tend_engines(room);
    assert_string_equal(outside(room), "");
    raw_run(room->raw, "UPDATE nrc.incident SET closed_at = now(), closed_why = 'x'");
    raw_run(room->raw,
            "UPDATE nrc.position SET state = 'halted', halt_kind = 'gap', halt_reason = 'x'");
    tend_engines(room);
    assert_string_equal(outside(room), "");
    raw_run(room->raw,
            "UPDATE nrc.position SET state = 'open', halt_kind = NULL, halt_reason = NULL");
    tend_engines(room);
    assert_string_equal(outside(room), "engine_retries a open");
}

/* "free full_s": "-" is unknown. */
static const char *measured(struct births_room *room, int64_t free_bytes, int64_t capacity)
{
    static char text[80];
    struct sto_room found_room;
    assert_ok(sto_register_measure(room->conn, free_bytes, capacity, &found_room, &room->err),
              room->err);
    assert_true(found_room.bytes > 1000000);
    snprintf(text, sizeof(text), "%s %s",
             found_room.free_bytes < 0   ? "-"
             : found_room.free_bytes > 0 ? "some"
                                         : "none",
             found_room.full_s < 0 ? "-" : "some");
    return text;
}

static void a_disk_that_nobody_knows_is_never_full(void **state)
{
    struct births_room *room = *state;
    assert_string_equal(measured(room, -1, -1), "- -");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT free_bytes IS NULL AND days_until_full IS NULL FROM nrc.register_size"),
        "t");
    assert_string_equal(measured(room, -1, INT64_C(1) << 50), "some -");
    assert_string_equal(measured(room, INT64_C(1) << 40, -1), "some -");
    assert_string_equal(outside(room), "");
    assert_string_equal(measured(room, 0, -1), "none -");
    assert_string_equal(outside(room), "register_full_soon open");
    assert_string_equal(measured(room, INT64_C(1) << 40, -1), "some -");
    assert_string_equal(outside(room), "register_full_soon open");
    raw_run(room->raw, "UPDATE nrc.incident SET last_seen_at = now() - interval '61 minutes'");
    assert_string_equal(measured(room, INT64_C(1) << 40, -1), "some -");
    assert_string_equal(outside(room), "register_full_soon register_has_room");
}

/* A gigabyte an hour, and a hundred are left: four days. Ten times as much: six weeks. */
static void the_days_until_it_is_full_are_told_by_a_fortnights_growth(void **state)
{
    struct births_room *room = *state;
    raw_run(room->raw, "INSERT INTO nrc.register_size (hour, bytes) SELECT date_trunc('hour', "
                       "now()) - n * interval '1 hour',"
                       " 500000000000 - n * 1000000000::bigint FROM generate_series(1, 20) n");
    assert_string_equal(measured(room, INT64_C(100000000000), -1),
                        "some -"); /* not a day of it yet */
    raw_run(room->raw, "INSERT INTO nrc.register_size (hour, bytes) SELECT date_trunc('hour', "
                       "now()) - n * interval '1 hour',"
                       " 500000000000 - n * 1000000000::bigint FROM generate_series(21, 40) n");
    raw_run(room->raw, "DELETE FROM nrc.register_size WHERE hour = date_trunc('hour', now())");
    assert_string_equal(measured(room, INT64_C(100000000000), -1), "some some");
    assert_int_equal(
        raw_int(room->raw,
                "SELECT round(days_until_full) FROM nrc.register_size ORDER BY hour DESC LIMIT 1"),
        4);
    assert_string_equal(outside(room), "register_full_soon open");
    raw_run(room->raw, "DELETE FROM nrc.incident_event; DELETE FROM nrc.incident;"
                       "DELETE FROM nrc.register_size WHERE hour = date_trunc('hour', now())");
    measured(room, INT64_C(1000000000000), -1);
    assert_int_equal(
        raw_int(room->raw,
                "SELECT round(days_until_full) FROM nrc.register_size ORDER BY hour DESC LIMIT 1"),
        42);
    assert_string_equal(outside(room), "");
}

static void an_outage_is_in_the_record_once_it_is_over(void **state)
{
    struct births_room *room = *state;
    assert_ok(sto_outage_record(room->conn, "register_full", 1795761720, "it was full", &room->err),
              room->err);
    assert_string_equal(outside(room), "register_full register_writes");
    struct err err = ERR_INIT;
    assert_int_equal(sto_outage_record(room->conn, "late", 0, "x", &err), -1);
}

static void the_last_whole_day_is_scored_once(void **state)
{
    struct births_room *room = *state;
    assert_ok(sto_sources_score(room->conn, &room->err), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.source_score"), 0);
    record(room, "ok", "s");
    assert_ok(sto_sources_score(room->conn, &room->err), room->err);
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT day = ((now() AT TIME ZONE 'UTC') - interval '15 minutes')::date - 1"
                 " FROM nrc.source_score"),
        "t");
    raw_run(room->raw, "UPDATE nrc.source_score SET quality = 0.5");
    assert_ok(sto_sources_score(room->conn, &room->err), room->err);
    record(room, "ok", "s");
    assert_string_equal(raw_text(room->raw, "SELECT quality FROM nrc.source_now"), "0.5");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, births_room_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_source_is_what_the_last_turn_found),
        TEST(what_a_dead_monitor_found_is_not_told),
        TEST(since_is_when_the_status_began),
        TEST(only_what_a_reader_sees_is_a_change),
        TEST(the_week_is_kept_by_five_minutes_with_the_most_that_waited),
        TEST(the_hour_is_of_the_looks),
        TEST(an_engine_is_there_while_it_holds_its_lock),
        TEST(an_engine_that_is_gone_is_an_incident_while_something_waits),
        TEST(an_engine_that_takes_nothing_is_an_incident_unless_it_said_why),
        TEST(a_disk_that_nobody_knows_is_never_full),
        TEST(the_days_until_it_is_full_are_told_by_a_fortnights_growth),
        TEST(an_outage_is_in_the_record_once_it_is_over),
        TEST(the_last_whole_day_is_scored_once),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
