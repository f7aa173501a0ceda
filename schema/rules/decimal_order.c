/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/decimal_order.c - which of two decimals is greater, whatever their scales. */
#include "schema/rules/decimal_priv.h"
#include "schema/rules/decimal_small.h"

int cel_decimal_compare(const struct cel_value *a, const struct cel_value *b)
{
    struct cel_decimal x;
    struct cel_decimal y;
    int order;
    if (decimal_small_compare(a, b, &order)) {
        return order;
    }
    if (!cel_decimal_read(a, &x) || !cel_decimal_read(b, &y) || !decimal_align(&x, &y)) {
        return 2; /* cannot be: the decoder lets no such number pass */
    }
    if (x.negative != y.negative) {
        return x.negative ? -1 : 1;
    }
    order = decimal_compare_magnitudes(&x, &y);
    return x.negative ? -order : order;
}
