/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_escalation.c - who is called when nobody acknowledges: in order, one at a time, in whose hours it is; and
 * the Center's own outages, of which every agency is told. */
#include "outbox_kit.h"

/* Accounts of the Center (huda), of moh (salem) and of moi (noor), each with a subscription of its name. */
static int build(void **state)
{
    (void)outbox_build(state);
    struct room *room = *state;
    raw_run(
        room->raw,
        "SELECT nrc.add_agency('moi', 'moi', 'moi', 1, 'Records', 'Head');"
        " SELECT nrc.add_dataset('moi', 'homes', NULL, '[\"id\"]', 'avro', NULL, NULL, false, "
        "NULL, '[]', 1, 1, 1, false);"
        " INSERT INTO nrc.account (name, person, kind, agency_id, decision, created_by, expires_on)"
        " SELECT v.name, v.name, 'person', v.agency, 'No. 1', 'test', current_date + 9 FROM "
        "(VALUES ('salem', 1), ('noor', 2)) v(name, agency);"
        " SELECT nrc.add_subscription(v, v, 'webhook', 'http://h/', NULL, NULL, NULL, "
        "'[\"subscription.test\"]', NULL)"
        " FROM unnest('{huda,salem,noor}'::text[]) e(v);"
        " SELECT nrc.add_subscription('second', 'huda', 'webhook', 'http://h/', NULL, NULL, NULL, "
        "'[\"incident.*\"]', NULL);"
        " UPDATE nrc.subscription SET created_at = now() - interval '1 day'; DELETE FROM "
        "nrc.notification_new");
    return 0;
}

static void add(struct room *room, const char *given)
{
    char sql[512];
    snprintf(sql, sizeof(sql), "SELECT nrc.add_contact('%s')", given);
    raw_run(room->raw, sql);
}

static void see(struct room *room, const char *kind, const char *dataset)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT nrc.see_incident('%s', 'person', %s, NULL, NULL, 'd', 1, now()); SELECT "
             "nrc.tell_incidents()",
             kind, dataset);
    raw_run(room->raw, sql);
}

/* As if so much time had passed since all that happened. */
static void pass(struct room *room, const char *time)
{
    char sql[768];
    snprintf(sql, sizeof(sql),
             "SET session_replication_role = replica;"
             " UPDATE nrc.notification SET at = at - interval '%1$s';"
             " UPDATE nrc.incident SET began_at = began_at - interval '%1$s', closed_at = "
             "closed_at - interval '%1$s';"
             " UPDATE nrc.center_outage SET starts_at = starts_at - interval '%1$s', ends_at = "
             "ends_at - interval '%1$s';"
             " UPDATE nrc.subscription SET created_at = created_at - interval '%1$s';"
             " UPDATE nrc.incident_mass SET since = since - interval '%1$s', last_at = last_at - "
             "interval '%1$s';"
             " SET session_replication_role = DEFAULT",
             time);
    raw_run(room->raw, sql);
}

/* Whom an escalation calls now: "Huda", "" for nobody. */
static const char *called(struct room *room)
{
    raw_run(room->raw, "DELETE FROM nrc.notification_new; SELECT nrc.escalate_incidents()");
    return raw_text(
        room->raw,
        "SELECT coalesce(string_agg(n.data->'recipient'->>'name', ', ' ORDER BY n.id), '')"
        " FROM nrc.notification n JOIN nrc.notification_new w ON w.notification_id = n.id");
}

#define expect_called(room, want)                                                                  \
    do {                                                                                           \
        char got_[256];                                                                            \
        snprintf(got_, sizeof(got_), "%.255s", called(room));                                      \
        assert_string_equal(got_, want);                                                           \
    } while (0)

static void they_are_called_in_order_one_at_a_time_until_somebody_acknowledges(void **state)
{
    struct room *room = *state;
    add(room, "{\"name\":\"First\",\"subscription\":\"huda\"}");
    add(room, "{\"name\":\"Second\",\"subscription\":\"second\"}");
    see(room, "kafka_trouble", "NULL");
    expect_called(room, "");
    pass(room, "14 minutes");
    expect_called(room, "");
    pass(room, "1 minute");
    expect_called(room, "First");
    expect_called(room, "");
    pass(room, "15 minutes");
    expect_called(room, "Second");
    pass(room, "15 minutes");
    expect_called(room, "First");
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.incident_event WHERE what = 'escalated'"), 3);
    raw_run(room->raw, "SELECT nrc.acknowledge_incident(1, NULL, NULL, NULL)");
    pass(
        room,
        "61 days"); /* another tool called people then, for what they had acknowledged (Grafana OnCall 3111) */
    expect_called(room, "");
}

