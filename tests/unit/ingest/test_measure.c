/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_measure.c - what is counted of a batch's events: null is not missing, a field of several columns is
 * one, and rules outlive a verdict. */
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
    ing_measure_fini(&room->measure);
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

/* A verdict against an event gives back what it took from the arena; the failures of its rules stay. */
static void rules_outlive_the_verdict_that_they_made(void **state)
{
    struct room *room = *state;
    for (int32_t event = 0; event < 3; event++) {
        struct arena_mark mark = arena_mark(&room->arena);
        for (int32_t rule = 1; rule <= 20; rule++) {
            assert_int_equal(ing_measure_rule(&room->measure, rule == 20 ? INT32_MAX : rule), 0);
        }
        arena_rewind(&room->arena, mark);
        memset(arena_alloc(&room->arena, 4096), 0xFF, 4096);
    }
    const struct sto_measure *out = ing_measure_end(&room->measure);
    assert_int_equal(out->rule_count, 20);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(out->rules[i].rule_id, i == 19 ? INT32_MAX : (int32_t)i + 1);
        assert_int_equal(out->rules[i].count, 3);
    }
}

static void the_next_batch_begins_with_nothing(void **state)
{
    struct room *room = *state;
    count(room, 1, 1);
    assert_int_equal(ing_measure_rule(&room->measure, 7), 0);
    arena_reset(&room->arena);
    ing_measure_begin(&room->measure, &room->arena);
    assert_null(ing_measure_end(&room->measure));
    assert_int_equal(ing_measure_rule(&room->measure, 7), 0);
    assert_int_equal(ing_measure_end(&room->measure)->rules[0].count, 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(null_is_not_missing),
        T(a_field_of_two_columns_is_missing_once),
        T(rules_outlive_the_verdict_that_they_made),
        T(the_next_batch_begins_with_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
