/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/target.h - datasets as one connection knows them: their row types and statements; private to
 * the parts of a commit. Thread: the connection's. */
#ifndef STORAGE_COMMIT_TARGET_H
#define STORAGE_COMMIT_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "storage/commit/batch.h"
#include "storage/commit/target_sql.h"
#include "storage/conn/pipe.h"

struct sto_writer;

/* A field of a dataset's row type: what it is made of (a business column's index, or the number of business
 * columns and an index into STO_STATE_COLUMN_NAMES). */
struct sto_field {
    uint32_t be_oid; /* its type, network order */
    uint32_t source;
};
#define STO_NO_SOURCE UINT32_MAX /* it is null */

struct sto_slice {
    const uint8_t *bytes;
    size_t len;
};

/* A dataset at one version of its columns, on this connection: its row type and statements. */
struct sto_target {
    int32_t dataset_id;
    int32_t column_version;
    unsigned number; /* in the names of its statements */
    enum sto_preparation prepared[STO_STATEMENT_COUNT];
    uint32_t row_oid; /* of the state table's row type */
    const struct sto_field *fields;
    unsigned field_count;
    unsigned business_columns;
    unsigned unapplied_expected; /* batches that still use the returning merge */
    struct sto_slice *slices;    /* of the row under way, one for each source */
};

/* rows.c: a parameter of rows, as merges and history take it. */
void sto_rows_open(struct buf *out, const struct sto_target *target, size_t rows);
/* content: the event's, or in history its effect. */
void sto_rows_put(struct buf *out, const struct sto_target *target, const struct sto_event *event,
                  const int64_t *order, int32_t topic_partition, int64_t content);

/* target.c: of each section, found or made: one round trip if any is new. */
MUST_CHECK int sto_targets_init(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_targets_prepare(struct sto_writer *writer, struct err *err);
/* Queues a statement of the section's dataset with writer->params, and before its first use what prepares
 * it. */
MUST_CHECK int sto_target_queue(struct sto_writer *writer, size_t section, enum sto_statement which,
                                struct err *err);
/* After a rollback: a failure of a dataset whose columns were changed since it was built becomes RETRY
 * ERR_COLUMNS_CHANGED. Returns -1. */
int sto_targets_failed(struct sto_writer *writer, struct err *err);

#endif
