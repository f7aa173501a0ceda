/* SPDX-License-Identifier: Apache-2.0
 * schema/model/type_pair.h - pairs of a reader's and a writer's type, numbered as they come:
 * whoever walks two schemas side by side meets each pair once. */
#ifndef SCHEMA_MODEL_TYPE_PAIR_H
#define SCHEMA_MODEL_TYPE_PAIR_H

#include <stdint.h>

#include "base/attr.h"
#include "schema/model/model.h"

/* Bounds for hostile schemas: two megabytes can hold 500 million pairs of records that all have one
 * name, and a path through them that is as long. */
enum {
    SCH_MAX_PAIRS = 500 * 1000,
    SCH_MAX_STEPS = 50 * 1000 * 1000,
    SCH_MAX_NESTED = 3000 /* pairs of types, one inside the other */
};

enum sch_pair_state {
    SCH_PAIR_UNKNOWN = 0,
    SCH_PAIR_ASSUMED, /* being probed: yes, until a fault is found */
    SCH_PAIR_USED,    /* the same, and an answer relied on it */
    SCH_PAIR_YES,
    SCH_PAIR_NO,        /* its faults are not reported yet */
    SCH_PAIR_REPORTING, /* its faults are being appended */
    SCH_PAIR_REPORTED   /* no, and the faults are there */
};

struct sch_pair {
    const struct sch_type *reader;
    const struct sch_type *writer;
    enum sch_pair_state state; /* the compatibility check's */
};

/* `slots` finds the number. */
struct sch_pairs {
    struct sch_pair *items;
    uint32_t count;
    uint32_t cap;
    uint32_t *slots; /* number + 1, 0: free */
    uint32_t slot_count;
    uint32_t *log; /* the check's: pairs that were answered yes, in that order */
    uint32_t log_count;
};

/* The pair's number, or -1: not there. */
int64_t sch_pairs_find(const struct sch_pairs *pairs, const struct sch_type *reader,
                       const struct sch_type *writer);

/* One that is not there yet, with SCH_PAIR_UNKNOWN; -1 when memory is out. */
MUST_CHECK int64_t sch_pairs_add(struct sch_pairs *pairs, const struct sch_type *reader,
                                 const struct sch_type *writer);
void sch_pairs_fini(struct sch_pairs *pairs);

#endif
