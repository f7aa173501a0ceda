/* SPDX-License-Identifier: Apache-2.0
 * schema/model/model.h - an Avro 1.11 schema, parsed and checked, never changed afterwards.
 *
 * Thread: built by one thread, then read by any; counted with sch_schema_ref/unref.
 * Every string and array belongs to the schema. Named types are shared nodes, so a recursive schema
 * is a graph. */
#ifndef SCHEMA_MODEL_MODEL_H
#define SCHEMA_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

struct buf;

enum sch_kind {
    SCH_NULL = 0,
    SCH_BOOLEAN,
    SCH_INT,
    SCH_LONG,
    SCH_FLOAT,
    SCH_DOUBLE,
    SCH_BYTES,
    SCH_STRING,
    SCH_RECORD,
    SCH_ENUM,
    SCH_ARRAY,
    SCH_MAP,
    SCH_UNION,
    SCH_FIXED
};

/* A logical type whose parameters do not fit its Avro type "must be ignored" (Avro 1.11, "Logical
 * Types"). A decimal of more digits than SCH_MAX_PRECISION, which no numeric holds, is ignored
 * too: it is plain bytes or fixed. */
enum sch_logical {
    SCH_LOGICAL_NONE = 0,
    SCH_DECIMAL,
    SCH_UUID,
    SCH_DATE,
    SCH_TIME_MILLIS,
    SCH_TIME_MICROS,
    SCH_TIMESTAMP_MILLIS,
    SCH_TIMESTAMP_MICROS,
    SCH_LOCAL_TIMESTAMP_MILLIS,
    SCH_LOCAL_TIMESTAMP_MICROS,
    SCH_DURATION
};

enum { SCH_MAX_DEPTH = 64 };
enum { SCH_MAX_PRECISION = 1000 };

struct sch_names {
    const char **items;
    size_t count;
};

struct sch_type {
    enum sch_kind kind;
    enum sch_logical logical;
    int precision; /* SCH_DECIMAL */
    int scale;
    uint32_t number;          /* 0 … sch_schema.type_count - 1: an index for side tables */
    const char *name;         /* full name with its namespace; record, enum, fixed only */
    struct sch_names aliases; /* full names */

    struct sch_field *fields; /* record */
    size_t field_count;

    struct sch_names symbols;   /* enum */
    int default_symbol;         /* enum: index, or -1 */
    struct sch_type **branches; /* union; there may be none */
    size_t branch_count;
    struct sch_type *items; /* array items, map values */
    uint32_t size;          /* fixed: bytes, > 0 */
};

struct sch_field {
    const char *name;
    struct sch_names aliases;
    struct sch_type *type;
    /* The default in Avro binary of `type` (for a union: the index of the first branch that it
     * fits, and a value of that), ready to be decoded like any other value; NULL when the field has
     * none. */
    const uint8_t *default_bytes;
    size_t default_len;
};

struct sch_schema; /* body in body.h: schema/ only */

struct sch_schema *sch_schema_ref(struct sch_schema *schema);
void sch_schema_unref(struct sch_schema **taken);

const struct sch_type *sch_root(const struct sch_schema *schema);
uint32_t sch_type_count(const struct sch_schema *schema);

/* Avro 1.11, "Transforming into Parsing Canonical Form". */
void sch_canonical(const struct sch_schema *schema, struct buf *out);

/* Avro 1.11, "Schema Fingerprints": CRC-64-AVRO (Rabin) and SHA-256 of the canonical form. */
uint64_t sch_fingerprint_crc64(const struct sch_schema *schema);
void sch_fingerprint_sha256(const struct sch_schema *schema, uint8_t out[32]);

/* The field of a record by its name, or NULL. */
const struct sch_field *sch_find_field(const struct sch_type *record, const char *name);

/* "long", "timestamp-micros", "record ncsi.Place" … for messages. out gets at most size bytes. */
const char *sch_describe(const struct sch_type *type, char *out, size_t size);

#endif
