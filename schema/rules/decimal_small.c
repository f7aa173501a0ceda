/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_small.c - ordinary amounts: decimals of at most eight bytes are computed in one machine word, and their
 * results in two. Each function says false where its numbers are others; then decimal.c does the work.
 *
 * Neighbours: decimal.c, fn_decimal.c. Both ways give the same results (tests/oracle/decimal_oracle.py). */
#include "schema/rules/decimal_small.h"

#include <string.h>

#include "schema/rules/decimal.h"

enum { SMALL_BYTES = 8, MAX_SHIFT = 18 };

__extension__ typedef __int128 wide; /* 2^63 × 10^18 is less than 2^123 */

static const int64_t powers[MAX_SHIFT + 1] = {1,
                                              10,
                                              100,
                                              1000,
                                              10000,
                                              100000,
                                              1000000,
                                              10000000,
                                              100000000,
                                              1000000000,
                                              10000000000,
                                              100000000000,
                                              1000000000000,
                                              10000000000000,
                                              100000000000000,
                                              1000000000000000,
                                              10000000000000000,
                                              100000000000000000,
                                              1000000000000000000};

int64_t decimal_small(const struct cel_value *value)
{
    int64_t small = value->len > 0 && value->p[0] >= 0x80 ? -1 : 0;
    for (uint32_t i = 0; i < value->len; i++) {
        small = (int64_t)((uint64_t)small << 8 | value->p[i]);
    }
    return small;
}

static bool both_small(const struct cel_value *a, const struct cel_value *b)
{
    return a->len <= SMALL_BYTES && b->len <= SMALL_BYTES;
}

/* Both at the greater scale. */
static bool align(const struct cel_value *a, const struct cel_value *b, wide *x, wide *y)
{
    int more = (int)a->scale - (int)b->scale;
    if (!both_small(a, b) || more > MAX_SHIFT || more < -MAX_SHIFT) {
        return false;
    }
    *x = (wide)decimal_small(a) * powers[more < 0 ? -more : 0];
    *y = (wide)decimal_small(b) * powers[more > 0 ? more : 0];
    return true;
}

static void put(struct cel_run *run, wide n, uint32_t scale, struct cel_value *out)
{
    uint8_t bytes[sizeof(n)];
    uint8_t sign = n < 0 ? 0xFF : 0;
    size_t from = sizeof(n);
    do {
        bytes[--from] = (uint8_t)n;
        n >>= 8;
    } while (from > 0 && (n != (sign ? -1 : 0) || (bytes[from] ^ sign) >= 0x80));
    size_t len = sizeof(bytes) - from;
    uint8_t *p = cel_run_alloc(run, len, out);
    if (p != NULL) {
        memcpy(p, bytes + from, len);
        *out = cel_bytes(CEL_DECIMAL, p, len);
        out->scale = (uint16_t)scale;
    }
}

bool decimal_small_compare(const struct cel_value *a, const struct cel_value *b, int *order)
{
    wide x;
    wide y;
    if (!align(a, b, &x, &y)) {
        return false;
    }
    *order = x < y ? -1 : x > y;
    return true;
}

bool decimal_small_sum(struct cel_run *run, const struct cel_value *a, const struct cel_value *b,
                       int sign, struct cel_value *out)
{
    wide x;
    wide y;
    if (!align(a, b, &x, &y)) {
        return false;
    }
    put(run, sign < 0 ? x - y : x + y, a->scale > b->scale ? a->scale : b->scale, out);
    return true;
}

bool decimal_small_product(struct cel_run *run, const struct cel_value *a,
                           const struct cel_value *b, struct cel_value *out)
{
    uint32_t scale = (uint32_t)a->scale + b->scale;
    if (!both_small(a, b) || scale > CEL_DECIMAL_DIGITS) {
        return false;
    }
    put(run, (wide)decimal_small(a) * decimal_small(b), scale, out);
    return true;
}

void decimal_small_of_int(struct cel_run *run, int64_t i, struct cel_value *out)
{
    put(run, i, 0, out);
}

bool decimal_small_of_text(struct cel_run *run, const uint8_t *p, uint32_t len,
                           struct cel_value *out)
{
    int64_t n = 0;
    uint32_t digits = 0;
    uint32_t point = UINT32_MAX; /* how many digits stand before it */
    uint32_t i = len > 0 && (p[0] == '-' || p[0] == '+');
    for (; i < len; i++) {
        if (p[i] == '.' && point == UINT32_MAX) {
            point = digits;
        } else if (p[i] >= '0' && p[i] <= '9' && digits < MAX_SHIFT) {
            n = n * 10 + (p[i] - '0');
            digits++;
        } else {
            return false;
        }
    }
    if (digits == 0) {
        return false;
    }
    put(run, p[0] == '-' ? -n : n, point == UINT32_MAX ? 0 : digits - point, out);
    return true;
}
