/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_verdict.c - what becomes of an event: identity, order, structure,
 * exemption.
 *
 * The dataset: record {id string, seq ["null", long], at ["null", timestamp-micros], note
 * ["null", string]}, key id as text, order seq. Structure 7 is active, 8 retired, 9 pending, 30 a
 * key's, 20 another dataset's. */
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
    {.name = "id", .field = "id", .type = COLUMN_TEXT},
    {.name = "seq", .field = "seq", .type = COLUMN_BIGINT},
    {.name = "at", .field = "at", .type = COLUMN_TIMESTAMPTZ},
    {.name = "note", .field = "note", .type = COLUMN_TEXT},
};
static const uint16_t key_columns[] = {0};
static const int32_t column_of[] = {0, 1, 2, 3};
static const struct sto_structure structures[] = {
    {.schema_id = 7,
     .version = 1,
     .state = STO_STRUCTURE_ACTIVE,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1,
     .column_of = column_of,
     .field_count = COUNT_OF(column_of)},
    {.schema_id = 8,
     .version = 2,
     .state = STO_STRUCTURE_RETIRED,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1,
     .column_of = column_of,
     .field_count = COUNT_OF(column_of)},
    {.schema_id = 9,
     .version = 3,
     .state = STO_STRUCTURE_PENDING,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1,
     .column_of = column_of,
     .field_count = COUNT_OF(column_of)},
    {.schema_id = 30,
     .version = 1,
     .is_key = true,
     .state = STO_STRUCTURE_ACTIVE,
     .text = "\"string\"",
     .text_len = sizeof("\"string\"") - 1},
};
static const struct sto_structure foreign[] = {
    {.schema_id = 20,
     .version = 1,
     .state = STO_STRUCTURE_ACTIVE,
     .text = SCHEMA,
     .text_len = sizeof(SCHEMA) - 1,
     .column_of = column_of,
     .field_count = COUNT_OF(column_of)},
};
static const char *exempt_values[] = {"secret", "5", "true"};

struct court {
    struct sto_dataset rows[2];
    struct ing_datasets *datasets;
    struct ing_judge judge;
    struct ing_unknown unknown;
    struct arena arena;
    struct sto_event event;
    int32_t schema_id;
    struct err err;
};

struct conditions {
    const char *key_format;   /* NULL: text */
    const char *exempt_field; /* NULL: none */
    bool has_order;
};

static struct court *convene(const struct conditions *conditions)
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
        .key_format = conditions->key_format != NULL ? conditions->key_format : "text",
        .order_field = conditions->has_order ? "seq" : NULL,
        .event_time_field = "at",
        .exempt_field = conditions->exempt_field,
        .exempt_values = exempt_values,
        .exempt_value_count = COUNT_OF(exempt_values),
        .table = {.dataset_id = 1,
                  .agency = "a",
                  .name = "r",
                  .columns = columns,
                  .column_count = COUNT_OF(columns),
                  .key_columns = key_columns,
                  .key_count = 1,
                  .has_order = conditions->has_order},
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

static struct court *open_court(bool exempt_note, bool has_order)
{
    return convene(
        &(struct conditions){.exempt_field = exempt_note ? "note" : NULL, .has_order = has_order});
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
        .unknown = &court->unknown,
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
    quarantined(court, message_of("", VALUE(GOOD)), ERR_KEY_MISMATCH, ""); /* a key, of no bytes */
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

/* The snapshot may be older than what the agency did just before it sent: an id that it does not
 * have, that only another dataset has, that is pending or retired in it. */
static void the_register_is_asked_before_a_structure_is_held_against_an_event(void **state)
{
    (void)state;
    static const struct {
        char id;
        enum err_code then;
    } rows[] = {
        {99, ERR_UNKNOWN_STRUCTURE},
        {20, ERR_FOREIGN_STRUCTURE},
        {9, ERR_STRUCTURE_PENDING},
        {8, ERR_STRUCTURE_RETIRED},
    };
    struct court *court = open_court(false, true);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char value[] = GOOD;
        value[4] = rows[i].id;
        struct ing_message message = message_of("ab", VALUE(value));
        assert_int_equal(judge_as(court, message, false), ING_UNKNOWN);
        quarantined(court, message, rows[i].then, "");
        assert_int_equal(court->schema_id, rows[i].id);
    }
    close_court(court);
}

