/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/order.c - which of two values comes first (cel-spec, "Ordering"), and the names of kinds and faults. */
#include <math.h>
#include <string.h>

#include "schema/rules/compare.h"
#include "schema/rules/decimal.h"

enum { UNORDERED = 2, INCOMPARABLE = 3, BYTES_A_UNIT = 64 };

const char *cel_kind_name(enum cel_kind kind)
{
    static const char *const names[CEL_KIND_COUNT] = {"null_type",
                                                      "bool",
                                                      "int",
                                                      "uint",
                                                      "double",
                                                      "string",
                                                      "bytes",
                                                      "google.protobuf.Timestamp",
                                                      "google.protobuf.Duration",
                                                      "decimal",
                                                      "list",
                                                      "map",
                                                      "record",
                                                      "type",
                                                      "error"};
    return kind < CEL_KIND_COUNT ? names[kind] : "?";
}

const char *cel_fault_name(enum cel_fault fault)
{
    static const char *const names[CEL_FAULT_COUNT] = {
        "none",     "no_overload",  "no_field", "no_key",  "duplicate_key", "overflow",
        "division", "bad_argument", "bad_utf8", "unknown", "cost"};
    return fault < CEL_FAULT_COUNT ? names[fault] : "?";
}

static int of_ints(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int of_uints(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int of_doubles(double a, double b)
{
    return isnan(a) || isnan(b) ? UNORDERED : a < b ? -1 : a > b;
}

/* cel-spec compares an int with a double as doubles where the double is within the ints' range, so that
 * 9223372036854775807 and 2^63 are equal; beyond it the double is the greater, or less. */
static int int_and_double(int64_t i, double d)
{
    return isnan(d)                     ? UNORDERED
           : d > 9223372036854775808.0  ? -1
           : d < -9223372036854775808.0 ? 1
                                        : of_doubles((double)i, d);
}

static int uint_and_double(uint64_t u, double d)
{
    return isnan(d)                     ? UNORDERED
           : d > 18446744073709551616.0 ? -1
           : d < 0                      ? 1
                                        : of_doubles((double)u, d);
}

static int turned(int order)
{
    return order == UNORDERED ? UNORDERED : -order;
}

static int of_numbers(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind == CEL_INT) {
        return b->kind == CEL_INT    ? of_ints(a->i, b->i)
               : b->kind == CEL_UINT ? (a->i < 0 ? -1 : of_uints((uint64_t)a->i, b->u))
                                     : int_and_double(a->i, b->d);
    }
    if (a->kind == CEL_UINT) {
        return b->kind == CEL_UINT  ? of_uints(a->u, b->u)
               : b->kind == CEL_INT ? (b->i < 0 ? 1 : of_uints(a->u, (uint64_t)b->i))
                                    : uint_and_double(a->u, b->d);
    }
    return b->kind == CEL_DOUBLE ? of_doubles(a->d, b->d)
           : b->kind == CEL_INT  ? turned(int_and_double(b->i, a->d))
                                 : turned(uint_and_double(b->u, a->d));
}

static bool is_number(const struct cel_value *value)
{
    return value->kind == CEL_INT || value->kind == CEL_UINT || value->kind == CEL_DOUBLE;
}

static int of_texts(const struct cel_value *a, const struct cel_value *b)
{
    uint32_t common = a->len < b->len ? a->len : b->len;
    int order = common > 0 ? memcmp(a->p, b->p, common) : 0;
    return order != 0 ? (order < 0 ? -1 : 1) : of_uints(a->len, b->len);
}

uint64_t cel_compare_units(const struct cel_value *a, const struct cel_value *b)
{
    if (a->kind != b->kind) {
        return 0;
    }
    switch (a->kind) {
    case CEL_STRING:
    case CEL_BYTES: return (a->len < b->len ? a->len : b->len) / BYTES_A_UNIT;
    case CEL_DECIMAL: return cel_decimal_units(a) + cel_decimal_units(b);
    default: return 0;
    }
}

int cel_compare(const struct cel_value *a, const struct cel_value *b)
{
    if (is_number(a) && is_number(b)) {
        return of_numbers(a, b);
    }
    if (a->kind != b->kind) {
        return INCOMPARABLE;
    }
    switch (a->kind) {
    case CEL_BOOL: return of_ints(a->b, b->b);
    case CEL_STRING:
    case CEL_BYTES: return of_texts(a, b);
    case CEL_TIMESTAMP:
    case CEL_DURATION:
        return a->i != b->i ? of_ints(a->i, b->i) : of_ints(cel_nanos(a), cel_nanos(b));
    case CEL_DECIMAL: return cel_decimal_compare(a, b);
    default: return INCOMPARABLE;
    }
}
