/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_diff.h - a difference of structures as text: for people, as JSON, as JUnit XML. */
#ifndef OPS_CMD_STRUCTURE_DIFF_H
#define OPS_CMD_STRUCTURE_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "ops/cmd/structure_stored.h"
#include "registry/concern.h"
#include "schema/diff/diff.h"

struct ops_diff_side {
    const char *file; /* NULL: a version of the dataset */
    int32_t version;
};

struct ops_diff_shown {
    const char *dataset; /* NULL: two files */
    struct ops_diff_side from;
    struct ops_diff_side to;
    const struct sch_diff *diff;
    struct reg_concern concern;      /* {0} for two files */
    const struct ops_stored *stored; /* NULL: stored rows were not checked */
    bool fails;                      /* some class makes the exit code */
    enum sch_class fail_on;          /* the least of them */
};

/* Failure is the buffer's. terminal: colours, unless NO_COLOR is set. */
void ops_diff_print(const struct ops_diff_shown *shown, bool terminal, struct buf *out);
void ops_diff_json(const struct ops_diff_shown *shown, struct buf *out);
void ops_diff_junit(const struct ops_diff_shown *shown, struct buf *out);

/* Every rule that a finding can have. */
void ops_diff_rules(bool json, struct buf *out);

#endif
