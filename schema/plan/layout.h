/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/layout.h - which columns a dataset has, and which of them each field of a structure
 * fills.
 *
 * A dataset's columns are the top-level fields of all its structures together. Columns only ever
 * grow: each keeps its place and its type, so a newer structure never rewrites a table. A field whose
 * type changed has a column of each type. A structure keeps the columns that it was given, whatever
 * comes later.
 *
 * Thread: any; a value that its caller owns. */
#ifndef SCHEMA_PLAN_LAYOUT_H
#define SCHEMA_PLAN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/model/model.h"

/* Of a dataset. A table of PostgreSQL has at most 1,600, of which the register's own are some. Whoever
 * makes tables relies on this and does not count again (storage/admin/columns.c). */
enum { SCH_MAX_COLUMNS = 1500 };

struct sch_layout {
    struct column *columns; /* those that there were, in their places, then new ones */
    size_t column_count;
    int32_t *column_of; /* of each field of the structure: an index into columns */
    const char **names; /* of each field: of its column, as readers are to see it */
    size_t field_count;
    struct arena arena; /* owns all of it */
};

/* The columns of a dataset after one more structure, a record. A field fills
 *   the column of its name and type;
 *   else the one of its type that readers know by its name: given a structure that renames it, and
 *   that is not in force yet, then others still come with the old name;
 *   else, renamed, the column of one of its aliases, if no field of the structure has that name and
 *   the type stays: the column then has the new name;
 *   else a new column, after all others, in the order of the fields. Its name has a number when the field
 *   has columns of other types ("weight#2": no Avro name has such a sign).
 * existing: the columns that there are; their names are copied. may_change_types: else a field whose
 * columns are all of other types is refused (a numeric of more digits at the same scale is of its type).
 * FATAL ERR_BAD_SCHEMA: not a record, more than SCH_MAX_COLUMNS columns, two fields with one column name;
 * ERR_INCOMPATIBLE, with the field's path. */
MUST_CHECK int sch_layout_extend(const struct column *existing, size_t existing_count,
                                 const struct sch_schema *structure, bool may_change_types,
                                 struct sch_layout *out, struct err *err);
void sch_layout_fini(struct sch_layout *layout);

/* The index of the first column of a field, or -1. */
int sch_column_of_field(const struct column *columns, size_t count, const char *field);

#endif
