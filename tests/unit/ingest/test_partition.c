/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_partition.c - which offsets a partition takes, and what it makes of those
 * it does not expect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "ingest/partition.h"

static const uint8_t bytes[] = "value";

static struct ing_message message_at(int64_t offset)
{
    return (struct ing_message){.key = bytes,
                                .key_len = 1,
                                .value = bytes,
                                .value_len = 5,
                                .offset = offset,
                                .ts_ms = offset};
}

static struct sto_position position_at(int64_t next, int64_t last)
{
    struct ing_message message = message_at(last);
    return (struct sto_position){
        .id = 1,
        .epoch = 1,
        .next_offset = next,
        .last_offset = last,
        .last_ts_ms = last,
        .last_hash = last >= 0 ? ing_message_hash(&message) : 0,
    };
}

/* A partition claimed at `next`, the last record taken at `last` (-1: none). */
static struct ing_part claimed(int64_t next, int64_t last)
{
    struct ing_part part = {.topic = "t", .state = ING_UNCLAIMED};
    struct sto_position position = position_at(next, last);
    enum sto_incident_kind kind = STO_INCIDENT_COUNT;
    assert_null(ing_part_claimed(&part, &position, 0, 1000000, &kind));
    return part;
}

static struct ing_part flowing(int64_t next)
{
    return claimed(next, -1);
}

static void take(struct ing_part *part, int64_t offset, enum ing_step step, int64_t skipped)
{
    struct ing_message message = message_at(offset);
    int64_t got = -1;
    assert_int_equal(ing_part_message(part, &message, &got), step);
    if (step == ING_STEP_TAKE) {
        assert_int_equal(got, skipped);
    }
}

static void end(struct ing_part *part, int64_t offset, enum ing_step step, int64_t skipped)
{
    int64_t got = -1;
    assert_int_equal(ing_part_eof(part, offset, &got), step);
    if (step == ING_STEP_TAKE) {
        assert_int_equal(got, skipped);
    }
}

static void refetched(struct ing_part *part)
{
    part->stale_fetch = false;
    part->disturbed = true;
}

/* In a child, as a move that is a bug of ours ends the process. */
static bool may_move(enum ing_part_state from, enum ing_part_state to)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ing_part part = {.topic = "t", .state = from};
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        fclose(stderr);
        ing_part_move(&part, to);
        _exit(part.state == to ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : WEXITSTATUS(status) == 0);
    return !WIFSIGNALED(status);
}

/* A halted, fenced or paused one is claimed again first; rereading follows a hole, and so flowing alone. */
static void a_state_moves_only_where_it_may(void **state)
{
    (void)state;
    static const char *const rows[ING_PART_STATE_COUNT] = {
        [ING_UNCLAIMED] = "UVFHXP", [ING_VERIFYING] = "UVFHXP", [ING_FLOWING] = "UVFRHXP",
        [ING_REREADING] = "UFRHXP", [ING_HALTED] = "UH",        [ING_FENCED] = "UX",
        [ING_PAUSED] = "UP",
    };
    static const char letters[ING_PART_STATE_COUNT] = {
        [ING_UNCLAIMED] = 'U', [ING_VERIFYING] = 'V', [ING_FLOWING] = 'F', [ING_REREADING] = 'R',
        [ING_HALTED] = 'H',    [ING_FENCED] = 'X',    [ING_PAUSED] = 'P'};
    for (int from = 0; from < ING_PART_STATE_COUNT; from++) {
        for (int to = 0; to < ING_PART_STATE_COUNT; to++) {
            bool may = strchr(rows[from], letters[to]) != NULL;
            if (may_move((enum ing_part_state)from, (enum ing_part_state)to) != may) {
                fail_msg("%s to %s", ing_part_state_name((enum ing_part_state)from),
                         ing_part_state_name((enum ing_part_state)to));
            }
        }
    }
}

static void dense_offsets_are_taken_one_by_one(void **state)
{
    (void)state;
    struct ing_part part = flowing(5);
    take(&part, 5, ING_STEP_TAKE, 0);
    take(&part, 6, ING_STEP_TAKE, 0);
    assert_int_equal(part.expected, 7);
}

