/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_verdict.c - what becomes of an event: identity, order, structure,
 * exemption.
 *
 * The dataset: record {id string, seq ["null", long], at ["null", timestamp-micros], note
 * ["null", string]}, key id as text, order seq. Structure 7 is active, 8 retired, 9 pending, 20
 * another dataset's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/verdict.h"

#define SCHEMA                                                                                     \
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":["                                             \
    "{\"name\":\"id\",\"type\":\"string\"},"                                                       \
    "{\"name\":\"seq\",\"type\":[\"null\",\"long\"]},"                                             \
    "{\"name\":\"at\",\"type\":[\"null\",{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}" \
    "]},"                                                                                          \
    "{\"name\":\"note\",\"type\":[\"null\",\"string\"]}]}"

static const struct column columns[] = {
    {"id", COLUMN_TEXT, 0, 0},
    {"seq", COLUMN_BIGINT, 0, 0},
    {"at", COLUMN_TIMESTAMPTZ, 0, 0},
    {"note", COLUMN_TEXT, 0, 0},
};
static const uint16_t key_columns[] = {0};
static const struct sto_structure structures[] = {
    {.schema_id = 7,
     .version = 1,
     .state = STO_STRUCTURE_ACTIVE,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1},
    {.schema_id = 8,
     .version = 2,
     .state = STO_STRUCTURE_RETIRED,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1},
    {.schema_id = 9,
     .version = 3,
     .state = STO_STRUCTURE_PENDING,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1},
};
static const struct sto_structure foreign[] = {
    {.schema_id = 20,
     .version = 1,
     .state = STO_STRUCTURE_ACTIVE,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1},
};
static const char *exempt_values[] = {"secret"};

struct court {
    struct sto_dataset rows[2];
    struct ing_datasets *datasets;
    struct ing_judge judge;
    struct arena arena;
    struct sto_event event;
    int32_t schema_id;
    struct err err;
};

static struct court *open_court(bool exempt_note, bool has_order)
{
    struct court *court = calloc(1, sizeof(*court));
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    struct err err = ERR_INIT;
    assert_non_null(court);
    assert_non_null(catalogue);
    struct sto_dataset row = {
        .id = 1,
        .full_name = "a.r",
        .topic = "a.r",
        .key_format = "text",
        .order_field = has_order ? "seq" : NULL,
        .event_time_field = "at",
        .exempt_field = exempt_note ? "note" : NULL,
        .exempt_values = exempt_values,
        .exempt_value_count = 1,
        .table = {.dataset_id = 1,
                  .agency = "a",
                  .name = "r",
                  .columns = columns,
                  .column_count = COUNT_OF(columns),
                  .key_columns = key_columns,
                  .key_count = 1,
                  .has_order = has_order},
        .structures = structures,
        .structure_count = COUNT_OF(structures),
    };
    court->rows[0] = row;
    row.id = 2;
    row.topic = "a.other";
    row.structures = foreign;
    row.structure_count = COUNT_OF(foreign);
    court->rows[1] = row;
    catalogue->datasets = court->rows;
    catalogue->dataset_count = 2;
    court->datasets = ing_datasets_new(&catalogue, &err);
    assert_non_null(court->datasets);
    return court;
}

static void close_court(struct court *court)
{
    ing_datasets_unref(&court->datasets);
    ing_judge_fini(&court->judge);
    arena_fini(&court->arena);
    free(court);
}

static enum ing_verdict judge_as(struct court *court, struct ing_message message, bool final)
{
    err_reset(&court->err);
    const struct ing_hearing hearing = {
        .judge = &court->judge,
        .datasets = court->datasets,
        .dataset = ing_datasets_by_topic(court->datasets, "a.r"),
        .message = &message,
        .final = final,
        .arena = &court->arena,
        .event = &court->event,
        .schema_id = &court->schema_id,
        .err = &court->err,
    };
    return ing_judge_event(&hearing);
}

static struct ing_message message_of(const char *key, const char *value, size_t value_len)
{
    return (struct ing_message){
        .key = (const uint8_t *)key,
        .key_len = key != NULL ? strlen(key) : 0,
        .value = (const uint8_t *)value,
        .value_len = value_len,
        .offset = 41,
        .ts_ms = 1000,
    };
}

#define VALUE(text) (text), sizeof(text) - 1

/* id "ab", seq 5, at null, note null */
#define GOOD "\0\0\0\0\007\004ab\002\012\000\000"

static void quarantined(struct court *court, struct ing_message message, enum err_code code,
                        const char *path)
{
    assert_int_equal(judge_as(court, message, true), ING_QUARANTINE);
    assert_int_equal(court->err.kind, ERR_KIND_POISON);
    assert_string_equal(err_token(court->err.code), err_token(code));
    assert_string_equal(court->err.path, path);
}

static void a_good_event_is_accepted_with_its_order(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), false), ING_ACCEPT);
    assert_int_equal(court->event.op, 'u');
    assert_int_equal(court->event.order, 5);
    assert_int_equal(court->event.offset, 41);
    assert_int_equal(court->event.kafka_ts_us, 1000000);
    assert_int_equal(court->event.schema_id, 7);
    assert_int_equal(court->event.event_time_us, STO_NO_TIME);
    assert_int_equal(court->event.key_len, 2);
    assert_memory_equal(court->event.key, "ab", 2);
    close_court(court);
}

static void without_a_declared_order_the_offset_is_the_order(void **state)
{
    (void)state;
    struct court *court = open_court(false, false);
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), false), ING_ACCEPT);
    assert_int_equal(court->event.order, 41);
    assert_int_equal(judge_as(court, message_of("ab", NULL, 0), false), ING_ACCEPT);
    assert_int_equal(court->event.op, 'd');
    assert_int_equal(court->event.order, 41);
    assert_false(court->event.by_arrival);
    close_court(court);
}

