/* SPDX-License-Identifier: Apache-2.0
 * ingest/build.h - what one transaction writes (rows, quarantine, progress), built from slots.
 *
 * A slot is a message, or the end of a partition, in the order of arrival. Slots are added to the build
 * one by one as they arrive. When something changed (the catalogue, a refused event, a lost partition, a
 * smaller limit), ing_build_anew builds all of it again: the same slots and the same snapshot give the
 * same rows.
 *
 * Ownership: the build owns one arena, and borrows the slots and their messages until it is forgotten.
 * Thread: the lane. */
#ifndef INGEST_BUILD_H
#define INGEST_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ingest/datasets.h"
#include "ingest/measure.h"
#include "ingest/partition.h"
#include "ingest/unknown.h"
#include "ingest/verdict.h"
#include "storage/commit/batch.h"

struct ing_slot {
    struct ing_part *part;
    struct ing_message message; /* native and value NULL with is_end: no record */
    int64_t offset;             /* the record's; for an end, the offset the position moves to */
    int64_t skipped;            /* offsets before it that held nothing */
    struct err *refused;        /* the register refused it: quarantine */
    int64_t parked_id;          /* of a parked event: its row in the quarantine */
    bool is_end;
};

/* The accepted events of one dataset. */
struct ing_section {
    const struct ing_dataset *dataset;
    struct sto_event *events;
    size_t count;
    size_t cap;
};

struct ing_build {
    size_t count; /* so many first slots are in it; set to 0: it must be built anew */
    struct ing_datasets *datasets;
    bool final;                   /* unknown ids were asked for */
    bool is_parked;               /* the slots are parked events: ingest/parked.c */
    bool asks;                    /* some slot has an id that the snapshot does not have */
    struct ing_part *broken_part; /* NULL, or the first whose events the environment cannot judge */
    struct err broken;
    struct arena arena;
    size_t arena_bytes; /* with so much in the arena the batch should be delivered */
    struct ing_scratch scratch;
    struct ing_unknown unknown;
    struct ing_section *sections;
    size_t section_count;
    size_t section_cap;
    uint32_t *
        section_at; /* by the dataset's index: of its section, counted from 1; 0: it has none yet */
    size_t section_at_cap;
    struct sto_quarantined *quarantined;
    size_t quarantined_count;
    size_t quarantined_cap;
    struct ing_part **parts; /* by progress index */
    struct sto_progress *progress;
    size_t progress_count;
    size_t progress_cap;
    struct ing_measure *measures; /* by progress index */
    size_t measure_cap;

    struct sto_section *out_sections;
    size_t out_section_cap;
    struct sto_batch out; /* valid after ing_build_seal */
    bool no_memory;       /* sticky: a list could not grow; the batch must be dropped */
};

void ing_build_init(struct ing_build *build, size_t arena_bytes);
void ing_build_fini(struct ing_build *build);

/* Judges one more slot, the next after those that are in it. */
void ing_build_add(struct ing_build *build, struct ing_slot *slot);

/* Judges the first `count` slots again, by `datasets`. final: see ing_context. */
void ing_build_anew(struct ing_build *build, struct ing_slot *slots, size_t count,
                    struct ing_datasets *datasets, bool final);

/* `out` points to what was built of these slots. */
void ing_build_seal(struct ing_build *build, const struct ing_slot *slots);

/* Nothing is built; before a slot that is in it goes away. */
void ing_build_forget(struct ing_build *build);

#endif
