/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/scalar.c - the one operation that reads a scalar, with the tables behind it:
 * ranges of times, symbols of enums, limits of decimals. */
#include <string.h>

#include "schema/plan/code_priv.h"
#include "schema/plan/columns.h"

static uint32_t put_range(struct sch_coder *coder, const struct sch_type *type)
{
    struct sch_range range = {
        .factor = 1, .is_int = type->kind == SCH_INT, .code = (uint32_t)ERR_BAD_TIME};
    switch (type->logical) {
    case SCH_LOGICAL_NONE: /* a plain int, for a column of dates */
    case SCH_DATE:
        range.min = CELL_DATE_MIN_DAYS;
        range.max = CELL_DATE_MAX_DAYS;
        break;
    case SCH_TIME_MILLIS:
        range.factor = 1000;
        range.max = CELL_TIME_MAX_US / 1000;
        break;
    case SCH_TIME_MICROS: range.max = CELL_TIME_MAX_US; break;
    case SCH_TIMESTAMP_MILLIS:
    case SCH_LOCAL_TIMESTAMP_MILLIS:
        range.factor = 1000;
        range.min = CELL_TIMESTAMP_MIN_US / 1000;
        range.max = CELL_TIMESTAMP_MAX_US / 1000;
        break;
    default:
        range.min = CELL_TIMESTAMP_MIN_US;
        range.max = CELL_TIMESTAMP_MAX_US;
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

/* Where the symbols of an enum begin: one table, however often it is used. */
static uint32_t put_symbols(struct sch_coder *coder, const struct sch_type *type)
{
    uint32_t *memo = &coder->sides[type->number].symbols;
    if (*memo == 0) {
        *memo = sch_code_rows(coder, TABLE_SYMBOLS, sizeof(struct sch_label)) + 1;
        for (size_t i = 0; i < type->symbols.count; i++) {
            struct sch_label row = sch_label_of(type->symbols.items[i]);
            sch_code_row(coder, TABLE_SYMBOLS, &row, sizeof(row));
        }
    }
    return *memo - 1;
}

/* The column type of a scalar on its own. */
static enum column_type own_column(const struct sch_type *type)
{
    struct column column;
    bool nullable;
    sch_column_of(type, &column, &nullable);
    return column.type;
}

bool sch_fits_column(const struct sch_type *type, const struct column *column)
{
    struct column own;
    bool nullable;
    sch_column_of(type, &own, &nullable);
    if (own.type == COLUMN_NUMERIC && column->type == COLUMN_NUMERIC) {
        return own.scale == column->scale && own.precision <= column->precision;
    }
    type = sch_bare_type(type);
    return own.type == column->type ||
           (type->logical == SCH_LOGICAL_NONE &&
            ((column->type == COLUMN_UUID && type->kind == SCH_STRING) ||
             (column->type == COLUMN_DATE && type->kind == SCH_INT)));
}

static enum sch_op_code code_of(const struct sch_type *type, enum column_type column_type)
{
    switch (column_type) {
    case COLUMN_DATE:
    case COLUMN_TIME:
    case COLUMN_TIMESTAMPTZ:
    case COLUMN_TIMESTAMP: return OP_RANGED;
    case COLUMN_NUMERIC: return type->kind == SCH_FIXED ? OP_DECIMAL_FIXED : OP_DECIMAL;
    case COLUMN_UUID: return type->kind == SCH_FIXED ? OP_FIXED : OP_UUID;
    default: break;
    }
    switch (type->kind) {
    case SCH_BOOLEAN: return OP_BOOLEAN;
    case SCH_INT: return OP_INT;
    case SCH_LONG: return OP_LONG;
    case SCH_FLOAT: return OP_FLOAT;
    case SCH_DOUBLE: return OP_DOUBLE;
    case SCH_BYTES: return OP_BYTES;
    case SCH_STRING: return OP_TEXT;
    case SCH_ENUM: return OP_ENUM;
    case SCH_FIXED: return OP_FIXED;
    default: return OP_NULL;
    }
}

static enum cell_type cell_type_of(enum sch_op_code code, enum column_type column_type)
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
    case OP_FIXED: return column_type == COLUMN_UUID ? CELL_UUID : CELL_BYTES;
    case OP_BYTES:
    case OP_TEXT:
    case OP_ENUM: return CELL_BYTES;
    default: return CELL_F64;
    }
}

void sch_code_scalar(struct sch_coder *coder, const struct sch_type *type, struct sch_dest dest)
{
    enum column_type column_type = dest.column != NULL ? dest.column->type : own_column(type);
    enum sch_op_code code = code_of(type, column_type);
    struct sch_op op = {.code = (uint8_t)code};
    int scale = 0;
    switch (code) {
    case OP_RANGED: op.a = put_range(coder, type); break;
    case OP_FIXED: op.a = type->size; break;
    case OP_ENUM:
        op.a = put_symbols(coder, type);
        op.b = (uint32_t)type->symbols.count;
        break;
    case OP_DECIMAL:
    case OP_DECIMAL_FIXED:
        op.a = type->size;
        op.b = put_limit(coder, type->precision);
        scale = type->scale;
        break;
    default: break;
    }
    op.head = sch_cell_head(cell_type_of(code, column_type), column_type, scale);
    sch_code_cell(coder, dest, op);
}
