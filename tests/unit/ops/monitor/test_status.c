/* SPDX-License-Identifier: Apache-2.0
 * What a source is, of what is known of its partitions, its freshness, its stops and open incidents; and the false alarms of
 * other tools, which must not occur. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/zone.h"
#include "ops/monitor/status.h"

/* 2026-11-27 10:42 in Muscat */
enum { NOW = 1795761720, MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const struct sto_watched_position held = {.dataset_id = 1,
                                                 .topic = "moh.births",
                                                 .id = 7,
                                                 .state = "open",
                                                 .owner = "a-0",
                                                 .owner_lives = true};
static struct sto_watched_position halted = {.dataset_id = 1,
                                             .topic = "moh.births",
                                             .id = 8,
                                             .state = "halted",
                                             .halt_reason = "a gap",
                                             .owner = "a-1"};
static struct sto_watched_position paused = {
    .dataset_id = 1, .topic = "moh.births", .id = 9, .state = "paused", .owner = "b-0"};

/* One partition, looked at each minute: position and log's end. */
struct look {
    int64_t next;
    int64_t end;
};

static struct ops_partition partition(const struct sto_watched_position *position,
                                      const struct look *looks, size_t count, enum ops_known owner)
{
    struct ops_partition p = {.dataset_id = 1, .position = position};
    snprintf(p.topic, sizeof(p.topic), "moh.births");
    for (size_t i = 0; i < count; i++) {
        p.next = looks[i].next;
        p.log_end = looks[i].end;
        p.log_start = looks[i].end < 0 ? -1 : 0;
        p.looks[p.look_count++] = (struct ops_look){NOW - (int64_t)(count - 1 - i) * MINUTE, p.next,
                                                    p.log_start, p.log_end};
    }
    const struct ops_lag_facts facts = {.looks = p.looks,
                                        .count = p.look_count,
                                        .has_owner = owner,
                                        .promise_s = 90,
                                        .retention_s = 7 * DAY};
    ops_lag_judge(&facts, &p.lag);
    return p;
}

#define PARTITION(position, owner, ...)                                                            \
    partition(position, (const struct look[]){__VA_ARGS__},                                        \
              sizeof((const struct look[]){__VA_ARGS__}) / sizeof(struct look), owner)
#define IDLE      PARTITION(&held, OPS_KNOWN_YES, {5, 5}, {5, 5}, {5, 5})
#define GROWS     PARTITION(&held, OPS_KNOWN_YES, {0, 0}, {1, 10}, {2, 30}, {3, 60}, {4, 90})
#define STANDS    PARTITION(&held, OPS_KNOWN_YES, {5, 5}, {5, 9}, {5, 9}, {5, 9}, {5, 9})
#define NOBODYS   PARTITION(&held, OPS_KNOWN_NO, {5, 5}, {5, 9}, {5, 9}, {5, 9}, {5, 9})
#define WENT_BACK PARTITION(&held, OPS_KNOWN_YES, {5, 5}, {5, 5}, {2, 5})
#define REMADE    PARTITION(&held, OPS_KNOWN_YES, {5, 5}, {5, 5}, {5, 3})
#define SILENT    PARTITION(&held, OPS_KNOWN_YES, {5, 5}, {5, -1})
#define HALTED    PARTITION(&halted, OPS_KNOWN_NO, {5, 5}, {5, 9}, {5, 9}, {5, 9}, {5, 9})
#define PAUSED    PARTITION(&paused, OPS_KNOWN_YES, {5, 5}, {5, 9}, {5, 9}, {5, 9}, {5, 9})
#define UNCLAIMED PARTITION(NULL, OPS_KNOWN_NO, {-1, 4}, {-1, 4}, {-1, 4}, {-1, 4})

static struct zone *zone;

static int open_zone(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    zone = zone_open("Asia/Muscat", &err);
    return zone != NULL ? 0 : -1;
}

static int close_zone(void **state)
{
    (void)state;
    zone_free(&zone);
    return 0;
}

static struct ops_source_facts facts_of(const struct ops_partition *partitions, size_t count)
{
    return (struct ops_source_facts){.partitions = partitions,
                                     .count = count,
                                     .topic_partitions = (int32_t)count,
                                     .last_arrival = NOW - 3 * HOUR,
                                     .now = NOW,
                                     .zone = zone};
}

static struct ops_status judged(const struct ops_source_facts *facts)
{
    struct ops_status status;
    ops_status_judge(facts, &status);
    return status;
}

#define expect(facts, want)                                                                        \
    do {                                                                                           \
        const struct ops_status found_ = judged(facts);                                            \
        if (strcmp(ops_status_token(found_.kind), want) != 0) {                                    \
            fail_msg("%s, not %s: %s", ops_status_token(found_.kind), want, found_.english);       \
        }                                                                                          \
        assert_true(found_.english[0] != '\0' && found_.arabic[0] != '\0');                        \
    } while (0)

/* The freshness's words are its own: here is what is made of them. */
static struct ops_verdict fresh(enum ops_state state, enum ops_reason reason)
{
    struct ops_verdict v = {.state = state, .reason = reason, .since = NOW - HOUR, .limit = NOW};
    snprintf(v.english, sizeof(v.english), "freshness");
    snprintf(v.arabic, sizeof(v.arabic), "حداثة");
    return v;
}

/* ---- the word ---- */

static void each_kind_of_partition_makes_its_word(void **state)
{
    (void)state;
    const struct {
        struct ops_partition p;
        const char *want;
    } rows[] = {{IDLE, "ok"},         {GROWS, "behind"},  {STANDS, "stalled"},
                {NOBODYS, "stopped"}, {REMADE, "lost"},   {SILENT, "unknown"},
                {HALTED, "halted"},   {PAUSED, "paused"}, {UNCLAIMED, "stopped"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ops_source_facts facts = facts_of(&rows[i].p, 1);
        expect(&facts, rows[i].want);
    }
    const struct ops_partition back = WENT_BACK;
    const struct ops_source_facts facts = facts_of(&back, 1);
    expect(&facts, "rewound");
}

/* The worst of its partitions counts, whatever their order. */
static void a_source_is_as_bad_as_its_worst_partition(void **state)
{
    (void)state;
    const struct ops_partition first[] = {HALTED, IDLE, GROWS};
    const struct ops_partition last[] = {IDLE, GROWS, NOBODYS};
    const struct ops_source_facts a = facts_of(first, 3);
    const struct ops_source_facts b = facts_of(last, 3);
    expect(&a, "halted");
    expect(&b, "stopped");
}

static void freshness_makes_its_word_where_the_partitions_are_well(void **state)
{
    (void)state;
    static const struct {
        enum ops_state state;
        enum ops_reason reason;
        const char *want;
    } rows[] = {{OPS_STATE_FRESH, OPS_REASON_ON_TIME, "ok"},
                {OPS_STATE_QUIET, OPS_REASON_QUIET_SOURCE, "quiet"},
                {OPS_STATE_SUSPENDED, OPS_REASON_DECLARED_OUTAGE, "suspended"},
                {OPS_STATE_CATCHING_UP, OPS_REASON_CATCH_UP, "catching_up"},
                {OPS_STATE_UNKNOWN, OPS_REASON_CLOCK, "unknown"},
                {OPS_STATE_LATE, OPS_REASON_DEAD_SOURCE, "late"},
                {OPS_STATE_LATE, OPS_REASON_SLOW_CENTER, "behind"}};
    const struct ops_partition idle = IDLE;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct ops_verdict v = fresh(rows[i].state, rows[i].reason);
        struct ops_source_facts facts = facts_of(&idle, 1);
        facts.freshness = &v;
        expect(&facts, rows[i].want);
    }
}

static void a_halt_silences_the_lateness_that_it_explains(void **state)
{
    (void)state;
    const struct ops_verdict late = fresh(OPS_STATE_LATE, OPS_REASON_SLOW_CENTER);
    const struct ops_partition p = HALTED;
    struct ops_source_facts facts = facts_of(&p, 1);
    facts.freshness = &late;
    expect(&facts, "halted");
    assert_string_equal(
        judged(&facts).english,
        "1 of 1 partitions is halted: a gap; 4 events wait, the oldest since 10:38.");
}

static void lateness_is_since_its_limit_and_a_backlog_since_its_oldest_event(void **state)
{
    (void)state;
    const struct ops_verdict late = fresh(OPS_STATE_LATE, OPS_REASON_NO_CAUSE);
    const struct ops_partition idle = IDLE;
    const struct ops_partition stands = STANDS;
    struct ops_source_facts facts = facts_of(&idle, 1);
    facts.freshness = &late;
    assert_int_equal(judged(&facts).since, NOW - HOUR);
    facts = facts_of(&stands, 1);
    assert_int_equal(judged(&facts).since, NOW - 4 * MINUTE);
}

/* ---- the sentence ---- */

static void the_sentence_of_an_announced_stop_says_until_when(void **state)
{
    (void)state;
    const struct ops_verdict v = fresh(OPS_STATE_SUSPENDED, OPS_REASON_DECLARED_OUTAGE);
    const struct ops_partition idle = IDLE;
    struct ops_source_facts facts = facts_of(&idle, 1);
    facts.freshness = &v;
    facts.outage_until = NOW + 3 * HOUR + 18 * MINUTE;
    assert_string_equal(judged(&facts).english,
                        "No events since 07:42; the agency's topic is quiet, declared"
                        " outage until 14:00.");
    assert_string_equal(judged(&facts).arabic,
                        "لا أحداث منذ \u206607:42\u2069؛ موضوع الجهة هادئ، وإيقاف معلن حتى"
                        " \u206614:00\u2069.");
    facts.outage_until = NOW + DAY;
    facts.last_arrival = NOW - 2 * DAY;
    assert_string_equal(judged(&facts).english,
                        "No events since 2026-11-25 10:42; the agency's topic is quiet,"
                        " declared outage until 2026-11-28 10:42.");
    facts.outage_until = OPS_NEVER_S;
    facts.last_arrival = INT64_MIN;
    assert_string_equal(judged(&facts).english,
                        "No event has come yet; the agency's topic is quiet, declared"
                        " outage.");
    facts.freshness = NULL; /* nothing is promised, and the stop is announced all the same */
    expect(&facts, "suspended");
}

static void what_waits_is_counted_with_its_age_and_its_end(void **state)
{
    (void)state;
    const struct ops_partition stands = STANDS;
    struct ops_source_facts facts = facts_of(&stands, 1);
    assert_string_equal(
        judged(&facts).english,
        "An engine has the topic and takes nothing: 4 events wait, the oldest since 10:38;"
        " Kafka deletes the first of them at 2026-12-04 10:38.");
    assert_non_null(
        strstr(judged(&facts).arabic, "عدد الأحداث المنتظرة: 4، وأقدمها منذ \u206610:38\u2069"));
}

/* Unknown is never 0, and lost is never 0. */
static void what_is_not_known_has_no_number(void **state)
{
    (void)state;
    const struct ops_partition silent[] = {SILENT, IDLE};
    struct ops_source_facts facts = facts_of(silent, 2);
    assert_int_equal(judged(&facts).lag.events, -1);
    assert_string_equal(judged(&facts).english, "Kafka does not say where 1 of 2 partitions end.");
    const struct ops_partition remade = REMADE;
    facts = facts_of(&remade, 1);
    assert_int_equal(judged(&facts).lag.is, OPS_LAG_IS_LOST);
    facts = facts_of(NULL, 0);
    expect(&facts, "unknown");
    assert_string_equal(judged(&facts).english, "The topic does not exist.");
}

static void no_sentence_is_longer_than_its_room_and_none_ends_within_a_character(void **state)
{
    (void)state;
    char reason[2000];
    for (size_t i = 0; i + 2 < sizeof(reason); i += 2) {
        memcpy(reason + i, "ب", 2);
    }
    reason[sizeof(reason) - 2] = '\0';
    struct sto_watched_position long_halt = halted;
    long_halt.halt_reason = reason;
    const struct ops_partition p = PARTITION(&long_halt, OPS_KNOWN_NO, {5, 5});
    struct ops_source_facts facts = facts_of(&p, 1);
    for (size_t cut = 0; cut < 2; cut++) {
        long_halt.halt_reason = reason + 2 * cut;
        reason[0] = 'x';
        const struct ops_status status = judged(&facts);
        const size_t len = strlen(status.english);
        assert_true(len < OPS_STATUS_SENTENCE_SIZE && len > OPS_STATUS_SENTENCE_SIZE - 5);
        assert_memory_equal(status.english + len - 2, "ب", 2);
    }
}

/* ---- the cause, and what to do ---- */

static void the_open_incident_that_concerns_it_is_the_cause(void **state)
{
    (void)state;
    static const struct sto_watched_incident others[] = {{1, "topic_missing", 2, 0, NULL},
                                                         {2, "gap", 0, 99, NULL},
                                                         {3, "kafka_trouble", 0, 0, "aa"},
                                                         {4, "kafka_trouble", 0, 0, "a-0"},
                                                         {5, "leaves_not_made", 0, 0, NULL}};
    static const struct sto_watched_incident its[] = {
        {6, "topic_missing", 1, 0, NULL}, {7, "gap", 0, 7, NULL}, {8, "kafka_trouble", 0, 0, "a"}};
    const struct ops_partition stands = STANDS;
    struct ops_source_facts facts = facts_of(&stands, 1);
    facts.incidents = others;
    facts.incident_count = COUNT_OF(others);
    assert_null(judged(&facts).cause);
    for (size_t i = 0; i < COUNT_OF(its); i++) {
        facts.incidents = &its[i];
        facts.incident_count = 1;
        assert_non_null(judged(&facts).cause);
        assert_int_equal(judged(&facts).cause->id, its[i].id);
    }
    const struct ops_partition idle = IDLE;
    facts.partitions = &idle;
    assert_null(judged(&facts).cause); /* nothing is to be explained */
}

static void the_coordinator_is_told_of_the_agencys_faults_alone(void **state)
{
    (void)state;
    const struct ops_verdict late = fresh(OPS_STATE_LATE, OPS_REASON_DEAD_SOURCE);
    const struct ops_partition idle = IDLE;
    const struct ops_partition stands = STANDS;
    struct ops_source_facts facts = facts_of(&idle, 1);
    facts.freshness = &late;
    assert_non_null(strstr(judged(&facts).tell, "sign of life"));
    assert_non_null(strstr(judged(&facts).what_to_do, "Call the coordinator"));
    facts = facts_of(&stands, 1);
    assert_string_equal(judged(&facts).tell, OPS_TELL_NOTHING);
}

static void every_word_is_whole(void **state)
{
    (void)state;
    for (int i = 0; i < OPS_STATUS_COUNT; i++) {
        assert_in_range(ops_status_severity((enum ops_status_kind)i), 0, 3);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(ops_status_token((enum ops_status_kind)i),
                                    ops_status_token((enum ops_status_kind)j));
        }
    }
}