static void an_offset_below_the_wanted_one_is_dropped(void **state)
{
    (void)state;
    struct ing_part part = flowing(5);
    take(&part, 5, ING_STEP_TAKE, 0);
    take(&part, 5, ING_STEP_DROP, 0);
    take(&part, 3, ING_STEP_DROP, 0);
    assert_int_equal(part.expected, 6);
}

static void a_hole_is_reread_and_what_was_lost_is_taken(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    take(&part, 0, ING_STEP_TAKE, 0);
    take(&part, 3, ING_STEP_REREAD, 0);
    take(&part, 4, ING_STEP_DROP, 0); /* still the old fetch */
    refetched(&part);
    assert_int_equal(ing_part_fetch_from(&part), 1);
    take(&part, 1, ING_STEP_TAKE, 0);
    take(&part, 2, ING_STEP_TAKE, 0);
    take(&part, 3, ING_STEP_TAKE, 0);
    assert_int_equal(part.genuine_holes, 0);
}

static void a_hole_that_is_still_there_is_skipped(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    take(&part, 0, ING_STEP_TAKE, 0);
    take(&part, 3, ING_STEP_REREAD, 0);
    refetched(&part);
    take(&part, 3, ING_STEP_TAKE, 2);
    assert_int_equal(part.expected, 4);
    assert_int_equal(part.genuine_holes, 1);
}

static void holes_are_believed_after_three_but_not_after_a_move(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    take(&part, 0, ING_STEP_TAKE, 0);
    int64_t offset = 0;
    for (int i = 0; i < 3; i++) {
        offset += 2;
        take(&part, offset, ING_STEP_REREAD, 0);
        refetched(&part);
        take(&part, offset, ING_STEP_TAKE, 1);
    }
    take(&part, offset + 2, ING_STEP_TAKE, 1);
    refetched(&part);
    take(&part, offset + 4, ING_STEP_REREAD, 0);
}

static void the_end_moves_past_trailing_markers(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    take(&part, 0, ING_STEP_TAKE, 0);
    end(&part, 1, ING_STEP_DROP, 0);
    end(&part, 2, ING_STEP_REREAD, 0);
    refetched(&part);
    end(&part, 2, ING_STEP_TAKE, 1);
    assert_int_equal(part.expected, 2);
    end(&part, 2, ING_STEP_DROP, 0);
}

static void the_last_record_is_read_again_and_not_taken_twice(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 8);
    assert_int_equal(part.state, ING_VERIFYING);
    assert_int_equal(ing_part_fetch_from(&part), 8);
    take(&part, 8, ING_STEP_DROP, 0);
    assert_int_equal(part.state, ING_FLOWING);
    take(&part, 10, ING_STEP_TAKE, 0);
}

static void another_record_at_the_last_offset_is_another_log(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 8);
    struct ing_message message = message_at(8);
    message.value_len--;
    int64_t skipped;
    assert_int_equal(ing_part_message(&part, &message, &skipped), ING_STEP_REPLACED);

    part = claimed(10, 8);
    message = message_at(8);
    message.ts_ms++;
    assert_int_equal(ing_part_message(&part, &message, &skipped), ING_STEP_REPLACED);
}

static void a_record_where_there_was_a_hole_is_another_log(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 8);
    take(&part, 9, ING_STEP_REPLACED, 0);
}

static void a_log_that_ends_below_the_position_is_another_log(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 8);
    end(&part, 7, ING_STEP_REPLACED, 0);
}

static void a_compacted_last_record_is_no_obstacle(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 8);
    take(&part, 10, ING_STEP_TAKE, 0);
    part = claimed(10, 8);
    end(&part, 10, ING_STEP_DROP, 0);
    assert_int_equal(part.state, ING_FLOWING);
}

struct claim_case {
    int64_t log_start;
    int64_t log_end;
    enum sto_incident_kind kind; /* STO_INCIDENT_COUNT: all is well */
};

