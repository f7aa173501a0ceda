/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_topic.c - the topic's position: who has the claim, what moves it, and that its structure is the
 * one that the registry would make of it. */
#include "relay_room.h"

#include "published_kit.h"
#include "storage/notify/outbox.h"
#include "storage/notify/topic.h"

enum { LONG_MS = 60000 };

static const char topic[] = "nrc.told";

static void open_topic(struct room *room, const char *readers)
{
    struct sto_topic_structure structure;
    assert_ok(sto_topic_open(room->relay, topic, readers, &structure, &room->err), room->err);
    assert_true(structure.schema_id > 0);
    free(structure.text);
}

static int build(void **state)
{
    struct room *room = room_open();
    open_topic(room, "center");
    raw_run(room->raw, "DELETE FROM nrc.notification_new");
    *state = room;
    return 0;
}

static void tell(struct room *room, int count)
{
    int fanned = 0;
    for (int i = 0; i < count; i++) {
        (void)raw_int(
            room->raw,
            "SELECT nrc.notify_of('notice.filed', 'notice/1', 1, NULL, NULL, NULL, '{}')");
    }
    assert_ok(sto_outbox_fan_out(room->relay, 100, &fanned, &room->err), room->err);
    assert_true(fanned >= count); /* an incident tells of itself */
}

static struct sto_topic_claim claim(struct room *room, struct sto_conn *relay, int64_t lease_ms)
{
    struct sto_topic_claim claim;
    assert_ok(sto_topic_claim_next(relay, topic, "r", lease_ms, 10, &claim, &room->err), room->err);
    return claim;
}

/* The first `taken` were; why NULL: all of them. Ends the claim. */
static bool record(struct room *room, struct sto_topic_claim *claim, size_t taken, const char *why)
{
    static const struct sto_topic_place places[10] = {{1, 100}, {0, 7}, {1, 101}};
    const struct sto_topic_outcome outcome = {.taken = places, .taken_count = taken, .why = why};
    bool held = false;
    assert_ok(sto_topic_record(room->relay, topic, claim, &outcome, &held, &room->err), room->err);
    sto_topic_claim_fini(claim);
    return held;
}

static int64_t waiting(struct room *room)
{
    return raw_int(room->raw, "SELECT count(*) FROM nrc.topic_message WHERE published_at IS NULL");
}

static void one_relay_has_the_claim_until_it_says_what_became_of_it(void **state)
{
    struct room *room = *state;
    tell(room, 3);
    struct sto_topic_claim mine = claim(room, room->relay, LONG_MS);
    assert_int_equal(mine.count, 3);
    assert_string_equal(mine.list[0].key, "moh");
    assert_string_equal(mine.list[0].notification.object, "notice/1");
    struct sto_topic_claim theirs = claim(room, room->other, LONG_MS);
    assert_int_equal(theirs.count, 0);
    assert_int_equal(waiting(room), 3);
    assert_true(record(room, &mine, 3, NULL));
    assert_int_equal(waiting(room), 0);
    assert_string_equal(raw_text(room->raw,
                                 "SELECT string_agg(partition || ':' || topic_offset, ' '"
                                 " ORDER BY ordinal) FROM nrc.topic_message"),
                        "1:100 0:7 1:101");
    theirs = claim(room, room->other, LONG_MS);
    assert_int_equal(theirs.count, 0);
    tell(room, 1);
    theirs = claim(room, room->other, LONG_MS);
    assert_int_equal(theirs.count, 1);
    assert_true(record(room, &theirs, 1, NULL));
}

static void a_claim_that_is_over_records_nothing(void **state)
{
    struct room *room = *state;
    tell(room, 2);
    struct sto_topic_claim frozen = claim(room, room->relay, 0);
    struct sto_topic_claim taken = claim(room, room->other, LONG_MS);
    assert_int_equal(taken.count, 2);
    assert_string_equal(frozen.list[0].notification.guid, taken.list[0].notification.guid);
    assert_false(record(room, &frozen, 2, NULL));
    assert_int_equal(waiting(room), 2);
    assert_true(record(room, &taken, 2, NULL));
    assert_int_equal(waiting(room), 0);
}

