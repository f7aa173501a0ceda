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
#include "schema/plan/plan.h"

#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define RECORD(fields)    "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"

static const char first_text[] = RECORD(FIELD("id", "\"string\""));
static const char broken_text[] = RECORD(FIELD("id", "\"strong\""));
static const char last_text[] =
    RECORD(FIELD("id", "\"string\"") ",{\"name\":\"note\",\"type\":\"string\",\"default\":\"\"}");

static const struct column columns[] = {{.name = "id", .field = "id", .type = COLUMN_TEXT},
                                        {.name = "note", .field = "note", .type = COLUMN_TEXT}};
static const int32_t column_of[] = {0, 1};
static const uint16_t key_columns[] = {0};
static const char *key_format = "text";

static struct sto_structure structure(int32_t schema_id, const char *text)
{
    return (struct sto_structure){.schema_id = schema_id,
                                  .version = schema_id,
                                  .state = STO_STRUCTURE_ACTIVE,
                                  .text = text,
                                  .text_len = strlen(text),
                                  .column_of = column_of,
                                  .field_count = text == last_text ? 2 : 1};
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
                                .key_format = key_format,
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
    return ing_datasets_new(&catalogue, NULL, err);
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

/* The register's word is not taken for what cannot be. */
static void columns_that_are_not_the_fields_break_the_structure(void **state)
{
    (void)state;
    static const int32_t beyond[] = {0, 2};
    static const int32_t nowhere[] = {0, -1};
    struct err err = ERR_INIT;
    struct sto_dataset row;
    struct sto_structure structures[] = {structure(1, last_text), structure(2, last_text),
                                         structure(3, last_text), structure(4, last_text)};
    structures[0].field_count = 1;
    structures[1].column_of = beyond;
    structures[2].column_of = nowhere;
    struct ing_datasets *datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    assert_non_null(datasets);
    for (int32_t id = 1; id <= 3; id++) {
        assert_null(writer(datasets, id)->plan);
        assert_int_equal(writer(datasets, id)->broken->code, ERR_REGISTER_SCHEMA);
        assert_int_equal(writer(datasets, id)->broken->kind, ERR_KIND_FATAL);
    }
    assert_non_null(writer(datasets, 4)->plan);
    ing_datasets_unref(&datasets);
}

/* A newer program declared it: how the key is to be read is not guessed. */
static void a_key_format_that_is_not_known_breaks_the_dataset(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sto_dataset row;
    const struct sto_structure structures[] = {structure(1, first_text)};
    struct ing_datasets *datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    assert_null(ing_datasets_at(datasets, 0)->broken);
    ing_datasets_unref(&datasets);
    key_format = "morse";
    datasets = snapshot(&row, structures, COUNT_OF(structures), &err);
    key_format = "text";
    assert_non_null(datasets);
    assert_int_equal(ing_datasets_at(datasets, 0)->broken->code, ERR_CONFIG);
    assert_int_equal(ing_datasets_at(datasets, 0)->broken->kind, ERR_KIND_FATAL);
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
        cmocka_unit_test(columns_that_are_not_the_fields_break_the_structure),
        cmocka_unit_test(a_key_format_that_is_not_known_breaks_the_dataset),
        cmocka_unit_test(memory_that_is_out_breaks_no_structure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
