/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/value.h - the values that CEL expressions compute with.
 *
 * A value is 24 bytes and owns nothing: text and items are borrowed from the event, the program, or the arena of
 * the run. What comes from an event stays as its cells until somebody looks at it: a list, map or record that is
 * read from a tape has `avro`, the type by which the structure knows it, and its items become values one by one
 * (schema/rules/bind.h).
 *
 * Timestamps and durations are seconds and nanoseconds, as in protobuf: nanos of a duration have its sign, those of
 * a timestamp are 0 … 999,999,999. Decimals are exact: an unscaled two's complement number, big-endian, and a scale. */
#ifndef SCHEMA_RULES_VALUE_H
#define SCHEMA_RULES_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"

struct sch_type;
struct cel_type;
struct cel_row;

enum cel_kind {
    CEL_NULL = 0,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_TIMESTAMP,
    CEL_DURATION,
    CEL_DECIMAL,
    CEL_LIST,
    CEL_MAP,
    CEL_RECORD,
    CEL_TYPE,
    CEL_ERROR,
    CEL_KIND_COUNT
};

/* How the items of a list, the entries of a map or the fields of a record are held. */
enum cel_shape {
    CEL_VALUES = 0, /* list: items[len]; map: items[2 * len], key and value in turn */
    CEL_TAPE,       /* tape: an ARRAY or OBJECT cell; avro: its type */
    CEL_ROW         /* row: the event's own top level (record only) */
};

enum cel_fault {
    CEL_FAULT_NONE = 0,
    CEL_NO_OVERLOAD, /* the function is not for values of these types */
    CEL_NO_FIELD,    /* a record has no such field */
    CEL_NO_KEY,      /* a map has no such key, a list no such index */
    CEL_DUPLICATE_KEY,
    CEL_OVERFLOW, /* a number, time or duration is out of range */
    CEL_DIVISION, /* by zero, or modulus by zero */
    CEL_BAD_ARGUMENT, /* a text that is no number, a regular expression that does not compile, a bad index … */
    CEL_BAD_UTF8,
    CEL_UNKNOWN_VALUE, /* the source did not send the field */
    CEL_COST, /* the run is at its limit of cost, of regular expression steps, or of memory */
    CEL_FAULT_COUNT
};

struct cel_value {
    uint8_t kind;   /* enum cel_kind */
    uint8_t shape;  /* enum cel_shape: LIST, MAP, RECORD; enum cel_fault: ERROR */
    uint16_t scale; /* DECIMAL: 0 … 1000; may not be negative */
    uint32_t
        len; /* STRING, BYTES, DECIMAL: bytes at p; LIST: items; MAP: entries; TIMESTAMP, DURATION: nanos, an
                       int32_t; ERROR: where in the expression's text */
    union {
        bool b;
        int64_t i; /* INT; TIMESTAMP, DURATION: seconds */
        uint64_t u;
        double d;
        const uint8_t *p;              /* STRING (UTF-8), BYTES, DECIMAL */
        const struct cel_value *items; /* CEL_VALUES */
        const struct cell *tape;       /* CEL_TAPE: the OBJECT or ARRAY cell itself */
        const struct cel_row *row;     /* CEL_ROW */
        const struct cel_type *type;   /* TYPE */
        const char *text;              /* ERROR: a static sentence, or one in the run's arena */
    };
    const struct sch_type
        *avro; /* CEL_TAPE, CEL_ROW: list, map or record type of the structure; else NULL */
};

/* 0001-01-01T00:00:00Z … 9999-12-31T23:59:59.999999999Z, as the specification has them. */
#define CEL_TIMESTAMP_MIN_S INT64_C(-62135596800)
#define CEL_TIMESTAMP_MAX_S INT64_C(253402300799)
#define CEL_DURATION_MAX_S  INT64_C(315576000000)

static inline struct cel_value cel_null(void)
{
    return (struct cel_value){.kind = CEL_NULL};
}

static inline struct cel_value cel_bool(bool b)
{
    return (struct cel_value){.kind = CEL_BOOL, .u = b}; /* one store, which a copy can follow */
}

static inline struct cel_value cel_int(int64_t i)
{
    return (struct cel_value){.kind = CEL_INT, .i = i};
}

static inline struct cel_value cel_uint(uint64_t u)
{
    return (struct cel_value){.kind = CEL_UINT, .u = u};
}

static inline struct cel_value cel_double(double d)
{
    return (struct cel_value){.kind = CEL_DOUBLE, .d = d};
}

static inline struct cel_value cel_bytes(enum cel_kind kind, const void *p, size_t len)
{
    return (struct cel_value){.kind = (uint8_t)kind, .len = (uint32_t)len, .p = p};
}

static inline struct cel_value cel_time(enum cel_kind kind, int64_t seconds, int32_t nanos)
{
    return (struct cel_value){.kind = (uint8_t)kind, .len = (uint32_t)nanos, .i = seconds};
}

static inline struct cel_value cel_items(enum cel_kind kind, const struct cel_value *items,
                                         size_t count)
{
    return (struct cel_value){.kind = (uint8_t)kind, .len = (uint32_t)count, .items = items};
}

static inline struct cel_value cel_error(enum cel_fault fault, const char *text)
{
    return (struct cel_value){.kind = CEL_ERROR, .shape = (uint8_t)fault, .text = text};
}

static inline int32_t cel_nanos(const struct cel_value *value)
{
    return (int32_t)value->len;
}

const char *cel_kind_name(enum cel_kind kind);    /* "int", as type(x) prints */
const char *cel_fault_name(enum cel_fault fault); /* "no_overload": it never changes */

#endif