/* Behind its end nobody is called; one that opens again is a new call for all. */
static void nobody_is_called_for_what_is_closed(void **state)
{
    struct room *room = *state;
    add(room, "{\"name\":\"First\",\"subscription\":\"huda\"}");
    see(room, "kafka_trouble", "NULL");
    raw_run(room->raw, "SELECT nrc.acknowledge_incident(1, NULL, NULL, NULL); SELECT "
                       "nrc.close_incident(1, 'over'); SELECT nrc.tell_incidents()");
    pass(room, "1 hour");
    expect_called(room, "");
    see(room, "kafka_trouble", "NULL");
    expect_called(room, "");
    pass(room, "15 minutes");
    expect_called(room, "First");
    raw_run(room->raw, "SELECT nrc.close_incident(1, 'over')");
    pass(room, "15 minutes");
    expect_called(room, "");
}

static void rounds_end(void **state)
{
    struct room *room = *state;
    add(room, "{\"name\":\"First\",\"subscription\":\"huda\"}");
    see(room, "kafka_trouble", "NULL");
    for (int i = 0; i < 5; i++) {
        pass(room, "15 minutes");
        expect_called(room, i < 3 ? "First" : "");
    }
}

static void a_storm_calls_once(void **state)
{
    struct room *room = *state;
    add(room, "{\"name\":\"First\",\"subscription\":\"huda\"}");
    raw_run(room->raw, "SELECT nrc.see_incident('refusals', 'person', 1 + v % 2, NULL, 'r' || v, "
                       "'d', 1, now()) FROM generate_series(1, 300) e(v);"
                       " SELECT nrc.tell_incidents()");
    pass(room, "15 minutes");
    expect_called(room, "First");
    assert_int_equal(raw_int(room->raw, "SELECT (data->>'incidents')::int FROM nrc.notification "
                                        "WHERE type = 'incident.escalated' AND data ? 'recipient'"),
                     300);
}

/* What an agency can mend goes by its own list first; the rest, and what stays, by the Center's. */
static void an_agencys_list_is_for_its_own(void **state)
{
    struct room *room = *state;
    add(room, "{\"name\":\"Center\",\"subscription\":\"huda\"}");
    add(room, "{\"name\":\"Agency\",\"subscription\":\"salem\",\"agency\":\"moh\"}");
    see(room, "refusals", "1");
    see(room, "refusals", "2");
    see(room, "gap", "1");
    pass(room, "15 minutes");
    expect_called(room, "Agency, Center, Center");
    pass(room, "15 minutes");
    expect_called(room, "Center, Center, Center");
    PGresult *res = PQexec(
        room->raw,
        "SELECT nrc.add_contact('{\"name\":\"x\",\"subscription\":\"noor\",\"agency\":\"moh\"}')");
    assert_non_null(strstr(PQresultErrorMessage(res), "is of another agency's account"));
    PQclear(res);
}

/* ---- hours ---- */

static bool is_on(struct room *room, const char *name, const char *at)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT nrc.contact_is_on(k, '%s')::int FROM nrc.contact k WHERE name = '%s'", at,
             name);
    return raw_int(room->raw, sql) == 1;
}

/* Other tools take hours as UTC, or as the screen's (Grafana OnCall 2781, 3261): here they are the Center's, UTC+4 all year, whatever the
 * session's zone is. 2026-11-29 is a Sunday. */
static void hours_are_the_centers(void **state)
{
    struct room *room = *state;
    static const char *const zones[] = {"UTC", "Asia/Muscat", "America/New_York",
                                        "Pacific/Kiritimati"};
    char sql[64];
    add(room, "{\"name\":\"Day\",\"subscription\":\"huda\",\"days\":[7,1,2,3,4],\"from\":\"07:30\","
              "\"until\":\"14:30\"}");
    add(room, "{\"name\":\"Night\",\"subscription\":\"huda\",\"days\":[4],\"from\":\"20:00\","
              "\"until\":\"06:00\"}");
    raw_run(room->raw, "SELECT "
                       "nrc.load_holidays('[{\"first_day\":\"2026-12-01\",\"kind\":\"estimated\","
                       "\"name_en\":\"A day\"}]', false)");
    for (size_t i = 0; i < COUNT_OF(zones); i++) {
        snprintf(sql, sizeof(sql), "SET TIME ZONE '%s'", zones[i]);
        raw_run(room->raw, sql);
        assert_false(is_on(room, "Day", "2026-11-29T03:29:59Z"));
        assert_true(is_on(room, "Day", "2026-11-29T03:30:00Z"));
        assert_true(is_on(room, "Day", "2026-11-29T10:29:59Z"));
        assert_false(is_on(room, "Day", "2026-11-29T10:30:00Z"));
        assert_false(is_on(room, "Day", "2026-11-27T05:00:00Z")); /* Friday */
        assert_false(is_on(room, "Day", "2026-12-01T05:00:00Z")); /* a holiday */
        assert_true(is_on(room, "Day", "2026-07-05T03:30:00Z"));
        assert_true(is_on(room, "Night", "2026-12-03T16:00:00Z")); /* Thursday, 20:00 */
        assert_true(is_on(room, "Night", "2026-12-04T01:59:59Z")); /* until Friday, 06:00 */
        assert_false(is_on(room, "Night", "2026-12-04T02:00:00Z"));
        assert_false(is_on(room, "Night", "2026-12-04T16:00:00Z"));
    }
    raw_run(room->raw, "RESET TIME ZONE; UPDATE nrc.contact SET on_holidays = true");
    assert_true(is_on(room, "Day", "2026-12-01T05:00:00Z"));
}

