/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/params.h - the binary parameters of one statement of a commit, reused from statement to
 * statement; private to the parts of a commit. */
#ifndef STORAGE_COMMIT_PARAMS_H
#define STORAGE_COMMIT_PARAMS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "storage/commit/batch.h"
#include "storage/conn/conn.h"
#include "storage/conn/pipe.h"

/* Parameters of one statement, kept until it is sent. */
enum { STO_MAX_PARAMS = 19 };
struct sto_param_list {
    struct buf bytes;
    size_t starts[STO_MAX_PARAMS + 1];
    const char *values[STO_MAX_PARAMS];
    int lengths[STO_MAX_PARAMS];
    int formats[STO_MAX_PARAMS];
    int count;
    struct sto_params params; /* what sto_params_end made of it */
};

/* Binary parameters: begin, then for each its bytes into params.bytes and sto_param_end. */
void sto_params_begin(struct sto_param_list *list);
void sto_param_end(struct sto_param_list *list);
/* -1: memory is out. The pointers are good until the next begin. */
MUST_CHECK int sto_params_end(struct sto_param_list *list, struct err *err);

/* One array parameter of the field that stands at `at` in each of `count` records of `size` bytes. */
void sto_param_int4(struct sto_param_list *list, const void *records, size_t count, size_t size,
                    size_t at);
void sto_param_int8(struct sto_param_list *list, const void *records, size_t count, size_t size,
                    size_t at);
/* Of each progress. */
void sto_param_progress_int4(struct sto_param_list *list, const struct sto_batch *batch, size_t at);
void sto_param_progress_int8(struct sto_param_list *list, const struct sto_batch *batch, size_t at);

#endif
