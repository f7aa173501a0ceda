/* SPDX-License-Identifier: Apache-2.0
 * ingest/verdict.h - what becomes of one event, before the register has spoken.
 *
 * Pure: a message and a dataset in, a verdict out. Rules of contracts will be applied here, after
 * the identity checks. */
#ifndef INGEST_VERDICT_H
#define INGEST_VERDICT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "ingest/datasets.h"
#include "ingest/message.h"
#include "ingest/unknown.h"
#include "storage/commit/batch.h"

enum ing_verdict {
    ING_ACCEPT,     /* `event` is filled but for progress and effect */
    ING_QUARANTINE, /* `err` has reason, path and text */
    ING_EXEMPT,     /* counted, kept nowhere (NRL-2) */
    ING_UNKNOWN,    /* an id that this snapshot does not know as in force: ask the register first */
    ING_BROKEN /* the environment is wrong, not the event: stop the partition; `err` says why */
};

/* One a lane: memory that verdicts reuse. */
struct ing_judge {
    struct cell *cells; /* room for the widest dataset */
    size_t cell_cap;
    struct buf image;
    struct buf key;
    struct buf other_key;
};

void ing_judge_fini(struct ing_judge *judge);

/* One judgement: what it looks at, and where it writes. */
struct ing_hearing {
    struct ing_judge *judge;
    const struct ing_datasets *datasets;
    const struct ing_dataset *dataset;
    const struct ing_message *message;
    bool final; /* the register was asked: what the snapshot says against a frame holds, and is a
                   reason instead of ING_UNKNOWN */
    struct ing_unknown *unknown; /* notes what is not known, and says what was found of it */
    struct arena *arena;         /* takes the event's bytes */
    struct sto_event *event;     /* out */
    int32_t *schema_id;          /* out: as far as the frame told, else 0 */
    struct err *err;             /* out, unless accepted or exempt */
};

enum ing_verdict ing_judge_event(const struct ing_hearing *hearing);

#endif
