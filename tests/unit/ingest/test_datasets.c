/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/test_datasets.c - which writers a catalogue snapshot can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "ingest/datasets.h"
#include "schema/plan.h"

#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define RECORD(fields)    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"

static const char first_text[] = RECORD(FIELD("id", "\"string\""));
static const char broken_text[] = RECORD(FIELD("id", "\"strong\""));
static const char last_text[] =
    RECORD(FIELD("id", "\"string\"") ",{\"name\":\"note\",\"type\":\"string\",\"default\":\"\"}");

static const struct column columns[] = {{.name = "id", .type = COLUMN_TEXT},
                                        {.name = "note", .type = COLUMN_TEXT}};
static const uint16_t key_columns[] = {0};

static struct sto_structure structure(int32_t schema_id, const char *text)
{
    return (struct sto_structure){.schema_id = schema_id,
                                  .version = schema_id,
                                  .state = STO_STRUCTURE_ACTIVE,
                                  .text = text,
                                  .text_len = strlen(text)};
}

/* The snapshot of one dataset with these structures, schema ids 1, 2 …; `row` must outlive it. */
static struct ing_datasets *snapshot(struct sto_dataset *row,
                                     const struct sto_structure *structures, size_t count,
                                     struct err *err)
{
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    assert_non_null(catalogue);
    *row = (struct sto_dataset){.id = 1,
                                .full_name = "a.r",
                                .topic = "a.r",
                                .key_format = "text",
                                .table = {.dataset_id = 1,
                                          .agency = "a",
                                          .name = "r",
                                          .columns = columns,
                                          .column_count = COUNT_OF(columns),
                                          .key_columns = key_columns,
                                          .key_count = 1},
                                .structures = structures,
                                .structure_count = count};
    catalogue->datasets = row;
    catalogue->dataset_count = 1;
    return ing_datasets_new(&catalogue, err);
}

static const struct ing_writer *writer(const struct ing_datasets *datasets, int32_t schema_id)
{
    const struct ing_dataset *dataset = ing_datasets_at(datasets, 0);
    const struct ing_writer *found =
        ing_writer_by_id(dataset->writers, dataset->writer_count, schema_id);
    assert_non_null(found);
    return found;
}

static void a_structure_that_cannot_be_parsed_breaks_no_other(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_dataset row;
    const struct sto_structure structures[] = {structure(1, first_text), structure(2, broken_text),
                                               structure(3, last_text)};
    struct ing_datasets *datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    assert_non_null(datasets);
    assert_non_null(writer(datasets, 1)->plan);
    assert_null(writer(datasets, 1)->broken);
    assert_null(writer(datasets, 2)->plan);
    assert_int_equal(writer(datasets, 2)->broken->code, ERR_BAD_SCHEMA);
    assert_non_null(writer(datasets, 3)->plan);
    assert_null(writer(datasets, 3)->broken);
    ing_datasets_unref(&datasets);
}

/* The column of the note is defined by the structure that cannot be parsed alone. */
static void a_column_without_definition_leaves_no_writer(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_dataset row;
    const struct sto_structure structures[] = {structure(1, first_text), structure(2, broken_text)};
    struct ing_datasets *datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    assert_non_null(datasets);
    assert_null(writer(datasets, 1)->plan);
    assert_int_equal(writer(datasets, 1)->broken->code, ERR_INCOMPATIBLE);
    assert_int_equal(writer(datasets, 2)->broken->code, ERR_BAD_SCHEMA);
    ing_datasets_unref(&datasets);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void memory_that_is_out_breaks_no_structure(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_dataset row;
    const struct sto_structure structures[] = {structure(1, first_text), structure(2, last_text)};
    json_set_alloc_funcs(no_memory, free);
    struct ing_datasets *datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    json_set_alloc_funcs(malloc, free);
    assert_null(datasets);
    assert_int_equal(err.kind, ERR_KIND_RETRY);
    assert_int_equal(err.code, ERR_NO_MEMORY);
    datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    assert_non_null(datasets);
    assert_non_null(writer(datasets, 1)->plan);
    ing_datasets_unref(&datasets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_structure_that_cannot_be_parsed_breaks_no_other),
        cmocka_unit_test(a_column_without_definition_leaves_no_writer),
        cmocka_unit_test(memory_that_is_out_breaks_no_structure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
