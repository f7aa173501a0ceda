/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/columns.h - which columns a record's fields become: each Avro type has one
 * PostgreSQL type, and a column keeps it.
 *
 * string→text, int and long→bigint, float and double→double, bytes/fixed→bytea, decimal→numeric,
 * date→date, time-*→time, timestamp-*→timestamptz, local-timestamp-*→timestamp, uuid→uuid,
 * enum→text, record/array/map/wide union→jsonb, ["null", T] and [T, "null"]→T's column. A field
 * of type null is jsonb. */
#ifndef SCHEMA_PLAN_COLUMNS_H
#define SCHEMA_PLAN_COLUMNS_H

#include <stdbool.h>

#include "base/cell.h"
#include "base/column_name.h"
#include "base/err.h"
#include "schema/model/model.h"

/* The type without null: ["null", T] and [T, "null"] are T; any other type is itself. */
const struct sch_type *sch_bare_type(const struct sch_type *type);

enum { SCH_COLUMN_NAME_BYTES = COLUMN_NAME_MAX_BYTES + 1 };

/* The column of one field's type; *nullable: the type admits null. column->name is left as it
 * is. */
void sch_column_of(const struct sch_type *type, struct column *column, bool *nullable);

/* The name of the column that a field becomes: the field's own where it can be one
 * (base/column_name.h). Else as much of it as leaves room, cut at a character, "_" and 8 hex digits
 * of the hash of the whole: fixed, as rows stand under it for ever. A name that begins as ours do
 * gets an "f" in front. Two fields of one name by this rule are refused as two columns of one name
 * are. Empty: memory is out. */
void sch_column_name(const char *field, char out[SCH_COLUMN_NAME_BYTES]);
/* The same of a field's column of the number, from 1: "weight", "weight#2". */
void sch_column_name_of(const char *field, int number, char out[SCH_COLUMN_NAME_BYTES]);

#endif