/* ---- what other tools call an alarm ---- */

/* A few events between two looks, again and again: Burrow says WARN when lag rises from 1 to 2. */
static void trivial_lag_is_none(void **state)
{
    (void)state;
    const struct ops_partition p =
        PARTITION(&held, OPS_KNOWN_YES, {10, 10}, {20, 21}, {30, 32}, {40, 43}, {50, 55});
    const struct ops_source_facts facts = facts_of(&p, 1);
    expect(&facts, "ok");
}

/* Nothing was written and nothing committed for a day: exporters show years of lag, Burrow STOP. */
static void a_quiet_topic_is_no_alarm(void **state)
{
    (void)state;
    const struct ops_partition p =
        PARTITION(&held, OPS_KNOWN_NO, {7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7}, {7, 7});
    struct ops_source_facts facts = facts_of(&p, 1);
    facts.last_arrival = NOW - 30 * DAY;
    expect(&facts, "ok");
    assert_int_equal(judged(&facts).lag.age_s, 0);
}

/* Positions are the register's: a group that Kafka forgot, or never had, changes nothing. And engines that are gone are none
 * while nothing waits. */
static void a_deleted_group_is_nothing(void **state)
{
    (void)state;
    const struct ops_partition p = PARTITION(&held, OPS_KNOWN_NO, {7, 7}, {7, 7}, {7, 7});
    const struct ops_source_facts facts = facts_of(&p, 1);
    expect(&facts, "ok");
}

