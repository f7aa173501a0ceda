/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/measure_priv.h - the counters' part of a commit; private to storage/commit. Thread: the connection's. */
#ifndef STORAGE_COMMIT_MEASURE_PRIV_H
#define STORAGE_COMMIT_MEASURE_PRIV_H

#include "base/attr.h"
#include "base/err.h"

struct sto_writer;

/* Its memory and its statement, as long as the writer lives. */
MUST_CHECK int sto_measure_prepare(struct sto_writer *writer, struct err *err);
void sto_measure_fini(struct sto_writer *writer);

/* Counts what depends on the register's answers, after the effects are known; then, in the tail, the rows. */
MUST_CHECK int sto_measure_count(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_measure_queue(struct sto_writer *writer, struct err *err);
MUST_CHECK int sto_measure_read(struct sto_writer *writer, struct err *err);

#endif
