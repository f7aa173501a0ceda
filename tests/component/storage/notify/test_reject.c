/* SPDX-License-Identifier: Apache-2.0
 * component/storage/notify/test_reject.c - which events of the quarantine are told, each once however their transactions commit;
 * and the position of each agency's topic. */
#include "reject_kit.h"

#include "published_kit.h"

static int64_t floor_of(struct room *room)
{
    return raw_int(room->raw, "SELECT floor FROM nrc.reject_cursor");
}

/* ---- the cursor ---- */

static void the_very_first_event_is_told_and_nothing_costs_nothing(void **state)
{
    struct room *room = *state;
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(reject_queue(room, MOST), 0);
    reject_put(room->raw, 1, 4);
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_string_equal(reject_told(room), "moh.births/0/4/1");
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(floor_of(room), 1);
    int64_t before = raw_int(room->raw, "SELECT xmin::text::bigint FROM nrc.reject_cursor");
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(raw_int(room->raw, "SELECT xmin::text::bigint FROM nrc.reject_cursor"),
                     before);
}

/* The first draws the lower number and commits last. */
static void a_batch_that_commits_late_is_told_and_nothing_is_told_twice(void **state)
{
    struct room *room = *state;
    PGconn *slow = raw_open();
    raw_run(slow, "BEGIN");
    reject_put(slow, 1, 10);
    reject_put(room->raw, 2, 20);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(reject_queue(room, MOST), i == 0);
    }
    reject_put(room->raw, 2, 21);
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_string_equal(reject_told(room), "moh.births/1/20/2 moh.births/1/21/3");
    assert_int_equal(floor_of(room), 0);
    raw_run(slow, "COMMIT");
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_string_equal(reject_told(room), "moh.births/0/10/1");
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(floor_of(room), 3);
    PQfinish(slow);
}

/* Given one that commits between the look at the transactions and the next look, then both looks are right. */
static void of_many_batches_that_commit_in_any_order_each_event_is_told_once(void **state)
{
    enum { BATCHES = 12 };
    static const int order[BATCHES] = {5, 0, 11, 3, 1, 10, 2, 8, 4, 9, 7, 6};
    struct room *room = *state;
    PGconn *batches[BATCHES];
    int told = 0;
    raw_run(room->raw,
            "INSERT INTO nrc.position (dataset_id, topic, partition, topic_partitions,"
            " next_offset, first_offset, epoch, log_start) SELECT 1, 'moh.births', p, 20,"
            " 0, 0, 1, 0 FROM generate_series(2, 12) p");
    for (int i = 0; i < BATCHES; i++) {
        batches[i] = raw_open();
        raw_run(batches[i], "BEGIN");
        reject_put(batches[i], i == 0 ? 1 : 3 + i, i);
        told += reject_queue(room, 2);
    }
    for (int i = 0; i < BATCHES; i++) {
        raw_run(batches[order[i]], order[i] == 3 ? "ROLLBACK" : "COMMIT");
        if (i % 3 != 0) {
            told += reject_queue(room, 2);
        }
    }
    for (int i = 0; i < 4; i++) {
        told += reject_queue(room, 2);
    }
    for (int i = 0; i < BATCHES; i++) {
        PQfinish(batches[i]);
    }
    assert_int_equal(told, BATCHES - 1);
    assert_int_equal(floor_of(room), BATCHES);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.reject"), BATCHES - 1);
}

static void a_long_backlog_is_taken_piece_by_piece(void **state)
{
    struct room *room = *state;
    for (int64_t i = 0; i < 5; i++) {
        reject_put(room->raw, 1, i);
    }
    assert_int_equal(reject_queue(room, 2), 2);
    assert_int_equal(reject_queue(room, 2), 2);
    assert_int_equal(floor_of(room), 4);
    assert_int_equal(reject_queue(room, 2), 1);
    assert_int_equal(reject_queue(room, 2), 0);
    assert_int_equal(floor_of(room), 5);
    assert_string_equal(reject_told(room), "moh.births/0/0/1 moh.births/0/1/2 moh.births/0/2/3 "
                                           "moh.births/0/3/4 moh.births/0/4/5");
}

