/* SPDX-License-Identifier: Apache-2.0
 * base/keyenc.h - key fields as bytes whose memcmp order is PostgreSQL's index order.
 *
 * text is COLLATE "C"; integers and dates are big-endian with the sign flipped; uuid is its 16
 * bytes; bytes are as they are. Every field but the last escapes 0x00 as 0x00 0xFF when its
 * length varies, and ends in 0x00 0x00. Two keys are equal exactly when their encodings are. The
 * encoding orders and groups the events of a batch. */
#ifndef BASE_KEYENC_H
#define BASE_KEYENC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cell.h"

enum { KEYENC_MAX_BYTES = 1024 };

/* Whether a column of this type may be a key field. */
bool keyenc_allows(enum column_type type);

/* Appends one non-null field. */
void keyenc_put(struct buf *out, const struct cell *cell, enum column_type type, bool last);

#endif
