/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_incident_telling.c - which incidents are told: what another explains is not, until that ends; many of a
 * kind are told as one; and what was told open is told closed. */
#include "outbox_kit.h"

/* Two datasets of two agencies; partitions of moh.births 0 … 299, which lane 3 of engine e1 has. */
static int build(void **state)
{
    (void)outbox_build(state);
    struct room *room = *state;
    raw_run(room->raw,
            "SELECT nrc.add_agency('moi', 'moi', 'moi', 1, 'Records', 'Head');"
            " SELECT nrc.add_dataset('moi', 'homes', NULL, '[\"id\"]', 'avro', NULL, NULL, false, "
            "NULL, '[]', 1, 1, 1, false);"
            " DELETE FROM nrc.incident_event; DELETE FROM nrc.incident; DELETE FROM nrc.position;"
            " INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions, "
            "next_offset, epoch, log_start, owner,"
            "  first_offset) SELECT 1, 'moh.births', v, 300, 0, 1, 0, 'e1-3', 0 FROM "
            "generate_series(0, 299) e(v);"
            " DELETE FROM nrc.notification_new");
    return 0;
}

/* Opens, or opens again. */
static void see(struct room *room, const char *kind, const char *dataset, const char *engine)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT nrc.see_incident('%s', 'person', %s, NULL, %s, 'd', 1, now())", kind, dataset,
             engine);
    raw_run(room->raw, sql);
}

static void close_kind(struct room *room, const char *kind)
{
    char sql[256];
    snprintf(sql, sizeof(sql),
             "SELECT nrc.end_incident(id, 'gone', NULL, NULL) FROM nrc.incident WHERE kind = '%s'",
             kind);
    raw_run(room->raw, sql);
}

/* As if so much time had passed since all that happened. */
static void pass(struct room *room, const char *time)
{
    char sql[640];
    snprintf(sql, sizeof(sql),
             "SET session_replication_role = replica;"
             " UPDATE nrc.incident SET began_at = began_at - interval '%1$s', opened_at = "
             "opened_at - interval '%1$s';"
             " UPDATE nrc.incident_news SET due_at = due_at - interval '%1$s';"
             " UPDATE nrc.incident_mass SET since = since - interval '%1$s', last_at = last_at - "
             "interval '%1$s';"
             " SET session_replication_role = DEFAULT",
             time);
    raw_run(room->raw, sql);
}

/* What has been told since the last call: "incident.opened late, …", with the number of a mass. */
static const char *told(struct room *room)
{
    raw_run(room->raw, "SELECT nrc.tell_incidents()");
    const char *text = raw_text(
        room->raw,
        "SELECT coalesce(string_agg(concat_ws(' ', n.type, n.data->>'kind', n.data->>'incidents', "
        "n.data->>'agency'), ', ' ORDER BY n.id), '')"
        " FROM nrc.notification n JOIN nrc.notification_new w ON w.notification_id = n.id WHERE "
        "n.type IN ('incident.opened', 'incident.closed')");
    raw_run(room->raw, "DELETE FROM nrc.notification_new");
    return text;
}

#define expect_told(room, want)                                                                    \
    do {                                                                                           \
        char got_[1024];                                                                           \
        snprintf(got_, sizeof(got_), "%s", told(room));                                            \
        assert_string_equal(got_, want);                                                           \
    } while (0)

/* ---- causes ---- */

static void a_broker_that_is_away_is_one_told_and_not_three_hundred(void **state)
{
    struct room *room = *state;
    see(room, "kafka_trouble", "NULL", "'e1'");
    raw_run(room->raw, "SELECT nrc.see_incident('partition_waits', 'partition_flows', 1, id, NULL, "
                       "'d', 1, now()) FROM nrc.position");
    see(room, "late", "1", "NULL");
    expect_told(room, "incident.opened kafka_trouble");
    pass(room, "1 hour");
    expect_told(room, "");
    assert_int_equal(
        raw_int(room->raw,
                "SELECT count(*) FROM nrc.incident WHERE caused_by = 1 AND closed_at IS NULL"),
        301);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.incident_event WHERE what = "
                                        "'explained' AND detail LIKE 'incident 1 %'"),
                     301);
    raw_run(room->raw, "SELECT nrc.end_incident(id, 'gone', NULL, NULL) FROM nrc.incident");
    expect_told(room, "incident.closed kafka_trouble");
    pass(room, "1 hour");
    expect_told(room, "");
}

