/* SPDX-License-Identifier: Apache-2.0
 * base/column_name.h - which names a column of an agency's may have.
 *
 * Not PostgreSQL's system columns, not the columns that the register adds, and none that begins with
 * COLUMN_NAME_OURS: every other identifier of ours in generated SQL begins so, and thus never meets
 * one of an agency's. */
#ifndef BASE_COLUMN_NAME_H
#define BASE_COLUMN_NAME_H

#include <stdbool.h>

#define COLUMN_NAME_OURS "_nrc_"
enum { COLUMN_NAME_MAX_BYTES = 63 }; /* PostgreSQL cuts longer names, at a character */

bool column_name_is_free(const char *name);

#endif