/* A producer with RecordNameStrategy: its structure is registered, under a subject of its own. */
static void a_structure_of_another_subject_is_told_with_the_subject(void **state)
{
    (void)state;
    char value[] = GOOD;
    struct court *court = open_court(false, true);
    value[4] = 99;
    struct ing_message message = message_of("ab", VALUE(value));
    assert_int_equal(judge_as(court, message, false), ING_UNKNOWN);
    assert_int_equal(judge_as(court, message, false), ING_UNKNOWN);
    assert_int_equal(court->unknown.count, 1);
    quarantined(court, message, ERR_UNKNOWN_STRUCTURE, ""); /* no subject has it */
    court->unknown.items[0].version = 3;
    strcpy(court->unknown.items[0].subject, "gov.moh.Birth");
    quarantined(court, message, ERR_OTHER_SUBJECT, "");
    assert_non_null(strstr(court->err.text, "version 3 of the subject gov.moh.Birth"));
    assert_non_null(strstr(court->err.text, "TopicNameStrategy"));
    close_court(court);
}

static struct ing_message keyed(const char *key, size_t key_len, bool tombstone)
{
    struct ing_message message = message_of("", tombstone ? NULL : GOOD, sizeof(GOOD) - 1);
    message.key = (const uint8_t *)key;
    message.key_len = key_len;
    return message;
}

/* A text key of no bytes is the text "": what can be stored under it can be deleted too. */
static void a_key_of_no_bytes_is_stored_and_deleted(void **state)
{
    (void)state;
    const char *const formats[] = {"text", "auto"};
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct court *court =
            convene(&(struct conditions){.key_format = formats[i], .has_order = true});
        struct ing_message stored = message_of("", VALUE("\0\0\0\0\007\000\002\012\000\000"));
        assert_int_equal(judge_as(court, stored, true), ING_ACCEPT);
        assert_int_equal(court->event.key_len, 0);
        assert_int_equal(judge_as(court, keyed("", 0, true), true), ING_ACCEPT);
        assert_int_equal(court->event.op, 'd');
        assert_int_equal(court->event.key_len, 0);
        close_court(court);
    }
}

static void a_delete_says_how_it_holds(void **state)
{
    (void)state;
    struct court *court = open_court(false, true);
    assert_int_equal(judge_as(court, keyed("ab", 2, true), true), ING_ACCEPT);
    assert_true(court->event.by_arrival);
    assert_int_equal(court->event.content, STO_CONTENT_DELETED_BY_ARRIVAL);
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), true), ING_ACCEPT);
    assert_true(court->event.content != STO_CONTENT_DELETED &&
                court->event.content != STO_CONTENT_DELETED_BY_ARRIVAL);
    close_court(court);
}

static void an_auto_key_is_a_frame_whether_or_not_its_structure_is_known(void **state)
{
    (void)state;
    struct court *court = convene(&(struct conditions){.key_format = "auto", .has_order = true});
    for (int tombstone = 0; tombstone < 2; tombstone++) {
        struct ing_message framed = keyed(VALUE("\0\0\0\0\036\004ab"), tombstone);
        struct ing_message unknown = keyed(VALUE("\0\0\0\0\143\004ab"), tombstone);
        struct ing_message foreign_key = keyed(VALUE("\0\0\0\0\024\004ab"), tombstone);
        struct ing_message text = keyed(VALUE("ab"), tombstone);
        struct ing_message cut = keyed(VALUE("\0ab"), tombstone);
        assert_int_equal(judge_as(court, framed, false), ING_ACCEPT);
        assert_memory_equal(court->event.key, "ab", 2);
        assert_int_equal(judge_as(court, text, false), ING_ACCEPT);
        assert_int_equal(judge_as(court, unknown, false), ING_UNKNOWN);
        quarantined(court, unknown, ERR_UNKNOWN_STRUCTURE, "");
        assert_int_equal(judge_as(court, foreign_key, false), ING_UNKNOWN);
        quarantined(court, foreign_key, ERR_FOREIGN_STRUCTURE, "");
        quarantined(court, cut, ERR_BAD_TEXT, "/id");
    }
    close_court(court);
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
    struct court *court = open_court(false, true);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ing_message message = message_of("ab", VALUE(GOOD));
        message.ts_ms = rows[i].ts_ms;
        assert_int_equal(judge_as(court, message, false), ING_ACCEPT);
        assert_true(court->event.kafka_ts_us == rows[i].time_us);
    }
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