/* Alertmanager never lets a target go whose source has ended (its issue 1153). */
static void what_stays_when_its_cause_has_ended_is_told_then(void **state)
{
    struct room *room = *state;
    see(room, "gap", "1", "NULL");
    see(room, "late", "1", "NULL");
    expect_told(room, "incident.opened gap moh");
    pass(room, "1 hour");
    close_kind(room, "gap");
    expect_told(room, "incident.closed gap moh");
    pass(room, "2 minutes");
    expect_told(room, ""); /* the source may still catch up */
    pass(room, "2 minutes");
    expect_told(room, "incident.opened late moh");
    assert_string_equal(
        raw_text(room->raw,
                 "SELECT string_agg(what, ' ' ORDER BY at, e.ctid) FROM nrc.incident_event e"
                 " JOIN nrc.incident i ON i.id = incident_id WHERE kind = 'late'"),
        "opened explained unexplained");
    close_kind(room, "late");
    expect_told(room, "incident.closed late moh");
}

static void what_ends_soon_after_its_cause_is_never_told(void **state)
{
    struct room *room = *state;
    see(room, "gap", "1", "NULL");
    see(room, "late", "1", "NULL");
    expect_told(room, "incident.opened gap moh");
    close_kind(room, "gap");
    expect_told(room, "incident.closed gap moh");
    close_kind(room, "late");
    pass(room, "1 hour");
    expect_told(room, "");
}

/* There the target is sent out that fires a moment before its source, and after each restart (2229, 4064): the pause counts from when
 * it is known. */
static void the_order_in_which_cause_and_effect_show_does_not_matter(void **state)
{
    struct room *room = *state;
    see(room, "late", "1", "NULL");
    expect_told(room, "");
    pass(room, "10 seconds");
    see(room, "gap", "1", "NULL");
    expect_told(room, "incident.opened gap moh");
    pass(room, "1 hour");
    expect_told(room, "");
    assert_int_equal(raw_int(room->raw, "SELECT caused_by FROM nrc.incident WHERE kind = 'late'"),
                     raw_int(room->raw, "SELECT id FROM nrc.incident WHERE kind = 'gap'"));
}

/* There one that was sent out and is inhibited afterwards stays open for ever where it was sent to (2754). */
static void what_was_told_before_its_cause_showed_is_told_closed(void **state)
{
    struct room *room = *state;
    see(room, "late", "1", "NULL");
    pass(room, "1 minute");
    expect_told(room, "incident.opened late moh");
    see(room, "gap", "1", "NULL");
    expect_told(room, "incident.opened gap moh");
    assert_int_equal(
        raw_int(room->raw,
                "SELECT count(*) FROM nrc.incident WHERE kind = 'late' AND caused_by IS NOT NULL"),
        1);
    close_kind(room, "late");
    expect_told(room, "incident.closed late moh");
}

static void what_began_long_before_is_not_explained_by_it(void **state)
{
    struct room *room = *state;
    see(room, "late", "1", "NULL");
    pass(room, "11 minutes");
    expect_told(room, "incident.opened late moh");
    see(room, "gap", "1", "NULL");
    expect_told(room, "incident.opened gap moh");
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE caused_by IS NOT NULL"), 0);
}

static void owners_must_match(void **state)
{
    struct room *room = *state;
    see(room, "gap", "2", "NULL");
    see(room, "kafka_trouble", "NULL", "'e2'");
    see(room, "late", "1", "NULL");
    expect_told(room, "incident.opened gap moi, incident.opened kafka_trouble");
    pass(room, "1 minute");
    expect_told(room, "incident.opened late moh");
}

/* Given an engine that failed, and another that has taken what it had: what is late now is late for another reason. */
static void what_another_engine_has_taken_is_explained_no_more(void **state)
{
    struct room *room = *state;
    see(room, "engine_failed", "NULL", "'e1'");
    see(room, "late", "1", "NULL");
    expect_told(room, "incident.opened engine_failed");
    raw_run(room->raw, "UPDATE nrc.position SET owner = 'e2-0'");
    raw_run(room->raw, "SELECT nrc.tend_incidents()");
    pass(room, "1 hour");
    expect_told(room, "incident.opened late moh");
}

/* A register that is away explains whatever is seen meanwhile. */
static void what_explains_everything_silences_all_else(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "INSERT INTO nrc.incident_explains VALUES ('leaves_not_made', '*', 'any'), "
                       "('refusals', '*', 'any')");
    see(room, "leaves_not_made", "NULL", "NULL");
    see(room, "kafka_trouble", "NULL", "'e1'");
    see(room, "rule_warned", "2", "'r'");
    see(room, "refusals", "1", "NULL"); /* one that does the same is told */
    expect_told(room, "incident.opened leaves_not_made, incident.opened refusals moh");
}