/* Numbers of transactions begin anew there. */
static void a_register_that_was_restored_elsewhere_goes_on(void **state)
{
    struct room *room = *state;
    reject_put(room->raw, 1, 0);
    raw_run(room->raw, "UPDATE nrc.reject_cursor SET next_floor = 1, next_xid = '9000000000'");
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_int_equal(floor_of(room), 1);
}

/* ---- what is told ---- */

static void NRL_2_what_may_be_an_exempt_event_is_not_told(void **state)
{
    struct room *room = *state;
    raw_run(room->raw,
            "INSERT INTO nrc.quarantine (recorded_at, dataset_id, position_id, topic_offset,"
            " reason, withheld) VALUES (now(), 1, 1, 0, 'truncated', true)");
    reject_put(room->raw, 3, 1);
    raw_run(room->raw, "UPDATE nrc.dataset SET exempt = true WHERE id = 2");
    assert_int_equal(reject_queue(room, MOST), 0);
    reject_put(room->raw, 1, 2);
    assert_int_equal(reject_queue(room, MOST), 1);
    /* Not even one that waits, when its dataset is exempt by then. */
    raw_run(room->raw, "UPDATE nrc.dataset SET exempt = true");
    assert_string_equal(reject_told(room), "");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.reject"), 0);
}

/* Two rows wait for the structure 1. */
static void park(struct room *room)
{
    reject_put_as(room->raw, 1, 0, "not_yet_active", ", schema_id", ", 1");
    reject_put_as(room->raw, 1, 1, "not_yet_active", ", schema_id", ", 1");
}

static void an_event_that_waits_for_its_structure_is_told_when_it_is_refused(void **state)
{
    struct room *room = *state;
    park(room);
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(floor_of(room), 2);
    raw_run(room->raw, "SELECT nrc.take_parked('{1,2}');"
                       "SELECT nrc.refuse_parked(2, 'rule_failed', 'r', '', 'd', '[]')");
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_string_equal(reject_told(room), "moh.births/0/1/2");
    assert_int_equal(reject_queue(room, MOST), 0);
}

static void an_event_whose_structure_is_rejected_is_told_so(void **state)
{
    struct room *room = *state;
    raw_run(room->raw, "UPDATE nrc.subject_version SET decision = 'pending', active_from = NULL");
    park(room);
    assert_int_equal(reject_queue(room, MOST), 0);
    raw_run(room->raw, "UPDATE nrc.subject_version SET decision = 'rejected'");
    reject_put_as(room->raw, 1, 2, "not_yet_active", ", schema_id", ", 1"); /* judged before it */
    assert_int_equal(reject_queue(room, MOST), 3);
    struct sto_reject_claim claim = reject_claim(room);
    assert_int_equal(claim.count, 3);
    assert_string_equal(claim.list[0].reason, "structure_rejected");
    assert_true(reject_record(room, &claim, 3, NULL));
    assert_int_equal(reject_queue(room, MOST), 0);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.reject_late_structure"), 0);
}

/* Of those that wait, too. */
static void an_event_that_was_recorded_after_all_or_is_gone_is_not_waited_for(void **state)
{
    struct room *room = *state;
    for (int64_t i = 0; i < 3; i++) {
        reject_put(room->raw, 1, i);
    }
    assert_int_equal(reject_queue(room, MOST), 3);
    raw_run(room->raw, "UPDATE nrc.quarantine SET status = 'replayed' WHERE id = 1;"
                       "DELETE FROM nrc.quarantine WHERE id = 2");
    assert_string_equal(reject_told(room), "moh.births/0/2/3");
    assert_string_equal(reject_told(room), "");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.reject"), 1);
    assert_string_equal(raw_text(room->raw, "SELECT due_at::text FROM nrc.reject_topic"), "");
}

/* ---- the position of each agency ---- */