static void a_claim_is_checked_against_the_ends_of_the_log(void **state)
{
    (void)state;
    static const struct claim_case cases[] = {
        {2, 20, STO_INCIDENT_COUNT},          {10, 10, STO_INCIDENT_COUNT},
        {1, 20, STO_INCIDENT_TOPIC_REPLACED}, /* a log start never falls */
        {2, 9, STO_INCIDENT_TOPIC_REPLACED},  {11, 20, STO_INCIDENT_GAP},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ing_part part = {.topic = "t", .state = ING_UNCLAIMED};
        struct sto_position position = position_at(10, 8);
        position.log_start = 2;
        enum sto_incident_kind kind = STO_INCIDENT_COUNT;
        const char *reason =
            ing_part_claimed(&part, &position, cases[i].log_start, cases[i].log_end, &kind);
        if (cases[i].kind == STO_INCIDENT_COUNT) {
            assert_null(reason);
        } else {
            assert_non_null(reason);
            assert_int_equal(kind, cases[i].kind);
        }
    }
}

static void a_last_record_that_retention_deleted_is_not_asked_for(void **state)
{
    (void)state;
    struct ing_part part = {.topic = "t", .state = ING_UNCLAIMED};
    struct sto_position position = position_at(10, 8);
    enum sto_incident_kind kind = STO_INCIDENT_COUNT;
    assert_null(ing_part_claimed(&part, &position, 9, 20, &kind));
    assert_int_equal(part.state, ING_FLOWING);
    assert_int_equal(ing_part_fetch_from(&part), 10);
}

/* The former owner took events between the look at the log's end and the claim. */
static void a_claim_that_seems_beyond_the_log_may_be_judged_again(void **state)
{
    (void)state;
    struct ing_part part = {.topic = "t", .state = ING_UNCLAIMED};
    struct sto_position position = position_at(30, 29);
    enum sto_incident_kind kind = STO_INCIDENT_COUNT;
    assert_non_null(ing_part_claimed(&part, &position, 0, 20, &kind));
    assert_int_equal(kind, STO_INCIDENT_TOPIC_REPLACED);
    assert_int_equal(part.state, ING_UNCLAIMED);
    assert_null(ing_part_claimed(&part, &position, 0, 40, &kind));
    assert_int_equal(part.state, ING_VERIFYING);
}

static void after_a_pause_the_last_committed_record_is_read_again(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 9);
    take(&part, 9, ING_STEP_DROP, 0);
    take(&part, 10, ING_STEP_TAKE, 0);
    take(&part, 11, ING_STEP_TAKE, 0);
    part.position = position_at(11, 10); /* 11 is not committed yet */
    ing_part_paused(&part);
    assert_int_equal(ing_part_fetch_from(&part), 10);
    take(&part, 10, ING_STEP_DROP, 0);
    take(&part, 11, ING_STEP_DROP, 0);
    take(&part, 12, ING_STEP_TAKE, 0);
}

static void a_log_made_anew_in_a_pause_is_another_log(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 9);
    take(&part, 9, ING_STEP_DROP, 0);
    ing_part_paused(&part);
    struct ing_message other = message_at(9);
    int64_t skipped;
    other.ts_ms = 12345;
    assert_int_equal(ing_part_message(&part, &other, &skipped), ING_STEP_REPLACED);
}

static void what_retention_deleted_is_not_asked_for_after_a_pause(void **state)
{
    (void)state;
    struct ing_part part = {.topic = "t", .state = ING_UNCLAIMED};
    struct sto_position position = position_at(10, 4);
    enum sto_incident_kind kind = STO_INCIDENT_COUNT;
    assert_null(ing_part_claimed(&part, &position, 5, 20, &kind));
    ing_part_paused(&part);
    assert_int_equal(ing_part_fetch_from(&part), 10);
    take(&part, 10, ING_STEP_TAKE, 0);
}

static void a_halted_partition_takes_nothing(void **state)
{
    (void)state;
    struct ing_part part = {.topic = "t", .state = ING_UNCLAIMED};
    struct sto_position position = position_at(10, 8);
    enum sto_incident_kind kind = STO_INCIDENT_COUNT;
    position.halted = true;
    assert_null(ing_part_claimed(&part, &position, 0, 20, &kind));
    assert_int_equal(part.state, ING_HALTED);
    take(&part, 10, ING_STEP_DROP, 0);
    end(&part, 20, ING_STEP_DROP, 0);
}

static void a_partition_to_recheck_takes_nothing_until_it_is_claimed_again(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    take(&part, 0, ING_STEP_TAKE, 0);
    part.recheck = true;
    take(&part, 1, ING_STEP_DROP, 0);
}

