/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_sources.c - /nrc/v1/sources and /nrc/v1/overview: the worst first, what has changed, and to each agency
 * its own. */
#include "handler_kit.h"

#include "storage/quality/watch.h"

/* moh.births (1) and moh.deaths (2) of moh, mol.permits (3) of mol; the monitor has judged the first and the third. */
static int build(void **state)
{
    struct err err = ERR_INIT;
    kit_empty(state);
    register_reset();
    sto_conn_close(&kit.worker.conn);
    PQfinish(kit.raw);
    kit.raw = raw_open();
    raw_run(kit.raw,
            "SET timezone = 'UTC';"
            "INSERT INTO nrc.agency (code, name, name_ar, legal_class) VALUES ('moh', 'Health', "
            "'الصحة', 1), ('mol', 'Labour', NULL, 1);"
            "INSERT INTO nrc.agency_head (agency_id, division, head, valid_from) VALUES (1, "
            "'Records', 'Salim', '2020-01-01'), (2, 'Permits', 'Huda', '2020-01-01');"
            "INSERT INTO nrc.dataset (agency_id, name, topic, key_fields, key_format, title) VALUES"
            " (1, 'births', 'moh.births', '{a}', 'text', 'Births'), (1, 'deaths', NULL, '{a}', "
            "'text', NULL),"
            " (2, 'permits', 'mol.permits', '{a}', 'text', NULL)");
    struct sto_conn *conn = sto_open(STO_ROLE_WATCH);
    assert_ok(sto_watch_record_sources(conn,
                                       "[{\"dataset_id\":1,\"status\":\"ok\",\"rank\":0,"
                                       "\"severity\":0,\"said\":{\"sentence\":\"s\","
                                       "\"sentence_ar\":\"ج\",\"what_to_do\":\"\",\"what_to_do_"
                                       "ar\":\"\",\"tell\":\"t\",\"tell_ar\":\"ت\","
                                       "\"cause\":null,\"lag\":{\"verdict\":\"ok\",\"events\":0}},"
                                       "\"partitions\":[{\"topic\":\"moh.births\","
                                       "\"partition\":0,\"state\":\"open\",\"verdict\":\"ok\"}]},"
                                       "{\"dataset_id\":3,\"status\":\"late\",\"rank\":8,"
                                       "\"severity\":2,\"since\":\"2026-01-01T10:00:00Z\","
                                       "\"said\":{\"sentence\":\"s\",\"sentence_ar\":\"ج\",\"what_"
                                       "to_do\":\"do\",\"what_to_do_ar\":\"ا\","
                                       "\"tell\":\"t\",\"tell_ar\":\"ت\",\"cause\":{\"incident\":1,"
                                       "\"kind\":\"gap\"},\"lag\":{\"events\":null}},"
                                       "\"partitions\":[]}]",
                                       7, 3600, &err),
              err);
    sto_conn_close(&conn);
    return 0;
}

/* The datasets of an answer, in their order, each with its status. */
static const char *listed(const char *target)
{
    static char text[400];
    const char *answer = kit_call(HTTP_GET, target, NULL);
    assert_memory_equal(answer, "200 {\"cursor\":\"", 15);
    *text = '\0';
    for (const char *at = answer; (at = strstr(at, "{\"dataset\":\"")) != NULL; at++) {
        size_t used = strlen(text);
        const char *status = strstr(at, "\"status\":\"");
        snprintf(text + used, sizeof(text) - used, "%s%.*s=%.*s", used > 0 ? " " : "",
                 (int)strcspn(at + 12, "\""), at + 12, (int)strcspn(status + 10, "\""),
                 status + 10);
    }
    return text;
}

static void as(const char *agency)
{
    kit_who.agency = agency;
}

static bool has(const char *target, const char *part)
{
    return strstr(kit_call(HTTP_GET, target, NULL), part) != NULL;
}

static void the_worst_is_first(void **state)
{
    (void)state;
    assert_string_equal(listed("/nrc/v1/sources"),
                        "mol.permits=late moh.births=ok moh.deaths=not_watched");
    assert_string_equal(listed("/nrc/v1/sources?status=late"), "mol.permits=late");
    assert_string_equal(listed("/nrc/v1/sources?agency=moh"),
                        "moh.births=ok moh.deaths=not_watched");
    assert_true(has("/nrc/v1/sources", "\"cause\":{\"kind\": \"gap\", \"incident\": 1}"));
    assert_true(has("/nrc/v1/sources", "\"since\":\"2026-01-01T10:00:00Z\""));
    assert_true(has("/nrc/v1/sources?agency=moh", "\"completeness\":null"));
}

static void what_has_changed_since_a_cursor_is_told_alone(void **state)
{
    (void)state;
    char target[100];
    const char *answer = kit_call(HTTP_GET, "/nrc/v1/sources", NULL);
    snprintf(target, sizeof(target), "/nrc/v1/sources?changed_since=%.*s",
             (int)strcspn(answer + 15, "\""), answer + 15);
    assert_string_equal(listed(target), "");
    raw_run(kit.raw, "UPDATE nrc.source_status SET changed_at = now() WHERE dataset_id = 1");
    assert_string_equal(listed(target), "moh.births=ok");
    assert_string_equal(listed("/nrc/v1/sources?changed_since=0"),
                        "mol.permits=late moh.births=ok");
    expect_error(HTTP_GET, "/nrc/v1/sources?changed_since=yesterday", NULL, "400 400");
    expect_error(HTTP_GET, "/nrc/v1/sources?changed_since=1'--", NULL, "400 400");
    expect_error(HTTP_GET, "/nrc/v1/sources?changed_since=1234567890123456789", NULL, "400 400");
}

