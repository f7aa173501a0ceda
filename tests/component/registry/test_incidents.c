/* SPDX-License-Identifier: Apache-2.0
 * component/registry/test_incidents.c - /nrc/v1/incidents: the work on one, whose it is, and what has changed since. */
#include "handler_kit.h"

#define ONE "/nrc/v1/incidents/1"

/* An agency's incident (1), the other's (2), and the Center's own (3). */
static int fill(void **state)
{
    (void)kit_empty(state);
    raw_run(
        kit.raw,
        "DELETE FROM nrc.incident_news; DELETE FROM nrc.incident_event; DELETE FROM nrc.incident;"
        " ALTER TABLE nrc.incident ALTER COLUMN id RESTART");
    raw_run(kit.raw,
            "SELECT nrc.see_incident('topic_missing', 'topic_read', 1, NULL, NULL, 'd', 1, now());"
            " SELECT nrc.see_incident('topic_missing', 'topic_read', 2, NULL, NULL, 'd', 1, now());"
            " SELECT nrc.see_incident('kafka_trouble', 'kafka_answers', NULL, NULL, 'e1', 'd', 1, "
            "now())");
    return 0;
}

static int start(void **state)
{
    (void)kit_start(state);
    raw_run(kit.raw,
            "SELECT nrc.add_agency(v, v, v, 1, 'Records', 'Head') FROM unnest('{moh,moi}'::text[]) "
            "e(v);"
            " SELECT nrc.add_dataset('moh', 'births', NULL, '[\"id\"]', 'avro', NULL, NULL, false, "
            "NULL, '[]', 1, 1, 1, false);"
            " SELECT nrc.add_dataset('moi', 'homes', NULL, '[\"id\"]', 'avro', NULL, NULL, false, "
            "NULL, '[]', 1, 1, 1, false);"
            " INSERT INTO nrc.account (name, person, kind, decision, created_by, expires_on)"
            " SELECT v, v, 'person', 'No. 1', 'test', current_date + 9 FROM "
            "unnest('{huda,salem}'::text[]) e(v)");
    return 0;
}

static void as_agency(const char *code)
{
    kit_who = (struct reg_principal){.name = "salem", .roles = REG_PRODUCER, .agency = code};
}

/* The answer has it; what is missing is shown. */
static void expect_in(enum http_method method, const char *target, const char *body,
                      const char *want)
{
    const char *got = kit_call(method, target, body);
    if (strstr(got, want) == NULL) {
        fail_msg("%s has no %s:\n%s", target, want, got);
    }
}

static void one_is_acknowledged_given_commented_and_closed(void **state)
{
    (void)state;
    expect_in(HTTP_GET, ONE, NULL,
              "200 {\"id\":1,\"kind\":\"topic_missing\",\"severity\":2,\"state\":\"open\"");
    expect_in(HTTP_POST, ONE "/acknowledgement", "{\"why\":\"I look\"}",
              "\"state\":\"acknowledged\"");
    expect_in(HTTP_GET, ONE, NULL, "\"acknowledged_by\":\"huda\"");
    expect_in(HTTP_POST, ONE "/assignment", "{\"to\":\"salem\"}", "\"assigned_to\":\"salem\"");
    expect_in(HTTP_POST, ONE "/comment", "{\"text\":\"the agency makes it\"}",
              "\"what\":\"commented\",\"detail\":\"the agency makes it\",\"by\":\"huda\"");
    expect_in(HTTP_POST, ONE "/closing", "{\"why\":\"it is made\"}",
              "\"what\":\"closed\",\"detail\":\"it is made\",\"by\":\"huda\"");
    expect_in(HTTP_GET, ONE, NULL, "\"state\":\"closed\"");
    assert_string_equal(
        raw_text(kit.raw,
                 "SELECT string_agg(what || ' ' || by_name, ', ' ORDER BY id) FROM nrc.audit"
                 " WHERE object = 'incident/1'"),
        "incident.acknowledged huda, incident.assigned huda, incident.commented huda,"
        " incident.closed huda");
    expect_error(HTTP_POST, ONE "/acknowledgement", "{}", "409 409");
    expect_in(HTTP_POST, ONE "/comment", "{\"text\":\"afterwards\"}", "\"afterwards\"");
}

