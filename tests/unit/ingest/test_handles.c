/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_handles.c - which partition an item is of: by its topic's handle, or its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ingest/assignment.h"
#include "ingest/lane.h"

enum { TOPICS = 400, PARTITIONS = 3, PARTS = TOPICS * PARTITIONS };

static char names[TOPICS][16];
static struct ing_assigned list[PARTS];
static int rkt[2 * TOPICS]; /* their addresses stand for librdkafka's */

static void assign(struct ing_lane *lane)
{
    for (size_t i = 0; i < PARTS; i++) {
        snprintf(names[i / PARTITIONS], sizeof(names[0]), "t.%zu", i / PARTITIONS);
        list[i].topic = names[i / PARTITIONS];
        list[i].partition = (int32_t)(i % PARTITIONS);
    }
    *lane = (struct ing_lane){0};
    assert_int_equal(ing_assignment_take(lane, list, PARTS), 0);
}

static struct ing_part *find(struct ing_lane *lane, enum ing_incoming_kind kind, const char *topic,
                             const void *native, int32_t partition)
{
    const struct ing_incoming item = {
        .kind = kind, .topic = topic, .native = native, .partition = partition};
    return ing_assignment_find(lane, &item);
}

static void see_all(struct ing_lane *lane)
{
    for (size_t i = 0; i < PARTS; i++) {
        assert_ptr_equal(
            find(lane, ING_IN_MESSAGE, list[i].topic, &rkt[i / PARTITIONS], list[i].partition),
            lane->parts[i]);
    }
}

/* The name is there once, with the first message. */
static void a_message_is_found_by_its_handle_and_partition_alone(void **state)
{
    (void)state;
    struct ing_lane lane;
    assign(&lane);
    see_all(&lane);
    for (size_t i = 0; i < PARTS; i++) {
        assert_ptr_equal(find(&lane, ING_IN_MESSAGE, NULL, &rkt[i / PARTITIONS], list[i].partition),
                         lane.parts[i]);
    }
    assert_null(find(&lane, ING_IN_MESSAGE, NULL, &rkt[0], PARTITIONS));
    assert_null(find(&lane, ING_IN_MESSAGE, "t.unknown", &rkt[TOPICS], 0));
    ing_assignment_clear(&lane);
}

/* The handle that comes with an error may be freed, and its memory another topic's. */
static void what_is_no_message_is_found_by_its_name_alone(void **state)
{
    (void)state;
    static const enum ing_incoming_kind kinds[] = {ING_IN_EOF, ING_IN_RECHECK, ING_IN_NO_TOPIC,
                                                   ING_IN_FORBIDDEN, ING_IN_TROUBLE};
    struct ing_lane lane;
    assign(&lane);
    see_all(&lane);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        assert_ptr_equal(find(&lane, kinds[i], "t.7", &rkt[8], 1), lane.parts[7 * PARTITIONS + 1]);
        assert_null(find(&lane, kinds[i], NULL, &rkt[8], 1));
        assert_null(find(&lane, kinds[i], "t.unknown", &rkt[8], 1));
    }
    /* Nor does such a handle become one that is believed. */
    find(&lane, ING_IN_EOF, "t.7", &rkt[TOPICS], 1);
    assert_null(find(&lane, ING_IN_MESSAGE, NULL, &rkt[TOPICS], 1));
    ing_assignment_clear(&lane);
}

/* Given topic 7 with another handle, then its old one may be topic 9's new one. */
static void a_handle_that_changed_hands_is_not_believed(void **state)
{
    (void)state;
    struct ing_lane lane;
    assign(&lane);
    see_all(&lane);
    assert_ptr_equal(find(&lane, ING_IN_MESSAGE, "t.7", &rkt[TOPICS], 0),
                     lane.parts[7 * PARTITIONS]);
    assert_ptr_equal(find(&lane, ING_IN_MESSAGE, "t.9", &rkt[7], 0), lane.parts[9 * PARTITIONS]);
    assert_ptr_equal(find(&lane, ING_IN_MESSAGE, NULL, &rkt[7], 0), lane.parts[9 * PARTITIONS]);
    ing_assignment_clear(&lane);
}

static void handles_are_forgotten_with_their_assignment(void **state)
{
    (void)state;
    struct ing_lane lane;
    assign(&lane);
    see_all(&lane);
    const struct ing_assigned next[] = {{.topic = "t.3", .partition = 0}};
    assert_int_equal(ing_assignment_take(&lane, next, 1), 0);
    assert_null(find(&lane, ING_IN_MESSAGE, NULL, &rkt[3], 0));
    assert_ptr_equal(find(&lane, ING_IN_MESSAGE, "t.3", &rkt[5], 0), lane.parts[0]);
    ing_assignment_clear(&lane);
    assert_null(find(&lane, ING_IN_MESSAGE, "t.3", &rkt[5], 0));
}

static void without_memory_for_the_table_names_still_find(void **state)
{
    (void)state;
    struct ing_lane lane;
    assign(&lane);
    ing_handles_fini(&lane.handles);
    see_all(&lane);
    see_all(&lane);
    ing_assignment_clear(&lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_found_by_its_handle_and_partition_alone),
        cmocka_unit_test(what_is_no_message_is_found_by_its_name_alone),
        cmocka_unit_test(a_handle_that_changed_hands_is_not_believed),
        cmocka_unit_test(handles_are_forgotten_with_their_assignment),
        cmocka_unit_test(without_memory_for_the_table_names_still_find),
    };
    return cmocka_run_group_tests_name("handles", tests, NULL, NULL);
}
