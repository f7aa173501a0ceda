/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/numeric.h - exact decimals in PostgreSQL's binary form. */
#ifndef STORAGE_COMMIT_NUMERIC_H
#define STORAGE_COMMIT_NUMERIC_H

#include <stdint.h>

#include "base/buf.h"

/* More than 1,000 decimal digits, which is the greatest precision of numeric(p,s). */
enum { STO_NUMERIC_MAX_BYTES = 420 };

/* Appends numeric_recv's format (ndigits, weight, sign, dscale, digits) of the big-endian
 * two's-complement unscaled value. A value of more than STO_NUMERIC_MAX_BYTES fails the buffer: the
 * decoder refuses it before. */
void sto_numeric_put(struct buf *out, const uint8_t *bytes, uint32_t len, uint16_t scale);

#endif
