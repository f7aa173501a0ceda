/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_verdict.c - what becomes of an event: order, time, frame, and what is left in the arena.
 *
 * Links verdict_kit.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/ingest/verdict_kit.h"

static void a_good_event_is_accepted_with_its_order(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), false), ING_ACCEPT);
    assert_int_equal(fixture->out.event.op, 'u');
    assert_int_equal(fixture->out.event.order, 5);
    assert_int_equal(fixture->out.event.offset, 41);
    assert_int_equal(fixture->out.event.kafka_ts_us, 1000000);
    assert_int_equal(fixture->out.event.schema_id, 7);
    assert_int_equal(fixture->out.event.event_time_us, STO_NO_TIME);
    assert_int_equal(fixture->out.event.key_len, 2);
    assert_memory_equal(fixture->out.event.key, "ab", 2);
    fixture_free(fixture);
}

static void without_a_declared_order_the_offset_is_the_order(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){0});
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), false), ING_ACCEPT);
    assert_int_equal(fixture->out.event.order, 41);
    assert_int_equal(verdict_of(fixture, message_of("ab", NULL, 0), false), ING_ACCEPT);
    assert_int_equal(fixture->out.event.op, 'd');
    assert_int_equal(fixture->out.event.order, 41);
    assert_false(fixture->out.event.by_arrival);
    fixture_free(fixture);
}

static void a_tombstone_with_a_declared_order_holds_by_arrival(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    assert_int_equal(verdict_of(fixture, message_of("ab", NULL, 0), false), ING_ACCEPT);
    assert_int_equal(fixture->out.event.op, 'd');
    assert_true(fixture->out.event.by_arrival);
    quarantined(fixture, message_of(NULL, NULL, 0), ERR_MISSING_KEY, "");
    fixture_free(fixture);
}

/* COPY's fields: the key's bytes behind their length, and -1 for each other column. */
static void a_deletes_row_is_its_key_and_nulls(void **state)
{
    (void)state;
    static const uint8_t row[] = {0,    0,    0,    2,    'a',  'b',  0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    assert_int_equal(verdict_of(fixture, message_of("ab", NULL, 0), false), ING_ACCEPT);
    assert_int_equal(fixture->out.event.image_len, sizeof(row));
    assert_memory_equal(fixture->out.event.image, row, sizeof(row));
    fixture_free(fixture);
}

static void a_delete_says_how_it_holds(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    assert_int_equal(verdict_of(fixture, keyed("ab", 2, true), true), ING_ACCEPT);
    assert_true(fixture->out.event.by_arrival);
    assert_int_equal(fixture->out.event.content, STO_CONTENT_DELETED_BY_ARRIVAL);
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), true), ING_ACCEPT);
    assert_true(fixture->out.event.content != STO_CONTENT_DELETED &&
                fixture->out.event.content != STO_CONTENT_DELETED_BY_ARRIVAL);
    fixture_free(fixture);
}

static void a_null_order_is_quarantined(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    quarantined(fixture, message_of("ab", VALUE("\0\0\0\0\007\004ab\000\000\000")), ERR_BAD_ORDER,
                "/seq");
    assert_non_null(strstr(fixture->out.reason.err.text, "is null"));
    /* the smallest long: the order below every event's own */
    quarantined(fixture,
                message_of("ab", VALUE("\0\0\0\0\007\004ab\002"
                                       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\000\000")),
                ERR_BAD_ORDER, "/seq");
    assert_non_null(strstr(fixture->out.reason.err.text, "not a possible order"));
    fixture_free(fixture);
}

static void a_kafka_timestamp_that_no_register_holds_is_the_last_one_that_it_does(void **state)
{
    (void)state;
    static const struct {
        int64_t ts_ms;
        int64_t time_us;
    } rows[] = {
        {-1, STO_NO_TIME},
        {0, 0},
        {1700000000000, 1700000000000000},
        {CELL_TIMESTAMP_MAX_US / 1000, CELL_TIMESTAMP_MAX_US / 1000 * 1000},
        {CELL_TIMESTAMP_MAX_US / 1000 + 1, CELL_TIMESTAMP_MAX_US},
        {INT64_C(1) << 62, CELL_TIMESTAMP_MAX_US},
        {INT64_MAX, CELL_TIMESTAMP_MAX_US},
    };
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ing_message message = message_of("ab", VALUE(GOOD));
        message.ts_ms = rows[i].ts_ms;
        assert_int_equal(verdict_of(fixture, message, false), ING_ACCEPT);
        assert_true(fixture->out.event.kafka_ts_us == rows[i].time_us);
    }
    fixture_free(fixture);
}

static void frames_and_bytes_are_checked(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    quarantined(fixture, message_of("ab", "", 0), ERR_EMPTY_VALUE, "");
    quarantined(fixture, message_of("ab", VALUE("\001junk")), ERR_BAD_FRAME, "");
    quarantined(fixture, message_of("ab", VALUE("\0\0\0")), ERR_BAD_FRAME, "");
    quarantined(fixture, message_of("ab", VALUE(GOOD "x")), ERR_TRAILING_BYTES, "");
    quarantined(fixture, message_of("ab", VALUE("\0\0\0\0\007\004a")), ERR_TRUNCATED, "/id");
    fixture_free(fixture);
}

static void a_refused_event_takes_nothing_from_the_arena(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new(&(struct options){.has_order = true});
    assert_int_equal(verdict_of(fixture, message_of("ab", VALUE(GOOD)), true), ING_ACCEPT);
    struct arena_mark before = arena_mark(&fixture->arena);
    quarantined(fixture, message_of("ax", VALUE(GOOD)), ERR_KEY_MISMATCH, "");
    struct arena_mark after = arena_mark(&fixture->arena);
    assert_ptr_equal(before.next, after.next);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_event_is_accepted_with_its_order),
        cmocka_unit_test(without_a_declared_order_the_offset_is_the_order),
        cmocka_unit_test(a_tombstone_with_a_declared_order_holds_by_arrival),
        cmocka_unit_test(a_deletes_row_is_its_key_and_nulls),
        cmocka_unit_test(a_delete_says_how_it_holds),
        cmocka_unit_test(a_null_order_is_quarantined),
        cmocka_unit_test(a_kafka_timestamp_that_no_register_holds_is_the_last_one_that_it_does),
        cmocka_unit_test(frames_and_bytes_are_checked),
        cmocka_unit_test(a_refused_event_takes_nothing_from_the_arena),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