static void what_is_done_already_is_refused_with_who_did_it(void **state)
{
    (void)state;
    expect_in(HTTP_POST, ONE "/acknowledgement", "{}", "200 ");
    expect_in(HTTP_POST, ONE "/acknowledgement", "{}", "acknowledged by huda at");
    expect_in(HTTP_POST, ONE "/assignment", "{\"to\":null}", "assigned to nobody already");
    expect_in(HTTP_POST, ONE "/assignment", "{\"to\":\"nobody-known\"}",
              "there is no account nobody-known");
    expect_in(HTTP_POST, ONE "/comment", "{\"text\":\" \"}", "400 ");
    expect_in(HTTP_POST, ONE "/closing", "{}", "400 ");
    assert_int_equal(
        raw_int(kit.raw, "SELECT count(*) FROM nrc.incident_event WHERE incident_id = 1"), 2);
}

static void an_agency_has_its_own_alone(void **state)
{
    (void)state;
    static const char *const others[] = {"2", "3", "4"};
    static const char *const acts[] = {"/acknowledgement", "/comment"};
    char target[64];
    char want[96];
    as_agency("moh");
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        snprintf(target, sizeof(target), "/nrc/v1/incidents/%s", others[i]);
        snprintf(want, sizeof(want),
                 "404 {\"error_code\":40401,\"message\":\"there is no incident %s\"}", others[i]);
        expect(HTTP_GET, target, NULL, want);
        for (size_t a = 0; a < COUNT_OF(acts); a++) {
            snprintf(target, sizeof(target), "/nrc/v1/incidents/%s%s", others[i], acts[a]);
            snprintf(want, sizeof(want),
                     "404 {\"error_code\":40401,\"message\":\"there is no incident %s\"}",
                     others[i]);
            expect_in(HTTP_POST, target, "{\"text\":\"x\"}", "404 {\"error_code\":");
            expect_in(HTTP_POST, target, "{\"text\":\"x\"}", strchr(want, ','));
        }
    }
    assert_int_equal(
        raw_int(kit.raw, "SELECT count(*) FROM nrc.incident_event WHERE incident_id <> 1"), 2);
    expect_in(HTTP_POST, ONE "/comment", "{\"text\":\"it is our change\"}", "\"by\":\"salem\"");
    expect_in(HTTP_POST, ONE "/acknowledgement", "{}", "\"acknowledged_by\":\"salem\"");
    expect_error(HTTP_POST, ONE "/assignment", "{\"to\":\"huda\"}", "403 403");
    expect_error(HTTP_POST, ONE "/closing", "{\"why\":\"x\"}", "403 403");
    const char *list = kit_call(HTTP_GET, "/nrc/v1/incidents?over=true", NULL);
    assert_non_null(strstr(list, "\"id\":1,"));
    assert_null(strstr(list, "\"id\":2,"));
    assert_null(strstr(list, "\"id\":3,"));
    as_agency("moi");
    assert_non_null(strstr(kit_call(HTTP_GET, "/nrc/v1/incidents", NULL), "\"id\":2,"));
}

/* What a reader sees of one moves its cursor. Triggers are off where time is made to pass. */
static void what_changed_since_is_listed_also_when_it_is_over(void **state)
{
    (void)state;
    char target[160];
    char cursor[64];
    static const char *const acts[][2] = {{"/comment", "{\"text\":\"x\"}"},
                                          {"/acknowledgement", "{}"},
                                          {"/assignment", "{\"to\":\"huda\"}"},
                                          {"/closing", "{\"why\":\"x\"}"}};
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        raw_run(kit.raw, "SET session_replication_role = replica;"
                         " UPDATE nrc.incident SET changed_at = now() - interval '1 hour';"
                         " SET session_replication_role = DEFAULT");
        assert_int_equal(sscanf(kit_call(HTTP_GET, "/nrc/v1/incidents", NULL),
                                "200 {\"cursor\":\"%63[^\"]\"", cursor),
                         1);
        raw_run(kit.raw, "SET session_replication_role = replica;"
                         " UPDATE nrc.incident SET changed_at = now() - interval '2 hours';"
                         " SET session_replication_role = DEFAULT");
        snprintf(target, sizeof(target), "/nrc/v1/incidents?changed_since=%s", cursor);
        expect_in(HTTP_GET, target, NULL, "\"incidents\":[]");
        snprintf(target, sizeof(target), ONE "%s", acts[i][0]);
        expect_in(HTTP_POST, target, acts[i][1], "200 ");
        snprintf(target, sizeof(target), "/nrc/v1/incidents?changed_since=%s", cursor);
        expect_in(HTTP_GET, target, NULL, "\"incidents\":[{\"id\":1,");
    }
    expect_error(HTTP_GET, "/nrc/v1/incidents?changed_since=yesterday", NULL, "400 400");
}

