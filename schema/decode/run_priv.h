/* SPDX-License-Identifier: Apache-2.0
 * schema/decode/run_priv.h - the state of one run of a plan beside its cursor (private to
 * schema/decode/).
 *
 * The interpreter keeps bytes, operation and output in locals; this is for nested values and
 * errors. */
#ifndef SCHEMA_DECODE_RUN_PRIV_H
#define SCHEMA_DECODE_RUN_PRIV_H

#include "schema/plan/operation.h"

enum frame_kind { FRAME_CALL = 0, FRAME_OBJECT, FRAME_LOOP };

struct frame {
    enum frame_kind kind;
    uint32_t cell;            /* OBJECT, LOOP: the index of its cell on the tape */
    uint32_t op;              /* CALL: the CALL itself */
    uint32_t key_len;         /* LOOP over a map */
    const uint8_t *key;       /* likewise; NULL: an array */
    const uint8_t *block_end; /* LOOP: where the block said that it ends, or NULL */
    uint64_t left;            /* LOOP: items of the block */
    uint64_t count;           /* LOOP: items begun so far */
};

/* For each level a CALL, an OBJECT and the object of a union's branch, and a few. */
enum { MAX_FRAMES = 3 * SCH_MAX_DEPTH + 4 };

struct run {
    const struct sch_plan *plan;
    struct arena *arena;
    struct cell *tape;
    struct cell *tape_end;
    uint64_t tape_cells; /* pushed by the whole event, with those of tapes that are finished */
    uint64_t empty_items;
    uint32_t depth; /* of the current routine's start */
    uint32_t frame_count;
    const uint8_t *begin; /* of the event, and its end */
    const uint8_t *end;
    struct frame frames[MAX_FRAMES];
};

/* Fills err for `code` at op and byte p, with the field path. Always returns -1. */
int sch_decode_fault(struct run *run, const struct sch_op *op, const uint8_t *p, enum err_code code,
                     struct err *err);

/* Makes room for `more` cells at out. Returns the new out; NULL: there is none, and *code is set.
 */
struct cell *sch_tape_room(struct run *run, struct cell *out, uint32_t more, enum err_code *code);

/* Enters the next item of the loop on top, or leaves the loop: *item says which. Returns where the
 * bytes go on; NULL: they are bad, and *code is set. `skips`: blocks that tell their size are
 * skipped whole. */
const uint8_t *sch_loop_next(struct run *run, const uint8_t *p, const uint8_t *end,
                             uint32_t min_bytes, bool skips, bool *item, enum err_code *code);

#endif