static void an_agency_whose_topic_fails_holds_up_no_other(void **state)
{
    struct room *room = *state;
    for (int64_t i = 0; i < 3; i++) {
        reject_put(room->raw, 1, i);
        reject_put(room->raw, 3, i);
    }
    assert_int_equal(reject_queue(room, MOST), 6);
    struct sto_reject_claim first = reject_claim(room);
    struct sto_reject_claim second = reject_claim_as(room, room->other, LONG_MS, true);
    struct sto_reject_claim none = reject_claim(room);
    assert_string_equal(first.topic, "moh.rejected");
    assert_string_equal(second.topic, "edu.rejected");
    assert_int_equal(none.count, 0);
    sto_reject_claim_fini(&none);
    assert_true(reject_record(room, &first, 1, "the topic does not exist"));
    assert_true(reject_record(room, &second, 3, NULL));
    assert_string_equal(raw_text(room->raw, "SELECT kind || ' ' || engine || ': ' || detail"
                                            " FROM nrc.incident WHERE closed_at IS NULL"),
                        "rejects_not_told moh.rejected: the topic does not exist");
    none = reject_claim_as(room, room->relay, LONG_MS, false);
    assert_int_equal(none.count, 0);
    sto_reject_claim_fini(&none);
    first = reject_claim(room);
    assert_int_equal(first.count, 1);
    assert_int_equal(first.attempts, 1);
    assert_string_equal(first.list[0].guid, "moh.births/0/1/3");
    assert_true(reject_record(room, &first, 1, NULL));
    assert_int_equal(
        raw_int(room->raw, "SELECT count(*) FROM nrc.incident WHERE closed_at IS NULL"), 0);
    assert_string_equal(reject_told(room), "moh.births/0/2/5");
}

static void a_claim_that_is_over_records_nothing(void **state)
{
    struct room *room = *state;
    reject_put(room->raw, 1, 0);
    assert_int_equal(reject_queue(room, MOST), 1);
    struct sto_reject_claim frozen = reject_claim_as(room, room->relay, 0, true);
    struct sto_reject_claim taken = reject_claim_as(room, room->other, LONG_MS, true);
    assert_int_equal(taken.count, 1);
    assert_string_equal(frozen.list[0].guid, taken.list[0].guid);
    assert_false(reject_record(room, &frozen, 1, NULL));
    assert_true(reject_record(room, &taken, 1, NULL));
}

static void what_was_published_long_ago_is_forgotten_and_not_told_again(void **state)
{
    struct room *room = *state;
    PGconn *slow = raw_open();
    reject_put(room->raw, 1, 0);
    assert_int_equal(reject_queue(room, MOST) + reject_queue(room, MOST), 1);
    raw_run(slow, "BEGIN");
    reject_put(slow, 2, 0);
    reject_put(room->raw, 1, 1);
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_string_equal(reject_told(room), "moh.births/0/0/1 moh.births/0/1/3");
    raw_run(room->raw, "UPDATE nrc.reject SET published_at = now() - interval '500 days'");
    assert_ok(sto_reject_condense(room->relay, 400, MOST, &room->err), room->err);
    assert_string_equal(raw_text(room->raw, "SELECT string_agg(quarantine_id::text, ' ')"
                                            " FROM nrc.reject"),
                        "3"); /* above the floor it is still asked for */
    raw_run(slow, "ROLLBACK");
    assert_int_equal(reject_queue(room, MOST) + reject_queue(room, MOST), 0);
    assert_ok(sto_reject_condense(room->relay, 400, MOST, &room->err), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.reject"), 0);
    assert_int_equal(reject_queue(room, MOST), 0);
    PQfinish(slow);
}

/* ---- rights and names ---- */

static void NRL_15_the_relay_reads_no_row_of_the_quarantine(void **state)
{
    struct room *room = *state;
    static const char *const refused[] = {"SELECT payload FROM nrc.quarantine",
                                          "SELECT failures FROM nrc.quarantine",
                                          "SELECT id FROM nrc.quarantine",
                                          "SELECT * FROM nrc.told_reject",
                                          "SELECT * FROM nrc.reject",
                                          "DELETE FROM nrc.reject_topic",
                                          "SELECT last_value FROM nrc.quarantine_id",
                                          "UPDATE nrc.reject_cursor SET floor = 0",
                                          "SELECT nrc.failures_told('[]', NULL, NULL, NULL, NULL)"};
    reject_put(room->raw, 1, 0);
    raw_run(room->raw, "SET ROLE nrc_relay");
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_string_equal(raw_sqlstate(room->raw, refused[i]), "42501");
    }
    raw_run(room->raw, "RESET ROLE");
}

