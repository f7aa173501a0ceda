/* SPDX-License-Identifier: Apache-2.0
 * schema/columns.h - which columns a record's fields become: each Avro type has one
 * PostgreSQL type, and a column keeps it.
 *
 * string→text, int and long→bigint, float and double→double, bytes/fixed→bytea, decimal→numeric,
 * date→date, time-*→time, timestamp-*→timestamptz, local-timestamp-*→timestamp, uuid→uuid,
 * enum→text, record/array/map/wide union→jsonb, ["null", T] and [T, "null"]→T's column. A field
 * of type null is jsonb. */
#ifndef SCHEMA_COLUMNS_H
#define SCHEMA_COLUMNS_H

#include <stdbool.h>

#include "base/cell.h"
#include "base/err.h"
#include "schema/model.h"

/* The type without null: ["null", T] and [T, "null"] are T; any other type is itself. */
const struct sch_type *sch_bare_type(const struct sch_type *type);

/* The column of one field's type; *nullable: the type admits null. column->name is left as it
 * is. */
void sch_column_of(const struct sch_type *type, struct column *column, bool *nullable);

/* The column's name of a field (schema/columns.c has the rule). */
enum { SCH_COLUMN_NAME_BYTES = 64 };
void sch_column_name(const char *field, char out[SCH_COLUMN_NAME_BYTES]);

/* Names that a business column cannot have: they begin with "_" followed by a letter the
 * register uses, are empty, are longer than 63 bytes, or are PostgreSQL's system columns (xmin
 * …). Kind FATAL, code ERR_BAD_SCHEMA. */
MUST_CHECK int sch_check_column_name(const char *name, struct err *err);

#endif
