/* SPDX-License-Identifier: Apache-2.0
 * schema/parse/logical.c - logical types (Avro 1.11, "Logical Types").
 *
 * A logical type that is unknown, stands on the wrong Avro type or has bad parameters "must be
 * ignored". So nothing here refuses a schema. A decimal of more digits than PostgreSQL's numeric
 * takes is ignored too: the structure can be registered, and the value is kept exactly, as bytes.
 */
#include <string.h>

#include "schema/parse/parser_priv.h"

enum { DURATION_BYTES = 12, UUID_BYTES = 16 };

static const struct {
    const char *name;
    enum sch_kind kind;
    enum sch_logical logical;
} simple[] = {
    {"uuid", SCH_STRING, SCH_UUID},
    {"date", SCH_INT, SCH_DATE},
    {"time-millis", SCH_INT, SCH_TIME_MILLIS},
    {"time-micros", SCH_LONG, SCH_TIME_MICROS},
    {"timestamp-millis", SCH_LONG, SCH_TIMESTAMP_MILLIS},
    {"timestamp-micros", SCH_LONG, SCH_TIMESTAMP_MICROS},
    {"local-timestamp-millis", SCH_LONG, SCH_LOCAL_TIMESTAMP_MILLIS},
    {"local-timestamp-micros", SCH_LONG, SCH_LOCAL_TIMESTAMP_MICROS},
};

/* The decimal digits that `size` bytes of two's complement always have room for. */
static json_int_t digits_of(uint32_t size)
{
    /* log10(2) is 0.30102999566398…; in whole numbers, so that no rounding decides. */
    uint64_t bits = (uint64_t)size * 8 - 1;
    return (json_int_t)(bits * UINT64_C(301029995) / UINT64_C(1000000000));
}

static void read_decimal(struct sch_type *type, const json_t *json)
{
    const json_t *precision = json_object_get(json, "precision");
    const json_t *scale = json_object_get(json, "scale");
    if (!json_is_integer(precision) || (scale != NULL && !json_is_integer(scale))) {
        return;
    }
    json_int_t digits = json_integer_value(precision);
    json_int_t after_point = scale != NULL ? json_integer_value(scale) : 0;
    if (digits <= 0 || digits > SCH_MAX_PRECISION || after_point < 0 || after_point > digits) {
        return;
    }
    if (type->kind == SCH_FIXED && digits > digits_of(type->size)) {
        return;
    }
    type->logical = SCH_DECIMAL;
    type->precision = (int)digits;
    type->scale = (int)after_point;
}

void sch_parse_logical(struct sch_type *type, const json_t *json)
{
    const char *name = json_string_value(json_object_get(json, "logicalType"));
    if (name == NULL) {
        return;
    }
    if (strcmp(name, "decimal") == 0) {
        if (type->kind == SCH_BYTES || type->kind == SCH_FIXED) {
            read_decimal(type, json);
        }
        return;
    }
    if (strcmp(name, "duration") == 0) {
        if (type->kind == SCH_FIXED && type->size == DURATION_BYTES) {
            type->logical = SCH_DURATION;
        }
        return;
    }
    if (type->kind == SCH_FIXED && type->size == UUID_BYTES && strcmp(name, "uuid") == 0) {
        type->logical = SCH_UUID; /* Avro 1.12 */
        return;
    }
    for (size_t i = 0; i < COUNT_OF(simple); i++) {
        if (type->kind == simple[i].kind && strcmp(name, simple[i].name) == 0) {
            type->logical = simple[i].logical;
        }
    }
}
