/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/ingest/verdict_kit.c - see the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/ingest/verdict_kit.h"

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
#define VALUE_STRUCTURE(id, number, stands)                                                        \
    {                                                                                              \
        .schema_id = (id), .version = (number), .state = (stands), .text = SCHEMA,                 \
        .text_len = sizeof(SCHEMA) - 1, .column_of = column_of, .field_count = COUNT_OF(column_of) \
    }
#define KEY_STRUCTURE                                                                              \
    {                                                                                              \
        .schema_id = 30, .version = 1, .is_key = true, .state = STO_STRUCTURE_ACTIVE,              \
        .text = "\"string\"", .text_len = sizeof("\"string\"") - 1                                 \
    }

static const struct sto_structure structures[] = {
    VALUE_STRUCTURE(7, 1, STO_STRUCTURE_ACTIVE),
    VALUE_STRUCTURE(8, 2, STO_STRUCTURE_RETIRED),
    VALUE_STRUCTURE(9, 3, STO_STRUCTURE_PENDING),
    KEY_STRUCTURE,
};
/* 9 came into force. */
static const struct sto_structure newer[] = {
    VALUE_STRUCTURE(7, 1, STO_STRUCTURE_ACTIVE),
    VALUE_STRUCTURE(8, 2, STO_STRUCTURE_RETIRED),
    VALUE_STRUCTURE(9, 3, STO_STRUCTURE_ACTIVE),
    KEY_STRUCTURE,
};
static const struct sto_structure foreign[] = {
    VALUE_STRUCTURE(20, 1, STO_STRUCTURE_ACTIVE),
};
static const char *exempt_values[] = {"secret", "5", "true"};

static const struct sto_structure *with_rules(const struct options *options)
{
    static struct sto_structure ruled[2][COUNT_OF(structures)];
    struct sto_structure *out = ruled[options->is_newer];
    memcpy(out, options->is_newer ? newer : structures, sizeof(structures));
    for (size_t i = 0; i < COUNT_OF(structures); i++) {
        out[i].rule_set = out[i].is_key ? NULL : options->rule_set;
    }
    return out;
}

struct sto_catalogue *kit_catalogue(const struct options *options, struct sto_dataset rows[2])
{
    struct sto_catalogue *catalogue = calloc(1, sizeof(*catalogue));
    assert_non_null(catalogue);
    struct sto_dataset row = {
        .id = 1,
        .full_name = "a.r",
        .topic = "a.r",
        .key_format = options->key_format != NULL ? options->key_format : "text",
        .order_field = options->has_order ? "seq" : NULL,
        .event_time_field = "at",
        .exempt_field = options->exempt_field,
        .exempt_values = exempt_values,
        .exempt_value_count = COUNT_OF(exempt_values),
        .table = {.dataset_id = 1,
                  .agency = "a",
                  .name = "r",
                  .columns = columns,
                  .column_count = COUNT_OF(columns),
                  .key_columns = key_columns,
                  .key_count = 1,
                  .has_order = options->has_order},
        .structures = with_rules(options),
        .structure_count = COUNT_OF(structures),
    };
    rows[0] = row;
    row.id = row.table.dataset_id = 2;
    row.topic = "a.other";
    if (!options->both_alike) {
        row.structures = foreign;
        row.structure_count = COUNT_OF(foreign);
    }
    rows[1] = row;
    catalogue->datasets = rows;
    catalogue->dataset_count = 2;
    catalogue->age.version = options->is_newer ? 2 : 1;
    return catalogue;
}

struct ing_datasets *kit_datasets(const struct options *options, struct sto_dataset rows[2])
{
    struct sto_catalogue *catalogue = kit_catalogue(options, rows);
    struct err err = ERR_INIT;
    struct ing_datasets *datasets = ing_datasets_new(&catalogue, NULL, &err);
    assert_non_null(datasets);
    return datasets;
}

struct fixture *fixture_new(const struct options *options)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->datasets = kit_datasets(options, fixture->rows);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    ing_datasets_unref(&fixture->datasets);
    ing_scratch_fini(&fixture->scratch);
    arena_fini(&fixture->arena);
    free(fixture);
}

enum ing_verdict verdict_of(struct fixture *fixture, struct ing_message message, bool final)
{
    err_reset(&fixture->out.reason.err);
    const struct ing_context context = {
        .datasets = fixture->datasets,
        .dataset = ing_datasets_by_topic(fixture->datasets, "a.r"),
        .message = &message,
        .final = final,
        .unknown = &fixture->unknown,
        .arena = &fixture->arena,
        .scratch = &fixture->scratch,
        .out = &fixture->out,
    };
    return ing_verdict_of(&context);
}

void quarantined(struct fixture *fixture, struct ing_message message, enum err_code code,
                 const char *path)
{
    assert_int_equal(verdict_of(fixture, message, true), ING_QUARANTINE);
    assert_int_equal(fixture->out.reason.err.kind, ERR_KIND_POISON);
    assert_string_equal(err_token(fixture->out.reason.err.code), err_token(code));
    assert_string_equal(fixture->out.reason.err.path, path);
}

struct ing_message message_of(const char *key, const char *value, size_t value_len)
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

struct ing_message keyed(const char *key, size_t key_len, bool tombstone)
{
    struct ing_message message = message_of("", tombstone ? NULL : GOOD, sizeof(GOOD) - 1);
    message.key = (const uint8_t *)key;
    message.key_len = key_len;
    return message;
}
