/* SPDX-License-Identifier: Apache-2.0
 * schema/plan/plan.h - how events of one structure become rows of one dataset, compiled once.
 *
 * An event is read by the structure that it was sent with, and by no other. So the same bytes make
 * the same row, whatever was registered meanwhile. A plan is a flat array of operations in which
 * every decision is made: which bytes go to which column, which are skipped, which columns the
 * structure does not have (they are null). schema/decode/decode.h runs it.
 *
 * Thread: compiled by one, then read by any. Keeps a reference on the structure. */
#ifndef SCHEMA_PLAN_PLAN_H
#define SCHEMA_PLAN_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"
#include "schema/model/model.h"

enum { SCH_NO_COLUMN = -1 };

struct sch_plan_spec {
    struct sch_schema *structure;
    /* NULL: the root is the row. Else the name of the root's field that holds the row, a record, or
     * null and a record, as "after" in Debezium's envelope. The bytes of the other fields are
     * checked and skipped; when the row is null, so is every column. */
    const char *row_field;
    /* For each field of the row, a record: the index of the column that it fills, or
     * SCH_NO_COLUMN: its bytes are checked and skipped. No column is filled twice. NULL: the root
     * itself, a scalar, is the value of the one column. */
    const int32_t *column_of;
    const struct column *columns;
    size_t column_count;
};

struct sch_plan; /* body in operation.h: schema/ only */

/* FATAL ERR_INCOMPATIBLE, with the field's path: its type does not make its column's, or row_field
 * is no field that holds a record. A plain string
 * may fill a uuid column, and a plain int a date column, as keys are often written so.
 * ERR_SCHEMA_TOO_LARGE: more operations than a plan may have. */
MUST_CHECK struct sch_plan *sch_plan_compile(const struct sch_plan_spec *spec, struct err *err);
void sch_plan_free(struct sch_plan **taken);

/* For tests and `nrc structure show`: one operation a line. */
struct buf;
void sch_plan_print(const struct sch_plan *plan, struct buf *out);

#endif