static void nrl_2_numbers_compare_in_decimal(void **state)
{
    (void)state;
    struct court *court = convene(&(struct conditions){.exempt_field = "seq", .has_order = true});
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), true), ING_EXEMPT);
    assert_int_equal(
        judge_as(court, message_of("ab", VALUE("\0\0\0\0\007\004ab\002\014\000\000")), true),
        ING_ACCEPT);
    close_court(court);
}

/* Registration refuses such a field; if one stands here, secret rows must not pass for others. */
static void nrl_2_a_field_that_cannot_tell_stops_the_partition(void **state)
{
    (void)state;
    struct court *court = convene(&(struct conditions){.exempt_field = "at", .has_order = true});
    struct ing_message timed = message_of("ab", VALUE("\0\0\0\0\007\004ab\002\012\002\012\000"));
    assert_int_equal(judge_as(court, timed, true), ING_BROKEN);
    assert_int_equal(court->err.kind, ERR_KIND_FATAL);
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), true), ING_ACCEPT);
    close_court(court);
    court = convene(&(struct conditions){.exempt_field = "gone", .has_order = true});
    assert_int_equal(judge_as(court, message_of("ab", VALUE(GOOD)), true), ING_BROKEN);
    close_court(court);
}

/* What an error says is kept for all to read, also where the event itself is withheld. */
static void nrl_2_no_reason_quotes_the_event(void **state)
{
    (void)state;
    static const struct {
        const char *key_format;
        const char *key;
        const char *value;
        size_t value_len;
        const char *leak;
    } rows[] = {
        {"text", "ab", VALUE("SECRET"), "53"},   {"text", "ab", VALUE("\0SECR"), "1397048146"},
        {"text", "ab", VALUE("\0\377SEC"), "-"}, {"json", "{SECR:1}", NULL, 0, "SECR"},
        {"json", "\"SECR", NULL, 0, "SECR"},     {"text", "SECR", VALUE(GOOD), "SECR"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct court *court =
            convene(&(struct conditions){.key_format = rows[i].key_format, .has_order = true});
        struct ing_message message = message_of(rows[i].key, rows[i].value, rows[i].value_len);
        assert_int_equal(judge_as(court, message, true), ING_QUARANTINE);
        assert_null(strstr(court->err.text, rows[i].leak));
        close_court(court);
    }
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
        cmocka_unit_test(a_key_of_no_bytes_is_stored_and_deleted),
        cmocka_unit_test(a_delete_says_how_it_holds),
        cmocka_unit_test(keys_are_checked_against_the_value),
        cmocka_unit_test(a_null_order_is_quarantined),
        cmocka_unit_test(structures_are_the_datasets_own_and_in_force),
        cmocka_unit_test(the_register_is_asked_before_a_structure_is_held_against_an_event),
        cmocka_unit_test(a_structure_of_another_subject_is_told_with_the_subject),
        cmocka_unit_test(an_auto_key_is_a_frame_whether_or_not_its_structure_is_known),
        cmocka_unit_test(a_kafka_timestamp_that_no_register_holds_is_the_last_one_that_it_does),
        cmocka_unit_test(frames_and_bytes_are_checked),
        cmocka_unit_test(nrl_2_exempt_rows_are_exempt_whatever_else_is_wrong),
        cmocka_unit_test(nrl_2_numbers_compare_in_decimal),
        cmocka_unit_test(nrl_2_a_field_that_cannot_tell_stops_the_partition),
        cmocka_unit_test(nrl_2_no_reason_quotes_the_event),
        cmocka_unit_test(a_refused_event_takes_nothing_from_the_arena),
    };
    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
