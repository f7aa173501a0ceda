/* SPDX-License-Identifier: Apache-2.0
 * schema/reader.h - the reader's side of a dataset: the columns that all its structures together
 * have.
 *
 * A column is defined by the newest structure that has the field: its type, default and aliases.
 * A field that a newer structure dropped keeps its column, so that older writers' values are
 * still stored: in that column, or in the one of a newest field that has the old name as an alias.
 *
 * Thread: as the plans compiled from it: built by one, then read by any. */
#ifndef SCHEMA_READER_H
#define SCHEMA_READER_H

#include <stddef.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/model.h"
#include "schema/plan.h"

struct sch_reader {
    struct sch_target *targets; /* in column order */
    size_t count;
    struct sch_schema **owners; /* referenced */
    size_t owner_count;
};

/* structures: value structures, oldest first, each a record. existing: the columns the dataset
 * has already, in their order (may be none); they come first and keep their types (a greater
 * numeric precision at the same scale is taken over), then new fields in the order of the
 * structures. Column names borrow from the structures. FATAL ERR_BAD_SCHEMA: not a record, a
 * name no column may have; ERR_INCOMPATIBLE: a field would change its column's type. */
MUST_CHECK int sch_reader_build(struct sch_schema *const *structures, size_t structure_count,
                                const struct column *existing, size_t existing_count,
                                struct sch_reader *out, struct err *err);
void sch_reader_fini(struct sch_reader *reader);

/* The plan of one writer structure against this reader. */
MUST_CHECK struct sch_plan *sch_reader_plan(const struct sch_reader *reader,
                                            struct sch_schema *writer, struct err *err);

/* The index of a column by name, or -1. */
int sch_reader_column(const struct sch_reader *reader, const char *name);

#endif
