/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/decode.h - Avro bytes into cells, by a compiled plan.
 *
 * Bytes are hostile. Every read is bounds-checked, depth is at most 64, counts are checked against
 * the bytes that are left before anything is allocated, zero-size items are limited to
 * SCH_MAX_EMPTY_ITEMS an event. The cells of all its tapes are limited to what its structure takes
 * once, SCH_TAPE_CELLS_FREE, and SCH_TAPE_CELLS_PER_BYTE for each of its bytes, and in any case to
 * SCH_MAX_TAPE_CELLS: few bytes never hold much memory. No value tree; an event of scalars
 * allocates nothing.
 *
 * Whatever this accepts, COPY accepts: text is UTF-8 without U+0000, dates and times are in
 * PostgreSQL's range, decimals fit numeric(p,s). */
#ifndef SCHEMA_DECODE_DECODE_H
#define SCHEMA_DECODE_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/plan/plan.h"

/* A byte becomes three cells in a record of flags, five where records or the branches of unions
 * nest; more only where a record is nothing but a record. */
enum {
    SCH_MAX_EMPTY_ITEMS = 4096,
    SCH_MAX_TAPE_CELLS = 1000000,
    SCH_TAPE_CELLS_FREE = 4096,
    SCH_TAPE_CELLS_PER_BYTE = 16
};

/* cells: one for each of the plan's columns. They borrow from `bytes`, `arena` and the plan (enum
 * symbols, record keys), so a plan outlives its batches. On failure, kind POISON with
 * err->path set ("/address/lines/3"), the cells are undefined and the caller rewinds the arena.
 * Any thread, one arena each. */
MUST_CHECK int sch_decode(const struct sch_plan *plan, const uint8_t *bytes, size_t len,
                          struct arena *arena, struct cell *cells, struct err *err);

/* The first event of several that stand one behind the other, as in a container file; *used: its bytes. */
MUST_CHECK int sch_decode_first(const struct sch_plan *plan, const uint8_t *bytes, size_t len,
                                struct arena *arena, struct cell *cells, size_t *used,
                                struct err *err);

#endif
