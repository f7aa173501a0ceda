/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/key.h - a Kafka key into the cells of a dataset's key fields.
 *
 * text: UTF-8 of a single key field, in that column's own notation (a decimal number, a UUID, a
 * date YYYY-MM-DD; text as it is, also none at all; not for bytea). long, int: 8 and 4 bytes
 * big-endian, a single bigint field. json: one JSON scalar for a single field, or an object with
 * exactly the key fields (a string of hex for bytea); or either of them as the payload of Connect's
 * {"schema": …, "payload": …}. avro: a frame and a key structure whose root is a primitive (single
 * field) or a record whose names equal the key fields. auto: a frame, else text. */
#ifndef SCHEMA_DECODE_KEY_H
#define SCHEMA_DECODE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/plan/plan.h"

enum sch_key_format {
    SCH_KEY_AUTO = 0,
    SCH_KEY_TEXT,
    SCH_KEY_AVRO,
    SCH_KEY_JSON,
    SCH_KEY_LONG,
    SCH_KEY_INT
};

const char *sch_key_format_name(enum sch_key_format format);
MUST_CHECK int sch_key_format_parse(const char *name, enum sch_key_format *format, struct err *err);

/* Compiles a key structure for the key columns (in key order): a primitive for one column, or a
 * record whose fields are the key fields. A field that admits null leaves a null cell. FATAL
 * ERR_INCOMPATIBLE when names or types do not fit. */
MUST_CHECK struct sch_plan *sch_key_plan_compile(struct sch_schema *key_schema,
                                                 const struct column *columns, size_t count,
                                                 struct err *err);

/* The formats without a structure: text, json, long, int. cells: `count`, borrowing from bytes and
 * arena. POISON ERR_KEY_FORMAT (wrong form), ERR_MISSING_KEY (a null field), ERR_KEY_TOO_LONG,
 * ERR_BAD_TEXT … */
MUST_CHECK int sch_key_read(enum sch_key_format format, const struct column *columns, size_t count,
                            const uint8_t *bytes, size_t len, struct arena *arena,
                            struct cell *cells, struct err *err);

#endif