static void an_agency_sees_its_own_and_nothing_of_another_is_there(void **state)
{
    (void)state;
    as("moh");
    assert_string_equal(listed("/nrc/v1/sources"), "moh.births=ok moh.deaths=not_watched");
    assert_string_equal(listed("/nrc/v1/sources?agency=mol"), "");
    char others[300];
    snprintf(others, sizeof(others), "%.299s",
             kit_call(HTTP_GET, "/nrc/v1/sources/mol.permits", NULL));
    const char *nobodys = kit_call(HTTP_GET, "/nrc/v1/sources/mol.nothing", NULL);
    assert_memory_equal(others, "404 ", 4);
    assert_int_equal(strlen(others), strlen(nobodys));
    expect_error(HTTP_GET, "/nrc/v1/sources/mol.permits/series", NULL, "404 40401");
    assert_true(has("/nrc/v1/sources/moh.births", "\"dataset\":\"moh.births\""));
    assert_true(has("/nrc/v1/sources/moh.births/series", "\"step_s\":60"));
    assert_true(
        has("/nrc/v1/overview", "{\"counts\":{\"ok\": 1, \"not_watched\": 1},\"sources\":2,"));
    assert_false(has("/nrc/v1/overview", "engines"));
    assert_false(has("/nrc/v1/overview", "register"));
    raw_run(
        kit.raw,
        "INSERT INTO nrc.agency_succession (agency_id, successor_id, on_day, instrument, reason)"
        " VALUES (2, 1, '2026-01-01', 'x', 'x'); UPDATE nrc.agency SET state = 'retired',"
        " retired_on = '2026-01-01', retired_reason = 'x' WHERE id = 2");
    assert_string_equal(listed("/nrc/v1/sources"),
                        "mol.permits=late moh.births=ok moh.deaths=not_watched");
    as("mol");
    assert_string_equal(listed("/nrc/v1/sources"), "");
}

static void a_source_has_its_partitions_and_what_its_coordinator_is_told(void **state)
{
    (void)state;
    raw_run(kit.raw, "INSERT INTO nrc.contract (dataset_id, version, version_parts, status, text, "
                     "sha256, contract) VALUES"
                     " (1, '1', '{1}', 'active', 'x', sha256('x'), '{\"service\": {\"cadence\": "
                     "\"daily\", \"latency_seconds\": 60},"
                     " \"team\": [{\"username\": \"a\", \"role\": \"steward\"}, {\"username\": "
                     "\"zaid\", \"role\": \"coordinator\"}],"
                     " \"relationships\": [], \"quality\": []}')");
    const char *target = "/nrc/v1/sources/moh.births";
    assert_true(has(target, "\"verdict\": \"ok\""));
    assert_true(has(target, "\"cadence\": \"daily\""));
    assert_true(has(target, "\"latency_s\": 60"));
    assert_true(has(target, "\"head\": \"Salim\""));
    assert_true(has(target, "\"name\": \"zaid\""));
    assert_true(has(target, "\"sentence\": \"t\""));
    assert_true(has("/nrc/v1/sources/moh.deaths", "\"partitions\":[]"));
    assert_true(has("/nrc/v1/sources/moh.deaths", "The dataset has no topic"));
}

static void a_series_is_of_an_hour_or_a_week(void **state)
{
    (void)state;
    assert_true(has("/nrc/v1/sources/moh.births/series?span=week",
                    "{\"step_s\":300,\"points\":[{\"at\":\"2"));
    assert_true(has("/nrc/v1/sources/moh.births/series?span=hour", "{\"step_s\":60,\"points\":["));
    expect_error(HTTP_GET, "/nrc/v1/sources/moh.births/series?span=year", NULL, "400 400");
}

static void the_overview_counts(void **state)
{
    (void)state;
    assert_true(has("/nrc/v1/overview", "200 {\"counts\":{\"ok\": 1, \"late\": 1, \"not_watched\": "
                                        "1},\"sources\":3,\"incidents_open\":0,"
                                        "\"quarantine_open\":0,\"monitor\":{\"took_ms\": 7,"));
    assert_true(has("/nrc/v1/overview", "\"engines\":[]"));
}

#define TEST(name) cmocka_unit_test_setup(name, build)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_worst_is_first),
        TEST(what_has_changed_since_a_cursor_is_told_alone),
        TEST(an_agency_sees_its_own_and_nothing_of_another_is_there),
        TEST(a_source_has_its_partitions_and_what_its_coordinator_is_told),
        TEST(a_series_is_of_an_hour_or_a_week),
        TEST(the_overview_counts),
    };
    return cmocka_run_group_tests_name("sources", tests, kit_start, kit_stop);
}
