/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/key_text_priv.h - one key field from its text (private to schema/). */
#ifndef SCHEMA_DECODE_KEY_TEXT_PRIV_H
#define SCHEMA_DECODE_KEY_TEXT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cell.h"
#include "base/err.h"

/* The notation is the column's own; the cell borrows from text and arena. POISON with the
 * column's name as path. */
MUST_CHECK int sch_key_text(const struct column *column, const uint8_t *text, size_t len,
                            struct arena *arena, struct cell *cell, struct err *err);

/* out: len / 2 bytes. */
bool sch_hex_parse(const char *text, size_t len, uint8_t *out);

#endif