static void lists_are_narrowed_by_state_kind_and_person(void **state)
{
    (void)state;
    expect_in(HTTP_POST, ONE "/acknowledgement", "{}", "200 ");
    expect_in(HTTP_POST, "/nrc/v1/incidents/3/assignment", "{\"to\":\"huda\"}", "200 ");
    expect_in(HTTP_POST, "/nrc/v1/incidents/2/closing", "{\"why\":\"x\"}", "200 ");
    expect_in(HTTP_GET, "/nrc/v1/incidents?state=acknowledged", NULL, "\"incidents\":[{\"id\":1,");
    expect_in(HTTP_GET, "/nrc/v1/incidents?state=open", NULL, "\"incidents\":[{\"id\":3,");
    expect_in(HTTP_GET, "/nrc/v1/incidents?state=closed", NULL, "\"incidents\":[{\"id\":2,");
    expect_in(HTTP_GET, "/nrc/v1/incidents?kind=kafka_trouble", NULL, "\"incidents\":[{\"id\":3,");
    expect_in(HTTP_GET, "/nrc/v1/incidents?assigned_to=huda", NULL, "\"incidents\":[{\"id\":3,");
    expect_in(HTTP_GET, "/nrc/v1/incidents?dataset=moi.homes", NULL, "\"incidents\":[]");
    expect_in(HTTP_GET, "/nrc/v1/incidents?dataset=moi.homes&over=true", NULL,
              "\"incidents\":[{\"id\":2,");
    expect_error(HTTP_GET, "/nrc/v1/incidents?state=lost", NULL, "400 400");
}

/* What a shift hands over to another of an agency is its own. */
static void a_handover_has_what_the_reader_may_know(void **state)
{
    (void)state;
    expect_in(HTTP_POST, "/nrc/v1/incidents/2/comment", "{\"text\":\"of moi\"}", "200 ");
    expect_in(HTTP_POST, ONE "/comment", "{\"text\":\"of moh\"}", "200 ");
    expect_in(HTTP_GET, "/nrc/v1/handover", NULL, "incidents opened 3, closed 0; open now 3");
    as_agency("moh");
    const char *own = kit_call(HTTP_GET, "/nrc/v1/handover", NULL);
    assert_non_null(strstr(
        own, "opened 1, closed 0; open now 1, of them acknowledged by nobody 1; comments 1."));
    assert_non_null(strstr(own, "of moh"));
    assert_null(strstr(own, "of moi"));
    expect_error(HTTP_GET, "/nrc/v1/handover?since=yesterday", NULL, "400 400");
}

/* Given an incident that somebody acknowledged, then closed, then back: nobody knows of it any more. One that is only seen again
 * stays acknowledged. */
static void one_that_opens_again_is_acknowledged_by_nobody(void **state)
{
    (void)state;
    static const char again[] =
        "SELECT nrc.see_incident('topic_missing', 'topic_read', 1, NULL, NULL, 'd', 1, now())";
    expect_in(HTTP_POST, ONE "/acknowledgement", "{}", "200 ");
    raw_run(kit.raw, again);
    expect_in(HTTP_GET, ONE, NULL, "\"state\":\"acknowledged\"");
    expect_in(HTTP_POST, ONE "/closing", "{\"why\":\"over\"}", "200 ");
    raw_run(kit.raw, again);
    expect_in(HTTP_GET, ONE, NULL, "\"state\":\"open\"");
    expect_in(HTTP_GET, ONE, NULL, "\"acknowledged_by\":null");
    assert_int_equal(
        raw_int(kit.raw, "SELECT count(*) FROM nrc.incident WHERE id = 1 AND began_at > opened_at"),
        1);
}

#define TEST(name) cmocka_unit_test_setup(name, fill)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_acknowledged_given_commented_and_closed),
        TEST(what_is_done_already_is_refused_with_who_did_it),
        TEST(an_agency_has_its_own_alone),
        TEST(what_changed_since_is_listed_also_when_it_is_over),
        TEST(lists_are_narrowed_by_state_kind_and_person),
        TEST(a_handover_has_what_the_reader_may_know),
        TEST(one_that_opens_again_is_acknowledged_by_nobody),
    };
    return cmocka_run_group_tests_name("incidents", tests, start, kit_stop);
}
