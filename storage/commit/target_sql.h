/* SPDX-License-Identifier: Apache-2.0
 * storage/commit/target_sql.h - the statements of a dataset; their texts are in target_sql.c. */
#ifndef STORAGE_COMMIT_TARGET_SQL_H
#define STORAGE_COMMIT_TARGET_SQL_H

#include "base/buf.h"

struct sto_table;

/* X(name, prefix of the name it is prepared under, what writes the text). */
#define STO_STATEMENT_TABLE(X)                                                                     \
    X(STO_LOOKUP, "nrc_lookup", put_lookup)                                                        \
    X(STO_MERGE, "nrc_merge", put_merge)                                                           \
    X(STO_MERGE_RETURNING, "nrc_merge_returning",                                                  \
      put_merge_returning) /* the same, returns the applied rows */                                \
    X(STO_UNAPPLIED, "nrc_unapplied", put_unapplied)                                               \
    X(STO_HISTORY, "nrc_history", put_history)

/* Statements that cannot be prepared. */
#define STO_TEXT_TABLE(X) X(STO_HISTORY_COPY, "", put_history_copy)

enum sto_statement {
#define X(name, prefix, put) name,
    STO_STATEMENT_TABLE(X) STO_STATEMENT_COUNT,
    STO_BEFORE_TEXTS = STO_STATEMENT_COUNT - 1,
    STO_TEXT_TABLE(X)
#undef X
};

void sto_target_sql(struct buf *out, const struct sto_table *table, enum sto_statement which);

#endif