/* Given a night that nobody has: whoever is marked always is called; and where there is none, the call is made when hours begin. There
 * is a tool that forgets it (Grafana OnCall 1206). */
static void when_nobody_has_the_hours_the_one_marked_always_is_called(void **state)
{
    struct room *room = *state;
    /* A day that is not today in any hour of this test. */
    add(room, "{\"name\":\"Other day\",\"subscription\":\"huda\",\"days\":[1]}");
    raw_run(room->raw, "UPDATE nrc.contact SET days = ARRAY[1 + (extract(isodow FROM now() AT TIME "
                       "ZONE 'Asia/Muscat')::int + 2) % 7]");
    see(room, "kafka_trouble", "NULL");
    pass(room, "15 minutes");
    expect_called(room, "");
    add(room, "{\"name\":\"Always\",\"subscription\":\"second\",\"always\":true,\"days\":[1]}");
    raw_run(room->raw, "UPDATE nrc.contact SET days = (SELECT days FROM nrc.contact WHERE ordinal "
                       "= 1) WHERE name = 'Always'");
    expect_called(room, "Always");
    raw_run(room->raw, "UPDATE nrc.contact SET days = NULL WHERE name = 'Other day'");
    pass(room, "15 minutes");
    expect_called(room, "Other day");
}

/* ---- channels ---- */

static const char *delivered_to(struct room *room)
{
    (void)outbox_fan_out(room);
    return raw_text(
        room->raw,
        "SELECT coalesce(string_agg(s.name, ' ' ORDER BY s.name), '') FROM nrc.delivery d"
        " JOIN nrc.subscription s ON s.id = d.subscription_id");
}

/* "second" asks for incident.*: it is not told whom another person's turn is. */
static void a_call_reaches_the_person_whose_turn_it_is_alone(void **state)
{
    struct room *room = *state;
    add(room, "{\"name\":\"First\",\"subscription\":\"huda\"}");
    see(room, "kafka_trouble", "NULL");
    pass(room, "15 minutes");
    expect_called(room, "First");
    assert_string_equal(delivered_to(room), "huda");
}

static void the_head_is_told_at_once_of_what_is_urgent_in_the_agencys_own(void **state)
{
    struct room *room = *state;
    see(room, "topic_missing", "1");
    raw_run(room->raw, "DELETE FROM nrc.notification_new");
    see(room, "register_sql", "1"); /* no channel of the head: those of the agency's accounts */
    raw_run(room->raw, "DELETE FROM nrc.notification_new w USING nrc.notification n WHERE n.id = "
                       "w.notification_id AND n.type <> 'incident.escalated'");
    assert_string_equal(delivered_to(room), "salem");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.notification WHERE "
                                        "data->'agency_head'->>'division' IS NOT NULL"),
                     1);
    raw_run(room->raw,
            "DELETE FROM nrc.delivery; SELECT nrc.add_subscription('of-the-head', 'salem', "
            "'webhook', 'http://h/', NULL, NULL, NULL, '[\"subscription.test\"]', NULL);"
            " UPDATE nrc.subscription SET created_at = now() - interval '1 day'");
    add(room, "{\"name\":\"The "
              "head\",\"subscription\":\"of-the-head\",\"agency\":\"moh\",\"head\":true}");
    see(room, "gap", "1");
    raw_run(room->raw, "DELETE FROM nrc.notification_new w USING nrc.notification n WHERE n.id = "
                       "w.notification_id AND n.type <> 'incident.escalated'");
    assert_string_equal(delivered_to(room), "of-the-head");
    pass(room, "15 minutes");
    expect_called(room, ""); /* the head is no one to be woken in turn */
}

