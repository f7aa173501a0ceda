/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/put_priv.h - filling cells (private to schema/decode/decode.c). The head of a cell
 * comes ready from its operation. */
#ifndef SCHEMA_DECODE_PUT_PRIV_H
#define SCHEMA_DECODE_PUT_PRIV_H

#include "schema/decode/read_priv.h"

HOT void put_head(struct cell *cell, const struct sch_op *op, uint32_t len)
{
    memcpy(cell, &op->head, sizeof(op->head));
    cell->len = len;
}

HOT void put_int(struct cell *cell, const struct sch_op *op, int64_t value)
{
    put_head(cell, op, 0);
    cell->i = value;
}

HOT void put_double(struct cell *cell, const struct sch_op *op, double value)
{
    put_head(cell, op, 0);
    cell->d = value;
}

HOT void put_bytes(struct cell *cell, const struct sch_op *op, const uint8_t *p, uint32_t len)
{
    put_head(cell, op, len);
    cell->p = p;
}

HOT double float_at(const uint8_t *p)
{
    uint32_t bits;
    float number;
    memcpy(&bits, p, sizeof(bits));
    bits = le32toh(bits);
    memcpy(&number, &bits, sizeof(number));
    return (double)number;
}

HOT double double_at(const uint8_t *p)
{
    uint64_t bits;
    double number;
    memcpy(&bits, p, sizeof(bits));
    bits = le64toh(bits);
    memcpy(&number, &bits, sizeof(number));
    return number;
}

HOT bool put_decimal(struct cell *cell, const struct sch_op *op, const struct sch_plan *plan,
                     const uint8_t *p, uint32_t len)
{
    const struct sch_limit *limit = &plan->limits[op->b];
    if (UNLIKELY(len == 0)) {
        return false;
    }
    /* Bytes that only repeat the sign are left out: the register need not see them. */
    while (UNLIKELY(len > 1 && p[0] == (uint8_t)(p[1] >= 0x80 ? 0xFF : 0))) {
        p++;
        len--;
    }
    if (LIKELY(len <= 8 && limit->small != 0)) {
        int64_t value = p[0] >= 0x80 ? -1 : 0;
        for (uint32_t i = 0; i < len; i++) {
            value = (int64_t)((uint64_t)value << 8 | p[i]);
        }
        uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
        if (UNLIKELY(magnitude >= limit->small)) {
            return false;
        }
    } else if (UNLIKELY(!sch_decimal_fits(p, len, limit))) {
        return false;
    }
    put_bytes(cell, op, p, len);
    return true;
}

#endif