/* The first look of all shows a backlog: nobody knows whether it grows. One look more, and two, neither. */
static void a_topic_of_a_minute_ago_is_not_known_yet(void **state)
{
    (void)state;
    const struct ops_partition one = PARTITION(NULL, OPS_KNOWN_NO, {-1, 500});
    const struct ops_partition two = PARTITION(&held, OPS_KNOWN_YES, {0, 500}, {0, 900});
    const struct ops_partition empty = PARTITION(NULL, OPS_KNOWN_NO, {-1, 0});
    struct ops_source_facts facts = facts_of(&one, 1);
    expect(&facts, "unknown");
    assert_true(ops_status_severity(judged(&facts).kind) <= 1);
    facts = facts_of(&two, 1);
    expect(&facts, "unknown");
    facts = facts_of(&empty, 1);
    expect(&facts, "ok");
}

/* Everything is unknown, and nothing is late, stalled or lost by that. */
static void a_broker_that_is_away_makes_nobody_late(void **state)
{
    (void)state;
    const struct ops_partition p =
        PARTITION(&held, OPS_KNOWN_YES, {5, 9}, {5, -1}, {5, -1}, {5, -1}, {5, -1});
    struct ops_source_facts facts = facts_of(&p, 1);
    facts.is_silent = true;
    expect(&facts, "unknown");
    assert_string_equal(judged(&facts).english, "Kafka does not answer: what waits is not known.");
    assert_int_equal(ops_status_severity(judged(&facts).kind), 1);
}

