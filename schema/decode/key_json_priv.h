/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/key_json_priv.h - key fields from a JSON key (private to schema/). */
#ifndef SCHEMA_DECODE_KEY_JSON_PRIV_H
#define SCHEMA_DECODE_KEY_JSON_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"

/* As sch_key_read for SCH_KEY_JSON. */
MUST_CHECK int sch_key_json(const struct column *columns, size_t count, const uint8_t *bytes,
                            size_t len, struct arena *arena, struct cell *cells, struct err *err);

#endif