static void a_tombstone_with_a_declared_order_holds_by_arrival(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    assert_int_equal(judge_as(court, message_of("ab", NULL, 0), false), ING_ACCEPT);
    assert_int_equal(court->event.op, 'd');
    assert_true(court->event.by_arrival);
    quarantined(court, message_of(NULL, NULL, 0), ERR_MISSING_KEY, "");
    close_court(court);
}

static void keys_are_checked_against_the_value(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    quarantined(court, message_of(NULL, VALUE(GOOD)), ERR_MISSING_KEY, "");
    quarantined(court, message_of("", VALUE(GOOD)), ERR_MISSING_KEY, "");
    quarantined(court, message_of("ax", VALUE(GOOD)), ERR_KEY_MISMATCH, "");
    quarantined(court, message_of("abc", VALUE(GOOD)), ERR_KEY_MISMATCH, "");
    char longest[1026];
    memset(longest, 'k', sizeof(longest));
    longest[1025] = '\0';
    quarantined(court, message_of(longest, NULL, 0), ERR_KEY_TOO_LONG, "");
    longest[1024] = '\0';
    assert_int_equal(judge_as(court, message_of(longest, NULL, 0), true), ING_ACCEPT);
    close_court(court);
}

static void a_null_order_is_quarantined(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    quarantined(court, message_of("ab", VALUE("\0\0\0\0\007\004ab\000\000\000")), ERR_BAD_ORDER,
                "/seq");
    /* the smallest long: the order below every event's own */
    quarantined(court,
                message_of("ab", VALUE("\0\0\0\0\007\004ab\002"
                                       "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\000\000")),
                ERR_BAD_ORDER, "/seq");
    close_court(court);
}

static void structures_are_the_datasets_own_and_in_force(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    quarantined(court, message_of("ab", VALUE("\0\0\0\0\010\004ab\002\012\000\000")),
                ERR_STRUCTURE_RETIRED, "");
    quarantined(court, message_of("ab", VALUE("\0\0\0\0\011\004ab\002\012\000\000")),
                ERR_STRUCTURE_PENDING, "");
    quarantined(court, message_of("ab", VALUE("\0\0\0\0\024\004ab\002\012\000\000")),
                ERR_FOREIGN_STRUCTURE, "");
    close_court(court);
}

static void an_unknown_structure_is_asked_for_before_it_is_refused(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    struct ing_message message = message_of("ab", VALUE("\0\0\0\0\143\004ab\002\012\000\000"));
    assert_int_equal(judge_as(court, message, false), ING_UNKNOWN);
    quarantined(court, message, ERR_UNKNOWN_STRUCTURE, "");
    assert_int_equal(court->schema_id, 99);
    close_court(court);
}

static void frames_and_bytes_are_checked(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    quarantined(court, message_of("ab", "", 0), ERR_EMPTY_VALUE, "");
    quarantined(court, message_of("ab", VALUE("\001junk")), ERR_BAD_FRAME, "");
    quarantined(court, message_of("ab", VALUE("\0\0\0")), ERR_BAD_FRAME, "");
    quarantined(court, message_of("ab", VALUE(GOOD "x")), ERR_TRAILING_BYTES, "");
    quarantined(court, message_of("ab", VALUE("\0\0\0\0\007\004a")), ERR_TRUNCATED, "/id");
    close_court(court);
}

/* NRL-2: what is exempt is counted; a broken event of such a dataset may be an exempt one. */
static void nrl_2_exempt_rows_are_exempt_whatever_else_is_wrong(void **state)
{
    (void)state;
    struct court *court = open_court(true, true);
    const char secret[] = "\0\0\0\0\007\004ab\002\012\000\002\014secret";
    assert_int_equal(judge_as(court, message_of("ab", VALUE(secret)), true), ING_EXEMPT);
    assert_int_equal(judge_as(court, message_of("wrong", VALUE(secret)), true), ING_EXEMPT);
    assert_int_equal(
        judge_as(court, message_of("ab", VALUE("\0\0\0\0\007\004ab\002\012\000\002\014public")),
                 true),
        ING_ACCEPT);
    court->rows[0].exempt = true;
    assert_int_equal(judge_as(court, message_of("x", VALUE("junk")), true), ING_EXEMPT);
    assert_int_equal(judge_as(court, message_of(NULL, NULL, 0), true), ING_EXEMPT);
    close_court(court);
}

static void a_refused_event_takes_nothing_from_the_arena(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), true), ING_ACCEPT);
    struct arena_mark before = arena_mark(&court->arena);
    quarantined(court, message_of("ax", VALUE(GOOD)), ERR_KEY_MISMATCH, "");
    struct arena_mark after = arena_mark(&court->arena);
    assert_ptr_equal(before.next, after.next);
    close_court(court);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_event_is_accepted_with_its_order),
        cmocka_unit_test(without_a_declared_order_the_offset_is_the_order),
        cmocka_unit_test(a_tombstone_with_a_declared_order_holds_by_arrival),
        cmocka_unit_test(keys_are_checked_against_the_value),
        cmocka_unit_test(a_null_order_is_quarantined),
        cmocka_unit_test(structures_are_the_datasets_own_and_in_force),
        cmocka_unit_test(an_unknown_structure_is_asked_for_before_it_is_refused),
        cmocka_unit_test(frames_and_bytes_are_checked),
        cmocka_unit_test(nrl_2_exempt_rows_are_exempt_whatever_else_is_wrong),
        cmocka_unit_test(a_refused_event_takes_nothing_from_the_arena),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