/* Fetches stood still while a broker was away, and go on: what was not seen meanwhile is not counted against anybody. */
static void fetches_that_stalled_and_went_on_are_no_alarm(void **state)
{
    (void)state;
    const struct ops_partition p =
        PARTITION(&held, OPS_KNOWN_YES, {5, 5}, {5, -1}, {5, -1}, {5, -1}, {60, 61});
    const struct ops_source_facts facts = facts_of(&p, 1);
    expect(&facts, "ok");
}

/* A log that ends with a transaction's marker: the position is behind it, for engines take the end of a log, too. One that
 * did not would show one event for ever. */
static void a_transactions_marker_is_no_event_that_waits(void **state)
{
    (void)state;
    const struct ops_partition taken =
        PARTITION(&held, OPS_KNOWN_YES, {10, 10}, {12, 12}, {12, 12}, {12, 12}, {12, 12});
    const struct ops_source_facts facts = facts_of(&taken, 1);
    expect(&facts, "ok");
    assert_int_equal(judged(&facts).lag.events, 0);
}

/* And what must be one: a backlog that grows is never ok, whatever was an hour ago. */
static void a_backlog_that_grows_is_an_alarm(void **state)
{
    (void)state;
    const struct ops_partition p = GROWS;
    const struct ops_source_facts facts = facts_of(&p, 1);
    expect(&facts, "behind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_partition_makes_its_word),
        cmocka_unit_test(a_source_is_as_bad_as_its_worst_partition),
        cmocka_unit_test(freshness_makes_its_word_where_the_partitions_are_well),
        cmocka_unit_test(a_halt_silences_the_lateness_that_it_explains),
        cmocka_unit_test(lateness_is_since_its_limit_and_a_backlog_since_its_oldest_event),
        cmocka_unit_test(the_sentence_of_an_announced_stop_says_until_when),
        cmocka_unit_test(what_waits_is_counted_with_its_age_and_its_end),
        cmocka_unit_test(what_is_not_known_has_no_number),
        cmocka_unit_test(no_sentence_is_longer_than_its_room_and_none_ends_within_a_character),
        cmocka_unit_test(the_open_incident_that_concerns_it_is_the_cause),
        cmocka_unit_test(the_coordinator_is_told_of_the_agencys_faults_alone),
        cmocka_unit_test(every_word_is_whole),
        cmocka_unit_test(trivial_lag_is_none),
        cmocka_unit_test(a_quiet_topic_is_no_alarm),
        cmocka_unit_test(a_deleted_group_is_nothing),
        cmocka_unit_test(a_topic_of_a_minute_ago_is_not_known_yet),
        cmocka_unit_test(a_broker_that_is_away_makes_nobody_late),
        cmocka_unit_test(fetches_that_stalled_and_went_on_are_no_alarm),
        cmocka_unit_test(a_transactions_marker_is_no_event_that_waits),
        cmocka_unit_test(a_backlog_that_grows_is_an_alarm),
    };
    return cmocka_run_group_tests_name("status", tests, open_zone, close_zone);
}
