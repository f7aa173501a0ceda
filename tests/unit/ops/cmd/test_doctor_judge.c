/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "ops/cmd/doctor.h"

enum { FOUND_MAX = 64 };

static struct {
    enum doctor_outcome outcome;
    char a[256];
    char b[256];
} found[FOUND_MAX];
static size_t found_count;
static struct doctor_facts facts;
static struct doctor_topic topics[3];

static void take(void *arg, enum doctor_outcome outcome, const char *a, const char *b)
{
    (void)arg;
    assert_true(found_count < FOUND_MAX);
    assert_true(strlen(a) < sizeof(found->a) && strlen(b) < sizeof(found->b));
    found[found_count].outcome = outcome;
    strcpy(found[found_count].a, a);
    strcpy(found[found_count++].b, b);
}

/* A host on which all is well. */
static int setup(void **state)
{
    (void)state;
    static const struct doctor_topic good = {.name = "moh.births",
                                             .reading = READING_WORKS,
                                             .why = "",
                                             .has_settings = true,
                                             .retention_ms = INT64_C(7) * 24 * 3600 * 1000,
                                             .min_insync = 2,
                                             .replicas = 3,
                                             .claimed = 4};
    for (size_t i = 0; i < 3; i++) {
        topics[i] = good;
    }
    topics[1].name = "rop.residents";
    topics[2].name = "ncsi.localities";
    facts = (struct doctor_facts){
        .conf_path = "/etc/nrc/nrc.conf",
        .files = 65536,
        .files_needed = 4096,
        .zone = "Asia/Muscat",
        .receivers = 2,
        .certificate = {.is_there = true, .begins_days = -100, .ends_days = 200},
        .has_page = true,
        .page = {.is_there = true, .begins_days = -1, .ends_days = 90},
        .has_register = true,
        .server_version = "15.9",
        .login = "nrc",
        .fsync = true,
        .full_page_writes = true,
        .autovacuum = true,
        .is_synchronous = true,
        .size = {.connections_free = 90, .wal_level = "replica"},
        .disk_free = INT64_C(500) << 30,
        .disk_total = INT64_C(1000) << 30,
        .may_act = {true, true, true, true},
        .may_serve_page = true,
        .has_kafka = true,
        .brokers = 3,
        .kafka_version = "3.9-IV0",
        .kafka_version_error = "",
        .has_topics = true,
        .topics = topics,
        .topic_count = 3};
    return 0;
}

static void judge(void)
{
    found_count = 0;
    doctor_judge(&facts, take, NULL);
}

static size_t times(enum doctor_outcome outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < found_count; i++) {
        count += found[i].outcome == outcome;
    }
    return count;
}

/* The one finding, and that none of its check says that all is well. */
static void assert_found(enum doctor_outcome outcome, const char *a, const char *b)
{
    judge();
    if (times(outcome) != 1) {
        fail_msg("%s was found %zu times", doctor_row(outcome)->token, times(outcome));
    }
    for (size_t i = 0; i < found_count; i++) {
        if (found[i].outcome == outcome) {
            assert_string_equal(found[i].a, a);
            assert_string_equal(found[i].b, b);
        }
    }
}

static enum doctor_state worst(enum doctor_check check)
{
    enum doctor_state worst_of = DOCTOR_OK;
    for (size_t i = 0; i < found_count; i++) {
        const struct doctor_row *row = doctor_row(found[i].outcome);
        if (row->check == check && row->state != DOCTOR_OK) {
            worst_of = row->state;
        }
    }
    return worst_of;
}

static void where_all_is_well_each_check_says_so_once(void **state)
{
    (void)state;
    size_t of_check[DOCTOR_CHECK_COUNT] = {0};
    judge();
    for (size_t i = 0; i < found_count; i++) {
        const struct doctor_row *row = doctor_row(found[i].outcome);
        if (row->state != DOCTOR_OK) {
            fail_msg("%s: %s %s", row->token, found[i].a, found[i].b);
        }
        of_check[row->check]++;
    }
    for (size_t i = 0; i < DOCTOR_CHECK_COUNT; i++) {
        if (of_check[i] != 1) {
            fail_msg("%s: %zu findings", doctor_check_token((enum doctor_check)i), of_check[i]);
        }
    }
}

static void without_a_configuration_nothing_else_is_said(void **state)
{
    (void)state;
    facts.conf_error = "/etc/nrc/nrc.conf:3: unknown key";
    assert_found(FOUND_CONF_BAD, "/etc/nrc/nrc.conf:3: unknown key", "");
    assert_int_equal(found_count, 1);
}

