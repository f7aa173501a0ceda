/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_measure.c - what is counted of a batch's events: null is not missing, a field of several columns is
 * one, and a rule is counted where it was run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/measure.h"

enum { COLUMNS = 5 };

#define OLD                                                                                        \
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},"       \
    "{\"name\":\"fee\",\"type\":[\"null\",\"long\"]}]}"
#define NEW                                                                                        \
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},"       \
    "{\"name\":\"fee\",\"type\":[\"null\",\"string\"]},{\"name\":\"town\",\"type\":[\"null\","     \
    "\"string\"]}]}"
#define BARE                                                                                       \
    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"}]}"

/* The type of fee changed, so it has two columns; zip is of a structure that is gone. */
static const struct column columns[COLUMNS] = {
    {.name = "id", .field = "id", .type = COLUMN_TEXT},
    {.name = "fee", .field = "fee", .type = COLUMN_BIGINT},
    {.name = "zip", .field = "zip", .type = COLUMN_TEXT},
    {.name = "fee#2", .field = "fee", .type = COLUMN_TEXT},
    {.name = "town", .field = "town", .type = COLUMN_TEXT},
};
static const uint16_t key_columns[] = {0};
static const int32_t old_columns[] = {0, 1};
static const int32_t new_columns[] = {0, 3, 4};
static const int32_t bare_columns[] = {0};

#define STRUCTURE(id, json, of)                                                                    \
    {                                                                                              \
        .schema_id = (id), .version = (id), .state = STO_STRUCTURE_ACTIVE, .text = json,           \
        .text_len = sizeof(json) - 1, .column_of = of, .field_count = COUNT_OF(of)                 \
    }
static const struct sto_structure structures[] = {
    STRUCTURE(1, OLD, old_columns),
    STRUCTURE(2, NEW, new_columns),
    STRUCTURE(3, BARE, bare_columns),
};

struct room {
    struct sto_dataset row;
    struct ing_datasets *datasets;
    const struct ing_dataset *dataset;
    struct arena arena;
    struct ing_measure measure;
};

static int set_up(void **state)
{
    struct room *room = calloc(1, sizeof(*room));
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    struct err err = ERR_INIT;
    assert_non_null(room);
    assert_non_null(catalogue);
    room->row = (struct sto_dataset){.id = 1,
                                     .full_name = "a.r",
                                     .topic = "a.r",
                                     .key_format = "text",
                                     .table = {.dataset_id = 1,
                                               .agency = "a",
                                               .name = "r",
                                               .columns = columns,
                                               .column_count = COLUMNS,
                                               .key_columns = key_columns,
                                               .key_count = 1},
                                     .structures = structures,
                                     .structure_count = COUNT_OF(structures)};
    catalogue->datasets = &room->row;
    catalogue->dataset_count = 1;
    room->datasets = ing_datasets_new(&catalogue, NULL, &err);
    assert_non_null(room->datasets);
    room->dataset = ing_datasets_at(room->datasets, 0);
    ing_measure_begin(&room->measure, &room->arena);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    struct room *room = *state;
    ing_datasets_unref(&room->datasets);
    arena_fini(&room->arena);
    free(room);
    return 0;
}

/* An event of the structure in which each column that it fills has a value, but for `null`; -1: none. */
static void count(struct room *room, int32_t schema_id, int null)
{
    const struct ing_dataset *dataset = room->dataset;
    const struct ing_writer *writer =
        ing_writer_by_id(dataset->writers, dataset->writer_count, schema_id);
    struct cell cells[COLUMNS] = {0};
    for (size_t i = 0; i < writer->structure->field_count; i++) {
        cells[writer->structure->column_of[i]].type = CELL_I64;
    }
    if (null >= 0) {
        cells[null].type = CELL_NULL;
    }
    assert_int_equal(ing_measure_upsert(&room->measure, dataset, writer, cells), 0);
}

static void counted(const uint32_t *found, const uint32_t want[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        assert_int_equal(found[i], want[i]);
    }
}

static void null_is_not_missing(void **state)
{
    struct room *room = *state;
    count(room, 1, 1);
    count(room, 1, -1);
    count(room, 2, 3);
    count(room, 2, 4);
    const struct sto_measure *out = ing_measure_end(&room->measure);
    counted(out->nulls, (uint32_t[COLUMNS]){0, 1, 0, 1, 1});
    counted(out->missing, (uint32_t[COLUMNS]){0, 0, 4, 0, 2});
}

static void a_field_of_two_columns_is_missing_once(void **state)
{
    struct room *room = *state;
    count(room, 3, -1);
    const struct sto_measure *out = ing_measure_end(&room->measure);
    counted(out->nulls, (uint32_t[COLUMNS]){0});
    counted(out->missing, (uint32_t[COLUMNS]){0, 0, 1, 1, 1});
}

/* Rules 7, 9 and 12 of the dataset; the writer has the last two, in the other order. */
static int32_t rule_ids[] = {7, 9, 12};
static uint32_t rule_slots[] = {2, 1};
static const struct ing_dataset ruled = {.rule_ids = rule_ids, .rule_count = COUNT_OF(rule_ids)};
static const struct ing_writer writer_of_two = {.rule_slots = rule_slots,
                                                .rule_count = COUNT_OF(rule_slots)};
static const struct ing_writer writer_of_none = {0};

static void run(struct room *room, const struct ing_writer *writer, struct sch_failures failures)
{
    failures.has_run = true;
    assert_int_equal(ing_measure_rules(&room->measure, &ruled, writer, &failures), 0);
}

static void each_rule_is_counted_by_the_events_that_it_was_run_on(void **state)
{
    struct room *room = *state;
    run(room, &writer_of_two, (struct sch_failures){0});
    run(room, &writer_of_two, (struct sch_failures){.rule_count = 1, .rules = {0}});
    run(room, &writer_of_two, (struct sch_failures){.skipped_count = 1, .skipped = {0}});
    run(room, &writer_of_two,
        (struct sch_failures){.rule_count = 1, .rules = {1}, .skipped_count = 1, .skipped = {0}});
    run(room, &writer_of_none, (struct sch_failures){0});
    const struct sto_measure *out = ing_measure_end(&room->measure);
    static const struct sto_rule_count want[] = {{7, 0, 0, 0}, {9, 1, 4, 0}, {12, 1, 2, 2}};
    assert_int_equal(out->rule_count, COUNT_OF(want));
    assert_memory_equal(out->rules, want, sizeof(want));
}

static void an_event_that_did_not_come_to_its_rules_is_not_counted(void **state)
{
    struct room *room = *state;
    const struct sch_failures failures = {.rule_count = 1, .skipped_count = 1};
    assert_int_equal(ing_measure_rules(&room->measure, &ruled, &writer_of_two, &failures), 0);
    assert_null(ing_measure_end(&room->measure));
}

static void the_next_batch_begins_with_nothing(void **state)
{
    struct room *room = *state;
    count(room, 1, 1);
    run(room, &writer_of_two, (struct sch_failures){0});
    arena_reset(&room->arena);
    ing_measure_begin(&room->measure, &room->arena);
    assert_null(ing_measure_end(&room->measure));
    run(room, &writer_of_two, (struct sch_failures){0});
    assert_int_equal(ing_measure_end(&room->measure)->rules[1].evaluated, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(null_is_not_missing),
        T(a_field_of_two_columns_is_missing_once),
        T(each_rule_is_counted_by_the_events_that_it_was_run_on),
        T(an_event_that_did_not_come_to_its_rules_is_not_counted),
        T(the_next_batch_begins_with_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
