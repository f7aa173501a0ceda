/* SPDX-License-Identifier: Apache-2.0
 * storage/admin/columns.h - DDL through the functions of nrc_owner, for storage/ alone. */
#ifndef STORAGE_ADMIN_COLUMNS_H
#define STORAGE_ADMIN_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/cell.h"
#include "base/err.h"

struct buf;
struct sto_conn;

/* Whether a dataset may have these columns: then rows of any values can be stored. FATAL ERR_BAD_SCHEMA. */
MUST_CHECK int sto_columns_check(const struct column *columns, size_t count, struct err *err);
/* The most bytes that a row of these columns can take in a page. */
size_t sto_columns_row_bytes(const struct column *columns, size_t count);
/* [{"name":"amount","type":"numeric","precision":12,"scale":2}, …] */
void sto_columns_put(struct buf *out, const struct column *columns, size_t count);
/* {1,3,2}: for each field the ordinal of its column, which counts from 1. */
void sto_column_ordinals_put(struct buf *out, const int32_t *column_of, size_t count);

#endif
