/* SPDX-License-Identifier: Apache-2.0
 * schema/rules/run.h - what one evaluation may use: memory, cost, regular expressions, the settings of functions.
 *
 * Thread: one thread's; kept for many runs, so that after warm-up no run calls malloc. */
#ifndef SCHEMA_RULES_RUN_H
#define SCHEMA_RULES_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "schema/rules/value.h"

struct cel_regex_cache;
struct cel_settings;

struct cel_run {
    struct arena arena;  /* of values made by the run; rewound when it begins */
    uint64_t cost_left;  /* units; one operation is one */
    uint64_t bytes_left; /* that the arena may still give */
    struct cel_value now;
    const struct cel_settings *settings; /* national formats; never NULL */
    struct cel_regex_cache *regex;       /* for patterns that are known at run time only */
    bool full_match; /* matches() is of the whole text, as in Confluent's rules */
    bool re2;        /* what RE2 does not know is refused */
};

/* Bounds that hold unless the caller of a run says less. */
enum { CEL_COST_LIMIT = 100000, CEL_BYTES_LIMIT = 1 << 20 };

/* NULL: the limit is reached, or memory is out; *out is then the ERROR. */
MUST_CHECK void *cel_run_alloc(struct cel_run *run, size_t size, struct cel_value *out);

void cel_run_exhaust(struct cel_run *run, struct cel_value *out); /* the limit is reached */

/* Takes units for work that grows with its input; false: the limit is reached, and *out is the ERROR. */
static inline MUST_CHECK bool cel_run_charge(struct cel_run *run, uint64_t units,
                                             struct cel_value *out)
{
    bool enough = units <= run->cost_left;
    if (LIKELY(enough)) {
        run->cost_left -= units;
    } else {
        cel_run_exhaust(run, out);
    }
    return enough;
}

#endif