static void no_dataset_takes_the_name_or_the_topic(void **state)
{
    struct room *room = *state;
    static const char add[] =
        "SELECT nrc.add_dataset('moh', '%s', '%s', '[\"id\"]', 'text', NULL, NULL, false, NULL,"
        " '[]', 2, NULL, NULL, NULL)";
    static const char *const names[][2] = {
        {"rejected", "moh.other"}, {"other", "moh.rejected"}, {"other", "edu.rejected"}};
    char sql[300];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(sql, sizeof(sql), add, names[i][0], names[i][1]);
        assert_string_equal(raw_sqlstate(room->raw, sql), "NRC04");
    }
    snprintf(sql, sizeof(sql), add, "rejected_births", "moh.v1.rejected");
    assert_string_equal(raw_sqlstate(room->raw, sql), "");
}

/* Also one that somebody had before. */
static void each_topic_has_its_subject_which_is_read_only(void **state)
{
    struct room *room = *state;
    struct sto_topic_structure structure;
    raw_run(room->raw, "INSERT INTO nrc.registry_mode VALUES ('moh.rejected-value', 'READWRITE')");
    reject_put(room->raw, 1, 0);
    assert_int_equal(reject_queue(room, MOST), 1);
    assert_ok(sto_reject_open(room->relay, &structure, &room->err), room->err);
    assert_int_equal(raw_int(room->raw, "SELECT schema_id FROM nrc.subject_version WHERE subject ="
                                        " 'moh.rejected-value' AND deleted_at IS NULL"),
                     structure.schema_id);
    assert_string_equal(raw_text(room->raw, "SELECT mode FROM nrc.registry_mode WHERE subject ="
                                            " 'moh.rejected-value'"),
                        "READONLY");
    assert_int_equal(raw_int(room->raw, "SELECT count(*) FROM nrc.subject_version WHERE subject ="
                                        " 'edu.rejected-value'"),
                     0);
    free(structure.text);
}

/* ---- the structure ---- */

static void the_structure_and_its_numbers_are_what_the_registry_makes_of_it(void **state)
{
    struct room *room = *state;
    published_is_as_registered(room->raw, "reject_structure");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REJECT_TEST(the_very_first_event_is_told_and_nothing_costs_nothing),
        REJECT_TEST(a_batch_that_commits_late_is_told_and_nothing_is_told_twice),
        REJECT_TEST(of_many_batches_that_commit_in_any_order_each_event_is_told_once),
        REJECT_TEST(a_long_backlog_is_taken_piece_by_piece),
        REJECT_TEST(a_register_that_was_restored_elsewhere_goes_on),
        REJECT_TEST(NRL_2_what_may_be_an_exempt_event_is_not_told),
        REJECT_TEST(an_event_that_waits_for_its_structure_is_told_when_it_is_refused),
        REJECT_TEST(an_event_whose_structure_is_rejected_is_told_so),
        REJECT_TEST(an_event_that_was_recorded_after_all_or_is_gone_is_not_waited_for),
        REJECT_TEST(an_agency_whose_topic_fails_holds_up_no_other),
        REJECT_TEST(a_claim_that_is_over_records_nothing),
        REJECT_TEST(what_was_published_long_ago_is_forgotten_and_not_told_again),
        REJECT_TEST(NRL_15_the_relay_reads_no_row_of_the_quarantine),
        REJECT_TEST(no_dataset_takes_the_name_or_the_topic),
        REJECT_TEST(each_topic_has_its_subject_which_is_read_only),
        REJECT_TEST(the_structure_and_its_numbers_are_what_the_registry_makes_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
