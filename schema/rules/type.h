/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/type.h - the static types of CEL expressions.
 *
 * Types are shared, immutable nodes: those without parameters are constants, others are in the arena of the check.
 * A nullable field has a nullable type: null or its value (the specification's wrapper types): it is assignable to
 * its value's type, and null to it. */
#ifndef SCHEMA_RULES_TYPE_H
#define SCHEMA_RULES_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "schema/model/model.h"
#include "schema/rules/value.h"

enum cel_type_kind {
    CEL_TYPE_DYN = 0,
    CEL_TYPE_NULL,
    CEL_TYPE_BOOL,
    CEL_TYPE_INT,
    CEL_TYPE_UINT,
    CEL_TYPE_DOUBLE,
    CEL_TYPE_STRING,
    CEL_TYPE_BYTES,
    CEL_TYPE_TIMESTAMP,
    CEL_TYPE_DURATION,
    CEL_TYPE_DECIMAL,
    CEL_TYPE_LIST,     /* params[0] */
    CEL_TYPE_MAP,      /* params[0] → params[1] */
    CEL_TYPE_RECORD,   /* avro */
    CEL_TYPE_TYPE,     /* params[0], or NULL: of any */
    CEL_TYPE_NULLABLE, /* params[0] */
    CEL_TYPE_PARAM     /* number: a type variable, in signatures and while types are inferred */
};

struct cel_type {
    enum cel_type_kind kind;
    uint32_t number;
    const struct cel_type *params[2];
    const struct sch_type *avro; /* RECORD */
};

const struct cel_type *cel_type_simple(enum cel_type_kind kind); /* DYN … DECIMAL, never NULL */

/* NULL when memory is out. */
const struct cel_type *cel_type_list(struct arena *arena, const struct cel_type *items);
const struct cel_type *cel_type_map(struct arena *arena, const struct cel_type *keys,
                                    const struct cel_type *values);
const struct cel_type *cel_type_nullable(struct arena *arena, const struct cel_type *of);
const struct cel_type *cel_type_type(struct arena *arena, const struct cel_type *of);

/* What a value of the structure is to a rule:
 *   boolean bool; int, long int; float, double double; string, enum, uuid string; bytes, fixed bytes;
 *   decimal decimal; date and timestamp-*, local-timestamp-* timestamp (a date its midnight, a local one as if it were
 *   UTC); time-* duration since midnight; duration bytes; array list; map map of string; record record;
 *   a union with null and one more: nullable; any other union dyn; null null.
 * NULL when memory is out. */
const struct cel_type *cel_type_of_avro(struct arena *arena, const struct sch_type *type);

/* "list(int)", "map(string, dyn)", "ncsi.Place", "int or null". */
struct buf;
void cel_type_print(struct buf *out, const struct cel_type *type);

/* Without parameters, as a type is at run time: "int", "list". Static. */
const char *cel_type_name(const struct cel_type *type);

/* The type whose name an identifier is: "int", "list", "google.protobuf.Timestamp" …; NULL: none. */
const struct cel_type *cel_type_named(const char *name, size_t len);

/* The static type of kinds at run time, for type(x): a list is list(dyn). */
const struct cel_type *cel_type_of_value(const struct cel_value *value);

#endif
