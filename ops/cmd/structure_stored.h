/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/structure_stored.h - a structure against stored history: which rows would not read or convert. It shows keys
 * and places, and no other value. */
#ifndef OPS_CMD_STRUCTURE_STORED_H
#define OPS_CMD_STRUCTURE_STORED_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "ops/cli/command.h"
#include "schema/diff/misfit.h"
#include "storage/catalogue/catalogue.h"

enum { OPS_STORED_SHOWN = 10, OPS_STORED_KINDS = 200 };

struct ops_stored_kind {
    const char *path;
    enum sch_misfit misfit;
    uint64_t count; /* of rows */
    const char *const *keys
        [OPS_STORED_SHOWN]; /* of the first ones; each as many as the dataset's key has fields */
};

/* Starts as {0}. */
struct ops_stored {
    const struct sto_dataset *dataset; /* borrowed */
    uint64_t rows;
    uint64_t unknown;   /* of them, with a structure that the dataset does not have */
    int64_t known_rows; /* of the history, when it was last analysed; 0: not known */
    bool is_sample;
    struct ops_stored_kind *kinds;
    size_t kind_count;
    uint64_t omitted; /* misfits of further kinds */
    struct arena arena;
};

/* --since and --sample are the command's. May take hours; on a terminal standard error says how far it is. Another
 * connection than the diff's, with the role of the steward. */
MUST_CHECK int ops_stored_check(const struct ops_context *context,
                                const struct sto_dataset *dataset, const struct sch_schema *newer,
                                struct ops_stored *out, struct err *err);
void ops_stored_fini(struct ops_stored *stored);

void ops_stored_print(const struct ops_stored *stored, struct buf *out);
/* {"rows","unknown_structure","known_rows","sample","omitted","misfits":[{"path","misfit","text","text_ar","rows",
 * "keys":[{…}]}]} */
void ops_stored_json(const struct ops_stored *stored, struct jsonw *w);

#endif