static void the_list_keeps_its_order_without_gaps(void **state)
{
    struct room *room = *state;
    static const char *const order = "SELECT string_agg(name || ordinal, ' ' ORDER BY ordinal) "
                                     "FROM nrc.contact WHERE removed_at IS NULL";
    add(room, "{\"name\":\"a\",\"subscription\":\"huda\"}");
    add(room, "{\"name\":\"b\",\"subscription\":\"huda\"}");
    add(room, "{\"name\":\"c\",\"subscription\":\"huda\"}");
    raw_run(room->raw, "SELECT nrc.move_contact(3, 1)");
    assert_string_equal(raw_text(room->raw, order), "c1 a2 b3");
    raw_run(room->raw, "SELECT nrc.move_contact(3, 2)");
    assert_string_equal(raw_text(room->raw, order), "a1 c2 b3");
    raw_run(room->raw, "SELECT nrc.move_contact(1, 99)");
    assert_string_equal(raw_text(room->raw, order), "c1 b2 a3");
    raw_run(room->raw, "SELECT nrc.remove_contact(2, 'left')");
    assert_string_equal(raw_text(room->raw, order), "c1 a2");
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.audit WHERE object LIKE 'contact/%'"), 7);
}

/* ---- the Center's own outages ---- */

static const char *outages(struct room *room)
{
    raw_run(room->raw, "DELETE FROM nrc.notification_new; SELECT nrc.tend_outages()");
    return raw_text(
        room->raw,
        "SELECT coalesce(string_agg(n.data->>'state', ' ' ORDER BY n.id), '') FROM "
        "nrc.notification n"
        " JOIN nrc.notification_new w ON w.notification_id = n.id WHERE n.type = 'center.outage'");
}

#define expect_outages(room, want)                                                                 \
    do {                                                                                           \
        char got_[256];                                                                            \
        snprintf(got_, sizeof(got_), "%.255s", outages(room));                                     \
        assert_string_equal(got_, want);                                                           \
    } while (0)

static void an_outage_that_lasts_is_told_to_every_agency_without_what_is_wrong_inside(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "UPDATE nrc.subscription SET types = '{notice.filed}', dataset_id = 1 WHERE "
                       "name IN ('salem', 'noor')");
    see(room, "gap", "1"); /* of a partition: no outage of the Center */
    see(room, "engine_failed", "NULL");
    expect_outages(room, "");
    pass(room, "10 minutes");
    expect_outages(room, "begun");
    assert_string_equal(delivered_to(room), "noor salem");
    assert_string_equal(raw_text(room->raw,
                                 "SELECT string_agg(k, ' ' ORDER BY k) FROM nrc.notification n, "
                                 "jsonb_object_keys(n.data) k WHERE n.type = 'center.outage'"),
                        "planned starts_at state");
    expect_outages(room, "");
    raw_run(room->raw, "SELECT nrc.close_incident(2, 'over')");
    expect_outages(room, "");
    see(room, "engine_failed", "NULL"); /* back within three minutes: the same outage */
    expect_outages(room, "");
    raw_run(room->raw, "SELECT nrc.close_incident(2, 'over')");
    pass(room, "4 minutes");
    expect_outages(room, "ended");
    expect_outages(room, "");
}

static void a_planned_one_is_announced_begins_and_ends_by_the_clock(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "SELECT nrc.announce_outage(now() + interval '1 hour', now() + interval '2 "
                       "hours', 'new disks', 'أقراص جديدة');"
                       " SELECT nrc.announce_outage(now() + interval '1 hour', now() + interval '2 "
                       "hours', 'x', NULL)");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.notification WHERE type = "
                                        "'center.outage' AND data->>'state' = 'announced'"),
                     2);
    raw_run(room->raw, "SELECT nrc.withdraw_outage(2, 'no need')");
    pass(room, "1 hour");
    expect_outages(room, "begun");
    pass(room, "1 hour");
    expect_outages(room, "ended");
    expect_outages(room, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_are_called_in_order_one_at_a_time_until_somebody_acknowledges),
        TEST(nobody_is_called_for_what_is_closed),
        TEST(rounds_end),
        TEST(a_storm_calls_once),
        TEST(an_agencys_list_is_for_its_own),
        TEST(hours_are_the_centers),
        TEST(when_nobody_has_the_hours_the_one_marked_always_is_called),
        TEST(a_call_reaches_the_person_whose_turn_it_is_alone),
        TEST(the_head_is_told_at_once_of_what_is_urgent_in_the_agencys_own),
        TEST(the_list_keeps_its_order_without_gaps),
        TEST(an_outage_that_lasts_is_told_to_every_agency_without_what_is_wrong_inside),
        TEST(a_planned_one_is_announced_begins_and_ends_by_the_clock),
    };
    return cmocka_run_group_tests_name("escalation", tests, NULL, NULL);
}
