/* SPDX-License-Identifier: Apache-2.0
 * ingest/context.h - what the steps of a verdict share: what they look at, their memory, and where they
 * write. Thread: the lane. */
#ifndef INGEST_CONTEXT_H
#define INGEST_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "ingest/datasets.h"
#include "ingest/message.h"
#include "ingest/unknown.h"
#include "schema/decode/frame.h"
#include "schema/ruleset/checks.h"
#include "storage/commit/batch.h"

enum ing_verdict {
    ING_ACCEPT,     /* `event` is filled but for progress and effect */
    ING_QUARANTINE, /* `reason` says why */
    ING_EXEMPT,     /* counted, kept nowhere (NRL-2) */
    ING_UNKNOWN,    /* an id that is not in force in this snapshot: ask the register first */
    ING_BROKEN /* the environment is wrong, not the event: halt the partition; `reason` says why */
};

/* Memory that a lane's verdicts reuse, and what one step leaves to the next. */
struct ing_scratch {
    struct cell *cells; /* room for the widest dataset, and its key once more */
    size_t cell_cap;
    struct buf image;
    struct buf key;
    struct buf other_key;
    struct sch_frame frame;          /* the value's */
    const struct ing_writer *writer; /* the frame's */
    struct cel_machine *machine;     /* runs rules; NULL: there were none so far */
    struct arena texts;              /* of failures */
    struct sch_failures failures;    /* of the event judged last; its texts are in `texts` */
};

void ing_scratch_fini(struct ing_scratch *scratch);

/* Room for so many cells; in place, as nearly every event finds it there. */
MUST_CHECK bool ing_scratch_widen(struct ing_scratch *scratch, size_t count);
MUST_CHECK static inline bool ing_scratch_fit(struct ing_scratch *scratch, size_t count)
{
    return LIKELY(count <= scratch->cell_cap) || ing_scratch_widen(scratch, count);
}

/* The reason against an event. */
struct ing_reason {
    const char *rule; /* the first that does not hold; NULL: it is no rule's */
    struct err err;   /* reason, path and text */
};

struct ing_outcome {
    struct sto_event event;
    int32_t schema_id;        /* the frame's; 0: it has none, or has a GUID */
    struct ing_reason reason; /* unless accepted or exempt; else not even zeroed */
};

struct ing_context {
    const struct ing_datasets *datasets;
    const struct ing_dataset *dataset;
    const struct ing_message *message;
    bool final; /* the register was asked: what the snapshot says against a frame holds, and is a
                   reason instead of ING_UNKNOWN */
    struct ing_unknown *unknown; /* the ids that the snapshot lacks, and what the register found */
    struct arena *arena;         /* takes the event's bytes */
    struct ing_scratch *scratch;
    struct ing_outcome *out;
};

/* ING_QUARANTINE, for this reason. */
enum ing_verdict ing_refuse(const struct ing_context *context, enum err_code code,
                            const char *text);

/* ING_BROKEN, for want of memory. */
enum ing_verdict ing_out_of_memory(const struct ing_context *context);

/* A decoder's error is in the outcome: the event's fault, or ours. */
enum ing_verdict ing_not_decoded(const struct ing_context *context);

#endif
