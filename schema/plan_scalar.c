/* SPDX-License-Identifier: Apache-2.0
 * schema/plan_scalar.c - the one operation that reads a scalar, with the tables behind it:
 * ranges of times, symbols of enums, limits of decimals. */
#include <string.h>

#include "schema/parse_priv.h"
#include "schema/plan_code.h"

static uint32_t put_range(struct sch_coder *coder, const struct sch_type *w, enum sch_logical unit)
{
    struct sch_range range = {
        .factor = 1, .is_int = w->kind == SCH_INT, .code = (uint32_t)ERR_BAD_TIME};
    switch (unit) {
    case SCH_DATE:
        range.least = CELL_DATE_MIN_DAYS;
        range.greatest = CELL_DATE_MAX_DAYS;
        break;
    case SCH_TIME_MILLIS:
        range.factor = 1000;
        range.greatest = CELL_TIME_MAX_US / 1000;
        break;
    case SCH_TIME_MICROS: range.greatest = CELL_TIME_MAX_US; break;
    case SCH_TIMESTAMP_MILLIS:
    case SCH_LOCAL_TIMESTAMP_MILLIS:
        range.factor = 1000;
        range.least = CELL_TIMESTAMP_MIN_US / 1000;
        range.greatest = CELL_TIMESTAMP_MAX_US / 1000;
        break;
    default:
        range.least = CELL_TIMESTAMP_MIN_US;
        range.greatest = CELL_TIMESTAMP_MAX_US;
        break;
    }
    return sch_code_row(coder, TABLE_RANGES, &range, sizeof(range));
}

/* The limit of numeric(precision): 10^precision, as bytes and, if it is small, as a number. */
static uint32_t put_limit(struct sch_coder *coder, int precision)
{
    int digits = precision < SCH_MAX_DECIMAL_DIGITS ? precision : SCH_MAX_DECIMAL_DIGITS;
    if (coder->limits[digits] > 0) {
        return coder->limits[digits] - 1;
    }
    uint8_t power[SCH_MAX_DECIMAL_DIGITS * 10 / 24 + 2] = {0};
    size_t first = sizeof(power) - 1; /* of the significant bytes */
    power[first] = 1;
    for (int i = 0; i < digits; i++) {
        unsigned carry = 0;
        for (size_t k = sizeof(power); k-- > first;) {
            carry += power[k] * 10U;
            power[k] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry > 0) {
            power[--first] = (uint8_t)carry;
        }
    }
    struct sch_limit limit = {.len = (uint32_t)(sizeof(power) - first)};
    limit.power = arena_memdup(&coder->plan->arena, power + first, limit.len);
    for (size_t k = first; k < sizeof(power) && digits <= 18; k++) {
        limit.small = limit.small << 8 | power[k];
    }
    if (limit.power == NULL) {
        coder->plan->tables[TABLE_LIMITS].failed = true;
    }
    coder->limits[digits] = sch_code_row(coder, TABLE_LIMITS, &limit, sizeof(limit)) + 1;
    return coder->limits[digits] - 1;
}

struct sch_label sch_label_of(const char *text)
{
    return (struct sch_label){.p = (const uint8_t *)text, .len = (uint32_t)strlen(text)};
}

static const char *find_symbol(const struct sch_type *r, const struct sch_nameset *set,
                               const char *symbol)
{
    if (set->count > 0) {
        return sch_nameset_get(set, symbol);
    }
    for (size_t k = 0; k < r->symbols.count; k++) {
        if (strcmp(symbol, r->symbols.items[k]) == 0) {
            return r->symbols.items[k];
        }
    }
    return NULL;
}

/* The reader's symbol for each of the writer's; what the reader does not know is its default, or
 * nothing. */
static void add_symbols(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r)
{
    enum { MANY = 16 };
    struct sch_nameset set = {NULL, 0, 0};
    bool failed = !sch_resolver_spend(coder->resolver, w->symbols.count + r->symbols.count);
    for (size_t k = 0; !failed && r->symbols.count > MANY && k < r->symbols.count; k++) {
        const char *symbol = r->symbols.items[k];
        failed = sch_nameset_put(&set, symbol, (void *)symbol, NULL) < 0;
    }
    for (size_t i = 0; !failed && i < w->symbols.count; i++) {
        const char *symbol = find_symbol(r, &set, w->symbols.items[i]);
        if (symbol == NULL && r->default_symbol >= 0) {
            symbol = r->symbols.items[r->default_symbol];
        }
        struct sch_label row = symbol != NULL ? sch_label_of(symbol) : (struct sch_label){NULL, 0};
        sch_code_row(coder, TABLE_SYMBOLS, &row, sizeof(row));
    }
    if (failed) {
        coder->plan->tables[TABLE_SYMBOLS].failed = true;
    }
    sch_nameset_fini(&set);
}

/* Where the symbols of this pair of enums begin: a table for each pair, however often it is used. */
static uint32_t put_symbols(struct sch_coder *coder, const struct sch_type *w,
                            const struct sch_type *r)
{
    uint32_t first = sch_code_rows(coder, TABLE_SYMBOLS, sizeof(struct sch_label));
    int64_t known = sch_pairs_find(&coder->enums, r, w);
    if (known >= 0 && !coder->symbols.failed) {
        return ((const uint32_t *)(void *)coder->symbols.data)[known];
    }
    if (sch_pairs_add(&coder->enums, r, w) < 0) {
        coder->symbols.failed = true;
    }
    buf_put(&coder->symbols, &first, sizeof(first));
    add_symbols(coder, w, r);
    return first;
}

static enum cell_type cell_type_of(enum sch_op_code code)
{
    switch (code) {
    case OP_NULL: return CELL_NULL;
    case OP_BOOLEAN: return CELL_BOOL;
    case OP_INT:
    case OP_LONG:
    case OP_RANGED: return CELL_I64;
    case OP_DECIMAL:
    case OP_DECIMAL_FIXED: return CELL_DECIMAL;
    case OP_UUID: return CELL_UUID;
    case OP_BYTES:
    case OP_TEXT:
    case OP_FIXED:
    case OP_ENUM: return CELL_BYTES;
    default: return CELL_F64;
    }
}

void sch_code_scalar(struct sch_coder *coder, const struct sch_type *w, const struct sch_type *r,
                     struct sch_dest place)
{
    struct sch_scalar rule;
    if (!sch_scalar_rule(w, r, &rule)) {
        sch_code_fail(coder, w->kind == SCH_NULL ? coder->null_code : ERR_BAD_BRANCH);
        return;
    }
    struct sch_op op = {.code = (uint8_t)rule.code};
    int scale = 0;
    switch (rule.code) {
    case OP_RANGED: op.a = put_range(coder, w, rule.writer_unit ? w->logical : r->logical); break;
    case OP_FLOAT:
    case OP_DOUBLE: op.a = place.on_tape; break;
    case OP_FIXED: op.a = w->size; break;
    case OP_ENUM:
        op.a = put_symbols(coder, w, r);
        op.b = (uint32_t)w->symbols.count;
        break;
    case OP_DECIMAL:
    case OP_DECIMAL_FIXED:
        op.a = w->size;
        op.b = put_limit(coder, place.precision > 0 ? place.precision : r->precision);
        scale = r->scale;
        break;
    default: break;
    }
    op.head = sch_cell_head(cell_type_of(rule.code), rule.column_type, scale);
    sch_code_cell(coder, place, op);
}