static void after_a_failure_the_first_that_waits_goes_alone(void **state)
{
    struct room *room = *state;
    tell(room, 4);
    struct sto_topic_claim first = claim(room, room->relay, LONG_MS);
    assert_true(record(room, &first, 1, "the second is refused"));
    assert_int_equal(waiting(room), 3);
    assert_string_equal(raw_text(room->raw, "SELECT kind || ' ' || engine || ': ' || detail"
                                            " FROM nrc.incident WHERE closed_at IS NULL"),
                        "topic_not_told nrc.told: the second is refused");
    struct sto_topic_claim second = claim(room, room->relay, LONG_MS);
    assert_int_equal(second.count, 1);
    assert_int_equal(second.attempts, 1);
    assert_true(record(room, &second, 0, "once more"));
    assert_int_equal(raw_int(room->raw, "SELECT attempts FROM nrc.topic"), 2);
    assert_int_equal(raw_int(room->raw, "SELECT count FROM nrc.incident"), 2);
    second = claim(room, room->relay, LONG_MS);
    assert_int_equal(second.attempts, 2);
    assert_true(record(room, &second, 1, NULL));
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE closed_why ="
                                        " 'topic_told'"),
                     1);
    struct sto_topic_claim rest = claim(room, room->relay, LONG_MS);
    assert_int_equal(rest.count, 2);
    assert_int_equal(rest.attempts, 0);
    assert_true(record(room, &rest, 2, NULL));
}

static void the_pause_after_a_failure_is_kept(void **state)
{
    struct room *room = *state;
    const struct sto_topic_outcome outcome = {.why = "no", .wait_ms = LONG_MS};
    bool held;
    tell(room, 1);
    struct sto_topic_claim mine = claim(room, room->relay, LONG_MS);
    assert_ok(sto_topic_record(room->relay, topic, &mine, &outcome, &held, &room->err), room->err);
    assert_true(held);
    sto_topic_claim_fini(&mine);
    tell(room, 1);
    mine = claim(room, room->other, LONG_MS);
    assert_int_equal(mine.count, 0);
    raw_run(room->raw, "UPDATE nrc.topic SET due_at = now()");
    mine = claim(room, room->other, LONG_MS);
    assert_int_equal(mine.count, 1);
    sto_topic_claim_fini(&mine);
}

static void a_topic_of_other_readers_or_of_another_name_is_refused(void **state)
{
    struct room *room = *state;
    struct sto_topic_structure structure;
    static const char *const names[] = {"moh.births", "nrc",   "nrc.",
                                        "nrc.a.b.c",  "NRC.x", "nrcx.y"};
    assert_int_equal(sto_topic_open(room->relay, topic, "everyone", &structure, &room->err), -1);
    assert_int_equal(room->err.code, ERR_REFUSED);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(sto_topic_open(room->relay, names[i], "center", &structure, &room->err),
                         -1);
        assert_int_equal(room->err.code, ERR_REFUSED);
    }
    open_topic(room, "center"); /* once more changes nothing */
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.topic"), 1);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.subject_version WHERE subject ="
                                        " 'nrc.told-value'"),
                     1);
}

static void a_version_that_was_taken_away_comes_back(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "UPDATE nrc.subject_version SET deleted_at = now() WHERE subject ="
                       " 'nrc.told-value'");
    open_topic(room, "center");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.subject_version WHERE subject ="
                                        " 'nrc.told-value' AND deleted_at IS NULL"),
                     1);
}

/* ---- the structure ---- */

static void the_structure_and_its_numbers_are_what_the_registry_makes_of_it(void **state)
{
    struct room *room = *state;
    published_is_as_registered(room->raw, "topic_structure");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, build, room_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_relay_has_the_claim_until_it_says_what_became_of_it),
        TEST(a_claim_that_is_over_records_nothing),
        TEST(after_a_failure_the_first_that_waits_goes_alone),
        TEST(the_pause_after_a_failure_is_kept),
        TEST(a_topic_of_other_readers_or_of_another_name_is_refused),
        TEST(a_version_that_was_taken_away_comes_back),
        TEST(the_structure_and_its_numbers_are_what_the_registry_makes_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