static void this_host(void **state)
{
    (void)state;
    facts.conf_has_secret = true;
    judge();
    assert_int_equal(times(FOUND_SECRETS), 1); /* nobody else may read it */
    facts.conf_is_open = true;
    facts.conf_has_secret = false;
    judge();
    assert_int_equal(times(FOUND_SECRETS), 1); /* everyone may read it, and it tells nothing */
    facts.conf_has_secret = true;
    assert_found(FOUND_SECRETS_OPEN, "/etc/nrc/nrc.conf", "");
    facts.files = 1024;
    assert_found(FOUND_FILES_FEW, "1024", "4096");
    facts.zone_error = "no such zone";
    assert_found(FOUND_ZONE_NOT, "no such zone", "");
    facts.receivers_error = "10.0.0.0/40";
    assert_found(FOUND_RECEIVERS_BAD, "10.0.0.0/40", "");
}

static void a_certificate_by_its_days(void **state)
{
    (void)state;
    static const struct {
        int64_t begins;
        int64_t ends;
        enum doctor_outcome outcome;
        const char *days;
    } cases[] = {
        {-1, 200, FOUND_CERTIFICATE, "200"},    {-1, 30, FOUND_CERTIFICATE, "30"},
        {-1, 29, FOUND_CERTIFICATE_SOON, "29"}, {-1, 0, FOUND_CERTIFICATE_SOON, "0"},
        {-9, -1, FOUND_CERTIFICATE_OVER, "1"},  {-900, -400, FOUND_CERTIFICATE_OVER, "400"},
        {0, 300, FOUND_CERTIFICATE_EARLY, "0"}, {3, 300, FOUND_CERTIFICATE_EARLY, "3"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        facts.certificate.begins_days = cases[i].begins;
        facts.certificate.ends_days = cases[i].ends;
        assert_found(cases[i].outcome, cases[i].days,
                     cases[i].outcome == FOUND_CERTIFICATE_NONE ? "" : "0");
    }
    facts.certificate.error = "the private key /k.pem: key values mismatch";
    assert_found(FOUND_CERTIFICATE_BAD, facts.certificate.error, "");
    facts.certificate.is_closed = true;
    assert_found(FOUND_CERTIFICATE_UNREADABLE, facts.certificate.error, "");
    assert_int_equal(worst(CHECK_CERTIFICATE),
                     DOCTOR_UNKNOWN); /* another user's right is no fault */
    facts.certificate.error = NULL;
    facts.certificate.is_there = false;
    assert_found(FOUND_CERTIFICATE_NONE, "", "");
}

static void a_page_where_one_is_wanted(void **state)
{
    (void)state;
    assert_found(FOUND_PAGE, "90", "0");
    facts.page.ends_days = 29;
    assert_found(FOUND_PAGE_SOON, "29", "0");
    facts.page.ends_days = -2;
    assert_found(FOUND_PAGE_OVER, "2", "0");
    facts.page.begins_days = 1;
    assert_found(FOUND_PAGE_EARLY, "1", "0");
    facts.page.is_there = false;
    assert_found(FOUND_PAGE_PLAIN, "", "");
    facts.page.error = "[page] listen";
    assert_found(FOUND_PAGE_BAD, "[page] listen", "");
    facts.page.is_closed = true;
    assert_found(FOUND_PAGE_UNREADABLE, "[page] listen", "");
    facts.may_serve_page = false;
    assert_found(FOUND_NO_ROLE_PAGE, "nrc", "");
    facts.has_page = false;
    assert_found(FOUND_PAGE_NONE, "", "");
    assert_int_equal(times(FOUND_NO_ROLE_PAGE), 0);
}

/* Of a server that does not answer nothing is known: no setting of it is called right or wrong. */
static void a_register_that_is_away(void **state)
{
    (void)state;
    facts.register_error = "connection refused";
    facts.has_topics = false;
    assert_found(FOUND_REGISTER_AWAY, "connection refused", "");
    assert_int_equal(times(FOUND_MIGRATIONS) + times(FOUND_DURABLE) + times(FOUND_CLOCK) +
                         times(FOUND_LOGIN) + times(FOUND_NO_ROLE_INGEST),
                     0);
    assert_int_equal(times(FOUND_KAFKA), 1);
    assert_int_equal(times(FOUND_TOPICS_NOT_TOLD), 1);
    facts.has_register = false;
    assert_found(FOUND_REGISTER_NONE, "connection refused", "");
}

static void a_server_that_loses_what_it_promised(void **state)
{
    (void)state;
    facts.fsync = false;
    assert_found(FOUND_NOT_DURABLE, "fsync", "");
    assert_int_equal(times(FOUND_DURABLE), 0);
    facts.fsync = true;
    facts.full_page_writes = false;
    assert_found(FOUND_NOT_DURABLE, "full_page_writes", "");
    facts.full_page_writes = true;
    facts.is_synchronous = false;
    assert_found(FOUND_ASYNC, "", "");
    assert_int_equal(times(FOUND_DURABLE), 0);
    facts.autovacuum = false;
    assert_found(FOUND_AUTOVACUUM_OFF, "", "");
    facts.is_read_only = true;
    assert_found(FOUND_READ_ONLY, "", "");
    facts.is_standby = true;
    assert_found(FOUND_STANDBY, "", "");
    assert_int_equal(times(FOUND_WRITABLE), 0);
    facts.size.archive_failed = "000000010000000000000007"; /* the sizes are judged, too */
    assert_found(FOUND_WAL_ARCHIVE, "000000010000000000000007", "");
}

static void migrations_that_differ_and_such_that_cannot_be_read(void **state)
{
    (void)state;
    facts.migrations_error = "migration 28 is missing";
    assert_found(FOUND_MIGRATIONS_NOT, "migration 28 is missing", "");
    facts.migrations_not_read = true;
    assert_found(FOUND_MIGRATIONS_UNKNOWN, "migration 28 is missing", "");
    assert_int_equal(worst(CHECK_MIGRATIONS), DOCTOR_UNKNOWN);
}

static void clocks_either_way(void **state)
{
    (void)state;
    facts.clock_ahead_us = -1999999;
    assert_found(FOUND_CLOCK, "2000", "0");
    facts.clock_ahead_us = -2000000;
    assert_found(FOUND_CLOCK_OFF, "2", "0");
    facts.clock_ahead_us = INT64_C(3600) * 1000000;
    assert_found(FOUND_CLOCK_OFF, "3600", "0");
}

static void a_disk_by_its_free_part(void **state)
{
    (void)state;
    static const struct {
        int64_t free_gib;
        int64_t total_gib;
        enum doctor_outcome outcome;
    } cases[] = {{500, 1000, FOUND_DISK},     {101, 1000, FOUND_DISK},
                 {99, 1000, FOUND_DISK_LOW},  {21, 1000, FOUND_DISK_LOW},
                 {10, 1000, FOUND_DISK_FULL}, {0, 1000, FOUND_DISK_FULL},
                 {3, 8, FOUND_DISK},          {0, 1, FOUND_DISK_FULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        facts.disk_free = cases[i].free_gib << 30;
        facts.disk_total = cases[i].total_gib << 30;
        judge();
        if (times(cases[i].outcome) != 1) {
            fail_msg("%d of %d GiB", (int)cases[i].free_gib, (int)cases[i].total_gib);
        }
    }
    facts.disk_free = INT64_C(512) << 20; /* 6 % of it, and less than a checkpoint may need */
    facts.disk_total = INT64_C(8) << 30;
    assert_found(FOUND_DISK_FULL, "0", "6");
    facts.disk_free = -1;
    assert_found(FOUND_DISK_UNKNOWN, "", "");
    facts.disk_free = 0; /* a file system that tells no size */
    facts.disk_total = 0;
    assert_found(FOUND_DISK_UNKNOWN, "", "");
}

static void what_the_login_may(void **state)
{
    (void)state;
    facts.may_act[2] = false;
    assert_found(FOUND_NO_ROLE_RELAY, "nrc", "");
    assert_int_equal(times(FOUND_ROLE_INGEST), 1);
    facts.is_superuser = true;
    assert_found(FOUND_SUPERUSER, "nrc", "");
}

static void a_kafka_that_does_not_answer(void **state)
{
    (void)state;
    facts.kafka_error = "Local: Broker transport failure";
    assert_found(FOUND_KAFKA_AWAY, "Local: Broker transport failure", "");
    assert_int_equal(times(FOUND_TOPICS) + times(FOUND_NOTHING_LOST) + times(FOUND_RETENTION), 0);
    facts.has_kafka = false;
    facts.kafka_error = NULL;
    assert_found(FOUND_KAFKA_NONE, "", "");
}

/* Three hundred topics of one replica are one sentence, not three hundred. */
static void of_many_topics_with_one_fault_there_is_one_finding(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        topics[i].replicas = 1;
        topics[i].min_insync = 1;
    }
    assert_found(FOUND_ONE_REPLICA, "moh.births (+2)", "");
    assert_int_equal(times(FOUND_ONE_IN_SYNC), 0); /* it follows from the other */
    assert_int_equal(times(FOUND_REPLICAS), 0);
    topics[1].replicas = 3;
    assert_found(FOUND_ONE_IN_SYNC, "rop.residents", "");
    topics[1].unclean = true;
    assert_found(FOUND_UNCLEAN, "rop.residents", "");
}

static void a_topic_that_is_missing_or_closed(void **state)
{
    (void)state;
    topics[1].presence = TOPIC_MISSING;
    topics[1].has_settings = false;
    topics[1].reading = READING_NOT_TRIED;
    assert_found(FOUND_TOPIC_MISSING, "rop.residents", "");
    assert_int_equal(times(FOUND_TOPICS), 0);
    topics[2].reading = READING_FORBIDDEN;
    assert_found(FOUND_FORBIDDEN, "ncsi.localities", "");
    topics[2].reading = READING_NOT_KNOWN;
    topics[2].why = "no broker answers";
    assert_found(FOUND_READ_UNKNOWN, "ncsi.localities", "no broker answers");
    topics[0].has_settings = false;
    topics[0].why = "Cluster authorization failed";
    assert_found(FOUND_TOPIC_UNKNOWN, "moh.births", "Cluster authorization failed");
    assert_int_equal(times(FOUND_RETENTION) + times(FOUND_REPLICAS), 0); /* not known of all */
    facts.topics_not_looked_at = 40;
    assert_found(FOUND_TOPICS_MORE, "3", "40");
}

static void retention_short_of_a_long_weekend(void **state)
{
    (void)state;
    const int64_t hour_ms = INT64_C(3600) * 1000;
    topics[0].retention_ms = 96 * hour_ms;
    judge();
    assert_int_equal(times(FOUND_RETENTION), 1);
    topics[0].retention_ms = 96 * hour_ms - 1;
    assert_found(FOUND_RETENTION_SHORT, "moh.births", "95");
    topics[0].retention_ms = -1; /* for ever */
    judge();
    assert_int_equal(times(FOUND_RETENTION), 1);
}

static void what_kafka_deleted_before_it_was_recorded(void **state)
{
    (void)state;
    topics[1].lost = "rop.residents/0: 100 to 149";
    assert_found(FOUND_LOST, "rop.residents/0: 100 to 149", "");
    topics[1].lost_more = 2;
    topics[2].lost = "ncsi.localities/3: 7 to 9";
    assert_found(FOUND_LOST, "rop.residents/0: 100 to 149 (+3)", "");
    assert_int_equal(times(FOUND_NOTHING_LOST), 0);
    topics[1].lost = topics[2].lost = NULL;
    topics[1].lost_more = 0;
    topics[0].start_not_known = 1;
    assert_found(FOUND_LOST_UNKNOWN, "moh.births", "");
    assert_int_equal(times(FOUND_NOTHING_LOST), 0); /* of one partition it is not known */
}

static size_t places(const char *sentence)
{
    size_t count = 0;
    for (const char *at = strstr(sentence, "{}"); at != NULL; at = strstr(at + 2, "{}")) {
        count++;
    }
    return count;
}

static void every_sentence_stands_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < DOCTOR_OUTCOME_COUNT; i++) {
        const struct doctor_row *row = doctor_row((enum doctor_outcome)i);
        assert_int_equal(places(row->english), places(row->arabic));
        assert_true(places(row->english) <= 2);
        assert_true(utf8_is_text((const uint8_t *)row->arabic, strlen(row->arabic)));
        assert_true(strlen(row->arabic) > 10 &&
                    strchr(".؟", row->english[strlen(row->english) - 1]) != NULL);
    }
}

static void a_sentence_takes_its_values_as_they_are(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    doctor_put_sentence("a {} b {} c", "{}", "%s", &out);
    assert_string_equal(buf_cstr(&out), "a {} b %s c");
    buf_fini(&out);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(where_all_is_well_each_check_says_so_once),
        TEST(without_a_configuration_nothing_else_is_said),
        TEST(this_host),
        TEST(a_certificate_by_its_days),
        TEST(a_page_where_one_is_wanted),
        TEST(a_register_that_is_away),
        TEST(a_server_that_loses_what_it_promised),
        TEST(migrations_that_differ_and_such_that_cannot_be_read),
        TEST(clocks_either_way),
        TEST(a_disk_by_its_free_part),
        TEST(what_the_login_may),
        TEST(a_kafka_that_does_not_answer),
        TEST(of_many_topics_with_one_fault_there_is_one_finding),
        TEST(a_topic_that_is_missing_or_closed),
        TEST(retention_short_of_a_long_weekend),
        TEST(what_kafka_deleted_before_it_was_recorded),
        TEST(every_sentence_stands_in_both_languages),
        TEST(a_sentence_takes_its_values_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
