/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_causes.c - notifications: written with their cause, and what becomes a cause. */
#include "outbox_kit.h"

#include "base/clock.h"

static const char *told(struct room *room)
{
    raw_run(room->raw, "SELECT nrc.tell_incidents()"); /* as each fan-out does */
    return raw_text(room->raw,
                    "SELECT coalesce(string_agg(n.type || ' ' || n.object, ', ' ORDER BY n.id), '')"
                    " FROM nrc.notification n JOIN nrc.notification_new w ON"
                    " w.notification_id = n.id");
}

static void every_state_of_a_structure_is_told_but_pending(void **state)
{
    struct room *room = *state;
    static const char change[] = "UPDATE nrc.subject_version SET ";
    char sql[128];
    static const char *const sets[] = {
        "decision = 'pending', active_from = NULL",
        "decision = 'approved', active_from = '-infinity'",
        "retired_from = now()",
        "registered_by = 'x'",
        "deleted_at = now()",
    };
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        snprintf(sql, sizeof(sql), "%s%s", change, sets[i]);
        raw_run(room->raw, sql);
    }
    assert_string_equal(told(room), "structure.active structure/moh.births-value/1,"
                                    " structure.retired structure/moh.births-value/1,"
                                    " structure.deleted structure/moh.births-value/1");
}

/* Nobody changes a row then: whoever fans out first tells it, once. */
static void what_the_clock_does_to_a_structure_is_told_when_its_time_comes(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "UPDATE nrc.subject_version SET active_from = now() + interval '700 ms'");
    assert_string_equal(told(room), "");
    assert_int_equal(raw_int(room->raw, "SELECT nrc.tell_moments()"), 0);
    raw_run(room->raw, "SELECT pg_sleep_until(at) FROM nrc.structure_moment");
    assert_int_equal(raw_int(room->raw, "SELECT nrc.tell_moments()"), 1);
    assert_string_equal(told(room), "structure.active structure/moh.births-value/1");
    assert_int_equal(raw_int(room->raw, "SELECT nrc.tell_moments()"), 0);
    /* One that is taken back before its time is not told. */
    raw_run(room->raw, "UPDATE nrc.subject_version SET retired_from = now() + interval '1 hour';"
                       " UPDATE nrc.subject_version SET retired_from = NULL;"
                       " UPDATE nrc.structure_moment SET at = now()");
    assert_int_equal(raw_int(room->raw, "SELECT nrc.tell_moments()"), 0);
}

static void a_batchs_signs_tell_nothing_until_they_are_an_incident(void **state)
{
    struct room *room = *state;
    static const char sign[] =
        "INSERT INTO nrc.incident_sign (kind, closes, dataset_id, detail, seen, at_least)"
        " VALUES ('bad_frame', 'good_event', 1, 'd', 3, 1)";
    raw_run(room->raw, sign);
    assert_string_equal(told(room), "");
    raw_run(room->raw, "SELECT nrc.tend_incidents()");
    assert_string_equal(told(room), "incident.opened incident/1");
    raw_run(room->raw, sign);
    raw_run(room->raw, "SELECT nrc.tend_incidents()"); /* counted again */
    raw_run(room->raw, "SELECT nrc.close_incident(1, 'it ended')");
    assert_string_equal(told(room), "incident.opened incident/1, incident.closed incident/1");
}

static void what_is_told_stays_small_and_never_fails_its_cause(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "SELECT nrc.notify_of('notice.filed', 'notice/1', 1, 1, NULL, NULL,"
                       " jsonb_build_object('text', repeat('x', 5000)))");
    assert_string_equal(raw_text(room->raw, "SELECT data FROM nrc.notification ORDER BY id DESC"),
                        "{\"agency\": \"moh\", \"shortened\": true}");
}

static void a_filter_of_a_dataset_that_is_gone_matches_nothing(void **state)
{
    struct room *room = *state;
    outbox_subscribe(room, "s");
    raw_run(room->raw, "UPDATE nrc.subscription SET dataset_id = 99");
    (void)outbox_notify(room->raw);
    assert_int_equal(outbox_fan_out(room), 1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.delivery"), 0);
}

static void a_relay_hears_of_each_notification(void **state)
{
    struct room *room = *state;
    bool heard = true;
    assert_ok(sto_outbox_listen(room->relay, &room->err), room->err);
    assert_ok(sto_outbox_heard(room->relay, &heard, &room->err), room->err);
    assert_false(heard);
    (void)outbox_notify(room->raw);
    int64_t until_ms = clock_mono_ms() + 20000;
    while (!heard && clock_mono_ms() < until_ms) {
        assert_ok(sto_outbox_heard(room->relay, &heard, &room->err), room->err);
    }
    assert_true(heard);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, outbox_build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_state_of_a_structure_is_told_but_pending),
        TEST(what_the_clock_does_to_a_structure_is_told_when_its_time_comes),
        TEST(a_batchs_signs_tell_nothing_until_they_are_an_incident),
        TEST(what_is_told_stays_small_and_never_fails_its_cause),
        TEST(a_filter_of_a_dataset_that_is_gone_matches_nothing),
        TEST(a_relay_hears_of_each_notification),
    };
    return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