/* librdkafka goes on behind a batch whose version it does not know: what follows looks like a hole. */
static void a_hole_at_which_reading_failed_is_never_believed(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    part.genuine_holes = 9; /* a topic full of holes */
    take(&part, 0, ING_STEP_TAKE, 0);
    assert_true(ing_part_failed(&part, "unreadable", false));
    take(&part, 2, ING_STEP_REREAD, 0);
    assert_false(ing_part_failed(&part, "of the old fetch", false));
    refetched(&part);
    assert_true(ing_part_failed(&part, "unreadable", false));
    for (int64_t offset = 2; offset < 9; offset++) {
        take(&part, offset, ING_STEP_DROP, 0);
    }
    end(&part, 9, ING_STEP_DROP, 0);
    assert_int_equal(part.expected, 1);
    assert_false(ing_part_at_end(&part));
}

static void a_hole_behind_an_error_that_does_not_come_again_is_one(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    take(&part, 0, ING_STEP_TAKE, 0);
    ing_part_failed(&part, "the broker was away", false);
    take(&part, 2, ING_STEP_REREAD, 0);
    refetched(&part);
    take(&part, 2, ING_STEP_TAKE, 1);
}

static void an_error_is_over_with_the_record_or_the_end_that_was_wanted(void **state)
{
    (void)state;
    struct ing_part part = flowing(0);
    ing_part_failed(&part, "x", true);
    take(&part, 0, ING_STEP_TAKE, 0);
    assert_false(part.fetch_error);
    ing_part_failed(&part, "x", true);
    assert_false(ing_part_at_end(&part));
    end(&part, 1, ING_STEP_DROP, 0);
    assert_true(ing_part_at_end(&part));
    ing_part_failed(&part, "x", true); /* it may not be read any more */
    assert_false(ing_part_at_end(&part));
}

static void a_last_record_that_cannot_be_read_was_not_compacted_away(void **state)
{
    (void)state;
    struct ing_part part = claimed(10, 8);
    ing_part_failed(&part, "unreadable", false);
    take(&part, 10, ING_STEP_DROP, 0);
    end(&part, 20, ING_STEP_DROP, 0);
    assert_int_equal(part.state, ING_VERIFYING);
    assert_int_equal(part.expected, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_moves_only_where_it_may),
        cmocka_unit_test(dense_offsets_are_taken_one_by_one),
        cmocka_unit_test(an_offset_below_the_wanted_one_is_dropped),
        cmocka_unit_test(a_hole_is_reread_and_what_was_lost_is_taken),
        cmocka_unit_test(a_hole_that_is_still_there_is_skipped),
        cmocka_unit_test(holes_are_believed_after_three_but_not_after_a_move),
        cmocka_unit_test(the_end_moves_past_trailing_markers),
        cmocka_unit_test(the_last_record_is_read_again_and_not_taken_twice),
        cmocka_unit_test(another_record_at_the_last_offset_is_another_log),
        cmocka_unit_test(a_record_where_there_was_a_hole_is_another_log),
        cmocka_unit_test(a_log_that_ends_below_the_position_is_another_log),
        cmocka_unit_test(a_compacted_last_record_is_no_obstacle),
        cmocka_unit_test(a_claim_is_checked_against_the_ends_of_the_log),
        cmocka_unit_test(a_last_record_that_retention_deleted_is_not_asked_for),
        cmocka_unit_test(a_claim_that_seems_beyond_the_log_may_be_judged_again),
        cmocka_unit_test(after_a_pause_the_last_committed_record_is_read_again),
        cmocka_unit_test(a_log_made_anew_in_a_pause_is_another_log),
        cmocka_unit_test(what_retention_deleted_is_not_asked_for_after_a_pause),
        cmocka_unit_test(a_hole_at_which_reading_failed_is_never_believed),
        cmocka_unit_test(a_hole_behind_an_error_that_does_not_come_again_is_one),
        cmocka_unit_test(an_error_is_over_with_the_record_or_the_end_that_was_wanted),
        cmocka_unit_test(a_last_record_that_cannot_be_read_was_not_compacted_away),
        cmocka_unit_test(a_halted_partition_takes_nothing),
        cmocka_unit_test(a_partition_to_recheck_takes_nothing_until_it_is_claimed_again),
    };
    return cmocka_run_group_tests_name("partition", tests, NULL, NULL);
}