static void no_kind_explains_what_explains_it(void **state)
{
    struct room *room = *state;
    assert_int_equal(raw_int(room->raw,
                             "WITH RECURSIVE way(cause, kind) AS (SELECT cause, kind FROM "
                             "nrc.incident_explains WHERE kind <> '*'"
                             " UNION SELECT w.cause, e.kind FROM way w JOIN nrc.incident_explains "
                             "e ON e.cause = w.kind AND e.kind <> '*')"
                             " SELECT count(*) FROM way WHERE cause = kind"),
                     0);
    assert_int_equal(
        raw_int(
            room->raw,
            "SELECT count(*) FROM nrc.incident_explains e, unnest(ARRAY[e.cause, e.kind]) u(k)"
            " WHERE k <> '*' AND NOT EXISTS (SELECT FROM nrc.incident_kind n WHERE n.kind = k)"),
        0);
}

static void an_agency_is_told_of_the_end_of_what_its_removed_dataset_had(void **state)
{
    struct room *room = *state;
    see(room, "bad_frame", "2", "NULL");
    expect_told(room, "incident.opened bad_frame moi");
    raw_run(room->raw, "SELECT nrc.remove_dataset('moi', 'homes')");
    expect_told(room, "incident.closed bad_frame moi");
}

/* ---- masses, and what flaps ---- */

/* Three hundred sources of two agencies are late at once: the Center is told once, each agency once of its own. */
static void a_storm_is_told_once_with_its_number(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "SELECT nrc.see_incident('rule_warned', 'person', 1 + v % 2, NULL, 'r' || "
                       "v, 'd', 1, now()) FROM generate_series(0, 299) e(v)");
    expect_told(room, "incident.opened rule_warned 300, incident.opened rule_warned 150 moh, "
                      "incident.opened rule_warned 150 moi");
    assert_int_equal(
        raw_int(room->raw, "SELECT count(DISTINCT incident_id) FROM nrc.incident_told"), 300);
    outbox_subscribe(room, "center");
    raw_run(room->raw, "UPDATE nrc.account SET agency_id = NULL; INSERT INTO nrc.notification_new "
                       "SELECT id FROM nrc.notification WHERE type LIKE 'incident.%'");
    raw_run(room->raw, "UPDATE nrc.subscription SET created_at = now() - interval '1 day'");
    (void)outbox_fan_out(room);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.delivery"), 1);
    raw_run(room->raw, "DELETE FROM nrc.delivery; UPDATE nrc.account SET agency_id = 2;"
                       " INSERT INTO nrc.notification_new SELECT id FROM nrc.notification WHERE "
                       "type LIKE 'incident.%'");
    (void)outbox_fan_out(room);
    assert_string_equal(
        raw_text(room->raw, "SELECT string_agg(n.data->>'agency', ',') FROM nrc.delivery d JOIN "
                            "nrc.notification n ON n.id = d.notification_id"),
        "moi");
}

static void one_after_the_other_they_are_gathered_for_a_minute(void **state)
{
    struct room *room = *state;
    char name[16];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "'r%d'", i);
        see(room, "rule_warned", "1", name);
        expect_told(room, i < 5 ? "incident.opened rule_warned moh" : "");
        pass(room, "1 second");
    }
    pass(room, "41 seconds");
    expect_told(room, "incident.opened rule_warned 15 moh");
    see(room, "rule_warned", "1", "'again'");
    expect_told(room, "");
    pass(room, "1 minute");
    expect_told(room, "incident.opened rule_warned moh");
}

/* One that goes and comes between two looks of a relay is neither over nor new. */
static void what_flaps_between_two_looks_tells_nothing(void **state)
{
    struct room *room = *state;
    see(room, "bad_frame", "1", "NULL");
    expect_told(room, "incident.opened bad_frame moh");
    for (int i = 0; i < 5; i++) {
        close_kind(room, "bad_frame");
        see(room, "bad_frame", "1", "NULL");
    }
    expect_told(room, "");
    close_kind(room, "bad_frame");
    expect_told(room, "incident.closed bad_frame moh");
    see(room, "bad_frame", "1", "NULL");
    expect_told(room, "incident.opened bad_frame moh");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_broker_that_is_away_is_one_told_and_not_three_hundred),
        TEST(what_stays_when_its_cause_has_ended_is_told_then),
        TEST(what_ends_soon_after_its_cause_is_never_told),
        TEST(the_order_in_which_cause_and_effect_show_does_not_matter),
        TEST(what_was_told_before_its_cause_showed_is_told_closed),
        TEST(what_began_long_before_is_not_explained_by_it),
        TEST(owners_must_match),
        TEST(what_another_engine_has_taken_is_explained_no_more),
        TEST(what_explains_everything_silences_all_else),
        TEST(no_kind_explains_what_explains_it),
        TEST(an_agency_is_told_of_the_end_of_what_its_removed_dataset_had),
        TEST(a_storm_is_told_once_with_its_number),
        TEST(one_after_the_other_they_are_gathered_for_a_minute),
        TEST(what_flaps_between_two_looks_tells_nothing),
    };
    return cmocka_run_group_tests_name("incident_telling", tests, NULL, NULL);
}
