/* SPDX-License-Identifier: Apache-2.0
 * schema/compat_priv.h - what the files of the compatibility check share: the pairs of named types
 * met so far, the place in the reader, and the check itself.
 *
 * One check serves one call of sch_read_check and lives on its stack. */
#ifndef SCHEMA_COMPAT_PRIV_H
#define SCHEMA_COMPAT_PRIV_H

#include <stdint.h>

#include "schema/compat.h"

/* Bounds for hostile schemas: two megabytes can hold 500 million pairs of records that all have one
 * name, and a path through them that is as long. */
enum {
    SCH_MAX_PAIRS = 500 * 1000,
    SCH_MAX_STEPS = 50 * 1000 * 1000,
    SCH_MAX_NESTED = 3000 /* pairs of types, one inside the other */
};

enum sch_pair_state {
    SCH_PAIR_UNKNOWN = 0,
    SCH_PAIR_ASSUMED, /* being asked: yes, until the contrary is found */
    SCH_PAIR_USED,    /* the same, and an answer was given on that assumption */
    SCH_PAIR_YES,
    SCH_PAIR_NO,      /* nobody was told why */
    SCH_PAIR_TELLING, /* its faults are being appended */
    SCH_PAIR_TOLD     /* no, and the faults are there */
};

struct sch_pair {
    const struct sch_type *reader;
    const struct sch_type *writer;
    enum sch_pair_state state;
};

/* Pairs are numbered as they come; `slots` finds the number. */
struct sch_pairs {
    struct sch_pair *items;
    uint32_t count;
    uint32_t cap;
    uint32_t *slots; /* number + 1, 0: free */
    uint32_t slot_count;
    uint32_t *log; /* pairs that `ask` answered yes, in that order */
    uint32_t log_count;
};

/* The pair's number, or -1: not there. */
int64_t sch_pairs_find(const struct sch_pairs *pairs, const struct sch_type *reader,
                       const struct sch_type *writer);

/* One that is not there yet, with SCH_PAIR_UNKNOWN; -1 when memory is out. */
MUST_CHECK int64_t sch_pairs_add(struct sch_pairs *pairs, const struct sch_type *reader,
                                 const struct sch_type *writer);
void sch_pairs_fini(struct sch_pairs *pairs);

/* Where the check stands in the reader: a chain on the C stack from the inside out. */
struct sch_spot {
    const struct sch_spot *up; /* NULL: the root, whose key does not count */
    const char *key;           /* NULL: an index */
    size_t index;
};

struct sch_check {
    struct sch_faults *faults;
    struct err *err;
    struct sch_pairs pairs;
    uint64_t steps;
    int nested;
    bool stop;   /* full or failed: unwind */
    bool failed; /* err is set */
};

/* Whether the reader reads what the writer writes. With a spot every reason is appended; without
 * one (NULL) the first is enough. */
bool sch_check_pair(struct sch_check *check, const struct sch_type *reader,
                    const struct sch_type *writer, const struct sch_spot *at);

/* compat_fault.c. Each answers false, so that `return` reads well; with no spot nothing is kept. */
bool sch_fault_put(struct sch_check *check, const struct sch_spot *at, const char *type,
                   const char *fmt, ...) PRINTF_LIKE(4, 5);
bool sch_fault_types(struct sch_check *check, const struct sch_spot *at,
                     const struct sch_type *reader, const struct sch_type *writer);
bool sch_fault_branch(struct sch_check *check, const struct sch_spot *at,
                      const struct sch_type *reader, const struct sch_type *writer);
bool sch_fault_names(struct sch_check *check, const struct sch_spot *at,
                     const struct sch_type *reader, const struct sch_type *writer);

/* The check cannot go on. */
void sch_check_fail(struct sch_check *check, enum err_code code, const char *why);

#endif
